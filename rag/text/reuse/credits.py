"""The outlets and agencies that a text names as the sources of its news.

    credited_source(sentence, outlet)   ->  the one that a sentence credits, other than `outlet`
    credited_sources(text)              ->  all that a text credits, in its order

In:  text, in English. Out: names as they are spelled there.
Left to others: which articles are of the outlet credited (`rag.index.copies.origins`).
"""

from __future__ import annotations

import re

from rag.text.dates.forms import MONTH, WEEKDAY
from rag.text.folding import fold, same_words
from rag.text.names import extract_names

# what opens a sentence, with a capital, before the name of an outlet
_OPENER = r"(?:After|And|As|But|Earlier|Later|So|Then|Today|When|While|Yesterday)"
_TIME = rf"(?i:on|in|last|by|since) (?:{WEEKDAY}|(?:\d{{1,2}} )?{MONTH}(?: \d{{1,2}})?)"
_NAME = r"[A-Z][\w’'.-]*(?: (?:(?:of|and|the|&) )?[A-Z][\w’'.-]*){0,3}"
_CREDITED = (
    re.compile(  # "according to the news agency KCNA", "documents seen by the Post"
        r"\b(?:according to|citing|cited by|seen by|reported by|quoted by) "
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
_MOST = 12  # sources of one text


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
    matches = [match for each in (*_CREDITED, _REPUBLISHED) for match in each.finditer(text)]
    sources: dict[str, str] = {}
    for match in sorted(matches, key=lambda each: each.start("source")):
        source = match["source"].strip(" .,")
        if not _NO_OUTLET.fullmatch(source):
            sources.setdefault(fold(source), source)
    return list(sources.values())[:_MOST]
