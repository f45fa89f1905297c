"""Dated statements on a topic as HTML (`templates/timeline.html`): a table below a plot.

In:  a `Timeline`. Out: HTML: each entry with its outlet and a button for each article that has it;
     entries in conflict name each other, and are joined by a line in the plot.
Left to others: where the marks are (`rag.web.views.newsroom.timeline_plot`), the words
(`rag.newsroom.timelines.wording`).
"""

from __future__ import annotations

from typing import NamedTuple

from rag.newsroom.timelines.values import Timeline, TimelineEntry
from rag.newsroom.timelines.wording import (
    basis_in_words,
    changes_in_words,
    date_in_words,
    outlet_of,
    summary_in_words,
)
from rag.web.views.newsroom.timeline_plot import plot_timeline
from rag.web.views.templates import render

LEAD = (
    '<p class="lead">Name a topic: what the articles say of it is listed by date, oldest first. '
    "No language model takes part.</p>"
)
WAITING = "Another question is being answered. Your topic comes next…"
SEARCHING = "Searching the articles…"


class _Row(NamedTuple):
    """An entry: its number from 1, the numbers of those that it is in conflict with."""

    number: int
    entry: TimelineEntry
    date: str
    details: list[str]
    conflicts: list[int]


def render_timeline(timeline: Timeline) -> str:
    """The summary, the plot, figures that changed, the table, notes."""
    return render(
        "timeline.html",
        summary=summary_in_words(timeline),
        plot=plot_timeline(timeline) if timeline.entries else None,
        changes=changes_in_words(timeline),
        rows=[_row(n, entry, timeline) for n, entry in enumerate(timeline.entries)],
        notes=[each.text for each in timeline.notes],
    )


def _row(n: int, entry: TimelineEntry, timeline: Timeline) -> _Row:
    others = [other for pair in timeline.conflicts if n in pair for other in pair if other != n]
    details = [outlet_of(entry), basis_in_words(entry)]
    return _Row(n + 1, entry, date_in_words(entry), details, [each + 1 for each in others])
