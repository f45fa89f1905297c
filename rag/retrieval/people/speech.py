"""Who says what a text reports. Pure functions.

    find_speaker(text, start, end)  ->  who says `text[start:end]`, and the sentences that tell it
    spoken_by(text, name)           ->  the sentences that report what somebody says

In:  the text of a passage. Out: spans of it.
Left to others: which of them answers a question (`rag.retrieval.people.requests`); attribution in
a draft (`rag.grounding.attribution`).

Only what stands outside quotation marks tells who speaks. "She said" is resolved to the last person
who was named before it, at most four sentences back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.retrieval.people.introductions import is_role
from rag.retrieval.people.wording import PERSON, Span, find_words
from rag.text.sentences import sentence_spans

_DENIES = r"(?:denie[sd]|reject(?:s|ed)|disput(?:es|ed)|contradict(?:s|ed)|den(?:y|ying))"
SAYS = (
    r"(?:said|says|told|tells|ask(?:s|ed)|wrote|writes|add(?:s|ed)|remark(?:s|ed)|claim(?:s|ed)|"
    r"alleg(?:es|ed)|announc(?:es|ed)|stat(?:es|ed)|warn(?:s|ed)|argu(?:es|ed)|insist(?:s|ed)|"
    r"not(?:es|ed)|explain(?:s|ed)|admit(?:s|ted)|conced(?:es|ed)|promis(?:es|ed)|predict(?:s|ed)|"
    r"estimat(?:es|ed)|report(?:s|ed)|confirm(?:s|ed)|call(?:s|ed)|jok(?:es|ed)|recall(?:s|ed)|"
    rf"{_DENIES})"
)
DENIAL = re.compile(rf"\b(?:{_DENIES}|ruled out|rules out)\b", re.I)
_ADVERB = r"(?:(?:also|had|has|have|then|later|again|flatly|once) )*"
_NO_TITLE = r"(?!(?:that|on|in|at|to|by|it|he|she|they|we|there|this|these|if|as|yesterday)\b)"
_ATTRIBUTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<who>{PERSON})(?:, [^.;“”\"]{{2,80}},)? {_ADVERB}{SAYS}\b",
        rf"\b{SAYS} (?:{_NO_TITLE}[a-z’'-]+ ){{0,5}}(?:{_NO_TITLE}[a-z’'-]+, )?(?P<who>{PERSON})",
        rf"\b[Aa]ccording to (?:{_NO_TITLE}[a-z’'-]+,? ){{0,5}}(?P<who>{PERSON})",
    )
)
_PRONOUN = re.compile(
    rf"\b(?:[Hh]e|[Ss]he) {_ADVERB}{SAYS}\b|\b{SAYS} (?:he|she)\b|\b[Hh]e\b|\b[Ss]he\b"
)
_NAME = re.compile(PERSON)
_QUOTED = re.compile(r"“[^”]*(?:”|$)|\"[^\"\n]*(?:\"|$)|„[^“]*“|«[^»]*»")
_NO_PERSON = re.compile(  # at its beginning
    r"(?:(?:He|She|It|They|We|You|I|This|That|These|Those|There|The|A|An|Both|All|Some|Many|Most|"
    r"One|But|And|If|In|On|At|By|For|As)\b|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|"
    r"August|September|October|November|December)"
)
_MOST_BACK = 4  # sentences


class Speech(NamedTuple):
    """The sentences at `[start:end]` tell who speaks: the words at `[who_start:who_end]`."""

    start: int
    end: int
    who_start: int
    who_end: int


def find_speaker(text: str, start: int, end: int) -> Speech | None:
    """Who says what stands at `[start:end]`; None where the passage does not name anybody.

    The sentences run from where the speaker is named to the end of what is said.
    """
    outside = without_quotations(text)
    sentences = sentence_spans(text)
    inside = [n for n, (first, last) in enumerate(sentences) if first < end and start < last]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    own = (sentences[first][0], sentences[last][1])
    if who := _named_speaker(outside, own):
        return Speech(*_trimmed(text, *own), *who)
    is_reported = _PRONOUN.search(outside[own[0] : own[1]]) or not outside[start:end].strip()
    if not is_reported:
        return None
    for n in range(first - 1, max(-1, first - 1 - _MOST_BACK), -1):
        if who := _named_speaker(outside, sentences[n]) or _subject(outside, sentences[n]):
            return Speech(*_trimmed(text, sentences[n][0], own[1]), *who)
    return None


def spoken_by(text: str, name: str) -> Iterator[Speech]:
    """The sentences of `text` that report what `name`, in full or the surname, says."""
    named = find_words(text, name)
    outside = without_quotations(text)
    for start, end in sentence_spans(text):
        narration = outside[start:end]
        if not re.search(rf"\b{SAYS}\b", narration) and narration.strip():
            continue
        speech = find_speaker(text, start, end)
        if speech and any(
            first < speech.who_end and speech.who_start < last for first, last in named
        ):
            yield speech


def without_quotations(text: str) -> str:
    """`text` with blanks in place of what stands in quotation marks."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def _named_speaker(outside: str, span: Span) -> Span | None:
    """Who is named as the speaker in `outside[start:end]`."""
    start, end = span
    for pattern in _ATTRIBUTIONS:
        for match in pattern.finditer(outside, start, end):
            if not _NO_PERSON.match(match["who"]):
                return match.span("who")
    return None


def _subject(outside: str, span: Span) -> Span | None:
    """The full name that opens a sentence, perhaps behind a role: whom "she" means after it."""
    for match in _NAME.finditer(outside, *span):
        before = outside[span[0] : match.start()].strip()
        opens = not before or before.endswith(",") or is_role(before)
        if " " in match[0] and opens and not _NO_PERSON.match(match[0]):
            return match.span()
    return None


def _trimmed(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))
