"""What is printed at the head or foot of every page: no part of the text, but part of the record.

without_running_heads(pages)   ->  the pages without it, and its lines as they first stand
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from statistics import median

from rag.ingest.parsers.pdf.layout import same_line
from rag.ingest.parsers.pdf.runs import Page, Run

_Edge = Sequence[tuple[Sequence[Run], Page]]
_Place = tuple[int, float]  # height on the page, size
_OTHER_TYPE = 0.04  # share of the size of the text by which that of a running head differs
_SAME_HEIGHT = 4  # points
_LONGEST_HEAD = 100  # characters
_NUMBER_FIRST = re.compile(r"[-–—|]? ?(\d{1,4})(?=\s{2,}|\s*[|·•–—]|\s*[-–—]?\s*$|\s+[^\W\d_a-z])")
_NUMBER_LAST = re.compile(
    r"(?:\s{2,}|[|·•–—]\s*|(?<=\w) |^)(?:p(?:age|\.)? )?(\d{1,4})$", re.IGNORECASE
)
_EDGE_LINES = 3  # lines at the head and at the foot of a page that may be running ones
_PAGE_NUMBER = re.compile(
    r"(?:(?:page|seite|side|sida|p(?:á|a)gina|pagina|strona|str\.?|p\.?) ?)?[-–—]? ?\d{1,4} ?[-–—]?"
    r"(?: ?(?:of|von|av|af|de|di|z|/) ?\d{1,4})?",
    re.IGNORECASE,
)


def without_running_heads(pages: Sequence[Page]) -> tuple[list[Page], list[str]]:
    """The pages without running heads and feet, and the lines that are.

    Those are lines that stand on several pages; what stands in their place and type on another
    page, such as the title of the chapter on even pages; and lines with the number of the page.
    """
    edges = [_edges(page) for page in pages]
    counts = Counter(key for lines in edges for key in {_key(line, page) for line, page in lines})
    repeated = {key for key, count in counts.items() if count > 1 and 3 * count >= len(pages)}
    places = _places(edges, repeated)
    numbered = _numbered_lines(edges)
    heads: dict[str, str] = {}
    cleaned = []
    for page, lines in zip(pages, edges, strict=True):
        dropped = set[int]()
        for line, _ in lines:
            text = _text(line)
            is_running = _key(line, page) in repeated or id(line) in numbered
            if len(pages) > 1 and (is_running or _is_in_place(line, page, places)):
                heads.setdefault(_key(line, page)[0], text)
                dropped |= {id(run) for run in line}
            elif _is_page_number(text, page.number):
                dropped |= {id(run) for run in line}
        left = [run for run in page.runs if id(run) not in dropped]
        others = [run for run in page.runs if not _is_page_number(run.text, page.number)]
        cleaned.append(page._replace(runs=left or others))  # a page of nothing else is text
    return cleaned, list(heads.values())


def _places(edges: Sequence[_Edge], repeated: Collection[tuple[str, int]]) -> set[_Place]:
    """Where lines stand that are `repeated`, and the size of their type."""
    return {
        (round(line[0].baseline), round(line[0].size, 1))
        for lines in edges
        for line, page in lines
        if _key(line, page) in repeated
    }


def _is_in_place(line: Sequence[Run], page: Page, places: Collection[_Place]) -> bool:
    """Whether a line stands where running ones do, in their type, which is not that of the text."""
    if (round(line[0].baseline), round(line[0].size, 1)) not in places:
        return False
    usual = median(run.size for run in page.runs for _ in run.text)
    return abs(line[0].size - usual) > _OTHER_TYPE * usual


def _numbered_lines(edges: Sequence[_Edge]) -> set[int]:
    """The ids of the lines that begin or end with a number that counts the pages.

    On two pages or more such a line is the outermost, at the same height, and the numbers grow as
    those of the pages do.
    """
    sequences: dict[tuple[int, int], list[Sequence[Run]]] = {}
    for at, lines in enumerate(edges):
        for line in {id(each): each for each, _ in (*lines[:1], *lines[-1:])}.values():
            text = _text(line)
            ends = (_NUMBER_FIRST.match(text), _NUMBER_LAST.search(text))
            for number in {int(match[1]) for match in ends if match}:
                key = (number - at, round(line[0].baseline / _SAME_HEIGHT))
                sequences.setdefault(key, []).append(line)
    whole = (
        lines for lines in sequences.values() if len(lines) > 1 and 3 * len(lines) >= len(edges)
    )
    return {id(line) for lines in whole for line in lines if len(_text(line)) <= _LONGEST_HEAD}


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
