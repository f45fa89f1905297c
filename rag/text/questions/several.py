"""Questions for all members of a list, and sentences that enumerate. Pure functions.

    asks_for_several("What are the titles of her books?")  ->  True
    listed_nouns("What are the titles of her books?")       ->  the stems of "titles" and "books"
    is_enumeration("Ulm, Aas or Lund")                     ->  True
    places_asked_for("the first three home")               ->  3
    announced(text)                                        ->  "three small books": 3, "books"

In:  a question; words of an article.
Out: whether several things are asked for, or named.
Left to others: who they are (`rag.grounding.composition.enumeration`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.text.numbers import number_spans
from rag.text.stemming import stem_tokens

_SEVERAL = re.compile(
    r"\b(?:which|what|whose) (?!(?:was|is|does|has|this|its|happens|causes)\b)(?:\w+ )?"
    r"\w{2,}[^s\W]s\b(?! (?:the|a|an|it|he|she)\b)"
    r"|\b(?:what|which|who) (?:are|were) (?:all )?(?:the|his|her|its|their)\b"
    r"|\b(?:list|name|names|enumerate)\b(?! (?:is|was)\b)|\ball (?:the|of|its|his|her|their)\b"
    r"|\bevery\b|\beach of\b",
    re.I,
)
_PLURAL = re.compile(r"\b(?!(?:was|is|does|has|this|its|his)\b)\w{3,}[^s\W]s\b")
_PLACES = re.compile(
    r"\b(?:first|top|leading|fastest|best) (?P<first>two|three|four|five|six|\d)\b"
    r"(?! (?:\w+ )?(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|times?|decades?)\b)"
    r"|\b(?P<last>two|three|four|five|six) (?:fastest|quickest|best|leading)\b",
    re.I,
)
_PODIUM = re.compile(
    r"\b(?:on|made|reached|filled) the podium\b|\bfirst,? second,? and third\b", re.I
)
_NEAR = 3  # words behind a number
_COORDINATION = re.compile(
    r"[\w’'”\"%)]+, [^,;]{2,80}?,? (?:and|or|as well as) \w|[\w’'”\"]+ (?:and|or) \w"
)


class Announced(NamedTuple):
    """That so many things are told of: `number` of what the word `noun` calls."""

    number: int
    noun: str
    end: int


def asks_for_several(question: str) -> bool:
    """Whether `question` asks for all members of a list."""
    return _SEVERAL.search(question) is not None or places_asked_for(question) > 1


def places_asked_for(question: str) -> int:
    """How many of those who came first `question` asks for; 0 where it asks for none."""
    if _PODIUM.search(question):
        return 3
    match = _PLACES.search(question)
    words = (match["first"] or match["last"]) if match else ""
    return next((int(each.value) for each in number_spans(words) if each.value.isdigit()), 0)


def is_enumeration(words: str) -> bool:
    """Whether `words` join two members or more by "and" or "or"."""
    return _COORDINATION.search(words) is not None


def listed_nouns(question: str) -> frozenset[str]:
    """The stems of the plurals of `question`: what it asks to list is one of them."""
    return frozenset(stem_tokens([" ".join(_PLURAL.findall(question))])[0])


def announced(text: str, nouns: frozenset[str]) -> Announced | None:
    """The first number of `text`, 2 to 12, behind which one of `nouns` stands within two words."""
    for span in sorted(number_spans(text), key=lambda each: each.start):
        if not span.value.isdigit() or not 2 <= int(span.value) <= 12:
            continue
        following = re.findall(r"[\w-]+", text[span.end :][:60])[:_NEAR]
        for word in following:
            if set(stem_tokens([word])[0]) & nouns:
                end = text.index(word, span.end) + len(word)
                return Announced(int(span.value), word, end)
    return None
