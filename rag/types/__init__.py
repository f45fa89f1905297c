"""The values that pass between packages: frozen, compared by content.

names      what a question asks for, what a note is of: `Intent`
articles   `Article` -> `Passage` -> `Hit` -> `SearchResult`, with `Note`s
readings   what a reader makes of a passage: `SpanReading`, `ClaimReading`, `Evidence`
citations  `Sentence`, `Citation` and the `Origin`s of what is cited
quotes     where a quotation stands: `QuoteResult`
answers    `Answer`, from an `AnswerTrace`
turns      earlier questions with their answers: `Turn`
events     of a stream: `Retrieved`, `EvidenceFound`, `DraftToken`, `AnswerReady`

Left to others: how values are computed and how they are displayed.
"""

from rag.types.answers import (
    OLD_SIGNALS,
    Answer,
    AnswerSpan,
    AnswerTrace,
    Timings,
    rename_signals,
)
from rag.types.articles import (
    Article,
    Hit,
    Note,
    Passage,
    SearchResult,
)
from rag.types.citations import (
    Citation,
    Origin,
    Sentence,
    citation_values,
)
from rag.types.events import (
    AnswerReady,
    DraftToken,
    Event,
    EvidenceFound,
    Retrieved,
)
from rag.types.names import (
    LONGEST_QUESTION,
    Intent,
    NoteKind,
    QuestionType,
    QuoteDifferenceKind,
    QuoteVerdict,
    Reason,
    RecordAspect,
    RecordField,
)
from rag.types.quotes import (
    QuoteDifference,
    QuoteResult,
)
from rag.types.readings import (
    ClaimReading,
    Evidence,
    SpanReading,
)
from rag.types.turns import (
    History,
    Turn,
)

__all__ = [
    "LONGEST_QUESTION",
    "OLD_SIGNALS",
    "Answer",
    "AnswerReady",
    "AnswerSpan",
    "AnswerTrace",
    "Article",
    "Citation",
    "ClaimReading",
    "DraftToken",
    "Event",
    "Evidence",
    "EvidenceFound",
    "History",
    "Hit",
    "Intent",
    "Note",
    "NoteKind",
    "Origin",
    "Passage",
    "QuestionType",
    "QuoteDifference",
    "QuoteDifferenceKind",
    "QuoteResult",
    "QuoteVerdict",
    "Reason",
    "RecordAspect",
    "RecordField",
    "Retrieved",
    "SearchResult",
    "Sentence",
    "SpanReading",
    "Timings",
    "Turn",
    "citation_values",
    "rename_signals",
]
