"""What a question asks for, and the answer to it where metadata records alone give one.

In:  the `Context` of a question.
Out: a `PlannedQuestion`: self-contained, with its plan; the reply of the records, if it asks them.
Left to others: the plan itself (`rag.retrieval.query_plan`), what earlier turns asked of the
records (`rag.pipeline.earlier`), rewriting (`rag.retrieval.rewrite`),
what records say (`rag.grounding.record_answer`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.grounding.record_answer import RecordReply, RecordSource, reply_from_records
from rag.pipeline.earlier import earlier_query
from rag.pipeline.tools import PASSAGES_READ, Context
from rag.retrieval.clauses import complete_follow_up
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.query_plan import QueryPlan, plan_query
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.rewrite import (
    is_follow_up,
    rewrite_followup,
    with_previous_names,
    with_previous_question,
)
from rag.types import Hit, Reason


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """The `query` that is searched for, with its plan.

    `judged_as` is what the reader is asked where that is not what was searched for, else empty.
    `is_follow_up`: it was made self-contained by earlier turns.
    """

    query: str
    plan: QueryPlan
    judged_as: str = ""
    is_follow_up: bool = False

    @property
    def language(self) -> str:
        """The code of the question's language."""
        return self.plan.language

    def without_records(self) -> PlannedQuestion:
        """The question, or what the records leave of it, put to the texts."""
        return replace(self, query=self.plan.rest or self.query, plan=self.plan.without_records())


def plan_question(context: Context) -> PlannedQuestion:
    """Plan the question; one that leans on earlier turns is made self-contained first."""
    question = context.request.question
    plan = _plan(context, question)
    if plan.is_answered_apart:
        return PlannedQuestion(question, plan)
    query, judged_as = _self_contained(context)
    if query == question:
        return PlannedQuestion(question, plan)
    return PlannedQuestion(query, _plan(context, query), judged_as, is_follow_up=True)


def reply_of_records(context: Context, query: RecordQuery) -> tuple[RecordReply, Reason]:
    """What the records say to `query`, and why they say nothing where they do not."""
    filters = context.request.filters
    reply = _reply(context, query, filters)
    if not reply.citations and filters and _reply(context, query, NO_FILTER).citations:
        return reply, "outside_filter"
    return reply, reply.reason


def _plan(context: Context, question: str) -> QueryPlan:
    """The plan of a question; records have no words that filters require or exclude."""
    intent = context.tools.intent_of(question)
    if context.request.filters.limits_text:
        return plan_query(question, None, intent)
    return plan_query(question, context.records, intent, earlier_query(context, question))


def _self_contained(context: Context) -> tuple[str, str]:
    """The question to search for and what the reader is asked instead, if it is another."""
    request, model = context.request, context.tools.model
    question, turns = request.question, request.history
    if not turns or not is_follow_up(question):
        return question, ""
    if resolved := complete_follow_up(question, turns):
        return resolved, ""
    if model is None:
        return with_previous_question(question, turns), with_previous_names(question, turns)
    return rewrite_followup(question, turns, model(), request.cancel), ""


def _reply(context: Context, query: RecordQuery, filters: SearchFilter) -> RecordReply:
    def search(text: str, within: SearchFilter) -> tuple[Hit, ...]:
        return context.tools.retriever.search(context.index, text, PASSAGES_READ, within)

    return reply_from_records(RecordSource(context.index, context.records, search), query, filters)
