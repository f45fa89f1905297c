"""Whether facts of two texts are the same, or stand in each other's place. Pure functions.

    is_same_sense, is_one_word, excludes         words
    is_same_name, has_name, name_before          names
    is_same_figure, rival_figure                 figures; a rival stands where the other one should
    includes, is_rival_day                       dates
    neighbours, place_of, end_of, is_passive     where something stands

In:  words, names, figures and days of `rag.newsroom.drafts.facts`. Out: as above.
Left to others: what follows from it (`rag.newsroom.drafts.comparison`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from rag.newsroom.drafts.facts import Day, Facts, Figure, Name, Word
from rag.text.dates.partial import PartialDate
from rag.text.names import mentions
from rag.text.senses import Sense, senses_of

_PASSIVE_BY = re.compile(r"\bby\b")


def excludes(one: Word, other: Word) -> bool:
    """Whether the words exclude each other, by their sense or as two of one group."""
    first, second = one.text.lower(), other.text.lower()
    if one.sense.name == other.sense.name:
        return one.sense.is_contrary(other.sense) and second in (f"un{first}", first[2:])
    group = alternatives().get(first)
    return one.sense.is_contrary(other.sense) or (
        group is not None and group == alternatives().get(second)
    )


@lru_cache(maxsize=1)
def alternatives() -> Mapping[str, int]:
    """The number of the group of `alternatives.toml` that a word is in."""
    text = files("rag.newsroom.drafts").joinpath("alternatives.toml").read_text(encoding="utf-8")
    groups = tomllib.loads(text)["groups"]
    return {word: n for n, group in enumerate(groups) for word in group.split()}


def is_same_sense(one: Sense, other: Sense) -> bool:
    """Whether two words say the same: they have one sense, or are forms of one word."""
    return one.is_same(other) or (
        one.is_negated == other.is_negated and is_one_word(one.name, other.name)
    )


def is_one_word(one: str, other: str) -> bool:
    """Whether two stems are of one word: "farm" and "farmer"."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (
        len(shorter) >= 4 and longer.startswith(shorter) and len(longer) - len(shorter) <= 3
    )


def is_same_name(one: Name, other: Name) -> bool:
    """Whether two names share a word."""
    return bool(set(one.words) & set(other.words))


def has_name(text: str, name: Name) -> bool:
    """Whether `text` has a name, or the last word of it (the first one may be missing)."""
    return mentions(text, name.text) or (mentions(text, name.words[-1]) and len(name.words[-1]) > 2)


def place_of(text: str, name: Name) -> int | None:
    """Where `text` has the last word of a name; None for nowhere."""
    match = re.search(rf"\b{re.escape(name.text.split()[-1])}\b", text)
    return match.start() if match else None


def end_of(text: str, pattern: str, start: int) -> int:
    """Where `pattern` first ends in `text` from `start` on; the end of the text for nowhere."""
    match = re.compile(pattern).search(text, start)
    return match.end() if match else len(text)


def neighbours(text: str, start: int, end: int) -> tuple[str, str]:
    """The words right before and behind `text[start:end]`, folded; "" where there is a mark.

    Before: a word that carries meaning, or one with the preposition behind it ("driven by").
    """
    before = re.search(r"(?:(\w+) )?(\w+) (?:the |an? )?$", text[:start])
    behind = re.match(r"(?:['’]s)? (\w+)", text[end:])
    words = ""
    if before:
        last, first = _content(before[2]), _content(before[1] or "")
        words = " ".join(last) or (f"{first[0]} {before[2].lower()}" if first else "")
    return words, " ".join(_content(behind[1])) if behind else ""


def _content(word: str) -> list[str]:
    return [each.name for each in senses_of(word)]


def is_same_figure(one: Figure, other: Figure) -> bool:
    """Whether two figures are one; a unit may be missing in one of them."""
    if one.full == other.full:
        return True
    units = {one.kind, other.kind} - {""}
    return one.value == other.value and len(units) < 2 and "ordinal" not in units


def name_before(facts: Facts, place: int) -> Name | None:
    """The last name before a place."""
    return next((each for each in reversed(facts.names) if each.end <= place), None)


def rival_figure(figure: Figure, free: Sequence[Figure], least: int = 1) -> Figure | None:
    """The figure of the source that stands where the claim has `figure`: of `least` things that
    tell a place (the same unit, the same word before or behind it)."""
    alike = [each for each in free if each.kind == figure.kind]
    if figure.kind == "year":
        return next((each for each in alike if each.before == figure.before), None)

    def nearness(other: Figure) -> int:
        return (
            2 * (bool(figure.behind) and figure.behind == other.behind)
            + (bool(figure.before) and figure.before == other.before)
            + (figure.kind != "")
        )

    best = max(alike, key=nearness, default=None)
    if best is None or nearness(best) < least:
        return None
    if figure.behind and best.behind and figure.behind != best.behind and nearness(best) < 2:
        return None
    return best


def includes(known: PartialDate, stated: PartialDate) -> bool:
    """Whether all that `stated` states is so of `known`; a year may be missing there."""
    pairs = [(stated.year, known.year), (stated.month, known.month), (stated.day, known.day)]
    needed = [(a, b) for a, b in pairs if a is not None]
    return all(a == b for a, b in needed if b is not None) and all(
        b is not None for a, b in needed[1 if stated.year is not None else 0 :]
    )


def is_rival_day(one: Day, other: Day) -> bool:
    """Whether two dates, or two days of the week, exclude each other."""
    if one.weekday or other.weekday:
        return bool(one.weekday and other.weekday) and one.weekday != other.weekday
    return bool(one.date and other.date) and not one.date.agrees(other.date)  # type: ignore[union-attr, arg-type]


def is_passive(text: str, word: Word) -> bool:
    """Whether "by" follows a verb at a little distance."""
    return bool(_PASSIVE_BY.search(text[word.sense.end : word.sense.end + 60]))


def with_negation(text: str, word: Word) -> str:
    """A word as it stands in `text`, with what stands before it where it is negated."""
    start = (
        max(0, text.rfind(" ", 0, max(0, word.sense.start - 25)) + 1)
        if word.is_negated
        else word.sense.start
    )
    return text[start : word.sense.end]
