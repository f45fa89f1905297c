"""Drafts of the language model: a second opinion of a quotation, and its wording.

In:  a sub-question with its passages; for a second opinion its `Judgement` and `Quotation`.
Out: the tokens of a draft as they are written, then the draft, or what is shown after it.
Left to others: writing (`rag.generation.draft`), what an opinion is (`rag.grounding.verifier`),
which wording may take the place of a quotation (`rag.grounding.quotation`).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from rag.generation.draft import Draft, generate_draft
from rag.grounding.composition.material import Reader
from rag.grounding.quotation import choose_wording
from rag.grounding.review import EXTRACTIVE_NOTE, ReviewedDraft, context_order
from rag.grounding.verifier import confirms, opinion_features
from rag.models.llm.base import LanguageModel
from rag.pipeline.quoting import Quotation, Weighing
from rag.pipeline.tools import Context
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.retriever import SubQuestion
from rag.runtime.observability.stages import stage
from rag.types import DraftToken, Hit


class Drafting:
    """The drafts for one question: `drafts`, in order, took `seconds` to write.

    `model` loads the language model at its first call.
    """

    def __init__(self, context: Context) -> None:
        self.drafts: list[Draft] = []
        self.seconds = 0.0
        self._context = context

    @property
    def model(self) -> LanguageModel:
        """The language model, which is loaded if it was not yet."""
        assert self._context.tools.model is not None, "who needs a draft has asked for a model"
        return self._context.tools.model()

    def draft(self, query: str, hits: tuple[Hit, ...]) -> Generator[DraftToken, None, Draft]:
        """Yield the tokens of a draft from the best of `hits`; returns the draft."""
        settings = self._context.tools.settings
        with stage("generate", model=settings.language_model) as generating:
            if self.drafts:
                yield DraftToken(" ")
            draft = yield from generate_draft(
                self.model,
                query,
                context_order(hits, settings.context_k),
                settings.max_tokens,
                self._context.request.cancel,
            )
            generating.count(passages=len(draft.passages), tokens=draft.tokens)
        self.seconds += generating.seconds
        self.drafts.append(draft)
        return draft

    def second_opinion(
        self,
        sub_question: SubQuestion,
        judgement: Judgement,
        quotation: Quotation,
        reader: Reader,
        weighing: Weighing,
    ) -> Generator[DraftToken, None, ReviewedDraft]:
        """Yield the tokens of a draft; returns what is shown after it, if anything."""
        draft = yield from self.draft(sub_question.query, judgement.answering_hits)
        with stage("check", model=self._context.tools.settings.language_model):
            verdict, signals = quotation.verdict, quotation.signals
            if weighing.weighs_drafts or not weighing.is_read:
                opinion = opinion_features(
                    self.model if weighing.weighs("verifier_logit") else None,
                    reader if weighing.weighs("claim_support") else None,
                    sub_question.query,
                    judgement,
                    draft,
                    self._context.request.cancel,
                )
                signals = {**signals, **opinion}
                verdict = weighing.verdict_of_both(quotation, signals, confirms(opinion))
            review = quotation.reviewed(verdict, signals)
            if not verdict.shown:
                return review
            if not weighing.is_read:
                return replace(review, notes=(weighing.less_sure("less_sure_checked"),))
            article_of = self._context.article_of
            cited = choose_wording(draft, sub_question, judgement, article_of, reader)
            if cited is None:
                return replace(review, notes=(*review.notes, EXTRACTIVE_NOTE))
            return replace(review, sentences=cited.sentences, citations=cited.citations)
