"""Questions made of statements: who did it, when and where it happened, how many, how much.

    questions_of_clause(clause)  ->  `MadeQuestion`s, one for each part of it that can be asked for

In:  a `Clause`. Out: questions in the words of the clause, with the words left out as the answer.
Left to others: whether another sentence answers them otherwise (`rag.evaluation.exam.rivals`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.evaluation.exam.clauses import NAME, Clause, is_name, without_time
from rag.evaluation.exam.question import MadeQuestion
from rag.evaluation.exam.sources import SourceSentence
from rag.text.dates.forms import MONTH
from rag.text.names import NAME_WORD
from rag.text.numbers import number_forms
from rag.text.verbs import is_done_by_bodies, verbs_of_form

__all__ = ["names_in_question", "questions_of_clause", "questions_on_words"]

_YEAR = r"(?:1\d|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"(?:(?:{_DAY} )?{MONTH}(?: {_DAY}(?!\d))?(?:,? (?:of )?{_YEAR})?|{_YEAR})"
_WHEN = re.compile(rf"(?:^| )(?:on|in)(?: early| late| about)? (?P<date>{_DATE})(?![\w-])")
_PLACE = re.compile(rf"(?:^| )(?:in|at|on|near|off) (?:the )?(?P<place>{NAME})$")
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_WORDS = (
    r"(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:-\w+)?)"
)
NUMBER = rf"(?:(?:{_DIGITS})(?: (?:million|billion|trillion))?|{_WORDS}(?: (?:thousand|million))?)"
_ABOUT = (
    r"(?:(?:[Aa]bout|[Aa]round|[Ss]ome|[Nn]early|[Aa]lmost|[Oo]ver|[Oo]nly|[Rr]oughly|just|up to|"
    r"[Aa]t least|[Mm]ore than|[Ff]ewer than|[Ll]ess than|the) )?"
)
_FIGURE = re.compile(
    rf"^{_ABOUT}(?P<number>{NUMBER}) "
    r"(?P<what>(?:[a-z][\w-]+ ){0,2}?[a-z][\w-]+s|people|men|women|children|sheep)"
    r"(?P<rest>(?: .*)?)$"
)
_CURRENCY = (
    r"(?:crowns?|florins?|dollars?|euros?|pounds?|francs?|marks?|yen|roubles?|rubles?|rupees?)"
)
_COUNTED = re.compile(  # "about 7,000 containers of munitions had gone from A to B"
    rf"(?:^|(?<=\bthat )|(?<=[;,] )){_ABOUT}(?P<number>{NUMBER}) "
    r"(?P<what>(?:[A-Za-z][\w-]+ ){0,2}?[a-z][\w-]+s|people|men|women|children)"
    r"(?P<of> (?:of|from|with|for|in) [^,;:.“”\"]{3,60}?)?(?:, [^,]{3,60},)? "
    r"(?:reportedly |already )?(?P<verb>(?:(?:had|have|were|are|will|would)(?: already)? )?[a-z]+)"
    r"(?P<rest> [^,;:.“”\"]{4,90})(?=[,;:.])"
)
_OPENING = re.compile(rf"^(?P<verb>[A-Z][a-z]+) in (?P<date>{_DATE}), (?P<subject>(?:the )?{NAME})")
_LETTERS = re.compile(rf"(?P<whole>{NAME}) \((?P<short>[A-Z]{{3,6}})\)")
_STANDS_FOR = re.compile(
    rf"\b(?P<short>[A-Z]{{3,6}}) (?:stands|is short) for (?:the )?(?P<whole>{NAME_WORD}"
    r"(?:['’]s)?(?:(?: of| and| for)? (?:the )?[A-Z][\w’'-]+)+)"
)
_MONEY = re.compile(rf"^{_ABOUT}(?P<money>[$€£]{NUMBER}|{NUMBER} {_CURRENCY})(?P<rest>(?: .*)?)$")
_OF_MONEY = frozenset(
    re.findall(
        r"[\w-]+",
        "cost earn spend pay raise lose invest donate receive borrow win owe collect fine save",
    )
)
_DENIED = re.compile(r"\b(?:den(?:y|ies|ied)|not|no|never|if|would|may|might|could)\b")
_ENDS = re.compile(r" (?:but|while|when|after|before|because|which|who|since) ")
_NO_COUNT = frozenset(
    re.findall(
        r"[\w-]+",
        "times percent years months weeks days hours minutes seconds points",
    )
)
_COORDINATED = re.compile(r"^(?!.*\bbetween\b).* and ")  # of what, the words do not tell
_AGENT = re.compile(rf"^(?P<before>.*?)(?:^| )by (?:the )?(?P<agent>{NAME})(?P<after>(?: .*)?)$")
_NOT_ASKED = frozenset(
    re.findall(
        r"[\w-]+",
        "have do get let know become remain say name call note",
    )
)
_PREPOSITION = re.compile(
    r"^(?:in|at|on|near|off|from|to|with|by|for|of|into|over|through|as|under|against|out|up|down)\b"
)


def questions_of_clause(clause: Clause) -> Iterator[MadeQuestion]:
    """The questions that a clause answers."""
    yield from _when(clause)
    yield from _where(clause)
    yield from _how_many(clause)
    yield from _how_much(clause)
    if not clause.by_pronoun:
        yield from _who(clause)
        yield from _by_whom(clause)


def questions_on_words(source: SourceSentence) -> Iterator[MadeQuestion]:
    """The questions that a sentence answers in whose words there is no name for a subject."""
    for pattern in (_LETTERS, _STANDS_FOR):
        for match in pattern.finditer(source.outside):
            letters = "".join(re.findall(r"\b[A-Z]", match["whole"]))
            if letters.startswith(match["short"][:2]):
                short = match["short"]
                text = f"What does {short} stand for?"
                yield MadeQuestion("stands_for", text, (match["whole"],), source, (short,))
    opening = _OPENING.match(source.outside)
    if opening and any(form == "participle" for _, form in verbs_of_form(opening["verb"])):
        subject = opening["subject"]
        question = f"When was {subject} {opening['verb'].lower()}?"
        names = names_in_question(question, source)
        yield MadeQuestion("when", question, (opening["date"],), source, names)
    if (
        (counted := _COUNTED.search(source.outside))
        and not _DENIED.search(source.outside)
        and _is_predicate(counted["verb"])
    ):
        what, rest = f"{counted['what']}{counted['of'] or ''}", without_time(counted["rest"])
        if not (re.search(_CURRENCY, what) or _NO_COUNT & set(what.split())):
            question = f"How many {what} {counted['verb']}{_ENDS.split(rest)[0]}?"
            names = names_in_question(question, source)
            yield MadeQuestion("how_many", question, _forms(counted["number"]), source, names)


def names_in_question(question: str, source: SourceSentence) -> tuple[str, ...]:
    """The names in a question, those of people without title: "Putin" of "President Putin"."""
    people = {source.outside[start:end] for start, end in source.people}
    names = []
    for name in re.findall(rf"(?<!^)\b{NAME}", question):
        if not re.match(rf"{MONTH}", name):
            names.append(next((each for each in people if name.endswith(f" {each}")), name))
    return tuple(names)


def _is_predicate(words: str) -> bool:
    """Whether "had gone" or "reached" can be said of what is counted."""
    *aux, last = words.split()
    forms = {form for _, form in verbs_of_form(last)}
    return bool(forms & {"participle", "plain"} if aux else "past" in forms)


def _when(clause: Clause) -> Iterator[MadeQuestion]:
    clause = _in_past(clause)
    match = _WHEN.search(clause.rest)
    if (
        match is None
        or clause.aux not in ("", "was", "were", "will")
        or len(_WHEN.findall(clause.rest)) > 1
        or clause.form == "present"
    ):
        return
    rest = without_time(clause.rest[: match.start()] + clause.rest[match.end() :])
    if re.search(rf"\b{_YEAR}\b|\d", rest) or re.search(r"\b(?:until|since|from)$", rest):
        return
    if question := _inverted("When", clause, rest):
        date = match["date"]
        yield _question("when", question, (date,), clause)


def _in_past(clause: Clause) -> Clause:
    """The clause as told of a day: "has died" as "died", "had been built" as "was built"."""
    if clause.aux in ("has", "have", "had"):
        return replace(clause, aux="", form="past")
    if clause.aux in ("has been", "have been", "had been"):
        return replace(clause, aux="was" if clause.aux != "have been" else "were")
    return clause


def _where(clause: Clause) -> Iterator[MadeQuestion]:
    rest = without_time(clause.rest)
    dated = _WHEN.search(rest)
    rest = rest[: dated.start()] if dated else rest
    match = _PLACE.search(rest)
    if match is None or re.match(rf"{MONTH}", match["place"]) or clause.form == "present":
        return
    place = match["place"]
    if not is_name(place, clause.source) or clause.source.names_person(place):
        return
    before = rest[: match.start()]
    is_event = clause.is_passive or clause.verb.plain in ("meet", "die", "live", "crash", "sink")
    if not is_event or len(before.split()) > 1:  # else the place may be that of something else
        return
    if question := _inverted("Where", clause, before):
        yield _question("where", question, (place,), clause)


def _how_many(clause: Clause) -> Iterator[MadeQuestion]:
    rest = without_time(clause.rest)
    match = _FIGURE.match(rest)
    if match is None or clause.is_passive or clause.verb.plain in ("be", "become"):
        return
    what = match["what"]
    if re.search(_CURRENCY, what) or _NO_COUNT & set(what.split()):
        return
    if _COORDINATED.search(match["rest"]):
        return
    if question := _inverted(f"How many {what}", clause, match["rest"]):
        yield _question("how_many", question, _forms(match["number"]), clause)


def _how_much(clause: Clause) -> Iterator[MadeQuestion]:
    match = _MONEY.match(without_time(clause.rest))
    if match is None or clause.verb.plain not in _OF_MONEY or _COORDINATED.search(match["rest"]):
        return
    if question := _inverted("How much", clause, match["rest"]):
        money = match["money"]
        number = re.sub(rf"[$€£]| {_CURRENCY}$", "", money)
        yield _question("how_much", question, _forms(number), clause)


def _who(clause: Clause) -> Iterator[MadeQuestion]:
    """Who or which body did it; things with "the" before them are no "who"."""
    if clause.is_passive or clause.form == "plain" or clause.verb.plain in _NOT_ASKED:
        return
    if not clause.is_person and not is_done_by_bodies(clause.verb):
        return
    rest = without_time(clause.rest)
    if not rest or (_PREPOSITION.match(rest) and not clause.is_person):
        return
    word = clause.verb.participle if clause.form == "participle" else clause.verb.past
    if clause.form == "present":
        word = clause.verb.present
    aux = re.sub(r"^have\b", "has", clause.aux)
    question = " ".join(filter(None, ("Who", aux, word, rest))) + "?"
    name = clause.bare_subject
    if re.fullmatch(r"[Tt]he \w+s", clause.subject):
        return  # "the Spaniards": of which club, the article tells
    people = [clause.source.outside[start:end] for start, end in clause.source.people]
    within = (each for each in people if each in name)
    answers = tuple(dict.fromkeys((name, name.split(" of ")[0], *within)))
    yield _question("who", question, answers, clause, without=name)


def _by_whom(clause: Clause) -> Iterator[MadeQuestion]:
    match = _AGENT.match(without_time(clause.rest))
    if not clause.is_passive or match is None or clause.aux not in ("was", "were"):
        return
    agent = match["agent"]
    if not is_name(agent, clause.source):
        return
    rest = f"{match['before']}{match['after']}"
    question = f"Who {clause.verb.past} {_as_object(clause)}{_spaced(rest)}?"
    yield _question("who", question, (agent,), clause, without=agent)


def _inverted(opening: str, clause: Clause, rest: str) -> str:
    """The question that asks for what was left out of `rest`: "When was the Row founded?"."""
    subject, tail = _as_object(clause), _spaced(rest)
    if clause.verb.plain in _NOT_ASKED and clause.verb.plain != "have":
        return ""
    if clause.form == "participle" and clause.aux:
        aux, *more = clause.aux.split()
        between = " ".join([*more, clause.verb.participle])
        return f"{opening} {aux} {subject} {between}{tail}?"
    if clause.form == "plain" and clause.aux:
        return f"{opening} {clause.aux} {subject} {clause.verb.plain}{tail}?"
    if clause.form == "past":
        return f"{opening} did {subject} {clause.verb.plain}{tail}?"
    return f"{opening} does {subject} {clause.verb.plain}{tail}?"


def _as_object(clause: Clause) -> str:
    return re.sub(r"^The ", "the ", clause.subject)


def _spaced(rest: str) -> str:
    rest = re.sub(r"^, | ,", "", rest.strip(" ,"))
    return f" {rest}" if rest else ""


def _forms(number: str) -> tuple[str, ...]:
    """The number as it stands, and in figures where it is in words: "seven", "7"."""
    forms = sorted(each for each in number_forms(number) if each.isdigit())
    return tuple(dict.fromkeys((number, *forms)))


def _question(
    kind: str, question: str, answers: tuple[str, ...], clause: Clause, without: str = ""
) -> MadeQuestion:
    names = names_in_question(question, clause.source)
    names = tuple(name for name in names if name != without)
    return MadeQuestion(kind, question, answers, clause.source, names)
