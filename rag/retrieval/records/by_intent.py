"""Questions about the records in any wording, by what a trained model reads in them.

    record_query_of(question, intent, records)  ->  a `RecordQuery`, or None

In:  a question; its `Intent`; the `Records` of an index, for the names in them.
Out: as `rag.retrieval.records.query` gives it for wordings that its rules know: what the intent
     asks for, of the articles that the topic and the names, days and kinds of article beside it
     describe.
Left to others: whether the intent is to be believed (`rag.retrieval.query_plan`). Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.retrieval.records.description import (
    Order,
    RecordQuery,
    RecordRequest,
    bare_topic,
    describe_articles,
)
from rag.retrieval.records.query import of_each_what
from rag.retrieval.records.records import Records
from rag.retrieval.records.topic import tells_of_release
from rag.retrieval.records.wording import Role, Word, read_words
from rag.types import Intent, RecordAspect, RecordField

_OF_RECORDS = frozenset(
    {
        *(Role.ARTICLE, Role.ARTICLES, Role.OUTLET, Role.OUTLETS, Role.AUTHOR, Role.AUTHORS),
        *(Role.HEADLINE_WORD, Role.COLLECTION, Role.NAME, Role.HEADLINE),
    }
)
_REQUESTS: Mapping[RecordAspect, RecordRequest] = {
    "count": "count",
    "list": "list",
    "outlets": "outlets",
    "authors": "authors",
    "dates": "dates",
    "newest": "article",
    "oldest": "article",
    "summary": "summary",
    "day": "day",
}
_CREDITED = ("agency", "agencies", "wire", "wires")  # in the text of what others published
_OF_PUBLICATION = ("published", "dates", "day")
_FIELDS: Mapping[RecordAspect, RecordField] = {
    "author": "author",
    "outlet": "source",
    "published": "published",
    "headline": "title",
}
_OF_MANY: Mapping[RecordAspect, RecordAspect] = {
    "author": "authors",
    "outlet": "outlets",
    "published": "dates",
    "headline": "list",
}


def record_query_of(
    question: str, intent: Intent, records: Records, earlier: RecordQuery | None = None
) -> RecordQuery | None:
    """What `intent` asks of the records; None where it asks for nothing that they have, or for a
    field of an article that is not described, or has no word for an article, an outlet, an author
    or the collection, nor the name of one, or for the day on which somebody released something, or
    for an agency, which texts credit.

    A question that describes no articles goes on from `earlier`, if that is given.
    """
    words = read_words(question, records)
    if any(word.value in _CREDITED for word in words):
        return None
    is_of_records = any(word.role in _OF_RECORDS for word in words)
    if intent.aspect is None or not (is_of_records or earlier):
        return None
    if intent.aspect in _OF_PUBLICATION and tells_of_release(words):
        return None
    topic = intent.topic
    first = question.find(topic)
    inside = [each for each in words if first <= each.start and each.end <= first + len(topic)]
    if all(each.role in (Role.NAME, Role.FILLER) for each in inside):
        topic, inside = "", []  # who wrote or published them
    described = replace(
        describe_articles([each for each in words if each not in inside]),
        topic=bare_topic(topic),
        order=_order(intent.aspect),
    )
    if earlier is not None and not replace(described, order=None).limits:
        return _of_same(earlier, intent.aspect)
    return _of_described(described, intent.aspect, words) if is_of_records else None


def _of_described(
    described: RecordQuery, aspect: RecordAspect, words: Sequence[Word]
) -> RecordQuery | None:
    """What `aspect` is asked for of the articles that a question describes."""
    if (field := _FIELDS.get(aspect)) is not None:
        return replace(described, request="field", field=field) if described.limits else None
    request = of_each_what(words) or _REQUESTS.get(aspect)
    if request is None or (request == "day" and not described.within):
        return None
    return replace(described, request=request)


def _of_same(earlier: RecordQuery, aspect: RecordAspect) -> RecordQuery | None:
    """What `aspect` is asked for of the articles that `earlier` describes."""
    order = _order(aspect) or earlier.order
    same = replace(earlier, request="list", field=None, order=order)
    is_one = earlier.request in ("article", "field", "gist")
    if is_one and aspect in _FIELDS:
        return replace(same, request="field", field=_FIELDS[aspect])
    request = _REQUESTS.get(_OF_MANY.get(aspect, aspect))
    if request is None or request in ("day", "summary"):
        return None
    return None if earlier.ids and request in ("count", "list") else replace(same, request=request)


def _order(aspect: RecordAspect) -> Order | None:
    if aspect == "newest":
        return "newest"
    return "oldest" if aspect == "oldest" else None
