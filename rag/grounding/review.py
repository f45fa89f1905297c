"""The review of a draft: checked against its passages, verified, and shown or withheld.

In:  a `Draft` and the `SubQuestion` it was generated for.
Out: a `ReviewedDraft`: sentences and citations to show, or none; confidence and its features.
Left to others: the check (`rag.grounding.citations`), the model's verdict
(`rag.grounding.verifier`), the answer as a whole (`rag.grounding.answer`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.generation.draft import Draft
from rag.grounding.calibration import Calibration
from rag.grounding.citations import ArticleLookup, CitedDraft, build_citations
from rag.grounding.conflicts import find_conflict
from rag.grounding.rendering import append_conflict, as_extractive, prefix_outlet
from rag.grounding.verifier import VerificationPolicy, confidence_features, verify_support
from rag.models.llm.base import LanguageModel
from rag.retrieval.retriever import SubQuestion
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.messages import message
from rag.text.questions.answer_types import lacks_answer_type
from rag.types import Citation, Hit, Note, Sentence

_SURE = 0.6  # probability of being right below which the quotes are shown in place of the draft
EXTRACTIVE_NOTE = Note("extractive", message("extractive"))


@dataclass(frozen=True, slots=True)
class ReviewedDraft:
    """The outcome of a review. Without citations nothing is shown.

    `confidence` is the probability that the answer is right, 0 to 1, and `signals` the features
    it was computed from; None and empty where there is no calibration or nothing to verify.
    `max_wrong` is the share of wrong answers that is promised for what is shown; None where
    nothing is promised.
    """

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float | None = None
    signals: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    max_wrong: float | None = None


def context_order(hits: Sequence[Hit], context_k: int) -> tuple[Hit, ...]:
    """The passages of a prompt in its order: the best `context_k`, the best one last.

    The time to the first token is mostly that of processing them, so they are few.
    """
    return tuple(hits[:context_k][::-1])


@dataclass(frozen=True, slots=True)
class AnswerReviewer:
    """Decides which drafts of a language model are shown, and in which words.

    A draft that its passages support is withheld where its confidence is below the threshold for
    `max_wrong`, the share of the shown answers that may be wrong. Without a calibration, and where
    an answer lacks a feature of it, support alone decides. A draft of low confidence is shown in
    the words of its quotes, with no wording of the model's own; so is one that only repeats the
    question, one that breaks off before its end, and one that leaves out the time or the count that
    the question asks for. Where its quotes leave that out too, nothing is shown.
    """

    model: LanguageModel
    article_of: ArticleLookup
    calibration: Calibration | None
    max_wrong: float
    verify: VerificationPolicy = VerificationPolicy.IF_CALIBRATED

    def review(
        self, draft: Draft, sub_question: SubQuestion, cancel: CancelToken = NEVER
    ) -> ReviewedDraft:
        """Check `draft`, generated for `sub_question`, and decide whether it may be shown.

        Where the account of one article was asked for, its outlet is named first.

        Raises:
            ModelError: the model failed.
            Cancelled: `cancel` was cancelled.
        """
        reviewed = self._review(draft, sub_question, cancel)
        if sub_question.article is None:
            return reviewed
        article = self.article_of(sub_question.article)
        return replace(reviewed, sentences=prefix_outlet(article, reviewed.sentences))

    def _review(
        self, draft: Draft, sub_question: SubQuestion, cancel: CancelToken
    ) -> ReviewedDraft:
        query = sub_question.query
        cited = build_citations(query, draft.text, draft.passages, self.article_of)
        if not cited.citations:
            return ReviewedDraft(cited.sentences)
        notes: tuple[Note, ...] = ()
        is_lacking = cited.repeats_question or lacks_answer_type(query, cited.text)
        if is_lacking or cited.breaks_off:
            if is_lacking and lacks_answer_type(query, " ".join(cited.quotes)):
                return ReviewedDraft()
            cited, notes = as_extractive(cited), (EXTRACTIVE_NOTE,)
        if self.calibration is None and self.verify is VerificationPolicy.IF_CALIBRATED:
            return ReviewedDraft(cited.sentences, cited.citations, notes=notes)
        features = confidence_features(
            query,
            cited.text,
            verifier_logit=verify_support(self.model, query, cited.quotes, cited.text, cancel),
            min_token_logprob=draft.min_token_logprob,
            cosine=sub_question.evidence.cosine,
        )
        if self.calibration is None or not self.calibration.applies_to(features):
            return ReviewedDraft(cited.sentences, cited.citations, signals=features, notes=notes)
        confidence = self.calibration.probability(features)
        limit = self.calibration.threshold(self.max_wrong)
        if confidence < limit.threshold:
            return ReviewedDraft(confidence=confidence, signals=features)
        first = next(each.text for each in cited.sentences if each.supported)
        if confidence < _SURE and not notes:
            cited, notes = as_extractive(cited), (EXTRACTIVE_NOTE,)
        cited = self._with_conflict(cited, first, sub_question, features, cancel)
        return ReviewedDraft(
            cited.sentences, cited.citations, confidence, features, notes, limit.promise
        )

    def _with_conflict(
        self,
        cited: CitedDraft,
        claim: str,
        sub_question: SubQuestion,
        features: Mapping[str, float],
        cancel: CancelToken,
    ) -> CitedDraft:
        """`cited` and another article's account, if it would be shown were it the answer."""
        query, evidence = sub_question.query, sub_question.evidence
        articles = [each.article for each in cited.citations]
        conflict = find_conflict(claim, query, evidence.idf, evidence.hits, articles)
        if conflict is None or self.calibration is None:
            return cited
        logit = verify_support(self.model, query, [conflict.text], conflict.text, cancel)
        if logit is None:
            return cited
        confidence = self.calibration.probability({**features, "verifier_logit": logit})
        if confidence < self.calibration.threshold(self.max_wrong).threshold:
            return cited
        return append_conflict(cited, conflict, self.article_of(conflict.article))
