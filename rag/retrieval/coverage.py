"""How much of a query the passages hold, weighted by inverse document frequency.

    coverage(passages, idf)  ->  the share of a query's words that passages have
    CoverageReader           ->  reads passages by it, in languages that no trained reader knows

In:  texts of passages; the IDF of each stem of the query.
Out: a share from 0 to 1; `SpanReading`s, whose spans are one or two whole sentences.
Left to others: which passages are read, and in what order they answer (`rag.retrieval.evidence`).

What a sentence has in common with a question says less than a reader does: that it is about the
same, not that it answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.text.languages import language_of
from rag.text.sentences import Span, sentence_spans
from rag.text.stemming import stem_by_language, stem_tokens
from rag.types import ClaimReading, SpanReading

KEYWORDS = "keywords"
"""The name of `CoverageReader` as a judge, beside those of trained readers."""

_SILENT = ClaimReading(supported=0.0, contradicted=0.0, neither=1.0)
_WEIGHT = 10.0  # log odds for all words of the question in what is quoted
_MIN_GAIN = 0.1  # share of the question's words for which the next sentence is quoted too
_BIAS = 3.5  # log odds that it must make up for

Similarity = Callable[[str, Sequence[str]], Sequence[float]]


def coverage(passages: Sequence[str], idf: Mapping[str, float]) -> float:
    """IDF-weighted share of the query's stems (the keys of `idf`) that occur in `passages`.

    Each passage has the stems of the language that it is in.
    """
    return _share(frozenset(s for stems in stem_by_language(passages) for s in stems), idf)


@dataclass(frozen=True, slots=True)
class CoverageReader:
    """Takes for the answer the sentence that has most of the question's words, by their IDF.

    The next sentence comes with it where that adds some of them. `idf_of` gives the stems of a
    question with their IDF. `similarity` is the cosine of a question and of each sentence, where
    the embedder knows their languages: then nearness of meaning counts where it is more than that
    of words. Of claims it knows nothing: to it every passage is silent.
    """

    idf_of: Callable[[str], Mapping[str, float]]
    similarity: Similarity | None = None

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        """The one or two sentences of each of `passages` nearest to `question`, in their order.

        `margin` is twice the log odds that its words give. `records` are not read.
        """
        idf = self.idf_of(question)
        return [self._read(question, passage, idf) for passage in passages]

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        """That each of `passages` says nothing of `claim`."""
        return [_SILENT for _ in passages]

    def _read(self, question: str, passage: str, idf: Mapping[str, float]) -> SpanReading:
        spans = [_trimmed(passage, each) for each in sentence_spans(passage)]
        texts = [passage[start:end] for start, end in spans]
        stems = [frozenset(each) for each in stem_tokens(texts, language_of(passage))]
        shares = {(n, n): _share(each, idf) for n, each in enumerate(stems)}
        if self.similarity is not None:
            nearness = self.similarity(question, texts)
            shares = {run: max(shares[run], nearness[run[0]]) for run in shares}
        for n, (one, other) in enumerate(pairwise(stems)):
            shares[n, n + 1] = _share(one | other, idf) - _MIN_GAIN
        first, last = max(shares, key=lambda run: shares[run], default=(0, 0))
        share = shares.get((first, last), 0.0)
        start, end = (spans[first][0], spans[last][1]) if spans else (0, 0)
        return SpanReading(start, end, 2 * (_WEIGHT * share - _BIAS), 0.0)


def _share(stems: frozenset[str], idf: Mapping[str, float]) -> float:
    """The share of a query's stems, by their `idf`, that are among `stems`."""
    # the order of a set differs from process to process, and so would the last bits of a plain sum
    total = math.fsum(idf.values())
    return math.fsum(idf[stem] for stem in idf.keys() & stems) / total if total else 0.0


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    bare = text[start:end].rstrip()
    return start + len(bare) - len(bare.lstrip()), start + len(bare)
