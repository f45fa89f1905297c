"""A timeline in words, for terminal and page. Pure functions.

    summary_in_words(timeline)     "12 statements from 3 articles of 2 origins."
    date_in_words(entry)           "5 May 2024", "May 2024"
    changes_in_words(timeline)     "14 million crowns (5 November 2019) [2] → 19.5 million crowns …"
    conflict_lines(count, pairs)   what joins the entries of each conflict at the edge of a list

In:  a `Timeline`. Out: plain text on one line.
Left to others: layout (`rag.cli.newsroom.timeline`, `rag.web.views.timeline`).
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.newsroom.timelines.values import FigureChange, Timeline, TimelineEntry
from rag.text.dates.forms import format_date

Pairs = Sequence[tuple[int, int]]


def summary_in_words(timeline: Timeline) -> str:
    """How many statements there are, from how many articles and origins."""
    if not timeline.entries:
        return f"No article has a dated statement on “{timeline.topic}”."
    articles = {each.article for entry in timeline.entries for each in entry.citations}
    counts = [
        f"{_count(len(timeline.entries), 'statement')} on “{timeline.topic}” from "
        f"{_count(len(articles), 'article')}, {_count(len(timeline.origins), 'origin')}",
        *([_count(len(timeline.conflicts), "conflict")] if timeline.conflicts else []),
    ]
    return "; ".join(counts) + "."


def date_in_words(entry: TimelineEntry) -> str:
    """The date of an entry as people write it."""
    return format_date(entry.date)


def basis_in_words(entry: TimelineEntry) -> str:
    """By what it is dated: "“on Friday”", "published"."""
    return f"“{entry.date_words}”" if entry.date_words else "published"


def outlet_of(entry: TimelineEntry) -> str:
    """The outlet of an entry, else the headline; how many articles repeat it."""
    first, *others = entry.citations
    outlets = dict.fromkeys(each.source or f"“{each.title}”" for each in (first, *others))
    return ", ".join(outlets)


def numbers_of(entry: TimelineEntry) -> str:
    """The numbers of the citations of an entry: "[2][5]"."""
    return "".join(f"[{each.number}]" for each in entry.citations)


def changes_in_words(timeline: Timeline) -> list[str]:
    """Figures of one thing side by side, each with its date and citation."""
    return [_change(each, timeline.entries) for each in timeline.changes]


def _change(change: FigureChange, entries: Sequence[TimelineEntry]) -> str:
    return " → ".join(
        f"{figure} ({date_in_words(entries[n])}) {numbers_of(entries[n])}"
        for n, figure in zip(change.entries, change.figures, strict=True)
    )


def conflict_lines(count: int, pairs: Pairs) -> list[tuple[str, str]]:
    """For each of `count` entries, what stands before its first line and before its other lines.

    Each conflict has a column, from ┌ at its first entry to └ at its last; columns are used again.
    """
    columns: list[list[tuple[int, int]]] = []
    for pair in sorted(pairs):
        free = (each for each in columns if each[-1][1] < pair[0])
        column = next(free, None)
        if column is None:
            columns.append([pair])
        else:
            column.append(pair)
    return [
        (
            "".join(_mark(n, column) for column in columns),
            "".join(_mark(n, column, later=True) for column in columns),
        )
        for n in range(count)
    ]


def _mark(number: int, column: Pairs, *, later: bool = False) -> str:
    for first, last in column:
        if number == first:
            return "│" if later else "┌"
        if number == last:
            return " " if later else "└"
        if first < number < last:
            return "│"
    return " "


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
