"""Which passages answer a question, and with which of their sentences.

In:  a question, its retrieved passages in fused order, a `Reader`, a way to look up articles.
Out: a `Judgement`: the passages in the order in which they answer, the sentences that answer, and
     the signals of the best one.
Left to others: retrieving (`rag.retrieval.search`), how likely the best one is to be right
(`rag.grounding.calibration`).

The score of a passage is the reader's log odds that it answers (half the margin of its best span
over "no answer", and the log odds of the answer head), less a penalty for its fused rank and for
each constraint of the question that it contradicts, where the passage puts a reply forward rather
than reports it (`is_prompted`), and for a line of place and date (`is_in_dateline`); and more for
each other article whose best span says the same (a witness). Where the question asks of a person
and a rule finds the answer in the passage (`rag.retrieval.people`), that takes the place of the
reader's span, and the log odds are those of the rule at least; else the score accords with the
saying that is asked for. The signals:

    score           the score of that passage, as above
    margin          half the logit margin of the best span over "no answer"
    answers         log odds of the answer head
    fused_rank      natural logarithm of the passage's fused rank, counted from 1
    lead            score less that of the best passage whose span says something else
    witnesses       other articles whose best span says the same, at most 3
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
from rag.prompts.injection import injection_spans
from rag.retrieval.constraints import Constraints, constraints_of
from rag.retrieval.people.requests import PersonRequest, parse_person_request
from rag.retrieval.search import RetrievalResult
from rag.text.date_mentions import mention_at
from rag.text.dates import date_range, format_date
from rag.text.folding import fold_compatible
from rag.text.partial_dates import PartialDate, stated_date
from rag.text.questions.answer_types import matches_answer_type
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, Evidence, Hit, SpanReading

MOST_WITNESSES = 3
"""As many are counted: more add nothing."""
_RANK_WEIGHT = 0.5  # per unit of the logarithm of the fused rank
_RANK_WEIGHT_BY_TIME = 2.5  # the same where the fused ranking is by time
_CONFLICT_PENALTY = 8.0  # log odds
_PROMPTED_PENALTY = 3.0  # log odds
_DATELINE_PENALTY = 4.0  # log odds
_RULE_BONUS = 1.5  # log odds, where a rule for questions about people finds the answer
_RULE_SCORE = 2.5  # log odds that it is right, whatever the reader finds
_TOPIC_LENGTH = 200  # characters of an article's beginning that a sentence need not repeat
_BEFORE = 600  # characters before a passage, in which it may be named who "she" is
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
    set where even that contradicts what the question fixes: then nothing answers.
    """

    hits: tuple[Hit, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    signals: Mapping[str, float] = field(default_factory=dict)
    contradicted: bool = False

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
    reading: SpanReading
    evidence: Evidence
    conflicts: int
    score: float
    says: Saying
    day: date | None  # the last on which the article may have been published


def judge_passages(
    question: str,
    result: RetrievalResult,
    reader: PassageReader,
    article_of: Callable[[str], Article],
    *,
    prefers_time: bool = False,
) -> Judgement:
    """Read the passages of `result` and put them in the order in which they answer `question`.

    `prefers_time`: the question asks for the newest or for a period, by which the passages are
    ranked; that counts more than which of them answers best.
    """
    if not result.hits:
        return Judgement()
    constraints = constraints_of(question)
    request = parse_person_request(question)
    articles = {hit.passage.article: article_of(hit.passage.article) for hit in result.hits}
    texts = [without_orders(hit.passage.text) for hit in result.hits]
    records = [record_prefix(articles[hit.passage.article]) for hit in result.hits]
    readings = reader.read(question, texts, records)
    weight = _RANK_WEIGHT_BY_TIME if prefers_time else _RANK_WEIGHT
    candidates = []
    for n, (hit, text, reading) in enumerate(zip(result.hits, texts, readings, strict=True), 1):
        penalty = weight * math.log(n) + _PROMPTED_PENALTY * is_prompted(question, text, reading)
        penalty += _DATELINE_PENALTY * is_in_dateline(text, reading)
        article = articles[hit.passage.article]
        candidate = _candidate(penalty, hit, reading, article, constraints)
        if request is not None:
            candidate = _with_rule(candidate, request, article)
        candidates.append(candidate)
    scores = [each.score + _support_of_others(each, candidates) for each in candidates]
    order = sorted(range(len(candidates)), key=lambda n: (-scores[n], n))
    if asks_of_now(question):
        order = _newest_first(order, candidates)
    order = _most_precise_first(order, candidates)
    evidence = tuple(replace(candidates[n].evidence, score=scores[n]) for n in order)
    best = candidates[order[0]]
    others = [scores[n] for n in order[1:] if not candidates[n].says.agrees(best.says)]
    article = articles[best.hit.passage.article]
    signals = {
        "score": scores[order[0]],
        "margin": best.reading.margin / 2,
        "answers": best.reading.answers,
        "fused_rank": math.log(order[0] + 1),
        "lead": min(_NO_LEAD, scores[order[0]] - others[0]) if others else _NO_LEAD,
        "witnesses": float(min(MOST_WITNESSES, len(_witnesses(best, candidates)))),
        "missing_names": constraints.missing_names(
            "\n".join(filter(None, (article.title, article.source, article.author, article.text)))
        ),
        "cosine": result.cosine,
        "coverage": result.coverage,
        "answer_type": float(matches_answer_type(question, best.evidence.text)),
    }
    hits = tuple(candidates[n].hit for n in order)
    return Judgement(hits, evidence, signals, contradicted=best.conflicts > 0)


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


def without_orders(text: str) -> str:
    """`text` with blanks in place of what speaks to a machine: it is text, never evidence."""
    for start, end in injection_spans(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


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
    penalty: float, hit: Hit, span: SpanReading, article: Article, constraints: Constraints
) -> _Candidate:
    passage = hit.passage
    start, end = _sentence_of(passage.text, span.start, span.end)
    conflicts = constraints.conflicts(passage.text, article.title, article.published)
    log_odds = span.margin / 2 + span.answers
    score = log_odds - penalty - _CONFLICT_PENALTY * conflicts
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
    return _Candidate(hit, span, evidence, conflicts, score, says, days and days[1])


def _date_meant(evidence: Evidence, published: str | None) -> PartialDate | None:
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    mention = mention_at(evidence.text, start, end, published)
    return mention.date if mention else None


def _with_rule(candidate: _Candidate, request: PersonRequest, article: Article) -> _Candidate:
    """`candidate` with what a rule finds in its passage, and the score that is worth."""
    passage, own = candidate.hit.passage, candidate.evidence
    starts = (start for start, _ in sentence_spans(article.text))
    later = (n for n in starts if n >= passage.start - _BEFORE)
    first = min(next(later, passage.start), passage.start)  # it may begin within a long sentence
    text = without_orders(article.text[first : passage.end])
    topic = f"{article.title}\n{article.text[: passage.start][:_TOPIC_LENGTH]}"
    span = request.find(text, topic, passage.start - first)
    if span is None:
        before = text[: own.start - first][-_BEFORE:]
        score = candidate.score + request.accordance(own.text, before, topic)
        return replace(candidate, score=score, evidence=replace(own, score=score))
    penalty = candidate.reading.margin / 2 + candidate.reading.answers - candidate.score
    score = max(candidate.score + _RULE_BONUS, _RULE_SCORE - penalty)
    start, end, answer_start, answer_end = (first + each for each in span)
    evidence = Evidence(
        passage.article, start, end, article.text[start:end], score, answer_start, answer_end
    )
    return replace(
        candidate,
        evidence=evidence,
        score=score,
        says=Saying.parse(article.text[answer_start:answer_end]),
    )


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
    """The best passage of each other article whose span says the same, with a score above 0."""
    by_article: dict[str, _Candidate] = {}
    for other in candidates:
        article = other.hit.passage.article
        if article == candidate.hit.passage.article or other.score <= 0:
            continue
        if other.says.agrees(candidate.says):
            best = by_article.get(article)
            if best is None or other.score > best.score:
                by_article[article] = other
    return list(by_article.values())


def _support_of_others(candidate: _Candidate, candidates: Sequence[_Candidate]) -> float:
    best = sorted((each.score for each in _witnesses(candidate, candidates)), reverse=True)
    return _WITNESS_WEIGHT * sum(min(each, _MAX_WITNESS_SCORE) for each in best[:MOST_WITNESSES])
