"""Articles to the sentences that questions are made of, and the words by which they compare.

    sentences_of(article)    ->  its sentences that may be understood alone
    content_words(text)      ->  the stems of what a text is about, verbs in their plain form

In:  articles of the index. Out: `SourceSentence`s; sets of stems.
Left to others: which of them a question can be made of (`rag.evaluation.exam.makers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.retrieval.people.mentions import people_in
from rag.retrieval.people.wording import without_quotations
from rag.text.languages import ENGLISH, language_of
from rag.text.sentences import Span, sentence_spans
from rag.text.stemming import stem_tokens
from rag.text.verbs import with_plain_verbs
from rag.types import Article

__all__ = ["COMPASS", "SourceSentence", "content_words", "is_readable", "sentences_of"]

COMPASS = frozenset(
    re.findall(
        r"[\w-]+",
        "north south east west northern southern eastern western new old",
    )
)
"""Words that names of places begin with, and no name of a person."""
_LONGEST = 55  # words
_CORRECTION = re.compile(r"\b(?:correction|corrected|earlier version|clarification)\b", re.I)
_QUESTION_WORDS = "who whom whose what which when where how many much do did does say about in year"


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence of an article that questions may be made of.

    `text` is the article's `[start:end]`; `outside` is the same with blanks in place of what stands
    in quotation marks, and `siblings` are all sentences of the article without their quotations.
    `people` are the spans in `outside` of the names of people.
    """

    article: Article
    start: int
    end: int
    outside: str
    people: tuple[Span, ...]
    siblings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentence as the article has it."""
        return self.article.text[self.start : self.end]

    def names_person(self, name: str) -> bool:
        """Whether the sentence names a person `name`."""
        return any(self.outside[first:last] == name for first, last in self.people)


def is_readable(article: Article) -> bool:
    """Whether the makers can read the language of an article: English."""
    return language_of(article.text) == ENGLISH


def sentences_of(article: Article) -> Iterator[SourceSentence]:
    """The sentences of `article` that are whole, of one line, and correct nothing."""
    outside = without_quotations(article.text)
    people, spans = people_in(outside), sentence_spans(article.text)
    siblings = tuple(outside[first:last].strip() for first, last in spans)
    for first, last in spans:
        text = article.text[first:last].rstrip()
        start = first + len(text) - len(text.lstrip())
        end = first + len(text)
        text = text.lstrip()
        is_whole = re.match(r"[\"“‘]?[A-ZÀ-Þ0-9]", text) and re.search(r"[.!?][\"”’]?$", text)
        if not is_whole or "\n" in text or len(text.split()) > _LONGEST:
            continue
        if _CORRECTION.search(text) or re.match(r".{0,60}\) -", text):
            continue
        own = tuple((a - start, b - start) for a, b in people if start <= a and b <= end)
        yield SourceSentence(article, start, end, outside[start:end], own, siblings)


@lru_cache(maxsize=50_000)
def content_words(text: str) -> frozenset[str]:
    """The stems of `text` without stop words and question words, verbs in their plain form."""
    stems, asking = stem_tokens([with_plain_verbs(text), _QUESTION_WORDS])
    return frozenset(stems) - frozenset(asking)
