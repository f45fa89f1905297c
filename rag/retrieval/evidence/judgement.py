"""Which passages answer a question, best first, and the signals of the best one.

In:  a question, its retrieved passages in fused order, a `PassageReader`, a look-up of articles.
Out: a `Judgement`: the passages in the order in which they answer, the sentences that answer, and
     the signals of the best one.
Left to others: the score of one passage (`rag.retrieval.evidence.candidates`).

To the score of a passage is added what other articles bear out whose best span says the same (its
witnesses; near copies of one article are one, and none of their own origin). The signals:

    score           the score of that passage, with what its witnesses add
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.prompts.injection import without_orders
from rag.retrieval.constraints import constraints_of
from rag.retrieval.evidence.candidates import (
    Candidate,
    Wanted,
    make_candidate,
    with_date,
    with_findings,
)
from rag.retrieval.evidence.doubts import (
    is_counted_from_event,
    is_in_dateline,
    is_no_winner,
    is_not_asserted,
    is_of_other_edition,
    is_place_for_person,
    is_prompted,
)
from rag.retrieval.evidence.ordering import (
    MOST_WITNESSES,
    asks_of_now,
    most_precise_first,
    newest_first,
    support_of_others,
    witnesses_of,
)
from rag.retrieval.evidence.readings import (
    NO_FIGURE_PENALTY,
    PassageReader,
    ReadPassage,
    read_passages,
    record_prefix,
)
from rag.retrieval.people.judging import Source, judge_findings
from rag.retrieval.people.requests import parse_person_request
from rag.retrieval.search import RetrievalResult
from rag.text.dates.years import reported_years
from rag.text.questions.answer_types import lacks_figure, matches_answer_type
from rag.text.questions.date_requests import parse_date_request
from rag.text.questions.several import asks_for_several
from rag.types import Article, Evidence, Hit, SpanReading

_RANK_WEIGHT = 0.5  # per unit of the logarithm of the fused rank
_RANK_WEIGHT_BY_TIME = 2.5  # the same where the fused ranking is by time
_PROMPTED_PENALTY = 3.0  # log odds
_PLACE_PENALTY = 4.0  # log odds
_COUNTED_PENALTY = 4.0  # log odds
_DATELINE_PENALTY = 4.0  # log odds
_EDITION_PENALTY = 6.0  # log odds
_NOT_ASSERTED_PENALTY = 6.0  # log odds
_NO_WINNER_PENALTY = 8.0  # log odds
_MATTER_BONUS = 1.5  # log odds, of the article that answers what the question continues
_LEAST_SHARED = -1.5  # log odds from which an article may answer the first of two parts
_NO_LEAD = 8.0  # where no other passage says anything else


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
    articles = {hit.passage.article: article_of(hit.passage.article) for hit in result.hits}
    passages = [_read_passage(hit, articles[hit.passage.article]) for hit in result.hits]
    readings = read_passages(question, passages, constraints, reader)
    wanted = Wanted(question, constraints, asks_for_several(question))
    weight = _RANK_WEIGHT_BY_TIME if prefers_time else _RANK_WEIGHT
    candidates = []
    for n, (hit, each, reading) in enumerate(zip(result.hits, passages, readings, strict=True), 1):
        penalty = weight * math.log(n) + _doubt(question, each, reading)
        penalty -= _MATTER_BONUS * (hit.passage.article == matter)
        candidates.append(make_candidate(penalty, hit, reading, each.article, wanted))
    candidates = _with_rules(question, candidates, articles, reader)
    scores = [each.score + support_of_others(each, candidates) for each in candidates]
    order = sorted(range(len(candidates)), key=lambda n: (-scores[n], n))
    if asks_of_now(question):
        order = newest_first(order, candidates)
    order = most_precise_first(order, candidates)
    best = candidates[order[0]]
    article = articles[best.hit.passage.article]
    known = filter(None, (article.title, article.source, article.author, article.text))
    signals = {
        **_signals_of_order(order, scores, candidates),
        "margin": best.reading.margin / 2,
        "answers": best.reading.answers,
        "missing_names": constraints.missing_names("\n".join(known)),
        "cosine": result.cosine,
        "coverage": result.coverage,
        "answer_type": float(matches_answer_type(question, best.evidence.text)),
    }
    hits = tuple(candidates[n].hit for n in order)
    evidence = tuple(replace(candidates[n].evidence, score=scores[n]) for n in order)
    return Judgement(
        hits,
        evidence,
        signals,
        contradicted=best.conflicts > 0,
        witnesses=tuple(each.hit.passage.article for each in witnesses_of(best, candidates)),
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


def _read_passage(hit: Hit, article: Article) -> ReadPassage:
    return ReadPassage(without_orders(hit.passage.text), record_prefix(article), article)


def _doubt(question: str, passage: ReadPassage, span: SpanReading) -> float:
    """Log odds that where and what the span is speaks against it."""
    text = passage.text
    return (
        _PROMPTED_PENALTY * is_prompted(question, text, span)
        + _DATELINE_PENALTY * is_in_dateline(text, span)
        + NO_FIGURE_PENALTY * lacks_figure(question, text[span.start : span.end])
        + _PLACE_PENALTY * is_place_for_person(question, text, span)
        + _COUNTED_PENALTY * is_counted_from_event(question, text, span)
        + _EDITION_PENALTY * is_of_other_edition(question, text, span)
        + _NOT_ASSERTED_PENALTY * is_not_asserted(question, text, span)
        + _NO_WINNER_PENALTY * is_no_winner(question, text, span, reported_years(passage.article))
    )


def _with_rules(
    question: str,
    candidates: list[Candidate],
    articles: Mapping[str, Article],
    reader: PassageReader,
) -> list[Candidate]:
    """`candidates` with what rules find: of persons, of the dates of events."""
    of = [articles[each.hit.passage.article] for each in candidates]
    if (request := parse_person_request(question)) is not None:

        def read(sentences: Sequence[str], of: Sequence[Article]) -> Sequence[SpanReading]:
            return reader.read(question, sentences, [record_prefix(each) for each in of])

        sources = [
            Source(each.hit.passage, article, each.evidence.text)
            for each, article in zip(candidates, of, strict=True)
        ]
        candidates = with_findings(candidates, judge_findings(request, sources, read))
    if (dates := parse_date_request(question)) is not None:
        pairs = zip(candidates, of, strict=True)
        candidates = [with_date(each, dates, article) for each, article in pairs]
    return candidates


def _signals_of_order(
    order: Sequence[int], scores: Sequence[float], candidates: Sequence[Candidate]
) -> dict[str, float]:
    """How the best candidate stands among the others."""
    best, score = candidates[order[0]], scores[order[0]]
    others = [scores[n] for n in order[1:] if not candidates[n].says.agrees(best.says)]
    return {
        "score": score,
        "fused_rank": math.log(order[0] + 1),
        "lead": min(_NO_LEAD, score - others[0]) if others else _NO_LEAD,
        "witnesses": float(min(MOST_WITNESSES, len(witnesses_of(best, candidates)))),
    }
