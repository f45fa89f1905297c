"""The outlets and agencies that a text names as the sources of its news.

    credited_source(sentence, outlet)   ->  the one that a sentence credits, other than `outlet`
    credited_sources(text)              ->  all that a text credits, in its order
    main_sources(text)                  ->  those that a text as a whole rests on
    is_outlet_name(name)                ->  whether a name is one of an outlet by its words

In:  text, in English. Out: names as they are spelled there.
Left to others: which articles are of the outlet credited (`rag.index.copies.origins`).

A report rests on another where its beginning credits that, or where it says of itself that it was
published there first. A credit further down is for a detail, and who is contradicted is no source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.text.dates.forms import MONTH, WEEKDAY
from rag.text.folding import fold, same_words
from rag.text.names import extract_names
from rag.text.sentences import sentence_spans

# what opens a sentence, with a capital, before the name of an outlet
_OPENER = r"(?:After|And|As|But|Earlier|Later|So|Then|Today|When|While|Yesterday)"
_TIME = rf"(?i:on|in|last|by|since) (?:{WEEKDAY}|(?:\d{{1,2}} )?{MONTH}(?: \d{{1,2}})?)"
_NAME = r"[A-Z][\w’'.-]*(?: (?:(?:of|and|the|&) )?[A-Z][\w’'.-]*){0,3}"
_CREDITED = (
    re.compile(  # "according to the news agency KCNA", "documents seen by the Post"
        r"\b(?:[Aa]ccording to|[Cc]iting|cited by|seen by|reported by|quoted by) "
        r"(?:the )?(?:(?:news ?agency|newspaper|broadcaster|state media|news site|daily|weekly) )?"
        r"(?P<source>[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*){0,3})"
    ),
    re.compile(r"\((?P<source>[A-Z][\w’'. -]{2,30})\) ?[-–—] "),  # "GANNET HEAD (Coast Wire) - "
    re.compile(
        rf"\b(?:{_OPENER} )?(?:{_TIME} )?(?:the )?"
        rf"(?P<source>(?!(?:{_OPENER}|{_TIME})\b)[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*){{0,3}}) "
        r"(?:has )?reported\b"
    ),
)
_REPUBLISHED = re.compile(  # what a reprint says of itself, mostly below its text
    r"(?:(?i:(?:first|originally|previously) (?:published|appeared|reported|printed|posted)"
    r" (?:in|on|by|at)|(?:re)?(?:printed|published|posted) (?:here )?(?:with permission )?from"
    r"|with permission (?:of|from)|(?:(?:additional )?reporting|copy) (?:by|from)|courtesy of"
    r"|syndicated (?:by|from)|(?:source|credit|via|from)\s?:|(?:©|\(c\)|copyright)(?: \d{4})?))"
    rf"\s?(?:the )?(?P<source>{_NAME})"
)
_NO_OUTLET = re.compile(  # words that have a capital where they open a sentence
    r"(?:(?:the|local|state|some|many|several) )?(?:authorities|doctors|experts|hospitals|media|"
    r"neighbou?rs|newspapers|observers|officials|others|papers|police|researchers|residents|"
    r"scientists|survivors|witnesses)",
    re.IGNORECASE,
)
_DISPUTES = re.compile(
    r"\b(?:contrary|contradict\w*|den(?:y|ied|ies)|disput\w+|reject\w+|unlike|wrong\w*|refut\w+|"
    r"false\w*|correct(?:s|ed|ing)|could not (?:be )?confirm\w*)\b",
    re.IGNORECASE,
)
_OUTLET_WORD = re.compile(
    r"\b(?:Agency|Bulletin|Chronicle|Courier|Daily|Dispatch|Echo|Examiner|Express|Gazette|Guardian|"
    r"Herald|Independent|Journal|Mail|Mercury|Messenger|Mirror|News|Observer|Post|Press|Radio|"
    r"Record|Register|Review|Sentinel|Standard|Star|Sun|Telegraph|Times|Tribune|TV|Weekly|Wire)\b"
    r"|^[A-Z]{2,5}$"
)
_MOST = 12  # sources of one text
_BEGINNING = 3  # sentences


def credited_source(sentence: str, outlet: str | None) -> str | None:
    """The outlet or agency that `sentence` credits with its news, other than `outlet`."""
    for pattern in _CREDITED:
        if match := pattern.search(sentence):
            source = match["source"].strip(" .,")
            if not extract_names(f"of {source}") or _NO_OUTLET.fullmatch(source):
                return None
            return None if outlet and same_words(source, outlet) else source
    return None


def credited_sources(text: str) -> list[str]:
    """Whom `text` credits with its news or names as where it appeared first, each once.

    People who are quoted "according to" are among them: only an outlet that has the article tells
    them apart.
    """
    return _names(match for each in (*_CREDITED, _REPUBLISHED) for match in each.finditer(text))


def main_sources(text: str) -> list[str]:
    """Whom `text` as a whole rests on, each once; people may be among them, as above."""
    spans = sentence_spans(text)[:_BEGINNING]
    sentences = [text[start:end] for start, end in spans]
    in_beginning = (
        match
        for sentence in sentences
        if not _DISPUTES.search(sentence)
        for each in _CREDITED
        for match in each.finditer(sentence)
    )
    return _names([*in_beginning, *_REPUBLISHED.finditer(text)])


def is_outlet_name(name: str) -> bool:
    """Whether a name is that of an outlet or agency by its words: "Vale Herald", "KCNA"."""
    return _OUTLET_WORD.search(name) is not None


def _names(matches: Iterable[re.Match[str]]) -> list[str]:
    """The names of sources in `matches`, each once."""
    sources: dict[str, str] = {}
    for match in sorted(matches, key=lambda each: each.start("source")):
        source = match["source"].strip(" .,")
        if not _NO_OUTLET.fullmatch(source):
            sources.setdefault(fold(source), source)
    return list(sources.values())[:_MOST]
