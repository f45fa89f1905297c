"""The fields of a record that a person can correct, and the values that they take.

    parse_changes(["published=2022-10-08", "outlet=Post"])  ->  {"published": …, "source": "Post"}
    parse_field("headline")                                 ->  "title"

In:  fields and values as they are typed. Out: the names of `rag.types.Article` and clean values.
Pure functions. Left to others: storing them (`rag.index.companions.corrections`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from rag.errors import CorrectionError
from rag.ingest.normalize import one_line
from rag.text.dates.forms import date_range, parse_date
from rag.text.nearest import closest_names
from rag.types import RecordField

FIELDS: Mapping[str, RecordField] = {
    "published": "published",
    "outlet": "source",
    "author": "author",
    "headline": "title",
    "source": "source",
    "title": "title",
}
FIELD_NAMES: Mapping[RecordField, str] = {
    "published": "published",
    "source": "outlet",
    "author": "author",
    "title": "headline",
}
UNKNOWN = "unknown"  # the value of a field that nobody knows
_LONGEST = 300  # characters of a value
_QUOTED = 60  # of a value that an error repeats
_AHEAD = timedelta(days=366)  # a magazine may bear the date of next month; no article that of 2222


def parse_changes(changes: Iterable[str]) -> dict[RecordField, str | None]:
    """The new values by field of `changes` ("FIELD=VALUE"); None: nobody knows it.

    Raises:
        CorrectionError: a field is unknown or named twice, or a value cannot be one of its field.
    """
    values: dict[RecordField, str | None] = {}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign:
            raise CorrectionError(
                f"“{change[:_QUOTED]}” has no value: write FIELD=VALUE, as published=2022-10-08"
            )
        field = parse_field(name)
        if field in values:
            raise CorrectionError(f"{FIELD_NAMES[field]} is given twice: give it once")
        values[field] = parse_value(field, value)
    return values


def parse_field(name: str) -> RecordField:
    """The field called `name`.

    Raises:
        CorrectionError: there is none; the message has the closest names.
    """
    field = FIELDS.get(name.strip().casefold())
    if field is None:
        closest = " or ".join(closest_names(name, FIELD_NAMES.values())[:2])
        known = ", ".join(FIELD_NAMES.values())
        hint = f"the closest is {closest}" if closest else f"use one of {known}"
        raise CorrectionError(f"no field “{name.strip()[:_QUOTED]}”: {hint} (of {known})")
    return field


def parse_value(field: RecordField, text: str) -> str | None:
    """The value of `field` that `text` is, on one line; None where it is "unknown".

    A day of publication may be a day, a month or a year; it becomes ISO 8601.

    Raises:
        CorrectionError: it is empty or too long, or no date.
    """
    name, value = FIELD_NAMES[field], one_line(text, 2 * _LONGEST)
    if value is None:
        remedy = "give one" if field == "title" else f"write {name}={UNKNOWN} where nobody knows it"
        raise CorrectionError(f"the value of {name} is empty: {remedy}")
    if len(value) > _LONGEST:
        raise CorrectionError(f"the value of {name} has over {_LONGEST} characters: shorten it")
    if value.casefold() == UNKNOWN:
        if field == "title":
            raise CorrectionError("an article has a headline in any case: give one")
        return None
    return _date(value) if field == "published" else value


def _date(value: str) -> str:
    """`value` as an ISO 8601 day, month or year."""
    match = re.match(r"\d{4}(?:-\d\d(?:-\d\d)?)?", parse_date(value) or "")
    days = date_range(match[0]) if match else None
    if match is None or days is None:
        raise CorrectionError(
            f"“{value[:_QUOTED]}” is no date: write a day, a month or a year, as 2022-10-08, "
            f"2022-10 or 2022, or published={UNKNOWN}"
        )
    if days[0] > date.today() + _AHEAD:
        raise CorrectionError(f"{match[0]} is more than a year from now: check the year")
    return match[0]
