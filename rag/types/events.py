"""The events of a stream, in the order in which they come.

Left to others: when each is sent (`rag.pipeline.run`).
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.types.answers import Answer
from rag.types.articles import Hit
from rag.types.citations import Citation
from rag.types.readings import Evidence


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Retrieval is done: the query as searched and its passages, best first."""

    query: str
    passages: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """Passages were judged: the sentences that answer, best first.

    `citation` is that of the first of them, which by the reader alone is likely to answer. Its
    quote is the answer, perhaps in the language model's words, unless the model's second opinion
    is that nothing is to be shown.
    """

    evidence: tuple[Evidence, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class DraftToken:
    """A piece of the draft, as the model generates it; not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """The last event of every stream."""

    answer: Answer


Event = Retrieved | EvidenceFound | DraftToken | AnswerReady
