"""What people see: state as HTML or Markdown. Pure functions; none depends on Gradio.

chat           a conversation as messages of Gradio's chat (Markdown)
sources        the passages behind the answers, as cards
article        one article, with the quoted place marked
article_list   the articles of the index
newsroom       quotations, drafts and timelines
history        the stored conversations
alerts         the questions that are kept, and what of their answers has changed
corpus_update  an update of the corpus
evaluation     a run of a question set, and its report
status         the status line, and hints
promise        the choice of how many of the answers shown may be wrong
messages       the fixed texts
templates      renders `rag/web/templates/`, in which every value is escaped
escape         takes out what is invisible, escapes Markdown
"""

__all__ = [
    "alerts",
    "article",
    "article_list",
    "chat",
    "corpus_update",
    "escape",
    "evaluation",
    "history",
    "messages",
    "newsroom",
    "promise",
    "sources",
    "status",
    "templates",
]
