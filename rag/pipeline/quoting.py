"""The best sentence of a sub-question as an answer, and who decides whether it is shown.

In:  the `Judgement` of the passages of a sub-question.
Out: a `Quotation` with the verdict of the reader alone, and whether a draft is asked for beside it.
Left to others: the quotation's form (`rag.grounding.quotation`), thresholds
(`rag.grounding.calibration`), the second opinion (`rag.pipeline.drafting`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from rag.grounding.calibration import Calibration, Verdict
from rag.grounding.citations import CitedDraft
from rag.grounding.quotation import lacks_date, quote, undated_note
from rag.grounding.review import ReviewedDraft
from rag.grounding.verifier import OPINION_RANGES, VerificationPolicy
from rag.pipeline.tools import Context
from rag.retrieval.coverage import KEYWORDS
from rag.retrieval.evidence.judgement import Judgement
from rag.text.messages import message
from rag.types import Citation, Note

WITHHELD = Verdict(shown=False)
_WORTH_A_DRAFT = -1.0  # log odds of the reader from which a second opinion is asked for
_LIKELY = 0.5  # probability from which a quotation is told while a second opinion is asked for


@dataclass(frozen=True, slots=True)
class Quotation:
    """The best sentence of a sub-question, its signals, and what the reader alone decides.

    Without citations it is never shown: it contradicts the question, gives no date where one is
    asked for, or is hopeless where a second opinion decides. It has no signals then, as it was
    refused before there was anything to weigh.
    """

    cited: CitedDraft = field(default_factory=CitedDraft)
    signals: Mapping[str, float] = field(default_factory=dict)
    verdict: Verdict = WITHHELD
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


class Weighing:
    """Who decides what is shown of a question in `language`, by which calibration.

    `is_read`: the reader, if there is one, knows the language.
    """

    def __init__(self, context: Context, language: str, is_read: bool) -> None:
        self.is_read = is_read
        self._context, self._language = context, language

    @property
    def judge_name(self) -> str:
        """Who judges the passages: the reader of the settings, or the words that are shared."""
        return self._context.tools.settings.reader if self.is_read else KEYWORDS

    @cached_property
    def calibration(self) -> Calibration | None:
        """That of all who decide here."""
        return self._context.tools.calibration(self.judge_name)

    @cached_property
    def _reader_calibration(self) -> Calibration | None:
        return self._context.tools.reader_calibration(self.judge_name)

    @cached_property
    def weighs_drafts(self) -> bool:
        """Whether a draft decides: both judges have a calibration, or one is to be fitted."""
        if self._context.tools.model is None:
            return False
        if self._context.request.verify is VerificationPolicy.ALWAYS:
            return True
        return self.calibration is not self._reader_calibration

    def quotation(self, query: str, judgement: Judgement) -> Quotation:
        """The best sentence as an answer to `query`, and whether the reader alone would show it."""
        if not judgement.evidence:
            return Quotation()
        best, signals = judgement.evidence[0], judgement.signals
        article = self._context.article_of(best.article)
        cited = quote(query, best, article)
        if judgement.contradicted or lacks_date(query, cited):
            return Quotation(replace(cited, citations=()))
        calibration, max_wrong = self._reader_calibration, self._context.max_wrong
        if calibration is not None and calibration.applies_to(signals):
            verdict = calibration.decide(signals, max_wrong)
        else:
            verdict = Verdict(best.score > 0 or max_wrong >= 1.0)
        if self.weighs_drafts and not self._is_worth_a_draft(best.score, signals):
            verdict = verdict._replace(shown=False)
            return Quotation(replace(cited, citations=()), verdict=verdict)
        note = undated_note(query, best, article)
        notes = (note, None if self.is_read else self.less_sure("less_sure"))
        return Quotation(cited, signals, verdict, tuple(each for each in notes if each))

    def _is_worth_a_draft(self, score: float, signals: Mapping[str, float]) -> bool:
        """Whether a second opinion could make it an answer; where that is not known, its score."""
        if self.calibration is None:
            return score >= _WORTH_A_DRAFT
        max_wrong = self._context.max_wrong
        return score >= _WORTH_A_DRAFT and self.calibration.may_show(
            signals, max_wrong, OPINION_RANGES
        )

    def weighs(self, feature: str) -> bool:
        """Whether a feature of the second opinion counts here; some cost a prompt or a reading."""
        if self._context.request.verify is VerificationPolicy.ALWAYS or self.calibration is None:
            return True
        return feature in self.calibration.features

    def verdict_of_both(
        self, quotation: Quotation, signals: Mapping[str, float], is_confirmed: bool
    ) -> Verdict:
        """Whether `quotation` is shown once a draft was weighed: `signals` are those of both.

        `is_confirmed`: the draft speaks for it, which decides only without a trained reader.
        """
        calibration, max_wrong = self.calibration, self._context.max_wrong
        if calibration is not None and calibration.applies_to(signals):
            return calibration.decide(signals, max_wrong)
        if not self.is_read and max_wrong < 1.0:
            return Verdict(quotation.verdict.shown and is_confirmed)
        return quotation.verdict

    def less_sure(self, key: str) -> Note:
        """That no trained reader knows the language."""
        return Note("language", message(key, self._language))

    def is_told_early(self, quotation: Quotation) -> bool:
        """Whether a quotation is told of before it is decided on."""
        if quotation.verdict.shown or not self.weighs_drafts or not quotation.cited.citations:
            return quotation.verdict.shown
        return (quotation.verdict.confidence or 0.0) >= _LIKELY

    def needs_draft(self, quotation: Quotation, worded: Collection[Citation]) -> bool:
        """Whether the language model is to write: for a wording, or for its opinion.

        `worded` are the quotations that a draft was already asked for.
        """
        if self._context.tools.model is None or not quotation.cited.citations:
            return False
        if quotation.verdict.shown:
            return quotation.cited.citations[0] not in worded
        return self.weighs_drafts
