"""The reader's judgement of each sub-question, and an answer composed of several passages.

In:  what was retrieved for a planned question.
Out: a `Judgement` for each sub-question, in order; a `Composition` where one is asked for.
Left to others: the judgement itself (`rag.retrieval.evidence`), composing
(`rag.grounding.composition`), what is shown (`rag.pipeline.quoting`).
"""

from __future__ import annotations

from dataclasses import replace

from rag.grounding.calibration import Verdict
from rag.grounding.composition.compose import compose
from rag.grounding.composition.material import Composition, Material, Reader
from rag.pipeline.planning import PlannedQuestion
from rag.pipeline.quoting import Weighing
from rag.pipeline.tools import Context
from rag.retrieval.evidence.judgement import Judgement, judge_passages, shared_article
from rag.retrieval.query_plan import plan_query
from rag.retrieval.retriever import RetrievalOutcome, SubQuestion
from rag.text.citation_marks import EARLIER, strip_citation_marks
from rag.text.names import extract_names, mentions
from rag.types import Evidence


def judge_sub_question(
    context: Context,
    planned: PlannedQuestion,
    sub_question: SubQuestion,
    reader: Reader,
    question: str = "",
    matter: str = "",
) -> Judgement:
    """What `reader` makes of the passages of one sub-question of `planned`.

    `question`: what the reader is asked instead; `matter`: the article that is spoken of.
    """
    return judge_passages(
        question or planned.judged_as or sub_question.query,
        sub_question.evidence,
        reader,
        context.article_of,
        prefers_time=planned.plan.time_intent is not None,
        matter=matter,
    )


class Judging:
    """`reader` beside one question; what it would show is `weighing`'s to say."""

    def __init__(
        self, context: Context, planned: PlannedQuestion, reader: Reader, weighing: Weighing
    ) -> None:
        self._context, self._planned = context, planned
        self._reader, self._weighing = reader, weighing

    def judge(self, sub_question: SubQuestion, question: str = "", matter: str = "") -> Judgement:
        """The judgement of one sub-question; see `judge_sub_question`."""
        return judge_sub_question(
            self._context, self._planned, sub_question, self._reader, question, matter
        )

    def is_shown(self, query: str, judgement: Judgement) -> bool:
        """Whether the reader alone would show the best sentence."""
        return self._weighing.quotation(query, judgement).verdict.shown

    def judge_all(self, retrieval: RetrievalOutcome) -> tuple[RetrievalOutcome, list[Judgement]]:
        """The judgement of each sub-question, and `retrieval` with the sub-questions as judged.

        One that leans on the first takes what answers that in the place of "she". Where the first
        is in doubt, both have to be answered by one article, which then speaks for both; where it
        stays in doubt, what leans on it is shown only where one sentence answers both.
        """
        sub_questions = list(retrieval.sub_questions)
        judgements: list[Judgement] = []
        for n, each in enumerate(sub_questions):
            if not self._planned.plan.leans_on_first(n):
                judgements.append(self.judge(each, matter=self._matter(each)))
                continue
            first = judgements[0]
            if self.is_shown(sub_questions[0].query, first):
                sub_questions[n] = self._continued(n, each, first.evidence[0], retrieval)
                matter = first.evidence[0].article
            elif matter := shared_article(first, self.judge(each)):
                judgements[0] = self.judge(sub_questions[0], matter=matter)
            judged = self.judge(sub_questions[n], matter=matter)
            first = judgements[0]
            is_certain = self.is_shown(sub_questions[0].query, first)
            is_one = [(each.article, each.start) for each in judged.evidence[:1]] == [
                (each.article, each.start) for each in first.evidence[:1]
            ]
            judgements.append(judged if matter and (is_certain or is_one) else Judgement())
        return replace(retrieval, sub_questions=tuple(sub_questions)), judgements

    def _continued(
        self, number: int, sub_question: SubQuestion, first: Evidence, retrieval: RetrievalOutcome
    ) -> SubQuestion:
        """The sub-question `number` completed by `first`, with the passages of its article."""
        query = self._planned.plan.completed(number, first.answer)
        if query != sub_question.query:
            (part, *_) = self._context.retrieve(plan_query(query)).sub_questions
            sub_question = SubQuestion(query, part.evidence)
        evidence = sub_question.evidence
        known = {hit.passage.id for hit in evidence.hits}
        same = (
            hit
            for hit in retrieval.evidence.hits
            if hit.passage.article == first.article and hit.passage.id not in known
        )
        return replace(sub_question, evidence=replace(evidence, hits=(*evidence.hits, *same)))

    def _matter(self, sub_question: SubQuestion) -> str:
        """The article of the earlier answer that a follow-up continues: the best that names all
        that this names; empty where the question is no follow-up."""
        if not self._planned.is_follow_up:
            return ""
        last = self._context.request.history[-1]
        names = extract_names(strip_citation_marks(f"In {last.answer}", EARLIER))
        articles = (hit.passage.article for hit in sub_question.evidence.hits)
        named = (
            each
            for each in dict.fromkeys(articles)
            if all(mentions(self._context.article_of(each).text, name) for name in names)
        )
        return next(named, "") if names else ""

    def compose(self, judgements: list[Judgement]) -> Composition | None:
        """An answer that is composed of several passages, where the question asks for one."""
        if self._planned.plan.mode == "multiple" or not judgements:
            return None

        def judge(question: str) -> Judgement:
            outcome = self._context.retrieve(plan_query(question))
            return self.judge(outcome.sub_questions[0], question)

        def decide(judgement: Judgement) -> Verdict:
            # that of an operand: no date
            query = self._planned.query if judgement is judgements[0] else ""
            return self._weighing.quotation(query, judgement).verdict

        context = self._context
        return compose(
            Material(
                self._planned.plan,
                judgements[0],
                context.article_of,
                self._reader,
                judge,
                decide,
                context.max_wrong,
            )
        )
