"""Event functions of the page: what an event changes, as new values for Gradio's components.

    by_collection  event functions for a page of any collection
    collections    the list of collections
    chat           asking, stopping, retrying; the answer as it grows
    promise        how many of the answers shown may be wrong
    newsroom       a quotation looked up, a text checked, a timeline made
    filters        what the fields of a filter mean, and what they offer
    history        stored chats: listed, opened, deleted, exported; feedback
    articles       the list of articles, and the one that is open
    alerts         questions that are kept: added, listed, removed
    corpus         adding, removing and re-indexing articles
    evaluation     running a question set

Each function returns `{component: value}`, or `gr.skip()` where nothing changes. The components
are values of `rag.web.layout.components`; laying them out and wiring is `rag.web.layout`'s.
"""

__all__ = [
    "alerts",
    "articles",
    "by_collection",
    "chat",
    "collections",
    "corpus",
    "evaluation",
    "filters",
    "history",
    "newsroom",
    "promise",
]
