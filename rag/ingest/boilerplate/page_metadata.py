"""What the rows of a page state about its article: author, day of publication, outlet.

    author_of, published_on, outlet_of     ->  the value, or None where the page does not state it
    head_end, date_rows, datelines         ->  where such rows are found

Left to others: how a single line is recognized (`bylines`, `date_lines`), which rows are
headlines (`headlines`).
"""

from __future__ import annotations

from itertools import pairwise

from rag.ingest.boilerplate.bylines import (
    byline,
    credit,
    is_person,
    outlet_score,
    title_and_outlet,
)
from rag.ingest.boilerplate.date_lines import (
    Dateline,
    dateline,
    day_of_dateline,
    stated_day,
)
from rag.ingest.boilerplate.headlines import REPEATED_WITHIN
from rag.ingest.boilerplate.rows import FURNITURE, METADATA, Row
from rag.ingest.boilerplate.word_lists import phrase_pattern
from rag.ingest.normalize import shorten

_BEFORE_NAME = phrase_pattern("before_name")
_UPDATED = ("updated", "last updated", "modified", "last modified")
_PUBLISHED = ("published", "posted", "first published")


def head_end(rows: list[Row]) -> int:
    """Where the head of the page ends at the latest: at the third row of prose, or 40 rows on."""
    prose = [i for i, row in enumerate(rows) if row.kind == "prose"]
    return min(*prose[2:3], len(rows), (prose[0] if prose else 0) + REPEATED_WITHIN)


def neighbour_kinds(rows: list[Row], i: int) -> set[str]:
    """The kinds of the rows directly above and below row `i`."""
    return {row.kind for row in (*rows[max(i - 1, 0) : i], *rows[i + 1 : i + 2])}


def date_rows(rows: list[Row], lead: int) -> list[int]:
    """The rows that date the article: "Published …" first, "Updated …" last."""
    end, ranked = head_end(rows), []
    for i, row in enumerate(rows):
        if row.kind == "date":
            updated = row.phrase.startswith(_UPDATED)
            labelled = updated or row.phrase.startswith(_PUBLISHED)
            beside = labelled or neighbour_kinds(rows, i) & (FURNITURE | METADATA)
            if updated or i < lead or (i < end and beside):
                ranked.append((2 if updated else 0 if labelled else 1, i))
    return [i for _, i in sorted(ranked)]


def datelines(rows: list[Row], lead: int) -> list[Dateline]:
    """The datelines that open one of the first twelve rows of the body."""
    return [match for row in rows[lead : lead + 12] if (match := dateline(row.text))]


def names_author(rows: list[Row], i: int) -> bool:
    """Whether row `i` is a person's name below a label such as "Written by"."""
    label = rows[i - 1].phrase if i else ""
    return is_person(rows[i].text) and _BEFORE_NAME.fullmatch(label) is not None


def outlet_before_place(line: str) -> str | None:
    """The outlet of a line like "BBC News, Seoul", which may follow a byline."""
    name = line.partition(",")[0]
    return name if outlet_score(name) == 2 else None


def author_of(rows: list[Row]) -> str | None:
    """The author or authors named in the head of the page, comma-separated."""
    for i, row in enumerate(rows[: head_end(rows)]):
        named = i > 0 and names_author(rows, i)
        if named or row.kind == "byline":
            return row.text if named else byline(row.text)
    return None


def published_on(rows: list[Row], lead: int, text: str) -> tuple[str, str] | None:
    """The day of publication (ISO 8601) and how it is known: by a line of the page or a dateline.

    `text` is the article, whose years help where a dateline has none.
    """
    head = rows[: head_end(rows)]
    lines = [rows[i].text for i in date_rows(rows, lead)[:4]]
    lines += [row.text for row in head if row.kind == "byline"]
    for line in lines + [row.text for row in head + rows[-12:] if credit(row.text)]:
        if day := stated_day(line):
            return day, f"stated: page line '{shorten(line)}'"
    dated = [match for match in datelines(rows, lead) if match.day]
    return day_of_dateline(dated[0], text) if dated else None


def outlet_of(
    whole_page: list[Row], rows: list[Row], lead: int, headlines: list[int]
) -> str | None:
    """The outlet: named above the headline, beside it, in a credit, a dateline or a copyright."""
    above = [row.text for row in rows[: headlines[0] if headlines else 0] if row.kind == "plain"]
    head = rows[: head_end(rows)]
    candidates = (
        *(line for line in above if outlet_score(line) == 2),
        *(line for line in above[:1] if outlet_score(line) and line.count(" ") < 3),
        *(title_and_outlet(rows[i].text)[1] for i in headlines),
        *(outlet_before_place(row.text) for by, row in pairwise(head) if by.kind == "byline"),
        *(credit(row.text) for row in [*head, *rows[-12:], *whole_page[-40:]]),
        *(match.agency for match in datelines(rows, lead)),
    )
    return next(filter(None, candidates), None)
