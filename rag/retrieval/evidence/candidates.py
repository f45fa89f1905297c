"""What each passage would answer with, and its score.

In:  a passage with its article and the reader's reading; what the question fixes; what rules find.
Out: a `Candidate`: the sentence, the words in it that answer, what they say, the score.
Left to others: reading (`rag.retrieval.evidence.readings`), the order of candidates
(`rag.retrieval.evidence.ordering`).

The score is the reader's log odds that the passage answers (half the margin of its best span over
"no answer", and the log odds of the answer head), less a penalty for its fused rank, for each
constraint of the question that it contradicts and for doubts about where the span stands. Where the
question asks of a person and rules find sentences that answer (`rag.retrieval.people`), the best of
them takes the place of the reader's span: at the log odds of the rule where that is certain, else
together with those that the reader gives the sentences by themselves. What no rule finds may lose
some. Where the question asks for a date, a sentence scores less without one of that precision, and
more where it tells of the event in the question's words; which of its dates answers,
`rag.text.questions.event_dates` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.retrieval.constraints import Constraints
from rag.retrieval.evidence.readings import sentence_of
from rag.retrieval.people.judging import JudgedFinding, log_odds_of
from rag.text.dates.forms import date_range
from rag.text.dates.mentions import mention_at
from rag.text.dates.partial import PartialDate, stated_date
from rag.text.dates.years import accordance
from rag.text.folding import fold_compatible
from rag.text.questions.answer_types import has_amount_asked_for, matches_answer_type
from rag.text.questions.date_requests import DateRequest
from rag.text.questions.event_dates import DatedSentence, choose_date, is_of_the_report
from rag.text.questions.event_dates import accordance as event_accordance
from rag.text.questions.several import is_enumeration
from rag.text.stemming import stem_tokens
from rag.types import Article, Evidence, Hit, SpanReading

_CONFLICT_PENALTY = 8.0  # log odds
_ACCORDANCE = 1.0  # log odds, where the year, what is counted, or a list is as asked for
_UNRULED_PENALTY = 2.0  # log odds, of a span where a rule finds another for a question of people
_NO_DATE_PENALTY = 4.0  # log odds, where a date is asked for
_REPORT_PENALTY = 2.0  # log odds, where the date is that of a report
_DATE_BONUS = 7.0  # log odds per unit of accordance above one half


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
class Candidate:
    """A passage with what it would answer with.

    `conflicts` counts what it contradicts of what the question fixes; `day` is the last on which
    the article may have been published, `origin` the article that its own is a copy of, or that
    itself.
    """

    hit: Hit
    origin: str
    reading: SpanReading
    evidence: Evidence
    conflicts: int
    score: float
    says: Saying
    day: date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, what it fixes, whether it asks for several."""

    question: str
    constraints: Constraints
    several: bool


def make_candidate(
    penalty: float, hit: Hit, span: SpanReading, article: Article, wanted: Wanted
) -> Candidate:
    """The candidate of the passage `hit`, in which the reader finds `span`.

    `penalty`: log odds that its rank, and where the span stands, take from its score.
    """
    passage = hit.passage
    start, end = sentence_of(passage.text, span.start, span.end)
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
    return Candidate(hit, article.origin, span, evidence, conflicts, score, says, days and days[1])


def _date_meant(evidence: Evidence, published: str | None) -> PartialDate | None:
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    mention = mention_at(evidence.text, start, end, published)
    return mention.date if mention else None


def with_findings(
    candidates: Sequence[Candidate], findings: Sequence[JudgedFinding | float]
) -> list[Candidate]:
    """`candidates`, each with what a rule finds in its passage, or less what speaks against it."""
    return [
        _with_finding(candidate, finding)
        if isinstance(finding, JudgedFinding)
        else _lowered(candidate, finding)
        for candidate, finding in zip(candidates, findings, strict=True)
    ]


def _with_finding(candidate: Candidate, finding: JudgedFinding) -> Candidate:
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


def _lowered(candidate: Candidate, penalty: float) -> Candidate:
    score = candidate.score - penalty
    return replace(candidate, score=score, evidence=replace(candidate.evidence, score=score))


def with_date(candidate: Candidate, request: DateRequest, article: Article) -> Candidate:
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
