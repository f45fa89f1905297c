"""What the web chat does, without Gradio: state, background work, and the steps of a chat.

app_state          start-up in the background: index, models, example questions
questions          one question, from its place in the queue to its answer
newsroom           quotations, drafts and timelines
articles           a search and an article, as assistants fetch them
chat_session       a chat as values, and the step that each event takes it further
history            stored chats: begun, ended, opened again, rated
citation_status    whether an article still contains what an answer quotes
corpus_updater     articles added, removed and re-indexed in the background
update_status      how far that is, as a value
evaluation_runner  a question set, run in the background
alert_runner       questions that are kept, asked again once the index has changed
"""

__all__ = [
    "alert_runner",
    "app_state",
    "articles",
    "chat_session",
    "citation_status",
    "corpus_updater",
    "evaluation_runner",
    "history",
    "newsroom",
    "questions",
    "update_status",
]
