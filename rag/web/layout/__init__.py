"""The page: Gradio's components laid out tab by tab, and wired to the event functions.

    page               the whole page: `build_page`
    chat_tab           the Ask tab
    newsroom           the Check tab: quotations, drafts, timelines
    alerts_tab         questions that are kept, and what of their answers has changed
    articles_tab       the list of articles, and the viewer of one
    corpus_form        adding and removing articles, within that tab
    collection_choice  the list of collections, at the top
    filter_fields      dates and outlets, folded away
    promise_choice     how many of the answers shown may be wrong, within the Ask tab
    history_tab        the stored conversations, and the note on an answer
    evaluation_tab     running a question set
    components         the components as values, for the event functions

In:  `OpenCollections`. Out: `gr.Blocks`. Left to others: what an event does (`rag.web.handlers`).
"""

__all__ = [
    "alerts_tab",
    "articles_tab",
    "chat_tab",
    "collection_choice",
    "components",
    "corpus_form",
    "evaluation_tab",
    "filter_fields",
    "history_tab",
    "newsroom",
    "page",
    "promise_choice",
]
