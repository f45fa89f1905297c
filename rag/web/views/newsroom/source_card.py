"""An article that is cited, as a card that opens it at the quote.

In:  a citation, and what else there is to say of it. Out: values for `templates/source_card.html`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.types import Citation
from rag.web.views.article import ArticleMeta, describe
from rag.web.views.escape import strip_invisible


class SourceCard(NamedTuple):
    """An article that is cited, ready to be shown."""

    citation: Citation
    title: str
    meta: ArticleMeta
    details: Sequence[str]


def source_card(citation: Citation, details: Sequence[str] = ()) -> SourceCard:
    """The card of a citation; `details` are shown on a line."""
    return SourceCard(
        citation,
        strip_invisible(citation.title) or "Untitled",
        describe(citation.source, citation.published, None, citation.url),
        [strip_invisible(each) for each in details],
    )
