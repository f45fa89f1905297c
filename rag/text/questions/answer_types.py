"""The type of answer that a question expects, and whether an answer is of that type.

In:  a question; an answer, or the quote that it rests on.
Out: the type; whether the answer has something of the type that the question did not.
Left to others: whether the answer is right (`rag.grounding.support`, `rag.grounding.verifier`).

A count or a time can be seen in the text: a "how many" without a number is not answered, nor an
"in which year" without a year. Other types (a person, a measure) are recognised less surely. Pure
functions.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.text.dates.forms import MONTH
from rag.text.numbers import number_forms, number_spans
from rag.text.stemming import stem_tokens

AnswerType = Literal["count", "measure", "time", "year", "month", "day", "person"]
Patterns = tuple[tuple[AnswerType, str], ...]
TIME_TYPES: tuple[AnswerType, ...] = ("time", "year", "month", "day")
VISIBLE_TYPES: tuple[AnswerType, ...] = ("count", *TIME_TYPES)  # whose absence can be seen

_AUXILIARY = (
    r"(?:did|do|does|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
)
_COURTESY = re.compile(  # what follows is the question
    r"\W*(?:do|can|could|would|will|may|might) (?:you|i|we|anyone|anybody|somebody|someone)"
    r" (?:please |perhaps |also )*(?:know|say|ask|tell|explain|remember|recall|remind|find out)"
    r"(?: me| us)?(?: please)? (?:again |exactly )?"
    r"(?:who|whom|whose|what|which|when|where|why|how)\b",
    re.I,
)
_WHICH = r"\b(?:what|which) (?:(?:is|was|were) the (?:exact )?|\w+ )?"
_QUESTION_PATTERNS: Patterns = (
    ("count", r"\bhow (?:many|much)\b|\b(?:what|which) (?:percentage|share|number|fraction)\b"),
    ("measure", r"\bhow (?:often|large|big|long|far|tall|high|old|deep|wide|fast)\b"),
    ("year", _WHICH + r"year\b"),
    ("month", _WHICH + r"month\b"),
    ("day", _WHICH + r"(?:day|date)\b"),
    (
        "time",
        rf"\bwhen (?:exactly |precisely )?{_AUXILIARY}\b|\b(?:by|since|until|till) when\b|"
        rf"{_WHICH}(?:century|decade)\b",
    ),
    ("person", r"\b(?:who|whom|whose)\b"),
)
_ASKING = re.compile(
    r"\b(?:who|whom|whose|what|where|why|how|(?<!in )(?<!on )which|"
    r"(?<!day )(?<!date )(?<!year )when)\b",
    re.I,
)
_NAMES_EVENT = (
    r"(?:arrest|arrival|birth|closing|closure|collapse|death|departure|election|grounding|launch|"
    r"loss|marriage|opening|publication|release|resignation|return|signing|sinking|wedding)\b"
)
_CLIPPED_PATTERNS: Patterns = (  # of questions without such a word
    ("year", r"^\W*(?:the )?year (?:in which|when)\b"),
    ("month", r"^\W*(?:the )?month (?:in which|when)\b"),
    (
        "day",
        r"^\W*(?:the )?(?:exact |precise )?(?:date (?:of|on which|when)|day (?:on which|when))\b"
        rf"|(?:['’]s|\b(?:his|her|its|their)) (?:exact )?(?:day|date) of {_NAMES_EVENT}"
        r"|\b(?:tell|give|name|state|know|me) (?:me )?the (?:exact )?(?:day|date)\W*$",
    ),
    ("count", r"^\W*(?:the )?(?:total )?number of\b"),
    ("person", r"^\W*(?:the )?name of (?:the|that) (?:\w+ )?(?:person|man|woman|one)\b"),
)
_OF_TWO_PARTS = re.compile(r":\s|\s[-–—]\s")  # "The Day of the Fox - author": the second asks

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
_ANSWER_PATTERNS: dict[AnswerType, re.Pattern[str]] = {
    "count": re.compile(_COUNT),
    "measure": re.compile(f"{_COUNT}|{_TIME}"),
    "time": re.compile(_TIME),
    "year": re.compile(_YEAR),
    "month": re.compile(rf"\b{MONTH}|{_DAY}|(?i:\b(?:this|last|next) month\b|\bmonths? ago\b)"),
    "day": re.compile(_DAY),
}
_FIGURE = (
    r"(?:profit|loss|revenue|turnover|dividend|prize money|fee|fine|fare|price|cost|costs|"
    r"bill|rent|salary|wage|budget|sum|amount|number|figure|size|weight|length|height|depth|width|speed|"
    r"distance|temperature|magnitude|capacity|turnout|population|"
    r"(?:winning|finishing|record|race|best|fastest) time)"
)
_HOW_MANY = re.compile(
    rf"\bhow many (?P<nouns>(?!{_AUXILIARY}\b)[\w-]+(?: (?!{_AUXILIARY}\b)[\w-]+)?)", re.I
)
_LENGTH = r"m|km|cm|mm|(?:kilo|centi|milli)?met(?:re|er)s?|miles?|feet|foot|ft|yards?|inch(?:es)?"
_TIMES = r"seconds?|minutes?|hours?|days?|weeks?|months?|years?"
_MONEY = (
    r"million|billion|bn|mln|cents?|crowns?|dollars?|euros?|florins?|francs?|kron[aer]r?|lira|pesos?|"
    r"pounds?|roubles?|rupees?|yen|yuan|zloty"
)
_MEASURES = tuple(
    (re.compile(form, re.I), re.compile(rf"[ -]?(?:{units})\b", re.I))
    for form, units in (
        (r"\bhow (?:far|high|tall|deep|wide)\b|\b(?:distance|height|depth|width)\b", _LENGTH),
        (r"\bhow long\b|\blength\b", f"{_LENGTH}|{_TIMES}"),
        (r"\bin what time\b|\b(?:winning|finishing|record|race|\d{4}|[’']s) time\b", _TIMES),
        (r"\bhow heavy\b|\bweight?\b", r"kg|g|kilos?|(?:kilo)?gram(?:me)?s?|tonn?e?s?|pounds?"),
        (r"\b(?:how (?:hot|cold|warm)|temperature)\b", r"°|degrees?"),
        (
            r"\b(?:how (?:fast|strong)|speed|gusts?)\b",
            r"km/h|kph|mph|knots?|(?:kilomet\w+|miles?) an",
        ),
        (r"\b(?:what|which) (?:percentage|share)\b", r"%|per ?cent"),
        (
            r"\bhow much (?:money|(?:did|does|do|is|was|will) .*\b(?:cost|earn|pay|raise|worth))\b|"
            r"\b(?:price|costs?|fee|fine|fare|prize money|profit|revenue|turnover|budget|bill)\b",
            _MONEY,
        ),
    )
)
_NEAR = 3  # words behind a number in which what it counts is named
_ASKS_FIGURE = re.compile(
    rf"\bhow (?:many|much)\b|\b(?:what|which) (?:percentage|share|fraction)\b|\bin what time\b"
    r"|\bwhat (?:(?:was|is|were|are|did|does) )?(?:(?!by\b|of\b|to\b|for\b)[\w’'-]+ ){0,4}?"
    rf"{_FIGURE}"
    r"(?=\W*(?:$|(?:of|in|for|at|on|after|per|did|do|does|has|had|have|was|were|is|are|will)\b))",
    re.I,
)
_NUMERIC_TYPES: tuple[AnswerType, ...] = ("count", "measure", "time")  # any number will do


def expected_answer_type(question: str) -> AnswerType | None:
    """The type that the question's words ask for; None where they ask for none of these.

    A clipped question has no asking word: "Day of the ferry's loss?", "Number of jobs to go?".
    """
    if kind := _kind_by(_QUESTION_PATTERNS, question):
        return kind
    if re.search(r"[,:–—-] when\W*$", question, re.I):
        return "time"
    if _ASKING.search(question) or _OF_TWO_PARTS.search(question):
        return None
    return _kind_by(_CLIPPED_PATTERNS, question)


def _kind_by(patterns: Patterns, question: str) -> AnswerType | None:
    return next((kind for kind, pattern in patterns if re.search(pattern, question, re.I)), None)


def matches_answer_type(question: str, answer: str) -> bool:
    """Whether `answer` has what the question asks for: a time, an amount, a name.

    True for questions that ask for none of these. What the question itself has does not count.
    """
    kind = expected_answer_type(question)
    if kind is None:
        return True
    if kind == "person":
        return _PERSON.search(_without(answer, question)) is not None
    matches = (match[0].lower() for match in _ANSWER_PATTERNS[kind].finditer(answer))
    if any(not re.search(rf"\b{re.escape(each)}\b", question.lower()) for each in matches):
        return True
    return kind in _NUMERIC_TYPES and not number_forms(answer) <= number_forms(question)


def lacks_figure(question: str, words: str) -> bool:
    """Whether `question` asks for an amount and `words`, which should answer, have none."""
    if not _ASKS_FIGURE.search(question):
        return False
    return not (number_forms(words) or _ANSWER_PATTERNS["count"].search(words))


def has_amount_asked_for(question: str, sentence: str, words: str) -> bool:
    """Whether `words` of `sentence` are an amount of the kind that `question` asks for.

    "How many beds are left?" and "four of its eight beds": the noun stands soon behind a number.
    "How far is it?" and "31 kilometres": a unit of the kind stands behind it.
    """
    units = next((unit for form, unit in _MEASURES if form.search(question)), None)
    if units is not None:
        for each in number_spans(words):
            if units.match(words, each.end) or (":" in each.value and units.match("minutes")):
                return True
    return _counts_what_is_asked(question, sentence, words)


def _counts_what_is_asked(question: str, sentence: str, words: str) -> bool:
    counted = _HOW_MANY.search(question)
    if counted is None or not number_forms(words):
        return False
    nouns = frozenset(stem_tokens([counted["nouns"]])[0])
    behind = (sentence[each.end :][:40].split()[:_NEAR] for each in number_spans(sentence))
    return any(nouns & set(stem_tokens([" ".join(each)])[0]) for each in behind)


def is_yes_no_question(question: str) -> bool:
    """Whether a question can be answered by yes or no: "Did the ferry sink?"."""
    if _COURTESY.match(question):
        return False
    return re.match(rf"\W*{_AUXILIARY}(?:n['’]t)?\b", question, re.I) is not None


def lacks_answer_type(question: str, answer: str) -> bool:
    """Whether the question asks for a count or a time and the answer has none."""
    return expected_answer_type(question) in VISIBLE_TYPES and not matches_answer_type(
        question, answer
    )


def _without(answer: str, question: str) -> str:
    """`answer` without the words of `question` and without an opening word that is no name."""
    question_words = {word.lower() for word in re.findall(r"\w+", question)}
    first = re.match(r"\W*(\w+)", answer)
    if first and not stem_tokens([first[1]])[0] and first[1].lower() not in ("he", "she", "they"):
        answer = answer[first.end() :]
    return re.sub(r"\w+", lambda m: "" if m[0].lower() in question_words else m[0], answer)
