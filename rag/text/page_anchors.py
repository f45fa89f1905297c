"""How a quote is found again in a page: by the words around it, and by the fragment of a link.

    quote_context(text, start, end)      ->  words before and after a quote that stands twice
    text_fragment(url, page, start, end) ->  the link that scrolls a browser to the quote

In:  the text of an article and the place of a quote in it, in characters. Out: text, or None.

A text fragment (WICG, "URL Fragment Text Directives") names a quote by its words:
`#:~:text=[prefix-,]start[,end][,-suffix]`. A browser takes the first place that fits, in any case
of letters; each part lies within one block of the page. `_find` does the same on the words of the
article, and the shortest directive by which it finds the very quote is taken. Where none does, the
link has no fragment: it would lead to another place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote as percent_encode

__all__ = ["Context", "quote_context", "text_fragment"]

_BLOCK = re.compile(r"\n+| \| ")  # between paragraphs, between cells of a table
_WORD = re.compile(r"\w+")
_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_LONGEST_EXACT = 300  # characters of a quote that is written out in a link
_CONTEXT_SIZES = (16, 32, 64, 128, 256)  # characters
_EDGE_WORDS = (4, 8, 16)  # of a long quote, at either end
_CONTEXT_WORDS = (2, 4, 8, 16)


class Context(NamedTuple):
    """The characters right before and right after a quote; empty where they are not needed."""

    prefix: str
    suffix: str


def quote_context(text: str, start: int, end: int) -> Context:
    """The least context that tells `text[start:end]` from the same characters elsewhere in `text`.

    It stays within the paragraph where that is enough: pages differ in what is between paragraphs.
    """
    paragraph = (text.rfind("\n", 0, start) + 1, _line_end(text, end))
    for low, high in (paragraph, (0, len(text))):
        for size in (0, *_CONTEXT_SIZES, len(text)):
            before, after = max(low, start - size), min(high, end + size)
            if _is_unique(text, text[before:end] + text[end:after]):
                return Context(text[before:start], text[end:after])
    return Context("", "")


def text_fragment(url: str | None, page: str, start: int, end: int) -> str | None:
    """The address `url` with the text directive that leads to `page[start:end]`.

    `page` is what the page says, headline first. The address alone where no directive would lead
    there; None where it is none of the web, or nothing is quoted.
    """
    if start >= end or not url or not _WEB_ADDRESS.match(url):
        return None
    address = url.split(":~:")[0]
    directive = _directive(page, start, end)
    if directive is None:
        return url
    return f"{address}{'' if '#' in address else '#'}:~:text={directive}"


class _Word(NamedTuple):
    text: str  # as browsers compare it
    start: int
    end: int
    block: int


class _Directive(NamedTuple):
    """The parts of a text directive, each as a range of words; an empty one is left out."""

    start: range
    end: range = range(0)
    prefix: range = range(0)
    suffix: range = range(0)


def _directive(page: str, start: int, end: int) -> str | None:
    words = _words_of(page)
    inside = [n for n, each in enumerate(words) if each.end > start and each.start < end]
    if not inside:
        return None
    quote = range(inside[0], inside[-1] + 1)
    for each in _candidates(words, quote, end - start):
        if _find(words, each) == quote:
            return _written(page, words, each, (start, end))
    return None


@lru_cache(maxsize=8)
def _words_of(page: str) -> list[_Word]:
    breaks = [match.start() for match in _BLOCK.finditer(page)]
    words, block = [], 0
    for match in _WORD.finditer(page):
        while block < len(breaks) and breaks[block] < match.start():
            block += 1
        words.append(_Word(_comparable(match[0]), match.start(), match.end(), block))
    return words


@lru_cache(maxsize=20_000)
def _comparable(word: str) -> str:
    """A word without case and accents, in which browsers see no difference."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in letters if not unicodedata.combining(each))


def _candidates(words: list[_Word], quote: range, length: int) -> Iterator[_Directive]:
    """Directives for `quote`, the simplest first."""
    first, last = words[quote[0]].block, words[quote[-1]].block
    shapes = [_Directive(quote)] if first == last and length <= _LONGEST_EXACT else []
    for size in _EDGE_WORDS:
        head = _within(words, range(quote.start, min(quote.start + size, quote.stop)), first)
        tail = _within(words, range(max(quote.stop - size, head.stop), quote.stop), last)
        if tail:
            shapes.append(_Directive(head, tail))
    yield from shapes
    for size in _CONTEXT_WORDS:
        before = range(max(0, quote.start - size), quote.start)
        after = range(quote.stop, min(len(words), quote.stop + size))
        prefix = _within(words, before, words[before[-1]].block) if before else before
        suffix = _within(words, after, words[after[0]].block) if after else after
        for shape in shapes:
            yield shape._replace(prefix=prefix)
            yield shape._replace(prefix=prefix, suffix=suffix)


def _within(words: list[_Word], part: range, block: int) -> range:
    """The words of `part` that are in `block`."""
    members = [n for n in part if words[n].block == block]
    return range(members[0], members[-1] + 1) if members else range(0)


def _find(words: list[_Word], directive: _Directive) -> range | None:
    """The words that a browser would scroll to: the first place that fits."""
    prefix, start, end, suffix = (
        [words[n].text for n in part]
        for part in (directive.prefix, directive.start, directive.end, directive.suffix)
    )
    for first in _places(words, start):
        head = first + len(start)
        if not _matches_at(words, first - len(prefix), prefix):
            continue
        for last in _places(words, end, head) if end else (head,):
            stop = last + len(end)
            if _matches_at(words, stop, suffix):
                return range(first, stop)
    return None


def _places(words: list[_Word], part: list[str], after: int = 0) -> Iterator[int]:
    """Where `part` stands, from the word `after` on."""
    for n in range(after, len(words)):
        if words[n].text == part[0] and _matches_at(words, n, part):
            yield n


def _matches_at(words: list[_Word], n: int, part: list[str]) -> bool:
    """Whether `part` stands at the `n`th word, within one block."""
    if not part:
        return True
    here = words[max(n, 0) : n + len(part)]
    return [each.text for each in here] == part and here[0].block == here[-1].block


def _written(page: str, words: list[_Word], each: _Directive, span: tuple[int, int]) -> str:
    """The directive with the punctuation around its words, percent-encoded."""
    start, end = span
    stop = words[each.start[-1]].end if each.end else end
    parts = [_encoded(page[start:stop])]
    if each.prefix:
        before = _BLOCK.split(page[words[each.prefix[0]].start : start])[0]
        parts.insert(0, _encoded(before) + "-")
    if each.end:
        parts.append(_encoded(page[words[each.end[0]].start : end]))
    if each.suffix:
        after = _BLOCK.split(page[end : words[each.suffix[-1]].end])[-1]
        parts.append("-" + _encoded(after))
    return ",".join(parts)


def _encoded(text: str) -> str:
    """`text` on one line as part of a directive, in which `-`, `,` and `&` mean something."""
    return percent_encode(" ".join(text.split()), safe="").replace("-", "%2D")


def _line_end(text: str, end: int) -> int:
    place = text.find("\n", end)
    return len(text) if place < 0 else place


def _is_unique(text: str, piece: str) -> bool:
    first = text.find(piece)
    return text.find(piece, first + 1) < 0
