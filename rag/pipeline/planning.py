"""What a question asks for, made self-contained where it leans on earlier turns.

In:  the `Context` of a question.
Out: a `PlannedQuestion`: self-contained, with its plan.
Left to others: the plan itself (`rag.retrieval.query_plan`), what earlier turns asked of the
records (`rag.pipeline.earlier`), rewriting (`rag.retrieval.rewrite`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from rag.pipeline.earlier import earlier_query
from rag.pipeline.tools import Context
from rag.retrieval.clauses import complete_follow_up
from rag.retrieval.query_plan import QueryPlan, plan_query
from rag.retrieval.records.several.cited_article import split_article_question
from rag.retrieval.rewrite import (
    LAST_TURNS,
    is_follow_up,
    rewrite_followup,
    with_previous_names,
    with_previous_question,
)


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """The `query` that is searched for, with its plan.

    `judged_as` is what the reader is asked where that is not what was searched for, else empty.
    `is_follow_up`: it was made self-contained by earlier turns. `then` is a last part that is asked
    of the articles that the answer cites, else empty.
    """

    query: str
    plan: QueryPlan
    judged_as: str = ""
    is_follow_up: bool = False
    then: str = ""

    @property
    def language(self) -> str:
        """The code of the question's language."""
        return self.plan.language

    def without_records(self) -> PlannedQuestion:
        """The question, or what the records leave of it, put to the texts."""
        return replace(self, query=self.plan.rest or self.query, plan=self.plan.without_records())


class _SelfContained(NamedTuple):
    """A question that can be searched for, and what the reader is asked where that is another.

    `has_previous`: it begins with the previous question, which has been answered.
    """

    query: str
    judged_as: str = ""
    has_previous: bool = False


def plan_question(context: Context) -> PlannedQuestion:
    """Plan the question; one that leans on earlier turns is made self-contained first."""
    whole = context.request.question
    question, then = split_article_question(whole, context.records)
    plan = _plan(context, question)
    if then and plan.is_answered_apart:
        question, then, plan = whole, "", _plan(context, whole)
    if plan.is_answered_apart:
        return PlannedQuestion(question, plan)
    resolved = _self_contained(context, question)
    if resolved.query != question:
        plan = _plan(context, resolved.query, of_texts=resolved.has_previous)
    is_follow_up = resolved.query != question
    return PlannedQuestion(resolved.query, plan, resolved.judged_as, is_follow_up, then)


def _plan(context: Context, question: str, *, of_texts: bool = False) -> QueryPlan:
    """The plan of a question; records have no words that filters require or exclude."""
    intent = context.tools.intent_of(question)
    if of_texts or context.request.filters.limits_text:
        return plan_query(question, None, intent)
    return plan_query(question, context.records, intent, earlier_query(context, question))


def _self_contained(context: Context, question: str) -> _SelfContained:
    """The question as it can be searched for: with the previous one where nothing is better."""
    request, model = context.request, context.tools.model
    turns = request.history[-LAST_TURNS:]
    if not turns or not is_follow_up(question):
        return _SelfContained(question)
    if resolved := complete_follow_up(question, turns):
        return _SelfContained(resolved)
    with_previous = with_previous_question(question, turns)
    if model is None:
        return _SelfContained(with_previous, with_previous_names(question, turns), True)
    rewritten = rewrite_followup(question, turns, model(), request.cancel)
    return _SelfContained(rewritten or with_previous, has_previous=not rewritten)
