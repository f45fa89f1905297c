"""Questions for operands, in words: of a term, of an event, of another subject or time.

    term_question, when_question     "What was A?", "When did A open?"
    in_place_of_subject, that_of     "Lund" in the place of "Aas"; "the size of" for "that of"
    label_of, subject_of             how the question calls an operand

In:  parts of a question. Out: questions and labels, as text.
Left to others: which parts there are (`rag.grounding.composition.arithmetic.query`). All pure.
"""

from __future__ import annotations

import re

from rag.grounding.composition.arithmetic.quantities import Unit

AUX = r"(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|may|might|must|should)"
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
ADJECTIVE = "(?:" + "|".join(sorted(_HOW, key=len, reverse=True)) + ")"
PREPOSITION = (
    r"(?:in|on|at|for|from|to|by|with|during|under|against|of|before|after|between|through)"
)
_VERBS = (  # at which the predicate of "did the old bridge carry" begins
    r"(?:bring|carry|cost|draw|earn|employ|gain|get|give|has|have|hold|hurt|kill|last|lose|make|"
    r"measure|need|offer|own|pay|produce|raise|receive|report|run|score|sell|send|spend|start|take|"
    r"weigh|win|won|cast|come|score|been|be|there)"
)
YEAR = r"(?:1\d|20)\d\d"
DETERMINER = r"(?:the|a|an|his|her|its|their|this|that)"
_EVENTS = {
    **{"opening": "open", "reopening": "reopen", "closing": "close", "closure": "close"},
    **{
        "start": "start",
        "beginning": "begin",
        "end": "end",
        "death": "die",
        "collapse": "collapse",
    },
    **{"return": "return", "grounding": "run aground"},
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
_NAME = re.compile(r"(?:\bthe )?\b[A-ZÀ-Þ][\w’'-]*(?: [A-ZÀ-Þ][\w’'-]*)*")
_POSSESSIVE = re.compile(r"^(?:its|his|her|their)\b", re.I)
_CAPITALS = re.compile(rf"(?:{DETERMINER} )?(?:[A-ZÀ-Þ0-9][\w’'.&-]*(?: (?:of|the|de|von))* ?)+")


def how_is(adjective: str, aux: str) -> str:
    """ "How high is", "How much did" for what is dearer."""
    if _HOW[adjective] == "much":
        return f"How much {'did' if aux in ('was', 'were', 'did') else 'does'}"
    return f"How {_HOW[adjective]} {aux}"


def cost_word(adjective: str) -> str:
    """The word "cost" behind a space where `adjective` tells of a price, else nothing."""
    return " cost" if _HOW[adjective] == "much" else ""


def term_question(term: str, noun: str, unit: Unit | None) -> str:
    """ "What was the record?" of "the record"; of `noun` how many, of a time how long."""
    if unit is not None and unit.dimension == "time":
        is_time = re.search(r"\b(?:record|best|time|mark)\b", term)
        return f"How long was {term}?" if is_time else f"In what time did {term} win?"
    if noun:
        return f"How many {noun} were {term}?"
    if measure := re.fullmatch(r"the (?P<what>\w+) of (?P<whom>.+)", term):
        return f"What {measure['what']} did {measure['whom']} have?"
    return f"What was {term}?"


def with_name_of(one: str, other: str) -> str:
    """`other` with the last name of `one` for a possessive: "the Tern’s end" for "her end"."""
    names = list(_NAME.finditer(one))
    return _POSSESSIVE.sub(f"{names[-1][0]}’s", other, count=1) if names else other


def when_question(event: str) -> str:
    """ "When did the bridge open?" of "the opening of the bridge", else "When was the fire?"."""
    if clause := re.fullmatch(r"(?:when|the (?:day|date|time) (?:when|on which)) (.+)", event):
        return f"When was {clause[1]}?"
    named = re.fullmatch(rf"the (?P<what>{'|'.join(_EVENTS)}) of (?P<whom>.+)", event)
    if named:
        return f"When did {named['whom']} {_EVENTS[named['what']]}?"
    if own := re.fullmatch(
        rf"(?P<whom>.+)['’]s (?P<what>{'|'.join(_EVENTS)})(?P<rest> .+|)", event
    ):
        return f"When did {own['whom']} {_EVENTS[own['what']]}{own['rest']}?"
    return f"When was {event}?"


def base_form(verb: str) -> str:
    """ "raise" of "raised", as far as spelling tells."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("ied"):
        return f"{verb[:-3]}y"
    stem = verb.removesuffix("ed")
    if stem == verb:
        return verb
    return f"{stem}e" if re.search(r"(?:[^s]s|[cgvu]|[aeiou][rt])$", stem) else stem


def that_of(one: str, other: str) -> str:
    """`other` with the noun of `one` for "that": "the magnitude of A", "that of the one in B"."""
    head, of, rest = one.partition(" of ")
    other = re.sub(r"^(?:that|those) (?=of\b|in\b|for\b)", lambda _: f"{head} ", other, flags=re.I)
    if (owned := re.search(r"['’]s (?P<what>[a-z]+)\b", one)) and (
        whose := re.match(r"(?P<whom>[A-ZÀ-Þ][\w’' -]*?['’]s)(?= [a-z]+ \d|$)", other)
    ):
        return f"{whose['whom']} {owned['what']}{other[whose.end() :]}"
    thing = re.search(r"(\w+)\W*$", rest.split(" in ")[0].split(" at ")[0]) if of else None
    return re.sub(r"\bthe one\b", f"the {thing[1]}", other) if thing else other


def in_place_of_subject(rest: str, other: str) -> str | None:
    """`rest` ("Aas win in May") about `other` ("Lund", "in June", "Lund did") instead."""
    other = re.sub(rf"^there {AUX} ", "", other)
    if re.match(rf"{AUX}\b", other):
        return None
    if (by_time := with_other_time(rest, other)) is not None:
        return by_time
    subject, split = subject_of(other), split_subject(rest)
    if split is None:
        return None
    has_verb = subject != re.sub(rf" {AUX}$", "", other)
    return other if has_verb else f"{subject} {split[1]}".strip()


def subject_of(other: str) -> str:
    """ "Lund" of "Lund", "Lund did" and "Lund wins"; all of it where it has no name."""
    other = re.sub(rf" {AUX}$", "", other)
    name = _CAPITALS.match(other)
    verb = name and re.fullmatch(rf"(?!{PREPOSITION}\b)[a-z]+s?(?: .*)?", other[name.end() :])
    return name[0].strip() if name and verb else other


def with_other_time(rest: str, other: str) -> str | None:
    """`rest` with `other` ("in June", "2020") in place of its last words of that kind."""
    year = re.fullmatch(rf"(?:in |of |for )?({YEAR})", other)
    if year and (years := re.findall(rf"\b{YEAR}\b", rest)):
        return rest.replace(years[-1], year[1])
    if year and year[1] == other:
        return None
    preposition = re.match(rf"{PREPOSITION}\b", other, re.I)
    if preposition is None:
        return None
    before, same, _ = rest.rpartition(f" {preposition[0]} ")
    return f"{before} {other}" if same else f"{rest} {other}"


def split_subject(rest: str) -> tuple[str, str] | None:
    """Subject and predicate of "the old bridge carry in May"; None where it is not plain."""
    if verb := re.search(rf"(?<=\w) (?={_VERBS}\b)", rest):
        return rest[: verb.start()], rest[verb.end() :]
    if name := _CAPITALS.match(rest):
        return name[0].strip(), rest[name.end() :].strip()
    words = rest.split()
    if not re.fullmatch(DETERMINER, words[0]):
        return None
    if len(words) in (2, 3):
        return " ".join(words[:2]), " ".join(words[2:])
    clause = re.split(rf" (?={PREPOSITION}\b)", rest, maxsplit=1)
    subject, _, last = clause[0].rpartition(" ")  # the verb: its object was asked for before
    return (subject, " ".join([last, *clause[1:]])) if " " in subject else None


def label_of(rest: str, other: str) -> str:
    """How the first operand is called, in the manner in which `other` calls the second."""
    if re.fullmatch(rf"(?:in |of |for )?{YEAR}", other):
        years = re.findall(rf"\b{YEAR}\b", rest)
        return years[-1] if years else rest
    if preposition := re.match(rf"{PREPOSITION}\b", other, re.I):
        _, same, after = rest.rpartition(f" {preposition[0]} ")
        return f"{preposition[0]} {after}" if same else rest
    split = split_subject(rest)
    return split[0] if split else rest
