"""What speaks against the words found, by where they stand in their passage. Pure functions.

In:  a question, the text of a passage, the span that the reader found in it.
Out: whether the text puts the span forward as a reply, whether it is part of a dateline, whether it
     is a place where a person is asked for, whether it counts from the event that is asked for,
     whether its sentence tells of another edition than the one asked for, or says itself that it
     is not so.
Left to others: what that costs (`rag.retrieval.evidence.judgement`).
"""

from __future__ import annotations

import re

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
_REACH = 3  # words behind the mark of an edition, one of which the question has
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
        named = stems & _stems(" ".join(behind.split()[:_REACH])) if mark["certain"] else None
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


def _repeats(stems: frozenset[str], text: str, question_end: int) -> bool:
    """Whether the question of `text` that ends at `question_end` has most of `stems`."""
    start, _ = sentence_of(text, question_end - 1, question_end)
    shared = stems & _stems(text[start:question_end])
    return bool(shared) and len(shared) >= _REPETITION * len(stems)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem_tokens([text])[0])
