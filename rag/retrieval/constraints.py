"""What a question fixes and evidence must meet: a year, a quarter, an ordinal, a sex, names.

    constraints_of(question)           ->  `Constraints`
    constraints.conflicts(...)         ->  how many of them a passage and its record contradict
    constraints.missing_names(...)     ->  the share of the question's names that they lack
    years_meant(text, published)       ->  the years that a text states or means

A passage that names another year contradicts the year of a question; one that names none and has
no day of publication leaves it open. "Last year" and "in December" count as the year that they mean
by the day of publication. "The second satellite" is contradicted by a passage that tells of a first
satellite and of no second one. In: a question; text of a passage, title and day of
publication of its article. Left to others: what follows from a conflict
(`rag.retrieval.evidence`). Pure functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from rag.text.dates import resolve_relative_dates
from rag.text.names import extract_names, mentions
from rag.text.numbers import ORDINALS
from rag.text.stemming import stem_tokens

Kind = TypeVar("Kind", str, int)
Ordinal = tuple[str, str]  # "2", and the stem of a word behind it

_YEAR = re.compile(r"(?<![\d.,])(1[5-9]\d\d|20[0-4]\d)(?![\d]|[.,]\d)")
_QUARTERS = {
    1: re.compile(r"\b(?:first|1st)[ -]quarter\b|\bQ1\b", re.I),
    2: re.compile(r"\b(?:second|2nd)[ -]quarter\b|\bQ2\b", re.I),
    3: re.compile(r"\b(?:third|3rd)[ -]quarter\b|\bQ3\b", re.I),
    4: re.compile(r"\b(?:fourth|4th)[ -]quarter\b|\bQ4\b", re.I),
}
_ORDINAL = re.compile(
    rf"(?<!-)\b(?P<ordinal>\d+(?:st|nd|rd|th)|{'|'.join(ORDINALS)})[ -](?P<noun>[a-z]{{3,}})"
    r"(?: (?P<next>[a-z]{3,}))?",
    re.I,
)
_SEXES = (
    re.compile(r"\b(?:men|man|men['’]s|male|actor|boys?)\b", re.I),
    re.compile(r"\b(?:women|woman|women['’]s|ladies|female|actress|girls?)\b", re.I),
)


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a question fixes: years and quarters as numbers, ordinals with what they count, sexes 0
    (men) and 1 (women), names."""

    years: frozenset[str]
    quarters: frozenset[int]
    ordinals: frozenset[Ordinal]
    sexes: frozenset[int]
    names: tuple[str, ...]

    def conflicts(self, text: str, title: str, published: str | None) -> int:
        """How many constraints `text` or the record of its article contradicts."""
        whole = f"{title}\n{text}"
        years = years_meant(whole, None) | years_meant(text, published)
        return _contradicts(self.years, years) + self.kinds_contradicted(whole)

    def kinds_contradicted(self, text: str) -> int:
        """How many of quarter, sex and ordinal `text` contradicts."""
        return (
            _contradicts(self.quarters, _quarters_in(text))
            + _contradicts(self.sexes, _sexes_in(text))
            + self._contradicts_an_ordinal(text)
        )

    def _contradicts_an_ordinal(self, text: str) -> int:
        """1 where `text` counts the same things, and none of them with the question's ordinal."""
        if not self.ordinals:
            return 0
        named = _ordinals_in(text)
        nouns = {noun for _, noun in named}
        return int(any(each[1] in nouns and each not in named for each in self.ordinals))

    def missing_names(self, text: str) -> float:
        """The share of the names, 0 to 1, that `text` does not mention; 0 without names."""
        if not self.names:
            return 0.0
        missing = sum(not mentions(text, name) for name in self.names)
        return missing / len(self.names)


def years_meant(text: str, published: str | None) -> frozenset[str]:
    """The years that `text` states or means ("last year"), and that of `published`, if known."""
    meant = f"{(published or '')[:4]}\n{resolve_relative_dates(text, published)}"
    return frozenset([*_YEAR.findall(text), *_YEAR.findall(meant)])


def constraints_of(question: str) -> Constraints:
    """What `question` fixes."""
    return Constraints(
        frozenset(_YEAR.findall(question)),
        _quarters_in(question),
        _ordinals_in(question),
        _sexes_in(question),
        tuple(extract_names(question)),
    )


def _quarters_in(text: str) -> frozenset[int]:
    return frozenset(number for number, pattern in _QUARTERS.items() if pattern.search(text))


def _ordinals_in(text: str) -> frozenset[Ordinal]:
    """Each ordinal with each of the two words behind it: "second spy satellite"."""
    ordinals: set[Ordinal] = set()
    for match in _ORDINAL.finditer(text):
        number = ORDINALS.get(match["ordinal"].lower())
        ordinal = match["ordinal"].lower().rstrip("stndrh") if number is None else str(number)
        nouns = " ".join(filter(None, (match["noun"], match["next"])))
        ordinals |= {(ordinal, stem) for stem in stem_tokens([nouns])[0]}
    return frozenset(ordinals)


def _sexes_in(text: str) -> frozenset[int]:
    return frozenset(n for n, pattern in enumerate(_SEXES) if pattern.search(text))


def _contradicts(wanted: frozenset[Kind], named: frozenset[Kind]) -> int:
    """1 where something is wanted, something of the kind is named, and it is something else."""
    return int(bool(wanted) and bool(named) and not wanted & named)
