"""What words mean beside one another: the same, the contrary, or neither. Pure functions.

    senses_of("It had been switched off.")  ->  the words that carry meaning, each with its place
    one.is_same(other), one.is_contrary(other)
    stems_of_sense("theft")               ->  the stems of all words of its sense

In:  a text. Out: a `Sense` for each of its words that is no stop word, in order.
Left to others: whether a clause states or negates what it tells of (`rag.text.polarity`).

Words have the sense of their stem; groups of words for one thing, words of contrary sense and
phrases that are one word are in `data/senses.toml`. "un" before a word gives its contrary.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rag.text.stemming import stem_tokens

_WORD = re.compile(r"\w+")
_UN = re.compile(r"un(?!der|til|less|ion|it|iv)(?P<contrary>\w{4,})", re.I)


@dataclass(frozen=True, slots=True)
class Sense:
    """A word of a text at `[start:end]`: `name` is common to all words of its sense.

    `is_negated`: it is the contrary of that sense ("unharmed").
    """

    name: str
    start: int
    end: int
    is_negated: bool = False

    def is_same(self, other: Sense) -> bool:
        """Whether both words say the same."""
        return self.name == other.name and self.is_negated == other.is_negated

    def is_contrary(self, other: Sense) -> bool:
        """Whether one of the words excludes the other."""
        if self.name == other.name:
            return self.is_negated != other.is_negated
        pair = (self.name, other.name)
        return self.is_negated == other.is_negated and pair in _lexicon().contraries


def senses_of(text: str) -> tuple[Sense, ...]:
    """The words of `text` that carry meaning, in their order."""
    lexicon = _lexicon()
    senses: list[Sense] = []
    place = 0
    for phrase in lexicon.phrases.finditer(text):
        senses += _words(text, place, phrase.start())
        name = lexicon.name(phrase.lastgroup or "")
        senses.append(Sense(name, phrase.start(), phrase.end()))
        place = phrase.end()
    return (*senses, *_words(text, place, len(text)))


def stems_of_sense(word: str) -> frozenset[str]:
    """The stems of the words that have the sense of `word`; empty for a stop word."""
    lexicon = _lexicon()
    name = lexicon.name(word)
    same = (_stem(each) for each, other in lexicon.names.items() if other == name)
    return frozenset(filter(None, (_stem(word), *same)))


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """What `data/senses.toml` has: names by word and by stem, pairs of contrary names, phrases."""

    names: Mapping[str, str]
    contraries: frozenset[tuple[str, str]]
    phrases: re.Pattern[str]

    def name(self, word: str) -> str:
        """The name of the sense of `word`; "" for a stop word that is in no group."""
        stem = _stem(word)
        return self.names.get(word.lower()) or self.names.get(stem, stem)


def _words(text: str, start: int, end: int) -> list[Sense]:
    lexicon = _lexicon()
    senses = []
    for match in _WORD.finditer(text, start, end):
        negative = _UN.fullmatch(match[0])
        if name := lexicon.name(negative["contrary"] if negative else match[0]):
            senses.append(Sense(name, match.start(), match.end(), negative is not None))
    return senses


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    text = files("rag.text").joinpath("data/senses.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    groups = [group.split() for group in data["same"]]
    names = {}
    for group in groups:
        forms = [*group, *map(_stem, group)]
        names.update(dict.fromkeys(filter(None, forms), _stem(group[0])))
    pairs = set()
    for sides in data["contrary"]:
        one, other = ([_stem(word) for word in side.split()] for side in sides)
        for a in one:
            for b in other:
                first, second = names.get(a, a), names.get(b, b)
                pairs |= {(first, second), (second, first)}
    phrases = "|".join(f"(?P<{name}>{form})" for name, form in data["phrases"].items())
    pattern = re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.I)
    return _Lexicon(names, frozenset(pairs), pattern)


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    """The stem of `word`, "" for a stop word."""
    return next(iter(stem_tokens([word])[0]), "")
