"""What changed between two times: statements before and after, side by side.

In:  a `Material` whose question asks what changed, since when, or how something did.
Out: pairs of dated quotations that differ; None where none does.
Left to others: which articles are about the matter (`overviews.about`); what the latest state is
(`latest`).

Without a time in the question, "before" is what the oldest article says. Between two times counts
what was published from the first to the last of them alone. Two statements are of one
thing where they share many of their words apart from the topic's, names and figures (Jaccard index
of their stems). They differ where their figures do, dates left out, or where the reader finds that
the one contradicts the other. Statements without figures must name the topic; where the question
asks how a thing changed, all must name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rag.grounding.composition.accounts import without_dates
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.overviews.about import TopicWords, choose_articles
from rag.grounding.composition.overviews.standalone import quotable_spans
from rag.grounding.composition.quotations import (
    Quoted,
    compose_quotations,
    published_on,
    whole_sentence,
)
from rag.grounding.conflicts import counted_stem
from rag.text.dates import DATE_PATTERN, MONTH, date_range, parse_date
from rag.text.names import extract_names
from rag.text.numbers import number_spans
from rag.text.questions.topics import Topic
from rag.text.stemming import stem_tokens
from rag.types import Article

_MOST_PAIRS = 3
_SAME_THING = 0.5  # share of the stems of both, from which figures of one kind are of one thing
_SAME_MATTER = 0.25  # the same, from which the reader is asked whether they contradict each other
_MIN_STEMS = 2  # that two statements of one thing share
_CONTRADICTED = 0.8  # probability from which the later statement contradicts the earlier
_SPEECH_MARKS = ("“", '"', "„", "«")
_SINCE = re.compile(rf"\b(?:since|after) (?P<since>{DATE_PATTERN})", re.IGNORECASE)
_BETWEEN = re.compile(
    rf"\bbetween ({DATE_PATTERN}) and ({DATE_PATTERN})|\bfrom ({DATE_PATTERN}) to ({DATE_PATTERN})",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r",? ?\b(?:since|after|between|from|in|over|during) (?:the )?"
    rf"(?:{DATE_PATTERN}(?: (?:and|to) {DATE_PATTERN})?"
    r"|(?:last|past) (?:\w+ )?(?:day|week|month|year)s?"
    rf"|(?:(?:early|mid|late|last)[ -])?{MONTH})\b"
)
_FRAME = re.compile(
    r"(?:what (?:has |have |had )?(?:been )?changed?(?: (?:about|with|in|at|for|on))?"
    r"|how (?:has|have|had|did)) ?|\bchanged?\b.*$|\W+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Statement:
    article: Article
    start: int
    end: int
    day: date
    topic: frozenset[str]  # stems of the topic
    stems: frozenset[str]  # other stems, without figures and names
    values: frozenset[tuple[str, str]]  # what is counted, and how much

    @property
    def text(self) -> str:
        """The sentence."""
        return self.article.text[self.start : self.end]

    def values_of(self, kind: str) -> frozenset[str]:
        """The figures that count `kind`."""
        return frozenset(value for each, value in self.values if each == kind)


@dataclass(frozen=True, slots=True)
class _Period:
    """The days from `first` to `last`; `first_end` is the last day of the time named first."""

    first: date
    first_end: date
    last: date


@dataclass(frozen=True, slots=True)
class _Pair:
    before: _Statement
    after: _Statement
    shared: float


def compose_change(material: Material) -> Composition | None:
    """Statements before and after that differ; None where there are none."""
    question = material.plan.question
    topic = _FRAME.sub("", _TIMES.sub("", question)).strip(" ,")
    words = TopicWords.parse(topic)
    if not words.stems:
        return None
    articles = choose_articles(Topic(topic), material.judgement.hits, material.article_of)
    statements = [each for article in articles for each in _statements(article, words)]
    if not statements:
        return None
    if question.lower().startswith("how"):
        # "cost" of "the cost of the bridge", "bridge" of "the situation at the bridge"
        thing = next(each for each in stem_tokens([topic])[0] if each in words.stems)
        statements = [each for each in statements if thing in each.topic]
    if period := _period(question):
        statements = [each for each in statements if period.first <= each.day <= period.last]
    earlier, later = _parted(statements, _boundaries(material, statements, period))
    pairs = _distinct(sorted(_pairs(earlier, later, material), key=_nearest_first))
    if not pairs:
        return None
    quoted = [each for pair in pairs for each in _side_by_side(pair)]
    return compose_quotations(quoted, material.article_of)


def _parted(
    statements: list[_Statement], boundaries: list[date]
) -> tuple[list[_Statement], list[_Statement]]:
    """The statements before and from the first of `boundaries` that has some before it."""
    for boundary in boundaries:
        earlier = [each for each in statements if each.day < boundary]
        if earlier:
            return earlier, [each for each in statements if each.day >= boundary]
    return [], []


def _period(question: str) -> _Period | None:
    """The time between the two that `question` names, both included; None where it does not."""
    match = _BETWEEN.search(question)
    if match is None:
        return None
    first, last = (date_range(parse_date(each) or "") for each in filter(None, match.groups()))
    return _Period(first[0], first[1], last[1]) if first and last else None


def _boundaries(
    material: Material, statements: list[_Statement], period: _Period | None
) -> list[date]:
    """First days of "after", to be tried in turn.

    "Since 2019" means the days after its beginning, or, where nothing is older, after its end;
    "between 2019 and 2021" those after the end of 2019. Without a time, or where nothing is older,
    it is the day behind that of the oldest article.
    """
    days = {each.day for each in statements}
    if period and days:
        return [period.first_end + timedelta(days=1), min(days) + timedelta(days=1)]
    since = _SINCE.search(material.plan.question)
    if since and (days_of_since := date_range(parse_date(since["since"]) or "")):
        return [days_of_since[0], days_of_since[1] + timedelta(days=1)]
    if material.plan.time_intent and days:
        preference = material.plan.time_intent.resolve(max(days).isoformat())
        if preference and preference.since:
            return [preference.since]
    return [min(days) + timedelta(days=1)] if days else []


def _statements(article: Article, topic: TopicWords) -> Iterator[_Statement]:
    days = date_range((article.published or "")[:10])
    if days is None:
        return
    for start, end in quotable_spans(article):
        text = article.text[start:end]
        if text.startswith(_SPEECH_MARKS):
            continue
        all_stems, names = map(frozenset, stem_tokens([text, " ".join(extract_names(text))]))
        stems = frozenset(each for each in all_stems - names if not each[0].isdigit())
        on_topic = all_stems & topic.stems
        yield _Statement(article, start, end, days[1], on_topic, stems - on_topic, _values(text))


def _values(text: str) -> frozenset[tuple[str, str]]:
    """Each figure of `text` that is of no date, with what it counts: ("crown", "14000000")."""
    dateless = without_dates(text)
    values = {
        (full.partition(" ")[2] or counted_stem(dateless[end:]), value)
        for full, value, end, _ in number_spans(dateless)
    }
    return frozenset(each for each in values if each[0])


def _pairs(
    earlier: list[_Statement], later: list[_Statement], material: Material
) -> Iterator[_Pair]:
    for before in earlier:
        for after in later:
            shared = len(before.stems & after.stems)
            index = shared / max(1, len(before.stems | after.stems))
            if shared >= _MIN_STEMS and _differ(before, after, index, material):
                yield _Pair(before, after, index)


def _differ(before: _Statement, after: _Statement, index: float, material: Material) -> bool:
    """Whether they give other figures of one thing, or the later contradicts the earlier."""
    kinds = {kind for kind, _ in before.values} & {kind for kind, _ in after.values}
    if index >= _SAME_THING and any(
        not before.values_of(kind) & after.values_of(kind) for kind in kinds
    ):
        return True
    if index < _SAME_MATTER or not before.topic & after.topic:
        return False
    (reading,) = material.reader.check(before.text, [after.text])
    return reading.contradicted >= _CONTRADICTED


def _nearest_first(pair: _Pair) -> tuple[float, int, date]:
    """By what they share, then the latest state and the earliest before it."""
    return -pair.shared, -pair.after.day.toordinal(), pair.before.day


def _distinct(pairs: list[_Pair]) -> list[_Pair]:
    """The first pairs of which no two have a statement in common."""
    chosen: list[_Pair] = []
    for pair in pairs:
        if all(pair.before != one.before and pair.after != one.after for one in chosen):
            chosen.append(pair)
    return chosen[:_MOST_PAIRS]


def _side_by_side(pair: _Pair) -> tuple[Quoted, Quoted]:
    before, after = (
        Quoted(
            whole_sentence(each.article, each.start, each.end),
            f"{label}, {published_on(each.article)}",
        )
        for label, each in (("Before", pair.before), ("After", pair.after))
    )
    return before, after
