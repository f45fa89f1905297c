"""The dated statements of one article. Pure functions.

    statements_of(article, words, published_of)  ->  `Statement`s, in the order of the text

In:  an article that tells of a topic, the words of the topic; the day from which the dates of a
     sentence count.
Out: as above, each a run of whole sentences, with its date.
Left to others: when what a sentence tells took place (`rag.newsroom.timelines.dating`), which
statements are shown (`rag.newsroom.timelines.timeline`).

A sentence that dates several events is as many statements. One that dates nothing is of the day on
which it was published: so "the cost rises to 19.5 million" is. What leans on the sentence before it
is quoted with that. Left out are speech without a speaker, and what tells of the past without
saying of when.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rag.grounding.attribution import attributes
from rag.grounding.composition.accounts import without_dates
from rag.grounding.composition.overviews.about import TopicWords
from rag.grounding.composition.overviews.standalone import (
    is_statement,
    quotable_spans,
    stands_alone,
)
from rag.newsroom.timelines.articles import TopicArticle, names_topic
from rag.newsroom.timelines.dating import Dating, EventDate, date_sentence, years_named
from rag.prompts.injection import injection_spans
from rag.text.numbers import number_spans
from rag.text.sentences import Span, sentence_spans
from rag.types import Article

PublishedOf = Callable[[str], str | None]
"""The ISO 8601 day of publication from which the dates of a sentence count, by its text."""

_SPEECH_MARKS = ("“", '"', "„", "«", "‘", "'")
_PAST_PERFECT = re.compile(
    r"\bhad (?:not |never |already |long )?(?:\w+ed|\w+en|been|\w+n|come|gone|stood|held|led"
    r"|kept|left|made|run|put|set|cut|lost|won|sold|bought|built|met|told|said|sent|paid|spent"
    r"|brought|caught|thought|become|found)\b"
)
_EXPLETIVE = re.compile(r"It (?:is|was|will be) the \w+")  # leans on nothing
_CLAUSE_END = re.compile(r"[,;:]\s")
_LEAST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of `article` at `[start:end]`, with its date.

    The sentence that is dated begins at `own_start`: what stands before it is what it leans on.
    `words` are the characters of the text that give the date; None where it is the day of
    publication. `rank` tells what is shown first where there is room for few: lower comes first.
    """

    article: Article
    start: int
    end: int
    date: str
    words: Span | None
    rank: tuple[int, int]
    own_start: int

    @property
    def text(self) -> str:
        """The sentences that are dated."""
        return self.article.text[self.own_start : self.end]

    @property
    def context(self) -> str:
        """The sentence that they lean on, if any."""
        return self.article.text[self.start : self.own_start].strip()


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, the one before it in its paragraph, and what it dates."""

    start: int
    end: int
    text: str
    before: Span | None
    dating: Dating

    @property
    def is_speech(self) -> bool:
        """Whether it opens with what somebody says."""
        return self.text.startswith(_SPEECH_MARKS)

    @property
    def is_clear(self) -> bool:
        """Whether it leans on nothing: also by an "it" as in "It is the first strike …"."""
        return _EXPLETIVE.match(self.text) is not None or stands_alone(self.text)

    @property
    def has_figure(self) -> bool:
        """Whether it gives a figure that is of no date."""
        return bool(number_spans(without_dates(self.text)))


def statements_of(
    on_topic: TopicArticle, words: TopicWords, published_of: PublishedOf
) -> list[Statement]:
    """The dated statements of an article; of one that touches on the topic, those that name it."""
    article = on_topic.article
    alone = set(quotable_spans(article))
    statements: list[Statement] = []
    for n, sentence in enumerate(_sentences(article, published_of)):
        if n and sentence.is_speech and not attributes(sentence.text):
            continue
        if not on_topic.is_about and not names_topic(words, sentence.text):
            continue
        start = sentence.start
        if n and (sentence.start, sentence.end) not in alone and not sentence.is_clear:
            if sentence.before is None or not _can_be_leant_on(article, sentence.before):
                continue
            start = sentence.before[0]
        new = _dated(article, sentence, n, published_of(sentence.text))
        last = statements[-1] if statements else None
        leans = start < sentence.start and new and not sentence.dating.events
        if leans and last and last.start == start and last.words is None:
            statements[-1] = replace(last, end=sentence.end)
            continue
        statements += [replace(each, start=start) for each in new]
    return statements


def _sentences(article: Article, published_of: PublishedOf) -> list[_Sentence]:
    """The sentences of an article that state something, with the dates of what they tell."""
    text, orders = article.text, injection_spans(article.text)
    sentences: list[_Sentence] = []
    before: Span | None = None
    for first, last in sentence_spans(text):
        inside = text[first:last]
        start, end = first + len(inside) - len(inside.lstrip()), first + len(inside.rstrip())
        if before and "\n\n" in text[before[1] : start]:
            before = None
        own = text[start:end]
        is_order = any(a < end and start < b for a, b in orders)
        if not is_order and (is_statement(own, _LEAST_WORDS) or not sentences):
            years = years_named(text[slice(*before)]) if before else frozenset()
            dating = date_sentence(own, published_of(own), years)
            sentences.append(_Sentence(start, end, own, before, dating))
        before = (start, end)
    return sentences


def _can_be_leant_on(article: Article, span: Span) -> bool:
    """Whether the sentence at `span` can be quoted before one that leans on it."""
    text = article.text[slice(*span)]
    return is_statement(text, _LEAST_WORDS) and stands_alone(text)


def _dated(article: Article, sentence: _Sentence, n: int, published: str | None) -> list[Statement]:
    """The statements that a sentence makes: one for each date, else one of publication."""
    dating = sentence.dating

    def statement(date: str, event: EventDate | None) -> Statement:
        words = event and (sentence.start + event.start, sentence.start + event.end)
        kind = 0 if n == 0 else 1 if event else 2 if sentence.has_figure else 3
        kind += 3 if sentence.is_speech else 0
        start, end = sentence.start, sentence.end
        return Statement(article, start, end, date, words, (kind, n), start)

    if dating.events:
        return [statement(each.date, each) for each in dating.events]
    clause = _CLAUSE_END.split(sentence.text)[0]
    is_background = _PAST_PERFECT.search(clause) and not attributes(sentence.text)
    if published is None or dating.is_uncertain or (n and is_background):
        return []
    return [statement(published[:10], None)]
