"""What answers questions: an open index, its models, and the methods that use them.

In:  `Settings`; a question, earlier turns, filters.
Out: the events of `rag.pipeline`; passages, articles, suggested questions.
Left to others: the way from a question to its answer (`rag.pipeline`), display (`rag.cli`,
`rag.web`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError, QuestionError
from rag.generation.prefill import prefill_passages
from rag.grounding.calibration import Calibration, checked_share
from rag.grounding.verifier import VerificationPolicy
from rag.index.browse import ArticleBrowser
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.models.added import open_language_model
from rag.models.embedder import Embedder
from rag.models.llm import build_check
from rag.models.llm.base import LanguageModel, ModelOptions
from rag.models.opening import (
    model_setup,
    open_added_embedder,
    open_classifier,
    open_reader,
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
from rag.retrieval.retriever import RetrievalSettings, Retriever
from rag.retrieval.rewrite import normalize_question, recent_turns
from rag.runtime.background import BackgroundTask
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.observability.stages import in_own_context, stage
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
    from rag.models.protocols import EvidenceReader, TextEmbedder
    from rag.models.question_classifier import QuestionClassifier
    from rag.newsroom.drafts.result import CheckResult
    from rag.newsroom.timelines.values import Timeline

ModelLoader = Callable[[Settings], LanguageModel]


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
            ),
            deadline=settings.deadline,
            cache=build_check_dir(settings.models),
        )


class Assistant:
    """Answers questions over one index. Every method may be called from several threads."""

    def __init__(
        self,
        settings: Settings,
        embedder: TextEmbedder,
        snapshots: SnapshotStore,
        load_model: ModelLoader = load_model,
        reader: EvidenceReader | None = None,
        classifier: QuestionClassifier | None = None,
    ) -> None:
        from rag.index.build import expected_fingerprint

        self.settings = settings
        limits = RetrievalSettings(
            k=passages_to_retrieve(settings, reader is not None),
            context_k=settings.context_k,
            per_article=settings.per_article,
            languages=get_card(settings.embedder).languages,
        )
        self._retriever = Retriever(embedder, limits)
        self._reader = reader
        self._classifier = classifier
        self._snapshots = snapshots
        self._fingerprint = expected_fingerprint(settings)
        self._current: Snapshot | None = None
        self._previous: Snapshot | None = None
        self._corrections: object = None  # the stamp of those of the current snapshot
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
            ModelError: a model is not on this machine, or is broken; or the name of a server's
                model is left out, and the server does not give it.
        """
        from rag.index.build import expected_fingerprint

        settings = settings or Settings.load()
        snapshots = SnapshotStore(settings.index)
        snapshots.require_compatible(expected_fingerprint(settings))
        if settings.uses_server:
            settings = with_server_model(settings)
        elif settings.words_answers:
            verify_model(get_card(settings.model), settings.models)
        wanted = preload and settings.words_answers
        loading = BackgroundTask(lambda: load_model(settings)) if wanted else None
        card = get_card(settings.embedder)
        folder = verify_model(card, settings.models)
        with stage("load", model=settings.embedder):
            embedder = open_added_embedder(card, settings) or Embedder.open(folder)
        with stage("load", model=settings.reader):
            reader, name = open_reader(settings, folder)
        in_use, classifier = replace(settings, reader=name), open_classifier(settings)
        assistant = cls(in_use, embedder, snapshots, load_model, reader, classifier)
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

        `history` holds earlier (question, answer) pairs, oldest first. Only articles that match
        `filters` are searched; `since`, `until` and `outlets` are its short form. Of the answers
        shown the share `max_wrong` may be wrong, 0.01 to 1 (default: that of the settings).

        Raises:
            QuestionError: the question is empty or too long, a filter is malformed or gives a name
                that no article has, or `max_wrong` is out of range.
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
            ModelError, IndexFault: the embedder or the index failed.
        """
        typed, index = normalize_question(query), self._snapshot()
        with stage("search", embedder=self.settings.embedder) as searching:
            plain = self._retriever.read_query(index, typed, filters)
            hits = self._retriever.search(index, plain.text, k or self.settings.k, plain.filters)
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

        tools = DraftTools(self._snapshot(), self._retriever, self._reader)
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
        if self._reader is None and self._verifies(verify):
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
            ModelError: it is missing or broken, does not run here, or `RAG_MODEL` is `none`.
        """
        if not self.settings.words_answers:
            raise ModelError("RAG_MODEL=none: no language model is loaded; name one for this")
        with self._lock:
            if self._model is None:
                loading, self._loading = self._loading, None
                self._model = loading.result() if loading else self._load_model(self.settings)
            return self._model

    def _snapshot(self) -> Snapshot:
        """The current snapshot of the index, with the corrections of its records.

        What was published or corrected since the last call is opened.
        """
        with self._lock:
            current = self._snapshots.require_compatible(self._fingerprint)
            corrections = self._snapshots.corrections.stamp()
            opened_as = self._current and (self._current.name, self._corrections)
            if self._current is None or opened_as != (current.name, corrections):
                opened = self._snapshots.open_current(self._fingerprint, self._current)
                # the one before is closed with the last question that still uses it
                self._previous, self._current = self._current, opened
                self._corrections = corrections
            return self._current

    def _tools(self) -> Tools:
        return Tools(
            self.settings,
            self._retriever,
            self._reader,
            self.model if self.settings.words_answers else None,
            self._classifier,
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


@lru_cache(maxsize=2)  # one that answers, one that only searches
def _open_shared(settings: Settings) -> Assistant:
    return Assistant.open(settings)


def without_models(settings: Settings) -> Settings:
    """`settings` of an assistant that only searches: neither language model nor reader."""
    return replace(settings, model="none", reader="none")


def get_shared_assistant(settings: Settings) -> Assistant:
    """The assistant for `settings`, opened at the first call and kept open for later ones."""
    with _SHARED_LOCK:
        return _open_shared(settings)


_SHARED_LOCK = threading.Lock()
