"""Which facts of two texts differ: figures, dates, names, negated and contrary words.

    differing_facts(before, after)         ->  facts that stand in each other's place
    differing_facts(…, is_strict=True)     ->  those, too, that only one of the texts has
    differing_words(before, after)         ->  words that only one of them has

In:  two texts, and the quotes that they rest on. Out: `FactChange`s.
Left to others: which texts are compared (`rag.newsroom.alerts.comparison`), the facts of one text
(`rag.newsroom.drafts.facts`). Pure functions.

Two wordings of one passage may tell more or less of it: a fact that one leaves out is no
difference, unless the other has another fact of its kind in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Generic, NamedTuple, TypeVar

from rag.newsroom.alerts.values import FactChange, FactKind
from rag.newsroom.drafts.facts import Day, Facts, Figure, Name, Word, facts_of, settle_names
from rag.newsroom.drafts.matching import (
    excludes,
    is_rival_day,
    is_same_figure,
    is_same_sense,
    neighbours,
    with_negation,
)
from rag.text.folding import fold
from rag.text.names import mentions

T = TypeVar("T", Figure, Day, Name)


class _Sides(NamedTuple):
    """The facts of both texts."""

    before: Facts
    after: Facts


class _Values(NamedTuple, Generic[T]):
    """Facts of one kind that only one of the texts has."""

    before: Sequence[T]
    after: Sequence[T]


def differing_facts(
    before: str, after: str, quotes: Iterable[str] = (), *, is_strict: bool = False
) -> list[FactChange]:
    """The facts of `before` and `after` that differ; `quotes` are what both rest on."""
    texts = [before, after, *quotes]
    sides = old, new = _Sides(*(settle_names(facts_of(text), texts) for text in (before, after)))
    bearers = [name for text in texts[2:] for name in settle_names(facts_of(text), texts).names]
    plain = {fold(word) for word in re.findall(r"\w+", " ".join(texts[2:])) if word.islower()}
    own_names = [
        [each for each in facts.names if not each.is_doubtful and not mentions(text, each.text)]
        for facts, text in ((old, after), (new, before))
    ]
    names = _Values(
        [a for a in own_names[0] if not any(_is_one(a, b, bearers, plain) for b in new.names)],
        [b for b in own_names[1] if not any(_is_one(a, b, bearers, plain) for a in old.names)],
    )
    figures = _unmatched(_Values(old.figures, new.figures), is_same_figure)
    days = _unmatched(_Values(old.days, new.days), _may_be_one_day)
    if not is_strict:
        figures = _rivals(figures, lambda one, other: one.kind == other.kind)
        days = _rivals(days, lambda one, other: True)
        names = _rivals(names, lambda one, other: _is_in_its_place(sides, one, other))
    return [
        *_as_changes("figure", sides, figures),
        *_as_changes("date", sides, days),
        *_as_changes("name", sides, names),
        *_polarity(old, new),
    ]


def differing_words(before: str, after: str) -> list[FactChange]:
    """The words that carry meaning and that only one of the texts has, as one change."""
    old, new = facts_of(before), facts_of(after)
    gone = [each.text for each in old.words if not _same_words(each, new.words)]
    added = [each.text for each in new.words if not _same_words(each, old.words)]
    return [FactChange("words", " ".join(gone), " ".join(added))] if gone or added else []


def _unmatched(values: _Values[T], is_one: Callable[[T, T], bool]) -> _Values[T]:
    """The facts that only one side has."""
    return _Values(
        [a for a in values.before if not any(is_one(a, b) for b in values.after)],
        [b for b in values.after if not any(is_one(a, b) for a in values.before)],
    )


def _rivals(values: _Values[T], is_rival: Callable[[T, T], bool]) -> _Values[T]:
    """Those of which one stands where the other side has another."""
    return _Values(
        [a for a in values.before if any(is_rival(a, b) for b in values.after)],
        [b for b in values.after if any(is_rival(a, b) for a in values.before)],
    )


def _as_changes(kind: FactKind, sides: _Sides, values: _Values[T]) -> list[FactChange]:
    """Facts of one kind in pairs, as they stand in the texts."""
    words = [
        dict.fromkeys(facts.text[each.start : each.end].rstrip(".,") for each in side)
        for facts, side in zip(sides, values, strict=True)
    ]
    return [FactChange(kind, *pair) for pair in zip_longest(*words, fillvalue="")]


def _may_be_one_day(one: Day, other: Day) -> bool:
    """Whether two dates may be of one day: "3 May" and "3 May 2024", "Friday" and "3 May"."""
    return not is_rival_day(one, other)


def _is_one(one: Name, other: Name, bearers: Sequence[Name], plain: set[str]) -> bool:
    """Whether two names are of one bearer: "Holt", "Lena Holt" and "Mayor Holt".

    `bearers` are the names in the quotes, `plain` the words there without a capital: a title.
    """
    first, second = set(one.words) - plain, set(other.words) - plain
    if first <= second or second <= first or len(first & second) > 1:
        return True
    return any(first | second <= set(each.words) for each in bearers)


def _is_in_its_place(sides: _Sides, one: Name, other: Name) -> bool:
    """Whether two names stand beside the same word, or both open their text."""
    if not re.search(r"\w", sides.before.text[: one.start] + sides.after.text[: other.start]):
        return True
    first = neighbours(sides.before.text, one.start, one.end)
    second = neighbours(sides.after.text, other.start, other.end)
    return any(a and a == b for a, b in zip(first, second, strict=True))


def _polarity(old: Facts, new: Facts) -> list[FactChange]:
    """Words that one side negates and the other does not, or whose contrary it has."""
    changes = []
    agrees = any(
        word.is_negated and any(each.is_negated for each in _same_words(word, old.words))
        for word in new.words
    )
    for word in new.words:
        same = _same_words(word, old.words)
        if same and not agrees and all(each.is_negated != word.is_negated for each in same):
            before, after = with_negation(old.text, same[0]), with_negation(new.text, word)
            changes.append(FactChange("negation", before, after))
        contrary = next((each for each in old.words if _is_contrary(word, each)), None)
        if not same and contrary and not _same_words(contrary, new.words):
            changes.append(FactChange("words", contrary.text, word.text))
    return changes


def _is_contrary(one: Word, other: Word) -> bool:
    return excludes(one, other) and one.is_negated == other.is_negated


def _same_words(word: Word, others: Iterable[Word]) -> list[Word]:
    return [each for each in others if is_same_sense(word.sense, each.sense)]
