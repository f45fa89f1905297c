"""Lines that were broken to fit a page, joined to the paragraphs that they were.

    unwrap(text)           plain text: paragraphs on one line each, verse and lists as they are
    join_lines(lines)      the same for lines that are known to be one paragraph

A word that was hyphenated at the end of a line is put together again; a hyphen that belongs to the
word stays ("twenty-two"). Pure functions. Left to others: lines by their place on a printed page
(`rag.ingest.parsers.pdf_layout`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag.ingest.normalize import split_words

_WIDEST, _NARROWEST = 130, 24  # characters of the longest line of a paragraph that was wrapped
_WIDE = 50  # characters of a line that no verse has
_LONGEST_WORD = 60  # characters
_HYPHENS = "-‐\u00ad¬"
_HYPHENATED = re.compile(rf"([^\W\d_]+)[{_HYPHENS}]$")
_COMPOUND = re.compile(r"(?<!\w)[^\W\d_]{1,40}(?:[-‐][^\W\d_]{1,40}){1,6}(?!\w)")
_NUMBERS = split_words("twenty thirty forty fifty sixty seventy eighty ninety")
# what is written with a hyphen before another word
_FIRST_PARTS = _NUMBERS | split_words(
    """well self ex half quasi vice so long short high low old new far full part two three four
    five six seven eight nine ten one all north south left right anti pro post pre non mid ever
    soit non demi après grand sud nord est ouest contre nord süd ost west nord-"""
)
_AMBIGUOUS = split_words("so all pro post pre non mid ten one ex part anti contre est")
_BULLET = re.compile(r"\s*(?:[•▪●‣*–—-] |\d{1,2}[.)] )")
_ENDS = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_MID_SENTENCE_END = re.compile(r"[.!?][\"”’»)]* [^\W\d_a-zß-ÿ]")


def compounds(text: str) -> frozenset[str]:
    """The words of `text` that are written with a hyphen within a line, in lower case."""
    return frozenset(match[0].lower() for match in _COMPOUND.finditer(text))


def join_lines(lines: Iterable[str], known: frozenset[str] = frozenset()) -> str:
    """One paragraph from its lines; `known` are compounds that the document has elsewhere."""
    paragraph = ""
    for line in filter(None, (line.strip() for line in lines)):
        paragraph = _joined(paragraph, line, known) if paragraph else line
    return paragraph


def unwrap(text: str) -> str:
    """`text`, normalized, with the lines of wrapped paragraphs joined."""
    known = compounds(text)
    return "\n\n".join(
        "\n".join(_unwrap_block(block.split("\n"), known)) for block in text.split("\n\n")
    )


def _unwrap_block(lines: Sequence[str], known: frozenset[str]) -> list[str]:
    """The lines between two blank ones: runs of wrapped lines become one line each."""
    joined: list[str] = []
    run: list[str] = []
    widest = 0  # of the lines of the run
    for line in lines:
        if run and not _continues(run[-1], line, widest):
            joined += _close(run, known)
            run, widest = [], 0
        run.append(line)
        widest = max(widest, len(line))
    return joined + _close(run, known)


def _continues(above: str, line: str, widest: int) -> bool:
    """Whether `line` may be the next one of a paragraph of which `above` is the last so far."""
    if _BULLET.match(line) or widest > _WIDEST or not line:
        return False
    if len(line) > max(widest * 14 // 10, _NARROWEST + 10):
        return False
    hyphenated = _hyphen_end(above) is not None and line[0].islower()
    return hyphenated or len(above) >= widest * 7 // 10


def _close(run: Sequence[str], known: frozenset[str]) -> list[str]:
    """`run` as one line if it was a wrapped paragraph, else as it is."""
    if len(run) < 2 or not _was_wrapped(run):
        return list(run)
    return [join_lines(run, known)]


def _was_wrapped(run: Sequence[str]) -> bool:
    """Prose runs on from line to line and ends its sentences anywhere; verse and lists do not."""
    breaks = list(pairwise(run))
    hyphenated = sum(bool(_hyphen_end(a)) and b[:1].islower() for a, b in breaks)
    running = sum(not _ENDS.search(a) and (b[:1].islower() or b[:1].isdigit()) for a, b in breaks)
    inner_ends = sum(bool(_MID_SENTENCE_END.search(line)) for line in run)
    if hyphenated:
        return running + hyphenated >= len(breaks) / 2
    widest = max(map(len, run))
    prose = widest >= _WIDE or (widest >= _NARROWEST and inner_ends > 0)
    return prose and running >= len(breaks) / 2 and running > 0


def _hyphen_end(line: str) -> re.Match[str] | None:
    """The word and the hyphen that end a line, if it ends so."""
    if line[-1:] not in _HYPHENS:
        return None
    return _HYPHENATED.search(line, max(0, len(line) - _LONGEST_WORD))


def _joined(above: str, below: str, known: frozenset[str]) -> str:
    broken = _hyphen_end(above)
    if not broken or not below[0].isalpha():
        end = above[-1:] in _HYPHENS and bool(above[:-1].strip()) and above[-2:-1] != " "
        return above + ("" if end else " ") + below
    stem, part = above[:-1], re.match(r"[\w’'-]+", below)
    first = broken[1].lower()
    second = re.match(r"[^\W\d_]+", below)
    whole = f"{first}-{second[0].lower() if second else ''}"
    if above[-1] in "\u00ad¬":
        return stem + below
    keeps = (
        whole in known
        or below[0].isupper()
        or (part is not None and "-" in part[0].rstrip("-") and "-" in part[0])
        or above[broken.start() - 1 : broken.start()] in {"-", "‐"}
        or (first in _FIRST_PARTS and first not in _AMBIGUOUS)
    )
    return f"{stem}-{below}" if keeps else stem + below
