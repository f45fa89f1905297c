"""How much of each of two texts the other repeats, and whether their names and figures agree.

    overlap(one, other)        ->  an `Overlap`
    Overlap.is_near_copy       ->  whether one was made from the other, or both from a third
    repeated(one, other)       ->  which words of one text the other repeats
    without(words, others)     ->  the words of a text that do not repeat others

In:  the words of two texts (`rag.text.reuse.shingles`).
Left to others: which texts are compared (`rag.index.copies`).

Two reports of one event share names, figures and what was said; a copy shares the wording between
them. So a word counts as repeated where it stands in a run of `_RUN` words that the other text has
too, or between two such runs, and words of quotations count only where there is little else. Two
reports by one template share the wording, but not the figures and names in it: these must agree.
Two articles of one outlet may end in the same lines: one block at the end of both, behind a long
beginning that each has for itself, makes no copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.reuse.shingles import Word, shingles

_RUN = 3  # words
_BRIDGED = 2  # words between two runs: a synonym, an inserted adverb
_BESIDE = 1  # words between a figure or name and what is repeated
_LEAST_UNQUOTED = 0.3  # share of the words that count, else quotations count too
_LEAST_REPEATED = 0.35  # share of the text that repeats more
_LEAST_OF_OTHER = 0.12  # share of the other text
_LEAST_WORDS = 16  # repeated words
_LEAST_FIGURES = 0.6  # share of the figures in what is repeated that agree
_LEAST_NAMES = 0.85  # the same of names
_LONG_BEGINNING = 40  # words
_STRAY = 0.1  # share of the repeated words that may stand before a block at the end
_DENSE = 0.8  # share of the words of a block that are repeated


@dataclass(frozen=True, slots=True)
class Overlap:
    """The shares, 0 to 1, of two texts that the other one repeats; `words` are these of one text.

    `figures` and `names`: the share of those in what is repeated that both texts have.
    `beginning`: where it is one block at the end of both texts, the fewer of the words that each
    has before it; else 0.
    """

    one: float
    other: float
    words: int
    figures: float
    names: float
    beginning: int

    @property
    def is_near_copy(self) -> bool:
        """Whether so much is repeated, in the same wording, that one text is made from the other.

        The smaller share may be small: a long text may take in a short one, or be cut.
        """
        return (
            self.beginning < _LONG_BEGINNING
            and self.words >= _LEAST_WORDS
            and max(self.one, self.other) >= _LEAST_REPEATED
            and min(self.one, self.other) >= _LEAST_OF_OTHER
            and self.figures >= _LEAST_FIGURES
            and self.names >= _LEAST_NAMES
        )


def overlap(one: Sequence[Word], other: Sequence[Word]) -> Overlap:
    """How much of two texts is the same."""
    here, there = repeated(one, other), repeated(other, one)
    share, words = _share(one, here)
    other_share, _ = _share(other, there)
    marks = [*_marks(one, here, other), *_marks(other, there, one)]
    return Overlap(
        share,
        other_share,
        words,
        _agreement([agrees for is_figure, agrees in marks if is_figure]),
        _agreement([agrees for is_figure, agrees in marks if not is_figure]),
        min(_beginning(here), _beginning(there)),
    )


def without(words: Sequence[Word], others: Sequence[Word]) -> list[Word]:
    """The `words` that stand in no run that `others` have too."""
    flags = repeated(words, others)
    return [word for word, flag in zip(words, flags, strict=True) if not flag]


def repeated(one: Sequence[Word], other: Sequence[Word]) -> list[bool]:
    """For each word of `one`, whether it stands in or between runs that `other` has too."""
    known = set(shingles([word.folded for word in other], _RUN))
    flags = [False] * len(one)
    last = len(one)  # where the last run ended
    for start, run in enumerate(shingles([word.folded for word in one], _RUN)):
        if run in known:
            begin = last if last <= start <= last + _BRIDGED else start
            last = start + _RUN
            flags[begin:last] = [True] * (last - begin)
    return flags


def _share(words: Sequence[Word], flags: Sequence[bool]) -> tuple[float, int]:
    """The share of `words` that is repeated, and how many words that are."""
    unquoted = [flag for word, flag in zip(words, flags, strict=True) if not word.is_quoted]
    counted = unquoted if len(unquoted) >= _LEAST_UNQUOTED * len(words) else flags
    return sum(counted) / max(1, len(counted)), sum(counted)


def _beginning(flags: Sequence[bool]) -> int:
    """The words before what is repeated, where that is one block at the end of a text; else 0."""
    places = [n for n, flag in enumerate(flags) if flag]
    if not places:
        return 0
    begin = places[int(_STRAY * len(places))]
    block = flags[begin:]
    return flags[:begin].count(False) if sum(block) >= _DENSE * len(block) else 0


def _marks(
    words: Sequence[Word], flags: Sequence[bool], other: Sequence[Word]
) -> list[tuple[bool, bool]]:
    """(whether it is a figure, whether `other` has it) of each mark in what is repeated."""
    known = {word.folded for word in other}
    return [
        (word.is_figure, word.folded in known)
        for n, word in enumerate(words)
        if word.is_mark and any(flags[max(0, n - _BESIDE) : n + _BESIDE + 1])
    ]


def _agreement(marks: Sequence[bool]) -> float:
    """The share of marks that agree; one that is another in each text is no rule."""
    differing = max(0, marks.count(False) - 2)
    return 1.0 - differing / max(1, len(marks))
