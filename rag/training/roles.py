"""Who did it to whom, to examples in which only the order of two names tells.

In:  a random number generator, examples that lend passages.
Out: passages in which a sentence says that one party did something to another, with questions for
     either party: those that the sentence answers, and those with the parties exchanged.
Left to others: which examples are taken and how many (`rag.training.features`).

"Ostby beat Tarn" says who beat Tarn and whom Ostby beat, and neither who beat Ostby nor whom Tarn
beat. A model that goes by the words alone answers all four.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.verbs import verb_of
from rag.training.examples import Example
from rag.training.news import draw_values

__all__ = ["make_role_examples"]

# what is done by persons, teams, firms and towns to their like
_VERBS = tuple(
    verb_of(plain)
    for plain in re.findall(
        r"\w+",
        "accuse acquire appoint attack back beat blame buy challenge choose coach criticise "
        "defeat dismiss endorse follow fight fund help hire interview invite lead overtake "
        "pay praise replace rescue represent sack sue succeed support teach thank train trust "
        "visit warn",
    )
)
# of a thing that goes from one to another
_TRANSFERS = tuple(
    verb_of(plain)
    for plain in re.findall(
        r"\w+",
        "give hand lease lend promise send show sell transfer leave",
    )
)
_THINGS = (
    "the bell", "the boathouse", "two paintings", "the old mill", "a letter", "the archive",
    "a share of the profits", "the trophy", "the land by the river", "his notebooks", "a van",
    "the minutes", "the keys", "a third of the stock",
)  # fmt: skip
_TAILS = (
    "", " in {year}", " on {day}", " at {place}", " in front of the town hall", ", officials said",
    " last month", ", after weeks of talks", " on {date}", ", according to the club",
)  # fmt: skip
_PARTIES = ("name", "company", "place")  # slots of a report; the second party is drawn anew


@dataclass(frozen=True, slots=True)
class _Event:
    """A sentence, with the questions that each of its parties answers, and their twins.

    A twin is the question for the same role with the other party in it: nothing answers it.
    """

    sentence: str
    questions: tuple[tuple[str, str], ...]
    twins: tuple[str, ...]


def make_role_examples(
    count: int, examples: Sequence[Example], rng: random.Random
) -> list[Example]:
    """`count` examples, half of them answerable; none where `examples` lend no passage.

    `examples` are of any kind; the sentence stands before or behind one of their passages.
    """
    drawn: list[Example] = []
    while examples and len(drawn) < count:
        event = _draw_event(rng)
        lender = rng.choice(examples)
        before = rng.random() < 0.5
        prefix = "" if before else f"{lender.passage} "
        passage = f"{prefix}{event.sentence}" + (f" {lender.passage}" if before else "")
        question, answer = rng.choice(event.questions)
        start = len(prefix) + event.sentence.index(answer)
        span = (start, start + len(answer))
        drawn.append(Example("roles", lender.group, question, passage, True, (span,)))
        drawn.append(Example("roles", lender.group, rng.choice(event.twins), passage, False))
    return drawn[:count]


def _draw_event(rng: random.Random) -> _Event:
    values, others = draw_values(rng), draw_values(rng)
    party = rng.choice(_PARTIES)
    first, second = values[party], others[party]
    tail = rng.choice(_TAILS).format_map(values)
    if first in second or second in first or first in tail or second in tail:
        return _draw_event(rng)
    who, whom = ("Who", "Whom") if party == "name" else ("Which " + _kind(party),) * 2
    if rng.random() < 0.3:
        return _transfer(first, second, tail, rng)
    plain, past, done = rng.choice(_VERBS)
    active = rng.random() < 0.6
    sentence = (
        f"{first} {past} {second}{tail}." if active else f"{second} was {done} by {first}{tail}."
    )

    def for_subject(other: str) -> list[str]:
        return [f"{who} {past} {other}?", f"By {whom.lower()} was {other} {done}?",
                f"{who} was it that {past} {other}?"]  # fmt: skip

    def for_object(other: str) -> list[str]:
        return [f"{who} did {other} {plain}?", f"{whom} did {other} {plain}?",
                f"{who} was {done} by {other}?"]  # fmt: skip

    questions = [(q, first) for q in for_subject(second)] + [(q, second) for q in for_object(first)]
    return _Event(sentence, tuple(questions), (*for_subject(first), *for_object(second)))


def _transfer(first: str, second: str, tail: str, rng: random.Random) -> _Event:
    plain, past, done = rng.choice(_TRANSFERS)
    thing = rng.choice(_THINGS)
    sentence = rng.choice(
        (f"{first} {past} {thing} to {second}{tail}.",
         f"It was agreed that day: {thing} was {done} to {second} by {first}{tail}.")
    )  # fmt: skip
    questions = (
        (f"Who {past} {thing} to {second}?", first),
        (f"By whom was {second} {done} {thing}?", first),
        (f"To whom did {first} {plain} {thing}?", second),
        (f"Who did {first} {plain} {thing} to?", second),
        (f"What did {first} {plain} to {second}?", thing),
    )
    twins = (
        f"Who {past} {thing} to {first}?",
        f"By whom was {first} {done} {thing}?",
        f"To whom did {second} {plain} {thing}?",
        f"Who did {second} {plain} {thing} to?",
        f"What did {second} {plain} to {first}?",
    )
    return _Event(sentence, questions, twins)


def _kind(party: str) -> str:
    return {"company": "company", "place": "town"}[party]
