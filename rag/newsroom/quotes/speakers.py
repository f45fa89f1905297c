"""Who says a quotation in an article, and whether that is the one who is named. Pure functions.

    find_teller(text, start, end)     ->  who says `text[start:end]`, and the sentences that tell it
    same_speaker(named, name, text)   ->  whether both are one; None where it cannot be told

In:  the text of an article, the place of a quotation in it; a name as people type it.
Out: a name as the article has it, in full where it has it in full.
Left to others: the grammar of speech (`rag.retrieval.people.speech`), the name of a body that a
sentence reports ("according to KCNA": `rag.grounding.attribution`).

What the article does not tell is None: no speaker is guessed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.grounding.attribution import speaker as reported_speaker
from rag.retrieval.people.introductions import find_role, is_role
from rag.retrieval.people.mentions import full_name, is_title
from rag.retrieval.people.speech import find_speaker
from rag.retrieval.people.wording import PERSON, trimmed, without_quotations
from rag.text.folding import fold, has_phrase
from rag.text.languages import language_of
from rag.text.sentences import sentence_spans

_NOUNS_IN_CAPITALS = "de"


class Teller(NamedTuple):
    """Who says something, as the article calls them; the sentences that tell it."""

    name: str
    attribution: str


def find_teller(text: str, start: int, end: int) -> Teller | None:
    """Who says what stands at `[start:end]`; None where the article does not tell."""
    outside = without_quotations(text)
    if speech := find_speaker(text, start, end):
        name = full_name(outside, (speech.who_start, speech.who_end))
        return Teller(name, text[speech.start : speech.end]) if _is_name(name, text) else None
    sentences = [span for span in sentence_spans(text) if span[0] < end and start < span[1]]
    if len(sentences) != 1:
        return None
    first, last = trimmed(text, *sentences[0])
    reported = reported_speaker(text[first:last])
    if reported is None or reported in text[start:end]:
        return None
    return Teller(reported, text[first:last])


def same_speaker(named: str, name: str, text: str) -> bool | None:
    """Whether `named` is the person or body that an article calls `name`; `text` is the article's.

    A surname or a first name may be missing or shortened. A role ("the mayor") is that of `name`
    where the article gives it, and cannot be told where it does not.
    """
    given, own = _name_words(named), fold(name).split()
    if not given:
        return None
    if has_phrase(" ".join(given), " ".join(own)) or has_phrase(" ".join(own), " ".join(given)):
        return True
    if own[-1] in given:
        before = given[: given.index(own[-1])]
        return all(any(_may_be(word, each) for each in own[:-1]) for word in before) or not own[:-1]
    if named == named.lower() or named.lower().startswith("the ") or is_role(named):
        role = find_role(text, name)
        words = set(fold(text[slice(*role)]).split()) if role else set()
        if set(given) <= words:
            return True
        if not re.search(PERSON, named):
            return None
    return False


def _is_name(name: str, text: str) -> bool:
    """Whether what a rule takes for a name is one: in German every noun has a capital."""
    return name[:1].isupper() and (" " in name or language_of(text) != _NOUNS_IN_CAPITALS)


def _name_words(named: str) -> list[str]:
    """The folded words of a name without titles, roles and articles in front of it."""
    words = [word.strip(",.") for word in named.split()]
    name_words = [
        word
        for n, word in enumerate(words)
        if n == len(words) - 1 or not (is_title(word) or is_role(word.lower()))
    ]
    folded = fold(" ".join(name_words)).split()
    return [word for n, word in enumerate(folded) if n or word not in ("the", "a", "an")]


def _may_be(word: str, other: str) -> bool:
    """Whether a first name is another, or its initial."""
    return word == other or ((len(word) == 1 or len(other) == 1) and word[0] == other[0])
