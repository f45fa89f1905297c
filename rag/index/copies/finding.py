"""Which texts of an index are near copies of others, found as the index grows.

    compare_new_texts(documents)  compares what was not compared yet, with every other text
    are_compared(documents)       whether everything was, by this version

In:  the documents of a new segment, open for writing, above those of the older segments.
Out: its tables of sketches, pairs of near copies, and credits (`rag.index.documents`).
Left to others: what a near copy is (`rag.text.reuse.overlap`), which of several is the origin
(`rag.index.copies.origins`).

A text is compared in full with the few that share most of its sketch, which SQLite looks up by
hash. Two texts of older segments are not compared again. What stands in other articles as well that
are no copies, such as the lines at the foot of an outlet's articles, says nothing and is ignored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from rag.index.document_writer import DocumentWriter
from rag.index.documents import DocumentStore
from rag.text.reuse.credits import credited_sources
from rag.text.reuse.overlap import overlap, repeated
from rag.text.reuse.shingles import Word, sketch, words_of

COPIES_VERSION = 1  # raise it where the same texts would give other sketches, pairs or credits
_BATCH = 500  # texts whose sketches are written together
_MOST_WITH_HASH = 100  # texts that one hash leads to, the oldest first
_MOST_CANDIDATES = 40  # texts that one is compared with in full
_LEAST_SHARED = 2  # hashes of a sketch
_MOST_WORDS = 20_000  # of a text, from its beginning
_COMMON = 2  # other articles from which a line is taken for one that is no part of the text

Report = Callable[[int, int], None]  # texts that are done, of how many


def are_compared(documents: DocumentStore) -> bool:
    """Whether every text was compared by this version."""
    for segment in documents.segments:
        if not documents.has_table(segment, "compared"):
            return False
        query = (
            f"SELECT 1 FROM {segment}.body WHERE number NOT IN "  # noqa: S608
            f"(SELECT body FROM {segment}.compared WHERE version=?) LIMIT 1"
        )
        if documents.select(query, (COPIES_VERSION,)):
            return False
    return True


def compare_new_texts(documents: DocumentWriter, report: Report = lambda done, of: None) -> None:
    """Sketch the texts of the newest segment that are new, and compare each with all others."""
    documents.forget_comparisons(COPIES_VERSION)
    new = [
        number
        for (number,) in documents.select(
            "SELECT number FROM main.body WHERE number NOT IN (SELECT body FROM main.compared) "
            "ORDER BY number"
        )
    ]

    @lru_cache(maxsize=200)
    def words(number: int) -> list[Word]:
        return words_of(documents.body(number))[:_MOST_WORDS]

    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        documents.put_sketches({number: sketch(words(number)) for number in batch})
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        pairs = [pair for number in batch for pair in _near_copies(documents, number, words)]
        credits = {n: json.dumps(credited_sources(documents.body(n))) for n in batch}
        documents.put_comparisons(pairs, credits, COPIES_VERSION)
        report(start + len(batch), len(new))


def _near_copies(
    documents: DocumentWriter, number: int, words: Callable[[int], Sequence[Word]]
) -> Iterator[tuple[int, int, float]]:
    """(text, older text, share of the one that repeats more) of each near copy among the older."""
    candidates = _candidates(documents, sketch(words(number)))
    candidates.pop(number, None)
    likeliest = [n for n, shared in candidates.most_common(_MOST_CANDIDATES)]
    own = words(number)
    overlaps = {n: overlap(own, words(n)) for n in likeliest}
    copies = [n for n, each in overlaps.items() if each.is_near_copy]
    if not copies:
        return
    others = [repeated(own, words(n)) for n in likeliest if not overlaps[n].is_near_copy]
    common = {n for n in range(len(own)) if sum(flags[n] for flags in others) >= _COMMON}
    for n in sorted(copies):
        without_common = overlap(own, words(n), common) if common else overlaps[n]
        if n < number and without_common.is_near_copy:
            yield number, n, max(without_common.one, without_common.other)


def _candidates(documents: DocumentWriter, hashes: set[int]) -> Counter[int]:
    """How many of `hashes` each text has in its sketch; texts with few of them left out."""
    shared = Counter(
        body for each in sorted(hashes) for body in documents.bodies_with(each, _MOST_WITH_HASH)
    )
    least = min(_LEAST_SHARED, len(hashes))
    return Counter({body: count for body, count in shared.items() if count >= least})
