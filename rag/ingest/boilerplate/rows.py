"""The lines of a text, each with the kind of line it looks like, and where the article ends.

    split_rows(text)        ->  `Row`s, one for each line that is not blank
    word_gaps(line)         ->  how many words end in a line before its last one, in any script
    article_end(rows)       ->  where comments or links to other articles begin
    is_sentence, is_prose   ->  what running text looks like

Pure functions. Left to others: what a row means on its page (`page`, `headlines`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.ingest.boilerplate.bylines import byline, is_section
from rag.ingest.boilerplate.date_lines import is_date_line
from rag.ingest.boilerplate.word_lists import alternatives, expand, phrase_pattern

FURNITURE = frozenset({"mark", "clutter", "nav"})  # kinds of rows that belong to the site
SITE = frozenset({"nav", "section"})
METADATA = frozenset({"date", "byline"})
_SITE_PHRASE = re.compile(
    expand(
        f"(?P<mark>{alternatives('mark')})|(?P<clutter>{alternatives('clutter', 'related')})"
        f"|(?P<nav>{alternatives('navigation')})"
    )
)
_RELATED, _END = phrase_pattern("related"), phrase_pattern("end_of_article")
_CLOSING = "\"'”’»)]」』）】"
_STOP = re.compile(r"""[.!?…]["'”’»)\]]*(?=\s|$)|[。！？؟۔।։]""")
_MARKS = str.maketrans("。｡！？؟۔।։", "..!??...")  # of scripts that have their own, as ours
# scripts that put no blanks between words, and how many letters of theirs make a word
_IDEOGRAPHS = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_UNSPACED = re.compile(r"[\u0e01-\u0e3a\u0e40-\u0edf\u1000-\u109f\u1780-\u17dd]")  # Thai to Khmer
_IDEOGRAPHS_A_WORD, _LETTERS_A_WORD = 2, 4
_BULLET = re.compile(r"(?:[•·▪●◦‣*–—-]|\d{1,2}[.)]) ")
_EDGES = "•·▪●*×✕|<>«»→▶►▸:–—-…. "


class Row(NamedTuple):
    """A line that is not blank."""

    text: str
    phrase: str  # its bare words in lower case
    kind: str  # prose, bullet, mark, clutter, nav, section, date, byline or plain
    gap: bool  # whether a blank line precedes it


def split_rows(text: str) -> Iterator[Row]:
    """The rows of a normalized text. A short line that the next one continues is prose."""
    lines = text.split("\n")
    for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line:
            phrase = line.strip(_EDGES).lower().replace("’", "'") if len(line) <= 300 else line
            kind = _kind(line, phrase)
            continues = min(line.count(" "), below.count(" ")) > 3 and below[0].islower()
            yield Row(line, phrase, "prose" if continues and kind == "plain" else kind, not above)


def _kind(line: str, phrase: str) -> str:
    site = _SITE_PHRASE.fullmatch(phrase) if len(phrase) <= 260 else None
    if site or not phrase:
        return site.lastgroup or "" if site else "nav"
    if is_date_line(line):
        return "date"
    if byline(line):
        return "byline"
    if is_section(phrase):
        return "section"
    return "prose" if is_prose(line) else "bullet" if _BULLET.match(line) else "plain"


def word_gaps(line: str) -> int:
    """How many words end in `line` before its last one.

    Blanks are counted, and in scripts without them so many letters as make a word.
    """
    gaps = line.count(" ")
    if line.isascii():
        return gaps
    ideographs, letters = len(_IDEOGRAPHS.findall(line)), len(_UNSPACED.findall(line))
    return gaps + ideographs // _IDEOGRAPHS_A_WORD + letters // _LETTERS_A_WORD


def end_mark(line: str) -> str:
    """The punctuation mark that ends a sentence, or ""; the point of "U.S." is not one."""
    bare = line.rstrip(_CLOSING).translate(_MARKS)
    initials = bare[-2:-1].isupper() and bare[-3:-2] in {"", " ", "."}
    return bare[-1:] if bare[-1:] in {".", "!", "?", "…"} and not initials else ""


def is_sentence(line: str) -> bool:
    """Whether `line` has four words or more and ends as a sentence does."""
    return word_gaps(line) >= 3 and end_mark(line) != ""


def is_prose(line: str) -> bool:
    """Whether `line` is long, or a sentence of eight words; one question may be a headline."""
    spaces = word_gaps(line) - bool(_BULLET.match(line))
    asks = end_mark(line) in {"?", "!"} and len(_STOP.findall(line)) == 1
    return spaces >= 24 or (spaces >= 7 and end_mark(line) != "" and not asks)


def is_cut_off(line: str) -> bool:
    """Whether `line` ends in an ellipsis: the beginning of a text that stands elsewhere."""
    return line.rstrip(_CLOSING).endswith(("…", "..."))


def article_end(rows: list[Row]) -> int:
    """The row at which comments or links to other articles begin, if a body precedes it."""
    total = sum(len(row.text) for row in rows if row.kind == "prose" and not is_cut_off(row.text))
    sentences = before = 0
    for i, row in enumerate(rows):
        if row.kind == "prose":
            before += len(row.text)
            sentences += 0 if _BULLET.match(row.text) else len(_STOP.findall(row.text))
        elif sentences >= 3 and len(row.phrase) <= 160:
            # "Comments" alone may be a button below a standfirst
            if _END.fullmatch(row.phrase) and (row.kind != "nav" or sentences >= 5):
                return i
            if _RELATED.fullmatch(row.phrase) and 3 * (total - before) <= before:
                return i
    return len(rows)
