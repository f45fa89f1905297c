"""Cited articles as CSL-JSON, which Zotero, Pandoc and every CSL processor read. Pure functions.

In:  answers. Out: a list of items (https://docs.citationstyles.org, CSL 1.0.2), one an article.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rag.export.names import Organisation, Person
from rag.export.references import Reference, references_of
from rag.types import Answer


def render(answers: Sequence[Answer]) -> str:
    """The cited articles; what is quoted of each is its `annote`."""
    items = [_item(each) for each in references_of(answers)]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def _item(reference: Reference) -> dict[str, Any]:
    values = {
        "id": reference.key,
        "type": "article-newspaper",
        "title": reference.title,
        "container-title": reference.outlet,
        "author": [_name(each) for each in reference.authors],
        "issued": {"date-parts": [list(reference.date)]} if reference.date else None,
        "URL": reference.url,
        "annote": "\n".join(reference.quotes),
    }
    return {name: value for name, value in values.items() if value}


def _name(author: Person | Organisation) -> dict[str, str]:
    if isinstance(author, Person):
        return {"family": author.family, "given": author.given}
    return {"literal": author.whole}
