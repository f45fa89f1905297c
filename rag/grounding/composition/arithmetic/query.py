"""What a question wants calculated, and the questions whose answers it is calculated from.

    parse_calculation(question)  ->  `CalculationQuery`, or None

In:  a self-contained question. Out: the operation and its operands, each a question of its own:

    How many more seats did Aas win than Lund?     difference   How many seats did Aas win? …
    By how much does A exceed B?                   difference
    How much higher is A than B?                   difference   How high is A? …
    Which is longer, A or B?                       most         How long is A? …
    Who opened first, A or B?                      earliest     When has A opened? …
    How many days passed between A and B?          days         When was A? …
    What is the total of A and B?                  sum          How much is A? …

Left to others: answering them (`rag.grounding.composition.arithmetic.calculation`). Pure functions.

A small grammar: a question that it does not take to the last word has no calculation. The
questions for the operands are read by a model alone, so their word order need not be idiomatic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rag.grounding.composition.arithmetic.quantities import Unit, unit_by_name

Operation = Literal["difference", "sum", "most", "least", "days", "earliest", "latest"]

_AUX = r"(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|may|might|must|should)"
_HOW: dict[str, str] = {
    **dict.fromkeys(("longer", "longest", "shorter", "shortest"), "long"),
    **dict.fromkeys(("higher", "highest", "lower", "lowest"), "high"),
    **dict.fromkeys(("taller", "tallest"), "tall"),
    **dict.fromkeys(("older", "oldest", "younger", "youngest"), "old"),
    **dict.fromkeys(("heavier", "heaviest", "lighter", "lightest"), "heavy"),
    **dict.fromkeys(("larger", "largest", "bigger", "biggest", "smaller", "smallest"), "large"),
    **dict.fromkeys(("greater", "greatest"), "great"),
    **dict.fromkeys(("deeper", "deepest", "shallower"), "deep"),
    **dict.fromkeys(("wider", "widest", "broader", "narrower"), "wide"),
    **dict.fromkeys(("faster", "fastest", "slower", "slowest"), "fast"),
    **dict.fromkeys(("farther", "further", "farthest", "nearer", "closer"), "far"),
    **dict.fromkeys(("dearer", "dearest", "cheaper", "cheapest"), "much"),
    **dict.fromkeys(("more expensive", "less expensive", "more costly", "less costly"), "much"),
}
_LESS = frozenset(
    [
        *("shorter", "shortest", "lower", "lowest", "younger", "youngest", "lighter", "lightest"),
        *("smaller", "smallest", "shallower", "narrower", "slower", "nearer", "closer", "cheaper"),
        *("cheapest", "less expensive", "less costly", "less", "fewer", "least", "fewest"),
    ]
)
_ADJECTIVE = "(?:" + "|".join(sorted(_HOW, key=len, reverse=True)) + ")"
_MORE = r"(?:more|fewer|less)"
_PREPOSITION = (
    r"(?:in|on|at|for|from|to|by|with|during|under|against|of|before|after|between|through)"
)
_VERBS = (  # at which the predicate of "did the old bridge carry" begins
    r"(?:bring|carry|cost|draw|earn|employ|gain|get|give|has|have|hold|hurt|kill|last|lose|make|"
    r"measure|need|offer|own|pay|produce|raise|receive|report|run|score|sell|send|spend|start|take|"
    r"weigh|win|won|cast|come|score|been|be|there)"
)
_EXCEED = (
    r"(?:exceed|beat|outnumber|surpass|outweigh|outscore|outsell|outvote|undercut|top|defeat|"
    r"miss|fall short of|lose to)"
)
_YEAR = r"(?:1\d|20)\d\d"
_BEHIND = r"undercut|miss|fall short of|lose to"
_MEASURES = {
    **{"age": "old", "height": "high", "length": "long", "weight": "heavy", "size": "large"},
    **{"depth": "deep", "width": "wide", "speed": "fast"},
}
_TIME_UNIT = r"days|weeks|months|years"
_SUM_WORDS = r"(?:together|in total|in all|altogether|combined|all told|taken together)"
_EARLY = r"(?:first|earlier|sooner|before)"
_LATE = r"(?:last|later|after)"
_DETERMINER = r"(?:the|a|an|his|her|its|their|this|that)"
_EVENTS = {
    **{"opening": "open", "reopening": "reopen", "closing": "close", "closure": "close"},
    **{
        "start": "start",
        "beginning": "begin",
        "end": "end",
        "death": "die",
        "collapse": "collapse",
    },
    **{"launch": "start", "resignation": "resign", "arrival": "arrive", "departure": "leave"},
}
_IRREGULAR = {
    **{"had": "have", "has": "have", "won": "win", "got": "get", "sold": "sell", "paid": "pay"},
    **{
        "lost": "lose",
        "made": "make",
        "took": "take",
        "held": "hold",
        "drew": "draw",
        "ran": "run",
    },
    **{"spent": "spend", "came": "come", "gave": "give", "bought": "buy", "brought": "bring"},
    **{"caught": "catch", "built": "build", "grew": "grow", "saw": "see", "sent": "send"},
    **{"died": "die", "needed": "need", "led": "lead", "fell": "fall", "rose": "rise"},
}
_MASS_NOUNS = (
    r"(?:money|time|rain|snow|water|oil|food|energy|power|land|space|profit|income|revenue|weight|"
    r"debt|waste|traffic|damage|aid|tax|pay)"
)
_PRONOUN = re.compile(r"\b(?:it|he|she|they|him|them)\b", re.I)
_CAPITALS = re.compile(rf"(?:{_DETERMINER} )?(?:[A-ZÀ-Þ0-9][\w’'.&-]*(?: (?:of|the|de|von))* ?)+")


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
    question takes for granted which operand is more, or later.
    """

    operation: Operation
    operands: tuple[Operand, ...]
    counted: str = ""
    unit: Unit | None = None
    reversed: bool = False
    in_order: bool = True

    @property
    def asks_time(self) -> bool:
        """Whether the operands are days."""
        return self.operation in ("days", "earliest", "latest")


def parse_calculation(question: str) -> CalculationQuery | None:
    """What `question` wants calculated; None where the grammar does not take it."""
    text = " ".join(question.split()).strip(" ?.!")
    for form, build in _FORMS:
        if (match := form.fullmatch(text)) and (query := build(match)):
            pronoun = any(_PRONOUN.search(each.question) for each in query.operands)
            return None if pronoun else query
    return None


def _difference_of_counts(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many more seats did Aas win than Lund?"."""
    noun, rest, other = (match[name].strip() for name in ("noun", "rest", "other"))
    aux = match["aux"]
    much = match["much"].lower()
    how = f"How {much} {noun}".rstrip()
    second = _in_place_of_subject(rest, other)
    if second is None:
        return None
    labels = _label(rest, other), _subject_of(other)
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
    second = _with_other_time(body, other)
    if second is None:
        return None
    much = match["much"]
    operands = (
        Operand(_label(body, other), f"How {much} {body}?"),
        Operand(other, f"How {much} {second}?"),
    )
    return CalculationQuery("difference", operands, reversed=match["more"].lower() != "more")


def _difference_of_measures(match: re.Match[str]) -> CalculationQuery | None:
    """ "How much higher is the tower than the mast?"; also by a unit: "How many metres higher"."""
    adjective, unit = match["adjective"].lower(), unit_by_name(match["unit"] or "")
    if match["unit"] and unit is None:
        return None
    operands = tuple(
        Operand(each, f"{_how(adjective, match['aux'])} {each}{_cost(adjective)}?")
        for each in (match["one"], _that_of(match["one"], match["other"]))
    )
    return CalculationQuery("difference", operands, "", unit, adjective in _LESS)


def _difference_of_terms(match: re.Match[str]) -> CalculationQuery | None:
    """ "By how many votes did the yes exceed the no?"."""
    noun, one = match["noun"] or "", match["one"]
    unit, other = unit_by_name(noun), _that_of(one, match["other"])
    operands = tuple(Operand(each, _term_question(each, noun, unit)) for each in (one, other))
    is_less = rf"{_BEHIND}|beat|surpass|top" if unit and unit.dimension == "time" else _BEHIND
    is_reversed = re.fullmatch(is_less, match["verb"], re.I) is not None
    return CalculationQuery("difference", operands, "" if unit else noun, unit, is_reversed)


def _difference_between(match: re.Match[str]) -> CalculationQuery | None:
    """ "What is the difference between A and B?", also of a measure: "the age difference"."""
    measure = (match["measure"] or match["of"] or "").lower()
    one, other = match["one"], _that_of(match["one"], match["other"])
    how = _MEASURES.get(measure)
    operands = tuple(
        Operand(
            each,
            f"How {how} is {each}?"
            if how
            else f"What {measure} did {each} have?"
            if measure
            else _term_question(each, "", None),
        )
        for each in (one, other)
    )
    return CalculationQuery("difference", operands, in_order=False)


def _days_between(match: re.Match[str]) -> CalculationQuery | None:
    """ "How many days passed between A and B?", "How long after A did B happen?"."""
    unit = unit_by_name(match["unit"] or "days")
    one, other = match["one"], match["other"]
    operands = tuple(Operand(each, _when_question(each)) for each in (one, other))
    return CalculationQuery("days", operands, unit=unit, in_order=False)


def _days_after(match: re.Match[str]) -> CalculationQuery | None:
    one, event = match["one"], match["event"]
    if of := re.fullmatch(r"the \w+ of (?P<whom>.+)", one):  # "the end of the strike did it"
        event = re.sub(r"^(?:it|he|she|they)\b", of["whom"].replace("\\", ""), event)
    question = f"When {match['aux']} {event}?"
    operands = (Operand(one, _when_question(one)), Operand(event, question))
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
        Operand(each, f"{_how(adjective, aux)} {each}{_cost(adjective)}?") for each in labels
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
            if re.fullmatch(_YEAR, each)
            else f"{how} did {each} {_base_form(verb)}{rest}?",
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
            _when_question(each)
            if verb in ("came", "happened", "was", "is", "were", "took place")
            else f"When was {each} {verb.partition(' ')[2]}?"
            if verb.startswith(("was ", "were "))
            else f"When did {each} {_base_form(verb)}?",
        )
        for each in labels
    )
    early = re.fullmatch(_EARLY, parts["order"], re.I)
    return CalculationQuery("earliest" if early else "latest", operands)


def _total(match: re.Match[str]) -> CalculationQuery | None:
    """ "What is the total of A and B?"."""
    one, other = match["one"], _that_of(match["one"], match["other"])
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
    if times := re.fullmatch(rf"(?P<body>.+ )?(?P<in>{_PREPOSITION}) (?P<time>.+)", pair["one"]):
        other = re.sub(rf"^{_PREPOSITION} ", "", pair["other"])
        body = f"{times['body'] or ''}{times['in']}"
        labels, rests = (times["time"], other), (f"{body} {times['time']}", f"{body} {other}")
    else:
        split = _split_subject(pair["other"])
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


def _how(adjective: str, aux: str) -> str:
    """ "How high is", "How much did" for what is dearer."""
    if _HOW[adjective] == "much":
        return f"How much {'did' if aux in ('was', 'were', 'did') else 'does'}"
    return f"How {_HOW[adjective]} {aux}"


def _cost(adjective: str) -> str:
    return " cost" if _HOW[adjective] == "much" else ""


def _term_question(term: str, noun: str, unit: Unit | None) -> str:
    if unit is not None and unit.dimension == "time":
        is_time = re.search(r"\b(?:record|best|time|mark)\b", term)
        return f"How long was {term}?" if is_time else f"In what time did {term} win?"
    if noun:
        return f"How many {noun} were {term}?"
    if measure := re.fullmatch(r"the (?P<what>\w+) of (?P<whom>.+)", term):
        return f"What {measure['what']} did {measure['whom']} have?"
    return f"What was {term}?"


def _when_question(event: str) -> str:
    """ "When did the bridge open?" of "the opening of the bridge", else "When was the fire?"."""
    if clause := re.fullmatch(r"(?:when|the (?:day|date|time) (?:when|on which)) (.+)", event):
        return f"When was {clause[1]}?"
    named = re.fullmatch(rf"the (?P<what>{'|'.join(_EVENTS)}) of (?P<whom>.+)", event)
    if named:
        return f"When did {named['whom']} {_EVENTS[named['what']]}?"
    return f"When was {event}?"


def _base_form(verb: str) -> str:
    """ "raise" of "raised", as far as spelling tells."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("ied"):
        return f"{verb[:-3]}y"
    stem = verb.removesuffix("ed")
    if stem == verb:
        return verb
    return f"{stem}e" if re.search(r"(?:[^s]s|[cgvu]|[aeiou][rt])$", stem) else stem


def _that_of(one: str, other: str) -> str:
    """`other` with the noun of `one` for "that": "the magnitude of A", "that of the one in B"."""
    head, of, rest = one.partition(" of ")
    other = re.sub(r"^(?:that|those) (?=of\b|in\b|for\b)", lambda _: f"{head} ", other, flags=re.I)
    thing = re.search(r"(\w+)\W*$", rest.split(" in ")[0].split(" at ")[0]) if of else None
    return re.sub(r"\bthe one\b", f"the {thing[1]}", other) if thing else other


def _in_place_of_subject(rest: str, other: str) -> str | None:
    """`rest` ("Aas win in May") about `other` ("Lund", "in June", "Lund did") instead."""
    other = re.sub(rf"^there {_AUX} ", "", other)
    if re.match(rf"{_AUX}\b", other):
        return None
    if (by_time := _with_other_time(rest, other)) is not None:
        return by_time
    subject, split = _subject_of(other), _split_subject(rest)
    if split is None:
        return None
    has_verb = subject != re.sub(rf" {_AUX}$", "", other)
    return other if has_verb else f"{subject} {split[1]}".strip()


def _subject_of(other: str) -> str:
    """ "Lund" of "Lund", "Lund did" and "Lund wins"; all of it where it has no name."""
    other = re.sub(rf" {_AUX}$", "", other)
    name = _CAPITALS.match(other)
    verb = name and re.fullmatch(rf"(?!{_PREPOSITION}\b)[a-z]+s?(?: .*)?", other[name.end() :])
    return name[0].strip() if name and verb else other


def _with_other_time(rest: str, other: str) -> str | None:
    """`rest` with `other` ("in June", "2020") in place of its last words of that kind."""
    year = re.fullmatch(rf"(?:in |of |for )?({_YEAR})", other)
    if year and (years := re.findall(rf"\b{_YEAR}\b", rest)):
        return rest.replace(years[-1], year[1])
    if year and year[1] == other:
        return None
    preposition = re.match(rf"{_PREPOSITION}\b", other, re.I)
    if preposition is None:
        return None
    before, same, _ = rest.rpartition(f" {preposition[0]} ")
    return f"{before} {other}" if same else f"{rest} {other}"


def _split_subject(rest: str) -> tuple[str, str] | None:
    """Subject and predicate of "the old bridge carry in May"; None where it is not plain."""
    if verb := re.search(rf"(?<=\w) (?={_VERBS}\b)", rest):
        return rest[: verb.start()], rest[verb.end() :]
    if name := _CAPITALS.match(rest):
        return name[0].strip(), rest[name.end() :].strip()
    words = rest.split()
    if re.fullmatch(_DETERMINER, words[0]) and len(words) in (2, 3):
        return " ".join(words[:2]), " ".join(words[2:])
    return None


def _label(rest: str, other: str) -> str:
    """How the first operand is called, in the manner in which `other` calls the second."""
    if re.fullmatch(rf"(?:in |of |for )?{_YEAR}", other):
        years = re.findall(rf"\b{_YEAR}\b", rest)
        return years[-1] if years else rest
    if preposition := re.match(rf"{_PREPOSITION}\b", other, re.I):
        _, same, after = rest.rpartition(f" {preposition[0]} ")
        return f"{preposition[0]} {after}" if same else rest
    split = _split_subject(rest)
    return split[0] if split else rest


Build = Callable[[re.Match[str]], CalculationQuery | None]


def _form(pattern: str, build: Build) -> tuple[re.Pattern[str], Build]:
    return re.compile(pattern, re.I), build


_FORMS = (
    _form(
        rf"how (?P<much>many|much) (?P<more>{_MORE}) (?P<noun>\w+(?: \w+)??) than "
        rf"(?P<other>\w+(?: \w+)?) (?P<aux>{_AUX}) (?P<rest>.+)",
        _difference_of_nouns,
    ),
    _form(
        rf"how (?P<much>many|much) (?P<more>{_MORE}) (?P<noun>(?:(?!{_AUX}\b)\w+ ){{0,4}}?)"
        rf"(?<= )(?P<aux>{_AUX}) (?P<rest>.+?) than (?P<other>.+)",
        _difference_of_counts,
    ),
    _form(
        rf"how (?P<much>many|much) (?P<more>{_MORE}) (?P<body>.+?) than (?P<other>.+)",
        _difference_of_times,
    ),
    _form(
        rf"(?:by )?how (?:much|many (?P<unit>\w+)) (?P<adjective>{_ADJECTIVE}) (?P<aux>{_AUX}) "
        r"(?P<one>.+?) than (?P<other>.+)",
        _difference_of_measures,
    ),
    _form(
        rf"by how (?:much|many (?P<unit>\w+)) (?P<aux>{_AUX}) (?P<one>.+?) "
        rf"(?P<adjective>{_ADJECTIVE}) than (?P<other>.+)",
        _difference_of_measures,
    ),
    _form(
        rf"by how (?:much|many (?P<noun>\w+(?: \w+)?)) {_AUX} (?P<one>.+?) (?P<verb>{_EXCEED}) "
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
        rf"(?:the )?{_ADJECTIVE})",
        _which,
    ),
    _form(
        r"(?:what|how much|how many) (?:is|was|are|were) the (?:total|sum|combined total)"
        r"(?: amount| number)? of (?P<one>.+?) and (?P<other>.+)",
        _total,
    ),
    _form(
        rf"how (?P<much>many|much) (?P<noun>(?:(?!{_AUX}\b)\w+ ){{0,4}}?)(?P<aux>{_AUX}) "
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
            rf"(?:(?!{_AUX}\b)\w+ )?(?P<aux>is|was|are|were|did|does)? ?(?:the )?"
            rf"(?P<adjective>{_ADJECTIVE})(?: one)?",
            re.I,
        ),
        _which_measure,
    ),
    (
        re.compile(
            r"(?:\w+ ){0,2}?(?:(?:has|have|had) (?!the\b))?(?P<verb>\w+) (?:the )?"
            r"(?P<more>more|fewer|less|most|fewest|least)(?: (?P<noun>\w+))?"
            rf"(?P<rest> {_PREPOSITION} .+)?",
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
