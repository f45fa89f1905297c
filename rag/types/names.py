"""Names and small values that questions and answers are described with.

In:  nothing. Out: what a question asks for, what a note or a verdict is of, an earlier turn.
Left to others: how a question is read (`rag.retrieval.query_plan`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["not_in_corpus", "not_stated", "outside_filter"]
NoteKind = Literal[
    "time_intent",
    "extractive",
    "unanswered",
    "spelling",
    "records",
    "constraint",
    "date",
    "incomplete",
    "language",
    "corrected",
    "other",
]
QuestionType = Literal[
    "fact",
    "who",
    "when",
    "yes_no",
    "quantity",
    "count",
    "comparison",
    "list",
    "overview",
    "collection",
    "metadata",
    "quote",
    "latest",
    "first",
    "change",
    "disagreement",
    "help",
]
RecordField = Literal["title", "source", "author", "published"]
RecordAspect = Literal[
    "count",
    "list",
    "outlets",
    "authors",
    "dates",
    "newest",
    "oldest",
    "summary",
    "author",
    "outlet",
    "published",
    "headline",
    "url",
    "day",
]
"""What may be asked of the records: of the collection, then of one article or day."""
QuoteVerdict = Literal["verbatim", "altered", "absent"]
QuoteDifferenceKind = Literal["words", "figure", "order", "left out", "added", "joined"]
LONGEST_QUESTION = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Intent:
    """What a question asks for, as a trained model reads it (`rag.models.question_classifier`).

    `probability` is that of `question_type`. `aspect` is what is asked of the records, where they
    are asked. `topic` has the question's own words for what it is about, perhaps none.
    """

    question_type: QuestionType
    probability: float
    aspect: RecordAspect | None = None
    topic: str = ""
