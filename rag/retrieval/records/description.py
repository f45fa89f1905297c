"""Which articles a question about the records means, and what it wants of them.

In:  the words of a question by their roles. Out: a `RecordQuery`.
Left to others: reading the question (`rag.retrieval.records.query`), finding the articles
(`rag.retrieval.records.selection`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.records.wording import Role, Word, genre_pattern
from rag.text.stemming import stem_tokens
from rag.types import QuestionType, RecordField

RecordRequest = Literal[
    "count",
    "list",
    "article",
    "outlets",
    "authors",
    "dates",
    "years",
    "months",
    "summary",
    "day",
    "field",
    "gist",
]
Order = Literal["newest", "oldest"]


_QUOTED = re.compile(r"[“\"‘'«„](?P<inside>[^“”\"«»]+)[”\"’'»“]")
ONE_OF = (Role.ARTICLE, Role.ARTICLES)
ORDERS = (Role.NEWEST, Role.OLDEST)


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """What a question asks of the metadata records, and which articles it means.

    count, list       the articles
    article           which article it is, the newest or the oldest by `order`
    outlets, authors  their outlets or authors
    dates             from when to when they were published
    years, months     how many were published in each
    summary           number, outlets and dates
    day               what was published on a day, or in a month or year, and what happened then
    field             `field` of the one article that is meant
    gist              what the one article that is meant says

    `topic` is what the articles are about, in the question's words; with `mentioned` they need
    only name it. `headline` was quoted. `bylines` are authors or outlets, as the records spell
    them. `within` holds the days of publication. `genre` is a word such as "obituary",
    `language` one such as "French". `ids` are those of articles that an earlier answer cites. Empty
    values limit nothing.
    """

    request: RecordRequest
    topic: str = ""
    mentioned: bool = False
    headline: str = ""
    bylines: tuple[str, ...] = ()
    within: SearchFilter = NO_FILTER
    field: RecordField | None = None
    order: Order | None = None
    genre: str = ""
    language: str = ""
    ids: tuple[str, ...] = ()

    @property
    def question_type(self) -> QuestionType:
        """About what a record says, about the collection, or about what an article says."""
        if self.request == "gist":
            return "overview"
        if self.request in ("field", "day") or (self.request == "list" and self.bylines):
            return "metadata"
        return "collection"

    @property
    def limits(self) -> bool:
        """Whether it describes the articles that are meant at all."""
        described = (self.topic, self.headline, self.bylines, self.within)
        return any(map(bool, (*described, self.order, self.genre, self.language, self.ids)))


def describe_articles(words: Sequence[Word]) -> RecordQuery:
    """What limits the articles, besides their topic."""
    bylines = dict.fromkeys(each.value for each in words if each.role is Role.NAME)
    headlines = [each.value for each in words if each.role is Role.HEADLINE]
    periods = [each.within for each in words if each.role is Role.PERIOD]
    genres = [each.value for each in words if each.role in ONE_OF and genre_pattern(each.value)]
    orders: list[Order] = [
        "newest" if each.role is Role.NEWEST else "oldest" for each in words if each.role in ORDERS
    ]
    return RecordQuery(
        "list",
        headline=headlines[0] if headlines else "",
        bylines=tuple(bylines),
        within=periods[0] if periods else NO_FILTER,
        order=orders[0] if orders else None,
        genre=genres[0] if genres else "",
    )


def bare_topic(topic: str) -> str:
    """`topic` without quotation marks around it; "" where it has only stop words."""
    quoted = _QUOTED.fullmatch(topic)
    topic = quoted["inside"] if quoted else topic.strip(" ,:;")
    return topic if stem_tokens([topic])[0] else ""
