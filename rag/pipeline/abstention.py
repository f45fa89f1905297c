"""Why nothing is shown, and what is said about it.

In:  the `Context`, the planned question and what was retrieved for it.
Out: the `Reason`, and the notes that explain it.
Left to others: what of a question the nearest articles do not meet (`rag.grounding.abstention`),
the texts (`rag.text.messages`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.grounding.abstention.explanation import explain, nearest_note
from rag.pipeline.judging import judge_sub_question
from rag.pipeline.planning import PlannedQuestion
from rag.pipeline.tools import Context
from rag.retrieval.filters import NO_FILTER
from rag.retrieval.retriever import RetrievalOutcome, SubQuestion
from rag.text.languages import ENGLISH, get_language
from rag.text.messages import message
from rag.types import Hit, Note, Reason

_IN_USE = 0.02  # share of the passages from which a language is one of the articles'


@dataclass(frozen=True, slots=True)
class Abstention:
    """Explains why `planned` has no answer; `hits` are its passages, best first.

    `is_read`: the reader, if there is one, knows the language.
    """

    context: Context
    planned: PlannedQuestion
    retrieval: RetrievalOutcome
    hits: Sequence[Hit]
    is_read: bool

    def reason(self, answers: Callable[[RetrievalOutcome], bool]) -> Reason:
        """Filters exclude the answer, nothing states it, or nothing is about it.

        `answers` says whether what is retrieved without filters would be an answer.
        """
        filters = self.context.request.filters
        if filters and answers(self.context.retrieve(self.planned.plan, NO_FILTER)):
            return "outside_filter"
        return "not_stated" if self.retrieval.related else "not_in_corpus"

    def notes(self, reason: Reason) -> tuple[Note, ...]:
        """How the question was read, what is missing, and in which languages the articles are."""
        return (*self.retrieval.notes, *self._explanation(reason), *self._languages())

    def _explanation(self, reason: Reason) -> tuple[Note, ...]:
        """What of each part of the question the nearest articles do not meet; no filter failed."""
        if reason == "outside_filter":
            return ()
        if not self.is_read or self.planned.language != ENGLISH:
            return self._nearest(reason)
        parts, article_of = self.retrieval.sub_questions, self.context.article_of
        if len(parts) == 1:
            question = self.planned.judged_as or self.planned.query
            notes = [explain(question, self.hits, article_of)]
        else:
            notes = [explain(each.query, each.evidence.hits, article_of) for each in parts]
        return tuple(dict.fromkeys(each for each in notes if each is not None))

    def _nearest(self, reason: Reason) -> tuple[Note, ...]:
        """The nearest sentence, where the articles touch on the question."""
        if reason != "not_stated" or not self.hits:
            return ()
        context, language = self.context, self.planned.language
        sub_question = SubQuestion(self.planned.query, self.retrieval.evidence)
        reader = context.coverage_reader(language)
        best = judge_sub_question(context, self.planned, sub_question, reader).evidence[0]
        return (nearest_note(best, context.article_of(best.article), language),)

    def _languages(self) -> tuple[Note, ...]:
        """That hardly any article is in the language of a refused question, where that matters."""
        language, languages = self.planned.language, self.context.index.keywords.languages
        least = _IN_USE * languages.total()
        if self.context.tools.crosses_languages or languages[language] >= least:
            return ()
        names = [get_language(code).name for code, n in languages.most_common() if n >= least]
        text = message("other_language", language, languages=", ".join(names))
        return (Note("language", text),)
