"""The pipeline, wired in one place: a question goes in, events and an `Answer` come out.

In:  `Settings`; a question, earlier turns, filters.
Out: `Retrieved`, `DraftToken`s, `AnswerReady`; the body of `Assistant.stream` is the data flow.
Left to others: every step (`rag.retrieval`, `rag.generation`, `rag.grounding`), display (`rag.cli`,
`rag.web`).
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
from rag.grounding.calibration import Calibration, judges_key, load_calibration
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
from rag.prompts.templates import ABSTENTION_TEXTS, answer_prompt, verification_prompt
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

_MAX_TURNS = 3  # earlier turns with which a follow-up is rewritten

ModelLoader = Callable[[Settings], LanguageModel]


def load_model(settings: Settings) -> LanguageModel:
    """The language model that `settings` name, loaded in a process of its own.

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
    """Answers questions over one index. Every method may be called from several threads."""

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        snapshots: SnapshotStore,
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
        self._retriever = Retriever(embedder, limits)
        self._snapshots = snapshots
        self._fingerprint = expected_fingerprint(settings)
        self._current: Snapshot | None = None
        self._previous: Snapshot | None = None
        self._load_model = load_model
        self._model: LanguageModel | None = None
        self._loading: BackgroundTask[LanguageModel] | None = None
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        preload: bool = False,
        load_model: ModelLoader = load_model,
    ) -> Assistant:
        """Open the index that `settings` (default: those of the environment) name.

        The language model is loaded by `warm_up` or the first question that needs it; with
        `preload` at once, while the embedder is loaded. `load_model` loads it; tests pass a
        function that returns a `rag.models.llm.scripted.ScriptedModel`.

        Raises:
            IndexFault: there is no index, or it is damaged, or was built with other settings.
            ModelError: a model is not on this machine, or is broken.
        """
        settings = settings or Settings.load()
        snapshots = SnapshotStore(settings.index)
        snapshots.require_compatible(expected_fingerprint(settings))
        verify_model(get_card(settings.model), settings.models)
        loading = BackgroundTask(lambda: load_model(settings)) if preload else None
        embedder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
        assistant = cls(settings, embedder, snapshots, load_model)
        assistant._loading = loading
        assistant._snapshot()
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
        verify: VerificationPolicy = VerificationPolicy.IF_CALIBRATED,
    ) -> Answer:
        """The answer to `question`; see `stream`."""
        filters = _one_filter(filters, since, until, outlets)
        for event in self.stream(question, history=history, filters=filters, verify=verify):
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
        verify: VerificationPolicy = VerificationPolicy.IF_CALIBRATED,
        cancel: CancelToken = NEVER,
    ) -> Iterator[Event]:
        """Answer `question` step by step; the last event is `AnswerReady`.

        `history` holds earlier (question, answer) pairs, oldest first. Only articles that match
        `filters` are searched; `since`, `until` and `outlets` are its short form.

        Raises:
            QuestionError: the question is empty or too long, or a filter is malformed.
            ModelError, IndexFault: the model or the index failed.
            Cancelled: `cancel` was cancelled.
        """
        start = time.perf_counter()
        question = normalize_question(question)
        filters = _one_filter(filters, since, until, outlets)
        index = self._snapshot()
        query = self._self_contained(question, history, cancel)
        retrieval = self._retriever.retrieve(index, plan_query(query), filters)
        hits = retrieval.evidence.hits
        retrieve_seconds = time.perf_counter() - start
        yield Retrieved(query, hits)

        if reason := retrieval.abstention:
            timings = Timings(retrieve=retrieve_seconds, total=time.perf_counter() - start)
            trace = AnswerTrace(question, query, hits, timings=timings)
            text = ABSTENTION_TEXTS[reason]
            yield AnswerReady(Answer.abstain(trace, reason, text, retrieval.notes))
            return

        drafts: list[Draft] = []
        reviews: list[ReviewedDraft] = []
        generate_seconds = 0.0
        for sub_question in retrieval.sub_questions:
            generate_start = time.perf_counter()
            if drafts:
                yield DraftToken(" ")
            passages = context_order(sub_question.evidence, self.settings.context_k)
            draft = yield from generate_draft(
                self.model(), sub_question.query, passages, self.settings.max_tokens, cancel
            )
            generate_seconds += time.perf_counter() - generate_start
            drafts.append(draft)
            reviews.append(self._reviewer(index, verify).review(draft, sub_question, cancel))

        total = time.perf_counter() - start
        first_token_at = next((each.first_token_at for each in drafts if each.first_token_at), None)
        timings = Timings(
            retrieve=retrieve_seconds,
            first_token=first_token_at and first_token_at - start,
            generate=generate_seconds,
            check=total - generate_seconds - retrieve_seconds,
            total=total,
        )
        draft_text = " ".join(draft.text for draft in drafts)
        trace = AnswerTrace(question, query, hits, draft_text, timings)
        queries = [sub_question.query for sub_question in retrieval.sub_questions]
        yield AnswerReady(assemble_answer(trace, queries, reviews, retrieval.notes))

    def search(self, question: str, k: int | None = None) -> list[Hit]:
        """The `k` (default: that of the settings) best passages for `question`, best first."""
        query = normalize_question(question)
        return list(self._retriever.search(self._snapshot(), query, k or self.settings.k))

    def article(self, id: str) -> Article:
        """One whole article. Raises `KeyError` where the index has none of that id."""
        return self._snapshot().documents.article(id)

    @property
    def articles(self) -> ArticleBrowser:
        """The articles of the index, for browsing."""
        return ArticleBrowser(self._snapshot())

    @property
    def counts(self) -> tuple[int, int]:
        """Numbers of articles and passages in the index."""
        return self._snapshot().documents.counts()

    def warm_up(self, verify: VerificationPolicy = VerificationPolicy.IF_CALIBRATED) -> None:
        """Load the language model and process the prefixes of its prompts."""
        model = self.model()
        if self._calibration() or verify is VerificationPolicy.ALWAYS:
            model.prefill(verification_prompt(model.chat_template, "", [], ""))
        model.prefill(answer_prompt(model.chat_template, "", []))

    def prefill(self, busy: Callable[[], bool]) -> Iterator[None]:
        """Have the model process passages in advance; see `rag.generation.prefill`."""
        return prefill_passages(self.model(), self.articles.passages(), busy)

    def suggest_questions(self, count: int = 4) -> list[str]:
        """Questions that the newest articles answer, generated once per snapshot of the index."""
        from rag.generation.suggestions import suggest_questions

        model = self.model()
        return suggest_questions(self._snapshot(), model, lambda q: self.search(q, 1), count)

    def close(self) -> None:
        """Release files, memory and the model's process."""
        with self._lock:
            for resource in (self._current, self._previous, self._model):
                if resource is not None:
                    resource.close()
            if self._loading is not None:
                self._loading.discard(lambda model: model.close())
            self._current = self._previous = self._model = self._loading = None

    def model(self) -> LanguageModel:
        """The language model, loaded at the first call.

        Raises:
            ModelError: it is missing or broken, or does not run here.
        """
        with self._lock:
            if self._model is None:
                loading, self._loading = self._loading, None
                self._model = loading.result() if loading else self._load_model(self.settings)
            return self._model

    def _snapshot(self) -> Snapshot:
        """The current snapshot of the index; one published since the last call is opened."""
        with self._lock:
            current = self._snapshots.require_compatible(self._fingerprint)
            if self._current is None or self._current.name != current.name:
                opened = self._snapshots.open_current(self._fingerprint, self._current)
                # the one before is closed with the last question that still uses it
                self._previous, self._current = self._current, opened
            return self._current

    def _reviewer(self, index: Snapshot, verify: VerificationPolicy) -> AnswerReviewer:
        return AnswerReviewer(
            self.model(),
            index.documents.article,
            self._calibration(),
            self.settings.max_wrong,
            verify,
        )

    def _calibration(self) -> Calibration | None:
        judges = judges_key(self.settings.affecting_answers())
        return load_calibration(judges, self.settings.index)

    def _self_contained(self, question: str, history: History, cancel: CancelToken) -> str:
        """The question to search for: a follow-up is rewritten first."""
        turns = list(history)[-_MAX_TURNS:]
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
def _open_shared(settings: Settings) -> Assistant:
    return Assistant.open(settings)


def get_shared_assistant(settings: Settings) -> Assistant:
    """The assistant for `settings`, opened at the first call and kept open for later ones."""
    with _SHARED_LOCK:
        return _open_shared(settings)


_SHARED_LOCK = threading.Lock()
