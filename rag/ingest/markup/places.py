"""Where in its file each part of a text stands: the page of a scan, the time of an interview.

    write_places(marks)        ->  "0 00:00:01, 57 00:00:05": as stored in the details of an article
    place_at(places, offset)   ->  the place of a character of the text, or None
    places_of_lines(text, …)   ->  the same for a text of which each line has a place

A mark is the character of the text at which a place begins, and the place: a page or slide from 1,
or hours, minutes and seconds. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Mark = tuple[int, str]  # a character of the text, and the place that begins there


class PlacedLine(NamedTuple):
    """A line, and the marks of the places in which its parts stand."""

    text: str
    marks: tuple[Mark, ...]


def write_places(marks: Iterable[Mark]) -> str:
    """The marks as one string, in order, each place once for as long as it lasts; "" if none."""
    written: list[str] = []
    current = ""
    for offset, place in marks:
        if place and place != current:
            written.append(f"{offset} {place}")
            current = place
    return ", ".join(written)


def place_at(places: str, offset: int) -> str | None:
    """The place in which the character at `offset` stands; None where none is known."""
    current = None
    for mark in filter(None, places.split(", ")):
        start, _, place = mark.partition(" ")
        if int(start) > offset:
            break
        current = place
    return current


def places_of_lines(text: str, lines: Sequence[PlacedLine]) -> str:
    """The places of `text`, whose lines are some of `lines`, in their order."""
    marks: list[Mark] = []
    offset, number = 0, 0
    for line in text.split("\n"):
        same = next((n for n in range(number, len(lines)) if lines[n].text == line), None)
        if line and same is not None:
            marks += [(offset + start, place) for start, place in lines[same].marks]
            number = same + 1
        offset += len(line) + 1
    return write_places(marks)
