"""Strip a saved web page down to its article.

    text  ->  rows, each with a kind  ->  end of the article, headline, metadata  ->  ParsedDocument

A text is taken for a saved page only on evidence: phrases that nobody writes in prose, or a
headline among navigation, byline, date or outlet. Any other text keeps every line. The rules look
at whole short lines, never into a sentence.
"""

from __future__ import annotations

import re

from rag.ingest.boilerplate.bylines import outlet_score, title_and_outlet
from rag.ingest.boilerplate.contradictions import KnownDay, day_of_article
from rag.ingest.boilerplate.headlines import (
    headline_rows,
    is_motto,
    like_headline,
    opening_headline,
)
from rag.ingest.boilerplate.heads import Head, read_head, record_of
from rag.ingest.boilerplate.page_metadata import (
    author_of,
    date_rows,
    datelines,
    head_end,
    names_author,
    neighbour_kinds,
    outlet_before_place,
    outlet_of,
    published_on,
)
from rag.ingest.boilerplate.rows import (
    FURNITURE,
    METADATA,
    SITE,
    Row,
    article_end,
    is_sentence,
    split_rows,
)
from rag.ingest.boilerplate.word_lists import phrase_pattern
from rag.ingest.document import ParsedDocument
from rag.ingest.line_wraps import unwrap
from rag.ingest.normalize import normalize, shorten

_BEFORE_LINK = phrase_pattern("before_link")


def strip_boilerplate(text: str) -> ParsedDocument:
    """The article in any `text`, without the page around it, and the metadata that it states.

    The title is the headline, which is then no part of the text; without a headline it is the
    text's first words.
    """
    whole_page = list(split_rows(unwrap(normalize(text))))
    rows = whole_page[: article_end(whole_page)]
    lead = next((i for i, row in enumerate(rows) if row.kind == "prose"), len(rows))
    headlines = headline_rows(rows, lead) if lead < len(rows) else []
    head = Head()
    if lead < len(rows) and _is_saved_page(whole_page, rows, lead, headlines):
        dropped = _boilerplate_rows(rows, lead, headlines)
    else:
        rows, headlines = whole_page, opening_headline(whole_page)
        head = _opening_record(rows, lead)
        headlines = [head.title] if head.lines and head.title is not None else headlines
        dropped = {*headlines, *head.lines}
        lead = min(lead, 2)  # a date further down may be any date
    article = _join(rows, dropped)
    title = title_and_outlet(rows[headlines[0]].text)[0] if headlines else ""
    stated = (head.published, head.basis) if head.published else published_on(rows, lead, article)
    day, basis = day_of_article(KnownDay(*(stated or (None, None))), title, article)
    return ParsedDocument(
        title=title or shorten(article.split("\n")[0]),
        text=article,
        source=head.source or outlet_of(whole_page, rows, lead, headlines),
        author=head.author or author_of(rows),
        published=day,
        published_basis=basis,
    )


def _opening_record(rows: list[Row], lead: int) -> Head:
    """What the lines around the headline of a text that is no page state.

    Only where prose follows, and where the record is directly below the first line, or a masthead
    with an outlet is above the headline.
    """
    if lead == len(rows) or rows[0].kind == "prose":
        return Head()
    head = read_head([row.text for row in rows[:12]])
    if head.title is None or (head.title and not head.source):
        return Head()
    below = len(rows) > 1 and record_of(rows[1].text) is not None
    if len(rows) > 2 and like_headline(rows[1].text) and not below:
        below = record_of(rows[2].text) is not None and bool(head.lines)
    return head if head.title or below else Head()


def _is_saved_page(whole_page: list[Row], rows: list[Row], lead: int, headlines: list[int]) -> bool:
    """Whether the text, which holds prose from `lead` on, shows signs of a page around it."""
    if any(row.kind == "mark" for row in whole_page):
        return True
    prose = sum(len(row.text) for row in rows if row.kind == "prose")
    if 2 * prose < sum(len(row.text) for row in rows):
        return False
    clutter = {row.phrase.partition(":")[0] for row in whole_page if row.kind == "clutter"}
    if len(clutter) >= 2 or not headlines:
        return len(clutter) >= 2
    before, kinds = rows[: headlines[0]], {row.kind for row in rows[: head_end(rows)]}
    site = any(row.kind in SITE or outlet_score(row.text) == 2 for row in before)
    signed = bool(kinds & METADATA or datelines(rows, lead))
    return len(headlines) > 1 or site or (signed and all(row.kind in METADATA for row in before))


def _boilerplate_rows(rows: list[Row], lead: int, headlines: list[int]) -> set[int]:
    """The rows of a page that are not its article's text."""
    head = head_end(rows)
    last = max(i for i, row in enumerate(rows) if row.kind == "prose")
    first_copy, last_copy = (headlines[0], headlines[-1]) if headlines else (0, 0)
    dropped = {*headlines, *date_rows(rows, lead)}
    for i, row in enumerate(rows):
        above = rows[i - 1] if i else None
        if (
            row.kind in FURNITURE
            or (row.kind == "section" and (not lead < i < last or _beside_site_rows(rows, i)))
            or (row.kind == "byline" and i < head)
            or (first_copy < last_copy and i < last_copy and not is_sentence(row.text))
            or (i < first_copy and (not like_headline(row.text) or is_motto(rows, i)))
            or _is_link(row, above)
            or (i < head and names_author(rows, i))
            or (i < head and above and above.kind == "byline" and outlet_before_place(row.text))
        ):
            dropped.add(i)
    return dropped


def _beside_site_rows(rows: list[Row], i: int) -> bool:
    return bool(neighbour_kinds(rows, i) & (FURNITURE | SITE))


def _is_link(row: Row, above: Row | None) -> bool:
    """Whether a row below "Read also" or the like is the headline of another article."""
    labelled = above is not None and _BEFORE_LINK.fullmatch(above.phrase) is not None
    return labelled and row.kind == "plain" and not is_sentence(row.text)


def _join(rows: list[Row], dropped: set[int]) -> str:
    """The text of the rows that are not `dropped`; blank lines stay where they were."""
    lines: list[str] = []
    for i, row in enumerate(rows):
        lines += [""] * row.gap + [row.text] * (i not in dropped)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
