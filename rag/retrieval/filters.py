"""Which articles a question may look in: a range of dates, names of outlets.

In:  `since`, `until` (ISO 8601 day, month or year, both included), `outlets`.
Out: the articles of an index that pass, and their passages (`rag.index.filter_mask`).

An article whose date is known to the month passes when the month overlaps the range; one
without a date does not pass a range of dates, one without an outlet no list of outlets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.errors import QuestionError
from rag.index.filter_mask import AllowedRows
from rag.index.snapshot import Snapshot
from rag.text.dates import date_range


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """A checked filter; false where it lets everything pass."""

    since: date | None
    until: date | None
    outlets: frozenset[str] | None

    @classmethod
    def parse(
        cls, since: str | None, until: str | None, outlets: Sequence[str] | None
    ) -> SearchFilter:
        """Check and read. Raises `QuestionError` for a date that is none, or an empty range."""
        first = _days("since", since)
        last = _days("until", until)
        if first and last and first[0] > last[1]:
            raise QuestionError(f"since {since} is after until {until}: swap them")
        if isinstance(outlets, str):
            outlets = [outlets]
        names = frozenset(name.strip().casefold() for name in outlets) if outlets else None
        return cls(first and first[0], last and last[1], names)

    def __bool__(self) -> bool:
        return any(each is not None for each in (self.since, self.until, self.outlets))

    def matches(self, published: str, source: str) -> bool:
        """Whether an article of this date and outlet lies within; either may be empty."""
        if self.outlets is not None and source.casefold() not in self.outlets:
            return False
        if self.since is None and self.until is None:
            return True
        days = date_range(published)
        if days is None:
            return False
        return not (
            (self.since is not None and days[1] < self.since)
            or (self.until is not None and days[0] > self.until)
        )

    def allowed_rows(self, index: Snapshot) -> AllowedRows:
        """The articles and passages of `index` that pass."""
        return index.facets.within(self.matches)


def _days(name: str, text: str | None) -> tuple[date, date] | None:
    if text is None or not text.strip():
        return None
    days = date_range(text.strip())
    if days is None:
        raise QuestionError(f"{name}={text!r} is no date: write it as 2024-06-12, 2024-06 or 2024")
    return days
