"""What is stored of near copies, read from the documents of an index.

    near_copies(documents)          pairs of texts, the older one second, and what is repeated
    credited_names(documents)       whom each text credits
    bodies_with(documents, hash)    the texts that have a hash in their sketch

In:  open documents. Out: numbers of bodies.
Left to others: writing (`rag.index.document_writer`).
"""

from __future__ import annotations

import json

from rag.index.documents import DocumentStore

Pair = tuple[int, int, float]  # body, older body, share


def near_copies(documents: DocumentStore) -> list[Pair]:
    """All pairs; of one the older body may have been removed. None where none was looked for."""
    segments = [each for each in documents.segments if documents.has_table(each, "near_copy")]
    if not segments:
        return []
    query = "SELECT body, other, share FROM {segment}.near_copy"
    return [(one, other, share) for one, other, share in documents.select_all(query, (), segments)]


def credited_names(documents: DocumentStore) -> dict[int, tuple[str, ...]]:
    """The names that each body credits, by number."""
    segments = [each for each in documents.segments if documents.has_table(each, "compared")]
    if not segments:
        return {}
    rows = documents.select_all("SELECT body, credits FROM {segment}.compared", (), segments)
    return {body: tuple(json.loads(names)) for body, names in rows}


def bodies_with(documents: DocumentStore, value: int, most: int) -> list[int]:
    """The oldest `most` bodies of each segment that have the hash `value` in their sketch."""
    query = "SELECT body FROM {segment}.sketch WHERE hash=? ORDER BY body LIMIT ?"
    return [body for (body,) in documents.select_all(query, (value, most))]
