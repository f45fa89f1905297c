"""What is asked, what answering needs, and what all steps of one question share.

In:  the `Request` as it came in, an open `Snapshot`, the `Tools`.
Out: a `Context`, which no step changes but to limit its search to articles that the records named.
Left to others: opening models and index (`rag.assistant`), every step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.grounding.calibration import (
    Calibration,
    deciding_calibration,
    judges_key,
    load_calibration,
    own_calibration_file,
    read_calibrations,
)
from rag.grounding.composition.material import Reader
from rag.grounding.verifier import VerificationPolicy
from rag.index.snapshot import Snapshot
from rag.models.llm.base import LanguageModel
from rag.models.registry import get_card
from rag.retrieval.coverage import CoverageReader
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.query_plan import IntentReader, QueryPlan
from rag.retrieval.records.records import records_of
from rag.retrieval.retriever import RetrievalOutcome, Retriever
from rag.runtime.cancellation import NEVER, CancelToken
from rag.settings import Settings
from rag.text.languages import ENGLISH, language_of
from rag.types import Intent, Turn

PASSAGES_READ = 12  # by the reader, for each sub-question
_MOST_ARTICLES = 3  # that the rest of a question is asked of


@dataclass(frozen=True, slots=True)
class Request:
    """A question on one line, as typed; the recent turns, filters, when to verify, how to stop.

    `max_wrong` is the share of wrong answers among those shown that is allowed; None: that of the
    settings.
    """

    question: str
    history: Sequence[Turn] = ()
    filters: SearchFilter = NO_FILTER
    verify: VerificationPolicy = VerificationPolicy.IF_CALIBRATED
    cancel: CancelToken = NEVER
    max_wrong: float | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering needs. `model` loads the language model at its first call; None: quotations
    alone. Without a `reader` the language model judges its own drafts. Without a `classifier`
    rules alone tell what a question asks for."""

    settings: Settings
    retriever: Retriever
    reader: Reader | None
    model: Callable[[], LanguageModel] | None
    classifier: IntentReader | None = None

    def intent_of(self, question: str) -> Intent | None:
        """What `question` asks for; None without a classifier, and in other languages."""
        if self.classifier is None or language_of(question) != ENGLISH:
            return None
        return self.classifier.read(question)

    def knows(self, language: str) -> bool:
        """Whether the reader knows the language of this code."""
        return self.reader is not None and get_card(self.settings.reader).knows(language)

    def calibration(self, reader: str | None = None) -> Calibration | None:
        """The calibration of who decides here what is shown; `reader` judges instead of that of
        the settings.

        Raises:
            ModelError: a file of calibrations is broken.
        """
        return self._deciding(reader)[1]

    @property
    def is_calibrated_here(self) -> bool:
        """Whether the calibration that decides is of answers from this very index.

        Raises:
            ModelError: a file of calibrations is broken.
        """
        return self._deciding()[0] in read_calibrations(own_calibration_file(self.settings.index))

    def _deciding(self, reader: str | None = None) -> tuple[str, Calibration | None]:
        if reader is None:
            reader = self.settings.reader if self.reader is not None else "none"
        model, index = self.settings.language_model, self.settings.index
        return deciding_calibration(reader, model, lambda key: load_calibration(key, index))

    def reader_calibration(self, reader: str) -> Calibration | None:
        """The calibration of `reader` alone: what it makes of a quotation before any draft.

        Raises:
            ModelError: a file of calibrations is broken.
        """
        return load_calibration(judges_key(reader, "none"), self.settings.index)

    @property
    def crosses_languages(self) -> bool:
        """Whether the same meaning is near in all languages to the embedder."""
        return not self.retriever.settings.languages


def passages_to_retrieve(settings: Settings, with_reader: bool) -> int:
    """How many passages a question needs: those that the reader reads, else those of a prompt."""
    return max(settings.k, PASSAGES_READ) if with_reader else settings.k


class Context:
    """One question beside the tools and the index; its operators are read into filters.

    `typed` is the question as it came in, `notes` say how its operators were read. `request` has
    the question without them, and all filters.

    Raises:
        QuestionError: an operator of the question, or a name in a filter, is not understood.
    """

    def __init__(self, tools: Tools, index: Snapshot, request: Request) -> None:
        plain = tools.retriever.read_query(index, request.question, request.filters)
        self.typed, self.notes = request.question, plain.notes
        self.request = replace(request, question=plain.text, filters=plain.filters)
        self.tools, self.index = tools, index
        self.article_of = lru_cache(index.article)
        self.records = records_of(index)
        allowed = request.max_wrong
        self.max_wrong = tools.settings.max_wrong if allowed is None else allowed

    def retrieve(self, plan: QueryPlan, filters: SearchFilter | None = None) -> RetrievalOutcome:
        """The passages for `plan`, within the request's filters unless others are given."""
        within = self.request.filters if filters is None else filters
        return self.tools.retriever.retrieve(self.index, plan, within)

    def limit_to(self, articles: Sequence[str]) -> None:
        """Search in these articles alone from now on, if they are few."""
        few = tuple(dict.fromkeys(articles))
        if len(few) <= _MOST_ARTICLES:
            filters = replace(self.request.filters, articles=few)
            self.request = replace(self.request, filters=filters)

    def coverage_reader(self, language: str) -> CoverageReader:
        """What reads passages for a question in a language that the reader does not know."""
        retriever = self.tools.retriever
        return CoverageReader(
            lambda question: retriever.word_weights(self.index, question, language),
            retriever.similarity if self.tools.crosses_languages else None,
        )
