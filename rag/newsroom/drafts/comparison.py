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
from functools import cached_property

from rag.newsroom.drafts.facts import Day, Facts, Figure, Name, Word, facts_of
from rag.newsroom.drafts.result import Difference, DifferenceKind
from rag.newsroom.drafts.sources import Source
from rag.retrieval.people.introductions import find_role
from rag.text.dates.forms import MONTH, format_date
from rag.text.dates.mentions import resolve_mentions
from rag.text.dates.partial import PartialDate, stated_date
from rag.text.dates.years import reported_years
from rag.text.folding import fold
from rag.text.names import mentions
from rag.text.senses import Sense, senses_of
from rag.text.sentences import Span
from rag.types import Article

Similarity = Callable[[str, Sequence[str]], float]
"""How near a word is in meaning to the nearest of others, 0 to 1."""

_AGREES = 0.62  # of similarity, from which two words may say the same
_NEAR_CREDIT, _ELSEWHERE_CREDIT = 0.85, 0.35
_PRONOUN = re.compile(r"\b(?:he|she|it|they|his|her|its|their|him|them)\b", re.I)
_SPEECH = frozenset(["say", "tell", "add", "state", "accord", "announc", "ask"])
_LIGHT = frozenset(["make", "go", "come", "take", "give", "get", "peopl", "person", "say", "tell"])
_PASSIVE_BY = re.compile(r"\bby\b")
_ROLE_FILLERS = frozenset(["former", "new", "old", "year", "last", "late"])


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a sentence compares to a source.

    `shared` is the share of what it states that the source sentence has, `covered` the share that
    the source has with what stands around it; `anchors` counts names, figures and rarer words that
    both have. `unsupported` are the places of what the source does not have.
    """

    source: Source
    differences: tuple[Difference, ...]
    unsupported: tuple[Span, ...]
    missing_facts: int
    shared: float
    covered: float
    anchors: int
    is_other: bool = False


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
        names = [each for each in self.claim.names if self._is_name(each)]
        self._names(names)
        self._words(names)
        self._figures()
        self._days()
        self._order(names)
        self._roles(names)
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
        )

    def _add(self, weight: float, core: float, context: float) -> None:
        self.weights.append((weight, weight * core, weight * max(core, context)))

    def _miss(self, start: int, end: int) -> None:
        self.unsupported.append((start, end))

    def _differ(self, kind: DifferenceKind, span: Span, instead: str) -> None:
        given = self.claim.text[slice(*span)]
        self.differences.append(Difference(kind, given, instead, *span))
        self._miss(*span)

    # names

    def _is_name(self, name: Name) -> bool:
        """Whether a name is one: a word that opens the sentence only where the article says so."""
        if not name.is_doubtful:
            return True
        word = re.escape(name.text)
        whole = f"{self.source.article.text}\n{self.source.article.title}"
        return not re.search(rf"\b{word.lower()}", whole) and bool(
            re.search(rf"(?<=[\w,;] ){word}\b", whole)
        )

    def _names(self, names: Sequence[Name]) -> None:
        source = self.source
        around = "\n".join((source.before, source.behind, source.record))
        others = [
            each
            for each in source.facts.names
            if not any(_same_name(each, name) for name in self.claim.names)
        ]
        for name in names:
            if _has_name(source.text, name):
                self.anchors += 1
                self._add(1.5, 1, 1)
            elif rival := self._rival_name(name, others):
                self._add(1.5, 0, 0)
                self._differ("name", (name.start, name.end), rival.text)
            elif _has_name(around, name):
                self._add(1.5, 0.3, 1)
            elif _has_name(source.article.text, name):
                self._add(1.5, 0, 0.6)
            else:
                self._add(1.5, 0, 0)
                self._miss(name.start, name.end)
                self.missing_facts += 1

    def _rival_name(self, name: Name, others: Sequence[Name]) -> Name | None:
        """The name that the source has where the claim has `name`."""
        claim, text = self.claim.text, self.source.text
        before, behind = _neighbours(claim, name.start, name.end)
        for other in others:
            their_before, their_behind = _neighbours(text, other.start, other.end)
            if (before and before == their_before) or (behind and behind == their_behind):
                return other
        return None

    # words

    def _words(self, names: Sequence[Name]) -> None:
        core = {each.sense.name: each for each in self.source.facts.words}
        near = {each.sense.name for each in self.source.near.words}
        near |= {each.name for each in senses_of(self.source.record)}
        name_places = [(each.start, each.end) for each in names]
        for word in self.claim.words:
            if any(a <= word.sense.start < b for a, b in name_places):
                continue
            span = (word.sense.start, word.sense.end)
            weight = 0.5 if word.sense.name in _LIGHT else 1.0
            if word.sense.name in _SPEECH:
                weight = 0.25
            if other := self._same_word(word, core.values()):
                if other.is_negated != word.is_negated:
                    self._differ("negation", span, _with_negation(self.source.text, other))
                    self._add(weight, 1, 1)
                else:
                    self.anchors += weight == 1.0
                    self._add(weight, 1, 1)
            elif contrary := self._contrary(word, core.values()):
                self._differ("words", span, contrary.text)
                self._add(weight, 1, 1)
            elif word.sense.name in near:
                self._add(weight, 0.2, _NEAR_CREDIT)
            else:
                self._other_word(word, weight, span)

    def _other_word(self, word: Word, weight: float, span: Span) -> None:
        others = [each.text for each in self.source.facts.words]
        value = self.similarity(word.text, others) if others else 0.0
        if value >= _AGREES:
            self._add(weight, 0.7, 0.8)
            return
        if word.sense.name in self.source.stems:
            self._add(weight, 0, _ELSEWHERE_CREDIT)
        else:
            self._add(weight, 0, 0.3 * value)
        self._miss(*span)

    def _same_word(self, word: Word, others: Iterable[Word]) -> Word | None:
        return next((each for each in others if _same_sense(word.sense, each.sense)), None)

    def _contrary(self, word: Word, others: Iterable[Word]) -> Word | None:
        return next(
            (
                each
                for each in others
                if word.sense.is_contrary(each.sense) and word.is_negated == each.is_negated
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
            if any(_same_figure(figure, each) for each in core):
                self.anchors += 1
                self._add(1.5, 1, 1)
            elif figure.kind == "year" and figure.value in self.source.years:
                self._add(1.0, 0.7, 1)
            elif rival := _rival_figure(figure, free):
                self._add(1.5, 0, 0)
                self._differ("figure", span, _figure_text(self.source.text, rival))
            elif any(_same_figure(figure, each) for each in near):
                self._add(1.5, 0.3, 1)
            else:
                self.is_other |= figure.kind == "year"
                self._add(1.5, 0, 0)
                self._miss(*span)
                self.missing_facts += 1

    def _days(self) -> None:
        core = self.source.facts.days
        for day in self.claim.days:
            span = (day.start, day.end)
            rival = next((each for each in core if _is_rival_day(day, each)), None)
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
        return date is not None and any(_includes(each, date) for each in self.source.dates)

    # who does what to whom, and who is what

    def _order(self, names: Sequence[Name]) -> None:
        """Two names on the two sides of a verb that stand the other way round in the source."""
        text = self.source.text
        placed = [
            (name, place)
            for name in names
            if (place := _place(text, name)) is not None
        ]
        for (one, here), (other, there) in zip(placed, placed[1:], strict=False):
            if here < there:
                continue
            for word in self.claim.words:
                if not one.end <= word.sense.start < other.start:
                    continue
                match = self._same_word(word, self.source.facts.words)
                if match is None or not there < match.sense.start < here:
                    continue
                if _is_passive(self.claim.text, word) == _is_passive(text, match):
                    self._differ("order", (one.start, other.end), text[there : here + len(one.text)])
                    return

    def _roles(self, names: Sequence[Name]) -> None:
        """The role by which the claim introduces somebody, if the article gives another."""
        article = self.source.article
        for name in names:
            own = find_role(self.claim.text, name.text)
            theirs = find_role(article.text, name.text) if own else None
            if own is None or theirs is None:
                continue
            role, other = self.claim.text[slice(*own)], article.text[slice(*theirs)]
            wanted = _role_senses(role)
            known = _role_senses(other) | _role_senses(self.source.text)
            if wanted and not any(_alike(a, b) for a in wanted for b in known):
                self._differ("role", own, other)


def _same_sense(one: Sense, other: Sense) -> bool:
    return one.is_same(other) or (
        one.is_negated == other.is_negated and _alike(one.name, other.name)
    )


def _alike(one: str, other: str) -> bool:
    """Whether two stems are of one word: "farm" and "farmer"."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (
        len(shorter) >= 4 and longer.startswith(shorter) and len(longer) - len(shorter) <= 3
    )


def _role_senses(text: str) -> set[str]:
    return {each.name for each in senses_of(text)} - _ROLE_FILLERS


def _same_name(one: Name, other: Name) -> bool:
    return bool(set(one.words) & set(other.words))


def _has_name(text: str, name: Name) -> bool:
    """Whether `text` has a name, or the last word of it (the first one may be missing)."""
    return mentions(text, name.text) or mentions(text, name.words[-1]) and len(name.words[-1]) > 2


def _place(text: str, name: Name) -> int | None:
    match = re.search(rf"\b{re.escape(name.text.split()[-1])}\b", text)
    return match.start() if match else None


def _neighbours(text: str, start: int, end: int) -> tuple[str, str]:
    """The words right before and behind `text[start:end]`, folded; "" where there is a mark."""
    before = re.search(r"(\w+) (?:the |an? )?$", text[:start])
    behind = re.match(r"(?:['’]s)? (\w+)", text[end:])
    return (
        " ".join(_content(before[1])) if before else "",
        " ".join(_content(behind[1])) if behind else "",
    )


def _content(word: str) -> list[str]:
    return [each.name for each in senses_of(word)]


def _same_figure(one: Figure, other: Figure) -> bool:
    if one.full == other.full:
        return True
    units = {one.kind, other.kind} - {""}
    return one.value == other.value and len(units) < 2 and "ordinal" not in units


def _rival_figure(figure: Figure, free: Sequence[Figure]) -> Figure | None:
    """The figure of the source that stands where the claim has `figure`."""
    alike = [each for each in free if each.kind == figure.kind]
    if figure.kind == "year":
        return next((each for each in alike if each.before == figure.before), None)

    def nearness(other: Figure) -> int:
        return (
            2 * (bool(figure.behind) and figure.behind == other.behind)
            + (bool(figure.before) and figure.before == other.before)
            + (figure.kind != "")
        )

    best = max(alike, key=nearness, default=None)
    if best is None or (nearness(best) == 0 and len(alike) > 1):
        return None
    if figure.behind and best.behind and figure.behind != best.behind and nearness(best) < 2:
        return None
    return best


def _figure_text(text: str, figure: Figure) -> str:
    return text[figure.start : figure.end]


def _includes(known: PartialDate, stated: PartialDate) -> bool:
    """Whether all that `stated` states is so of `known`; a year may be missing there."""
    pairs = [(stated.year, known.year), (stated.month, known.month), (stated.day, known.day)]
    needed = [(a, b) for a, b in pairs if a is not None]
    return all(a == b for a, b in needed if b is not None) and all(
        b is not None for a, b in needed[1 if stated.year is not None else 0 :]
    )


def _is_rival_day(one: Day, other: Day) -> bool:
    if one.weekday or other.weekday:
        return bool(one.weekday and other.weekday) and one.weekday != other.weekday
    return bool(one.date and other.date) and not one.date.agrees(other.date)  # type: ignore[union-attr, arg-type]


def _is_passive(text: str, word: Word) -> bool:
    return bool(_PASSIVE_BY.search(text[word.sense.end : word.sense.end + 30]))


def _with_negation(text: str, word: Word) -> str:
    start = max(0, text.rfind(" ", 0, max(0, word.sense.start - 25)) + 1) if word.is_negated else word.sense.start
    return text[start : word.sense.end]
