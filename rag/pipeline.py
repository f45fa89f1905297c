"""The way from a question to its answer, in one place.

In:  a `Request`, an open `Snapshot`, the `Tools`: retriever, reader, language model, settings.
Out: the events of a stream: `Retrieved`, `EvidenceFound`, `DraftToken`s, `AnswerReady`.
Left to others: every step (`rag.retrieval`, `rag.generation`, `rag.grounding`), opening what the
tools need (`rag.assistant`).

    plan -> retrieve -> read (judge each passage) -> quotation, or abstention
         -> draft by the language model -> the draft takes the quotation's place, or not

Without a reader the passages are not judged: the draft is reviewed by the language model itself
(`rag.grounding.review`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from rag.errors import ModelError
from rag.generation.draft import Draft, generate_draft
from rag.grounding.answer import assemble_answer
from rag.grounding.calibration import Calibration, judges_key, load_calibration
from rag.grounding.citations import CitedDraft
from rag.grounding.quotation import ClaimReader, choose_wording, quote, with_conflict
from rag.grounding.rendering import prefix_outlet
from rag.grounding.review import EXTRACTIVE_NOTE, AnswerReviewer, ReviewedDraft, context_order
from rag.grounding.verifier import VerificationPolicy
from rag.index.snapshot import Snapshot
from rag.models.llm.base import LanguageModel
from rag.prompts.templates import ABSTENTION_TEXTS
from rag.retrieval.evidence import Judgement, PassageReader, judge_passages
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.query_plan import QueryPlan, plan_query
from rag.retrieval.references import resolve_reference
from rag.retrieval.retriever import RetrievalOutcome, Retriever, SubQuestion
from rag.retrieval.rewrite import (
    is_follow_up,
    rewrite_followup,
    with_previous_names,
    with_previous_question,
)
from rag.runtime.cancellation import NEVER, CancelToken
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerReady,
    AnswerTrace,
    Citation,
    DraftToken,
    Event,
    Evidence,
    EvidenceFound,
    History,
    Hit,
    Reason,
    Retrieved,
    Timings,
)

_PASSAGES_READ = 12  # by the reader, for each sub-question
_MAX_TURNS = 3  # earlier turns with which a follow-up is rewritten


class Judge(PassageReader, ClaimReader, Protocol):
    """What is needed of `rag.models.reader.Reader`: it reads passages and checks claims."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question on one line, earlier turns, filters, when answers are verified, how to stop.

    `max_wrong` is the share of wrong answers among those shown that is allowed; None: that of the
    settings.
    """

    question: str
    history: History = ()
    filters: SearchFilter = NO_FILTER
    verify: VerificationPolicy = VerificationPolicy.IF_CALIBRATED
    cancel: CancelToken = NEVER
    max_wrong: float | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering needs. `model` loads the language model at its first call; None: quotations
    alone. Without a `reader` the language model judges its own drafts."""

    settings: Settings
    retriever: Retriever
    reader: Judge | None
    model: Callable[[], LanguageModel] | None

    def calibration(self) -> Calibration | None:
        """The calibration of who judges here: the reader, or else the language model.

        Raises:
            ModelError: a file of calibrations is broken.
        """
        reader = self.settings.reader if self.reader is not None else "none"
        judges = judges_key({"model": self.settings.model, "reader": reader})
        return load_calibration(judges, self.settings.index)


def passages_to_retrieve(settings: Settings, with_reader: bool) -> int:
    """How many passages a question needs: those that the reader reads, else those of a prompt."""
    return max(settings.k, _PASSAGES_READ) if with_reader else settings.k


def answer_events(tools: Tools, index: Snapshot, request: Request) -> Iterator[Event]:
    """Answer a question step by step; the last event is `AnswerReady`.

    Raises:
        ModelError, IndexFault: a model or the index failed.
        Cancelled: the request was cancelled.
    """
    run = _Run(tools, index, request)
    run.retrieve()
    yield Retrieved(run.query, run.retrieval.evidence.hits)
    if tools.reader is not None:
        yield from run.answer_with_reader(tools.reader)
    else:
        yield from run.answer_without_reader()


class _Run:
    """One question on its way; each step adds to what the answer's trace tells."""

    def __init__(self, tools: Tools, index: Snapshot, request: Request) -> None:
        self.tools, self.index, self.request = tools, index, request
        self.article_of = index.documents.article
        self.query = ""
        self.retrieval: RetrievalOutcome
        self.hits: tuple[Hit, ...] = ()
        self.evidence: tuple[Evidence, ...] = ()
        self.drafts: list[Draft] = []
        allowed = request.max_wrong
        self._max_wrong = tools.settings.max_wrong if allowed is None else allowed
        self._plan: QueryPlan
        self._judged_as = ""  # what the reader is asked where that is not what was searched for
        self._start = time.perf_counter()
        self._retrieved = self._evidence = self._generating = 0.0

    def retrieve(self) -> None:
        """Make the question self-contained, and retrieve its passages."""
        self.query = self._self_contained()
        self._plan = plan_query(self.query)
        self.retrieval = self._retrieve(self.request.filters)
        self.hits = self.retrieval.evidence.hits
        self._retrieved = self._seconds()

    def answer_with_reader(self, reader: Judge) -> Iterator[Event]:
        """Judge the passages; quote the best sentence of each sub-question, or word it."""
        sub_questions = self.retrieval.sub_questions
        judgements = [self._judge(each, reader) for each in sub_questions]
        calibration = self.tools.calibration()
        reviews = [
            self._quotation(query, each, calibration)
            for query, each in zip(self._queries(), judgements, strict=True)
        ]
        self._take_evidence(judgements, reviews)
        self.request.cancel.raise_if_cancelled()
        shown = [n for n, review in enumerate(reviews) if review.citations]
        if not shown:
            yield AnswerReady(self._abstention(reader, calibration, reviews))
            return
        self._evidence = self._seconds()
        first = shown[0]
        evidence = _answering(judgements[first], reviews[first])
        yield EvidenceFound(evidence, reviews[first].citations[0])
        worded: set[Citation] = set()  # one sentence may answer two sub-questions
        for n in shown:
            sub_question, judgement = sub_questions[n], judgements[n]
            (quoted,) = reviews[n].citations
            if self.tools.model is not None and quoted not in worded:
                worded.add(quoted)
                draft = yield from self._draft(sub_question.query, judgement.answering_hits)
                cited = choose_wording(draft, sub_question, judgement, self.article_of, reader)
                reviews[n] = self._worded(cited, sub_question, judgement, reviews[n])
            reviews[n] = self._finish(reviews[n], sub_question)
        yield AnswerReady(self._assemble(reviews))

    def answer_without_reader(self) -> Iterator[Event]:
        """Have the language model draft from the fused passages and judge its own draft."""
        if self.tools.model is None:
            raise ModelError(
                "neither a reader nor a language model is there to answer: "
                "name one of them in RAG_READER or RAG_MODEL"
            )
        if not self.retrieval.related:
            text = ABSTENTION_TEXTS[reason := self._reason(lambda other: other.related)]
            yield AnswerReady(Answer.abstain(self._trace(), reason, text, self.retrieval.notes))
            return
        reviewer = AnswerReviewer(
            self.tools.model(),
            self.article_of,
            self.tools.calibration(),
            self._max_wrong,
            self.request.verify,
        )
        reviews = []
        for each in self.retrieval.sub_questions:
            draft = yield from self._draft(each.query, each.evidence.hits)
            reviews.append(reviewer.review(draft, each, self.request.cancel))
        yield AnswerReady(self._assemble(reviews))

    def _self_contained(self) -> str:
        """The question to search for: a follow-up is rewritten first."""
        question, turns = self.request.question, list(self.request.history)[-_MAX_TURNS:]
        if not turns or not is_follow_up(question):
            return question
        if resolved := resolve_reference(question, turns):
            return resolved
        if self.tools.model is None:
            self._judged_as = with_previous_names(question, turns)
            return with_previous_question(question, turns)
        return rewrite_followup(question, turns, self.tools.model(), self.request.cancel)

    def _retrieve(self, filters: SearchFilter) -> RetrievalOutcome:
        return self.tools.retriever.retrieve(self.index, self._plan, filters)

    def _judge(self, sub_question: SubQuestion, reader: Judge) -> Judgement:
        evidence = sub_question.evidence
        return judge_passages(
            self._judged_as or sub_question.query,
            evidence,
            reader,
            self.article_of,
            prefers_time=self._plan.time_intent is not None,
        )

    def _quotation(
        self, query: str, judgement: Judgement, calibration: Calibration | None
    ) -> ReviewedDraft:
        """The best sentence as an answer; without citations where it is too likely to be wrong."""
        if not judgement.evidence:
            return ReviewedDraft()
        best, signals = judgement.evidence[0], judgement.signals
        quoted = quote(query, best, self.article_of(best.article))
        # what is withheld is the draft in the trace of the abstention
        withheld = tuple(replace(each, citations=(), supported=False) for each in quoted.sentences)
        if judgement.contradicted:
            return ReviewedDraft(withheld)
        confidence, promise = None, None
        if calibration is not None and calibration.applies_to(signals):
            confidence = calibration.probability(signals)
            limit = calibration.threshold(self._max_wrong)
            shown = confidence >= limit.threshold
            promise = limit.max_wrong if limit.certified else None
        else:
            shown = best.score > 0 or self._max_wrong >= 1.0
        if not shown:
            return ReviewedDraft(withheld, confidence=confidence, signals=signals)
        return ReviewedDraft(
            quoted.sentences, quoted.citations, confidence, signals, max_wrong=promise
        )

    def _take_evidence(self, judgements: list[Judgement], reviews: list[ReviewedDraft]) -> None:
        """The passages in the reader's order; the evidence of what may be shown."""
        judged = (hit for each in judgements for hit in each.hits)
        self.hits = tuple({hit.passage.id: hit for hit in (*judged, *self.hits)}.values())
        self.evidence = tuple(
            evidence
            for judgement, review in zip(judgements, reviews, strict=True)
            for evidence in _answering(judgement, review)
        )

    def _draft(self, query: str, hits: tuple[Hit, ...]) -> Generator[DraftToken, None, Draft]:
        """Yield the tokens of a draft from the best of `hits`; returns the draft."""
        assert self.tools.model is not None
        started = time.perf_counter()
        if self.drafts:
            yield DraftToken(" ")
        settings = self.tools.settings
        draft = yield from generate_draft(
            self.tools.model(),
            query,
            context_order(hits, settings.context_k),
            settings.max_tokens,
            self.request.cancel,
        )
        self._generating += time.perf_counter() - started
        self.drafts.append(draft)
        return draft

    def _worded(
        self,
        cited: CitedDraft | None,
        sub_question: SubQuestion,
        judgement: Judgement,
        quotation: ReviewedDraft,
    ) -> ReviewedDraft:
        """The wording in place of the quotation; the quotation and a note where there is none."""
        if cited is None:
            return replace(quotation, notes=(EXTRACTIVE_NOTE,))
        cited = with_conflict(cited, sub_question, judgement, self.article_of)
        return replace(quotation, sentences=cited.sentences, citations=cited.citations)

    def _finish(self, review: ReviewedDraft, sub_question: SubQuestion) -> ReviewedDraft:
        """The outlet first, where the account of one article was asked for."""
        if sub_question.article is None:
            return review
        article = self.article_of(sub_question.article)
        return replace(review, sentences=prefix_outlet(article, review.sentences))

    def _abstention(
        self, reader: Judge, calibration: Calibration | None, reviews: list[ReviewedDraft]
    ) -> Answer:
        def answers(other: RetrievalOutcome) -> bool:
            return any(
                self._quotation(each.query, self._judge(each, reader), calibration).citations
                for each in other.sub_questions
            )

        reason = self._reason(answers)
        likeliest = max(reviews, key=lambda each: each.confidence or 0.0, default=ReviewedDraft())
        trace = replace(
            self._trace(),
            confidence=likeliest.confidence,
            signals=likeliest.signals,
            draft=" ".join(each.text for each in likeliest.sentences),
        )
        return Answer.abstain(trace, reason, ABSTENTION_TEXTS[reason], self.retrieval.notes)

    def _reason(self, answers: Callable[[RetrievalOutcome], bool]) -> Reason:
        """Why nothing is shown: filters exclude it, nothing states it, or nothing is about it."""
        if self.request.filters and answers(self._retrieve(NO_FILTER)):
            return "outside_filter"
        return "not_stated" if self.retrieval.related else "not_in_corpus"

    def _assemble(self, reviews: list[ReviewedDraft]) -> Answer:
        return assemble_answer(self._trace(), self._queries(), reviews, self.retrieval.notes)

    def _queries(self) -> list[str]:
        return [each.query for each in self.retrieval.sub_questions]

    def _trace(self) -> AnswerTrace:
        total = self._seconds()
        first_token = next((d.first_token_at for d in self.drafts if d.first_token_at), None)
        timings = Timings(
            retrieve=self._retrieved,
            first_token=first_token and first_token - self._start,
            generate=self._generating,
            check=total - self._generating - self._retrieved if self.drafts else 0.0,
            total=total,
            evidence=self._evidence or None,
        )
        text = " ".join(draft.text for draft in self.drafts)
        return AnswerTrace(
            self.request.question, self.query, self.hits, text, timings, evidence=self.evidence
        )

    def _seconds(self) -> float:
        return time.perf_counter() - self._start


def _answering(judgement: Judgement, review: ReviewedDraft) -> tuple[Evidence, ...]:
    """The evidence that answers: that with a score above 0, and what is shown in any case."""
    best = judgement.evidence[:1] if review.citations else ()
    return tuple(each for each in judgement.evidence if each.score > 0 or each in best)
