"""Which sentences tell most of a matter in few words. Pure functions.

    choose_sentences(articles, topic, most)  ->  `Extract`s, in no order

In:  articles, the nearest to a topic first; the topic.
Out: sentences that together cover the matter and do not repeat each other, spread over the
     articles.
Left to others: which articles (`about`), which sentences may be quoted at all (`standalone`), the
answer (`overview`).

Greedy maximisation of a coverage function (Lin and Bilmes, "A Class of Submodular Functions for
Document Summarization", ACL 2011): a sentence is worth the sum of the weights of its stems, less
those of the topic, over the square root of their number. Stems that an earlier choice has count for
less. The weight of a stem is the logarithm of 1 plus the number of sentences that have it, more
where a headline has it: what is told often, and what the headlines tell, is what the matter is
about. News tells the most important thing first, so the worth of a sentence falls with its place in
the article; a figure raises it, and speech lowers it. Each article is heard once before any is
heard again. What several articles have word for word counts as the oldest one's. Of an article that
only touches on the topic, only sentences that name it are taken.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.grounding.composition.overviews.about import TopicWords, opening
from rag.grounding.composition.overviews.standalone import quotable_spans
from rag.text.folding import fold
from rag.text.numbers import extract_numbers
from rag.text.stemming import stem_tokens
from rag.types import Article

_ON_TOPIC_FACTOR = 1.25  # of the worth of a sentence that has a word of the topic
_FIGURE_FACTOR = 1.25  # of one that gives a figure
_SPEECH_FACTOR = 0.5  # of one that opens with speech
_HEADLINE_FACTOR = 2.0  # of the weight of a stem that a headline has
_COVERED = 0.3  # of the weight of a stem that is covered already
_COVERED_WITH_FIGURE = 0.5  # the same in a sentence with a new figure: it may bring news of it
_SAME = 0.6  # share of the shorter sentence's stems from which two say the same
_OPENS_WITH_SPEECH = ("“", '"', "„", "«")


@dataclass(frozen=True, slots=True)
class Extract:
    """A sentence: the text of `article` at `[start:end]`."""

    article: Article
    start: int
    end: int

    @property
    def text(self) -> str:
        """The sentence."""
        return self.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be chosen; `own` are its stems without those of the topic."""

    extract: Extract
    stems: frozenset[str]
    own: frozenset[str]
    numbers: frozenset[str]
    factor: float

    def repeats(self, other: _Candidate) -> bool:
        """Whether both say the same of the topic, with the same figures."""
        fewest = min(len(self.own), len(other.own))
        shared = len(self.own & other.own)
        same_figures = self.numbers <= other.numbers or other.numbers <= self.numbers
        return shared >= _SAME * fewest and same_figures

    def worth(self, weights: Mapping[str, float], covered: frozenset[str]) -> float:
        """What it adds to the stems that are `covered`."""
        new = math.fsum(weights[stem] for stem in self.own - covered)  # in whatever order
        old = math.fsum(weights[stem] for stem in self.own & covered)
        has_new_figure = any(stem[0].isdigit() for stem in self.own - covered)
        share = _COVERED_WITH_FIGURE if has_new_figure else _COVERED
        return self.factor * (new + share * old) / math.sqrt(len(self.own))


def choose_sentences(articles: Sequence[Article], topic: TopicWords, most: int) -> list[Extract]:
    """At most `most` sentences of `articles`, chosen for coverage of the topic."""
    oldest_first = sorted(articles, key=lambda each: (each.published or "", each.id))
    every = (each for article in oldest_first for each in _candidates(article, topic))
    by_wording = {fold(each.extract.text): each for each in reversed(list(every))}
    candidates = list(reversed(by_wording.values()))
    weights = _weights(candidates, articles)
    chosen: list[_Candidate] = []
    covered: frozenset[str] = frozenset()
    per_article: Counter[str] = Counter()
    while len(chosen) < most:
        free = [each for each in candidates if not any(each.repeats(one) for one in chosen)]
        if not free:
            break
        fewest = min(per_article[each.extract.article.id] for each in free)
        turn = [each for each in free if per_article[each.extract.article.id] == fewest]
        # `max` keeps the first of equals: that of the oldest article, and there the earliest
        best = max(turn, key=lambda each: each.worth(weights, covered))
        chosen.append(best)
        covered |= best.stems
        per_article[best.extract.article.id] += 1
    return [each.extract for each in chosen]


def _candidates(article: Article, topic: TopicWords) -> list[_Candidate]:
    spans = quotable_spans(article)
    texts = [article.text[start:end] for start, end in spans]
    touches = topic.share(opening(article)) == 0.0
    candidates = []
    for n, ((start, end), stem_list) in enumerate(zip(spans, stem_tokens(texts), strict=True)):
        stems = frozenset(stem_list)
        own = stems - topic.stems
        if not own or (touches and not topic.stems & stems):
            continue
        numbers = extract_numbers(texts[n])
        factor = 1.0 + 1.0 / (1 + n)
        factor *= _ON_TOPIC_FACTOR if topic.stems & stems else 1.0
        factor *= _FIGURE_FACTOR if any(each.isdigit() for each in texts[n]) else 1.0
        factor *= _SPEECH_FACTOR if texts[n].startswith(_OPENS_WITH_SPEECH) else 1.0
        candidates.append(_Candidate(Extract(article, start, end), stems, own, numbers, factor))
    return candidates


def _weights(candidates: Sequence[_Candidate], articles: Sequence[Article]) -> dict[str, float]:
    """The weight of each stem of `candidates`."""
    counts = Counter(stem for each in candidates for stem in each.stems)
    headlines = {stem for stems in stem_tokens([each.title for each in articles]) for stem in stems}
    return {
        stem: math.log1p(count) * (_HEADLINE_FACTOR if stem in headlines else 1.0)
        for stem, count in counts.items()
    }
