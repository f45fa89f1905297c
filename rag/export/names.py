"""The authors that a byline names, as reference managers tell them apart. Pure functions.

    authors_of("Ane Moe and the Orrin Water Board")
        ->  (Person("Moe", "Ane"), Organisation("the Orrin Water Board"))
    authors_of("Moe, Ane")                ->  (Person("Moe", "Ane"),)
    authors_of("Bill and Melinda Gates")  ->  (Person("Gates", "Bill"), Person("Gates", "Melinda"))

In:  the author of a metadata record. Out: persons with family and given name, organisations whole.

A person's name that is cut in the wrong place is a wrong citation; a name that is left whole is
merely sorted by its first word. Where there is any doubt, a name stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Organisation", "Person", "authors_of"]

_BETWEEN = re.compile(r"\s*;\s*|,?\s+(?P<word>and|und|et|y)\s+")  # authors; commas apart
_COMMA = re.compile(r"\s*,\s*")
_GROUP = re.compile(r"\b(?:of|for|&)\b|&")  # "Ministry of Health and Care" is one
_WORD_OF_NAME = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]*)*")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|phd|md)\.?", re.IGNORECASE)
_PARTICLES = frozenset(
    re.findall(
        r"\S+",
        "af al ap ben bin da dal de del della den der di do dos du el ibn la le ten ter van vom "
        "von zu zum zur",
    )
)
_WITHIN_NAMES = _PARTICLES | {"und", "y"}
_INITIAL = re.compile(r"(?:[^\W\d_]\.-?)+|[^\W\d_]")
_OF_ORGANISATIONS = frozenset(
    re.findall(
        r"\S+",
        "agence agencia agency alliance ansa archive archives army associated association "
        "authority bloomberg board broadcasting bureau center centre church city college "
        "commission committee community company congress corporation correspondent "
        "correspondents council court daily department desk editor editorial editors federation "
        "foundation fund gazette government group guardian herald house institute interfax "
        "international journal kyodo library magazine media ministry monitor museum network new "
        "news newspaper newsroom office online parliament party police politico post pravda "
        "press radio redaction redaktion report reporter reporters reuters review school "
        "service services society staff standard star state team telegraph the times today "
        "tribune union united university watch weekly wire writer writers xinhua yonhap",
    )
)
_LONGEST = 4  # words of a person's name, particles aside


class _Unit(NamedTuple):
    """Names with commas between them, and the word for "and" behind them, if there is one."""

    names: list[str]
    word: str


class Person(NamedTuple):
    """A person by family name and given names."""

    family: str
    given: str

    @property
    def whole(self) -> str:
        """As a byline has it."""
        return f"{self.given} {self.family}"


class Organisation(NamedTuple):
    """An organisation, or a name that may be one."""

    whole: str


def authors_of(byline: str | None) -> tuple[Person | Organisation, ...]:
    """The authors that `byline` names, in order."""
    text = re.sub(r"^by\s+", "", " ".join((byline or "").split()), flags=re.IGNORECASE)
    if _GROUP.search(text) and "," not in text:
        return (_author(text),)
    units = _units(text)
    if _is_one_organisation(units):
        return (Organisation(text),)
    are_pairs = list(map(_is_surname_first, units))
    authors: list[Person | Organisation] = []
    for n, (names, word) in enumerate(units):
        if are_pairs[n]:  # beside another order it may be two: "Ane, Per and Liv Moe"
            authors.append(Person(*names) if all(are_pairs) else Organisation(", ".join(names)))
        elif word and len(names) == 1 and _is_name_word(names[0]) and n + 1 < len(units):
            authors.append(_with_shared_surname(names[0], units[n + 1].names))
        else:
            authors += map(_author, names)
    return tuple(authors)


def _units(text: str) -> list[_Unit]:
    """The text cut at semicolons and at words for "and", but for those within a name."""
    units, start = [], 0
    for match in _BETWEEN.finditer(text):
        unit, behind = text[start : match.start()], text[match.end() :]
        if not _is_within_name(unit, match["word"], behind):
            units.append(_Unit(_names(unit), match["word"] or ""))
            start = match.end()
    units.append(_Unit(_names(text[start:]), ""))
    return [each for each in units if each.names]


def _names(unit: str) -> list[str]:
    """What commas part, but for "Jr." and the like."""
    names: list[str] = []
    for part in _COMMA.split(unit):
        if names and _SUFFIX.fullmatch(part):
            names[-1] += f" {part}"
        elif part:
            names.append(part)
    return names


def _is_one_organisation(units: Sequence[_Unit]) -> bool:
    """Whether they are one name: "Bill and Melinda Gates Foundation"."""
    if len(units) != 2 or not units[0].word or [len(each.names) for each in units] != [1, 1]:
        return False
    first, (last,) = units[0].names[0], units[1].names
    is_organisation = isinstance(_author(last), Organisation) and len(last.split()) > 2
    return is_organisation and _is_name_word(first) and not last.lower().startswith("the ")


def _is_within_name(before: str, word: str | None, behind: str) -> bool:
    """Whether a word for "and" belongs to a name: "von und zu Guttenberg", "Ortega y Gasset"."""
    following = re.split(r",|;", _BETWEEN.split(behind, maxsplit=1)[0])[0].split()
    if not (word and before and following):
        return False
    if before.rsplit(maxsplit=1)[-1].lower() in _PARTICLES and following[0].lower() in _PARTICLES:
        return True
    return word == "y" and len(following) == 1 and _is_name_word(following[0])


def _is_surname_first(unit: _Unit) -> bool:
    """Whether its two names are family and given name of one person: "Moe, Ane".

    A given name of several words, initials aside, may be somebody else's whole name, unless the
    family name has a particle.
    """
    if len(unit.names) != 2:
        return False
    family, given = (each.split() for each in unit.names)
    first, *others = given
    alone = [each for each in family if each.lower() not in _PARTICLES]
    return (
        len(alone) == 1
        and family[-1] == alone[0]
        and _is_name_word(alone[0])
        and (_is_name_word(first) or _INITIAL.fullmatch(first) is not None)
        and len(given) < _LONGEST
        and (
            all(_INITIAL.fullmatch(each) for each in others)
            or (len(family) > 1 and all(map(_is_name_word, others)))
        )
    )


def _with_shared_surname(name: str, following: Sequence[str]) -> Person | Organisation:
    """Whom "Bill" names before "and Melinda Gates"."""
    author = _author(following[0])
    return Person(author.family, name) if isinstance(author, Person) else Organisation(name)


def _is_name_word(word: str) -> bool:
    """Whether `word` can be one of a person's name, and is none of an organisation's."""
    return (
        _WORD_OF_NAME.fullmatch(word) is not None
        and word[0].isupper()
        and any(map(str.islower, word))
        and word.lower() not in _OF_ORGANISATIONS
        and not _SUFFIX.fullmatch(word)
    )


def _author(name: str) -> Person | Organisation:
    """A person where every word is one of a person's name and there are two to four."""
    words = name.split()
    full = [each for each in words if each.lower() not in _WITHIN_NAMES]
    if (
        not 2 <= len(full) <= _LONGEST
        or words[0] not in full
        or words[-1] not in full
        or any(each.lower().strip(".") in _OF_ORGANISATIONS for each in words)
        or not all(_WORD_OF_NAME.fullmatch(each) and each[0].isupper() for each in full)
        or not any(each.islower() for word in full for each in word)
        or _SUFFIX.fullmatch(words[-1])
    ):
        return Organisation(name)
    first = len(words) - 1
    if words[first - 1] == "y":  # "José Ortega y Gasset"
        first -= 2
    while first > 1 and words[first - 1].lower() in _WITHIN_NAMES:
        first -= 1
    if first < 1:  # a surname alone
        return Organisation(name)
    return Person(" ".join(words[first:]), " ".join(words[:first]))
