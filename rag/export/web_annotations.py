"""Citations as W3C Web Annotations (JSON-LD), which annotation programs read. Pure functions.

In:  answers. Out: an `AnnotationCollection` (https://www.w3.org/TR/annotation-model/) with one page
     that holds an annotation for each citation.

An annotation's body is what the answer says, its target the address of the article, or its id as a
relative address where it has none. The selectors of a quote are those of `Citation.selector`; the
offsets of a `TextPositionSelector` count the characters of the article's text as it is indexed.
The same answers give the same ids.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote as percent_encode

from rag.grounding.rendering import field_label
from rag.types import Answer, Citation

_CONTEXT = "http://www.w3.org/ns/anno.jsonld"


def render(answers: Sequence[Answer]) -> str:
    """The citations of `answers`, in order."""
    items = [item for answer in answers for item in _annotations(answer)]
    collection = {
        "@context": _CONTEXT,
        "id": _id("collection", *(item["id"] for item in items)),
        "type": "AnnotationCollection",
        "label": "; ".join(each.question for each in answers),
        "total": len(items),
        "first": {
            "id": _id("page", *(item["id"] for item in items)),
            "type": "AnnotationPage",
            "startIndex": 0,
            "items": items,
        },
    }
    return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"


def _annotations(answer: Answer) -> Iterator[dict[str, Any]]:
    for citation in answer.citations:
        says = [each.text for each in answer.sentences if citation.number in each.citations]
        body = {"type": "TextualBody", "purpose": "describing", "format": "text/plain"}
        yield {
            "id": _id(answer.question, str(citation)),
            "type": "Annotation",
            "motivation": "describing",
            "body": body | {"value": " ".join(says) or answer.text},
            "target": _target(citation),
        }


def _target(citation: Citation) -> dict[str, Any]:
    address = citation.url or percent_encode(citation.article, safe="/!")
    if citation.field:  # the record is no text that could be selected
        quoted = f"{field_label(citation.field)}: {citation.quote}"
        return {"id": address, "type": "Text", "name": citation.title, "description": quoted}
    return {"source": address, "selector": _selectors(citation)}


def _selectors(citation: Citation) -> list[dict[str, Any]]:
    """Those of the citation; where it was stored before there were any, by its words and place."""
    if citation.selector:
        return [dict(each) for each in citation.selector]
    selectors: list[dict[str, Any]] = [{"type": "TextQuoteSelector", "exact": citation.quote}]
    if citation.span:
        start, end = citation.span
        selectors.append({"type": "TextPositionSelector", "start": start, "end": end})
    return selectors


def _id(*parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts)).urn
