"""The place of a text that comes nearest to a quotation, and where the two differ. Pure functions.

    align(given, text, weights)   ->  `Alignment`; None where they share no two words in a row
    word_weights(given)           ->  what each word of a quotation counts
    differences(given, ...)       ->  the `QuoteDifference`s of an alignment

In:  a `GivenQuotation`, the `TextWords` of an article. Out: as above.
Left to others: whether that is near enough (`rag.newsroom.quotes.finding`).

The heaviest run of words that both have is the place; further runs are taken near it, the heaviest
first, so that words may be changed, left out, or stand in another order (greedy string tiling:
Wise, "String similarity via greedy string tiling and running Karp-Rabin matching", 1993). Between
two runs single words are compared by their longest common subsequence. A run far away belongs to
the quotation where it is long enough to be one by itself: it was joined, unless an ellipsis stands
before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import accumulate, pairwise
from typing import NamedTuple

from rag.newsroom.quotes.given import GivenQuotation
from rag.newsroom.quotes.matching import (
    MOST_EDITED,
    Run,
    TextWords,
    common_runs,
    is_fair_joint,
    is_narration,
    parts_quotations,
)
from rag.retrieval.people.wording import Span
from rag.text.folding import fold_spaces
from rag.text.nearest import differing_words
from rag.text.numbers import COUNTING_WORDS
from rag.text.stemming import stem_by_language
from rag.types import QuoteDifference, QuoteDifferenceKind

_MOST_RUNS = 400  # heaviest runs that are considered
_PIVOTS = 8  # heaviest runs that are tried as the place
_NEAR = 25  # words of the text between two runs of one place
_EDIT_COST, _MOVE_COST = 0.5, 1.5  # of a difference and of moved words, in the weight of words
_STOP_WEIGHT = 0.25  # of a word that says nothing, beside 1 of any other
_LEAST_JOINED = 5  # words of a run that was joined from elsewhere
_LEAST_JOINED_WEIGHT = 2.0
_MOSTLY = 2 / 3  # of the words between two runs that differ, from which all of them do
_MOST_SHOWN = 40  # words of the source in one difference
_LARGE = frozenset(["hundred", "thousand", "million", "billion", "trillion", "dozen"])


class Edit(NamedTuple):
    """Words of a quotation and what a text has instead; both spans in words, either may be empty.

    `is_matched`: the words themselves are in the text, in another order or place.
    """

    kind: QuoteDifferenceKind
    given: Span
    text: Span

    @property
    def is_left_out(self) -> bool:
        """Whether only the text has words here."""
        return self.given[0] == self.given[1]

    @property
    def is_matched(self) -> bool:
        """Whether the words of the quotation are in the text all the same."""
        return self.kind in ("order", "joined")


@dataclass(frozen=True, slots=True)
class Alignment:
    """The runs of a quotation that a text has, in the order of the quotation, and what differs.

    `matched` is the weight of the words that are there, `score` its share of the whole, 0 to 1.
    """

    runs: tuple[Run, ...]
    edits: tuple[Edit, ...]
    matched: float
    score: float


def word_weights(given: GivenQuotation) -> list[float]:
    """What each word of a quotation counts: words that say nothing, such as "of", a quarter."""
    stems = stem_by_language([word.folded for word in given.words])
    return [1.0 if each else _STOP_WEIGHT for each in stems]


def align(given: GivenQuotation, text: TextWords, weights: Sequence[float]) -> Alignment | None:
    """The place of `text` that has most of `given`; `weights` are those of `word_weights`."""
    total = [0.0, *accumulate(weights)]

    def weight(run: Run) -> float:
        return total[run.given_end] - total[run.given]

    shared = common_runs([word.folded for word in given.words], text.folded)
    runs = (part for run in shared for part in _cut(run, given.joints))
    heaviest = nsmallest(_MOST_RUNS, ((-weight(run), run.text, run) for run in runs))
    if not heaviest:
        return None
    ranked = [run for *_, run in heaviest]
    parts = set(given.parts)
    long = [
        run
        for run in ranked
        if weight(run) >= _LEAST_JOINED_WEIGHT
        and (run.length >= _LEAST_JOINED or (run.given, run.given_end) in parts)
    ]

    def complete(place: Sequence[Run]) -> tuple[float, Alignment]:
        tiling = _Tiling()
        for run in (*place, *long):
            rest = tiling.free_part(run)
            if rest and (rest.length >= _LEAST_JOINED or rest == run):
                tiling.add(rest)
        chosen = sorted(tiling.runs)
        edits = list(_edits(given, text, chosen))
        cost = sum(_MOVE_COST if each.is_matched else _EDIT_COST for each in edits)
        edits = _as_order(edits, given, text)
        missing = (each.given for each in edits if not each.is_matched)
        matched = total[-1] - sum(total[end] - total[start] for start, end in missing)
        share = matched / total[-1]
        return matched - cost, Alignment(tuple(chosen), tuple(edits), matched, share)

    places = {tuple(sorted(_place(pivot, ranked))) for pivot in ranked[:_PIVOTS]}
    return max(map(complete, sorted(places)), key=lambda each: each[0])[1]


def differences(
    given: GivenQuotation, text: TextWords, edits: Sequence[Edit]
) -> tuple[QuoteDifference, ...]:
    """`edits` with the words themselves."""
    items = []
    for kind, (start, end), (first, last) in edits:
        at = given.words[start].start if start < len(given.words) else len(given.text)
        piece, source = given.piece(start, end), text.piece(first, min(last, first + _MOST_SHOWN))
        if start == end and start in given.joints:  # what an ellipsis or a bracket must not do
            _, at, stop = given.joints[start]
            piece = given.text[at:stop]
        source += " …" if last - first > _MOST_SHOWN else ""
        items.append(QuoteDifference(kind, piece, fold_spaces(source), at, at + len(piece)))
    return tuple(items)


def _cut(run: Run, joints: Iterable[int]) -> Iterator[Run]:
    """`run` in parts, so that none goes across a joint."""
    cuts = [run.given, *sorted(n for n in joints if run.given < n < run.given_end), run.given_end]
    for start, end in pairwise(cuts):
        yield Run(start, run.text + start - run.given, end - start)


class _Tiling:
    """Runs of which none overlaps with another, neither in the quotation nor in the text."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._given: set[int] = set()
        self._text: set[int] = set()

    def add(self, run: Run) -> None:
        """Take a run, which must be free."""
        self.runs.append(run)
        self._given.update(range(run.given, run.given_end))
        self._text.update(range(run.text, run.text_end))

    def free_part(self, run: Run) -> Run | None:
        """The longest part of `run` that is free: two words at least, or all of it."""
        length, offset, free = 0, 0, 0
        for n in range(run.length):
            taken = run.given + n in self._given or run.text + n in self._text
            free = 0 if taken else free + 1
            if free > length:
                length, offset = free, n + 1 - free
        if length < 2 and length < run.length:
            return None
        return Run(run.given + offset, run.text + offset, length)


def _place(pivot: Run, ranked: Sequence[Run]) -> list[Run]:
    """`pivot` and what is free of the runs near it, or near those, in the order of `ranked`."""
    tiling = _Tiling()
    tiling.add(pivot)
    first, last = pivot.text, pivot.text_end
    for run in ranked:
        rest = tiling.free_part(run)
        if rest and first - _NEAR <= rest.text_end and rest.text <= last + _NEAR:
            tiling.add(rest)
            first, last = min(first, rest.text), max(last, rest.text_end)
    return tiling.runs


def _edits(given: GivenQuotation, text: TextWords, runs: Sequence[Run]) -> Iterator[Edit]:
    """What differs before the first run, between each two, and behind the last."""
    first, last = runs[0], runs[-1]
    head = first.given
    opening = list(_compared(given, text, (0, head), (max(0, first.text - head), first.text)))
    yield from opening[1:] if opening and opening[0].is_left_out else opening
    for before, behind in pairwise(runs):
        yield from _between(given, text, before, behind)
    tail = len(given.words) - last.given_end
    after = (last.text_end, min(len(text.words), last.text_end + tail))
    ending = list(_compared(given, text, (last.given_end, len(given.words)), after))
    yield from ending[:-1] if ending and ending[-1].is_left_out else ending


def _between(given: GivenQuotation, text: TextWords, before: Run, behind: Run) -> Iterator[Edit]:
    own = (before.given_end, behind.given)
    other = (before.text_end, behind.text)
    gap = behind.text - before.text_end
    joint = next((n for n in given.joints if own[0] <= n <= own[1]), None)
    if gap < 0:
        near = before.text - behind.text_end <= _NEAR
        yield from _added(given, own)
        moved = (behind.given, behind.given_end)
        yield (
            Edit("order", moved, (behind.text, before.text_end))
            if near
            else Edit("joined", moved, (before.text_end, before.text_end + _MOST_SHOWN // 4))
        )
    elif joint is not None and own[0] == own[1]:
        inside = given.joints[joint].inside
        if (inside and gap > MOST_EDITED) or not is_fair_joint(given, text, before, behind):
            yield Edit("left out" if gap else "added", own, other)
    elif joint is not None:
        last = min(other[1], other[0] + own[1] - own[0])
        yield from _compared(given, text, own, (other[0], last))
    elif gap > _NEAR:
        yield from _added(given, own)
        shown = (before.text_end, before.text_end + _MOST_SHOWN // 4)
        yield Edit("joined", (behind.given, behind.given_end), shown)
    elif own[0] == own[1] and parts_quotations(text, *other):
        if not is_narration(text, *other):
            yield Edit("joined", (behind.given, behind.given_end), other)
    else:
        yield from _compared(given, text, own, other)


def _added(given: GivenQuotation, own: Span) -> Iterator[Edit]:
    if own[0] < own[1]:
        yield Edit("added", own, (0, 0))


def _compared(given: GivenQuotation, text: TextWords, own: Span, other: Span) -> Iterator[Edit]:
    """The words at `own` and at `other`, which stand between the same words, one by one."""
    words = [word.folded for word in given.words[slice(*own)]]
    others = text.folded[slice(*other)]
    differing = differing_words(words, others)
    if sum(end - start for (start, end), _ in differing) > _MOSTLY * len(words):
        differing = [((0, len(words)), (0, len(others)))]  # a word that both have is no match
    for (start, end), (first, last) in differing:
        figures = any(map(_is_figure, (*words[start:end], *others[first:last])))
        kind: QuoteDifferenceKind = "figure" if figures else "words"
        if not figures or end - start == 0 or first == last:
            kind = "left out" if start == end else "added" if first == last else kind
        yield Edit(kind, (own[0] + start, own[0] + end), (other[0] + first, other[0] + last))


def _as_order(edits: list[Edit], given: GivenQuotation, text: TextWords) -> list[Edit]:
    """`edits`; where they together only put the same words elsewhere, as such of their order."""
    words = Counter(word.folded for each in edits for word in given.words[slice(*each.given)])
    others = Counter(word for each in edits for word in text.folded[slice(*each.text)])
    if len(edits) < 2 or words != others or any(each.is_matched for each in edits):
        return edits
    return [each._replace(kind="order") for each in edits]


def _is_figure(word: str) -> bool:
    return word[0].isdigit() or word in COUNTING_WORDS or word in _LARGE
