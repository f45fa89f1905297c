"""What is calculated with: a quantity or a date, and the sentence that states it.

    find_quantity(material, operand)  ->  `Term`, or None where it is not certain
    find_date(material, operand)      ->  the same with a date

In:  the question of an operand (`rag.grounding.composition.arithmetic.query`), a `Material`.
Out: a value with its evidence; no evidence where the question itself states the date.
Left to others: what is calculated (`rag.grounding.composition.arithmetic.calculation`).

A value is certain enough where its evidence would be shown as an answer and is surer than that
alone asks, the article has all names of the operand's question, the words that answer hold one
quantity alone, and no other article is judged to answer almost as well with another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.grounding.composition.arithmetic.quantities import (
    Quantity,
    changes_in,
    quantities_in,
)
from rag.grounding.composition.arithmetic.query import CalculationQuery, Operand
from rag.grounding.composition.material import Material
from rag.retrieval.evidence.judgement import Judgement, judge_passages
from rag.retrieval.search import RetrievalResult
from rag.text.dates.forms import date_range, parse_date, resolve_relative_dates
from rag.text.dates.partial import PartialDate, stated_date
from rag.text.dates.relative import resolve_days
from rag.text.dates.years import accordance
from rag.text.names import extract_names
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, Evidence

_LEAST_SCORE = 1.0  # log odds: all operands must be right for the outcome to be
_CORROBORATION = 1.5  # log odds, of the same amount of another year beside it
_SURE_SCORE = 3.0  # log odds from which an event may be told of in other words
_SENTENCES_BEFORE = 2  # that may say whom a sentence is about
_RIVAL_MAY_SCORE_LESS = 3.0  # log odds
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_TO_COME = re.compile(
    r"\b(?:will|(?:is|are|due|going|set) to|goes|go|rises?|increases?|falls?|drops?|climbs?)\b"
)
_NEW_YEAR = re.compile(
    r"\bnext year\b|\b(?:on|from|as of|in|at|with) (?:(?:the )?1(?:st)? (?:of )?)?January\b"
    r"|\bJanuary 1(?:st)?\b|\bnew year\b",
    re.I,
)
_COUNTED = re.compile(r"^How many \w+ ")  # which stands behind the whole as well
_PARTITIVE = re.compile(r"\b(?:out )?of (?:the |all |about |some )*$", re.I)
_OF_RETRIEVAL = ("cosine", "coverage")
_PLANNED = re.compile(
    r"\b(?:will|shall|is to|are to|was to|were to|due|plan(?:s|ned)?|going to|would|next|set for|"
    r"expected|scheduled|supposed|put off|postponed|delayed|until|no later than)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Term:
    """The quantity or the date of `operand`; `evidence` states it, with `confidence` 0 to 1.

    `context` is the headline of its article, the two sentences before, and its own.
    """

    operand: Operand
    quantity: Quantity | None = None
    date: PartialDate | None = None
    evidence: Evidence | None = None
    confidence: float | None = None
    context: str = ""

    @property
    def source(self) -> tuple[str, int, int] | None:
        """The words that answer: the article, and their span in it."""
        each = self.evidence
        return None if each is None else (each.article, each.answer_start, each.answer_end)


def find_quantity(material: Material, operand: Operand) -> Term | None:
    """The quantity that `operand` asks for."""
    judgement = material.judge(operand.question)
    term = _certain(material, operand, judgement)
    if term is None and not extract_names(f"of {operand.label}"):
        judgement = _among_hits(material, operand)
        term = _certain(material, operand, judgement)
    return _with_quantity(term, judgement, operand)


def find_beside(material: Material, operand: Operand, other: Term) -> Term | None:
    """The quantity of a year that is certain beside `other`, that of another year.

    It is asked for in the same words, found where its year is known, and of the same kind.
    """
    if not _YEAR.fullmatch(operand.label) or other.quantity is None:
        return None
    judgement = material.judge(operand.question)
    score = judgement.signals.get("score", 0.0) + _CORROBORATION
    signals = {**judgement.signals, "score": score}
    term = _certain(material, operand, replace(judgement, signals=signals))
    if term is None or term.evidence is None:
        return None
    article = material.article_of(term.evidence.article)
    result = _with_quantity(term, judgement, operand)
    if accordance({operand.label}, term.evidence.text, "", article) != 1 or result is None:
        return None
    assert result.quantity is not None
    return result if result.quantity.comparable(other.quantity) else None


def _with_quantity(term: Term | None, judgement: Judgement, operand: Operand) -> Term | None:
    """`term` with the only quantity of its words, if no other article gives another."""
    if term is None or term.evidence is None:
        return None
    best = term.evidence
    quantity = quantity_of(best, operand.label)
    if quantity is None or _has_rival(judgement, quantity, operand):
        return None
    quantity = _told_of_what_is_asked(quantity, best.text, operand.question)
    span = best.start + quantity.start, best.start + quantity.end
    evidence = replace(best, answer_start=span[0], answer_end=span[1])
    return replace(term, quantity=quantity, evidence=evidence)


def find_date(material: Material, operand: Operand) -> Term | None:
    """The date that `operand` asks for; its year is known."""
    if stated := parse_date(operand.label):
        return Term(operand, date=stated_date(stated))
    judgement = material.judge(operand.question)
    term = _certain(material, operand, judgement)
    if term is None or term.evidence is None or not _tells_of_event(term):
        return None
    date = date_of(term.evidence, material.article_of(term.evidence.article))
    if date is None or date.year is None or _has_other_date(judgement, date, material):
        return None
    return replace(term, date=date)


def find_change(material: Material, query: CalculationQuery) -> list[Term]:
    """What one sentence states for two years in a row: "grew to 140 from 128"; else none.

    It is the sentence that answers for the later year, and is of that year; or one of the earlier
    year that tells of what is to come: "goes up from 128 to 140 on 1 January". So is a first and a
    final figure that one sentence sets against each other.
    """
    labels = [each.label for each in query.operands]
    if query.is_of_first:
        return _from_first_to_final(material, query)
    years = sorted(int(each) for each in labels if _YEAR.fullmatch(each))
    if len(years) != len(labels) or years[-1] - years[0] != 1 or query.asks_time:
        return []
    earlier, later = (
        next(each for each in query.operands if each.label == str(year)) for year in years
    )
    term, pair = _change_for(material, later)
    if term is None:
        term, pair = _change_for(material, earlier)
        if term is None or not _takes_effect_next_year(term, material):
            return []
    if pair is None:
        return []
    values = {later.label: pair[0]}
    return [
        replace(term, operand=each, quantity=values.get(each.label, pair[1]))
        for each in query.operands
    ]


def _from_first_to_final(material: Material, query: CalculationQuery) -> list[Term]:
    """What the sentence with the final figure has it instead of: "6 million instead of 4"."""
    final, first = query.operands
    term = _certain(material, final, material.judge(final.question))
    pair = _change_in_answer(term.evidence) if term and term.evidence else None
    if term is None or pair is None:
        return []
    return [
        replace(term, operand=each, quantity=quantity)
        for each, quantity in zip((final, first), pair, strict=True)
    ]


def _change_for(
    material: Material, operand: Operand
) -> tuple[Term | None, tuple[Quantity, Quantity] | None]:
    """The sentence of the year of `operand` that answers for it, and what changed by its words."""
    term = _certain(material, operand, material.judge(operand.question))
    if term is None or term.evidence is None:
        return None, None
    article = material.article_of(term.evidence.article)
    if accordance({operand.label}, term.evidence.text, "", article) != 1:
        return None, None
    return term, _change_in_answer(term.evidence)


def _change_in_answer(evidence: Evidence) -> tuple[Quantity, Quantity] | None:
    """What is and what was, where the words that answer tell of one change alone."""
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    pairs = [
        pair
        for pair in changes_in(evidence.text)
        if any(each.start < end and start < each.end for each in pair)
    ]
    return pairs[0] if len(pairs) == 1 else None


def _takes_effect_next_year(term: Term, material: Material) -> bool:
    """Whether the sentence tells of a change that is to come with the year after publication."""
    assert term.evidence is not None
    published = material.article_of(term.evidence.article).published or ""
    is_january = published[5:7] in ("", "01")
    return bool(
        _TO_COME.search(term.evidence.text) and _NEW_YEAR.search(term.evidence.text)
    ) and not (is_january and not re.search(r"next year", term.evidence.text, re.I))


def _told_of_what_is_asked(quantity: Quantity, text: str, question: str) -> Quantity:
    """`quantity`, or that of the same kind behind which alone a word of `question` stands.

    "Of 29 boats only 22 got to the finish" tells of 22 what "How many boats finished?" asks.
    """
    alike = [each for each in quantities_in(text) if each.comparable(quantity)]
    ends = [*(each.start for each in alike[1:]), len(text)]
    behind = [text[each.end : end] for each, end in zip(alike, ends, strict=True)]
    predicate = _COUNTED.sub("", question)
    wanted, *clauses = (frozenset(each) for each in stem_tokens([predicate, *behind]))
    shared = [wanted & each for each in clauses]
    own = [
        each
        for n, each in enumerate(alike)
        if shared[n] - frozenset().union(*shared[:n], *shared[n + 1 :])
    ]
    return own[0] if len(own) == 1 and len(alike) > 1 and _is_part(alike, text) else quantity


def _is_part(alike: list[Quantity], text: str) -> bool:
    """Whether the first of two amounts is that of which the other is a part: "Of 29 boats 22"."""
    return len(alike) == 2 and bool(_PARTITIVE.search(text[: alike[0].start]))


def quantity_of(evidence: Evidence, label: str) -> Quantity | None:
    """The only quantity in the words that answer, or of several that right behind `label`.

    "The Greens won 41 and the Left 33" has one for each of them. None where that does not tell.
    """
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    inside = [
        each for each in quantities_in(evidence.text) if each.start < end and each.end > start
    ]
    if len(inside) > 1:
        behind = re.compile(rf"(?<!\w){re.escape(label)}(?: \w+)? $", re.I)
        inside = [each for each in inside if behind.search(evidence.text[: each.start])]
    return inside[0] if len(inside) == 1 else None


def date_of(evidence: Evidence, article: Article) -> PartialDate | None:
    """The date that the words that answer state or mean by the day of publication.

    None where the sentence tells of what was planned.
    """
    if _PLANNED.search(evidence.text):
        return None
    stated = stated_date(evidence.answer)
    if stated is not None and stated.year is not None:
        return stated
    published = article.published
    if stated is not None and stated.month is not None:
        meant = stated_date(resolve_relative_dates(evidence.answer, published))
        return meant and PartialDate(meant.year, meant.month, stated.day)
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    days = [
        each.day
        for each in resolve_days(evidence.text, published)
        if each.start < end and each.end > start
    ]
    if len(set(days)) == 1:
        return PartialDate(days[0].year, days[0].month, days[0].day)
    return stated_date(resolve_relative_dates(evidence.answer, published))


def days_of(date: PartialDate) -> tuple[str, str] | None:
    """The first and the last day, ISO 8601, that `date` may be."""
    parts = (date.year, date.month, date.day if date.month else None)
    iso = "-".join(f"{each:02}" for each in parts if each is not None)
    days = date_range(iso)
    return days and (days[0].isoformat(), days[1].isoformat())


def _among_hits(material: Material, operand: Operand) -> Judgement:
    """The passages of the whole question, judged for `operand`: "the old record" names nothing."""
    hits = material.judgement.hits
    cosine, coverage = (material.judgement.signals.get(each, 0.0) for each in _OF_RETRIEVAL)
    result = RetrievalResult(hits, {}, cosine, coverage)
    return judge_passages(operand.question, result, material.reader, material.article_of)


def _certain(material: Material, operand: Operand, judgement: Judgement) -> Term | None:
    """The best evidence for `operand`, without a value yet, where it would be shown."""
    if not judgement.evidence or judgement.contradicted:
        return None
    verdict = material.decide(judgement)
    best = judgement.evidence[0]
    if (
        not verdict.shown
        or best.score < _LEAST_SCORE
        or judgement.signals.get("missing_names", 0.0) > 0
    ):
        return None
    article = material.article_of(best.article)
    before = sentence_spans(article.text[: best.start])[-_SENTENCES_BEFORE:]
    start = before[0][0] if before else best.start
    context = f"{article.title}\n{article.text[start : best.end]}"
    return Term(operand, None, None, best, verdict.confidence, context)


def _tells_of_event(term: Term) -> bool:
    """Whether a sentence that is not very sure has a word of the event that is no name."""
    assert term.evidence is not None
    label = term.operand.label
    for name in extract_names(f"of {label}"):
        label = label.replace(name, " ")
    event, context = (frozenset(each) for each in stem_tokens([label, term.context]))
    return term.evidence.score >= _SURE_SCORE or bool(event & context)


def _near(judgement: Judgement) -> list[Evidence]:
    """Evidence of other articles that is judged to answer almost as well as the best."""
    best, *others = judgement.evidence
    least = max(0.0, best.score - _RIVAL_MAY_SCORE_LESS)
    return [each for each in others if each.score > least and each.article != best.article]


def _has_rival(judgement: Judgement, quantity: Quantity, operand: Operand) -> bool:
    others = filter(None, (quantity_of(each, operand.label) for each in _near(judgement)))
    return any(each.comparable(quantity) and not each.same_amount(quantity) for each in others)


def _has_other_date(judgement: Judgement, date: PartialDate, material: Material) -> bool:
    others = (date_of(each, material.article_of(each.article)) for each in _near(judgement))
    return any(each is not None and not each.agrees(date) for each in others)
