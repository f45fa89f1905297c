"""What kind of question a question is, by its wording. Pure functions.

    classify(question, asks_for_latest)  ->  its `QuestionType`, never "collection" or "metadata"
    is_call_for_help(question)

In:  a self-contained question; whether it asks for the newest state of a matter.
Out: one of the types that `rag.types.QuestionType` names.
Left to others: questions about the metadata records, which have a grammar of their own
(`rag.retrieval.records.query`); the times that a question means (`rag.retrieval.temporal`); what
follows from a type.

The types are tried from the most to the least particular. A type is a promise about the answer, so
where the wording leaves a doubt, the question is a "fact".
"""

from __future__ import annotations

import re

from rag.text.questions.answer_types import TIME_TYPES, expected_answer_type, is_yes_no_question
from rag.text.questions.topics import asks_for_overview
from rag.types import QuestionType

_ACCOUNTS = r"(?:articles|accounts|reports|versions|sources|outlets|news ?papers|papers)"
_NUMBER = r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+)"
_UNIT = (
    r"(?:%|per ?cent|percent|degrees?|tonn?es?|tons?|k?grams?|kilos?|kilomet(?:re|er)s?|km|miles?|"
    r"met(?:re|er)s?|feet|lit(?:re|er)s?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|"
    r"dollars?|euros?|pounds?|crowns?)"
)
_COMPARATIVE = (
    r"(?:more|less|fewer|higher|lower|longer|shorter|larger|smaller|bigger|greater|older|younger|"
    r"earlier|later|faster|slower|heavier|lighter|dearer|cheaper|taller|deeper|wider|narrower|"
    r"newer|further|farther|nearer|sooner)"
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day)|hallo|hola|bonjour|"
    r"thanks|thank you)(?:,? (?:there|footnoted|everyone|all))?",
    re.I,
)
_HELP = re.compile(
    r"(?:please )?help(?:,? me)?(?: please)?"
    r"|what (?:can|could|should|may) (?:i|we|you) (?:ask|do)"
    r"(?: you| here| with (?:this|it)| for me)*"
    r"|(?:what|which) (?:kinds? of |sorts? of )?questions (?:can|could|may) (?:i|we) ask"
    r"(?: you| here)?"
    r"|how (?:does (?:this|it) work|do i (?:use|search) (?:this|it)|can i use (?:this|it))"
    r"|(?:who|what) are you|what do you (?:do|know)|how can you help(?: me)?",
    re.I,
)
_PATTERNS: tuple[tuple[QuestionType, str], ...] = (
    (
        "disagreement",
        rf"^(?:do|does|did|are|is) (?:all )?(?:of )?(?:the )?{_ACCOUNTS}\b.*"
        r"\b(?:agree|disagree|differ|contradict|in agreement|at odds)\b"
        rf"|^(?:how|where|in what|on what) (?:do|did) (?:the )?(?:\w+ )?{_ACCOUNTS} "
        r"(?:differ|disagree)\b"
        r"|^(?:is|are|was|were) there (?:any |an? )?(?:\w+ )?"
        r"(?:conflict|contradiction|difference|disagreement|discrepanc(?:y|ie))s? "
        rf"(?:between|among|in) (?:the )?(?:\w+ )?{_ACCOUNTS}\b",
    ),
    (
        "change",
        r"^what (?:has |have |had )?(?:been )?changed\b"
        r"|^how (?:has|have|had|did) .+\bchanged?\b(?=.*\b(?:since|between|from|after|over)\b)",
    ),
    (
        "quote",
        r"^who (?:said|asked|wrote|called)[:,]? [“\"‘«']"
        r"|\b(?:exact(?:ly)?|literally|word for word|verbatim)\b.*\b(?:say|said|words?)\b"
        r"|\bin (?:his|her|their) own words\b"
        r"|^what were .+ (?:exact |very )?words\b",
    ),
    (
        "first",
        r"^(?:who|which (?:outlet|newspaper|paper)) (?:was|were) (?:the )?first to "
        r"(?:say|report|deny|announce|claim|write)\b"
        r"|^(?:who|which (?:outlet|newspaper|paper)) (?:first )?"
        r"(?:said|reported|denied|announced|claimed|wrote)\b.*\bfirst\W*$"
        r"|^(?:who|which (?:outlet|newspaper|paper)) first (?:said|reported|denied|announced|"
        r"claimed|wrote)\b",
    ),
    (
        "comparison",
        r"\bwhich of the (?:two|three|four)\b"
        rf"|\bhow (?:much|many) (?:\w+ )?{_COMPARATIVE}\b"
        r"|\bhow (?:many|much) (?:days|weeks|months|years|time) (?:\w+ )?between\b"
        r"|\bby how (?:much|many)\b.*\b(?:exceed|beat|surpass|outnumber|than)"
        rf"|^(?:in )?(?:who|which|what) .*\b{_COMPARATIVE}\b.* or \w"
        rf"|^(?:did|does|do|was|were|is|are|has|have|had) .*\b{_COMPARATIVE}\b.* or \w"
        r"|^(?:who|which|what) [^,:]*\b(?:first|last|most|least|fewest)\b[^,:]*[,:] .* or \w"
        r"|\bthe (?:\w+ )?difference (?:in \w+ )?between\b.* and \w"
        rf"|^(?:who|which)(?: one)? of .+ and .+ (?:is|was|are|were) (?:the )?{_COMPARATIVE}\W*$"
        rf"|\bhow (?:long|many {_UNIT}) (?:after|before)\b",
    ),
    (
        "quantity",
        rf"\bhow (?:much|heavy)\b|\bhow many {_UNIT}\b|\bwhat (?:percentage|share)\b"
        r"|^what (?:is|was|are|were) the (?:total|sum)\b",
    ),
    ("count", r"\bhow many\b"),
    (
        "list",
        r"^(?:list|name|enumerate)\b(?! (?:is|was|of)\b)"
        r"|^who (?:are|were) (?:all )?(?:the )?(?:\w+ ){0,2}?(?-i:[a-z]+[^s\W])s\b"
        rf"|^(?:(?:at|in|on|to|by|from|for|with) )?(?:which|what) {_NUMBER} \w"
        r"|^(?:(?:at|in|on|to|by|from|for|with) )?(?:which|what) "
        r"(?!(?:\w+ )?(?:was|is|does|has|this|its|happens|causes)\b)(?:\w+ )?"
        r"(?:\w{2,}[^s\W]s|people|men|women|children) (?!(?:the|a|an)\b|\w*['’]s\b)\w",
    ),
)
_FORMS = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in _PATTERNS)
_BEFORE_OVERVIEW = ("disagreement", "change", "quote")


def classify(question: str, asks_for_latest: bool = False) -> QuestionType:
    """The type of `question`: "help" for a greeting or a call for help, "fact" where in doubt."""
    if is_call_for_help(question):
        return "help"
    if asks_for_latest:
        return "latest"
    by_form = next((kind for kind, form in _FORMS if form.search(question)), None)
    if by_form not in _BEFORE_OVERVIEW and asks_for_overview(question):
        by_form = "overview"
    if is_yes_no_question(question) and by_form not in ("disagreement", "overview", "comparison"):
        return "yes_no"
    return by_form or _by_answer(question)


def is_call_for_help(question: str) -> bool:
    """Whether `question` is a greeting, or asks what can be asked."""
    words = question.strip(" .,!?¡¿")
    return bool(_GREETING.fullmatch(words) or _HELP.fullmatch(words))


def _by_answer(question: str) -> QuestionType:
    """The type that follows from what the answer has to be."""
    expected = expected_answer_type(question)
    if expected in TIME_TYPES:
        return "when"
    if expected in ("count", "measure"):
        return "quantity"
    return "who" if expected == "person" else "fact"
