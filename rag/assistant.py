"""The only wiring place: a question goes in, events and an `Answer` come out.

In:  `Settings`; a question, earlier turns, filters.
Out: `Retrieved`, `DraftToken`s, `AnswerReady`; the body of `stream` reads as the data flows.
Left to others: everything a room of its own does; showing (`rag.cli`, `rag.web`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from rag.errors import QuestionError
from rag.generation.draft import Draft, generate_draft
from rag.generation.prefill import prefill_passages
from rag.grounding.answer import assemble_answer
from rag.grounding.calibration import load_calibration
from rag.grounding.review import AnswerReviewer, ReviewedDraft, context_order
from rag.grounding.verifier import VerificationPolicy
from rag.index.browse import ArticleBrowser
from rag.index.build import expected_fingerprint
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.models.embedder import Embedder
from rag.models.llm import build_check
from rag.models.llm.base import LanguageModel, ModelOptions
from rag.models.registry import build_check_dir, get_card, prefix_cache_dir, verify_model
from rag.prompts import templates as prompt
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.query_plan import plan_query
from rag.retrieval.retriever import RetrievalSettings, Retriever
from rag.retrieval.rewrite import is_follow_up, normalize_question, rewrite_followup
from rag.runtime.background import BackgroundTask
from rag.runtime.cancellation import NEVER, CancelToken
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerReady,
    AnswerTrace,
    Article,
    DraftToken,
    Event,
    History,
    Hit,
    Retrieved,
    Timings,
)

_TURNS = 3  # earlier turns that a follow-up is read against


ModelLoader = Callable[[Settings], LanguageModel]


def load_model(settings: Settings) -> LanguageModel:
    """The language model that `settings` names, loaded in a process of its own.

    Raises:
        ModelError: the model is not on this machine, is broken, or does not run here.
    """
    card = get_card(settings.model)
    return build_check.load_model(
        verify_model(card, settings.models),
        ModelOptions(
            card.chat_template or "chatml",
            settings.context,
            settings.threads,
            prefix_cache_dir(card, settings.models),
        ),
        deadline=settings.deadline,
        cache=build_check_dir(settings.models),
    )


class Assistant:
    """Answers over one index. May be called from several threads."""

    def __init__(
        self,
        settings: Settings,
        encoder: Embedder,
        generations: SnapshotStore,
        load_model: ModelLoader = load_model,
    ) -> None:
        self.settings = settings
        limits = RetrievalSettings(
            k=settings.k,
            context_k=settings.context_k,
            per_article=settings.per_article,
            min_cosine=settings.min_cosine,
            min_coverage=settings.min_coverage,
        )
        self._retriever = Retriever(encoder, limits)
        self._generations = generations
        self._fingerprint = expected_fingerprint(settings)
        self._generation: Snapshot | None = None
        self._previous: Snapshot | None = None
        self._load_model = load_model
        self._model: LanguageModel | None = None
        self._coming: BackgroundTask[LanguageModel] | None = None
        self._opening = threading.RLock()
        self.always_weigh = False  # also where nothing is fitted yet: `rag eval` sets it

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        ahead: bool = False,
        load_model: ModelLoader = load_model,
    ) -> Assistant:
        """Open the index that `settings` (default: the environment's) names.

        The language model is loaded at the first question that needs it, or by `warm`; with
        `ahead` at once, beside the embedder. `load_model` loads it; tests pass a loader of
        `rag.models.llm.scripted.ScriptedModel`.

        Raises:
            IndexFault: no index, a damaged one, or one built from other settings.
            ModelError: a model is not on this machine, or broken.
        """
        settings = settings or Settings.load()
        generations = SnapshotStore(settings.index)
        generations.require_compatible(expected_fingerprint(settings))
        verify_model(get_card(settings.model), settings.models)
        coming = BackgroundTask(lambda: load_model(settings)) if ahead else None
        encoder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
        assistant = cls(settings, encoder, generations, load_model)
        assistant._coming = coming
        assistant._index()
        return assistant

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        filters: SearchFilter = NO_FILTER,
        since: str | None = None,
        until: str | None = None,
        outlets: Sequence[str] | None = None,
    ) -> Answer:
        """The answer to `question`; see `stream`."""
        filters = _one_filter(filters, since, until, outlets)
        for event in self.stream(question, history=history, filters=filters):
            if isinstance(event, AnswerReady):
                return event.answer
        raise AssertionError("a stream that is not cancelled ends in AnswerReady")

    def stream(
        self,
        question: str,
        *,
        history: History = (),
        filters: SearchFilter = NO_FILTER,
        since: str | None = None,
        until: str | None = None,
        outlets: Sequence[str] | None = None,
        cancel: CancelToken = NEVER,
    ) -> Iterator[Event]:
        """Answer `question` step by step; the last event is `AnswerReady`.

        `history` holds earlier (question, answer) pairs, oldest first; only articles that match
        `filters` are searched. `since`, `until` and `outlets` are its short form.

        Raises:
            QuestionError: the question is empty or too long, or a filter is malformed.
            ModelError, IndexFault: a part of the machinery failed.
            Cancelled: `cancel` was cancelled while the model was at work.
        """
        begun = time.perf_counter()
        question = normalize_question(question)
        filters = _one_filter(filters, since, until, outlets)
        index = self._index()
        query = self._query(question, history, cancel)
        finding = self._retriever.retrieve(index, plan_query(query), filters)
        evidence = finding.evidence
        retrieved = time.perf_counter()
        yield Retrieved(query, evidence.hits)

        if finding.abstention:
            timings = Timings(retrieve=retrieved - begun, total=time.perf_counter() - begun)
            trace = AnswerTrace(question, query, evidence.hits, timings=timings)
            reason = finding.abstention
            text = prompt.ABSTENTION_TEXTS[reason]
            yield AnswerReady(Answer.abstain(trace, reason, text, finding.notes))
            return

        drafts: list[Draft] = []
        decisions: list[ReviewedDraft] = []
        generating = 0.0
        for part in finding.sub_questions:
            started = time.perf_counter()
            if drafts:
                yield DraftToken(" ")
            passages = context_order(part.evidence, self.settings.context_k)
            draft = yield from generate_draft(
                self.model(), part.query, passages, self.settings.max_tokens, cancel
            )
            generating += time.perf_counter() - started
            drafts.append(draft)
            decisions.append(self._reviewer(index).review(draft, part, cancel))
        total = time.perf_counter() - begun
        first = next((each.first_token_at for each in drafts if each.first_token_at), None)
        timings = Timings(
            retrieve=retrieved - begun,
            first_token=first and first - begun,
            generate=generating,
            check=total - generating - (retrieved - begun),
            total=total,
        )
        draft_text = " ".join(each.text for each in drafts)
        trace = AnswerTrace(question, query, evidence.hits, draft_text, timings)
        queries = [part.query for part in finding.sub_questions]
        yield AnswerReady(assemble_answer(trace, queries, decisions, finding.notes))

    def _reviewer(self, index: Snapshot) -> AnswerReviewer:
        always = self.always_weigh
        return AnswerReviewer(
            self.model(),
            index.documents.article,
            load_calibration(self.settings.model),
            self.settings.max_false_refusal,
            VerificationPolicy.ALWAYS if always else VerificationPolicy.IF_CALIBRATED,
        )

    def search(self, question: str, k: int | None = None) -> list[Hit]:
        """The `k` best passages for `question`, best first."""
        query = normalize_question(question)
        return list(self._retriever.search(self._index(), query, k or self.settings.k))

    def article(self, id: str) -> Article:
        """One article of the index, whole. Raises `KeyError` for an id it does not hold."""
        return self._index().documents.article(id)

    @property
    def articles(self) -> ArticleBrowser:
        """The articles of the index, to look through."""
        return ArticleBrowser(self._index())

    @property
    def counts(self) -> tuple[int, int]:
        """Articles and passages in the index."""
        return self._index().documents.counts()

    def warm_up(self) -> None:
        """Load the language model and process the constant parts of its prompts."""
        model = self.model()
        if load_calibration(self.settings.model) or self.always_weigh:
            model.prefill(prompt.verification_prompt(model.chat_template, "", [], ""))
        model.prefill(prompt.answer_prompt(model.chat_template, "", []))

    def prefill(self, busy: Callable[[], bool]) -> Iterator[None]:
        """Have the model read passages before anybody asks; see `rag.generation.prefill`."""
        return prefill_passages(self.model(), self.articles.passages(), busy)

    def suggest_questions(self, count: int = 4) -> list[str]:
        """Questions that the newest articles answer, written by the model once per index."""
        from rag.generation.suggestions import suggest_questions

        return suggest_questions(self._index(), self.model(), lambda q: self.search(q, 1), count)

    def close(self) -> None:
        """Give back files and memory."""
        with self._opening:
            for opened in (self._generation, self._previous, self._model):
                if opened is not None:
                    opened.close()
            if self._coming is not None:
                self._coming.discard(lambda model: model.close())
            self._generation = self._previous = self._model = self._coming = None

    def _index(self) -> Snapshot:
        """The current generation; one published since the last question is opened here."""
        with self._opening:
            current = self._generations.require_compatible(self._fingerprint)
            if self._generation is None or self._generation.name != current.name:
                opened = self._generations.open_current(self._fingerprint, self._generation)
                # one before the last is closed once no running question needs it
                self._previous, self._generation = self._generation, opened
            return self._generation

    def model(self) -> LanguageModel:
        """The language model, loaded at the first call."""
        with self._opening:
            if self._model is None:
                coming, self._coming = self._coming, None
                self._model = coming.result() if coming else self._load_model(self.settings)
            return self._model

    def _query(self, question: str, history: History, cancel: CancelToken) -> str:
        """The question as it is searched: a follow-up is made self-contained first."""
        turns = list(history)[-_TURNS:]
        if not turns or not is_follow_up(question):
            return question
        return rewrite_followup(question, turns, self.model(), cancel)


def _one_filter(
    filters: SearchFilter, since: str | None, until: str | None, outlets: Sequence[str] | None
) -> SearchFilter:
    """`filters`, or the filter that its short form gives. Raises `QuestionError` for both."""
    short = SearchFilter.parse(since, until, outlets)
    if filters and short:
        raise QuestionError("filters and since, until or outlets: give one or the other")
    return filters or short


@lru_cache(maxsize=1)
def _opened(settings: Settings) -> Assistant:
    return Assistant.open(settings)


def get_shared_assistant(settings: Settings) -> Assistant:
    """The assistant for `settings`, opened at the first call and then kept."""
    with _OPENING:
        return _opened(settings)


_OPENING = threading.Lock()
