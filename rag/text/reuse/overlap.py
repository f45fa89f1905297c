"""How much of each of two texts the other repeats, and whether their names and figures agree.

    overlap(one, other)      ->  an `Overlap`
    Overlap.is_near_copy     ->  whether one was made from the other, or both from a third

In:  the words of two texts (`rag.text.reuse.shingles`).
Left to others: which texts are compared (`rag.index.copies`).

Two reports of one event share names, figures and what was said; a copy shares the wording between
them. So a word counts as repeated where it stands in a run of `_RUN` words that the other text has
too, or between two such runs, and words of quotations count only where there is little else. Two
reports by one template share the wording, but not the figures and names in it: these must agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.text.reuse.shingles import Word, shingles

_RUN = 3  # words
_BRIDGED = 2  # words between two runs: a synonym, an inserted adverb
_LEAST_UNQUOTED = 0.3  # share of the words that count, else quotations count too
_LEAST_REPEATED = 0.5  # share of the text that repeats more
_LEAST_OF_OTHER = 0.15  # share of the other text
_LEAST_WORDS = 16  # repeated words
_LEAST_AGREEING = 0.5  # share of the figures, and of the names, in what is repeated


@dataclass(frozen=True, slots=True)
class Overlap:
    """The shares, 0 to 1, of two texts that the other one repeats; `words` are these of one text.

    `figures` and `names`: the share of those within what is repeated that both texts have.
    """

    one: float
    other: float
    words: int
    figures: float
    names: float

    @property
    def is_near_copy(self) -> bool:
        """Whether so much is repeated, in the same wording, that one text is made from the other.

        The smaller share may be small: a long text may take in a short one, or be cut.
        """
        return (
            self.words >= _LEAST_WORDS
            and max(self.one, self.other) >= _LEAST_REPEATED
            and min(self.one, self.other) >= _LEAST_OF_OTHER
            and min(self.figures, self.names) >= _LEAST_AGREEING
        )


def overlap(one: Sequence[Word], other: Sequence[Word], ignored: Collection[int] = ()) -> Overlap:
    """How much of two texts is the same; the words of `one` at the places `ignored` count not."""
    here, there = repeated(one, other), repeated(other, one)
    share, words = _share(one, here, ignored)
    other_share, _ = _share(other, there)
    marks = [*_marks(one, here, other), *_marks(other, there, one)]
    return Overlap(
        share,
        other_share,
        words,
        _agreement([agrees for is_figure, agrees in marks if is_figure]),
        _agreement([agrees for is_figure, agrees in marks if not is_figure]),
    )


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


def _share(
    words: Sequence[Word], flags: Sequence[bool], ignored: Collection[int] = ()
) -> tuple[float, int]:
    """The share of `words` that is repeated, and how many words that are."""
    places = [n for n in range(len(words)) if n not in ignored]
    unquoted = [n for n in places if not words[n].is_quoted]
    counted = unquoted if len(unquoted) >= _LEAST_UNQUOTED * len(places) else places
    number = sum(flags[n] for n in counted)
    return number / max(1, len(counted)), number


def _marks(
    words: Sequence[Word], flags: Sequence[bool], other: Sequence[Word]
) -> list[tuple[bool, bool]]:
    """(whether it is a figure, whether `other` has it) of each mark within what is repeated."""
    known = {word.folded for word in other}
    return [
        (word.folded[0].isdigit(), word.folded in known)
        for word, flag in zip(words, flags, strict=True)
        if flag and word.is_mark
    ]


def _agreement(marks: Sequence[bool]) -> float:
    """The share of marks that agree; one that does not is no rule."""
    return (sum(marks) + 1) / (len(marks) + 1)
