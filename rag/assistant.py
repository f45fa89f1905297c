"""The only wiring place: a question goes in, events and an `Answer` come out.

In:  `Settings`; a question, earlier turns, filters.
Out: `Found`, `Token`s, `Done`; the body of `stream` reads as the data flows.
Left to others: everything a room of its own does; showing (`rag.cli`, `rag.web`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from rag import prompt
from rag.ahead import Ahead
from rag.answers import answer_of, refusal
from rag.catalogue import card, states, verified
from rag.citing import as_told_by
from rag.confidence import fitted_for
from rag.deciding import Decision, decide, given
from rag.encoders import Encoder
from rag.filters import Filter
from rag.finding import Finder, Part
from rag.followup import is_follow_up, plain, self_contained
from rag.indexing import wanted_fingerprint
from rag.listing import Listing
from rag.model_process import ModelProcess
from rag.probe import open_checked
from rag.readahead import read_ahead
from rag.settings import Settings
from rag.store.generation import Generation
from rag.store.generations import Generations
from rag.types import (
    Answer,
    Article,
    Done,
    Event,
    Found,
    History,
    Hit,
    Timings,
    Token,
)
from rag.writing import Written, written

_TURNS = 3  # earlier turns that a follow-up is read against


class Assistant:
    """Answers over one index. May be called from several threads."""

    def __init__(self, settings: Settings, encoder: Encoder, generations: Generations) -> None:
        self.settings = settings
        self._finder = Finder(
            encoder,
            settings.k,
            settings.k_one,
            settings.per_article,
            settings.min_cosine,
            settings.min_coverage,
        )
        self._generations = generations
        self._fingerprint = wanted_fingerprint(settings)
        self._generation: Generation | None = None
        self._previous: Generation | None = None
        self._model: ModelProcess | None = None
        self._coming: Ahead[ModelProcess] | None = None
        self._opening = threading.RLock()
        self.always_weigh = False  # also where nothing is fitted yet: `rag eval` sets it

    @classmethod
    def open(cls, settings: Settings | None = None, *, ahead: bool = False) -> Assistant:
        """Open the index that `settings` (default: the environment's) names.

        The language model is loaded at the first question that needs it, or by `warm`; with
        `ahead` at once, beside the embedder.

        Raises:
            IndexFault: no index, a damaged one, or one built from other settings.
            ModelError: a model is not on this machine, or broken.
        """
        settings = settings or Settings.load()
        generations = Generations(settings.index)
        generations.checked(wanted_fingerprint(settings))
        verified(card(settings.model), settings.models)
        coming = Ahead(lambda: _loaded(settings)) if ahead else None
        encoder = Encoder.open(verified(card(settings.embedder), settings.models))
        assistant = cls(settings, encoder, generations)
        assistant._coming = coming
        assistant._index()
        return assistant

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        since: str | None = None,
        until: str | None = None,
        outlets: Sequence[str] | None = None,
    ) -> Answer:
        """The answer to `question`; see `stream`."""
        events = self.stream(question, history=history, since=since, until=until, outlets=outlets)
        for event in events:
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream that is not cancelled ends in Done")

    def stream(
        self,
        question: str,
        *,
        history: History = (),
        since: str | None = None,
        until: str | None = None,
        outlets: Sequence[str] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        """Answer `question`, telling of each step; the last event is `Done`, unless cancelled.

        `history` holds earlier (question, answer) pairs, oldest first. `since` and `until` are
        ISO 8601 days, months or years, both included; `outlets` are names of sources.

        Raises:
            QuestionError: the question is empty or too long, or a filter is malformed.
            ModelError, IndexFault: a part of the machinery failed.
        """
        begun = time.perf_counter()
        question = plain(question)
        wanted = Filter.of(since, until, outlets)
        index = self._index()
        query = self._query(question, history, cancelled)
        finding = self._finder.find(index, query, wanted)
        evidence = finding.evidence
        retrieved = time.perf_counter()
        yield Found(query, evidence.hits)

        if finding.refused:
            timings = Timings(retrieve=retrieved - begun, total=time.perf_counter() - begun)
            reason = finding.refused
            yield Done(refusal(question, query, reason, evidence.hits, timings, finding.note))
            return

        drafts: list[Written] = []
        decisions: list[Decision] = []
        generating = 0.0
        for part in finding.parts:
            started = time.perf_counter()
            if drafts:
                yield Token(" ")
            passages = given(part.evidence, self.settings.k_one)
            draft = yield from written(
                self.model(), part.query, passages, self.settings.max_tokens, cancelled
            )
            if cancelled and cancelled():
                return
            generating += time.perf_counter() - started
            drafts.append(draft)
            decisions.append(self._decided(index, part, draft, passages, cancelled))
            if cancelled and cancelled():
                return
        total = time.perf_counter() - begun
        first = next((each.began for each in drafts if each.began), None)
        timings = Timings(
            retrieve=retrieved - begun,
            first_token=first and first - begun,
            generate=generating,
            check=total - generating - (retrieved - begun),
            total=total,
        )
        draft_told = " ".join(each.draft for each in drafts)
        refused = refusal(
            question, query, "not_stated", evidence.hits, timings, finding.note, draft_told
        )
        yield Done(answer_of(refused, [part.query for part in finding.parts], decisions))

    def _decided(
        self,
        index: Generation,
        part: Part,
        draft: Written,
        passages: Sequence[Hit],
        cancelled: Callable[[], bool] | None,
    ) -> Decision:
        """What becomes of the draft for one thing asked."""
        decision = decide(
            self.model(),
            part.query,
            draft.draft,
            part.evidence,
            passages,
            index.records.article,
            least=draft.least,
            fitted=fitted_for(self.settings.model),
            right_withheld=self.settings.right_withheld,
            always_weigh=self.always_weigh,
            cancelled=cancelled,
        )
        if part.article is None:
            return decision
        of = index.records.article(part.article)
        return replace(decision, sentences=as_told_by(of, decision.sentences))

    def search(self, question: str, k: int | None = None) -> list[Hit]:
        """The `k` best passages for `question`, best first."""
        found = self._finder.search(self._index(), plain(question), k or self.settings.k)
        return list(found.hits)

    def article(self, id: str) -> Article:
        """One article of the index, whole. Raises `KeyError` for an id it does not hold."""
        return self._index().records.article(id)

    @property
    def listing(self) -> Listing:
        """The articles of the index, to look through."""
        return Listing(self._index().records)

    @property
    def counts(self) -> tuple[int, int]:
        """Articles and passages in the index."""
        return self._index().records.counts()

    def warm(self) -> None:
        """Load the language model and process the constant parts of its prompts."""
        model = self.model()
        if fitted_for(self.settings.model) or self.always_weigh:
            model.warm(prompt.reading_prompt(model.frame, "", [], ""))
        model.warm(prompt.answer_prompt(model.frame, "", []))

    def reading_ahead(self, busy: Callable[[], bool]) -> Iterator[None]:
        """Have the model read passages before anybody asks; see `rag.readahead`."""
        return read_ahead(self.model(), self.listing.passages(), busy)

    def examples(self, count: int = 4) -> list[str]:
        """Questions that the newest articles answer, written by the model once per index."""
        from rag.examples import examples

        return examples(self._index(), self.model(), lambda q: self.search(q, 1), count)

    def close(self) -> None:
        """Give back files and memory."""
        with self._opening:
            for opened in (self._generation, self._previous, self._model):
                if opened is not None:
                    opened.close()
            if self._coming is not None:
                self._coming.dismiss(ModelProcess.close)
            self._generation = self._previous = self._model = self._coming = None

    def _index(self) -> Generation:
        """The current generation; one published since the last question is opened here."""
        with self._opening:
            current = self._generations.checked(self._fingerprint)
            if self._generation is None or self._generation.name != current.name:
                opened = self._generations.opened(self._fingerprint, self._generation)
                # one before the last is closed once no running question needs it
                self._previous, self._generation = self._generation, opened
            return self._generation

    def model(self) -> ModelProcess:
        """The language model, loaded at the first call."""
        with self._opening:
            if self._model is None:
                coming, self._coming = self._coming, None
                self._model = coming.result() if coming else _loaded(self.settings)
            return self._model

    def _query(self, question: str, history: History, cancelled: Callable[[], bool] | None) -> str:
        """The question as it is searched: a follow-up is made self-contained first."""
        turns = list(history)[-_TURNS:]
        if not turns or not is_follow_up(question):
            return question
        return self_contained(question, turns, self.model(), cancelled)


def _loaded(settings: Settings) -> ModelProcess:
    chosen = card(settings.model)
    return open_checked(
        verified(chosen, settings.models),
        frame=chosen.frame or "chatml",
        context=settings.context,
        threads=settings.threads,
        states=states(chosen, settings.models),
        deadline=settings.deadline,
    )


@lru_cache(maxsize=1)
def _opened(settings: Settings) -> Assistant:
    return Assistant.open(settings)


def shared(settings: Settings) -> Assistant:
    """The assistant for `settings`, opened at the first call and then kept."""
    with _OPENING:
        return _opened(settings)


_OPENING = threading.Lock()
