"""What a question may be answered from: dates, outlets, authors and folders of articles, words.

In:  `since`, `until` (ISO 8601 day, month or year, both included), names, phrases.
Out: `SearchFilter`: which articles and which passages match, its words for people, its JSON form.
Left to others: the operators of a query that give one (`rag.retrieval.operators`), the rows of an
index that match, names that no article has (`rag.retrieval.index_filter`).

An article whose date is known to the month matches when the month overlaps the range; one without
a date matches no range of dates, one without an outlet no list of outlets. Names and words are
compared as `rag.text.folding` folds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from typing import Any

from rag.errors import QuestionError
from rag.text.dates.forms import date_range
from rag.text.folding import fold, has_phrase

_MAX_QUOTED = 40  # characters of a malformed date that its error message repeats
_FIRST_FIELDS = ("since", "until", "outlets")  # which the JSON form has in any case


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """A checked filter; false where every passage matches.

    `since` and `until` are as they were given (empty: no limit). An article must be of one of
    `outlets` and none of `not_outlets`, its byline must name one of `authors`, it must be in one of
    `folders` of the corpus, at any depth, and be one of `articles` (ids). A passage must have one
    phrase of each group of `required` and none of `excluded`; a phrase is a word or several. Empty
    values limit nothing.

    Raises:
        QuestionError: a date is malformed, `since` is after `until`, or a phrase has no word.
    """

    since: str = ""
    until: str = ""
    outlets: tuple[str, ...] = ()
    not_outlets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    required: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    _first: date | None = field(init=False, repr=False, compare=False)
    _last: date | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Parse the dates, make lists tuples, and check the phrases."""
        first, last = _days("start", self.since), _days("end", self.until)
        if first and last and first[0] > last[1]:
            raise QuestionError(f"the start {self.since} is after the end {self.until}: swap them")
        object.__setattr__(self, "_first", first and first[0])
        object.__setattr__(self, "_last", last and last[1])
        for name in ("outlets", "not_outlets", "authors", "folders", "articles", "excluded"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "required", tuple(tuple(each) for each in self.required))
        for phrase in (*self.excluded, *(each for group in self.required for each in group)):
            if not fold(phrase):
                raise QuestionError(
                    f"“{phrase}” has no word that could be searched for: leave it out"
                )

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
        basic = cls.parse(values.get("since"), values.get("until"), values.get("outlets"))
        further: dict[str, Any] = {
            each.name: tuple(values[each.name])
            for each in fields(cls)
            if each.init and each.name not in _FIRST_FIELDS and values.get(each.name)
        }
        return replace(basic, **further)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `{"since": str, "until": str, "outlets": [str]}`, and what else is set."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        return {
            name: _as_lists(value)
            for name, value in values.items()
            if value or name in _FIRST_FIELDS
        }

    def describe(self) -> str:
        """In words, on one line ("from 2024, BBC"); empty where every passage matches."""
        parts = [f"from {self.since}"] if self.since else []
        parts += [f"until {self.until}"] if self.until else []
        parts += self.outlets
        parts += [f"not {each}" for each in self.not_outlets]
        parts += [f"by {each}" for each in self.authors]
        parts += [f"in {each}" for each in (*self.folders, *self.articles)]
        parts += [" or ".join(f"“{each}”" for each in group) for group in self.required]
        parts += [f"without “{each}”" for each in self.excluded]
        return ", ".join(parts)

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self) if each.init)

    @property
    def limits_text(self) -> bool:
        """Whether passages are limited by their words."""
        return bool(self.required or self.excluded)

    def narrowed_by(self, other: SearchFilter) -> SearchFilter:
        """The filter that matches what both match.

        Raises:
            QuestionError: both limit the same and differ, such as two lists of outlets.
        """
        merged: dict[str, Any] = {}
        for name in ("since", "until", "outlets", "authors", "folders", "articles"):
            own, further = getattr(self, name), getattr(other, name)
            if own and further and own != further:
                raise QuestionError(
                    f"{name} is given twice, in the query and beside it: give it once"
                )
            merged[name] = own or further
        for name in ("not_outlets", "required", "excluded"):
            merged[name] = tuple(dict.fromkeys((*getattr(self, name), *getattr(other, name))))
        return SearchFilter(**merged)

    def matches(self, published: str, outlet: str, author: str = "", folder: str = "") -> bool:
        """Whether an article with this record matches; `published` is ISO 8601.

        `folder` is that of its id, such as "letters/1921". What is not known is empty.
        """
        name = fold(outlet)
        if self.outlets and not (name and name in _folded(self.outlets)):
            return False
        if name and name in _folded(self.not_outlets):
            return False
        if self.authors and not any(has_phrase(fold(author), a) for a in _folded(self.authors)):
            return False
        if self.folders and not any(is_within(folder, each) for each in self.folders):
            return False
        return self._is_in_range(published)

    def allows(self, text: str) -> bool:
        """Whether a passage with this text matches, as far as its words go."""
        words = fold(text)
        return all(
            any(has_phrase(words, fold(phrase)) for phrase in group) for group in self.required
        ) and not any(has_phrase(words, fold(phrase)) for phrase in self.excluded)

    def _is_in_range(self, published: str) -> bool:
        if self._first is None and self._last is None:
            return True
        days = date_range(published)
        if days is None:
            return False
        return not (
            (self._first is not None and days[1] < self._first)
            or (self._last is not None and days[0] > self._last)
        )


def is_within(folder: str, outer: str) -> bool:
    """Whether the folder of an article is `outer` or below it."""
    return f"{folder}/".startswith(f"{outer.strip('/')}/")


@lru_cache(maxsize=256)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(None, map(fold, names)))


def _as_lists(value: Any) -> Any:
    return [_as_lists(each) for each in value] if isinstance(value, tuple) else value


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
