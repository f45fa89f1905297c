"""What is stored of near copies, read from the documents of an index.

    near_copies(documents)          pairs of texts, the older one second, and what is repeated
    credits_of_bodies(documents)    whom each text credits
    bodies_with(documents, hash)    the texts that have a hash in their sketch

In:  open documents. Out: numbers of bodies.
Left to others: writing (`rag.index.document_writer`).
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from rag.index.documents import DocumentStore

Pair = tuple[int, int, float]  # body, older body, share


class Credits(NamedTuple):
    """Names that a text credits: anywhere, and as what it rests on as a whole."""

    named: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()


def near_copies(documents: DocumentStore) -> list[Pair]:
    """All pairs; of one the older body may have been removed. None where none was looked for."""
    segments = [each for each in documents.segments if documents.has_table(each, "near_copy")]
    if not segments:
        return []
    query = "SELECT body, other, share FROM {segment}.near_copy"
    return [(one, other, share) for one, other, share in documents.select_all(query, (), segments)]


def credits_of_bodies(documents: DocumentStore) -> dict[int, Credits]:
    """Whom each body credits, by number. An index of an earlier state knows no main sources."""
    segments = [each for each in documents.segments if documents.has_table(each, "compared")]
    if not segments:
        return {}
    rows = documents.select_all("SELECT body, credits FROM {segment}.compared", (), segments)
    return {body: _credits(json.loads(values)) for body, values in rows}


def _credits(values: Any) -> Credits:
    if isinstance(values, list):
        return Credits(tuple(values))
    return Credits(tuple(values["named"]), tuple(values["rests_on"]))


def bodies_with(documents: DocumentStore, value: int, most: int) -> list[int]:
    """The oldest `most` bodies of each segment that have the hash `value` in their sketch."""
    query = "SELECT body FROM {segment}.sketch WHERE hash=? ORDER BY body LIMIT ?"
    return [body for (body,) in documents.select_all(query, (value, most))]
