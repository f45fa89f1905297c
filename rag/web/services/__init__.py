"""What the web chat does, without Gradio: state, background work, and the steps of a chat.

app_state          start-up in the background: index, models, example questions
collections        an `app_state` for each collection, opened when it is first used
questions          one question, from its place in the queue to its answer
newsroom           quotations, drafts and timelines
articles           a search and an article, as assistants fetch them
running_answer     an answer of the chat in a thread of its own
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
    "collections",
    "corpus_updater",
    "evaluation_runner",
    "history",
    "newsroom",
    "questions",
    "running_answer",
    "update_status",
]
