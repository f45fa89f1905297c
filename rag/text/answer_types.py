"""The kind of answer that a question asks for, and whether an answer is of it. Pure functions.

In:  a question; an answer, or the quote it rests on.
Out: the kind; whether what stands there, beside what the question itself holds, is of that kind.
Left to others: whether it is right (`rag.grounding.support`, `rag.grounding.verifier`).

A question for a count or a time asks for something that can be seen in the text: a "how many"
without a number is not answered, nor an "in which year" without a year. What stands for other
kinds (a person, a measure) is seen less surely.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.text.dates import MONTH
from rag.text.numbers import number_forms
from rag.text.stemming import stem_tokens

AnswerType = Literal["count", "measure", "time", "year", "month", "day", "person"]
TIMES: tuple[AnswerType, ...] = ("time", "year", "month", "day")
PLAIN: tuple[AnswerType, ...] = ("count", *TIMES)  # kinds that can be seen in a text

_VERB = r"(?:did|do|does|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
_UNIT = r"\b(?:what|which) (?:\w+ )?"
_ASKS: tuple[tuple[AnswerType, str], ...] = (
    ("count", r"\bhow (?:many|much)\b|\b(?:what|which) (?:percentage|share|number|fraction)\b"),
    ("measure", r"\bhow (?:often|large|big|long|far|tall|high|old|deep|wide|fast)\b"),
    ("year", _UNIT + r"year\b"),
    ("month", _UNIT + r"month\b"),
    ("day", _UNIT + r"(?:day|date)\b"),
    ("time", rf"\bwhen {_VERB}\b|\b(?:by|since|until|till) when\b|{_UNIT}(?:century|decade)\b"),
    ("person", r"\b(?:who|whom|whose)\b"),
)

_YEAR = r"(?i:\b(?:1\d|20)\d\ds?\b|\b(?:this|last|next|previous|same) year\b|\byears? ago\b)"
_WEEKDAY = r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
_DAY = (
    rf"\b\d\d?(?:st|nd|rd|th)?(?: of)? {MONTH}|\b{MONTH}\.? \d\d?\b|\b\d\d?(?:st|nd|rd|th)\b|"
    rf"{_WEEKDAY}|\b\d{{4}}-\d\d-\d\d\b|\b[A-Z]\w+(?:['’]s)? (?:Day|Eve)\b|"
    r"(?i:\b(?:today|yesterday|tomorrow|birthday|anniversary)\b)"
)
_TIME = (
    rf"{_YEAR}|\b{MONTH}|{_DAY}|"
    r"(?i:\b(?:spring|summer|autumn|winter|century|centuries|decades?|days?|weeks?|months?|years?|"
    r"hours?|morning|evening|night|noon|midnight|ago|recently|earlier|later|last|next|after|before|"
    r"during|when|while|since|until|ages?|aged|era|period|time|war|bc|ad|bce|ce)\b)"
)
_COUNT = (
    r"(?i:\b(?:one|once|twice|half|quarters?|thirds?|dozens?|hundreds|thousands|millions|billions|"
    r"several|many|few|fewer|most|all|both|no|none|nothing|majority|minority|pair|couple|single|"
    r"double|triple|least|almost)\b)"
)
_PERSON = re.compile(
    r"\b[A-Z]\w|\b(?:he|she|they|his|her|their|people|men|women|\w+(?:ers?|ors?|ists?|ians?|ants?)|"
    r"(?!was|has|its|this|does|always)\w{3,}s)\b"
)
_STANDS: dict[AnswerType, re.Pattern[str]] = {
    "count": re.compile(_COUNT),
    "measure": re.compile(f"{_COUNT}|{_TIME}"),
    "time": re.compile(_TIME),
    "year": re.compile(_YEAR),
    "month": re.compile(rf"\b{MONTH}|{_DAY}|(?i:\b(?:this|last|next) month\b|\bmonths? ago\b)"),
    "day": re.compile(_DAY),
}
_NUMBERS: tuple[AnswerType, ...] = ("count", "measure", "time")  # for which any figure will do


def expected_answer_type(question: str) -> AnswerType | None:
    """What the question's words ask for; None where it is none of these."""
    return next((kind for kind, asks in _ASKS if re.search(asks, question, re.I)), None)


def matches_answer_type(question: str, answer: str) -> bool:
    """Whether an answer holds what the question's words ask for: a time, an amount, a name.

    True for questions that ask for none of these. What the question itself holds does not count.
    """
    kind = expected_answer_type(question)
    if kind is None:
        return True
    if kind == "person":
        return _PERSON.search(_without(answer, question)) is not None
    asked = question.lower()
    told = (match[0].lower() for match in _STANDS[kind].finditer(answer))
    if any(not re.search(rf"\b{re.escape(each)}\b", asked) for each in told):
        return True
    return kind in _NUMBERS and not number_forms(answer) <= number_forms(question)


def yes_or_no(question: str) -> bool:
    """Whether a question asks only whether a thing is so: "Did the ferry sink?"."""
    return re.match(rf"\W*{_VERB}(?:n['’]t)?\b", question, re.I) is not None


def lacks_answer_type(question: str, answer: str) -> bool:
    """Whether a count or a time is asked for and none stands in the answer."""
    return expected_answer_type(question) in PLAIN and not matches_answer_type(question, answer)


def _without(answer: str, question: str) -> str:
    asked = {word.lower() for word in re.findall(r"\w+", question)}
    first = re.match(r"\W*(\w+)", answer)
    if first and not stem_tokens([first[1]])[0] and first[1].lower() not in ("he", "she", "they"):
        answer = answer[first.end() :]  # a capital that is no name
    return re.sub(r"\w+", lambda m: "" if m[0].lower() in asked else m[0], answer)
