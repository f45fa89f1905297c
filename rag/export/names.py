"""The authors that a byline names, as reference managers tell them apart. Pure functions.

    authors_of("Ane Moe and the Orrin Water Board")
        ->  (Person("Moe", "Ane"), Organisation("the Orrin Water Board"))

In:  the author of a metadata record. Out: persons with family and given name, organisations whole.

A person's name that is cut in the wrong place is a wrong citation; a name that is left whole is
merely sorted by its first word. Where there is any doubt, a name stays whole.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Organisation", "Person", "authors_of"]

_BETWEEN = re.compile(r"\s*(?:[,;]| and | und | et | y )\s*")
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
_OF_ORGANISATIONS = frozenset(
    re.findall(
        r"\S+",
        "agence agencia agency alliance archive archives army associated association authority "
        "board broadcasting bureau centre center church city college commission committee "
        "community company congress corporation correspondent correspondents council court daily "
        "department desk editor editorial editors federation foundation fund gazette government "
        "group guardian herald house institute international journal library magazine media "
        "ministry monitor museum network new news newspaper newsroom office online parliament "
        "party police post press radio redaktion redaction report reporter reporters review school "
        "service services society staff standard star state team telegraph the times today tribune "
        "union united university watch weekly wire writer writers",
    )
)
_LONGEST = 4  # words of a person's name, particles aside


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
    names: list[str] = []
    text = re.sub(r"^by\s+", "", " ".join((byline or "").split()), flags=re.IGNORECASE)
    for part in [text] if _GROUP.search(text) and "," not in text else _BETWEEN.split(text):
        if names and _SUFFIX.fullmatch(part):
            names[-1] += f" {part}"
        elif part:
            names.append(part)
    return tuple(map(_author, names))


def _author(name: str) -> Person | Organisation:
    """A person where every word is one of a person's name and there are two to four."""
    words = name.split()
    full = [each for each in words if each.lower() not in _PARTICLES]
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
    while first > 1 and words[first - 1].lower() in _PARTICLES:
        first -= 1
    return Person(" ".join(words[first:]), " ".join(words[:first]))
