"""The strings nearest in spelling to another. Pure functions; the only importer of rapidfuzz.

    nearest_words(word, words, most)  ->  those that differ by at most `most` typing slips
    closest_names(name, names)        ->  the few names that a name may stand for
    differing_words(one, other)       ->  where two lists of words differ

Left to others: which words are names (`rag.retrieval.spelling`), which names there are
(`rag.retrieval.index_filter`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.text.folding import fold
from rag.text.sentences import Span

_MOST_NAMES = 3


def nearest_words(word: str, words: Sequence[str], most: int) -> list[tuple[int, str]]:
    """(slips, other) for those of `words` that differ from `word` by at most `most` slips.

    A slip is a letter too many, too few or wrong, or two neighbours swapped (optimal string
    alignment distance). The nearest first, in the order of `words` among equals.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    matches = process.extract(word, words, scorer=OSA.distance, score_cutoff=most, limit=None)
    return [(int(distance), other) for other, distance, _ in matches]


def closest_names(name: str, names: Iterable[str]) -> list[str]:
    """At most three of `names`, as they are spelled, that are most like `name`, best first."""
    from rapidfuzz import fuzz, process

    by_spelling = {fold(each): each for each in sorted(names)}
    matches = process.extract(fold(name), list(by_spelling), scorer=fuzz.WRatio, limit=_MOST_NAMES)
    return [by_spelling[folded] for folded, *_ in matches]


def differing_words(one: Sequence[str], other: Sequence[str]) -> list[tuple[Span, Span]]:
    """Where two lists of words differ: spans of both, in words, in order; one may be empty.

    As many words as can be are the same ones in the same order (longest common subsequence).
    """
    from rapidfuzz.distance import Indel

    spans: list[tuple[Span, Span]] = []
    for each in Indel.opcodes(one, other):
        if each.tag == "equal":
            continue
        own, others = (each.src_start, each.src_end), (each.dest_start, each.dest_end)
        if spans and (spans[-1][0][1], spans[-1][1][1]) == (own[0], others[0]):
            before = spans.pop()
            own, others = (before[0][0], own[1]), (before[1][0], others[1])
        spans.append((own, others))
    return spans
