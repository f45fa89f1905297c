"""Verbs of English and their forms. Pure functions.

    verb_of("build")        ->  Verb("build", "built", "built")
    verbs_of_form("left")   ->  the verbs that "left" is a form of, each with which form it is
    is_done_by_bodies(verb) ->  whether countries and companies do it too: build, sign
    with_plain_verbs(text)  ->  "Hulm won the Row" as "Hulm win the Row"

In:  words. Out: their forms, from the table of verbs in `data/verbs.toml`.
Left to others: which word of a sentence is its verb (`rag.evaluation.exam.clauses`).

A word that is not in the table is no verb here: questions are made of statements, and better none
than one in words that nobody would use.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

__all__ = ["Form", "Verb", "is_done_by_bodies", "verb_of", "verbs_of_form", "with_plain_verbs"]

Form = Literal["plain", "present", "past", "participle"]
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh|o)$")
_CONSONANT_Y = re.compile(r"(?<![aeiou])y$")


class Verb(NamedTuple):
    """The forms of a verb: "take", "took", "taken"."""

    plain: str
    past: str
    participle: str

    @property
    def present(self) -> str:
        """The form of the third person: "takes"."""
        if self.plain in ("have", "do"):
            return {"have": "has", "do": "does"}[self.plain]
        if _CONSONANT_Y.search(self.plain):
            return f"{self.plain[:-1]}ies"
        return self.plain + ("es" if _SIBILANT.search(self.plain) else "s")


def verb_of(plain: str) -> Verb:
    """The forms of the verb whose plain form is `plain`. Raises `KeyError` if it is unknown."""
    return _verbs()[plain]


def verbs_of_form(word: str) -> tuple[tuple[Verb, Form], ...]:
    """The verbs of the table that `word` is a form of; "put" is three forms of one verb."""
    return _forms().get(word.lower(), ())


def is_done_by_bodies(verb: Verb) -> bool:
    """Whether countries, companies and clubs do it as people do."""
    return verb.plain in _table()["bodies"].split()


def with_plain_verbs(text: str) -> str:
    """`text` with each form of a verb of the table in its plain form."""

    def plain(match: re.Match[str]) -> str:
        known = verbs_of_form(match[0])
        return known[0][0].plain if known else match[0]

    return re.sub(r"\b[a-z]+\b", plain, text)


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    text = files("rag.text").joinpath("data/verbs.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _verbs() -> dict[str, Verb]:
    table = _table()
    verbs = [_regular(each, doubled=False) for each in table["regular"].split()]
    verbs += [_regular(each, doubled=True) for each in table["doubled"].split()]
    verbs += [Verb(*each.split()) for each in table["irregular"].split(";")]
    return {verb.plain: verb for verb in verbs}


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[tuple[Verb, Form], ...]]:
    """Each form with its verbs; of "found" first the verb that is irregular."""
    forms: dict[str, tuple[tuple[Verb, Form], ...]] = {}
    for verb in reversed(_verbs().values()):
        of_verb: tuple[tuple[str, Form], ...] = (
            (verb.past, "past"), (verb.participle, "participle"),
            (verb.present, "present"), (verb.plain, "plain"),
        )  # fmt: skip
        for word, form in of_verb:
            forms[word] = (*forms.get(word, ()), (verb, form))
    return forms


def _regular(plain: str, *, doubled: bool) -> Verb:
    if plain.endswith("e"):
        past = f"{plain}d"
    elif _CONSONANT_Y.search(plain):
        past = f"{plain[:-1]}ied"
    else:
        past = f"{plain}{plain[-1] if doubled else ''}ed"
    return Verb(plain, past, past)
