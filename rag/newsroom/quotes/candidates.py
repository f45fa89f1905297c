"""The articles that may have a quotation, without reading them all.

    candidate_articles(index, text, allowed)  ->  articles, the likeliest first

In:  an open `Snapshot`, the words of a quotation, the articles that a filter lets through.
Out: articles with their texts.
Left to others: whether they have it (`rag.newsroom.quotes.finding`).

The stems of the quotation are looked up in the keyword index, passage by passage; a text counts
for each stem that any of its passages has, the rarer the more (inverse document frequency). A
quotation may so run across the border of two passages. The language of a few words cannot be told,
so they are stemmed in each language that passages are in. Words that say nothing have no stems:
where there are no others ("to be or not to be"), every text is searched for the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

import numpy as np
import numpy.typing as npt

from rag.index.snapshot import Snapshot
from rag.text.stemming import stem_variants
from rag.types import Article

MOST = 60
"""Texts that a quotation is looked for in; with all of its stems more."""
_MOST_WITH_ALL = 300
_MOST_STEMS = 40  # the rarest
_LEAST_SHARE = 0.3  # of the weight of all stems
_ALL = 0.999


def candidate_articles(
    index: Snapshot, text: str, allowed: Container[str] | None = None
) -> Iterator[Article]:
    """The articles that have most of the rare words of `text`, likeliest first; copies too.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    for body in _likeliest_bodies(index, text):
        for article in index.documents.articles(index.documents.articles_with([body])):
            if allowed is None or article.id in allowed:
                yield article


def _likeliest_bodies(index: Snapshot, text: str) -> list[int]:
    """The numbers of the bodies that have most of the stems of `text`."""
    variants = [stems for stems in stem_variants(text, index.keywords.languages) if stems]
    if not variants:
        return _bodies_with_words(index, text)
    shares: dict[int, float] = {}
    for stems in {frozenset(each) for each in variants}:
        for body, share in _shares(index, sorted(stems)):
            shares[body] = max(share, shares.get(body, 0.0))
    ranked = sorted(shares, key=lambda body: (-shares[body], body))
    complete = sum(share >= _ALL for share in shares.values())
    return ranked[: min(max(MOST, complete), _MOST_WITH_ALL)]


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


def _bodies_with_words(index: Snapshot, text: str) -> list[int]:
    """The bodies with the first words of `text` in a row, whatever stands between them."""
    words = re.findall(r"\w+", text)[:4]
    pattern = re.compile(r"\b" + r"\W+".join(map(re.escape, words)), re.I)
    query = "SELECT number, text FROM {segment}.body"
    return [number for number, body in index.documents.stream(query) if pattern.search(body)][
        :_MOST_WITH_ALL
    ]
