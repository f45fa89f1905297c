"""The filters of the page as a value: which dates and outlets a question was asked within.

In:  what stands in the fields of the page.
Out: a checked `Filters`, and its words for people. Left to others: filtering (`rag.retrieval.filters`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.errors import QuestionError
from rag.retrieval.filters import SearchFilter


class Filters(NamedTuple):
    """`since`, `until`: ISO 8601 day, month or year, or empty; `outlets`: names, or none."""

    since: str = ""
    until: str = ""
    outlets: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """In words, on one line; empty where everything passes."""
        parts = [f"from {self.since}"] if self.since else []
        parts += [f"until {self.until}"] if self.until else []
        return ", ".join([*parts, *self.outlets])


NONE = Filters()


def checked(since: str | None, until: str | None, outlets: Sequence[str] | None) -> Filters:
    """The fields of the page, read. Raises `QuestionError` in the page's own words."""
    first, last = (since or "").strip(), (until or "").strip()
    for field, text in (("From", first), ("Until", last)):
        try:
            SearchFilter.parse(text, None, None)
        except QuestionError as error:
            raise QuestionError(
                f"{field}: “{text[:40]}” is no date. Write it as 2024-06-12, 2024-06 or 2024."
            ) from error
    try:
        SearchFilter.parse(first, last, None)
    except QuestionError as error:
        raise QuestionError(f"From {first} is after until {last}: swap them.") from error
    return Filters(first, last, tuple(outlets or ()))
