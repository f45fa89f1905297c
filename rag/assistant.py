"""What answers questions: an open index, its models, and the methods that use them.

In:  `Settings`; a question, earlier turns, filters.
Out: the events of `rag.pipeline`; passages, articles, suggested questions.
Left to others: the way from a question to its answer (`rag.pipeline`), display (`rag.cli`,
`rag.web`).
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from rag.errors import ModelError, QuestionError
from rag.generation.prefill import prefill_passages
from rag.grounding.calibration import Calibration, checked_share
from rag.grounding.verifier import VerificationPolicy
from rag.index.browse import ArticleBrowser
from rag.index.companions.collections import require_collection
from rag.index.manifest import NAME as MANIFEST
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.models.added import open_language_model
from rag.models.llm import build_check
from rag.models.llm.base import LanguageModel, ModelOptions
from rag.models.opening import (
    model_setup,
    open_classifier,
    open_embedder,
    open_reader,
    open_reranker,
    open_server_model,
    with_server_model,
)
from rag.models.registry import (
    build_check_dir,
    get_card,
    prefix_cache_dir,
    verify_model,
)
from rag.pipeline import Request, Tools, answer_events, passages_to_retrieve
from rag.prompts.templates import answer_prompt, verification_prompt
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.reranking import Reranking
from rag.retrieval.retriever import RetrievalSettings, Retriever
from rag.retrieval.rewrite import normalize_question, recent_turns
from rag.runtime.background import BackgroundTask
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.observability.stages import in_own_context, stage
from rag.runtime.process_owner import claim_process, is_forked, require_own_process
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerReady,
    Article,
    Event,
    History,
    Hit,
    Origin,
    QuoteResult,
    RecordField,
    SearchResult,
)

if TYPE_CHECKING:
    from rag.index.companions.originals import Inspection
    from rag.ingest.files import CorpusFile
    from rag.models.protocols import EvidenceReader, PassageReranker, QueryEmbedder
    from rag.models.question_classifier import QuestionClassifier
    from rag.newsroom.drafts.result import CheckResult
    from rag.newsroom.timelines.values import Timeline

ModelLoader = Callable[[Settings], LanguageModel]


class AskOptions(TypedDict, total=False):
    """The keyword arguments that all ways of asking share; see `Assistant.stream`."""

    history: History
    filters: SearchFilter
    since: str | None
    until: str | None
    outlets: Sequence[str] | None
    verify: VerificationPolicy
    max_wrong: float | None


def load_model(settings: Settings) -> LanguageModel:
    """The language model that `settings` name: on a server, or loaded in a process of its own.

    Raises:
        ModelError: the model is not on this machine, is broken, or does not run here.
    """
    if settings.uses_server:
        return open_server_model(settings)
    card = get_card(settings.model)
    with stage("load", model=card.name):
        if card.extension is not None:
            return open_language_model(card, model_setup(settings))
        return build_check.load_model(
            verify_model(card, settings.models),
            ModelOptions(
                card.chat_template or "chatml",
                settings.context,
                settings.threads,
                prefix_cache_dir(card, settings.models),
                settings.gpu_layers,
            ),
            deadline=settings.deadline,
            cache=build_check_dir(settings.models),
        )


class AssistantModels:
    """The models of one or more assistants: embedder, reranker, reader, classifier, language model.

    `settings` are those in use: with the name of the reader that was opened, and of a server's
    model. The language model is loaded at the first call of `language_model`.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: QueryEmbedder,
        load_model: ModelLoader = load_model,
        reader: EvidenceReader | None = None,
        classifier: QuestionClassifier | None = None,
        reranker: PassageReranker | None = None,
    ) -> None:
        self.settings = settings
        self.embedder, self.reader, self.classifier = embedder, reader, classifier
        self.reranker = reranker
        self.model: LanguageModel | None = None  # once it is loaded
        self._load_model = load_model
        self._loading: BackgroundTask[LanguageModel] | None = None
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        preload: bool = False,
        load_model: ModelLoader = load_model,
    ) -> AssistantModels:
        """Open the models that `settings` name; raises `ModelError` as `Assistant.open` does."""
        if settings.uses_server:
            settings = with_server_model(settings)
        elif settings.words_answers:
            verify_model(get_card(settings.model), settings.models)
        wanted = preload and settings.words_answers
        loading = BackgroundTask(lambda: load_model(settings)) if wanted else None
        card = get_card(settings.embedder)
        folder = verify_model(card, settings.models)
        with stage("load", model=settings.embedder):
            embedder = open_embedder(settings)
        reranker = None
        if settings.reranker != "none":
            with stage("load", model=settings.reranker):
                reranker = open_reranker(settings)
        with stage("load", model=settings.reader):
            reader, name = open_reader(settings, folder)
        in_use, classifier = replace(settings, reader=name), open_classifier(settings)
        models = cls(in_use, embedder, load_model, reader, classifier, reranker)
        models._loading = loading
        return models

    def language_model(self) -> LanguageModel:
        """The language model, loaded at the first call.

        Raises:
            ModelError: it is missing or broken, does not run here, or `RAG_MODEL` is `none`.
        """
        if not self.settings.words_answers:
            raise ModelError("RAG_MODEL=none: no language model is loaded; name one for this")
        require_own_process()  # before the lock, which a thread may have held at the fork
        with self._lock:
            if self.model is None:
                loading, self._loading = self._loading, None
                self.model = loading.result() if loading else self._load_model(self.settings)
            return self.model

    def close(self) -> None:
        """End the language model's process."""
        with self._lock:
            if self.model is not None:
                self.model.close()
            if self._loading is not None:
                self._loading.discard(lambda model: model.close())
            self.model = self._loading = None


class Assistant:
    """Answers questions over one index. Every method may be called from several threads.

    `owns_models`: closing the assistant closes them too. As a context manager it is closed at the
    end of the block. A fork of the process that opened it cannot use it: methods raise
    `ForkedProcess` there.
    """

    def __init__(
        self,
        settings: Settings,
        models: AssistantModels,
        snapshots: SnapshotStore,
        owns_models: bool = True,
    ) -> None:
        from rag.index.build import expected_fingerprint

        self.settings = settings
        limits = RetrievalSettings(
            k=passages_to_retrieve(settings, models.reader is not None),
            context_k=settings.context_k,
            per_article=settings.per_article,
            languages=get_card(settings.embedder).languages,
        )
        self._models, self._owns_models = models, owns_models
        reranking = None
        if models.reranker is not None:
            languages = get_card(settings.reranker).languages
            reranking = Reranking(models.reranker, languages)
        self._retriever = Retriever(models.embedder, limits, reranking)
        self._snapshots = snapshots
        self._fingerprint = expected_fingerprint(settings)
        self._current: Snapshot | None = None
        self._previous: Snapshot | None = None
        self._stamp: object = None  # what differs between two snapshots and their corrections
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        preload: bool = False,
        load_model: ModelLoader = load_model,
        models: AssistantModels | None = None,
    ) -> Assistant:
        """Open the index that `settings` (default: those of the environment) name.

        The language model is loaded by `warm_up` or the first question that needs it; with
        `preload` at once, while the embedder is loaded. `load_model` loads it; tests pass a
        function that returns a `rag.models.llm.scripted.ScriptedModel`. With `models` these are
        used, which other assistants may use too: they were opened with settings that differ from
        `settings` in the collection alone, and stay open when this assistant is closed.

        Raises:
            CollectionError: the settings name a collection that is not there.
            IndexFault: there is no index, or it is damaged, or was built with other settings.
            ModelError: a model is not on this machine, or is broken; or the name of a server's
                model is left out, and the server does not give it.
            ForkedProcess: this is a fork of a process that had opened one.
        """
        from rag.index.build import expected_fingerprint

        claim_process()
        settings = settings or Settings.load()
        require_collection(settings)
        snapshots = SnapshotStore.of(settings)
        snapshots.require_compatible(expected_fingerprint(settings))
        opened = models or AssistantModels.open(settings, preload=preload, load_model=load_model)
        of_models = opened.settings
        in_use = replace(settings, reader=of_models.reader, llm_model=of_models.llm_model)
        assistant = cls(in_use, opened, snapshots, owns_models=models is None)
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
        max_wrong: float | None = None,
    ) -> Answer:
        """The answer to `question`; see `stream`."""
        filters = _one_filter(filters, since, until, outlets)
        for event in self.stream(
            question, history=history, filters=filters, verify=verify, max_wrong=max_wrong
        ):
            if isinstance(event, AnswerReady):
                return event.answer
        raise AssertionError("a stream that is not cancelled ends in AnswerReady")

    async def aask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """`ask` for asyncio: cancelling the task that awaits it cancels the work."""
        from rag.runtime.streaming import last_value

        last = await last_value(self.astream(question, **options))
        assert isinstance(last, AnswerReady)
        return last.answer

    def astream(self, question: str, **options: Unpack[AskOptions]) -> AsyncGenerator[Event]:
        """`stream` for asyncio, with its keyword arguments; raises what it raises.

        The work is done in a thread. Closing the generator, or cancelling the task that waits for
        it, cancels the work: the thread ends within a moment, and its place in the queue of the
        language model is free.
        """
        from rag.runtime.streaming import astream

        return astream(lambda cancel: self.stream(question, **options, cancel=cancel))

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
        max_wrong: float | None = None,
        cancel: CancelToken = NEVER,
    ) -> Iterator[Event]:
        """Answer `question` step by step; the last event is `AnswerReady`.

        `history` holds earlier questions, each with its `Answer` or the text of it, oldest first.
        Only articles that match `filters` are searched; `since`, `until` and `outlets` are its
        short form. Of the answers shown the share `max_wrong` may be wrong, 0.01 to 1 (default:
        that of the settings).

        Raises:
            QuestionError: the question is empty or too long, a turn of `history` has another form,
                a filter is malformed or gives a name that no article has, or `max_wrong` is out of
                range.
            ModelError, IndexFault: the model or the index failed.
            Cancelled: `cancel` was cancelled.
        """
        filters = _one_filter(filters, since, until, outlets)
        allowed = None if max_wrong is None else checked_share(max_wrong)
        line, turns = normalize_question(question), recent_turns(history)
        request = Request(line, turns, filters, verify, cancel, allowed)
        yield from answer_events(self._tools(), self._snapshot(), request)

    def search(self, question: str, k: int | None = None) -> list[Hit]:
        """The `k` (default: that of the settings) best passages for `question`, best first."""
        return list(self.find_passages(question, k).hits)

    def find_passages(
        self, query: str, k: int | None = None, filters: SearchFilter = NO_FILTER
    ) -> SearchResult:
        """The `k` (default: that of the settings) best passages for `query`, best first.

        `query` is a question or words, with operators (`rag.retrieval.operators`) or without.
        No language model is used.

        Raises:
            QuestionError: the query is empty or too long, or a filter is malformed.
            ModelError, IndexFault: the embedder, the reranker or the index failed.
        """
        typed, index = normalize_question(query), self._snapshot()
        with stage("search", embedder=self.settings.embedder) as searching:
            plain = self._retriever.read_query(index, typed, filters)
            hits = self._retriever.search(
                index, plain.text, k or self.settings.k, plain.filters, rerank=True
            )
            searching.count(passages=len(hits))
        articles = {
            id: replace(index.article(id), text="")
            for id in dict.fromkeys(hit.passage.article for hit in hits)
        }
        return SearchResult(typed, plain.text, hits, articles, plain.notes)

    def quote(
        self, text: str, speaker: str | None = None, filters: SearchFilter = NO_FILTER
    ) -> QuoteResult:
        """Where the quotation `text` stands, and whether `speaker` says it there.

        No model is used. See `rag.newsroom.quotes.finding.find_quote`.

        Raises:
            QuestionError: the quotation has fewer than two words or is too long, or a filter gives
                a name that no article has.
            IndexFault: the index failed.
        """
        from rag.newsroom.quotes.finding import find_quote

        with stage("quote") as looking:
            result = find_quote(self._snapshot(), text, speaker, filters)
            looking.count(outcome=result.verdict, citations=len(result.citations))
        return result

    def check(self, text: str, filters: SearchFilter = NO_FILTER) -> CheckResult:
        """What the articles say of each sentence of `text`, a draft of the user's own.

        No language model is used. See `rag.newsroom.drafts.checking`.

        Raises:
            QuestionError: the text is empty or too long, or a filter gives a name that no article
                has.
            ModelError, IndexFault: the embedder, the reader or the index failed.
        """
        *_, result = self.check_steps(text, filters)
        return result

    def check_steps(self, text: str, filters: SearchFilter = NO_FILTER) -> Iterator[CheckResult]:
        """What `check` returns, before the first sentence and after each; raises as that does."""
        from rag.newsroom.drafts.checking import DraftTools, check_steps

        tools = DraftTools(self._snapshot(), self._retriever, self._models.reader)
        yield from in_own_context(_timed_check(check_steps(tools, text, filters)))

    def timeline(self, topic: str, filters: SearchFilter = NO_FILTER) -> Timeline:
        """Dated statements on `topic`, oldest first, from the articles that match `filters`.

        Neither language model nor reader is used. `topic` may have operators, as a query has. See
        `rag.newsroom.timelines`.

        Raises:
            QuestionError: the topic is empty or too long, or a filter is malformed.
            ModelError, IndexFault: the embedder or the index failed.
        """
        from rag.newsroom.timelines.timeline import PASSAGES, make_timeline, topic_name

        typed, index = normalize_question(topic), self._snapshot()
        plain = self._retriever.read_query(index, typed, filters)
        name = topic_name(plain.text)
        with stage("timeline") as making:
            hits = self._retriever.search(index, name, PASSAGES, plain.filters)
            timeline = make_timeline(index, name, hits)
            making.count(passages=len(hits), entries=len(timeline.entries))
        return replace(timeline, notes=(*plain.notes, *timeline.notes))

    def article_ids(self) -> list[str]:
        """The ids of the articles of the index, sorted."""
        return list(self._snapshot().documents.article_metadata())

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, as the embedder's tokenizer cuts it."""
        return self._retriever.embedder.count(texts)

    def article(self, id: str) -> Article:
        """One whole article. Raises `KeyError` where the index has none of that id."""
        return self._snapshot().article(id)

    def origin(self, id: str) -> Origin:
        """The origin of the article `id`, with all its near copies in the index."""
        return self._snapshot().origins.origin(id)

    def original(self, id: str) -> CorpusFile:
        """The file of the corpus that article `id` was read from.

        Raises:
            KeyError: the index has no article of that id.
            CorpusError: the file is no longer there.
        """
        from rag.index.companions.originals import find_original

        return find_original(self._snapshot().documents, self._paths(), id)

    def inspect(self, id: str) -> Inspection:
        """Article `id` as it is stored, and what of its file is not. Raises as `article`."""
        from rag.index.companions.originals import inspect_article

        return inspect_article(self._snapshot().documents, self._paths(), id)

    def correct(self, id: str, changes: Mapping[RecordField, str | None]) -> None:
        """Correct fields of the record of article `id` by hand; it counts at once.

        Raises:
            KeyError: the index has no article of that id.
            CorrectionError: the correction cannot be stored.
        """
        self.article(id)
        self._snapshots.corrections.correct(id, changes)

    def undo_corrections(self, id: str) -> None:
        """Take all corrections of article `id` back. Raises `CorrectionError` if there is none."""
        self._snapshots.corrections.undo(id)

    def _paths(self) -> list[Path]:
        from rag.index.companions.originals import paths_of

        return paths_of(self.settings.index, self.settings.corpus)

    @property
    def articles(self) -> ArticleBrowser:
        """The articles of the index, for browsing."""
        return ArticleBrowser(self._snapshot())

    @property
    def counts(self) -> tuple[int, int]:
        """Numbers of articles and passages in the index."""
        return self._snapshot().documents.counts()

    @property
    def snapshot_name(self) -> str:
        """The name of the current snapshot of the index."""
        return self._snapshot().name

    def calibration(self) -> Calibration | None:
        """The calibration of the judges in use; None where nothing was measured for them.

        Raises:
            ModelError: a file of calibrations is broken.
        """
        return self._tools().calibration()

    def warm_up(self, verify: VerificationPolicy = VerificationPolicy.IF_CALIBRATED) -> None:
        """Find the origins of articles; load the language model, if there is one, and process the
        prefixes of its prompts."""
        _ = self._snapshot().origins
        if not self.settings.words_answers:
            return
        model = self.model()
        if self._models.reader is None and self._verifies(verify):
            model.prefill(verification_prompt(model.chat_template, "", [], ""))
        model.prefill(answer_prompt(model.chat_template, "", []))

    def _verifies(self, verify: VerificationPolicy) -> bool:
        """Whether the language model is to verify its own answers."""
        if verify is VerificationPolicy.ALWAYS:
            return True
        return self.calibration() is not None

    def prefill(self, busy: Callable[[], bool]) -> Iterator[None]:
        """Have the model process passages in advance; see `rag.generation.prefill`."""
        if not self.settings.words_answers:
            return iter(())
        return prefill_passages(self.model(), self.articles.passages(), busy)

    def suggest_questions(self, count: int = 4) -> list[str]:
        """Questions that the newest articles answer, generated once per snapshot of the index.

        None without a language model.
        """
        from rag.generation.suggestions import suggest_questions

        if not self.settings.words_answers:
            return []
        model = self.model()
        return suggest_questions(self._snapshot(), model, lambda q: self.search(q, 1), count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release files and memory, and the model's process where the models are its own.

        In a fork nothing is, as all is another's.
        """
        if is_forked():
            return
        with self._lock:
            for snapshot in (self._current, self._previous):
                if snapshot is not None:
                    snapshot.close()
            self._current = self._previous = None
        if self._owns_models:
            self._models.close()

    def model(self) -> LanguageModel:
        """The language model; see `AssistantModels.language_model`."""
        return self._models.language_model()

    def _snapshot(self) -> Snapshot:
        """The current snapshot of the index, with the corrections of its records.

        What was published or corrected since the last call is opened.
        """
        require_own_process()  # before the lock, which a thread may have held at the fork
        with self._lock:
            current = self._snapshots.require_compatible(self._fingerprint)
            # another index may have taken the place of this one, and its snapshots the same names
            manifest = (current / MANIFEST).stat()
            stamp = (current.name, manifest.st_ino, manifest.st_mtime_ns,
                     self._snapshots.corrections.stamp())  # fmt: skip
            if self._current is None or self._stamp != stamp:
                opened = self._snapshots.open_current(self._fingerprint, self._current)
                # the one before is closed with the last question that still uses it
                self._previous, self._current = self._current, opened
                self._stamp = stamp
            return self._current

    def _tools(self) -> Tools:
        return Tools(
            self.settings,
            self._retriever,
            self._models.reader,
            self.model if self.settings.words_answers else None,
            self._models.classifier,
        )


def _timed_check(steps: Iterator[CheckResult]) -> Generator[CheckResult]:
    with stage("check_draft") as checking:
        for result in steps:
            checking.count(sentences=len(result.sentences))
            yield result


def _one_filter(
    filters: SearchFilter, since: str | None, until: str | None, outlets: Sequence[str] | None
) -> SearchFilter:
    """`filters`, or the filter that its short form gives. Raises `QuestionError` for both."""
    short = SearchFilter.parse(since, until, outlets)
    if filters and short:
        raise QuestionError("filters and since, until or outlets: give one or the other")
    return filters or short


@lru_cache(maxsize=2)  # those that answer, those that only search
def _open_models(settings: Settings) -> AssistantModels:
    return AssistantModels.open(settings)


@lru_cache(maxsize=8)  # of two kinds for some collections
def _open_shared(settings: Settings) -> Assistant:
    from rag.index.build import expected_fingerprint

    require_collection(settings)  # a fault of the index is told before models are loaded
    SnapshotStore.of(settings).require_compatible(expected_fingerprint(settings))
    default = Settings()
    places = {name: getattr(default, name) for name in ("index", "conversations", "corpus")}
    models = replace(settings, collection=default.collection, **places)
    return Assistant.open(settings, models=_open_models(models))


def without_models(settings: Settings) -> Settings:
    """`settings` of an assistant that only searches: neither language model nor reader."""
    return replace(settings, model="none", reader="none")


def get_shared_assistant(settings: Settings) -> Assistant:
    """The assistant for `settings`, opened at the first call and kept open for later ones."""
    require_own_process()  # before the lock, which a thread may have held at the fork
    with _SHARED_LOCK:
        return _open_shared(settings)


_SHARED_LOCK = threading.Lock()
