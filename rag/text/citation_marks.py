"""Citation marks, `[n]`, in the texts of models, articles and answers. Pure functions.

    find_citation_marks(text, syntax)     ->  the marks, in order, with the numbers they hold
    split_at_citations(text, numbers)     ->  the text in pieces, each with the number behind it
    strip_citation_marks(text, syntax)    ->  the text without them
    replace_citation_marks(text, syntax, replacement)

What counts as a mark depends on who wrote the text, so each function takes a `MarkSyntax`:

    RENDERED     our own answers: one number, `[2]`
    DRAFT        drafts of a model: also `[1, 3]`, `[1-3]`, `[ passage 2 ]`
    FOREIGN      articles: what could be taken for a mark of ours if it stood in an answer
    EARLIER      earlier answers of a conversation, which a caller may have written
    PREDICTION   answers that are scored: the 7 of `[7]` is no part of them
    ANY          any run of digits and separators in square brackets, for a model without rules

Left to others: which passage or citation a number refers to (`rag.grounding.claims`).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property

_SEPARATOR = r"\s*[,;\u2013-]\s*"
_RANGE_LIMIT = 20  # how far the end of a range may lie beyond its start


@dataclass(frozen=True)
class MarkSyntax:
    """What counts as a citation mark.

    Attributes:
        max_digits: longer numbers are no marks; None: any length.
        several: one mark may hold several numbers and ranges, `[1, 3]`, `[1-3]`.
        label: a regular expression for a word that may precede the number, `[passage 2]`.
        padded: white space may stand between a bracket and what it holds.
        leading_space: white space before the mark belongs to it.
        lenient: any run of digits, white space and separators will do, `[1,,2]`.
    """

    max_digits: int | None = None
    several: bool = True
    label: str = ""
    padded: bool = False
    leading_space: bool = True
    lenient: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches one mark; the group `numbers` is what stands behind a label."""
        number = rf"\d{{1,{self.max_digits}}}" if self.max_digits else r"\d+"
        numbers = rf"{number}(?:{_SEPARATOR}{number})*" if self.several else number
        if self.lenient:
            numbers = r"[\d\s,;\u2013-]+"
        label = f"(?:{self.label})?" if self.label else ""
        blank = r"\s*" if self.padded else ""
        before = r"\s*" if self.leading_space else ""
        return re.compile(
            rf"{before}\[{blank}{label}(?P<numbers>{numbers}){blank}\]", re.IGNORECASE
        )


RENDERED = MarkSyntax(max_digits=4, several=False)
DRAFT = MarkSyntax(max_digits=9, label=r"passages?\s*", padded=True, leading_space=False)
FOREIGN = MarkSyntax(max_digits=4, label="passages? ")
EARLIER = MarkSyntax(several=False)
PREDICTION = MarkSyntax()
ANY = MarkSyntax(leading_space=False, lenient=True)


@dataclass(frozen=True, slots=True)
class CitationMark:
    """A mark at `[start:end)` of a text (characters); `body` is what follows its label."""

    start: int
    end: int
    body: str

    @property
    def numbers(self) -> list[int]:
        """The numbers as written: 1 and 3 for `[1-3]`."""
        return [int(number) for number in re.findall(r"\d{1,9}", self.body)]

    @property
    def number(self) -> int:
        """The first number as written."""
        return self.numbers[0]

    @property
    def expanded(self) -> list[int]:
        """The numbers with ranges filled in: 1, 2 and 3 for `[1-3]`.

        A range ends at most 20 beyond its start.
        """
        numbers: list[int] = []
        for part in re.split(r"\s*[,;]\s*", self.body):
            ends = [int(each) for each in re.split(r"\s*[\u2013-]\s*", part) if each]
            if ends:
                numbers += range(ends[0], min(ends[-1], ends[0] + _RANGE_LIMIT) + 1)
        return numbers


def find_citation_marks(text: str, syntax: MarkSyntax = RENDERED) -> Iterator[CitationMark]:
    """The marks of `text`, in order."""
    for match in syntax.pattern.finditer(text):
        yield CitationMark(match.start(), match.end(), match["numbers"])


def split_at_citations(text: str, numbers: Container[int]) -> Iterator[tuple[str, int]]:
    """An answer's `text` in pieces without marks, each with the number that is cited behind it.

    The last piece has 0. A mark whose number is none of `numbers` is text like any other.
    """
    end = 0
    for mark in find_citation_marks(text):
        if mark.number in numbers:
            yield text[end : mark.start], mark.number
            end = mark.end
    yield text[end:], 0


def replace_citation_marks(text: str, replacement: str, syntax: MarkSyntax = RENDERED) -> str:
    """`text` with `replacement` in place of each mark."""
    return syntax.pattern.sub(lambda _: replacement, text)


def strip_citation_marks(text: str, syntax: MarkSyntax = RENDERED) -> str:
    """`text` without its marks.

    `[[1]1]` hides a mark that shows once the inner one is gone; where that matters, use
    `strip_nested_citation_marks`.
    """
    return replace_citation_marks(text, "", syntax)


def strip_nested_citation_marks(text: str, syntax: MarkSyntax = FOREIGN) -> str:
    """`text` without its marks and without those that taking one out would leave."""
    while (stripped := strip_citation_marks(text, syntax)) != text:
        text = stripped
    return text
