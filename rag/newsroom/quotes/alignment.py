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
from itertools import pairwise
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

_PIVOTS = 8  # heaviest runs that are tried as the place
_NEAR = 25  # words of the text between two runs of one place
_EDIT_COST = 0.5  # of a difference, in the weight of words, between two places of one text
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

    def weight(run: Run) -> float:
        return sum(weights[run.given : run.given_end])

    shared = common_runs([word.folded for word in given.words], text.folded)
    runs = [part for run in shared for part in _cut(run, given.joints)]
    if not runs:
        return None

    def complete(place: list[Run]) -> Alignment:
        chosen = list(place)
        for run in heaviest:
            rest = _free_part(run, chosen)
            if rest and (
                (rest.given, rest.given_end) in given.parts
                or (rest.length >= _LEAST_JOINED and weight(rest) >= _LEAST_JOINED_WEIGHT)
            ):
                chosen.append(rest)
        chosen.sort()
        edits = tuple(_as_order(list(_edits(given, text, chosen)), given, text))
        missing = sum(sum(weights[slice(*each.given)]) for each in edits if not each.is_matched)
        matched = sum(weights) - missing
        return Alignment(tuple(chosen), edits, matched, matched / sum(weights))

    heaviest = sorted(runs, key=lambda run: (-weight(run), run.text, run.given))
    places = {tuple(sorted(_place(pivot, heaviest))) for pivot in heaviest[:_PIVOTS]}
    alignments = [complete(list(each)) for each in sorted(places)]
    return max(alignments, key=lambda each: each.matched - _EDIT_COST * len(each.edits))


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


def _place(pivot: Run, heaviest: Sequence[Run]) -> list[Run]:
    """`pivot` and what is free of the runs near it, or near those."""
    place, first, last = [pivot], pivot.text, pivot.text_end
    for run in heaviest:
        rest = _free_part(run, place)
        if rest and first - _NEAR <= rest.text_end and rest.text <= last + _NEAR:
            place.append(rest)
            first, last = min(first, rest.text), max(last, rest.text_end)
    return place


def _free_part(run: Run, taken: Sequence[Run]) -> Run | None:
    """The longest part of `run` that overlaps with none of `taken`: two words at least, or all."""
    length, offset, free = 0, 0, 0
    for n in range(run.length):
        given, text = run.given + n, run.text + n
        is_taken = any(
            each.given <= given < each.given_end or each.text <= text < each.text_end
            for each in taken
        )
        free = 0 if is_taken else free + 1
        if free > length:
            length, offset = free, n + 1 - free
    return (
        Run(run.given + offset, run.text + offset, length)
        if length > 1 or length == run.length
        else None
    )


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
