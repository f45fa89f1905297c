"""Answerable questions with the passages that a search for their words brings up instead.

In:  examples; those whose question has a known answer are searched for.
Out: examples whose passage shares the question's rare words, is of another group, and holds none
     of the accepted answers.
Left to others: how many are taken (`rag.training.features`).

This is what the reader meets in an answer: of a dozen retrieved passages all look near and most
answer nothing. The search is BM25 of SQLite's FTS5, in memory.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence

from rag.training.examples import Example, find_spans

__all__ = ["TRUST", "find_hard_negatives"]

TRUST = 0.95  # share of found passages that do not answer in other words, by reading a sample
_READ = 12  # found passages that are looked at
_TAKEN_FROM = 3  # the best ones that qualify, of which one is drawn
_WORD = re.compile(r"\w{3,}")
_TOO_COMMON = {
    "the", "and", "for", "was", "were", "are", "did", "does", "has", "had", "have", "that", "this",
    "what", "who", "whom", "whose", "which", "when", "where", "why", "how", "many", "much", "with",
    "from", "into", "its", "his", "her", "their", "they", "she", "can", "could", "would", "will",
    "been", "being", "not", "there", "than", "other", "some", "one",
}  # fmt: skip


def find_hard_negatives(
    examples: Sequence[Example], among: Sequence[Example], rng: random.Random
) -> Iterator[Example]:
    """For each of `examples` (with spans) a passage of `among` that looks near, if any does."""
    questions = (each for each in among if each.answers is not None)
    passages = list({each.passage: each for each in questions}.values())
    store = sqlite3.connect(":memory:")
    try:
        store.execute("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize='porter')")
        rows = ((n, each.passage) for n, each in enumerate(passages))
        store.executemany("INSERT INTO passages (rowid, text) VALUES (?, ?)", rows)
        for example in examples:
            rows_of_hits = _search(store, example.first)
            fit = [passages[n] for n in rows_of_hits if _is_negative(example, passages[n])]
            if fit:
                other = rng.choice(fit[:_TAKEN_FROM])
                yield Example(
                    "retrieved", example.group, example.first, other.passage, False,
                    trust=TRUST, title=other.title,
                )  # fmt: skip
    finally:
        store.close()


def _search(store: sqlite3.Connection, question: str) -> list[int]:
    words = {word for word in _WORD.findall(question.lower()) if word not in _TOO_COMMON}
    if not words:
        return []
    query = " OR ".join(f'"{word}"' for word in sorted(words))
    statement = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?"
    return [row for (row,) in store.execute(statement, (query, _READ))]


def _is_negative(example: Example, other: Example) -> bool:
    answers = [example.passage[start:end] for start, end in example.spans]
    return other.group != example.group and not any(find_spans(other.passage, answers))
