"""Near copies in `rag articles`: in words and as JSON.

In:  an open index, the id of an article.
Out: which article it is a copy of and what differs, which are copies of it.
Left to others: finding them (`rag.index.copies`), telling differences (`rag.text.reuse`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.types import Article

if TYPE_CHECKING:
    from rag.index.snapshot import Snapshot
    from rag.text.reuse.differences import Difference

_MOST = 60  # differences that are printed


def copies_in_words(index: Snapshot, id: str) -> list[str]:
    """Lines on the origin of the article `id` and on its copies; none where it has neither."""
    from rag.text.reuse.differences import summary

    origin = index.origins.origin(id)
    if len(origin.articles) == 1:
        return []
    if origin.article != id:
        items = _differences(index, origin.article, id)
        lines = [f"copy of: {_named(index, origin.article)}; {summary(items)}"]
        lines += [f"  {_in_words(each)}" for each in items[:_MOST]]
        more = len(items) - _MOST
        return [*lines, f"  … and {more} more: with --json all"] if more > 0 else lines
    copies = origin.articles[1:]
    return [
        f"copied by: {_named(index, each)}; {summary(_differences(index, id, each))}"
        for each in copies
    ]


def copies_as_json(index: Snapshot, id: str) -> dict[str, Any]:
    """`copy_of` (an id or None), `copies` (ids), and `differences` from the origin."""
    origin = index.origins.origin(id)
    is_copy = origin.article != id
    items = _differences(index, origin.article, id) if is_copy else []
    return {
        "copy_of": origin.article if is_copy else None,
        "copies": [] if is_copy else list(origin.articles[1:]),
        "differences": [each._asdict() for each in items],
    }


def _differences(index: Snapshot, origin: str, copy: str) -> list[Difference]:
    from rag.text.reuse.differences import differences

    texts = (index.documents.article(id).text for id in (origin, copy))
    return differences(*texts)


def _named(index: Snapshot, id: str) -> str:
    article: Article = index.documents.article(id)
    details = ", ".join(filter(None, (article.source, article.published)))
    return f"{id} “{article.title}”{f' ({details})' if details else ''}"


def _in_words(difference: Difference) -> str:
    if difference.kind in ("added", "left out"):
        return f"{difference.kind}: {difference.copy or difference.origin}"
    if not difference.origin:
        return f"added: {difference.copy}"
    if not difference.copy:
        return f"left out: {difference.origin}"
    return f"{difference.origin} → {difference.copy}"
