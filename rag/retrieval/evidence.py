"""Which passages answer a question, and with which of their sentences.

In:  a question, its retrieved passages in fused order, a `Reader`, a way to look up articles.
Out: a `Judgement`: the passages in the order in which they answer, the sentences that answer, and
     the signals of the best one.
Left to others: retrieving (`rag.retrieval.search`), how likely the best one is to be right
(`rag.grounding.calibration`).

The score of a passage is the reader's log odds that it answers (half the margin of its best span
over "no answer", and the log odds of the answer head), less a penalty for its fused rank and for
each constraint of the question that it contradicts, where the passage puts a reply forward rather
than reports it (`is_prompted`), for a line of place and date (`is_in_dateline`) and for a
place where a person is asked for (`is_place_for_person`); and more for
each other article whose best span says the same (a witness; near copies of one article are one, and
none of their own origin). Where the question asks of a person
and rules find sentences that answer (`rag.retrieval.people`), the best of them takes the place of
the reader's span: at the log odds of the rule where that is certain, else together with those that
the reader gives the sentences by themselves. What no rule finds may lose some. Where the question
asks for a date, a sentence scores less without one of that precision, and more where it tells of
the event in the question's words; which of its dates answers,
`rag.text.questions.event_dates` says. The signals:

    score           the score of that passage, as above
    margin          half the logit margin of the best span over "no answer"
    answers         log odds of the answer head
    fused_rank      natural logarithm of the passage's fused rank, counted from 1
    lead            score less that of the best passage whose span says something else
    witnesses       other articles, of other origins, whose best span says the same, at most 3
    missing_names   share of the question's names that neither article nor record has
    cosine          of the question and the best passage
    coverage        IDF-weighted share of the question's stems in the passages
    answer_type     1.0 where the sentence has what the question asks for, else 0.0
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from rag.ingest.boilerplate.date_lines import dateline
from rag.prompts.injection import without_orders
from rag.retrieval.constraints import Constraints, constraints_of
from rag.retrieval.people.judging import JudgedFinding, Source, judge_findings, log_odds_of
from rag.retrieval.people.requests import parse_person_request
from rag.retrieval.search import RetrievalResult
from rag.retrieval.temporal import without_latest
from rag.text.dates.forms import date_range, format_date
from rag.text.dates.mentions import mention_at
from rag.text.dates.partial import PartialDate, stated_date
from rag.text.dates.years import accordance, reported_years, without_year
from rag.text.folding import fold_compatible
from rag.text.names import NAME_WORD
from rag.text.questions.answer_types import (
    expected_answer_type,
    has_amount_asked_for,
    lacks_figure,
    matches_answer_type,
)
from rag.text.questions.date_requests import DateRequest, parse_date_request
from rag.text.questions.event_dates import DatedSentence, choose_date, is_of_the_report
from rag.text.questions.event_dates import accordance as event_accordance
from rag.text.questions.several import asks_for_several, is_enumeration
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, Evidence, Hit, SpanReading

MOST_WITNESSES = 3
"""As many are counted: more add nothing."""
_RANK_WEIGHT = 0.5  # per unit of the logarithm of the fused rank
_RANK_WEIGHT_BY_TIME = 2.5  # the same where the fused ranking is by time
_CONFLICT_PENALTY = 8.0  # log odds
_ACCORDANCE = 1.0  # log odds, where the year, what is counted, or a list is as asked for
_HOPELESS = -3.0  # log odds below which no other sentence of the passage is looked for
_NO_FIGURE_PENALTY = 3.0  # log odds, where a figure is asked for and the words found have none
_PROMPTED_PENALTY = 3.0  # log odds
_UNRULED_PENALTY = 2.0  # log odds, of a span where a rule finds another for a question of people
_PLACE_PENALTY = 4.0  # log odds
_DATELINE_PENALTY = 4.0  # log odds
_NO_DATE_PENALTY = 4.0  # log odds, where a date is asked for
_REPORT_PENALTY = 2.0  # log odds, where the date is that of a report
_DATE_BONUS = 7.0  # log odds per unit of accordance above one half
_MATTER_BONUS = 1.5  # log odds, of the article that answers what the question continues
_LEAST_SHARED = -1.5  # log odds from which an article may answer the first of two parts
_REPETITION = 0.8  # share of the question's stems from which a sentence repeats it
_MIN_INTRODUCTION = 4  # words; "MADRID:" and "Latest news:" are heads of a report
_SOURCE = re.compile(  # a name, or a verb of saying
    r"(?<=\w )[A-Z]|\b(?:according|announced?|confirm(?:s|ed)|decided|reported|ruled|sa(?:id|ys?)"
    r"|told|wrote)\b"
)
_WITNESS_WEIGHT = 0.5  # of a witness's own score
_MAX_WITNESS_SCORE = 4.0
_NO_LEAD = 8.0  # where no other passage says anything else
_NOW = re.compile(
    r"(?:(?:who|what|which|where|how)\b(?:(?!\b(?:was|were|did|had|will|would)\b).)*?\b)?"
    r"(?:is|are|does|do|has|have|holds?|leads?|runs?|owns?)\b",
    re.I,
)
_NOT_NOW = re.compile(r"\b(?:1\d|20)\d\d\b|\b(?:was|were|did|had|ever|first|say|said)\b", re.I)
_MIN_NEWER_SCORE = 1.5  # log odds from which a newer article's account is evidence
_NEWER_MAY_SCORE_LESS = 3.0  # log odds
_MIN_PRECISE_SCORE = 1.0  # log odds from which a fuller date is evidence


class PassageReader(Protocol):
    """What is needed of `rag.models.reader.Reader`."""

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str]
    ) -> Sequence[SpanReading]:
        """The best answer span in each of `passages`, which are read behind their `records`."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The passages of one question, best first, and their evidence in the same order.

    `signals` are those of the first evidence; empty where there is no passage. `contradicted` is
    set where even that contradicts what the question fixes: then nothing answers. `witnesses` are
    the other articles that say the same as the first evidence, one of each origin.
    """

    hits: tuple[Hit, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    signals: Mapping[str, float] = field(default_factory=dict)
    contradicted: bool = False
    witnesses: tuple[str, ...] = ()

    @property
    def answering_hits(self) -> tuple[Hit, ...]:
        """The passages that are judged to answer, best first; the best one in any case."""
        scored = zip(self.hits, self.evidence, strict=True)
        return tuple(hit for n, (hit, each) in enumerate(scored) if each.score > 0 or n == 0)


@dataclass(frozen=True, slots=True)
class Saying:
    """What a span says, in a form in which two can be compared: its stems, and its date if any."""

    stems: str
    date: PartialDate | None

    @classmethod
    def parse(cls, span: str, meant: PartialDate | None = None) -> Saying:
        """What the words `span` say; `meant` is the date that "on Friday" means in them."""
        stems = " ".join(stem_tokens([fold_compatible(span)])[0])
        return cls(stems, meant or stated_date(span))

    def agrees(self, other: Saying) -> bool:
        """Whether both say the same: dates that can be one, else equal, or one in the other."""
        if self.date and other.date:
            return self.date.agrees(other.date)
        one, two = self.stems, other.stems
        return bool(one and two) and (f" {one} " in f" {two} " or f" {two} " in f" {one} ")


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    origin: str  # the article that its article is a copy of, or that itself
    reading: SpanReading
    evidence: Evidence
    conflicts: int
    score: float
    says: Saying
    day: date | None  # the last on which the article may have been published


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A question, what it fixes, whether it asks for several."""

    question: str
    constraints: Constraints
    several: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage as it is read: its text without orders, what is known of its article."""

    text: str
    record: str
    article: Article

    def accordance(self, years: frozenset[str], reading: SpanReading) -> int:
        """Whether the sentence in which `reading` finds the answer is of one of `years`."""
        sentence = self.text[slice(*_sentence_of(self.text, reading.start, reading.end))]
        return accordance(years, sentence, self.text, self.article)


def judge_passages(
    question: str,
    result: RetrievalResult,
    reader: PassageReader,
    article_of: Callable[[str], Article],
    *,
    prefers_time: bool = False,
    matter: str = "",
) -> Judgement:
    """Read the passages of `result` and put them in the order in which they answer `question`.

    `prefers_time`: the question asks for the newest or for a period, by which the passages are
    ranked; that counts more than which of them answers best. `matter`: the article that answers
    what the question continues, if any.
    """
    if not result.hits:
        return Judgement()
    constraints = constraints_of(question)
    wanted = _Wanted(question, constraints, asks_for_several(question))
    request, dates = parse_person_request(question), parse_date_request(question)
    articles = {hit.passage.article: article_of(hit.passage.article) for hit in result.hits}
    texts = [without_orders(hit.passage.text) for hit in result.hits]
    passages = [
        _Read(text, record_prefix(articles[hit.passage.article]), articles[hit.passage.article])
        for hit, text in zip(result.hits, texts, strict=True)
    ]
    readings = _readings(question, passages, constraints, reader)
    weight = _RANK_WEIGHT_BY_TIME if prefers_time else _RANK_WEIGHT
    candidates = []
    for n, (hit, each, reading) in enumerate(zip(result.hits, passages, readings, strict=True), 1):
        text, article = each.text, each.article
        penalty = weight * math.log(n) + _PROMPTED_PENALTY * is_prompted(question, text, reading)
        penalty += _DATELINE_PENALTY * is_in_dateline(text, reading)
        penalty += _NO_FIGURE_PENALTY * lacks_figure(question, text[reading.start : reading.end])
        penalty += _PLACE_PENALTY * is_place_for_person(question, text, reading)
        penalty -= _MATTER_BONUS * (hit.passage.article == matter)
        candidates.append(_candidate(penalty, hit, reading, article, wanted))
    if request is not None:

        def read(sentences: Sequence[str], of: Sequence[Article]) -> Sequence[SpanReading]:
            return reader.read(question, sentences, [record_prefix(each) for each in of])

        sources = [
            Source(each.hit.passage, articles[each.hit.passage.article], each.evidence.text)
            for each in candidates
        ]
        candidates = _with_findings(candidates, judge_findings(request, sources, read))
    if dates is not None:
        candidates = [
            _with_date(each, dates, articles[each.hit.passage.article]) for each in candidates
        ]
    scores = [each.score + _support_of_others(each, candidates) for each in candidates]
    order = sorted(range(len(candidates)), key=lambda n: (-scores[n], n))
    if asks_of_now(question):
        order = _newest_first(order, candidates)
    order = _most_precise_first(order, candidates)
    evidence = tuple(replace(candidates[n].evidence, score=scores[n]) for n in order)
    best = candidates[order[0]]
    others = [scores[n] for n in order[1:] if not candidates[n].says.agrees(best.says)]
    article = articles[best.hit.passage.article]
    witnesses = _witnesses(best, candidates)
    signals = {
        "score": scores[order[0]],
        "margin": best.reading.margin / 2,
        "answers": best.reading.answers,
        "fused_rank": math.log(order[0] + 1),
        "lead": min(_NO_LEAD, scores[order[0]] - others[0]) if others else _NO_LEAD,
        "witnesses": float(min(MOST_WITNESSES, len(witnesses))),
        "missing_names": constraints.missing_names(
            "\n".join(filter(None, (article.title, article.source, article.author, article.text)))
        ),
        "cosine": result.cosine,
        "coverage": result.coverage,
        "answer_type": float(matches_answer_type(question, best.evidence.text)),
    }
    hits = tuple(candidates[n].hit for n in order)
    return Judgement(
        hits,
        evidence,
        signals,
        contradicted=best.conflicts > 0,
        witnesses=tuple(each.hit.passage.article for each in witnesses),
    )


def shared_article(one: Judgement, other: Judgement) -> str:
    """The article that answers the questions of both judgements best; empty where none does."""
    scores = [
        {each.article: each.score for each in reversed(judgement.evidence)}
        for judgement in (one, other)
    ]
    both = {
        article: scores[0][article] + score
        for article, score in scores[1].items()
        if score > 0 and scores[0].get(article, _LEAST_SHARED) > _LEAST_SHARED
    }
    return max(both, key=lambda article: both[article], default="")


def _readings(
    question: str, passages: Sequence[_Read], constraints: Constraints, reader: PassageReader
) -> list[SpanReading]:
    """What the reader finds in `passages`.

    What is of the year asked for says so nowhere, mostly: that is known of its article, and the
    question is put to it without its year as well. The surer reading counts.
    """

    def read(question: str, which: Sequence[int]) -> Sequence[SpanReading]:
        each = [passages[n] for n in which]
        return reader.read(question, [one.text for one in each], [one.record for one in each])

    readings = list(read(question, range(len(passages))))
    years, timeless = constraints.years, without_year(question)
    of_year = [n for n, each in enumerate(passages) if years & reported_years(each.article)]
    if timeless is not None and of_year:
        for n, reading in zip(of_year, read(timeless, of_year), strict=True):
            is_surer = log_odds_of(reading) > log_odds_of(readings[n])
            if is_surer and passages[n].accordance(years, reading) == 1:
                readings[n] = reading
    if (of_any_day := without_latest(question)) is not None:  # the order is by day then
        others = read(of_any_day, range(len(passages)))
        readings = [max(pair, key=log_odds_of) for pair in zip(readings, others, strict=True)]
    return [
        _with_figure(question, passage, reading, reader)
        for passage, reading in zip(passages, readings, strict=True)
    ]


def _with_figure(
    question: str, passage: _Read, reading: SpanReading, reader: PassageReader
) -> SpanReading:
    """`reading`; where it lacks a figure that is asked for, one in another sentence, if nearly
    as sure."""
    text = passage.text
    if log_odds_of(reading) < _HOPELESS or not lacks_figure(
        question, text[reading.start : reading.end]
    ):
        return reading
    start, end = _sentence_of(text, reading.start, reading.end)
    rest = text[:start] + " " * (end - start) + text[end:]
    other = reader.read(question, [rest], [passage.record])[0]
    if lacks_figure(question, rest[other.start : other.end]):
        return reading
    return other if log_odds_of(other) > log_odds_of(reading) - _NO_FIGURE_PENALTY else reading


def asks_of_now(question: str) -> bool:
    """Whether `question` asks for a state of now: in the present tense, and of no stated year."""
    return bool(_NOW.match(question)) and not _NOT_NOW.search(question)


def _newest_first(order: list[int], candidates: Sequence[_Candidate]) -> list[int]:
    """`order` with that candidate first that says something else, almost as surely, and later."""
    best = newest = candidates[order[0]]
    for n in order[1:]:
        other = candidates[n]
        if (
            newest.day
            and other.day
            and other.day > newest.day
            and other.score >= max(_MIN_NEWER_SCORE, best.score - _NEWER_MAY_SCORE_LESS)
            and not other.says.agrees(best.says)
        ):
            newest = other
    first = next(n for n in order if candidates[n] is newest)
    return [first, *(n for n in order if n != first)]


def _most_precise_first(order: list[int], candidates: Sequence[_Candidate]) -> list[int]:
    """`order` with that candidate first that answers as the first one does, by a fuller date."""
    precise, date = order[0], candidates[order[0]].says.date
    for n in order[1:]:
        other, own = candidates[n].says.date, candidates[n].score
        if other and date and own >= _MIN_PRECISE_SCORE and other.narrows(date):
            precise, date = n, other
    return [precise, *(n for n in order if n != precise)]


def is_prompted(question: str, text: str, span: SpanReading) -> bool:
    """Whether the span is a reply that `text` puts forward rather than a report of the matter.

    That is what stands behind a question of `text` that repeats `question`: the next sentence, a
    label such as "A." set aside, or one that says nothing of its own ("When will it close? 5
    May."). And it is a sentence behind a colon, where what introduces it is about something else
    and names no source ("Here is what to remember: it will close on 5 May.").
    """
    start, end = _sentence_of(text, span.start, span.end)
    stems = _stems(question)
    question_end = text.rfind("?", 0, span.start) + 1
    if question_end and _repeats(stems, text, question_end):
        between = re.findall(r"\w+", text[question_end : max(question_end, start)])
        return len(between) <= 1 or not stems & _stems(text[question_end:end])
    introduction, colon, _ = text[start : span.start].rpartition(": ")
    return (
        bool(colon)
        and len(introduction.split()) >= _MIN_INTRODUCTION
        and not stems & _stems(introduction)
        and not _SOURCE.search(introduction)
    )


def is_in_dateline(text: str, span: SpanReading) -> bool:
    """Whether the span is part of a line of place and date ("TARN, May 5 (Wire) - …").

    That tells where and when the report was written, not what it reports.
    """
    line = dateline(text)
    return line is not None and span.end <= line.end()


def is_place_for_person(question: str, text: str, span: SpanReading) -> bool:
    """Whether a person is asked for, and the span is a place: one name, behind "in", "on" or "at".

    "Whose petition was it?" is not answered by "It has more names than live on Skelsa."
    """
    if expected_answer_type(question) != "person":
        return False
    is_name = re.fullmatch(NAME_WORD, text[span.start : span.end]) is not None
    return (
        is_name and re.search(r"\b(?:in|on|at|near|off|across) $", text[: span.start]) is not None
    )


def _repeats(stems: frozenset[str], text: str, question_end: int) -> bool:
    """Whether the question of `text` that ends at `question_end` has most of `stems`."""
    start, _ = _sentence_of(text, question_end - 1, question_end)
    shared = stems & _stems(text[start:question_end])
    return bool(shared) and len(shared) >= _REPETITION * len(stems)


def record_prefix(article: Article) -> str:
    """What the reader reads before a passage: "Headline (7 February 2021). "."""
    day = format_date(article.published or "")
    title = without_orders(article.title).strip()
    if title and day:
        return f"{title} ({day}). "
    return f"{title}. " if title else f"({day}). " if day else ""


def _candidate(
    penalty: float, hit: Hit, span: SpanReading, article: Article, wanted: _Wanted
) -> _Candidate:
    passage = hit.passage
    start, end = _sentence_of(passage.text, span.start, span.end)
    constraints = wanted.constraints
    of_year = accordance(constraints.years, passage.text[start:end], passage.text, article)
    conflicts = (of_year < 0) + constraints.kinds_contradicted(f"{article.title}\n{passage.text}")
    answer = passage.text[span.start : span.end]
    accords = [
        of_year > 0,
        has_amount_asked_for(wanted.question, passage.text[start:end], answer),
        wanted.several and is_enumeration(answer),
    ]
    score = log_odds_of(span) - penalty - _CONFLICT_PENALTY * conflicts + _ACCORDANCE * sum(accords)
    evidence = Evidence(
        passage.article,
        passage.start + start,
        passage.start + end,
        passage.text[start:end],
        score,
        passage.start + span.start,
        passage.start + span.end,
    )
    says = Saying.parse(
        passage.text[span.start : span.end], _date_meant(evidence, article.published)
    )
    days = date_range(article.published or "")
    return _Candidate(hit, article.origin, span, evidence, conflicts, score, says, days and days[1])


def _date_meant(evidence: Evidence, published: str | None) -> PartialDate | None:
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    mention = mention_at(evidence.text, start, end, published)
    return mention.date if mention else None


def _with_findings(
    candidates: Sequence[_Candidate], findings: Sequence[JudgedFinding | float]
) -> list[_Candidate]:
    """`candidates`, each with what a rule finds in its passage, or less what speaks against it."""
    return [
        _with_finding(candidate, finding)
        if isinstance(finding, JudgedFinding)
        else _lowered(candidate, finding)
        for candidate, finding in zip(candidates, findings, strict=True)
    ]


def _with_finding(candidate: _Candidate, finding: JudgedFinding) -> _Candidate:
    """`candidate` with a rule's finding in place of the reader's span.

    Where the finding is not certain and the reader is surer of a span of its own, that stays, less
    a doubt: it may name who is spoken of rather than who speaks.
    """
    own = log_odds_of(candidate.reading)
    if not finding.certain and own - _UNRULED_PENALTY > finding.log_odds:
        return _lowered(candidate, _UNRULED_PENALTY)
    score = candidate.score - own + finding.log_odds
    evidence = Evidence(
        candidate.evidence.article,
        finding.start,
        finding.end,
        finding.text,
        score,
        finding.answer_start,
        finding.answer_end,
    )
    return replace(candidate, evidence=evidence, score=score, says=Saying.parse(evidence.answer))


def _lowered(candidate: _Candidate, penalty: float) -> _Candidate:
    score = candidate.score - penalty
    return replace(candidate, score=score, evidence=replace(candidate.evidence, score=score))


def _with_date(candidate: _Candidate, request: DateRequest, article: Article) -> _Candidate:
    """`candidate` with the date of the event in the place of its span, and what that is worth."""
    own = candidate.evidence
    sentence = DatedSentence(own.text, article.title, candidate.hit.passage.text, article.published)
    date = choose_date(
        request, sentence, (own.answer_start - own.start, own.answer_end - own.start)
    )
    if date is None:
        if matches_answer_type(
            request.question, own.text if request.precision != "time" else own.answer
        ):
            return candidate
        score = candidate.score - _NO_DATE_PENALTY
        return replace(candidate, score=score, evidence=replace(own, score=score))
    if is_of_the_report(request, own.text, date):
        score = candidate.score - _REPORT_PENALTY
    else:
        score = candidate.score + _DATE_BONUS * max(0.0, event_accordance(request, sentence) - 0.5)
    start, end = own.start + date.start, own.start + date.end
    evidence = replace(own, score=score, answer_start=start, answer_end=end)
    says = Saying.parse(evidence.answer, date.date)
    return replace(candidate, evidence=evidence, score=score, says=says)


def _sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentences of `text` that hold `[start:end]`, without white space around them."""
    spans = [
        span for span in sentence_spans(text) if span[1] > start and span[0] < max(end, start + 1)
    ]
    first, last = (spans[0][0], spans[-1][1]) if spans else (0, len(text))
    inside = text[first:last]
    return first + len(inside) - len(inside.lstrip()), last - (len(inside) - len(inside.rstrip()))


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem_tokens([text])[0])


def _witnesses(candidate: _Candidate, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The best passage of each other origin whose span says the same, with a score above 0."""
    by_origin: dict[str, _Candidate] = {}
    for other in candidates:
        if other.origin == candidate.origin or other.score <= 0:
            continue
        if other.says.agrees(candidate.says):
            best = by_origin.get(other.origin)
            if best is None or other.score > best.score:
                by_origin[other.origin] = other
    return list(by_origin.values())


def _support_of_others(candidate: _Candidate, candidates: Sequence[_Candidate]) -> float:
    best = sorted((each.score for each in _witnesses(candidate, candidates)), reverse=True)
    return _WITNESS_WEIGHT * sum(min(each, _MAX_WITNESS_SCORE) for each in best[:MOST_WITNESSES])
