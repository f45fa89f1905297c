"""A sentence of a draft beside one sentence of an article: what it has, what differs, what lacks.

    compare(claim, source)  ->  `Comparison`

In:  the `Facts` of a sentence of the draft; a `Source`: a sentence of an article with what stands
     around it. Out: as above; places are characters of the draft's sentence.
Left to others: which sentences are compared, and what becomes of it
(`rag.newsroom.drafts.judging`).

Figures, dates and names are compared exactly. What the sentence itself has counts; what its
neighbours, the headline or the record have counts where the sentence has nothing of the kind in
its place. A word agrees with one of the same sense, or with one that is near enough in meaning. A
figure, date or name *differs* where the source has another of its kind in its place; a word does
where the source negates it, or has its contrary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.newsroom.drafts.facts import Day, Facts, Figure, Name, Word
from rag.newsroom.drafts.matching import (
    alternatives,
    end_of,
    excludes,
    has_name,
    includes,
    is_passive,
    is_rival_day,
    is_same_figure,
    is_same_name,
    is_same_sense,
    name_before,
    neighbours,
    place_of,
    rival_figure,
    with_negation,
)
from rag.newsroom.drafts.result import Difference, DifferenceKind
from rag.newsroom.drafts.roles import role_difference
from rag.newsroom.drafts.sources import Source
from rag.retrieval.people.acts import acts_in
from rag.text.senses import senses_of
from rag.text.sentences import Span

Similarity = Callable[[str, Sequence[str]], float]
"""How near a word is in meaning to the nearest of others, 0 to 1."""

_CLEAR_RIVAL = 2
_AGREES_NEAR = 0.7
_AGREES = 0.6  # of similarity, from which two words may say the same
_NEAR_CREDIT, _ELSEWHERE_CREDIT = 0.85, 0.35
_PRONOUN = re.compile(r"\b(?:he|she|it|they|his|her|its|their|him|them)\b", re.I)
_SPEECH = frozenset(["say", "tell", "add", "state", "accord", "announc", "ask"])
_SAYS = frozenset(["say", "tell"])
_LIGHT = frozenset(["make", "go", "come", "take", "give", "get", "peopl", "person", "say", "tell"])
_SAME_WORDS = 0.75  # share from which two sentences are of one thing
_NOUN_BEFORE = re.compile(r"\b(?:the|an?|of|its|his|her|their) (?:[\w-]+[ -])?$", re.I)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a sentence compares to a source.

    `shared` is the share of what it states that the source sentence has, `covered` the share that
    the source has with what stands around it; `anchors` counts names, figures and rarer words that
    both have. `of_source` is the share of the words of the source sentence that the claim has.
    `unsupported` are the places of what the source does not have.
    """

    source: Source
    differences: tuple[Difference, ...]
    unsupported: tuple[Span, ...]
    missing_facts: int
    shared: float
    covered: float
    anchors: int
    is_other: bool = False
    of_source: float = 0.0


def compare(claim: Facts, source: Source, similarity: Similarity) -> Comparison:
    """`claim` beside `source`."""
    return _Comparer(claim, source, similarity).compare()


class _Comparer:
    def __init__(self, claim: Facts, source: Source, similarity: Similarity) -> None:
        self.claim, self.source, self.similarity = claim, source, similarity
        self.differences: list[Difference] = []
        self.unsupported: list[Span] = []
        self.weights: list[tuple[float, float, float]] = []  # of each fact: all, core, with context
        self.anchors = 0
        self.missing_facts = 0
        self.is_other = False

    def compare(self) -> Comparison:
        names = self.claim.names
        self._names(names)
        self._words()
        self._speech()
        self._figures()
        self._days()
        self._order(names)
        for name in names:
            if role := role_difference(self.claim, self.source, name):
                self._differ("role", (role.start, role.end), role.source_text)
        total = sum(each[0] for each in self.weights) or 1.0
        return Comparison(
            self.source,
            tuple(sorted(self.differences, key=lambda each: each.start)),
            tuple(sorted(set(self.unsupported))),
            self.missing_facts,
            sum(each[1] for each in self.weights) / total,
            sum(each[2] for each in self.weights) / total,
            self.anchors,
            self.is_other,
            self._of_source(),
        )

    def _of_source(self) -> float:
        words = self.source.facts.words
        shared = [each for each in words if self._same_word(each, self.claim.words)]
        return len(shared) / len(words) if words else 0.0

    def _add(self, weight: float, core: float, context: float) -> None:
        self.weights.append((weight, weight * core, weight * max(core, context)))

    def _miss(self, start: int, end: int) -> None:
        self.unsupported.append((start, end))

    def _differ(self, kind: DifferenceKind, span: Span, instead: str) -> None:
        given = self.claim.text[slice(*span)]
        self.differences.append(Difference(kind, given, instead, *span))
        self._miss(*span)

    # names

    def _names(self, names: Sequence[Name]) -> None:
        source = self.source
        around = "\n".join((source.before, source.behind, source.record))
        others = [
            each
            for each in source.facts.names
            if not each.is_doubtful and not any(is_same_name(each, name) for name in names)
        ]
        lacking = [each for each in names if not has_name(f"{source.text}\n{around}", each)]
        for name in names:
            if has_name(source.text, name):
                self.anchors += 1
                self._add(1.5, 1, 1)
            elif rival := self._rival_name(name, others, lacking):
                self._add(1.5, 0, 0)
                self._differ("name", (name.start, name.end), rival.text)
            elif has_name(around, name):
                self.anchors += 1
                self._add(1.5, 0.3, 1)
            elif has_name(source.article.text, name):
                self._add(1.5, 0, 0.6)
            else:
                self._add(1.5, 0, 0)
                self._miss(name.start, name.end)
                self.missing_facts += 1

    def _rival_name(
        self, name: Name, others: Sequence[Name], lacking: Sequence[Name]
    ) -> Name | None:
        """The name that the source has where the claim has `name`.

        It stands beside the same word; or it is the only one that the claim lacks, as `name` is the
        only one that the source lacks, and the words of both are the same.
        """
        same = self._shared_words() >= _SAME_WORDS
        if lacking == [name] and len(others) == 1 and same:
            return others[0]
        if same and self._are_both_first(name, others):
            return others[0]
        claim, text = self.claim.text, self.source.text
        before, behind = neighbours(claim, name.start, name.end)
        for other in others:
            their_before, their_behind = neighbours(text, other.start, other.end)
            if (before and before == their_before) or (behind and behind == their_behind):
                return other
        return None

    # words

    def _are_both_first(self, name: Name, others: Sequence[Name]) -> bool:
        """Whether `name` is the first of the claim as the first of `others` is of the source,
        which has no pronoun that could mean it, nor its headline the name."""
        core = self.source.facts.names
        return (
            bool(core and others)
            and name is self.claim.names[0]
            and core[0] is others[0]
            and not _PRONOUN.search(self.source.text)
            and not has_name(self.source.article.title, name)
        )

    def _shared_words(self) -> float:
        """The share of the words of the claim that the source sentence has, too."""
        words = [each for each in self.claim.words if each.sense.name not in _SPEECH]
        shared = [each for each in words if self._same_word(each, self.source.facts.words)]
        return len(shared) / len(words) if words else 0.0

    def _words(self) -> None:
        core = {each.sense.name: each for each in self.source.facts.words}
        near = {each.sense.name: each for each in self.source.near.words}
        record = {each.name for each in senses_of(self.source.record)}
        consistent = self._negates_the_same()
        for word in self.claim.words:
            span = (word.sense.start, word.sense.end)
            weight = 0.5 if word.sense.name in _LIGHT else 1.0
            if word.sense.name in _SPEECH:
                weight = 0.25
            if other := self._same_word(word, core.values()):
                if other.is_negated != word.is_negated and not consistent:
                    self._differ("negation", span, with_negation(self.source.text, other))
                    self._add(weight, 1, 1)
                else:
                    self.anchors += weight == 1.0
                    self._add(weight, 1, 1)
            elif contrary := self._contrary(word, core.values()):
                self._differ("words", span, contrary.text)
                self._add(weight, 1, 1)
            elif other := self._same_word(word, near.values()):
                self._add(weight, 0.2, _NEAR_CREDIT)
                if other.is_negated != word.is_negated and not consistent:
                    self._miss(*span)
                    self.missing_facts += 1
            elif word.sense.name in record:
                self._add(weight, 0.2, _NEAR_CREDIT)
            else:
                self._other_word(word, weight, span)

    def _speech(self) -> None:
        """What somebody says needs a source that tells what is said."""
        speech = next((each for each in self.claim.words if each.sense.name in _SAYS), None)
        text = self.source.text
        if speech and self.claim.names and not (any(acts_in(text)) or re.search('[“”"]', text)):
            self._miss(speech.sense.start, speech.sense.end)
            self.missing_facts += 1

    def _negates_the_same(self) -> bool:
        """Whether some word is negated in both."""
        negated = [each for each in self.source.facts.words if each.is_negated]
        return any(each.is_negated and self._same_word(each, negated) for each in self.claim.words)

    def _other_word(self, word: Word, weight: float, span: Span) -> None:
        others = [each.text for each in self.source.facts.words]
        others = [each for each in others if each.lower() not in alternatives()]
        value = self.similarity(word.text, others) if others else 0.0
        if value >= _AGREES:
            self._add(weight, 0.7, 0.8)
            return
        near = [each.text for each in self.source.near.words]
        near = [each for each in near if each.lower() not in alternatives()]
        if near and self.similarity(word.text, near) >= _AGREES_NEAR:
            self._add(weight, 0.2, _NEAR_CREDIT)
            return
        if word.sense.name in self.source.stems:
            self._add(weight, 0, _ELSEWHERE_CREDIT)
        else:
            self._add(weight, 0, 0.3 * value)
        self._miss(*span)

    def _same_word(self, word: Word, others: Iterable[Word]) -> Word | None:
        return next((each for each in others if is_same_sense(word.sense, each.sense)), None)

    def _contrary(self, word: Word, others: Iterable[Word]) -> Word | None:
        return next(
            (
                each
                for each in others
                if excludes(word, each) and word.is_negated == each.is_negated
            ),
            None,
        )

    # figures and dates

    def _figures(self) -> None:
        core, near = self.source.facts.figures, self.source.near.figures
        own = {each.full for each in self.claim.figures} | {e.value for e in self.claim.figures}
        free = [each for each in core if each.full not in own and each.value not in own]
        for figure in self.claim.figures:
            span = (figure.start, figure.end)
            if any(is_same_figure(figure, each) for each in core):
                self.anchors += 1
                self._add(1.5, 1, 1)
                if other := self._own_figure(figure):
                    self._differ("figure", span, self.source.text[other.start : other.end])
            elif figure.kind == "year" and figure.value in self.source.years:
                self._add(1.0, 0.7, 1)
            elif any(is_same_figure(figure, each) for each in near) and not rival_figure(
                figure, free, _CLEAR_RIVAL
            ):
                self._add(1.5, 0.3, 1)
            elif rival := rival_figure(figure, free):
                self._add(1.5, 0, 0)
                self._differ("figure", span, self.source.text[rival.start : rival.end])
            else:
                self.is_other |= figure.kind == "year"
                self._add(1.5, 0, 0)
                self._miss(*span)
                self.missing_facts += 1

    def _own_figure(self, figure: Figure) -> Figure | None:
        """The figure that the source gives of the name for which the claim has `figure`, where
        it gives `figure` of another name."""
        core = self.source.facts
        own = name_before(self.claim, figure.start)
        theirs = next(each for each in core.figures if is_same_figure(figure, each))
        other = name_before(core, theirs.start)
        if own is None or other is None or any(is_same_name(other, e) for e in self.claim.names):
            return None
        place = next((each for each in core.names if is_same_name(own, each)), None)
        if place is None:
            return None
        return next(
            (
                each
                for each in core.figures
                if each.start > place.end
                and each.kind == figure.kind
                and name_before(core, each.start) is place
                and not any(is_same_figure(each, stated) for stated in self.claim.figures)
            ),
            None,
        )

    def _days(self) -> None:
        core = self.source.facts.days
        for day in self.claim.days:
            span = (day.start, day.end)
            rival = next((each for each in core if is_rival_day(day, each)), None)
            if self._has_day(day):
                self.anchors += 1
                self._add(1.5, 1, 1)
            elif rival:
                self._add(1.5, 0, 0)
                self._differ("date", span, rival.text)
            else:
                self._add(1.5, 0, 0)
                self._miss(*span)
                self.missing_facts += 1

    def _has_day(self, day: Day) -> bool:
        if day.weekday:
            return any(each.weekday == day.weekday for each in self.source.facts.days)
        date = day.date
        return date is not None and any(includes(each, date) for each in self.source.dates)

    # who does what to whom, and who is what

    def _order(self, names: Sequence[Name]) -> None:
        """Two names on the two sides of a verb that stand the other way round in the source."""
        text = self.source.text
        for name in names:
            if self._is_object(name):
                return
        placed = [(name, place) for name in names if (place := place_of(text, name)) is not None]
        for (one, here), (other, there) in pairwise(placed):
            if here < there:
                continue
            for word in self.claim.words:
                if not one.end <= word.sense.start < other.start:
                    continue
                match = self._same_word(word, self.source.facts.words)
                if match is None or not there < match.sense.start < here:
                    continue
                if _NOUN_BEFORE.search(self.claim.text[: word.sense.start]):
                    continue
                if is_passive(self.claim.text, word) == is_passive(text, match):
                    self._differ(
                        "order", (one.start, other.end), text[there : here + len(one.text)]
                    )
                    return

    def _is_object(self, name: Name) -> bool:
        """Whether the claim has a name before a verb as who won, and the source behind it."""
        behind = next((e for e in self.claim.words if 0 < e.sense.start - name.end <= 2), None)
        match = self._same_word(behind, self.source.facts.words) if behind else None
        if behind is None or match is None:
            return False
        last = re.escape(name.text.split()[-1])
        text = self.source.text
        if re.match(
            rf"\W+(?:over|against|to) (?:[\w’']+ ){{0,2}}{last}\b", text[match.sense.end :]
        ):
            end = end_of(text, last, match.sense.end)
            self._differ("order", (name.start, behind.sense.end), text[match.sense.start : end])
            return True
        return False
