"""What an answer can be composed from, and a composed answer.

In:  a question's plan and judgement, a reader, ways to look up articles and to judge more.
Out: `Material`, `Composition`: values alone.
Left to others: how an answer is composed (`rag.grounding.composition.compose`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rag.grounding.calibration import Verdict
from rag.grounding.citations import ArticleLookup
from rag.grounding.quotation import ClaimReader
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.evidence.readings import PassageReader
from rag.retrieval.query_plan import QueryPlan
from rag.types import Citation, Evidence, Note, Sentence


class Reader(PassageReader, ClaimReader, Protocol):
    """What is needed of `rag.models.reader.Reader`: it reads passages and checks claims."""


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to compose an answer to the question of `plan` from.

    `judgement` is that of the whole question. `judge` retrieves the passages of another
    self-contained question, under the same filters, and judges them. `decide` says of a judgement
    whether its best evidence would be shown on the reader's word alone, at the share of wrong
    answers that the question allows, and how likely that is to be right. `max_wrong` is that share.
    """

    plan: QueryPlan
    judgement: Judgement
    article_of: ArticleLookup
    reader: Reader
    judge: Callable[[str], Judgement]
    decide: Callable[[Judgement], Verdict]
    max_wrong: float


@dataclass(frozen=True, slots=True)
class Composition:
    """A composed answer: `citations` are numbered from 1 in the order of `sentences`.

    `evidence` is what it rests on, best first; `confidence` that of the least sure part of it, 0
    to 1, None where nothing measures it.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]
    confidence: float | None = None
    notes: tuple[Note, ...] = ()
