"""Sums, differences, days between two events, and which of two is more or came first.

In:  a `Material` whose question `rag.grounding.composition.arithmetic.query` takes.
Out: a `Composition`: the calculation in figures ("41 − 33 = 8 seats."), citing every operand, then
     the sentences that state the operands, quoted; or None.
Left to others: the operands (`rag.grounding.composition.arithmetic.operands`), units
(`rag.grounding.composition.arithmetic.quantities`).

All arithmetic is done here, exactly. None, and so a plain quotation or a refusal, where an operand
is not certain; where both rest on the same words; where the units are not of one system, or a count
is asked for and a measure stated; and where the outcome is the opposite of what the question takes
for granted. Where an article states the outcome itself, it is not calculated: that sentence answers
a comparison, and any other question has it from the quotation of its best sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.composition.arithmetic.operands import Term, days_of, find_date, find_quantity
from rag.grounding.composition.arithmetic.quantities import (
    Quantity,
    Unit,
    format_quantity,
    in_one_unit,
    in_unit,
    quantities_in,
    unit_by_name,
)
from rag.grounding.composition.arithmetic.query import CalculationQuery, parse_calculation
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.quotations import Quoted, compose_quotations
from rag.grounding.rendering import as_extractive
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.dates import format_date
from rag.text.names import extract_names, mentions
from rag.types import Evidence, Sentence

_COMPARED = re.compile(
    r"\W+(?:\w+ ){0,2}?(?:more|fewer|less|longer|shorter|higher|lower|older|younger|larger|smaller|"
    r"heavier|lighter|taller|deeper|wider|earlier|later|faster|slower|ahead|clear)\b",
    re.I,
)
_BY = re.compile(r"\bby (?:about |some |almost |nearly )?[$€£]?$", re.I)
_TOGETHER = re.compile(r"\b(?:total|together|altogether|combined|in all|all told|sum)\b", re.I)
_TO = re.compile(r"(?:\W+\w+)? (?:to|against) ", re.I)
_YES = r"(?:in favou?r|for|ayes?|yes|approved|backed|supported)\b"
_NO = r"(?:against|opposed|noes|nays|no)\b"
_VOTERS = r"\W+(?:(?:of (?:the |its |them )?)?\w+ )??(?:(?:was|were|had|said|cast|voted|votes?) )*"
_FOR, _AGAINST = (re.compile(_VOTERS + side, re.I) for side in (_YES, _NO))
_FOR_SIDE, _AGAINST_SIDE = (re.compile(rf"\b{side}", re.I) for side in (_YES, _NO))
_VOTE = re.compile(r"\b(?:vote[sd]?|members|favou?r|against|yes|no|ayes|noes)\b", re.I)
_ACCEPTED = re.compile(
    r"\b(?:accept|adopt|agreed|approv|back(?:ed|s)\b|carried|endors|in favou?r|pass(?:ed|es)\b|"
    r"ratif|support|voted [^.;]*\bfor\b)",
    re.I,
)
_REJECTED = re.compile(
    r"\b(?:against the|against (?:a|an|any|its|his|her|their)\b|block|defeat|fail|los[et]|not\b|"
    r"oppos|overturn|refus|reject|short of|threw out|thrown out|(?:turn|vote)(?:d|ed|s)? down|veto|"
    r"voted [^.;]*\bagainst\b)|n['’]t\b",
    re.I,
)
_OF_SPEED = ("speed", "speed in miles", "time")  # dimensions in which it is told how fast
_TOO_CLOSE = Decimal("0.1")  # share by which what is only about right must differ


def compose_calculation(material: Material) -> Composition | None:
    """The outcome of what the question wants calculated, with its operands quoted."""
    query = parse_calculation(material.plan.question)
    if query is None:
        return None
    if _is_stated(query, material):
        return _quotation(material) if material.plan.question_type == "comparison" else None
    find = find_date if query.asks_time else find_quantity
    operands = []
    for operand in query.operands:
        if (term := find(material, operand)) is None:
            break
        operands.append(term)
    if (
        len(operands) < len(query.operands)
        or _share_words(operands)
        or not _are_about_their_own(operands)
        or _ages_differ(operands, material)
    ):
        operands = _operands_in_one_sentence(query, material)
    text = _calculate(query, operands) if operands else None
    return None if text is None else _composition(text, operands, material)


def _calculate(query: CalculationQuery, operands: Sequence[Term]) -> str | None:
    """The calculation in words and figures, where there is one."""
    match query.operation:
        case "difference":
            return _difference(query, operands)
        case "sum":
            return _sum(query, operands)
        case "days":
            return _time_between(query, operands)
        case "earliest" | "latest":
            return _first_or_last(query, operands)
        case _:
            return _more_or_less(query, operands)


def _difference(query: CalculationQuery, operands: Sequence[Term]) -> str | None:
    """ "41 − 33 = 8 seats."; None where it is not above 0, or none that the question means."""
    one, other = _quantities(operands)
    if query.reversed != _is_speed_by_time(operands):
        one, other = other, one
    pair = _comparable(operands, one, other)
    if pair and not query.in_order and pair[0].value < pair[1].value:
        one, other, pair = other, one, pair[::-1]
    if pair is None or pair[0].value <= pair[1].value:
        return None
    result = _result(query, pair[0].value - pair[1].value, pair, _unit_of_difference(pair[0].unit))
    return result and f"{_figures(one)} − {_figures(other)} = {result}."


def _sum(query: CalculationQuery, operands: Sequence[Term]) -> str | None:
    one, other = _quantities(operands)
    pair = _comparable(operands, one, other)
    if pair is None:
        return None
    result = _result(query, pair[0].value + pair[1].value, pair, pair[0].unit)
    return result and f"{_figures(one)} + {_figures(other)} = {result}."


def _result(
    query: CalculationQuery,
    value: Decimal,
    pair: tuple[Quantity, Quantity],
    unit: Unit | None,
) -> str | None:
    """`value` in `unit`, or in the one asked for where that is exact; `pair` is what it is of."""
    about = "about " if pair[0].about or pair[1].about else ""
    if query.unit is not None and (unit is None or unit.dimension != query.unit.dimension):
        return None
    result = Quantity(value, unit, min(each.scale for each in pair))
    if query.unit is not None:
        wanted = in_unit(result, query.unit)
        result = wanted if wanted.value == round(wanted.value, 3) else result
    counted = f" {query.counted}" if unit is None and query.counted else ""
    return f"{about}{format_quantity(result)}{counted}"


def _more_or_less(query: CalculationQuery, operands: Sequence[Term]) -> str | None:
    """ "The Greens: 41 seats, against 33 for the Left."."""
    one, other = _quantities(operands)
    pair = _comparable(operands, one, other)
    if pair is None:
        return None
    values = [each.value for each in pair]
    apart = abs(values[0] - values[1])
    if (one.about or other.about) and apart <= _TOO_CLOSE * max(map(abs, values)):
        return None
    if not apart:
        return f"The same for both: {_figures(one)}."
    is_most = (query.operation == "most") != _is_speed_by_time(operands)
    best = values.index(max(values) if is_most else min(values))
    counted = f" {query.counted}" if one.unit is None and query.counted else ""
    labels = [each.operand.label for each in operands]
    figures = [_figures(each) for each in (one, other)]
    return (
        f"{_capital(labels[best])}: {figures[best]}{counted}, "
        f"against {figures[1 - best]} for {labels[1 - best]}."
    )


def _time_between(query: CalculationQuery, operands: Sequence[Term]) -> str | None:
    """ "From 30 June 2024 to 30 August 2024: 61 days."; None where a day is not known."""
    one, other = (_day(each) for each in operands)
    if one is None or other is None:
        return _calendar_years(query, operands)
    if one == other:
        return None
    if one > other:
        if query.in_order:
            return None
        one, other = other, one
    span = f"From {format_date(one.isoformat())} to {format_date(other.isoformat())}"
    return f"{span}: {_duration(one, other, query.unit.plural if query.unit else 'days')}."


def _calendar_years(query: CalculationQuery, operands: Sequence[Term]) -> str | None:
    """ "From 1903 to 1988: 85 calendar years."; None where other units were asked for."""
    one, other = operands
    if query.unit is None or query.unit.plural != "years" or not one.date or not other.date:
        return None
    if not query.in_order and (one.date.year or 0) > (other.date.year or 0):
        one, other = other, one
    first, last = (each.date.year if each.date else None for each in (one, other))
    if first is None or last is None or first >= last:
        return None
    years = _counted(last - first, "calendar year")
    return f"From {_date_in_words(one)} to {_date_in_words(other)}: {years}."


def _duration(first: date, last: date, unit: str) -> str:
    """The time from `first` to `last`: in days; also in the unit that was asked for."""
    total = (last - first).days
    days = _counted(total, "day")
    if unit == "weeks":
        return f"{days} = {_listed((total // 7, 'week'), (total % 7, 'day'))}"
    if unit not in ("months", "years"):
        return days
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    rest = (last - _months_later(first, months)).days
    if unit == "months":
        return _listed((months, "month"), (rest, "day"))
    return _listed((months // 12, "year"), (months % 12, "month"), (rest, "day"))


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _first_or_last(query: CalculationQuery, operands: Sequence[Term]) -> str | None:
    """ "The flood: 3 May 2024, against June 2024 for the strike."; None where they overlap."""
    dates = [each.date for each in operands]
    ranges = [days_of(each) for each in dates if each is not None]
    first = next((n for n in (0, 1) if _is_before(ranges[n], ranges[1 - n])), None)
    if first is None:
        return None
    best = first if query.operation == "earliest" else 1 - first
    labels = [each.operand.label for each in operands]
    words = [_date_in_words(each) for each in operands]
    return (
        f"{_capital(labels[best])}: {words[best]}, "
        f"against {words[1 - best]} for {labels[1 - best]}."
    )


def _is_before(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
    return one is not None and other is not None and one[1] < other[0]


def _day(term: Term) -> date | None:
    each = term.date
    days = each and days_of(each)
    return date.fromisoformat(days[0]) if days and days[0] == days[1] else None


def _date_in_words(term: Term) -> str:
    each = term.date
    assert each is not None
    parts = (each.year, each.month, each.day if each.month else None)
    return format_date("-".join(f"{part:02}" for part in parts if part is not None))


def _quantities(operands: Sequence[Term]) -> list[Quantity]:
    return [each.quantity for each in operands if each.quantity is not None]


def _comparable(
    operands: Sequence[Term], one: Quantity, other: Quantity
) -> tuple[Quantity, Quantity] | None:
    """Both in one unit; None where there is none, or they are of no kind that is asked for.

    A share is no count, and what is no speed and no time, or has no unit, says not how fast.
    """
    dimension = one.unit.dimension if one.unit else ""
    if _asks_speed(operands):
        is_wrong = dimension not in _OF_SPEED
    else:
        is_wrong = bool(dimension) and any(_asks_count(each.operand.question) for each in operands)
    return None if is_wrong else in_one_unit(one, other)


def _asks_count(question: str) -> bool:
    """Whether `question` asks how many there are of what is no unit: seats, not metres."""
    counted = re.match(r"How many (\w+)(?: (\w+))?", question)
    if counted is None:
        return False
    words = (counted[1], f"{counted[1]} {counted[2]}")
    return not any(unit_by_name(each) for each in words)


def _unit_of_difference(unit: Unit | None) -> Unit | None:
    """The unit of a difference of two amounts in `unit`: shares differ by percentage points."""
    return unit_by_name("percentage points") if unit and unit.dimension == "share" else unit


def _asks_speed(operands: Sequence[Term]) -> bool:
    return all(each.operand.question.startswith("How fast ") for each in operands)


def _is_speed_by_time(operands: Sequence[Term]) -> bool:
    """Whether a speed is asked for and times are stated, so that less is faster."""
    units = [each.unit for each in _quantities(operands)]
    return _asks_speed(operands) and all(unit and unit.dimension == "time" for unit in units)


def _figures(quantity: Quantity) -> str:
    return f"{'about ' if quantity.about else ''}{format_quantity(quantity)}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(*parts: tuple[int, str]) -> str:
    """ "1 year and 2 months"; what is 0 is left out."""
    words = [_counted(number, noun) for number, noun in parts if number]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _share_words(operands: Sequence[Term]) -> bool:
    """Whether two operands were found in the same words of an article."""
    sources = [each.source for each in operands if each.source]
    return any(
        one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
        for n, one in enumerate(sources)
        for other in sources[:n]
    )


def _are_about_their_own(operands: Sequence[Term]) -> bool:
    """Whether each operand was found where its names are, and in no sentence of another's alone."""
    names = [set(extract_names(f"of {each.operand.label}")) for each in operands]
    for n, each in enumerate(operands):
        others = set().union(*(names[m] for m in range(len(names)) if m != n))
        own, foreign = names[n] - others, others - names[n]
        if each.evidence is None:
            continue
        if not all(mentions(each.context, name) for name in own):
            return False
        named = {name for name in own | foreign if mentions(each.evidence.text, name)}
        if own and named & foreign and not named & own:
            return False
    return True


def _ages_differ(operands: Sequence[Term], material: Material) -> bool:
    """Whether the operands are ages, which hold for a day, in articles of different years."""
    if not all(each.operand.question.startswith("How old ") for each in operands):
        return False
    articles = [material.article_of(each.evidence.article) for each in operands if each.evidence]
    years = {(each.published or "")[:4] for each in articles}
    return len(years) > 1 or "" in years


def _is_stated(query: CalculationQuery, material: Material) -> bool:
    """Whether the best sentence for the whole question states what would be calculated.

    Its article names all operands up to there.
    """
    evidence = material.judgement.evidence
    if not evidence or query.operation not in ("difference", "sum", "days"):
        return False
    if not material.decide(material.judgement).shown:
        return False
    best = evidence[0]
    article = material.article_of(best.article)
    before = f"{article.title}\n{article.text[: best.end]}"
    names = (name for each in query.operands for name in extract_names(f"of {each.label}"))
    if not all(mentions(before, name) for name in names):
        return False
    if query.operation == "sum":
        return bool(_TOGETHER.search(best.text))
    return any(
        _COMPARED.match(best.text, each.end)
        or (_BY.search(best.text[: each.start]) and not _TO.match(best.text, each.end))
        for each in _answering_quantities(best)
    )


def _quotation(material: Material) -> Composition:
    """The best sentence for the whole question, quoted."""
    quoted = Quoted(material.judgement.evidence[0])
    confidence = material.decide(material.judgement).confidence
    return compose_quotations([quoted], material.article_of, confidence)


def _answering_quantities(evidence: Evidence) -> list[Quantity]:
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    return [each for each in quantities_in(evidence.text) if each.start < end and each.end > start]


def _operands_in_one_sentence(query: CalculationQuery, material: Material) -> list[Term]:
    """Votes for and against that one sentence states: "carried by 611 votes to 148"; else none.

    Each goes to the operand of its side.
    """
    judgement, question = material.judgement, material.plan.question
    verdict = material.decide(judgement)
    if query.operation != "difference" or not verdict.shown or not _VOTE.search(question):
        return []
    best = judgement.evidence[0]
    text, quantities = best.text, quantities_in(best.text)
    if len(quantities) != 2 or any(each.unit or each.about for each in quantities):
        return []
    one, other = quantities
    is_accepted = _ACCEPTED.search(text) and not _REJECTED.search(text)
    is_score = _TO.fullmatch(text, one.end, other.start) and is_accepted
    if not is_score and not (_FOR.match(text, one.end) and _AGAINST.match(text, other.end)):
        return []
    by_side = {"for": one, "against": other}
    sides = [_side(each.label) for each in query.operands]
    if set(sides) != set(by_side):
        return []
    return [
        Term(operand, by_side[side], None, best, verdict.confidence)
        for operand, side in zip(query.operands, sides, strict=True)
        if side
    ]


def _side(label: str) -> Literal["for", "against"] | None:
    """On which side of a vote the operand called `label` is."""
    is_for, is_against = (bool(each.search(label)) for each in (_FOR_SIDE, _AGAINST_SIDE))
    if is_for == is_against:
        return None
    return "for" if is_for else "against"


def _composition(text: str, operands: Sequence[Term], material: Material) -> Composition:
    """`text`, citing all operands, and behind it the sentences that state them."""
    evidence = _widest([each.evidence for each in operands if each.evidence is not None])
    citations = tuple(
        make_citation(number, material.article_of(each.article), each.start, each.end)
        for number, each in enumerate(evidence, 1)
    )
    numbers = tuple(each.number for each in citations)
    quoted = as_extractive(CitedDraft(citations=citations)).sentences
    confidences = [each.confidence for each in operands if each.confidence is not None]
    return Composition(
        (Sentence(strip_nested_citation_marks(text), numbers, supported=True), *quoted),
        citations,
        evidence,
        min(confidences, default=None),
    )


def _widest(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """`evidence` without what stands in the quote of another."""
    quotes = {(each.article, each.start, each.end): each for each in evidence}
    return tuple(
        each
        for place, each in quotes.items()
        if not any(
            place != other
            and place[0] == other[0]
            and other[1] <= place[1]
            and place[2] <= other[2]
            for other in quotes
        )
    )
