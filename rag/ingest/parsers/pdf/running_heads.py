"""What is printed at the head or foot of every page: no part of the text, but part of the record.

without_running_heads(pages)   ->  the pages without it, and its lines as they first stand
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.ingest.parsers.pdf.layout import same_line
from rag.ingest.parsers.pdf.runs import Page, Run

_EDGE_LINES = 3  # lines at the head and at the foot of a page that may be running ones
_PAGE_NUMBER = re.compile(
    r"(?:(?:page|seite|side|sida|p(?:á|a)gina|pagina|strona|str\.?|p\.?) ?)?[-–—]? ?\d{1,4} ?[-–—]?"
    r"(?: ?(?:of|von|av|af|de|di|z|/) ?\d{1,4})?",
    re.IGNORECASE,
)


def without_running_heads(pages: Sequence[Page]) -> tuple[list[Page], list[str]]:
    """The pages without running heads and feet, and the lines that are."""
    edges = [_edges(page) for page in pages]
    counts = Counter(key for lines in edges for key in {_key(line, page) for line, page in lines})
    repeated = {key for key, count in counts.items() if count > 1 and 3 * count >= len(pages)}
    heads: dict[str, str] = {}
    cleaned = []
    for page, lines in zip(pages, edges, strict=True):
        dropped = set[int]()
        for line, _ in lines:
            text = _text(line)
            if _key(line, page) in repeated and (len(pages) > 1):
                heads.setdefault(_key(line, page)[0], text)
                dropped |= {id(run) for run in line}
            elif _is_page_number(text, page.number):
                dropped |= {id(run) for run in line}
        left = [run for run in page.runs if id(run) not in dropped]
        numbered = [run for run in page.runs if not _is_page_number(run.text, page.number)]
        cleaned.append(page._replace(runs=left or numbered))  # a page of nothing else is text
    return cleaned, list(heads.values())


def _edges(page: Page) -> list[tuple[list[Run], Page]]:
    """The first and last lines of a page, without what is a paragraph between them."""
    lines = same_line(page.runs)
    if len(lines) <= 1:
        return [(line, page) for line in lines]
    chosen = lines[:_EDGE_LINES] + lines[max(_EDGE_LINES, len(lines) - _EDGE_LINES) :]
    return [(line, page) for line in chosen]


def _text(line: Sequence[Run]) -> str:
    return "  ".join(run.text for run in line)


def _key(line: Sequence[Run], page: Page) -> tuple[str, int]:
    """The line without its figures, and how high it stands, in hundredths of the page by five."""
    place = round(20 * line[0].baseline / page.height) if page.height else 0
    return re.sub(r"\d+", "#", _text(line)).casefold(), place


def _is_page_number(text: str, number: int) -> bool:
    """Whether a line is a page number and no more; a bare figure only that of this page."""
    if not _PAGE_NUMBER.fullmatch(text.strip()):
        return False
    return text.strip() == str(number) or not re.fullmatch(r"\d+", text.strip())
