"""The values that cross rooms: frozen, compared by content, free of behaviour but cheap views.

    Article -> Passage -> Hit -> Sentence, Citation -> Answer
    events of a stream: Found, Token, Done

Left to others: where values come from and how they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

Reason = Literal["not_in_corpus", "not_stated", "outside_filter"]


class Turn(NamedTuple):
    """One earlier exchange of a conversation: what was asked and the text that was shown."""

    question: str
    answer: str


LONGEST_QUESTION = 2_000  # characters

History = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Article:
    """One article and its news record.

    `published` is ISO 8601, a day or, where only that is known, a month or a year;
    `published_basis` says how it is known ("stated: …", "inferred: …").
    """

    id: str
    title: str
    text: str
    source: str | None = None
    published: str | None = None
    published_basis: str | None = None
    author: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences; `text` is the article's text at `[start:end]` (characters)."""

    article: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        """Unique in an index, and in reading order within an article when sorted."""
        return f"{self.article}#{self.start:09d}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found: fused `score`, `cosine` in [-1, 1], `keyword` score >= 0."""

    passage: Passage
    score: float
    cosine: float
    keyword: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, without markers; `citations` are numbers of `Answer.citations`."""

    text: str
    citations: tuple[int, ...]
    supported: bool


@dataclass(frozen=True, slots=True)
class Citation:
    """A number and what it stands for: `quote` is the article's text at `[start:end]`."""

    number: int
    article: str
    title: str
    source: str | None
    published: str | None
    url: str | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds. `first_token` counts from the question; it is `None` where no model was asked."""

    retrieve: float = 0.0
    first_token: float | None = None
    generate: float = 0.0
    check: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, what is shown, and what it rests on. The contract of all three ways in.

    `confidence` is the probability, as fitted, that answering was right, and `signals` what it
    was computed from; both are also told for an answer withheld for its confidence. `confidence`
    is `None`, and `signals` empty, where nothing was left to weigh or nothing is fitted.
    `note` says how "latest" or "last week" in the question was read, that the answer is told in
    the articles' own words, which of several things asked they do not say; it is no part of it.
    """

    question: str
    query: str
    text: str
    abstained: bool
    reason: Reason | None
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Hit, ...] = ()
    draft: str = ""
    timings: Timings = field(default_factory=Timings)
    confidence: float | None = None
    signals: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON values, passages flattened to article, start, end, text, score."""
        plain = asdict(self)
        plain["passages"] = [
            {
                "article": hit.passage.article,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "text": hit.passage.text,
                "score": hit.score,
            }
            for hit in self.passages
        ]
        for sentence in plain["sentences"]:
            sentence["citations"] = list(sentence["citations"])
        plain["sentences"] = list(plain["sentences"])
        plain["citations"] = list(plain["citations"])
        return plain


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Retrieval is done: the query as searched and its passages, best first."""

    query: str
    passages: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class DraftToken:
    """A piece of the draft, as the model writes it; not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """The end of every stream."""

    answer: Answer


Event = Retrieved | DraftToken | AnswerReady
