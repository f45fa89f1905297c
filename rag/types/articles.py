"""Articles, passages of them, and what a search gives.

Left to others: how they are parsed (`rag.ingest`), stored (`rag.index`) and searched for
(`rag.retrieval`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rag.types.names import NoteKind, RecordField


@dataclass(frozen=True, slots=True)
class Article:
    """One article and its metadata.

    `source` is the outlet. `published` is ISO 8601: a day or, where no more is known, a month or
    a year; `published_basis` says how it is known ("stated: …", "inferred: …"). `details` are
    what its file says besides: "file_made" (the day of the file, which is none of publication),
    "encoding" (where it was guessed and the guess is doubtful), "sender" and "sent" of a mail,
    "captured" of a saved page, "pages_not_read" (broken or scanned ones of a PDF), "ocr" (the
    program that recognised its characters), "places" and "times" (which part of the text is of
    which page or slide, or is said when: `rag.ingest.markup.places`), "inner" (its path in the file
    that holds it).
    `corrected` are the fields that a person corrected, each with what the file says instead.
    `copy_of` is the id of the article that this one is a near copy of, where its index knows it.
    """

    id: str
    title: str
    text: str
    source: str | None = None
    published: str | None = None
    published_basis: str | None = None
    author: str | None = None
    url: str | None = None
    details: Mapping[str, str] = field(default_factory=dict, hash=False)
    corrected: Mapping[RecordField, str | None] = field(default_factory=dict, hash=False)
    copy_of: str | None = None

    @property
    def origin(self) -> str:
        """The id of the article that it is a copy of, else its own."""
        return self.copy_of or self.id


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences; `text` is the article's text at `[start:end]` (characters)."""

    article: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        """Unique within an index; ids of one article sort in the order of its text."""
        return f"{self.article}#{self.start:09d}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage: fused `score`, `cosine` in [-1, 1], BM25 score `keyword` >= 0."""

    passage: Passage
    score: float
    cosine: float
    keyword: float


@dataclass(frozen=True, slots=True)
class Note:
    """A remark beside an answer: how it is to be read, or what it leaves out.

    time_intent  how "latest" or "last week" in the question was interpreted
    extractive   the answer quotes the articles' own sentences instead of the draft
    unanswered   a sub-question that the articles do not answer
    spelling     a name that no article has, searched for as the nearest one
    records      how articles were chosen by their records, and how many are not cited one by one
    constraint   of a question that is not answered: what of it the nearest articles do not meet,
                 and what they have instead
    date         a day that an answer names by its weekday alone, as its article has no date
    incomplete   a list to which members may be missing
    language     that no trained reader knows the question's language, or that the articles are in
                 another
    corrected    that a person corrected the field of a record that is cited, and what its file says
    other        a note stored by a version that recorded no kind
    """

    kind: NoteKind
    text: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages of a search, best first, and the records of their articles.

    `question` is the query as typed, `query` as searched: without operators, names as articles
    write them. `articles` are those of the passages by id, with empty texts.
    """

    question: str
    query: str
    hits: tuple[Hit, ...]
    articles: Mapping[str, Article]
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `passages` have the fields of `Answer.passages` and of a citation."""
        return {
            "question": self.question,
            "query": self.query,
            "passages": [self._passage(hit) for hit in self.hits],
            "notes": [asdict(each) for each in self.notes],
        }

    def _passage(self, hit: Hit) -> dict[str, Any]:
        article = self.articles[hit.passage.article]
        record = ("title", "source", "published", "author", "url")
        return (
            asdict(hit.passage)
            | {name: getattr(article, name) for name in record}
            | {"score": hit.score}
        )
