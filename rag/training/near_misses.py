"""Answerable examples to unanswerable ones that look like them, and questions in other forms.

In:  an example whose passage answers its question.
Out: an example in which the year, a figure, a name, a relation or the answering sentence differs,
     so that the passage no longer answers; or its question in headline style.
Left to others: which examples are taken and how many (`rag.training.features`).

Such edits are now and then still answerable, hence `TRUST`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.text.questions.near_misses import (
    are_like,
    figure_edit,
    names_in,
    relation_edits,
    replace_word,
    year_edits,
)
from rag.training.examples import Example

__all__ = ["TRUST", "in_headline_style", "make_near_miss"]

TRUST = 0.94  # share of edited examples that are in fact unanswerable, by reading a sample
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"“‘(]?[A-Z0-9])")
_ASKING = (
    ("where", ("location", "where", "place")), ("when", ("date", "when", "day")),
    ("how many", ("number of", "how many")), ("how much", ("amount", "how much")),
    ("why", ("reason", "why")), ("who", ("who", "")), ("what year", ("year",)),
)  # fmt: skip
_PLAIN = {
    "a", "an", "the", "is", "was", "were", "are", "did", "do", "does", "has", "have", "had", "be",
    "been", "of", "to", "in", "on", "at", "for", "by", "that", "it", "its", "there", "which",
    "what", "who", "whom", "whose", "can", "could", "would", "will", "as", "with", "from",
}  # fmt: skip


def make_near_miss(
    example: Example, others: Sequence[Example], rng: random.Random
) -> Example | None:
    """An unanswerable example out of an answerable one; None where no edit fits it.

    `others` lends names: examples of any kind, of other articles. The edits are tried in an order
    drawn by `rng`.
    """
    edits: list[Callable[[], Example | None]] = [
        lambda: _other_year(example, rng),
        lambda: _other_year_in_passage(example, rng),
        lambda: _other_number(example, rng),
        lambda: _other_name(example, others, rng),
        lambda: _name_of_the_passage(example, rng),
        lambda: _other_relation(example, rng),
        lambda: _without_the_sentence(example),
    ]
    rng.shuffle(edits)
    for edit in edits:
        if (edited := edit()) is not None:
            return replace(edited, source="near_miss", trust=TRUST)
    return None


def in_headline_style(question: str, rng: random.Random) -> str:
    """`question` as people type it: "Where was the Cup held?" becomes "Cup held location"."""
    words, kind = question.rstrip("?!. ").split(), ""
    opening = " ".join(words[:2]).lower()
    for asking, kinds in _ASKING:
        if opening.startswith(asking):
            kind = rng.choice(kinds)
            words = words[len(asking.split()) :]
            break
    content = [word for word in words if word.lower() not in _PLAIN]
    if len(content) < 2:
        return question.rstrip("?")
    in_front = kind in ("number of", "how many") or rng.random() < 0.3
    parts = [kind, *content] if in_front else [*content, kind]
    return " ".join(part for part in parts if part)


def _unanswerable(example: Example, question: str, passage: str | None = None) -> Example:
    return replace(
        example,
        first=question,
        passage=example.passage if passage is None else passage,
        answers=False,
        spans=(),
        span_known=True,
    )


def _ask_instead(example: Example, match: re.Match[str], text: str) -> Example:
    """The unanswerable example whose question has `text` in place of `match`."""
    question = example.first[: match.start()] + text + example.first[match.end() :]
    return _unanswerable(example, question)


def _other_year(example: Example, rng: random.Random) -> Example | None:
    edit = year_edits(example.first)
    unseen = [year for year in edit.others if year not in example.passage] if edit else []
    if edit is None or not unseen:
        return None
    return _unanswerable(example, edit.apply(example.first, rng.choice(unseen)))


def _other_year_in_passage(example: Example, rng: random.Random) -> Example | None:
    edit = year_edits(example.first)
    own = example.first[edit.start : edit.end] if edit else ""
    if not own or own not in example.passage:
        return None
    year = str(int(own) + rng.choice((-4, -2, -1, 1, 2, 4)))
    return _unanswerable(example, example.first, example.passage.replace(own, year))


def _other_number(example: Example, rng: random.Random) -> Example | None:
    edit = figure_edit(example.first, rng)
    if edit is None or edit.others[0] in example.passage:
        return None
    return _unanswerable(example, edit.apply(example.first, edit.others[0]))


def _other_name(example: Example, others: Sequence[Example], rng: random.Random) -> Example | None:
    """A name of as many words out of another article's question, in place of the question's."""
    matches = _names_of_both(example)
    if not matches:
        return None
    match = rng.choice(matches)
    for _ in range(8):
        other = rng.choice(others)
        names = [
            each[0]
            for each in names_in(other.first)
            if each[0] not in example.passage and are_like(each[0], match[0])
        ]
        if names and other.group != example.group:
            return _ask_instead(example, match, rng.choice(names))
    return None


def _name_of_the_passage(example: Example, rng: random.Random) -> Example | None:
    """A name of as many words out of another sentence, in place of the question's."""
    matches = _names_of_both(example)
    if not matches or not example.spans:
        return None
    match = rng.choice(matches)
    start, end = _sentence_around(example.passage, example.spans[0][0])
    rest = example.passage[:start] + " " + example.passage[end:]
    names = [
        each[0]
        for each in names_in(rest)
        if each[0] not in example.first
        and each[0] not in example.passage[start:end]
        and are_like(each[0], match[0])
    ]
    return _ask_instead(example, match, rng.choice(names)) if names else None


def _names_of_both(example: Example) -> list[re.Match[str]]:
    """The names in the question that stand in the passage too."""
    return [each for each in names_in(example.first) if each[0] in example.passage]


def _other_relation(example: Example, rng: random.Random) -> Example | None:
    fitting = relation_edits(example.first)
    # the negated auxiliaries fit nearly every question: take another word where there is one
    plain = [(a, b) for a, b in fitting if not b.endswith("n't")]
    if not (plain or (fitting and rng.random() < 0.15)):
        return None
    old, new = rng.choice(plain or fitting)
    question = replace_word(example.first, old, new)
    return None if question == example.first else _unanswerable(example, question)


def _without_the_sentence(example: Example) -> Example | None:
    sentences = _sentences(example.passage)
    rest = [
        example.passage[a:b]
        for a, b in sentences
        if not any(start < b and end > a for start, end in example.spans)
    ]
    if len(rest) < 2 or len(rest) == len(sentences):
        return None
    return _unanswerable(example, example.first, "".join(rest))


def _sentences(passage: str) -> list[tuple[int, int]]:
    borders = [0, *(match.end() for match in _SENTENCE_END.finditer(passage)), len(passage)]
    return list(pairwise(borders))


def _sentence_around(passage: str, place: int) -> tuple[int, int]:
    around = ((start, end) for start, end in _sentences(passage) if start <= place < end)
    return next(around, (0, len(passage)))
