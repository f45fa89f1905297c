"""Whether what an answer rests on still stands in the index. Pure functions.

In:  an article as the index holds it now; where a text stood in it when the answer was made.
Out: where it stands now, and a word for people where that is not as it was.
"""

from __future__ import annotations

from rag.types import Article

GONE = "The index holds this article no more."
MOVED = "This article was changed after the answer; these words still stand in it."
CHANGED = "This article was changed after the answer: it no longer holds these words as quoted."


def locate_quote(article: Article | None, start: int, end: int, text: str) -> tuple[int, int, str]:
    """Start, end and word; both are 0 where the text stands nowhere, the word "" where all is well.

    A text that has moved counts only where it stands once: else it could be another place.
    """
    if article is None:
        return 0, 0, GONE
    if article.text[start:end] == text:
        return start, end, ""
    at = article.text.find(text)
    if at < 0 or not text or article.text.find(text, at + 1) >= 0:
        return 0, 0, CHANGED
    return at, at + len(text), MOVED
