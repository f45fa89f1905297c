"""The articles that may have a quotation, without reading them all.

    candidate_articles(index, text, allowed)  ->  articles, the likeliest first

In:  an open `Snapshot`, the words of a quotation, the articles that a filter lets through.
Out: articles with their texts.
Left to others: whether they have it (`rag.newsroom.quotes.finding`).

The stems of the quotation are looked up in the keyword index, passage by passage; a text counts
for each stem that any of its passages has, the rarer the more (inverse document frequency). A
quotation may so run across the border of two passages. The language of a few words cannot be told,
so they are stemmed in each language that passages are in. Words that say nothing have no stems:
where there are no others ("to be or not to be"), every text is a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

import numpy as np
import numpy.typing as npt

from rag.index.snapshot import Snapshot
from rag.text.stemming import stem_variants
from rag.types import Article

_MOST = 60  # texts that are read; of those with all of its stems more
_MOST_WITH_ALL = 300  # from then on only such as seem to have its first words
_MOST_STEMS = 40  # the rarest
_LEAST_SHARE = 0.3  # of the weight of all stems
_ALL = 0.999
_FIRST_WORDS = 4


def candidate_articles(
    index: Snapshot, text: str, allowed: Container[str] | None = None
) -> Iterator[Article]:
    """The articles that have most of the rare words of `text`, likeliest first; copies too.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    opening = re.compile(r"\W+".join(re.findall(r"\w+", text)[:_FIRST_WORDS]), re.I)
    count = 0
    for body, share in _likeliest_bodies(index, text):
        if count >= _MOST and share < _ALL:
            return
        numbers = index.documents.articles_with([body])
        articles = [
            each
            for each in index.documents.articles(numbers)
            if (allowed is None or each.id in allowed)
            and (count < _MOST_WITH_ALL or opening.search(each.text))
        ]
        count += bool(articles)
        yield from articles


def _likeliest_bodies(index: Snapshot, text: str) -> list[tuple[int, float]]:
    """The bodies that have most of the stems of `text`, each with the share that it has."""
    variants = [stems for stems in stem_variants(text, index.keywords.languages) if stems]
    if not variants:
        query = "SELECT number FROM {segment}.body"
        every = [number for (number,) in index.documents.select_all(query)]
        return [(number, _ALL) for number in every]
    shares: dict[int, float] = {}
    for stems in {frozenset(each) for each in variants}:
        for body, share in _shares(index, sorted(stems)):
            shares[body] = max(share, shares.get(body, 0.0))
    return sorted(shares.items(), key=lambda each: (-each[1], each[0]))


def _shares(index: Snapshot, stems: list[str]) -> list[tuple[int, float]]:
    """The bodies that have some of `stems`, each with the share of their weight that it has."""
    keywords = index.keywords
    rarest = sorted(stems, key=lambda stem: (-keywords.idf(stem), stem))[:_MOST_STEMS]
    weights: npt.NDArray[np.float64] = np.zeros(0)
    for stem in rarest:
        bodies = index.facets.bodies_with(keywords.positions([stem]))
        if len(weights) <= bodies.max(initial=0):
            weights = np.pad(weights, (0, int(bodies.max(initial=0)) + 1 - len(weights)))
        weights[bodies] += keywords.idf(stem)
    total = sum(map(keywords.idf, rarest))
    likely = np.flatnonzero(weights >= _LEAST_SHARE * total)
    return [(int(body), float(weights[body] / total)) for body in likely]
