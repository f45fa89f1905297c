"""Answers from the metadata records: to a whole question, or to a part of one.

    answer_of_records(context, parts, trace, language)  ->  an `Answer`
    parts_of_cited(answer, question, records)           ->  what `question` asks of what it cites

In:  the `Context` of a question; what is asked of the records, part by part.
Left to others: what records say (`rag.grounding.record_answer`), what is asked of them
(`rag.retrieval.records`), the part of a question that the texts answer (`rag.pipeline.run`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.grounding.answer import assemble_answer
from rag.grounding.record_answer import RecordReply, RecordSource, reply_from_records
from rag.grounding.review import ReviewedDraft
from rag.pipeline.tools import PASSAGES_READ, Context
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.query_plan import as_question
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.records import Records
from rag.retrieval.records.several.parts import RecordPart
from rag.retrieval.records.several.same_articles import same_articles_query
from rag.text.messages import message
from rag.types import Answer, AnswerTrace, Hit, Reason


def answer_of_records(
    context: Context, parts: Sequence[RecordPart], trace: Callable[[], AnswerTrace], language: str
) -> Answer:
    """What the records say to each of `parts`; a note names a part that they do not answer.

    `trace` is asked once they have replied.

    Raises:
        IndexFault, ModelError: the index or the embedder failed.
    """
    replies = [_reply(context, each.query) for each in parts]
    notes = tuple(dict.fromkeys(note for reply, _ in replies for note in reply.notes))
    if not any(reply.citations for reply, _ in replies):
        reason: Reason = replies[0][1] if replies else "not_stated"
        text = message(reason, language)
        return Answer.abstain(trace(), reason, text, (*context.notes, *notes))
    reviews = [ReviewedDraft(each.sentences, each.citations) for each, _ in replies]
    questions = [as_question(each.question) for each in parts]
    answer = assemble_answer(trace(), questions, reviews, context.notes, language)
    return replace(answer, notes=(*answer.notes, *notes))


def parts_of_cited(answer: Answer, question: str, records: Records) -> list[RecordPart]:
    """What `question` asks of the articles whose words `answer` cites; nothing where it asks for
    none of their records."""
    ids = answer.quoted_articles
    same = RecordQuery("article" if len(ids) == 1 else "list", ids=ids)
    query = same_articles_query(question, same, records) if ids else None
    return [RecordPart(question, query)] if query else []


def _reply(context: Context, query: RecordQuery) -> tuple[RecordReply, Reason]:
    """What the records say to `query`, and why they say nothing where they do not."""
    filters = context.request.filters
    reply = _reply_within(context, query, filters)
    if not reply.citations and filters and _reply_within(context, query, NO_FILTER).citations:
        return reply, "outside_filter"
    return reply, reply.reason


def _reply_within(context: Context, query: RecordQuery, filters: SearchFilter) -> RecordReply:
    def search(text: str, within: SearchFilter) -> tuple[Hit, ...]:
        return context.tools.retriever.search(context.index, text, PASSAGES_READ, within)

    return reply_from_records(RecordSource(context.index, context.records, search), query, filters)
