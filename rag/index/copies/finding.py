"""Which texts of an index are near copies of others, found as the index grows.

    compare_new_texts(documents)  compares what was not compared yet, with every other text
    compare_segment(file, older)  the same for the file of a segment
    are_compared(documents)       whether everything was, by this version

In:  the documents of a new segment, open for writing, above those of the older segments.
Out: its tables of sketches, pairs of near copies, and credits (`rag.index.documents`).
Left to others: what a near copy is (`rag.text.reuse.overlap`), which of several is the origin
(`rag.index.copies.origins`).

A text is compared in full with the few that share most of its sketch, which SQLite looks up by
hash. Two texts of older segments are not compared again. What an outlet prints in several of its
articles, such as the lines at their foot, says nothing and is left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from rag.index.copies.tables import bodies_with
from rag.index.document_writer import DocumentWriter
from rag.index.documents import DocumentStore
from rag.index.records.store import RecordDatabase
from rag.text.reuse.credits import credited_sources, main_sources
from rag.text.reuse.overlap import overlap, repeated, without
from rag.text.reuse.shingles import Word, sketch, words_of

COPIES_VERSION = 2  # raise it where the same texts would give other sketches, pairs or credits
_BATCH = 200  # texts that are written together
_MOST_WITH_HASH = 100  # texts that one hash leads to, the oldest first
_MOST_CANDIDATES = 40  # texts that one is compared with in full
_LEAST_SHARED = 2  # hashes of a sketch
_LEAST_SHARE = 0.04  # of the hashes of a sketch
_SHORTEST_ARTICLE = 8  # words before what its outlet prints below it
_MOST_WORDS = 20_000  # of a text, from its beginning
_COMMON = 3  # other articles of an outlet from which their lines are taken for its own

Report = Callable[[int, int], None]  # texts that are done, of how many


def are_compared(documents: DocumentStore) -> bool:
    """Whether every text was compared by this version."""
    for segment in documents.segments:
        if not documents.has_table(segment, "compared"):
            return False
        query = (
            "SELECT 1 FROM {segment}.body WHERE number NOT IN "
            "(SELECT body FROM {segment}.compared WHERE version=?) LIMIT 1"
        )
        if documents.select_all(query, (COPIES_VERSION,), (segment,)):
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
    texts = _Texts(documents)
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        documents.put_sketches({number: sketch(texts.words(number)) for number in batch})
        pairs = [pair for number in batch for pair in _near_copies(documents, number, texts)]
        credited = {n: _credits(documents.body(n)) for n in batch}
        documents.put_comparisons(pairs, credited, COPIES_VERSION)
        report(start + len(batch), len(new))


def compare_segment(file: Path, older: Sequence[Path | RecordDatabase], report: Report) -> None:
    """Compare the new texts of the segment in `file`, also with those of the `older` segments."""
    documents = DocumentWriter.create(file, older)
    try:
        compare_new_texts(documents, report)
    finally:
        documents.close()


def _credits(text: str) -> dict[str, list[str]]:
    """Whom a text credits anywhere, and whom it rests on as a whole."""
    return {"named": credited_sources(text), "rests_on": main_sources(text)}


class _Texts:
    """The words of texts, the last ones kept; the outlets that have them."""

    def __init__(self, documents: DocumentWriter) -> None:
        self._outlets: dict[int, set[str]] = defaultdict(set)
        for _, _, outlet, _, body in documents.filter_columns()[0]:
            if outlet:
                self._outlets[body].add(outlet)
        self.words = lru_cache(maxsize=2 * _BATCH)(
            lambda number: words_of(documents.body(number))[:_MOST_WORDS]
        )

    def share_outlet(self, one: int, other: int) -> bool:
        """Whether one outlet has both texts."""
        return not self._outlets[one].isdisjoint(self._outlets[other])


def _near_copies(
    documents: DocumentWriter, number: int, texts: _Texts
) -> Iterator[tuple[int, int, float]]:
    """(text, older text, share of the one that repeats more) of each near copy among the older."""
    own = texts.words(number)
    likeliest = [n for n in _candidates(documents, sketch(own)) if n != number][:_MOST_CANDIDATES]
    older = [n for n in likeliest if n < number]
    if not any(overlap(own, texts.words(n)).is_near_copy for n in older):
        return
    frame = _frame(own, [texts.words(n) for n in likeliest if texts.share_outlet(n, number)])
    bare = without(own, frame) if frame else own
    for n in sorted(older):
        both = overlap(bare, without(texts.words(n), frame) if frame else texts.words(n))
        if both.is_near_copy:
            yield number, n, max(both.one, both.other)


def _frame(own: Sequence[Word], others: Sequence[Sequence[Word]]) -> list[Word]:
    """The words at the end of a text that its outlet prints below several other articles too."""
    flags = [
        repeated(own, each) for each in others if overlap(own, each).beginning >= _SHORTEST_ARTICLE
    ]
    return [word for n, word in enumerate(own) if sum(each[n] for each in flags) >= _COMMON]


def _candidates(documents: DocumentWriter, hashes: set[int]) -> list[int]:
    """The texts that have some of `hashes` in their sketch, with most of the rare ones first."""
    shared: Counter[int] = Counter()
    weight: dict[int, float] = defaultdict(float)
    for each in sorted(hashes):
        bodies = bodies_with(documents, each, _MOST_WITH_HASH)
        for body in bodies:
            shared[body] += 1
            weight[body] += 1 / len(bodies)
    least = min(len(hashes), max(_LEAST_SHARED, _LEAST_SHARE * len(hashes)))
    return sorted(
        (body for body, count in shared.items() if count >= least),
        key=lambda body: (-weight[body], body),
    )
