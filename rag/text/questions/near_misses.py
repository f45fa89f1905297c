"""What makes a question one that looks alike and asks for something else. Pure functions.

    year_edits(question)      ->  its year, and years near it
    figure_edit(question, …)  ->  one of its figures, and another of as many digits
    names_in(question)        ->  names that another may take the place of
    relation_edits(question)  ->  words that have a counterpart: first, last; won, lost

In:  a question. Out: `Edit`s: what may take the place of which words.
Left to others: whether nothing answers the edited question: beside one passage in training
(`rag.training.near_misses`), beside all articles in an exam (`rag.evaluation.exam.near_misses`).
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

__all__ = [
    "OPPOSITES",
    "YEAR",
    "Edit",
    "are_like",
    "figure_edit",
    "names_in",
    "relation_edits",
    "replace_word",
    "year_edits",
]

YEAR = re.compile(r"\b(1[5-9]\d\d|20[0-3]\d)\b")
_NUMBER = re.compile(r"\b\d{1,3}(?:[.,]\d+)*\b")
_NAME = re.compile(r"(?<=\s)[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+){0,3}")
_STEPS = (-10, -4, -3, -2, -1, 1, 2, 3, 4, 10)  # to another year
OPPOSITES = (
    ("first", "last"), ("first", "second"), ("second", "third"), ("won", "lost"), ("win", "lose"),
    ("winner", "runner-up"), ("highest", "lowest"), ("largest", "smallest"),
    ("biggest", "smallest"),
    ("oldest", "youngest"), ("before", "after"), ("more", "fewer"), ("most", "least"),
    ("north", "south"), ("northern", "southern"), ("east", "west"), ("eastern", "western"),
    ("men's", "women's"), ("male", "female"), ("born", "buried"), ("increase", "decrease"),
    ("increased", "fell"), ("bought", "sold"), ("buy", "sell"), ("summer", "winter"),
    ("spring", "autumn"), ("day", "night"), ("left", "right"), ("above", "below"),
    ("minimum", "maximum"), ("founded", "dissolved"), ("opened", "closed"), ("started", "ended"),
    ("began", "ended"), ("beginning", "end"), ("early", "late"), ("earliest", "latest"),
    ("appointed", "dismissed"), ("accepted", "refused"), ("agreed", "refused"),
    ("allowed", "forbidden"), ("arrived", "left"), ("married", "divorced"), ("father", "brother"),
    ("mother", "sister"), ("husband", "son"), ("wife", "daughter"), ("president", "treasurer"),
    ("director", "producer"), ("author", "publisher"), ("captain", "coach"), ("mayor", "governor"),
    ("revenue", "net profit"), ("profit", "loss"), ("cost", "weigh"), ("height", "width"),
    ("length", "depth"), ("population", "area"), ("injured", "arrested"), ("killed", "arrested"),
    ("million", "billion"), ("percent", "tonnes"), ("miles", "acres"), ("is", "isn't"),
    ("was", "wasn't"), ("did", "didn't"), ("were", "weren't"), ("does", "doesn't"),
    ("can", "cannot"), ("with", "without"), ("always", "never"), ("inside", "outside"),
    ("quarter-final", "final"), ("morning", "evening"), ("import", "export"), ("old", "new"),
)  # fmt: skip
"""Pairs of words; in a question one takes the place of the other."""


class Edit(NamedTuple):
    """`question[start:end]` may become any of `others`."""

    start: int
    end: int
    others: tuple[str, ...]

    def apply(self, question: str, other: str) -> str:
        """`question` with `other` in the place of these words."""
        return question[: self.start] + other + question[self.end :]


def year_edits(question: str) -> Edit | None:
    """The first year of `question`, with ten years up to ten years away."""
    match = YEAR.search(question)
    if match is None:
        return None
    return Edit(*match.span(), tuple(str(int(match[0]) + step) for step in _STEPS))


def figure_edit(question: str, rng: random.Random) -> Edit | None:
    """A figure of `question` that is no year, with one that differs in its first digit."""
    matches = [m for m in _NUMBER.finditer(question) if not YEAR.fullmatch(m[0])]
    if not matches:
        return None
    match = rng.choice(matches)
    first = str(rng.choice([d for d in range(1, 10) if str(d) != match[0][0]]))
    return Edit(*match.span(), (first + match[0][1:],))


def names_in(question: str) -> list[re.Match[str]]:
    """The names of `question`, its first word aside: runs of up to four words with a capital."""
    return list(_NAME.finditer(question))


def are_like(name: str, other: str) -> bool:
    """Whether two names have as many words, so that one may stand for the other."""
    return len(name.split()) == len(other.split())


def relation_edits(question: str) -> list[tuple[str, str]]:
    """The pairs of `OPPOSITES`, either way round, whose first word `question` has."""
    words = {word.lower() for word in re.findall(r"[\w'-]+", question)}
    pairs = (*OPPOSITES, *((b, a) for a, b in OPPOSITES))
    return [(a, b) for a, b in pairs if a in words]


def replace_word(question: str, old: str, new: str) -> str:
    """`question` with the word `new` in the place of the first `old`, whatever its case."""
    return re.sub(
        rf"(?<![\w'-]){re.escape(old)}(?![\w'-])", new, question, count=1, flags=re.IGNORECASE
    )
