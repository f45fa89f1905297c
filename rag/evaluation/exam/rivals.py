"""Whether another sentence of the index answers a question too, or otherwise.

    RivalSearch(questions)  ->  reads article by article, and gives the questions that have none

In:  `MadeQuestion`s, every article of the index. Out: those that may be asked: of an answerable
     one no other sentence says something else, and nothing answers a near miss.
Left to others: making them (`rag.evaluation.exam.makers`, `rag.evaluation.exam.near_misses`).

A rival is a sentence with most of the words of a question, of an article that has its names in
some form, "it" and "the ship" included. In doubt the question is not asked: an exam that counts a
right answer as wrong is worth less than a shorter one.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from rag.evaluation.exam.question import MadeQuestion
from rag.evaluation.exam.sources import COMPASS, content_words
from rag.evaluation.metrics import contains_any
from rag.text.folding import fold
from rag.text.names import metonyms
from rag.text.sentences import sentence_spans
from rag.types import Article

__all__ = ["RivalSearch", "distinctive_words"]

_SHARED = 0.6  # of a question's words, names aside, that make a sentence a rival
_SHARED_COUNTED = 0.35  # the same where it asks for a figure, of which articles give several
_SHARED_NEAR = 0.5  # the same of a near miss
_COMMON = COMPASS | {"the", "and", "for", "saint", "san", "great", "upper", "lower"}
_AGE = re.compile(r", \d{2}[,.]|\baged \d|\byear-old\b|\bborn\b|\bage of\b")


def distinctive_words(name: str) -> frozenset[str]:
    """The folded words of a name by any of which an article may call its bearer."""
    words = frozenset(word for word in fold(name).split() if len(word) > 2)
    return words - _COMMON or words or frozenset(fold(name).split())


@lru_cache(maxsize=50_000)
def _calls(name: str) -> frozenset[str]:
    """The words by which an article may call the bearer of a name, a government's capital too."""
    groups = (g for g in metonyms() if any(each.removeprefix("the ") == name for each in g))
    names = {name, *(each for group in groups for each in group)}
    return frozenset().union(*map(distinctive_words, names))


class RivalSearch:
    """The questions that are left while articles are read."""

    def __init__(self, questions: Sequence[MadeQuestion]) -> None:
        self._questions = questions
        self._unfit: set[int] = set()
        self._words: list[frozenset[str]] = []
        self._by_word: dict[str, set[int]] = defaultdict(set)
        for number, base in enumerate(questions):
            text = base.question
            for name in base.names:
                text = text.replace(name, " ")
            words = content_words(text)
            self._words.append(words)
            for name in base.names[:1]:
                for word in _calls(name):
                    self._by_word[word].add(number)
            if not base.names:
                self._by_word[""].add(number)

    def read(self, article: Article) -> None:
        """Look for rivals in one more article."""
        folded = fold(f"{article.title}\n{article.text}")
        words = {*folded.split(), "", (article.published or "")[:4]}
        near = set().union(*(self._by_word[word] for word in words & self._by_word.keys()))
        near = {
            number
            for number in near - self._unfit
            if all(words & _calls(name) for name in self._questions[number].names)
        }
        if not near:
            return
        texts = [article.text[start:end].strip() for start, end in sentence_spans(article.text)]
        sentences = [(text, content_words(text)) for text in texts]
        stems = frozenset().union(*(each for _, each in sentences))
        for number in near:
            base = self._questions[number]
            if base.needed:
                text = f" {folded} "
                if all(each in stems | words or f" {each} " in text for each in base.needed):
                    self._unfit.add(number)
                continue
            if any(self._is_rival(number, article, *each) for each in sentences):
                self._unfit.add(number)

    def left(self) -> list[MadeQuestion]:
        """The questions without a rival in what was read, in order."""
        return [base for n, base in enumerate(self._questions) if n not in self._unfit]

    def _is_rival(self, number: int, article: Article, text: str, stems: frozenset[str]) -> bool:
        """Whether a sentence of an article answers a question, or says something else to it."""
        base, words = self._questions[number], self._words[number]
        is_source = text == base.source.text  # also as a reprint has it
        if is_source and not base.edit:
            return False
        if base.kind == "how_old":
            named = distinctive_words(base.names[0].rpartition(" ")[2]) & set(fold(text).split())
            return bool(named and _AGE.search(text)) and not contains_any(text, base.answers)
        counts = base.kind in ("how_many", "how_much")
        share = _SHARED_NEAR if base.edit else _SHARED_COUNTED if counts else _SHARED
        if not words or len(words & stems) < max(1, math.ceil(share * len(words))):
            return False
        if base.edit:
            changed = distinctive_words(base.names[-1])
            return not is_source or bool(changed & set(fold(text).split()))
        told_in = article.text if base.kind in ("who_said", "said_about") else text
        return not contains_any(told_in, base.answers)
