"""The words of a quotation in those of a text, word for word. Pure functions.

    TextWords.of(text)            a text as folded words
    find_verbatim(given, text)    where the whole quotation stands, in order; [] for nowhere
    is_narration(text, ...)       whether words only tell who speaks, between two quotations
    parts_quotations(text, ...)   whether words stand between two quotations
    is_fair_joint(given, ...)     whether an ellipsis or a bracket hides no negation
    common_runs(words, others)    the runs of words that two lists share

In:  a `GivenQuotation`, the `TextWords` of an article. Out: `Run`s of words.
Left to others: differences (`rag.newsroom.quotes.alignment`), who speaks
(`rag.newsroom.quotes.speakers`).

The parts of a quotation, between its ellipses, must stand in order. Within one, what the text has
between two quotation marks is passed over where it only tells who speaks: “Out,” she said, “and
stay out.” has "out and stay out" word for word.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import NamedTuple

from rag.newsroom.quotes.given import GivenQuotation
from rag.retrieval.people.acts import acts_in
from rag.retrieval.people.wording import Span, without_quotations
from rag.text.folding import FoldedWord, fold_words
from rag.text.numbers import number_forms
from rag.text.polarity import polarity_of

MOST_EDITED = 8
"""Words of a text that words in brackets may stand for."""
_MOST_NARRATED = 30  # words between two pieces of one quotation: "said the harbour master"
_CLAUSE_END = re.compile(r"[,;:.!?—–()\n]")
_SENTENCE_END = re.compile(r"[.!?]\s+\W*[A-Z]")
_SHORT, _NEAR = 3, 60  # a part of so few words stands within so many of the part before it


class Run(NamedTuple):
    """`length` words that a quotation has from word `given` on, and a text from word `text` on."""

    given: int
    text: int
    length: int

    @property
    def given_end(self) -> int:
        """The word behind the run in the quotation."""
        return self.given + self.length

    @property
    def text_end(self) -> int:
        """The word behind the run in the text."""
        return self.text + self.length

    def has(self, given: int) -> bool:
        """Whether the word `given` of the quotation is in it."""
        return self.given <= given < self.given_end

    def outside(self, other: Run) -> Run | None:
        """The longer part of it that is no part of the quotation in `other`, a run of any text."""
        before = max(0, min(self.length, other.given - self.given))
        behind = max(0, min(self.length, self.given_end - other.given_end))
        if before >= behind:
            return self._replace(length=before) if before else None
        skipped = self.length - behind
        return Run(self.given + skipped, self.text + skipped, behind)


@dataclass(frozen=True)
class TextWords:
    """A text as its folded words, each with its place."""

    text: str
    words: tuple[FoldedWord, ...]

    @classmethod
    def of(cls, text: str) -> TextWords:
        """The words of `text`."""
        return cls(text, tuple(fold_words(text)))

    @cached_property
    def folded(self) -> list[str]:
        """The words alone."""
        return [word.folded for word in self.words]

    @cached_property
    def quoted(self) -> list[int]:
        """The numbers of the words that stand in quotation marks."""
        outside = without_quotations(self.text)
        return [n for n, word in enumerate(self.words) if not outside[word.start].strip()]

    @cached_property
    def quoted_words(self) -> frozenset[int]:
        """The same as a set."""
        return frozenset(self.quoted)

    @cached_property
    def joined(self) -> str:
        """All words behind each other, with a space on either side of each."""
        return _joined(self.folded)

    @cached_property
    def joined_quoted(self) -> str:
        """The same of the words in quotation marks."""
        return _joined([self.folded[n] for n in self.quoted])

    def piece(self, start: int, end: int) -> str:
        """The text from word `start` to before word `end`; "" for none."""
        return self.text[self.words[start].start : self.words[end - 1].end] if start < end else ""

    def span(self, run: Run) -> Span:
        """Where a run stands, in characters."""
        return self.words[run.text].start, self.words[run.text_end - 1].end


def find_verbatim(given: GivenQuotation, text: TextWords) -> list[Run]:
    """Where `text` has the whole quotation word for word, as runs in its order; [] for nowhere.

    Of several places the closest together, then the first.
    """
    folded = [word.folded for word in given.words]
    places = [sorted(_occurrences(folded, part, text)) for part in given.parts]
    chains = places[0]
    for (start, end), runs in zip(given.parts[1:], places[1:], strict=True):
        chains = [
            [*chain, *following]
            for chain in chains
            if (following := _following(given, text, chain[-1], (start, end), runs))
        ]
    return min(chains, key=lambda runs: (runs[-1].text_end - runs[0].text, runs[0]), default=[])


def common_runs(words: Sequence[str], others: Sequence[str]) -> list[Run]:
    """The longest runs, of two words at least, that two lists share."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, pair in enumerate(pairwise(others)):
        places[pair].append(n)
    runs = []
    for n, pair in enumerate(pairwise(words)):
        for m in places.get(pair, ()):
            if n and m and words[n - 1] == others[m - 1]:
                continue  # within a run that began before
            length = 2
            while (
                n + length < len(words)
                and m + length < len(others)
                and words[n + length] == others[m + length]
            ):
                length += 1
            runs.append(Run(n, m, length))
    return runs


def _changes_polarity(left_out: str) -> bool:
    """Whether an ellipsis hides that a clause is negated: the "not" of "We will … sell".

    `left_out` is what the text has in its place. A clause that is left out as a whole may say what
    it likes.
    """
    clauses = _CLAUSE_END.split(left_out)
    edges = (clauses[0], clauses[-1])
    return any(edge.strip() and polarity_of(edge) == "negated" for edge in edges)


def parts_quotations(text: TextWords, start: int, end: int) -> bool:
    """Whether the words stand between two quotations, and in none."""
    pieces = text.quoted_words
    inside = any(n in pieces for n in range(start, end))
    return start < end and {start - 1, end} <= pieces and not inside


def is_narration(text: TextWords, start: int, end: int) -> bool:
    """Whether the words between two pieces of a quotation only tell who says it, in a sentence."""
    between = text.piece(start, end)
    return (
        end - start <= _MOST_NARRATED
        and parts_quotations(text, start, end)
        and not _SENTENCE_END.search(between)
        and any(acts_in(between))
    )


def _joined(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


def _occurrences(folded: Sequence[str], part: Span, text: TextWords) -> Iterator[list[Run]]:
    """Each place of a part in the text, in one run or, within quotation marks, in several."""
    start, end = part
    phrase = _joined(folded[start:end])
    for place in _find_all(text.joined, phrase):
        yield [Run(start, place, end - start)]
    for place in _find_all(text.joined_quoted, phrase):
        runs = _split_runs(start, text.quoted[place : place + end - start])
        if len(runs) > 1 and all(
            is_narration(text, one.text_end, other.text) for one, other in pairwise(runs)
        ):
            yield runs


def _find_all(words: str, phrase: str) -> Iterator[int]:
    """The numbers of the words at which `phrase` begins; both with spaces around each word."""
    place, number, counted = words.find(phrase), 0, 0
    while place >= 0:
        number += words.count(" ", counted, place)
        counted = place
        yield number
        place = words.find(phrase, place + 1)


def _split_runs(given: int, numbers: Sequence[int]) -> list[Run]:
    """The words `numbers` of a text, which are those of a quotation from `given` on, as runs."""
    runs: list[Run] = []
    for n, number in enumerate(numbers):
        if runs and runs[-1].text_end == number:
            runs[-1] = runs[-1]._replace(length=runs[-1].length + 1)
        else:
            runs.append(Run(given + n, number, 1))
    return runs


def _following(
    given: GivenQuotation,
    text: TextWords,
    before: Run,
    part: Span,
    places: Sequence[list[Run]],
) -> list[Run]:
    """The nearest of `places`, which are in order, behind `before`; [] for none."""
    start, end = part
    most = MOST_EDITED if given.joints[start].inside else _NEAR if end - start < _SHORT else None
    first = bisect_left(places, before.text_end, key=lambda runs: runs[0].text)
    for runs in islice(places, first, None):
        if most is not None and runs[0].text - before.text_end > most:
            break
        if is_fair_joint(given, text, before, runs[0]):
            return runs
    return []


def is_fair_joint(given: GivenQuotation, text: TextWords, before: Run, behind: Run) -> bool:
    """Whether the joint before `behind` hides no "not", and its brackets put in none, nor a figure
    in place of another."""
    inside = given.joints[behind.given].inside
    left_out = text.piece(before.text_end, behind.text)
    if inside:
        same_figures = number_forms(left_out) <= number_forms(inside)
        return same_figures and polarity_of(inside) == polarity_of(left_out)
    return not _changes_polarity(left_out)
