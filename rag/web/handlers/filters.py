"""What the fields of a filter mean, and what they offer.

In:  the values of the fields; `AppState`. Out: the label of their fold, the outlets to choose from.
"""

from __future__ import annotations

import logging

import gradio as gr

from rag.errors import QuestionError, RagError
from rag.retrieval.filters import SearchFilter
from rag.web.services.app_state import AppState, Ready
from rag.web.views import messages
from rag.web.views.escape import strip_invisible

log = logging.getLogger(__name__)


def describe_filter(since: str, until: str, outlets: list[str]) -> tuple[gr.Accordion, str]:
    """The fold with the filter in words, and what is wrong with it ("": nothing)."""
    try:
        filters = SearchFilter.parse(since, until, outlets)
    except QuestionError as error:
        return gr.Accordion(label=messages.FILTERS), str(error)
    return gr.Accordion(label=messages.filter_label(filters.describe())), ""


def outlet_choices(app_state: AppState) -> list[tuple[str, str]]:
    """The outlets of all articles, each as it is shown and as it is; none until they are known."""
    state = app_state.state
    if not isinstance(state, Ready):
        return []
    try:
        outlets = state.assistant.articles.outlets()
    except RagError:
        log.exception("no list of outlets")
        return []
    return [(strip_invisible(each), each) for each in outlets]
