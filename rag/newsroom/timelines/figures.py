"""Which statements give other figures of one thing: conflicts, and figures that changed.

    compare_figures(topic, claims)  ->  `Compared`

In:  statements, each with its article, its date, and the origin of its article.
Out: pairs that cannot both be right; runs of figures of one thing that changed over time.
Left to others: when two accounts exclude each other (`rag.grounding.composition.accounts`).

Two clauses have figures of one thing where they count or measure the same and have words in common
besides, or where what they count is the topic itself. Of accounts of the same news by articles of
different origins these are in conflict; else, and where the later one says so ("rises to"), the
figure changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.grounding.composition.accounts import (
    MEASURES,
    Account,
    clause_spans,
    exclude,
    without_dates,
)
from rag.grounding.conflicts import counted_stem
from rag.newsroom.timelines.statements import Statement
from rag.newsroom.timelines.values import FigureChange
from rag.text.names import extract_names
from rag.text.numbers import number_spans
from rag.text.stemming import stem_tokens
from rag.types import Evidence

_SAME_THING = 0.5  # share of the stems of the shorter clause, from which figures are of one thing
_MIN_SHARED_MEASURE = 2  # stems that two clauses share where a measure is in conflict
_MIN_SHARED = 2  # stems that two sentences share where their clauses share none
_PREFIX = 4  # letters that "docker" and "dock" have in common
_EARLIER = re.compile(
    r"\b(?:from|than|after|against|vs\.?|versus|before|was|and)\b[^\d]{0,20}$", re.I
)
_DURATIONS = frozenset(
    stem_tokens(["year month week day hour minute second"])[0]
)  # a change of these is no news
_DIFFERENCE = re.compile(  # "9 percent higher": a change already
    r"\b(?:r(?:ises?|ose|isen)|f[ae]ll(?:s|en)?|grew|grown|increased?|dropped|gained|lost|up|down"
    r"|higher|lower|more|less|fewer)\b",
    re.I,
)
_PROFIT, _LOSS = (frozenset(stem_tokens([each])[0]) for each in ("profit gain surplus", "loss"))
_UNIT_WORD = re.compile(
    r"[ \u00a0-]?(?!(?:of|in|at|to|from|and|or|for|on|by|with|out)\b)[^\W\d_%][\w’'-]*|[ \u00a0]?%"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """`conflicts` are pairs of numbers of statements, the lower first."""

    conflicts: tuple[tuple[int, int], ...]
    changes: tuple[FigureChange, ...]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A clause of statement `number` with a figure: how much of what, as written; its stems."""

    number: int
    origin: str
    account: Account
    thing: str
    values: frozenset[str]
    words: str
    stems: frozenset[str]
    sentence: frozenset[str]


def compare_figures(
    topic: frozenset[str], statements: Sequence[Statement], origins: Sequence[str]
) -> Compared:
    """Compare the figures of `statements`, oldest first, of articles with these origins.

    `topic` are the stems of the topic.
    """
    places: set[tuple[str, int]] = set()
    figures: list[_Figure] = []
    for n, (statement, origin) in enumerate(zip(statements, origins, strict=True)):
        place = (statement.article.id, statement.own_start)
        if place not in places:  # a sentence with two dates is two statements
            figures += _figures(n, statement, origin)
        places.add(place)
    by_thing: dict[str, list[_Figure]] = {}
    for each in figures:
        by_thing.setdefault(each.thing, []).append(each)
    conflicts: set[tuple[int, int]] = set()
    links: list[tuple[_Figure, _Figure]] = []
    for thing, some in by_thing.items():
        for one, other in combinations(some, 2):
            if one.values & other.values or one.account.article.id == other.account.article.id:
                continue
            if one.origin != other.origin and _in_conflict(thing, topic, one, other):
                conflicts.add((one.number, other.number))
            elif (
                thing not in _DURATIONS and _is_one_thing(one, other) and _may_be_change(one, other)
            ):
                links.append((one, other))
    return Compared(tuple(sorted(conflicts)), tuple(_changes(links)))


def _figures(number: int, statement: Statement, origin: str) -> Iterator[_Figure]:
    """One for each thing that a clause of the statement counts or measures."""
    article, place, text = statement.article, statement.own_start, statement.text
    dateless = without_dates(text)
    sentence = _stems(text)
    for start, end in clause_spans(text):
        things: dict[str, list[tuple[int, int, str]]] = {}
        for full, value, last, first in number_spans(dateless[start:end]):
            unit = full.partition(" ")[2]
            thing = counted_stem(unit or dateless[start + last :])
            if thing and (unit or not full[-1].isalpha()):  # "31st" counts nothing
                things.setdefault(thing, []).append((start + first, start + last, value))
        for thing, spans in things.items():
            first, last, value = _current(text, sorted(spans))
            unit_word = _UNIT_WORD.match(text, last)
            evidence = Evidence(
                article.id, place, statement.end, text, 0.0, place + start, place + end
            )  # fmt: skip
            yield _Figure(
                number, origin, Account(evidence, article), thing,
                frozenset(each for *_, each in spans),
                text[first:last] + (unit_word[0] if unit_word else ""),
                _stems(text[start:end]) - {thing}, sentence - {thing},
            )  # fmt: skip


def _current(text: str, spans: list[tuple[int, int, str]]) -> tuple[int, int, str]:
    """Of several figures of one thing the one that holds: that of "from 14 to 19" is 19."""
    now = [each for each in spans if not _EARLIER.search(text[: each[0]])]
    return (now or spans)[0]


def _stems(text: str) -> frozenset[str]:
    """The stems of a text without its names and figures."""
    every, names = stem_tokens([text, " ".join(extract_names(text))])
    return frozenset(each for each in set(every) - set(names) if not each[0].isdigit())


def _in_conflict(thing: str, topic: frozenset[str], one: _Figure, other: _Figure) -> bool:
    shared = len(one.stems & other.stems)
    if thing in MEASURES:
        fits = shared >= _MIN_SHARED_MEASURE and _is_one_thing(one, other)
    else:
        is_topic = any(thing[:_PREFIX] == each[:_PREFIX] for each in topic)
        fits = bool(shared) or is_topic or len(one.sentence & other.sentence) >= _MIN_SHARED
    return fits and exclude("", one.account, other.account)


def _is_one_thing(one: _Figure, other: _Figure) -> bool:
    shared = len(one.stems & other.stems)
    return shared > 0 and shared >= _SAME_THING * min(len(one.stems), len(other.stems))


def _may_be_change(one: _Figure, other: _Figure) -> bool:
    """Whether two figures of one thing are of other days, and both tell a state of it."""
    for a, b in ((one, other), (other, one)):
        if a.stems & _PROFIT and b.stems & _LOSS:
            return False
        if a.thing == "percent" and _DIFFERENCE.search(a.account.evidence.answer):
            return False
    days = [each.account.article.published for each in (one, other)]
    return all(days) and days[0] != days[1]


def _changes(links: Iterable[tuple[_Figure, _Figure]]) -> Iterator[FigureChange]:
    """Figures that are linked with one another, each statement once, in the order of time."""
    groups: list[dict[int, _Figure]] = []
    for one, other in links:
        joined = {one.number: one, other.number: other}
        apart = []
        for group in groups:
            if any(group.get(n) is each for n, each in ((one.number, one), (other.number, other))):
                joined = group | joined
            else:
                apart.append(group)
        groups = [*apart, joined]
    for group in groups:
        ordered = [group[n] for n in sorted(group)]
        yield FigureChange(
            tuple(each.number for each in ordered), tuple(each.words for each in ordered)
        )
