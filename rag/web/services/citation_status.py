"""Whether an article of the index still contains what an answer quotes. Pure functions.

In:  an article as it is in the index now; a text, and where it was when the answer was made; or a
     citation, also of the article's record.
Out: where it is now, and a notice for people where that is not as it was.
"""

from __future__ import annotations

from typing import NamedTuple

from rag.types import Article, Citation

GONE = "This article is no longer in the index."
MOVED = "This article was changed after the answer; it still contains these words."
RECORD_CHANGED = "The record of this article was changed after the answer."
CHANGED = "This article was changed after the answer: it no longer contains these words as quoted."


class QuoteLocation(NamedTuple):
    """Where a text is in its article, in characters; both are 0 where it is not there.

    `notice` is empty where nothing has changed.
    """

    start: int
    end: int
    notice: str


def locate_citation(article: Article | None, citation: Citation) -> QuoteLocation:
    """Where the quote of `citation` is now; of a record nothing in the text is located."""
    if citation.field is None and citation.span is not None:
        return locate_quote(article, *citation.span, citation.quote)
    if article is None:
        return QuoteLocation(0, 0, GONE)
    unchanged = getattr(article, citation.field or "title") == citation.quote
    return QuoteLocation(0, 0, "" if unchanged else RECORD_CHANGED)


def locate_quote(article: Article | None, start: int, end: int, text: str) -> QuoteLocation:
    """Where `text` is now, which was at `[start:end]`.

    A text that moved counts only where it occurs once: else it could be another place.
    """
    if article is None:
        return QuoteLocation(0, 0, GONE)
    if article.text[start:end] == text:
        return QuoteLocation(start, end, "")
    at = article.text.find(text)
    if at < 0 or not text or article.text.find(text, at + 1) >= 0:
        return QuoteLocation(0, 0, CHANGED)
    return QuoteLocation(at, at + len(text), MOVED)
