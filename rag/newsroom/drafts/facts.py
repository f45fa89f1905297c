"""What a sentence states that can be compared exactly: its figures, dates, names and words.

    facts_of("On Friday 12 ferries of the Holt Line were not sold.")  ->  `Facts`
    settle_names(facts, texts)  ->  the same; a word that only opens its sentence is no name

In:  one sentence, or a few. Out: a `Facts`; all places are characters of the text.
Left to others: how the facts of two texts compare (`rag.newsroom.drafts.comparison`).

A word is negated where "not", "no", "nobody" or the like stands before it in its clause, or a verb
such as "refused to". Pure functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from rag.text.dates.forms import MONTH, WEEKDAY
from rag.text.dates.partial import PartialDate, stated_date
from rag.text.folding import fold
from rag.text.names import NAME_WORD
from rag.text.numbers import number_spans
from rag.text.senses import Sense, senses_of
from rag.text.sentences import Span
from rag.text.stemming import stem_tokens

_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_ONE = re.compile(
    r"(?<!no )\b[Oo]ne (?=[a-z]+\b)(?!(?:of|was|is|has|had|by|or|and|another|in|on)\b)"
)
_TIMES = {"twice": "2", "thrice": "3"}
_TIMES_WORD = re.compile(r"\b(?:twice|thrice)\b", re.I)
_ADVERBS = frozenset(  # they add nothing that could be wrong
    ["yet", "still", "also", "alreadi", "again", "now", "about", "later", "then", "just", "around"]
)
_JOINT = r"(?:(?:of|of the|de|la|van|von|der|den|da|di|du|le|al|bin|&|and) )"
_NAME = re.compile(rf"{NAME_WORD}\.?(?:['’]s?)?(?: (?:{_JOINT}?{NAME_WORD}|Ó))*")
_CALENDAR = re.compile(rf"(?:{MONTH}|{WEEKDAY})")
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?{MONTH}\.?(?: \d{{1,2}}\b(?!:))?(?:,? \d{{4}})?"
)
_WEEKDAY = re.compile(rf"\b{WEEKDAY}")
_CLAUSE_END = re.compile(
    r"[,;:()–—]\s|[“”\"]"
    r"|\b(?:but|when|after|before|since|as|if|which|who|where|why|how|what)\b"
    r"|\b(?:and|although|because|while)\b(?= (?:that|he|she|it|they|the)\b)"
)
_NOT = re.compile(
    r"\b(?:no one|not|never|no|none|nobody|neither|nor|nothing|cannot|without|hardly|barely)\b"
    r"|n['’]t\b|\b(?:refus\w+|declin\w+|fail\w*|unable) (?=to\b)|\bden(?:y|ies|ied|ying) (?=that\b)"
    r"|\b(?:brush(?:ed|es)? off|rul(?:ed|es?) out|turned down)(?= \w+)",
    re.I,
)
_NO_NEGATION = re.compile(r"\bnot (?:only|just|merely|least)\b|\bno (?:doubt|later|fewer)\b", re.I)
_SCOPE = 2  # words that carry meaning, behind a "not", that it negates
_SCOPE_OF_DENIAL = 5  # behind "denied that", with the subject of its clause
_POSSESSIVE = re.compile(r"['’]s?$")
_UNIT_WORDS = frozenset(["million", "billion", "trillion", "thousand", "percent"])


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at `[start:end]`, with its unit and the stems of the words next to it.

    `full` has the unit or the ending of an ordinal, `value` has neither. `kind` is what it may be
    compared with: "year", "ordinal", "time", a unit, or "" for a plain number.
    """

    full: str
    value: str
    kind: str
    start: int
    end: int
    before: str
    behind: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name, or a run of words with capitals, at `[start:end]`; `words` are folded.

    `is_doubtful`: it is one word that opens a sentence, which may have its capital from that.
    """

    text: str
    words: tuple[str, ...]
    start: int
    end: int
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word that carries meaning, and whether a "not" or the like negates it."""

    sense: Sense
    text: str
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A date at `[start:end]` as far as it is stated; `weekday` is a name such as "friday"."""

    text: str
    date: PartialDate | None
    weekday: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a text, each in the order in which they stand."""

    text: str
    figures: tuple[Figure, ...]
    days: tuple[Day, ...]
    names: tuple[Name, ...]
    words: tuple[Word, ...]

    @property
    def name_words(self) -> frozenset[str]:
        """The folded words of all names."""
        return frozenset(word for name in self.names for word in name.words)


@lru_cache(maxsize=20_000)
def facts_of(text: str) -> Facts:
    """The facts of `text`."""
    days = tuple(_days(text))
    taken = [(each.start, each.end) for each in days]
    figures = tuple(each for each in _figures(text) if not _is_within(each.start, taken))
    taken += [(each.start, each.end) for each in figures]
    names = tuple(_names(text, taken))
    taken += [(each.start, each.end) for each in names if not each.is_doubtful]
    words = tuple(each for each in _words(text) if not _is_within(each.sense.start, taken))
    return Facts(text, figures, days, names, words)


def settle_names(facts: Facts, texts: Iterable[str]) -> Facts:
    """`facts` whose doubtful names are names or words, as `texts` have them: with a capital within
    a sentence, and never without."""
    whole = "\n".join(texts)

    def is_name(name: Name) -> bool:
        word = re.escape(name.text)
        return not re.search(rf"\b{word.lower()}\b", whole) and bool(
            re.search(rf"(?<=[\w,;’”\"] ){word}\b", whole)
        )

    names = tuple(
        replace(each, is_doubtful=False)
        for each in facts.names
        if not each.is_doubtful or is_name(each)
    )
    places = [(each.start, each.end) for each in names]
    words = tuple(each for each in facts.words if not _is_within(each.sense.start, places))
    return replace(facts, names=names, words=words)


def clause_spans(text: str) -> list[Span]:
    """The clauses of a sentence, told by their marks and conjunctions; they tile it."""
    cuts = [0, *(match.start() + 1 for match in _CLAUSE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if a < b]


def _is_within(place: int, spans: list[Span]) -> bool:
    return any(start <= place < end for start, end in spans)


def _days(text: str) -> list[Day]:
    days = []
    for match in _DATE.finditer(text):
        if date := stated_date(match[0]):
            days.append(Day(match[0], date, "", *match.span()))
    days += [
        Day(match[0], None, match[0].lower(), *match.span()) for match in _WEEKDAY.finditer(text)
    ]
    return sorted(days, key=lambda each: each.start)


def _figures(text: str) -> list[Figure]:
    figures = [
        _figure(text, each.full, each.value, (each.start, each.end)) for each in number_spans(text)
    ]
    figures += [
        _figure(text, "1", "1", (match.start(), match.start() + 3)) for match in _ONE.finditer(text)
    ]
    figures += [
        _figure(text, value, value, match.span())
        for match in _TIMES_WORD.finditer(text)
        for value in [_TIMES[match[0].lower()]]
    ]
    return sorted(figures, key=lambda each: each.start)


def _figure(text: str, full: str, value: str, span: Span) -> Figure:
    start, end = span
    unit = full.partition(" ")[2]
    kind = unit or ("ordinal" if full != value else "time" if ":" in value else "")
    if not kind and _YEAR.fullmatch(value) and _YEAR.fullmatch(text[start:end]):
        kind = "year"
    before = re.findall(r"[^\W\d]+", text[:start])[-1:]
    behind = [
        word for word in re.findall(r"[^\W\d]+|[,.;]", text[end:])[:4] if word not in _UNIT_WORDS
    ]
    return Figure(full, value, kind, start, end, fold("".join(before)), _first_stem(behind))


def _first_stem(words: list[str]) -> str:
    for word in words:
        if not word[0].isalpha():
            return ""
        if stems := stem_tokens([word])[0]:
            return stems[0]
    return ""


def _names(text: str, figures: list[Span]) -> list[Name]:
    names = []
    for match in _NAME.finditer(text):
        start, words = match.start(), match[0].split()
        while words and (_is_no_name(words[0]) or _is_within(start, figures)):
            start += len(words[0]) + 1
            words = words[1:]
        bare = _POSSESSIVE.sub("", text[start : match.end()].rstrip("."))
        if words and bare:
            opens = not re.search(r"\w", text[:start])
            is_doubtful = opens and len(words) == 1
            names.append(
                Name(bare, tuple(fold(bare).split()), start, start + len(bare), is_doubtful)
            )
    return names


def _is_no_name(word: str) -> bool:
    """Whether a word with a capital is none by itself: "The", "Tuesday"."""
    return not stem_tokens([word])[0] or bool(_CALENDAR.fullmatch(_POSSESSIVE.sub("", word)))


def _words(text: str) -> list[Word]:
    plain = _NO_NEGATION.sub(lambda match: " " * len(match[0]), text)
    marks = [match.span() for match in _NOT.finditer(plain)]
    senses = [
        each
        for each in senses_of(text)
        if not _is_within(each.start, marks) and each.name not in _ADVERBS
    ]
    negated = Counter(
        sense.start
        for start, end in clause_spans(plain)
        for match in _NOT.finditer(plain, start, end)
        for sense in _negated_by(match, [each for each in senses if start <= each.start < end])
    )
    return [
        Word(each, text[each.start : each.end], negated[each.start] % 2 == 1) for each in senses
    ]


def _negated_by(match: re.Match[str], clause: list[Sense]) -> list[Sense]:
    """The words of a clause that a "not" negates: the next ones, or the last before its end."""
    behind = [each for each in clause if each.start >= match.end()]
    scope = _SCOPE_OF_DENIAL if match[0].lower().startswith("den") else _SCOPE
    return behind[:scope] or [each for each in clause if each.end <= match.start()][-1:]
