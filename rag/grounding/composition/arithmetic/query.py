"""What a question wants calculated, and the questions whose answers it is calculated from.

    parse_calculation(question)  ->  `CalculationQuery`, or None

In:  a self-contained question. Out: the operation and its operands, each a question of its own:

    How many more boats came in 2022 than in 2018? difference   How many boats came in 2022? …
    How many more seats did Aas win than Lund?     difference   How many seats did Aas win? …
    By how much does A exceed B?                   difference
    How much higher is A than B?                   difference   How high is A? …
    Which is longer, A or B?                       most         How long is A? …
    Who opened first, A or B?                      earliest     When has A opened? …
    How many days passed between A and B?          days         When was A? …
    What is the total of A and B?                  sum          How much is A? …

Left to others: two years of one thing (`rag.grounding.composition.arithmetic.contrast`), answering
them (`rag.grounding.composition.arithmetic.calculation`). Pure functions.

A small grammar: a question that it does not take to the last word has no calculation. The
questions for the operands are read by a model alone, so their word order need not be idiomatic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rag.grounding.composition.arithmetic.contrast import Contrast, parse_contrast
from rag.grounding.composition.arithmetic.phrases import (
    ADJECTIVE,
    AUX,
    DETERMINER,
    PREPOSITION,
    YEAR,
    base_form,
    cost_word,
    how_is,
    in_place_of_subject,
    label_of,
    split_subject,
    subject_of,
    term_question,
    that_of,
    when_question,
    with_name_of,
    with_other_time,
)
from rag.grounding.composition.arithmetic.quantities import Unit, unit_by_name

Operation = Literal["difference", "sum", "most", "least", "days", "earliest", "latest"]

_LESS = frozenset(
    [
        *("shorter", "shortest", "lower", "lowest", "younger", "youngest", "lighter", "lightest"),
        *("smaller", "smallest", "shallower", "narrower", "slower", "nearer", "closer", "cheaper"),
        *("cheapest", "less expensive", "less costly", "less", "fewer", "least", "fewest"),
    ]
)
_MORE = r"(?:more|fewer|less)"
_EXCEED = (
    r"(?:exceed|beat|outnumber|surpass|outweigh|outscore|outsell|outvote|undercut|top|defeat|"
    r"miss|fall short of|lose to|overshoot|overrun|outdo|outstrip)"
)
_BEHIND = r"undercut|miss|fall short of|lose to"
_MEASURES = {
    **{"age": "old", "height": "high", "length": "long", "weight": "heavy", "size": "large"},
    **{"depth": "deep", "width": "wide", "speed": "fast"},
}
_TIME_UNIT = r"days|weeks|months|years"
_SUM_WORDS = r"(?:together|in total|in all|altogether|combined|all told|taken together)"
_EARLY = r"(?:first|earlier|sooner|before)"
_LATE = r"(?:last|later|after)"
_MASS_NOUNS = (
    r"(?:money|time|rain|snow|water|oil|food|energy|power|land|space|profit|income|revenue|weight|"
    r"debt|waste|traffic|damage|aid|tax|pay)"
)
_FIGURE = r"(?:amount|bill|budget|cost|estimate|figure|forecast|price|quote|sum)"
_FIRST_FIGURE = (
    rf"(?:(?:first|original|initial|planned|early|earlier) (?:\w+ )?{_FIGURE}"
    rf"|{_FIGURE} (?:that was )?(?:first|originally|initially|at first) \w+)(?: (?:for|of) .+?)?"
)
_PRONOUN = re.compile(r"\b(?:it|he|she|they|him|them)\b", re.I)
_NOUN_FIRST = re.compile(rf"\b(how many) (\w+) ({_MORE})\b", re.I)
_THAN_FIRST = re.compile(
    rf"(how many {_MORE} (?:\w+ )+?)(than (?:{DETERMINER} |[A-ZÀ-Þ]).+?) ({AUX} .+)", re.I
)
_COMPARED_TO = re.compile(
    r",? (?:(?:as )?compared (?:with|to)|in comparison (?:with|to)|as (?:against|opposed to)|"
    r"versus)(?= \w)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Operand:
    """A question for a quantity or a date, and how the question calls what has it."""

    label: str
    question: str


@dataclass(frozen=True, slots=True)
class CalculationQuery:
    """What is to be calculated from the answers to `operands`.

    `counted` is what numbers without a unit count ("votes"), `unit` the unit that was asked for.
    `reversed`: a difference is that of the second less the first ("fewer"). `in_order`: the
    question takes for granted which operand is more, or later. `is_of_first`: the second operand
    is what was named at first for the first one.
    """

    operation: Operation
    operands: tuple[Operand, ...]
    counted: str = ""
    unit: Unit | None = None
    reversed: bool = False
    in_order: bool = True
    is_of_first: bool = False

    @property
    def asks_time(self) -> bool:
        """Whether the operands are days."""
        return self.operation in ("days", "earliest", "latest")


def parse_calculation(question: str) -> CalculationQuery | None:
    """What `question` wants calculated; None where the grammar does not take it."""
    text = " ".join(question.split()).strip(" ?.!")
    if contrast := parse_contrast(text):
        return _of_years(contrast)
    text = _in_usual_order(_COMPARED_TO.sub(" than", text))
    for form, build in _FORMS:
        if (match := form.fullmatch(text)) and (query := build(match)):
            pronoun = any(_PRONOUN.search(each.question) for each in query.operands)
            return None if pronoun else query
    return None


def _in_usual_order(text: str) -> str:
    """ "How many more seats did A win than B" of "How many seats more than B did A win"."""
    text = _NOUN_FIRST.sub(r"\1 \3 \2", text)
    moved = _THAN_FIRST.fullmatch(text)
    is_name = moved and re.match(rf"than (?:{DETERMINER} )?[^a-z]|than {DETERMINER} ", moved[2])
    return f"{moved[1]}{moved[3]} {moved[2]}" if moved and is_name else text


def _of_years(contrast: Contrast) -> CalculationQuery:
    """The comparison of one thing in two years."""
    operands = tuple(Operand(year, contrast.question(year)) for year in contrast.years)
    counted = re.match(r"How many (\w+)", contrast.body)
    unit = unit_by_name(counted[1]) if counted else None
    noun = counted[1] if counted and unit is None else ""
    is_less = contrast.is_less
    return CalculationQuery(
        contrast.operation, operands, noun, unit, bool(is_less), is_less is not None
    )


def _difference_of_counts(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many more seats did Aas win than Lund?"."""
    noun, rest, other = (match[name].strip() for name in ("noun", "rest", "other"))
    aux = match["aux"]
    much = match["much"].lower()
    how = f"How {much} {noun}".rstrip()
    second = in_place_of_subject(rest, other)
    if second is None:
        return None
    labels = label_of(rest, other), subject_of(other)
    first = f"{how} {aux} {rest}?"
    operands = (Operand(labels[0], first), Operand(labels[1], f"{how} {aux} {second}?"))
    unit = unit_by_name(noun)
    counted = noun if much == "many" and unit is None else ""
    return CalculationQuery("difference", operands, counted, unit, match["more"].lower() != "more")


def _difference_of_nouns(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many more men than women were hurt?"."""
    how, rest = f"How {match['much']}", f"{match['aux']} {match['rest']}?"
    operands = tuple(
        Operand(match[name], f"{how} {match[name]} {rest}") for name in ("noun", "other")
    )
    return CalculationQuery("difference", operands, reversed=match["more"].lower() != "more")


def _difference_of_times(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many more boats came in May than in June?"."""
    body, other = match["body"], match["other"]
    second = with_other_time(body, other)
    if second is None:
        return None
    much = match["much"]
    operands = (
        Operand(label_of(body, other), f"How {much} {body}?"),
        Operand(other, f"How {much} {second}?"),
    )
    return CalculationQuery("difference", operands, reversed=match["more"].lower() != "more")


def _difference_of_measures(match: re.Match[str]) -> CalculationQuery | None:
    """ "How much higher is the tower than the mast?"; also by a unit: "How many metres higher"."""
    adjective, unit = match["adjective"].lower(), unit_by_name(match["unit"] or "")
    if match["unit"] and unit is None:
        return None
    operands = tuple(
        Operand(each, f"{how_is(adjective, match['aux'])} {each}{cost_word(adjective)}?")
        for each in (match["one"], that_of(match["one"], match["other"]))
    )
    return CalculationQuery("difference", operands, "", unit, adjective in _LESS)


def _difference_of_terms(match: re.Match[str]) -> CalculationQuery | None:
    """ "By how many votes did the yes exceed the no?"."""
    noun, one = match["noun"] or "", match["one"]
    unit, other = unit_by_name(noun), that_of(one, match["other"])
    operands = tuple(Operand(each, term_question(each, noun, unit)) for each in (one, other))
    is_less = rf"{_BEHIND}|beat|surpass|top" if unit and unit.dimension == "time" else _BEHIND
    is_reversed = re.fullmatch(is_less, match["verb"], re.I) is not None
    return CalculationQuery("difference", operands, "" if unit else noun, unit, is_reversed)


def _difference_from_first(match: re.Match[str]) -> CalculationQuery | None:
    """ "How far above the first estimate was the final bill for the quay?"."""
    first, final, unit = match["first"], match["final"], unit_by_name(match["unit"] or "")
    if match["unit"] and unit is None:
        return None
    matter = re.search(r" (?:for|of) .+", final)
    of = "" if matter is None or re.search(r" (?:for|of) ", first) else matter[0]
    operands = (
        Operand(final, f"How much {match['aux'].lower()} {final}?"),
        Operand(first, f"How much was {first}{of}?"),
    )
    is_less = match["over"].lower() in ("below", "under", "less than", "lower than")
    return CalculationQuery("difference", operands, "", unit, is_less, is_of_first=True)


def _difference_between(match: re.Match[str]) -> CalculationQuery | None:
    """ "What is the difference between A and B?", also of a measure: "the age difference"."""
    measure = (match["measure"] or match["of"] or "").lower()
    one, other = match["one"], that_of(match["one"], match["other"])
    how = _MEASURES.get(measure)
    operands = tuple(
        Operand(
            each,
            f"How {how} is {each}?"
            if how
            else f"What {measure} did {each} have?"
            if measure
            else term_question(each, "", None),
        )
        for each in (one, other)
    )
    return CalculationQuery("difference", operands, in_order=False)


def _days_between(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many days passed between A and B?", "How long after A did B happen?"."""
    unit = unit_by_name(match["unit"] or "days")
    one, other = match["one"], with_name_of(match["one"], match["other"])
    operands = tuple(Operand(each, when_question(each)) for each in (one, other))
    return CalculationQuery("days", operands, unit=unit, in_order=False)


def _days_after(match: re.Match[str]) -> CalculationQuery | None:
    one, event = match["one"], match["event"]
    if of := re.fullmatch(r"the \w+ of (?P<whom>.+)", one):  # "the end of the strike did it"
        event = re.sub(r"^(?:it|he|she|they)\b", of["whom"].replace("\\", ""), event)
    question = f"When {match['aux']} {event}?"
    operands = (Operand(one, when_question(one)), Operand(event, question))
    if match["order"].lower() == "before":
        operands = operands[::-1]
    unit = unit_by_name(match["unit"] or "days")
    return CalculationQuery("days", operands, unit=unit)


def _which(match: re.Match[str]) -> CalculationQuery | None:
    """ "Which is longer, A or B?", "Who won more seats, A or B?", "Which came first, A or B?"."""
    body, labels = match["body"].strip(), (match["one"], match["other"])
    for form, build in _WHICH_FORMS:
        if parts := form.fullmatch(body):
            return build(parts, labels)
    return None


def _which_measure(parts: re.Match[str], labels: tuple[str, str]) -> CalculationQuery | None:
    adjective = parts["adjective"].lower()
    aux = parts["aux"] or "is"
    operands = tuple(
        Operand(each, f"{how_is(adjective, aux)} {each}{cost_word(adjective)}?") for each in labels
    )
    return CalculationQuery("least" if adjective in _LESS else "most", operands)


def _which_count(parts: re.Match[str], labels: tuple[str, str]) -> CalculationQuery | None:
    noun, verb, rest = parts["noun"] or "", parts["verb"].lower(), parts["rest"] or ""
    much = "much" if not noun or re.fullmatch(_MASS_NOUNS, noun, re.I) else "many"
    how = f"How {much} {noun}".rstrip()
    operands = tuple(
        Operand(
            each,
            f"{how} were there in {each}{rest}?"
            if re.fullmatch(YEAR, each)
            else f"{how} did {each} {base_form(verb)}{rest}?",
        )
        for each in labels
    )
    least = parts["more"].lower() in _LESS
    counted = noun if much == "many" else ""
    return CalculationQuery("least" if least else "most", operands, counted)


def _which_first(parts: re.Match[str], labels: tuple[str, str]) -> CalculationQuery | None:
    verb = parts["verb"].lower()
    operands = tuple(
        Operand(
            each,
            when_question(each)
            if verb in ("came", "happened", "was", "is", "were", "took place")
            else f"When was {each} {verb.partition(' ')[2]}?"
            if verb.startswith(("was ", "were "))
            else f"When did {each} {base_form(verb)}?",
        )
        for each in labels
    )
    early = re.fullmatch(_EARLY, parts["order"], re.I)
    return CalculationQuery("earliest" if early else "latest", operands)


def _total(match: re.Match[str]) -> CalculationQuery | None:
    """ "What is the total of A and B?"."""
    one, other = match["one"], that_of(match["one"], match["other"])
    operands = tuple(Operand(each, f"How much was {each}?") for each in (one, other))
    return CalculationQuery("sum", operands)


def _together(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many seats did A and B win together?", "How many came in May and June in all?"."""
    rest, noun = match["rest"], match["noun"].strip()
    unit = unit_by_name(noun)
    how = f"How {match['much']} {noun}".rstrip()
    aux = match["aux"]
    pair = re.fullmatch(r"(?P<one>.+?) and (?P<other>.+)", rest)
    if pair is None or " and " in pair["other"]:
        return None
    if times := re.fullmatch(rf"(?P<body>.+ )?(?P<in>{PREPOSITION}) (?P<time>.+)", pair["one"]):
        other = re.sub(rf"^{PREPOSITION} ", "", pair["other"])
        body = f"{times['body'] or ''}{times['in']}"
        labels, rests = (times["time"], other), (f"{body} {times['time']}", f"{body} {other}")
    else:
        split = split_subject(pair["other"])
        if split is None:
            return None
        labels = (pair["one"], split[0])
        rests = (f"{pair['one']} {split[1]}".strip(), pair["other"])
    operands = tuple(
        Operand(label, f"{how} {aux} {each}?") for label, each in zip(labels, rests, strict=True)
    )
    counted = noun if match["much"].lower() == "many" and unit is None else ""
    return CalculationQuery("sum", operands, counted, unit)


def _sum_of_times(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many boats came in May and June together?"."""
    how = f"How {match['much']} {match['body']}"
    operands = tuple(Operand(match[each], f"{how} {match[each]}?") for each in ("one", "other"))
    return CalculationQuery("sum", operands)


Build = Callable[[re.Match[str]], CalculationQuery | None]


def _form(pattern: str, build: Build) -> tuple[re.Pattern[str], Build]:
    return re.compile(pattern, re.I), build


_FORMS = (
    _form(
        rf"how (?P<much>many|much) (?P<more>{_MORE}) (?P<noun>\w+(?: \w+)??) than "
        rf"(?P<other>\w+(?: \w+)?) (?P<aux>{AUX}) (?P<rest>.+)",
        _difference_of_nouns,
    ),
    _form(
        rf"how (?P<much>many|much) (?P<more>{_MORE}) (?P<noun>(?:(?!{AUX}\b)\w+ ){{0,4}}?)"
        rf"(?<= )(?P<aux>{AUX}) (?P<rest>.+?) than (?P<other>.+)",
        _difference_of_counts,
    ),
    _form(
        rf"how (?P<much>many|much) (?P<more>{_MORE}) (?P<body>.+?) than (?P<other>.+)",
        _difference_of_times,
    ),
    _form(
        r"(?:by )?how (?:far|much|many (?P<unit>\w+)) (?P<over>above|over|beyond|below|under|"
        rf"(?:more|higher|less|lower) than) (?P<first>{DETERMINER} {_FIRST_FIGURE}) "
        r"(?P<aux>was|were|is|are|did|has|have) (?P<final>.+)",
        _difference_from_first,
    ),
    _form(
        rf"(?:by )?how (?:much|many (?P<unit>\w+)) (?P<adjective>{ADJECTIVE}) (?P<aux>{AUX}) "
        r"(?P<one>.+?) than (?P<other>.+)",
        _difference_of_measures,
    ),
    _form(
        rf"by how (?:much|many (?P<unit>\w+)) (?P<aux>{AUX}) (?P<one>.+?) "
        rf"(?P<adjective>{ADJECTIVE}) than (?P<other>.+)",
        _difference_of_measures,
    ),
    _form(
        r"(?:(?:by )?how (?:much|many (?P<noun>\w+(?: \w+)?))|by what (?:amount|sum|margin)) "
        rf"{AUX} (?P<one>.+?) (?P<verb>{_EXCEED}) "
        r"(?P<other>.+)",
        _difference_of_terms,
    ),
    _form(
        r"(?:what|how (?:large|big|great|much)) (?:is|was) the (?:(?P<measure>\w+) )?difference"
        r"(?: in (?P<of>\w+))? between (?P<one>.+?) and (?P<other>.+)",
        _difference_between,
    ),
    _form(
        rf"how (?:many (?P<unit>{_TIME_UNIT})|long|much time) (?:(?:had |have )?(?:passed|elapsed|"
        r"lay|lie|went by|gone by)|were there|are there|was it|is it|was there|is there) "
        r"(?:between|from) (?P<one>.+?) (?:and|to|until|till) (?P<other>.+)",
        _days_between,
    ),
    _form(
        rf"how (?:many (?P<unit>{_TIME_UNIT})|long) (?P<order>after|before) (?P<one>.+?) "
        rf"(?P<aux>did|was|were|is|are|do|does|had|will) (?P<event>.+)",
        _days_after,
    ),
    _form(
        r"(?:who|which|what)\b(?: of (?:the|these) (?:two|three|both))?(?P<body>[^,:]*?)[,:] "
        r"(?P<one>[^,:]+?),? or (?P<other>[^,:]+)",
        _which,
    ),
    _form(
        r"(?:who|which)(?: one)? of (?P<one>.+?) and (?P<other>.+?) (?P<body>(?:is|was|are|were) "
        rf"(?:the )?{ADJECTIVE})",
        _which,
    ),
    _form(
        r"(?:what|how much|how many) (?:is|was|are|were) the (?:total|sum|combined total)"
        r"(?: amount| number)? of (?P<one>.+?) and (?P<other>.+)",
        _total,
    ),
    _form(
        rf"how (?P<much>many|much) (?P<noun>(?:(?!{AUX}\b)\w+ ){{0,4}}?)(?P<aux>{AUX}) "
        rf"(?P<rest>.+?),? {_SUM_WORDS}",
        _together,
    ),
    _form(
        r"how (?P<much>many|much) (?P<body>.+ (?:in|on|at)) (?P<one>[\w ]+?) and "
        rf"(?:(?:in|on|at) )?(?P<other>[\w ]+?),? {_SUM_WORDS}",
        _sum_of_times,
    ),
)
_WHICH_FORMS = (
    (
        re.compile(
            rf"(?:(?!{AUX}\b)\w+ )?(?P<aux>is|was|are|were|did|does)? ?(?:the )?"
            rf"(?P<adjective>{ADJECTIVE})(?: one)?",
            re.I,
        ),
        _which_measure,
    ),
    (
        re.compile(
            r"(?:\w+ ){0,2}?(?:(?:has|have|had) (?!the\b))?(?P<verb>\w+) (?:the )?"
            r"(?P<more>more|fewer|less|most|fewest|least)(?: (?P<noun>\w+))?"
            rf"(?P<rest> {PREPOSITION} .+)?",
            re.I,
        ),
        _which_count,
    ),
    (
        re.compile(
            rf"(?:\w+ )??(?P<verb>(?:was |were )?\w+) (?:the )?(?P<order>{_EARLY}|{_LATE})", re.I
        ),
        _which_first,
    ),
)
