"""What speaks against the words found, by where they stand in their passage. Pure functions.

In:  a question, the text of a passage, the span that the reader found in it.
Out: whether the text puts the span forward as a reply, whether it is part of a dateline, whether it
     is a place where a person is asked for, whether it counts from the event that is asked for,
     whether its sentence tells of another edition than the one asked for, or says itself that it
     is not so, or that whom it names did not win what is asked for.
Left to others: what that costs (`rag.retrieval.evidence.judgement`).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.ingest.boilerplate.date_lines import dateline
from rag.retrieval.evidence.readings import sentence_of
from rag.text.names import NAME_WORD
from rag.text.questions.answer_types import TIME_TYPES, expected_answer_type
from rag.text.stemming import stem_tokens
from rag.types import SpanReading

_REPETITION = 0.8  # share of the question's stems from which a sentence repeats it
_MIN_INTRODUCTION = 4  # words; "MADRID:" and "Latest news:" are heads of a report
_COUNTED = re.compile(  # "two days before she ran aground": its last group is the event
    r"\b(?:hours?|days?|weeks?|months?|years?|decades?|shortly|soon|just|long|immediately)"
    r" (?:before|after|ahead of|prior to|following) (?P<event>[^,;:.!?()“”\"]+)",
    re.I,
)
_EDITION = re.compile(  # what marks one edition, class or sibling of a competition or prize
    r"\b(?:(?P<certain>(?:women|girls|ladies|veterans|schools)['’]s?|(?:women|girls|ladies)['’]s"
    r"|junior|youth|under-?\d+s?|U-?\d\d|wheelchair|para|non(?=-?\w))"
    r"|amateur|doubles|female|mixed|qualifying|reserves?|sister|students?['’]?)\b",
    re.I,
)
_OF_A_KIND = re.compile(
    r"\W*(?:award|championships?|competition|cup|edition|event|final|league|prize|race|section"
    r"|title|tournament)\b",
    re.I,
)
_REPORT = r"(?:accounts?|claims?|hoax|news|posts?|reports?|rumou?rs?|stories|story)"
_FALSE = r"(?:a hoax|baseless|fabricated|fake|false|invented|unfounded|untrue)"
_FALSE_REPORT = re.compile(
    rf"\b{_REPORT}\b[^.!?]*\b(?:is|are|was|were|proved) {_FALSE}\b|\b{_FALSE} {_REPORT}\b"
    rf"|\bdenie[sd] (?:\w+ )?{_REPORT}\b",
    re.I,
)
_FALSE_OR_NOT = re.compile(rf"\b(?:{_REPORT}|{_FALSE}|not|asked)\b|n['’]t\b", re.I)
_NOT_SO = re.compile(  # "decided not to sue", "is often asked whether she wrote"; what it is about
    r"\bnot to (?P<verb>\w+)|\bask(?:s|ed|ing) (?:\w+ )?(?:if|whether) (?P<matter>[^,;:.!?]+)", re.I
)
_ASKS_WINNER = re.compile(
    r"\b(?:who|which|what|whose)\b(?:(?!\b(?:did|do|does|if|not|lost|when|beat(?:en)?)\b)[^,;:?]){0,60}?"
    r"\b(?:won|wins?|winning|triumph(?:ed|s)?|prevail(?:ed|s)?|victorious|winners?|victors?|champions?"
    r"|(?:took|takes|taken|c[ao]me|finish(?:ed|es)?|(?:is|was) placed) "
    r"(?:the )?(?:[\w’']+ ){0,3}?(?:first|gold|honours|honors|title|crown|victory))\b"
    r"|^\W*(?:(?:please |tell me |name |give me |find )+)?(?:the )?"
    r"(?!who|which|what|whose|when|where|why|how|did|was|is|has)(?:[\w’']+ ){0,3}?"
    r"(?:winners?|victors?|champions?)\b",
    re.I,
)
_ASKS_FORMER = re.compile(
    r"\b(?:former|previous|past|old|last year['’]s|defending|reigning|runners?-up|second|third"
    r"|lost|los[ei]\w*)\b",
    re.I,
)
_PLACE = (
    r"(?:second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|next to last|runner-up"
    r"|behind|\d+(?:nd|rd|th))(?=\W*$|[,.;)]| (?:place|in|by|after|on|at|with|behind)\b)"
)
_LATER_PLACE = rf"(?:an? |the |in |only |joint )*{_PLACE}"
_TITLE = (
    r"(?:(?P<year>(?:1[5-9]|20)\d\d)(?:['’]s)?|last year['’]s|former|previous|past|reigning"
    r"|defending|outgoing) (?:\w+(?:['’]s?)? )?(?:champions?|title-?holders?|victors?|winners?)\b"
)
_TITLE_BEHIND = re.compile(rf"\W*(?:the |a )?{_TITLE}", re.I)
_TITLE_BEFORE = re.compile(rf"{_TITLE},? $", re.I)
_ASIDE = re.compile(r"^\s*(?:\([^()]*\))?(?:,(?! (?:who|and|but|while)\b)[^,;:.!?]{1,80},)?\W*")
_FAILS = re.compile(
    r"(?:(?:who|then|later|had|has|have|was|were|were|only|also|and|already|again|himself|herself"
    r"|\w+ly) ){0,3}"
    r"(?:gave up|given up|withdr[ae]wn?|retired|dropped out|pulled out|quit|abandoned|capsized"
    r"|crash(?:ed)?|los[te]|los(?:es|ing)|beaten|defeated by|disqualified|eliminated|knocked out"
    r"|runners?-up|failed|missed|trailed|did(?: not|n['’]t) (?:finish|start|win)"
    rf"|(?:c[ao]me|finish(?:ed|es)?|placed|ended(?: up)?|took|takes|was|were)? ?"
    rf"{_LATER_PLACE})(?!\w)",
    re.I,
)
_WINS = re.compile(
    r"\b(?:w[io]n(?:s|ning)?|beat|beats|beating|defeat(?:ed|s|ing)|retain\w*|regain\w*|defended"
    r"|victor\w*|triumph\w*|took|takes|claim(?:ed|s)|first|led|prevail\w*|again)\b",
    re.I,
)
_REACH = 3  # words behind the mark of an edition, one of which the question has
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_SOURCE = re.compile(  # a name, or a verb of saying
    r"(?<=\w )[A-Z]|\b(?:according|announced?|confirm(?:s|ed)|decided|reported|ruled|sa(?:id|ys?)"
    r"|told|wrote)\b"
)


def is_prompted(question: str, text: str, span: SpanReading) -> bool:
    """Whether the span is a reply that `text` puts forward rather than a report of the matter.

    That is what stands behind a question of `text` that repeats `question`: the next sentence, a
    label such as "A." set aside, or one that says nothing of its own ("When will it close? 5
    May."). And it is a sentence behind a colon, where what introduces it is about something else
    and names no source ("Here is what to remember: it will close on 5 May.").
    """
    start, end = sentence_of(text, span.start, span.end)
    stems = _stems(question)
    question_end = text.rfind("?", 0, span.start) + 1
    if question_end and _repeats(stems, text, question_end):
        between = re.findall(r"\w+", text[question_end : max(question_end, start)])
        return len(between) <= 1 or not stems & _stems(text[question_end:end])
    introduction, colon, _ = text[start : span.start].rpartition(": ")
    return (
        bool(colon)
        and len(introduction.split()) >= _MIN_INTRODUCTION
        and not stems & _stems(introduction)
        and not _SOURCE.search(introduction)
    )


def is_in_dateline(text: str, span: SpanReading) -> bool:
    """Whether the span is part of a line of place and date ("TARN, May 5 (Wire) - …").

    That tells where and when the report was written, not what it reports.
    """
    line = dateline(text)
    return line is not None and span.end <= line.end


def is_place_for_person(question: str, text: str, span: SpanReading) -> bool:
    """Whether a person is asked for, and the span is a place: one name, behind "in", "on" or "at".

    "Whose petition was it?" is not answered by "It has more names than live on Skelsa."
    """
    if expected_answer_type(question) != "person":
        return False
    is_name = re.fullmatch(NAME_WORD, text[span.start : span.end]) is not None
    return (
        is_name and re.search(r"\b(?:in|on|at|near|off|across) $", text[: span.start]) is not None
    )


def is_counted_from_event(question: str, text: str, span: SpanReading) -> bool:
    """Whether a time is asked for, and the span tells one that is counted from what is asked.

    "When did she run aground?" is not answered by "the alarm went off two days before she ran
    aground": at least half of the words behind "before" are the question's.
    """
    if expected_answer_type(question) not in TIME_TYPES:
        return False
    start, end = sentence_of(text, span.start, span.end)
    for counted in _COUNTED.finditer(text, start, end):
        if counted.start() <= span.end and span.start <= counted.end():
            event = _stems(counted["event"])
            return bool(event) and 2 * len(event & _stems(question)) >= len(event)
    return False


def is_of_other_edition(question: str, text: str, span: SpanReading) -> bool:
    """Whether the sentence of the span tells of another edition of what is asked for.

    "Where is the Super Cup held?" is not answered by "The women's edition of the Super Cup takes
    place here", nor by the place of the Junior Super Cup; a question that marks the edition itself
    is. What is marked is a kind of event, or, behind a word that marks nothing else, has a word of
    the question in it.
    """
    start, end = sentence_of(text, span.start, span.end)
    stems = _stems(question)
    for mark in _EDITION.finditer(text, start, end):
        behind = text[mark.end() : end]
        reach = 1 if mark[0].lower() == "non" else _REACH if mark["certain"] else 0
        named = stems & _stems(" ".join(behind.split()[:reach]))
        if (named or _OF_A_KIND.match(behind)) and not _stems(mark[0]) & stems:
            return True
    return False


def is_not_asserted(question: str, text: str, span: SpanReading) -> bool:
    """Whether the sentence of the span itself says that what is asked for is not so, or not known.

    "When did she die?" is not answered by "A rumour that she died on 5 May is false", "Who sues
    the bank?" not by "The union decided not to sue the bank", "Who wrote it?" not by "She is often
    asked whether she wrote it". A question for a rumour, or with a "not", is another matter.
    """
    start, end = sentence_of(text, span.start, span.end)
    if not _FALSE_OR_NOT.search(question) and _FALSE_REPORT.search(text, start, end):
        return True
    stems = _stems(question)
    for match in _NOT_SO.finditer(text, start, end):
        matter = match["matter"] or f"{match['verb']} {match['verb'].rstrip('e')}ing"
        if stems & _stems(matter) and not _FALSE_OR_NOT.search(question):
            return True
    return False


def is_no_winner(question: str, text: str, span: SpanReading, years: Collection[str]) -> bool:
    """Whether it is asked who won, and the sentence says that the span did not, or won before.

    "Who won the race?" is answered neither by "Ada Moe gave up at the bridge" nor by "Ada Moe came
    in third"; nor by "Ada Moe, the 2019 winner, did not row", except where 2019 is the year of the
    question, or, where that has none, one of `years`, those that the article reports on.
    """
    if not _ASKS_WINNER.search(question) or _ASKS_FORMER.search(question):
        return False
    start, end = sentence_of(text, span.start, span.end)
    name = re.match(r"[^,(]+", text[span.start : span.end])  # without an apposition
    behind = text[span.start + name.end() if name else span.end : end]
    title = _TITLE_BEHIND.match(behind) or _TITLE_BEFORE.search(text, start, span.start)
    own = set(_YEAR.findall(question)) or set(years)
    if title and title["year"] in own:
        return False
    if _FAILS.match(_ASIDE.sub("", behind, count=1)):
        return True
    return title is not None and not _WINS.search(_TITLE_BEHIND.sub(" ", behind, count=1))


def _repeats(stems: frozenset[str], text: str, question_end: int) -> bool:
    """Whether the question of `text` that ends at `question_end` has most of `stems`."""
    start, _ = sentence_of(text, question_end - 1, question_end)
    shared = stems & _stems(text[start:question_end])
    return bool(shared) and len(shared) >= _REPETITION * len(stems)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem_tokens([text])[0])
