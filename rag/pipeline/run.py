"""The steps from a question to its answer, in order, and what the trace of the answer tells.

In:  a `Request`, an open `Snapshot`, the `Tools`.
Out: the events of a stream; the last is `AnswerReady`.
Left to others: each step (the other modules of this package), putting what is shown together
(`rag.grounding.answer`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from rag.errors import ModelError
from rag.grounding.answer import assemble_answer, join_answers
from rag.grounding.citations import CitedDraft
from rag.grounding.composition.compose import is_composed_only
from rag.grounding.composition.enumeration import lacks_members
from rag.grounding.composition.material import Composition, Reader
from rag.grounding.composition.named_source import with_source
from rag.grounding.composition.other_account import with_other_account
from rag.grounding.rendering import correction_notes, prefix_outlet, render_with_marks
from rag.grounding.review import AnswerReviewer, ReviewedDraft
from rag.index.snapshot import Snapshot
from rag.pipeline.abstention import Abstention
from rag.pipeline.drafting import Drafting
from rag.pipeline.judging import Judging
from rag.pipeline.of_records import answer_of_records, parts_of_cited
from rag.pipeline.planning import plan_question
from rag.pipeline.quoting import WITHHELD, Quotation, Weighing
from rag.pipeline.tools import Context, Request, Tools
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.query_plan import as_question
from rag.retrieval.records.carriers import carrying_outlets
from rag.retrieval.retriever import RetrievalOutcome, SubQuestion
from rag.runtime.observability.stages import Stage, in_own_context, stage
from rag.text.languages import ENGLISH, language_of
from rag.text.messages import message
from rag.text.sentences import breaks_off
from rag.types import (
    Answer,
    AnswerReady,
    AnswerTrace,
    Citation,
    Event,
    Evidence,
    EvidenceFound,
    Hit,
    Reason,
    Retrieved,
    Timings,
)


def answer_events(tools: Tools, index: Snapshot, request: Request) -> Iterator[Event]:
    """Answer a question step by step; the last event is `AnswerReady`.

    Raises:
        QuestionError: an operator of the question, or a name in a filter, is not understood.
        ModelError, IndexFault: a model or the index failed.
        Cancelled: the request was cancelled.
    """
    yield from in_own_context(_events(tools, index, request))


def _events(tools: Tools, index: Snapshot, request: Request) -> Generator[Event]:
    settings = tools.settings
    with stage(
        "answer",
        model=settings.language_model,
        reader=settings.reader if tools.reader is not None else "none",
        embedder=settings.embedder,
        reranker=settings.reranker,
    ) as whole:
        with stage("retrieve") as retrieving:
            run = _Run(Context(tools, index, request), whole)
            answer = run.answer_from_records()
            if answer is None:
                run.retrieve()
            retrieving.count(passages=len(run.hits))
        for event in run.events() if answer is None else ():
            if isinstance(event, AnswerReady):
                answer = event.answer
            else:
                yield event
        assert answer is not None, "the events of an answer end in it"
        answer = run.sourced(run.with_records(answer))
        _count(whole, answer)
        if settings.traces == "text":
            whole.texts.update(question=answer.question, answer=answer.text)
    yield AnswerReady(answer)


def _count(whole: Stage, answer: Answer) -> None:
    """What is told of an answer to whoever watches: no text of it."""
    whole.count(
        outcome=answer.reason or "answered",
        question_type=answer.question_type,
        passages=len(answer.passages),
        sentences=len(answer.sentences),
        citations=len(answer.citations),
        confidence=answer.confidence,
    )


class _Run:
    """One question on its way; each step adds to what the answer's trace tells."""

    def __init__(self, context: Context, whole: Stage) -> None:
        self.context = context
        self.tools = context.tools
        self._whole = whole  # the stage that all others are parts of
        self.planned = self._whole_question = plan_question(context)
        self.drafting = Drafting(context)
        self.retrieval: RetrievalOutcome
        self.hits: tuple[Hit, ...] = ()
        self.evidence: tuple[Evidence, ...] = ()
        self.witnesses: tuple[str, ...] = ()  # articles that say the same as what is shown
        self.is_read = True  # the reader, if there is one, knows the language
        self._from_records: Answer | None = None  # to a first part of the question
        self._retrieved = self._judged = 0.0

    def answer_from_records(self) -> Answer | None:
        """The answer where metadata records give the whole of it, or help is asked for."""
        plan = self.planned.plan
        if plan.question_type == "help":
            text = message("help", plan.language)
            return Answer.supported(self._trace(), text, (), (), self.context.notes)
        if not plan.records:
            return None
        answer = answer_of_records(self.context, plan.records, self._timed_trace, plan.language)
        if plan.rest:
            if plan.rest_leans:
                if answer.abstained:
                    return answer
                self.context.limit_to([each.article for each in answer.citations])
            self._from_records = answer
        elif answer.abstained and plan.records[0].query.request in ("day", "gist"):
            pass  # what the texts say may answer all the same
        else:
            return answer
        self.planned = self.planned.without_records()
        return None

    def retrieve(self) -> None:
        """Retrieve the passages of the question as it is planned."""
        outcome = self.context.retrieve(self.planned.plan)
        self.retrieval = replace(outcome, notes=(*self.context.notes, *outcome.notes))
        self.hits = self.retrieval.evidence.hits
        self.is_read = self.tools.reader is None or self._is_known()
        self._retrieved = self._whole.seconds

    def _is_known(self) -> bool:
        """Whether the reader knows the language of the question, and that of some passage."""
        if not self.tools.knows(self.planned.language):
            return False
        languages = {language_of(hit.passage.text) for hit in self.hits}
        return not languages or any(map(self.tools.knows, languages))

    def events(self) -> Iterator[Event]:
        """All steps of the way from the passages on; the last event is `AnswerReady`."""
        yield Retrieved(self.planned.query, self.retrieval.evidence.hits)
        if self.tools.reader is None:
            yield from self.answer_without_reader()
        elif self.is_read:
            yield from self.answer_with_reader(self.tools.reader)
        else:
            reader = self.context.coverage_reader(self.planned.language)
            yield from self.answer_with_reader(reader)

    def answer_with_reader(self, reader: Reader) -> Iterator[Event]:
        """Judge the passages; quote the best sentence of each sub-question, or word it.

        What is likely to answer by the reader alone is told at once. Where the language model's
        draft is weighed as a second opinion, that decides; it is asked for also where the reader
        alone is not sure enough.
        """
        context, planned = self.context, self.planned
        weighing = Weighing(context, planned.language, self.is_read)
        judging = Judging(context, planned, reader, weighing)
        with stage("evidence", reader=weighing.judge_name, passages=len(self.hits)) as judged:
            self.retrieval, judgements = judging.judge_all(self.retrieval)
            sub_questions = self.retrieval.sub_questions
            quotations = [
                weighing.quotation(part.query, each)
                for part, each in zip(sub_questions, judgements, strict=True)
            ]
            reviews = [each.reviewed(each.verdict, each.signals) for each in quotations]
            self._take_evidence(judgements, reviews)
            context.request.cancel.raise_if_cancelled()
            composed = judging.compose(judgements) if self.is_read else None
            judged.count(sub_questions=len(sub_questions), is_composed=composed is not None)
        if composed is not None:
            yield AnswerReady(self._composed_answer(composed))
            return
        if (
            self.is_read
            and planned.plan.mode == "single"
            and (
                is_composed_only(planned.plan)
                or any(lacks_members(planned.query, each) for each in judgements[0].evidence[:1])
            )
        ):
            reviews = [each.reviewed(WITHHELD, {}) for each in quotations]
            yield AnswerReady(self._abstention(judging, reviews))
            return
        yield from self._evidence_found(judgements, quotations, weighing)
        worded: set[Citation] = set()  # one sentence may answer two sub-questions
        for n, quotation in enumerate(quotations):
            if weighing.needs_draft(quotation, worded):
                worded.update(quotation.cited.citations)
                reviews[n] = yield from self.drafting.second_opinion(
                    sub_questions[n], judgements[n], quotation, reader, weighing
                )
            reviews[n] = self._finish(reviews[n], sub_questions[n], judgements[n], reader)
        self._take_evidence(judgements, reviews)
        if any(review.citations for review in reviews):
            yield AnswerReady(self._assemble(reviews))
        else:
            yield AnswerReady(self._abstention(judging, reviews))

    def _evidence_found(
        self, judgements: Sequence[Judgement], quotations: Sequence[Quotation], weighing: Weighing
    ) -> Iterator[Event]:
        """The first quotation that is likely enough to be told of before all is decided."""
        for judgement, quotation in zip(judgements, quotations, strict=True):
            if weighing.is_told_early(quotation):
                self._judged = self._whole.seconds
                evidence = _answering(judgement, with_best=True)
                yield EvidenceFound(evidence, quotation.cited.citations[0])
                return

    def answer_without_reader(self) -> Iterator[Event]:
        """Have the language model draft from the fused passages and judge its own draft."""
        if self.tools.model is None:
            raise ModelError(
                "neither a reader nor a language model is there to answer: "
                "name one of them in RAG_READER or RAG_MODEL"
            )
        if not self.retrieval.related:
            why = self._why()
            reason = why.reason(lambda other: other.related)
            yield AnswerReady(self._abstain(self._trace(), why, reason))
            return
        reviewer = AnswerReviewer(
            self.drafting.model,
            self.context.article_of,
            self.tools.calibration() if self.planned.language == ENGLISH else None,
            self.context.max_wrong,
            self.context.request.verify,
        )
        reviews = []
        for each in self.retrieval.sub_questions:
            draft = yield from self.drafting.draft(each.query, each.evidence.hits)
            with stage("check", model=self.tools.settings.language_model):
                reviews.append(reviewer.review(draft, each, self.context.request.cancel))
        yield AnswerReady(self._assemble(reviews))

    def _take_evidence(
        self, judgements: Sequence[Judgement], reviews: Sequence[ReviewedDraft]
    ) -> None:
        """The passages in the reader's order; the evidence of what may be shown."""
        judged = (hit for each in judgements for hit in each.hits)
        self.hits = tuple({hit.passage.id: hit for hit in (*judged, *self.hits)}.values())
        self.evidence = tuple(
            evidence
            for judgement, review in zip(judgements, reviews, strict=True)
            for evidence in _answering(judgement, bool(review.citations))
        )
        self.witnesses = tuple(
            article
            for judgement, review in zip(judgements, reviews, strict=True)
            if review.citations
            for article in judgement.witnesses
        )

    def _finish(
        self,
        review: ReviewedDraft,
        sub_question: SubQuestion,
        judgement: Judgement,
        reader: Reader,
    ) -> ReviewedDraft:
        """The outlet first, where the account of one article was asked for; else, after what is
        shown, who says so where that is asked, and the account of another article that excludes
        it."""
        if not review.citations or not self.is_read:
            return review
        article_of = self.context.article_of
        if sub_question.article is not None:
            article = article_of(sub_question.article)
            return replace(review, sentences=prefix_outlet(article, review.sentences))
        cited, notes = CitedDraft(review.sentences, review.citations), review.notes
        if self.planned.plan.asks_source:
            cited, more = with_source(cited, article_of)
            notes = (*notes, *more)
        cited = with_other_account(cited, sub_question.query, judgement, article_of, reader)
        return replace(review, sentences=cited.sentences, citations=cited.citations, notes=notes)

    def _composed_answer(self, composed: Composition) -> Answer:
        self._judged, self.evidence = self._whole.seconds, composed.evidence
        self.witnesses = ()  # of a quotation, which is not shown
        trace = replace(self._trace(), confidence=composed.confidence)
        notes = (*self.retrieval.notes, *composed.notes)
        text = render_with_marks(composed.sentences)
        return Answer.supported(trace, text, composed.sentences, composed.citations, notes)

    def _assemble(self, reviews: list[ReviewedDraft]) -> Answer:
        queries = [each.query for each in self.retrieval.sub_questions]
        notes = self.retrieval.notes
        answer = assemble_answer(self._trace(), queries, reviews, notes, self.planned.language)
        if answer.max_wrong is None or self.tools.is_calibrated_here:
            return answer
        texts = (self.context.article_of(each.article).text for each in answer.citations)
        if not any(map(breaks_off, texts)):
            return answer
        return replace(answer, max_wrong=None, signals={**answer.signals, "breaks_off": 1.0})

    def _abstention(self, judging: Judging, reviews: Sequence[ReviewedDraft]) -> Answer:
        """Nothing is shown of `reviews`, whose likeliest is told in the trace."""

        def answers(other: RetrievalOutcome) -> bool:
            parts = other.sub_questions
            return any(judging.is_shown(each.query, judging.judge(each)) for each in parts)

        why = self._why()
        likeliest = max(reviews, key=lambda each: each.confidence or 0.0, default=ReviewedDraft())
        reason = why.reason(answers)
        trace = replace(
            self._trace(),
            confidence=likeliest.confidence,
            signals=likeliest.signals,
            draft=" ".join(each.text for each in likeliest.sentences),
        )
        return self._abstain(trace, why, reason)

    def _why(self) -> Abstention:
        return Abstention(self.context, self.planned, self.retrieval, self.hits, self.is_read)

    def _abstain(self, trace: AnswerTrace, why: Abstention, reason: Reason) -> Answer:
        refusal = message(reason, self.planned.language)
        return Answer.abstain(trace, reason, refusal, why.notes(reason))

    def with_records(self, answer: Answer) -> Answer:
        """`answer`, which the texts give to a part of the question, beside what the records say to
        the other part."""
        whole, language = self._whole_question, self.planned.language
        of_texts = (answer, [as_question(self.planned.query)])
        if self._from_records is not None:
            questions = [as_question(each.question) for each in whole.plan.records]
            parts = [(self._from_records, questions), of_texts]
        elif whole.then and not answer.abstained:
            asks = parts_of_cited(answer, whole.then, self.context.records)
            of_cited = answer_of_records(self.context, asks, self._trace, language)
            parts = [of_texts, (of_cited, [as_question(whole.then)])]
        else:
            return answer
        query = self.context.request.question
        return replace(join_answers(parts, answer, language), query=query)

    def sourced(self, answer: Answer) -> Answer:
        """`answer` with the outlets that carry each cited passage, a note on each field that is
        cited and was corrected by hand, and the origins of what it cites or says the same."""
        index, records, article_of = (
            self.context.index,
            self.context.records,
            self.context.article_of,
        )

        def with_outlets(citation: Citation) -> Citation:
            if citation.span is None:
                return citation
            article = article_of(citation.article)
            return replace(
                citation, outlets=carrying_outlets(index, records, article, citation.span)
            )

        notes = correction_notes(answer.citations, article_of)
        citations = tuple(map(with_outlets, answer.citations))
        ids = [each.article for each in citations]
        origins = index.origins.listed([*ids, *self.witnesses]) if ids else ()
        return replace(answer, citations=citations, notes=(*answer.notes, *notes), origins=origins)

    def _timed_trace(self) -> AnswerTrace:
        """The trace of what the records alone have answered until now."""
        self._retrieved = self._whole.seconds
        return self._trace()

    def _trace(self) -> AnswerTrace:
        total, drafts = self._whole.seconds, self.drafting.drafts
        first_token = next((d.first_token_at for d in drafts if d.first_token_at), None)
        timings = Timings(
            retrieve=self._retrieved,
            first_token=first_token and first_token - self._whole.started,
            generate=self.drafting.seconds,
            check=total - self.drafting.seconds - self._retrieved if drafts else 0.0,
            total=total,
            evidence=self._judged or None,
        )
        return AnswerTrace(
            self.context.typed,
            self.planned.query,
            self.hits,
            " ".join(draft.text for draft in drafts),
            timings,
            evidence=self.evidence,
            question_type=self.planned.plan.question_type,
        )


def _answering(judgement: Judgement, with_best: bool) -> tuple[Evidence, ...]:
    """The evidence that answers: that with a score above 0, and the best one in any case."""
    best = judgement.evidence[:1] if with_best else ()
    return tuple(each for each in judgement.evidence if each.score > 0 or each in best)
