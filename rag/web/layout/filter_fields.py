"""Dates and outlets that limit which articles are searched, folded away: laid out.

In:  the row of the page in whose context they are laid out. Out: `FilterFields`.
Left to others: what their values mean (`rag.web.handlers.filters`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr
from gradio.blocks import Block

from rag.web.views import messages


class FilterFields(NamedTuple):
    """The fold, and the fields in it."""

    fold: gr.Accordion
    since: gr.Textbox
    until: gr.Textbox
    outlets: gr.Dropdown

    @property
    def values(self) -> list[Block]:
        """The fields, in the order in which event functions take them."""
        return [self.since, self.until, self.outlets]

    @property
    def changes(self) -> list[Any]:
        """The events by which one of them gets another value."""
        dates = [self.since.blur, self.since.submit, self.until.blur, self.until.submit]
        return [*dates, self.outlets.change]


def filter_fields(elem_id: str) -> FilterFields:
    """The fold `elem_id`, closed at first."""
    with gr.Accordion(
        messages.FILTERS, open=False, elem_id=elem_id, elem_classes="filters"
    ) as fold:
        with gr.Row():
            since, until = (
                gr.Textbox(label=label, placeholder=messages.DATE, max_lines=1)
                for label in ("From", "Until")
            )
        outlets = gr.Dropdown([], label="Outlets", multiselect=True)
    return FilterFields(fold, since, until, outlets)
