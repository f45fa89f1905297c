"""A search filter put to an index: the passages that it lets through, the names that it knows.

    allowed_rows(index, filters)         ->  `AllowedRows`; None where there is no filter
    require_known_names(index, filters)  raises where no article has a name that the filter gives

In:  an open `Snapshot`, a `SearchFilter`.
Left to others: what a filter is (`rag.retrieval.filters`), searching (`rag.retrieval.search`).

Words of passages are looked up in the keyword index first, and only what may have them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from rag.errors import QuestionError
from rag.index.filter_mask import AllowedRows
from rag.index.snapshot import Snapshot
from rag.retrieval.filters import SearchFilter, is_within
from rag.text.folding import fold, has_phrase, same_words
from rag.text.nearest import closest_names
from rag.text.stemming import stem_variants


def allowed_rows(index: Snapshot, filters: SearchFilter) -> AllowedRows | None:
    """The passages that match `filters`; None where all do.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    if not filters:
        return None
    allowed = index.facets.allowed_rows(filters.matches)
    if filters.articles:
        allowed = allowed.restricted_to(index.documents.rows_of(filters.articles))
    if not filters.limits_text:
        return allowed
    rows = set(allowed.rows.tolist())
    for group in filters.required:
        rows &= _rows_with_any(index, group)
    suspects = rows if filters.required else rows & _rows_with_any(index, filters.excluded)
    texts = index.documents.passage_texts(sorted(suspects))
    rows -= {row for row, text in texts.items() if not filters.allows(text)}
    return allowed.restricted_to(rows)


def require_known_names(index: Snapshot, filters: SearchFilter) -> None:
    """Check that articles have the outlets, authors and folders that `filters` names.

    Raises:
        QuestionError: none has one of them; its message has the closest names that there are.
    """
    if not (filters.outlets or filters.not_outlets or filters.authors or filters.folders):
        return  # facets are loaded when a filter first needs them
    facets = index.facets
    outlets = (*filters.outlets, *filters.not_outlets)
    _require("is of the outlet", outlets, facets.outlets, same_words)
    _require(
        "is by",
        filters.authors,
        facets.authors,
        lambda one, name: has_phrase(fold(one), fold(name)),
    )
    _require("is in the folder", filters.folders, facets.folders, is_within)


def _require(
    what: str, names: Iterable[str], known: Collection[str], is_named: Callable[[str, str], bool]
) -> None:
    for name in names:
        if any(is_named(each, name) for each in known):
            continue
        closest = ", ".join(f"“{each}”" for each in closest_names(name, known))
        remedy = f"the closest that articles have: {closest}" if closest else "leave the name out"
        raise QuestionError(f"no article {what} “{name}”: {remedy}")


def _rows_with_any(index: Snapshot, phrases: Iterable[str]) -> set[int]:
    """Rows of the passages that may have one of `phrases`: that have all stems of it.

    A phrase does not tell its language: its stems may be those of any that passages are in.
    """
    keywords = index.keywords
    stems = (each for phrase in phrases for each in stem_variants(phrase, keywords.languages))
    return {int(row) for each in stems for row in index.rows[keywords.positions(each)]}
