"""Lines above and below the text of an article that only repeat its record.

    margin_lines(lines, record)  ->  the numbers of the lines that are no part of the text
    day_beside(lines)            ->  the day on a line of its own above the text, else on the line
                                     below it that also names tags or sections

In:  the lines of an article as a page has them; its headline, author and outlet.
Left to others: lines that no article has (`rag.ingest.boilerplate.rows`), what the lines state
(`rag.ingest.boilerplate.heads`).

A theme prints author, day, section and address of an article between headline and text, or in a box
below it. Only the lines before the first sentence and behind the last one are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from rag.ingest.boilerplate.date_lines import stated_day
from rag.ingest.boilerplate.rows import METADATA, is_prose, is_sentence, split_rows
from rag.ingest.date_forms import find_dates, looks_dated
from rag.ingest.normalize import shorten
from rag.text.folding import fold

_ADDRESS = re.compile(r"https?://\S+")
_LABEL = re.compile(  # "Posted on: "
    r"(?:• )?(?:[^\W\d_]{3,12}(?: [^\W\d_]{2,8})?(?::(?!//) ?| (?=\d)))?"
)
_FULL_DATE = len("2024-03-10")
_FEW_WORDS = 3  # of a bullet that names a section
_NAME = re.compile(r"[^\W\d_a-z][\w.’'-]* [^\W\d_a-z][\w.’'-]*(?: [\w.’'-]+){0,2}")
_META = re.compile(  # beside a date on a line that is no sentence
    r"(?:posted|published|updated|modified)\b|\b(?:min(?:ute)?s? read|words|views)\b"
    r"|更新|阅读|字数|标签",
    re.IGNORECASE,
)
_COUNTERS = re.compile(  # what a theme counts: words, minutes of reading, views
    r"字数|阅读估?时|阅读量|浏览|\bmin(?:ute)?s? read\b|\bwords?\b|\bviews?\b|\breading time\b",
    re.IGNORECASE,
)
_FILED = re.compile(
    r"标签|分类|\b(?:tagged|filed under|posted in|categor(?:y|ies))\b", re.IGNORECASE
)
_CHANGED = re.compile(r"更新|修改|\b(?:updated|modified|changed)\b", re.IGNORECASE)
_BESIDE_NAME = 2  # words that may stand beside a name: a role, a level


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """What the record of an article holds; `dated`: its day is known."""

    title: str
    names: tuple[str, ...]  # of author and outlet
    dated: bool


def margin_lines(lines: Sequence[str], record: KnownRecord) -> set[int]:
    """The numbers of the `lines` above and below the text that repeat `record`."""
    numbers = range(len(lines))
    above = takewhile(lambda n: not _is_text(lines[n]), numbers)
    below = takewhile(lambda n: not _is_text(lines[n]), reversed(numbers))
    return _repeating(list(above), lines, record) | _repeating(list(below), lines, record)


def day_beside(lines: Sequence[str]) -> tuple[str, str] | None:
    """The day (ISO 8601) that a line above or below the text states, and how it is known.

    Above it is the first line that is a date, below one that says where the article is filed.
    """
    for line in takewhile(lambda each: not _is_text(each), lines):
        if _kind(line) == "date" and (day := stated_day(line)):
            return day, f"stated: '{line}'"
    for line in takewhile(lambda each: not _is_text(each), reversed(lines)):
        days = [each.iso for each in find_dates(line) if len(each.iso) == _FULL_DATE]
        if len(days) == 1 and _FILED.search(line) and not _CHANGED.search(line):
            return days[0], f"stated: '{shorten(line)}'"
    return None


def _repeating(margin: Iterable[int], lines: Sequence[str], record: KnownRecord) -> set[int]:
    """Those of `margin` that repeat `record`, and beside them names of sections.

    The margin runs towards the text; names of people that do not stand next to it go too.
    """
    repeated, sections, names = set[int](), set[int](), set[int]()
    for n in margin:
        kind = _kind(lines[n])
        if _repeats(lines[n], kind, record):
            repeated |= {n, *names}
        elif kind == "section" or _is_short_bullet(lines[n]):
            sections.add(n)
        elif _NAME.fullmatch(lines[n]):
            names.add(n)
    return repeated | sections if repeated else set()


def _kind(line: str) -> str:
    return next((row.kind for row in split_rows(line)), "")


def _is_short_bullet(line: str) -> bool:
    return line.startswith("• ") and len(fold(line).split()) <= _FEW_WORDS


def _repeats(line: str, kind: str, record: KnownRecord) -> bool:
    line = line[_LABEL.match(line).end() :]  # type: ignore[union-attr]  # it matches nothing too
    if kind in METADATA or _kind(line) in METADATA:
        return "date" not in (kind, _kind(line)) or record.dated
    if record.dated and looks_dated(line) and _META.search(line):
        return True
    if len({match[0].casefold() for match in _COUNTERS.finditer(line)}) > 1:
        return True
    if any(re.fullmatch(rf"{re.escape(name)}[\d\W]*", line) for name in record.names):
        return True  # name and days without a space between them
    if _ADDRESS.fullmatch(line) or fold(line) == fold(record.title):
        return True
    words = fold(line).split()
    return any(
        name and words[: len(name)] == name and len(words) <= len(name) + _BESIDE_NAME
        for name in (fold(each).split() for each in record.names)
    )


def _is_text(line: str) -> bool:
    return is_prose(line) or is_sentence(line)
