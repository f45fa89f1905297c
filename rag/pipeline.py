"""The way from a question to its answer, in one place.

In:  a `Request`, an open `Snapshot`, the `Tools`: retriever, reader, language model, settings.
Out: the events of a stream: `Retrieved`, `EvidenceFound`, `DraftToken`s, `AnswerReady`.
Left to others: every step (`rag.retrieval`, `rag.generation`, `rag.grounding`), opening what the
tools need (`rag.assistant`).

    plan -> the metadata records answer: neither search nor model
         -> retrieve -> read (judge each passage) -> an answer composed of several passages
         -> quotation, or abstention
         -> draft by the language model: a second opinion of the quotation, and its wording

Without a reader the passages are not judged: the draft is reviewed by the language model itself
(`rag.grounding.review`). In a language that the reader does not know the passages are read by the
words that they share with the question (`rag.retrieval.coverage`), and the language model's opinion
of the nearest sentence decides; what is shown says that it is less sure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from rag.errors import ModelError
from rag.generation.draft import Draft, generate_draft
from rag.grounding.abstention.explanation import explain, nearest_note
from rag.grounding.answer import assemble_answer
from rag.grounding.calibration import (
    Calibration,
    Verdict,
    deciding_calibration,
    judges_key,
    load_calibration,
)
from rag.grounding.citations import CitedDraft
from rag.grounding.composition.accounts import with_other_account
from rag.grounding.composition.compose import compose, is_composed_only
from rag.grounding.composition.material import Composition, Material, Reader
from rag.grounding.quotation import (
    choose_wording,
    lacks_date,
    quote,
    undated_note,
)
from rag.grounding.record_answer import RecordReply, RecordSource, reply_from_records
from rag.grounding.rendering import correction_notes, prefix_outlet, render_with_marks
from rag.grounding.review import EXTRACTIVE_NOTE, AnswerReviewer, ReviewedDraft, context_order
from rag.grounding.verifier import VerificationPolicy, confirms, opinion_features
from rag.index.snapshot import Snapshot
from rag.models.llm.base import LanguageModel
from rag.models.registry import get_card
from rag.retrieval.clauses import complete_follow_up
from rag.retrieval.coverage import KEYWORDS, CoverageReader
from rag.retrieval.evidence.judgement import Judgement, judge_passages, shared_article
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.query_plan import IntentReader, QueryPlan, plan_query
from rag.retrieval.records.carriers import carrying_outlets
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.records import records_of
from rag.retrieval.retriever import RetrievalOutcome, Retriever, SubQuestion
from rag.retrieval.rewrite import (
    is_follow_up,
    rewrite_followup,
    with_previous_names,
    with_previous_question,
)
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.observability.stages import Stage, in_own_context, stage
from rag.settings import Settings
from rag.text.citation_marks import EARLIER, strip_citation_marks
from rag.text.languages import ENGLISH, get_language, language_of
from rag.text.messages import message
from rag.text.names import extract_names, mentions
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
    Intent,
    Note,
    Reason,
    Retrieved,
    Timings,
)

_PASSAGES_READ = 12  # by the reader, for each sub-question
_WORTH_A_DRAFT = -1.0  # log odds of the reader from which a second opinion is asked for
_WITHHELD = Verdict(shown=False)
_LIKELY = 0.5  # probability from which a quotation is told while a second opinion is asked for
_IN_USE = 0.02  # share of the passages from which a language is one of the articles'


@dataclass(frozen=True, slots=True)
class Request:
    """A question on one line, as typed; the recent turns, filters, when to verify, how to stop.

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
        if reader is None:
            reader = self.settings.reader if self.reader is not None else "none"
        model, index = self.settings.language_model, self.settings.index
        return deciding_calibration(reader, model, lambda key: load_calibration(key, index))[1]

    def reader_calibration(self, reader: str) -> Calibration | None:
        """The calibration of `reader` alone: what it makes of a quotation before any draft.

        Raises:
            ModelError: a file of calibrations is broken.
        """
        return load_calibration(judges_key(reader, "none"), self.settings.index)


def passages_to_retrieve(settings: Settings, with_reader: bool) -> int:
    """How many passages a question needs: those that the reader reads, else those of a prompt."""
    return max(settings.k, _PASSAGES_READ) if with_reader else settings.k


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
    ) as whole:
        with stage("retrieve") as retrieving:
            run = _Run(tools, index, request, whole)
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
        answer = run.sourced(answer)
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


@dataclass(frozen=True, slots=True)
class _Quotation:
    """The best sentence of a sub-question, its signals, and what the reader alone decides.

    Without citations it is never shown: it contradicts the question, gives no date where one is
    asked for, or is hopeless where a second opinion decides. It has no signals then, as it was
    refused before there was anything to weigh.
    """

    cited: CitedDraft = field(default_factory=CitedDraft)
    signals: Mapping[str, float] = field(default_factory=dict)
    verdict: Verdict = _WITHHELD
    notes: tuple[Note, ...] = ()

    def reviewed(self, verdict: Verdict, signals: Mapping[str, float]) -> ReviewedDraft:
        """The quotation as it is shown, or as the draft of an abstention."""
        sentences = self.cited.sentences
        if not verdict.shown:
            sentences = tuple(replace(each, citations=(), supported=False) for each in sentences)
            return ReviewedDraft(sentences, confidence=verdict.confidence, signals=signals)
        return ReviewedDraft(
            sentences,
            self.cited.citations,
            verdict.confidence,
            signals,
            self.notes,
            max_wrong=verdict.max_wrong,
        )


class _Run:
    """One question on its way; each step adds to what the answer's trace tells."""

    def __init__(self, tools: Tools, index: Snapshot, request: Request, whole: Stage) -> None:
        self._whole = whole  # the stage that all others are parts of
        plain = tools.retriever.read_query(index, request.question, request.filters)
        self.typed, self.notes = request.question, plain.notes
        self.request = replace(request, question=plain.text, filters=plain.filters)
        self.tools, self.index = tools, index
        self.article_of = lru_cache(index.article)
        self.records = records_of(index)
        self.query = ""
        self.retrieval: RetrievalOutcome
        self.hits: tuple[Hit, ...] = ()
        self.evidence: tuple[Evidence, ...] = ()
        self.witnesses: tuple[str, ...] = ()  # articles that say the same as what is shown
        self.drafts: list[Draft] = []
        allowed = request.max_wrong
        self._max_wrong = tools.settings.max_wrong if allowed is None else allowed
        self.is_read = True  # the reader, if there is one, knows the language
        self._plan: QueryPlan
        self._judged_as = ""  # what the reader is asked where that is not what was searched for
        self._retrieved = self._evidence = self._generating = 0.0

    def events(self) -> Iterator[Event]:
        """All steps of the way from the passages on; the last event is `AnswerReady`."""
        yield Retrieved(self.query, self.retrieval.evidence.hits)
        if self.tools.reader is None:
            yield from self.answer_without_reader()
        elif self.is_read:
            yield from self.answer_with_reader(self.tools.reader)
        else:
            yield from self.answer_with_reader(self.coverage_reader())

    def answer_from_records(self) -> Answer | None:
        """Plan the question; the answer to it where metadata records give one, or help is asked."""
        self._make_plan()
        if self._plan.question_type == "help":
            text = message("help", self._plan.language)
            return Answer.supported(self._trace(), text, (), (), self.notes)
        if (query := self._plan.record) is None:
            return None
        reply = self._reply(query, self.request.filters)
        notes = (*self.notes, *reply.notes)
        self._retrieved = self._seconds()
        if reply.citations:
            text = render_with_marks(reply.sentences)
            return Answer.supported(self._trace(), text, reply.sentences, reply.citations, notes)
        if query.request in ("day", "gist"):  # what the texts say may answer all the same
            self._plan = self._plan.without_record()
            return None
        reason = reply.reason
        if self.request.filters and self._reply(query, NO_FILTER).citations:
            reason = "outside_filter"
        return Answer.abstain(self._trace(), reason, self._refusal(reason), notes)

    def _reply(self, query: RecordQuery, filters: SearchFilter) -> RecordReply:
        def search(text: str, within: SearchFilter) -> tuple[Hit, ...]:
            return self.tools.retriever.search(self.index, text, _PASSAGES_READ, within)

        return reply_from_records(RecordSource(self.index, self.records, search), query, filters)

    def _make_plan(self) -> None:
        """Plan the question; one that leans on earlier turns is made self-contained first."""
        self.query = self.request.question
        self._plan = self._planned(self.query)
        if not self._plan.needs_no_passages:
            self.query = self._self_contained()
            if self.query != self.request.question:
                self._plan = self._planned(self.query)

    def _planned(self, question: str) -> QueryPlan:
        """The plan of a question; records have no words that filters require or exclude."""
        plan = plan_query(question, self.records, self.tools.intent_of(question))
        return plan.without_record() if self.request.filters.limits_text else plan

    def retrieve(self) -> None:
        """Retrieve the passages of the question as it is planned."""
        outcome = self._retrieve(self.request.filters)
        self.retrieval = replace(outcome, notes=(*self.notes, *outcome.notes))
        self.hits = self.retrieval.evidence.hits
        languages = {self.language, *(language_of(hit.passage.text) for hit in self.hits)}
        known = {each for each in languages if self.tools.knows(each)}
        is_known = self.language in known and (not self.hits or self._is_in(known))
        self.is_read = self.tools.reader is None or is_known
        self._retrieved = self._seconds()

    @property
    def language(self) -> str:
        """The code of the question's language."""
        return self._plan.language

    def _is_in(self, languages: Collection[str]) -> bool:
        """Whether some passage is in one of `languages`."""
        return any(language_of(hit.passage.text) in languages for hit in self.hits)

    def coverage_reader(self) -> CoverageReader:
        """What reads passages in languages that the reader does not know."""
        retriever = self.tools.retriever
        return CoverageReader(
            lambda question: retriever.word_weights(self.index, question, self.language),
            retriever.similarity if self._crosses_languages else None,
        )

    @property
    def _crosses_languages(self) -> bool:
        """Whether the same meaning is near in all languages to the embedder."""
        return not self.tools.retriever.settings.languages

    def answer_with_reader(self, reader: Reader) -> Iterator[Event]:
        """Judge the passages; quote the best sentence of each sub-question, or word it.

        What is likely to answer by the reader alone is told at once. Where the language model's
        draft is weighed as a second opinion, that decides; it is asked for also where the reader
        alone is not sure enough.
        """
        with stage("evidence", reader=self._judge_name, passages=len(self.hits)) as judging:
            judgements = self._judgements(reader)
            sub_questions = self.retrieval.sub_questions
            quotations = [
                self._quotation(query, each)
                for query, each in zip(self._queries(), judgements, strict=True)
            ]
            reviews = [each.reviewed(each.verdict, each.signals) for each in quotations]
            self._take_evidence(judgements, reviews)
            self.request.cancel.raise_if_cancelled()
            composed = self._compose(judgements, reader) if self.is_read else None
            judging.count(sub_questions=len(sub_questions), is_composed=composed is not None)
        if composed is not None:
            self._evidence, self.evidence = self._seconds(), composed.evidence
            self.witnesses = ()  # of a quotation, which is not shown
            yield AnswerReady(self._composed_answer(composed))
            return
        if self.is_read and self._plan.mode == "single" and is_composed_only(self._plan):
            reviews = [each.reviewed(_WITHHELD, {}) for each in quotations]
            yield AnswerReady(self._abstention(reader, reviews))
            return
        early_enough = self._is_likely if self._weighs_drafts else (lambda each: each.verdict.shown)
        early = next((n for n, each in enumerate(quotations) if early_enough(each)), None)
        if early is not None:
            self._evidence = self._seconds()
            evidence = _answering(judgements[early], with_best=True)
            yield EvidenceFound(evidence, quotations[early].cited.citations[0])
        worded: set[Citation] = set()  # one sentence may answer two sub-questions
        for n, quotation in enumerate(quotations):
            sub_question = sub_questions[n]
            if self._needs_draft(quotation, worded):
                worded.update(quotation.cited.citations)
                reviews[n] = yield from self._second_opinion(
                    sub_question, judgements[n], quotation, reader
                )
            reviews[n] = self._finish(reviews[n], sub_question, judgements[n], reader)
        self._take_evidence(judgements, reviews)
        if any(review.citations for review in reviews):
            yield AnswerReady(self._assemble(reviews))
        else:
            yield AnswerReady(self._abstention(reader, reviews))

    def answer_without_reader(self) -> Iterator[Event]:
        """Have the language model draft from the fused passages and judge its own draft."""
        if self.tools.model is None:
            raise ModelError(
                "neither a reader nor a language model is there to answer: "
                "name one of them in RAG_READER or RAG_MODEL"
            )
        if not self.retrieval.related:
            reason = self._reason(lambda other: other.related)
            notes = (*self.retrieval.notes, *self._explanation(reason), *self._language_note())
            yield AnswerReady(Answer.abstain(self._trace(), reason, self._refusal(reason), notes))
            return
        reviewer = AnswerReviewer(
            self.tools.model(),
            self.article_of,
            self.tools.calibration() if self.language == ENGLISH else None,
            self._max_wrong,
            self.request.verify,
        )
        reviews = []
        for each in self.retrieval.sub_questions:
            draft = yield from self._draft(each.query, each.evidence.hits)
            with stage("check", model=self.tools.settings.language_model):
                reviews.append(reviewer.review(draft, each, self.request.cancel))
        yield AnswerReady(self._assemble(reviews))

    def _self_contained(self) -> str:
        """The question to search for: a follow-up is rewritten first."""
        question, turns = self.request.question, self.request.history
        if not turns or not is_follow_up(question):
            return question
        if resolved := complete_follow_up(question, turns):
            return resolved
        if self.tools.model is None:
            self._judged_as = with_previous_names(question, turns)
            return with_previous_question(question, turns)
        return rewrite_followup(question, turns, self.tools.model(), self.request.cancel)

    def _retrieve(self, filters: SearchFilter, plan: QueryPlan | None = None) -> RetrievalOutcome:
        return self.tools.retriever.retrieve(self.index, plan or self._plan, filters)

    def _judgements(self, reader: Reader) -> list[Judgement]:
        """The judgement of each sub-question.

        One that leans on the first takes what answers that in the place of "she". Where the first
        is in doubt, both have to be answered by one article, which then speaks for both; where it
        stays in doubt, what leans on it is shown only where one sentence answers both.
        """
        sub_questions = list(self.retrieval.sub_questions)
        judgements: list[Judgement] = []
        for n, each in enumerate(sub_questions):
            if not self._plan.leans_on_first(n):
                judgements.append(self._judge(each, reader, matter=self._matter(each)))
                continue
            first = judgements[0]
            if self._quotation(sub_questions[0].query, first).verdict.shown:
                sub_questions[n] = self._continued(n, each, first.evidence[0])
                matter = first.evidence[0].article
            elif matter := shared_article(first, self._judge(each, reader)):
                judgements[0] = self._judge(sub_questions[0], reader, matter=matter)
            judged = self._judge(sub_questions[n], reader, matter=matter)
            first = judgements[0]
            is_certain = self._quotation(sub_questions[0].query, first).verdict.shown
            is_one = [(each.article, each.start) for each in judged.evidence[:1]] == [
                (each.article, each.start) for each in first.evidence[:1]
            ]
            judgements.append(judged if matter and (is_certain or is_one) else Judgement())
        self.retrieval = replace(self.retrieval, sub_questions=tuple(sub_questions))
        return judgements

    def _continued(self, number: int, sub_question: SubQuestion, first: Evidence) -> SubQuestion:
        """The sub-question `number` completed by `first`, with the passages of its article."""
        query = self._plan.completed(number, first.answer)
        if query != sub_question.query:
            (part, *_) = self._retrieve(self.request.filters, plan_query(query)).sub_questions
            sub_question = SubQuestion(query, part.evidence)
        evidence = sub_question.evidence
        known = {hit.passage.id for hit in evidence.hits}
        same = (
            hit
            for hit in self.retrieval.evidence.hits
            if hit.passage.article == first.article and hit.passage.id not in known
        )
        return replace(sub_question, evidence=replace(evidence, hits=(*evidence.hits, *same)))

    def _matter(self, sub_question: SubQuestion) -> str:
        """The article of the earlier answer that a follow-up continues: the best that names all
        that this names; empty where the question is no follow-up."""
        if self.query == self.request.question:
            return ""
        names = extract_names(strip_citation_marks(f"In {self.request.history[-1][1]}", EARLIER))
        articles = (hit.passage.article for hit in sub_question.evidence.hits)
        named = (
            each
            for each in dict.fromkeys(articles)
            if all(mentions(self.article_of(each).text, name) for name in names)
        )
        return next(named, "") if names else ""

    def _judge(
        self, sub_question: SubQuestion, reader: Reader, question: str = "", matter: str = ""
    ) -> Judgement:
        evidence = sub_question.evidence
        return judge_passages(
            question or self._judged_as or sub_question.query,
            evidence,
            reader,
            self.article_of,
            prefers_time=self._plan.time_intent is not None,
            matter=matter,
        )

    def _quotation(self, query: str, judgement: Judgement) -> _Quotation:
        """The best sentence as an answer, and whether the reader alone would show it."""
        if not judgement.evidence:
            return _Quotation()
        best, signals = judgement.evidence[0], judgement.signals
        cited = quote(query, best, self.article_of(best.article))
        if judgement.contradicted or lacks_date(query, cited):
            return _Quotation(replace(cited, citations=()))
        calibration = self._reader_calibration
        if calibration is not None and calibration.applies_to(signals):
            verdict = calibration.decide(signals, self._max_wrong)
        else:
            verdict = Verdict(best.score > 0 or self._max_wrong >= 1.0)
        if self._weighs_drafts and best.score < _WORTH_A_DRAFT:
            verdict = verdict._replace(shown=False)
            return _Quotation(replace(cited, citations=()), verdict=verdict)
        note = undated_note(query, best, self.article_of(best.article))
        notes = (note, None if self.is_read else self._less_sure("less_sure"))
        return _Quotation(cited, signals, verdict, tuple(each for each in notes if each))

    def _less_sure(self, key: str) -> Note:
        """That no trained reader knows the language."""
        return Note("language", message(key, self.language))

    def _compose(self, judgements: list[Judgement], reader: Reader) -> Composition | None:
        """An answer that is composed of several passages, where the question asks for one."""
        if self._plan.mode == "multiple" or not judgements:
            return None

        def judge(question: str) -> Judgement:
            outcome = self._retrieve(self.request.filters, plan_query(question))
            return self._judge(outcome.sub_questions[0], reader, question)

        def decide(judgement: Judgement) -> Verdict:
            query = self.query if judgement is judgements[0] else ""  # that of an operand: no date
            return self._quotation(query, judgement).verdict

        material = Material(
            self._plan, judgements[0], self.article_of, reader, judge, decide, self._max_wrong
        )
        return compose(material)

    def _composed_answer(self, composed: Composition) -> Answer:
        trace = replace(self._trace(), confidence=composed.confidence)
        notes = (*self.retrieval.notes, *composed.notes)
        text = render_with_marks(composed.sentences)
        return Answer.supported(trace, text, composed.sentences, composed.citations, notes)

    @cached_property
    def _calibration(self) -> Calibration | None:
        return self.tools.calibration(self._judge_name)

    @cached_property
    def _reader_calibration(self) -> Calibration | None:
        return self.tools.reader_calibration(self._judge_name)

    @property
    def _weighs_drafts(self) -> bool:
        """Whether a draft decides: both judges have a calibration, or one is to be fitted."""
        if self.tools.model is None:
            return False
        if self.request.verify is VerificationPolicy.ALWAYS:
            return True
        return self._calibration is not self._reader_calibration

    @property
    def _judge_name(self) -> str:
        """Who judges the passages: the reader of the settings, or the words that are shared."""
        return self.tools.settings.reader if self.is_read else KEYWORDS

    def _is_likely(self, quotation: _Quotation) -> bool:
        """Whether a quotation is told of before it is decided on."""
        if quotation.verdict.shown or not quotation.cited.citations:
            return quotation.verdict.shown
        return (quotation.verdict.confidence or 0.0) >= _LIKELY

    def _needs_draft(self, quotation: _Quotation, worded: Collection[Citation]) -> bool:
        """Whether the language model is to write: for a wording, or for its opinion."""
        if self.tools.model is None or not quotation.cited.citations:
            return False
        if quotation.verdict.shown:
            return quotation.cited.citations[0] not in worded
        return self._weighs_drafts

    def _second_opinion(
        self,
        sub_question: SubQuestion,
        judgement: Judgement,
        quotation: _Quotation,
        reader: Reader,
    ) -> Generator[DraftToken, None, ReviewedDraft]:
        """Yield the tokens of a draft; returns what is shown after it, if anything."""
        draft = yield from self._draft(sub_question.query, judgement.answering_hits)
        with stage("check", model=self.tools.settings.language_model):
            return self._checked(draft, sub_question, judgement, quotation, reader)

    def _checked(
        self,
        draft: Draft,
        sub_question: SubQuestion,
        judgement: Judgement,
        quotation: _Quotation,
        reader: Reader,
    ) -> ReviewedDraft:
        """What is shown after `draft`, if anything."""
        assert self.tools.model is not None
        query = sub_question.query
        verdict, signals = quotation.verdict, quotation.signals
        if self._weighs_drafts or not self.is_read:
            model, cancel = self.tools.model(), self.request.cancel
            opinion = opinion_features(model, reader, query, judgement, draft, cancel)
            signals = {**signals, **opinion}
            calibration = self._calibration
            if calibration is not None and calibration.applies_to(signals):
                verdict = calibration.decide(signals, self._max_wrong)
            elif not self.is_read and self._max_wrong < 1.0:
                verdict = Verdict(verdict.shown and confirms(opinion))
        review = quotation.reviewed(verdict, signals)
        if not verdict.shown:
            return review
        if not self.is_read:
            return replace(review, notes=(self._less_sure("less_sure_checked"),))
        cited = choose_wording(draft, sub_question, judgement, self.article_of, reader)
        if cited is None:
            return replace(review, notes=(*review.notes, EXTRACTIVE_NOTE))
        return replace(review, sentences=cited.sentences, citations=cited.citations)

    def _take_evidence(self, judgements: list[Judgement], reviews: list[ReviewedDraft]) -> None:
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

    def _draft(self, query: str, hits: tuple[Hit, ...]) -> Generator[DraftToken, None, Draft]:
        """Yield the tokens of a draft from the best of `hits`; returns the draft."""
        assert self.tools.model is not None
        settings = self.tools.settings
        with stage("generate", model=settings.language_model) as generating:
            if self.drafts:
                yield DraftToken(" ")
            draft = yield from generate_draft(
                self.tools.model(),
                query,
                context_order(hits, settings.context_k),
                settings.max_tokens,
                self.request.cancel,
            )
            generating.count(passages=len(draft.passages), tokens=draft.tokens)
        self._generating += generating.seconds
        self.drafts.append(draft)
        return draft

    def _finish(
        self,
        review: ReviewedDraft,
        sub_question: SubQuestion,
        judgement: Judgement,
        reader: Reader,
    ) -> ReviewedDraft:
        """The outlet first, where the account of one article was asked for; else, after what is
        shown, the account of another article that excludes it."""
        if not review.citations or not self.is_read:
            return review
        if sub_question.article is not None:
            article = self.article_of(sub_question.article)
            return replace(review, sentences=prefix_outlet(article, review.sentences))
        cited = with_other_account(
            CitedDraft(review.sentences, review.citations),
            sub_question.query,
            judgement,
            self.article_of,
            reader,
        )
        return replace(review, sentences=cited.sentences, citations=cited.citations)

    def _abstention(self, reader: Reader, reviews: list[ReviewedDraft]) -> Answer:
        def answers(other: RetrievalOutcome) -> bool:
            return any(
                self._quotation(each.query, self._judge(each, reader)).verdict.shown
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
        notes = (*self.retrieval.notes, *self._explanation(reason), *self._language_note())
        return Answer.abstain(trace, reason, self._refusal(reason), notes)

    def sourced(self, answer: Answer) -> Answer:
        """`answer` with the outlets that carry each cited passage, a note on each field that is
        cited and was corrected by hand, and the origins of what it cites or says the same."""

        def with_outlets(citation: Citation) -> Citation:
            if citation.span is None:
                return citation
            article = self.article_of(citation.article)
            outlets = carrying_outlets(self.index, self.records, article, citation.span)
            return replace(citation, outlets=outlets)

        notes = correction_notes(answer.citations, self.article_of)
        citations = tuple(map(with_outlets, answer.citations))
        ids = [each.article for each in citations]
        origins = self.index.origins.listed([*ids, *self.witnesses]) if ids else ()
        return replace(answer, citations=citations, notes=(*answer.notes, *notes), origins=origins)

    def _refusal(self, reason: Reason) -> str:
        return message(reason, self.language)

    def _language_note(self) -> tuple[Note, ...]:
        """That hardly any article is in the language of a refused question, where that matters."""
        languages = self.index.keywords.languages
        least = _IN_USE * languages.total()
        if self._crosses_languages or languages[self.language] >= least:
            return ()
        names = [get_language(code).name for code, n in languages.most_common() if n >= least]
        text = message("other_language", self.language, languages=", ".join(names))
        return (Note("language", text),)

    def _explanation(self, reason: Reason) -> tuple[Note, ...]:
        """What of each part of the question the nearest articles do not meet; no filter failed."""
        if reason == "outside_filter":
            return ()
        if not self.is_read or self.language != ENGLISH:
            return self._nearest(reason)
        parts = self.retrieval.sub_questions
        if len(parts) == 1:
            notes = [explain(self._judged_as or self.query, self.hits, self.article_of)]
        else:
            notes = [explain(each.query, each.evidence.hits, self.article_of) for each in parts]
        return tuple(dict.fromkeys(each for each in notes if each is not None))

    def _nearest(self, reason: Reason) -> tuple[Note, ...]:
        """The nearest sentence, where the articles touch on the question."""
        if reason != "not_stated" or not self.hits:
            return ()
        sub_question = SubQuestion(self.query, self.retrieval.evidence)
        best = self._judge(sub_question, self.coverage_reader()).evidence[0]
        return (nearest_note(best, self.article_of(best.article), self.language),)

    def _reason(self, answers: Callable[[RetrievalOutcome], bool]) -> Reason:
        """Why nothing is shown: filters exclude it, nothing states it, or nothing is about it."""
        if self.request.filters and answers(self._retrieve(NO_FILTER)):
            return "outside_filter"
        return "not_stated" if self.retrieval.related else "not_in_corpus"

    def _assemble(self, reviews: list[ReviewedDraft]) -> Answer:
        notes = self.retrieval.notes
        return assemble_answer(self._trace(), self._queries(), reviews, notes, self.language)

    def _queries(self) -> list[str]:
        return [each.query for each in self.retrieval.sub_questions]

    def _trace(self) -> AnswerTrace:
        total = self._seconds()
        first_token = next((d.first_token_at for d in self.drafts if d.first_token_at), None)
        timings = Timings(
            retrieve=self._retrieved,
            first_token=first_token and first_token - self._whole.started,
            generate=self._generating,
            check=total - self._generating - self._retrieved if self.drafts else 0.0,
            total=total,
            evidence=self._evidence or None,
        )
        text = " ".join(draft.text for draft in self.drafts)
        return AnswerTrace(
            self.typed,
            self.query,
            self.hits,
            text,
            timings,
            evidence=self.evidence,
            question_type=self._plan.question_type,
        )

    def _seconds(self) -> float:
        return self._whole.seconds


def _answering(judgement: Judgement, with_best: bool) -> tuple[Evidence, ...]:
    """The evidence that answers: that with a score above 0, and the best one in any case."""
    best = judgement.evidence[:1] if with_best else ()
    return tuple(each for each in judgement.evidence if each.score > 0 or each in best)
