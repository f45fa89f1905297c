"""Which articles a question may be answered from: a range of dates, names of outlets.

In:  `since`, `until` (ISO 8601 day, month or year, both included), `outlets`.
Out: `SearchFilter`: which articles match, its words for people, its JSON form.
Left to others: the rows of an index that match (`rag.index.filter_mask`).

An article whose date is known to the month matches when the month overlaps the range; one without
a date matches no range of dates, one without an outlet no list of outlets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rag.errors import QuestionError
from rag.text.dates import date_range

_MAX_QUOTED = 40  # characters of a malformed date that its error message repeats


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """A checked filter; false where every article matches.

    `since` and `until` are as they were given (empty: no limit), `outlets` are names, compared
    without regard to case (none: any outlet).

    Raises:
        QuestionError: a date is malformed, or `since` is after `until`.
    """

    since: str = ""
    until: str = ""
    outlets: tuple[str, ...] = ()
    _first: date | None = field(init=False, repr=False, compare=False)
    _last: date | None = field(init=False, repr=False, compare=False)
    _names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Parse the dates and normalize the names."""
        first, last = _days("start", self.since), _days("end", self.until)
        if first and last and first[0] > last[1]:
            raise QuestionError(f"the start {self.since} is after the end {self.until}: swap them")
        outlets = tuple(self.outlets)
        object.__setattr__(self, "outlets", outlets)
        object.__setattr__(self, "_first", first and first[0])
        object.__setattr__(self, "_last", last and last[1])
        names = frozenset(name.strip().casefold() for name in outlets)
        object.__setattr__(self, "_names", names)

    @classmethod
    def parse(
        cls,
        since: str | None = None,
        until: str | None = None,
        outlets: Iterable[str] | str | None = None,
    ) -> SearchFilter:
        """A filter from arguments or form fields, each of which may be missing or empty.

        Raises:
            QuestionError: a date is malformed, or `since` is after `until`.
        """
        names = (outlets,) if isinstance(outlets, str) else tuple(outlets or ())
        return cls((since or "").strip(), (until or "").strip(), names)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SearchFilter:
        """The filter whose `to_dict()` is `values`; missing keys are empty. Raises as `parse`."""
        return cls.parse(values.get("since"), values.get("until"), values.get("outlets"))

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `{"since": str, "until": str, "outlets": [str]}`."""
        return {"since": self.since, "until": self.until, "outlets": list(self.outlets)}

    def describe(self) -> str:
        """In words, on one line ("from 2024, BBC"); empty where every article matches."""
        parts = [f"from {self.since}"] if self.since else []
        parts += [f"until {self.until}"] if self.until else []
        return ", ".join([*parts, *self.outlets])

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.outlets)

    def matches(self, published: str, outlet: str) -> bool:
        """Whether an article of this date (ISO 8601) and outlet matches; either may be empty."""
        if self._names and outlet.casefold() not in self._names:
            return False
        if self._first is None and self._last is None:
            return True
        days = date_range(published)
        if days is None:
            return False
        return not (
            (self._first is not None and days[1] < self._first)
            or (self._last is not None and days[0] > self._last)
        )


def _days(bound: str, text: str) -> tuple[date, date] | None:
    """The first and the last day of a date; None where `text` is empty."""
    if not text:
        return None
    days = date_range(text)
    if days is None:
        raise QuestionError(
            f"the {bound} “{text[:_MAX_QUOTED]}” is not a date: "
            "write it as 2024-06-12, 2024-06 or 2024"
        )
    return days


NO_FILTER = SearchFilter()
