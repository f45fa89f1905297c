"""Where the marks of a timeline are in its plot. Pure functions; the drawing is
`templates/timeline.html`.

In:  a `Timeline`. Out: a `Plot`: marks, joints between entries in conflict, ticks of the time axis,
     all in units of the drawing (the x axis runs to the right, the y axis downwards).

An entry that is known to the month or the year spans it. Marks that would lie upon each other are
stacked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.newsroom.timelines.values import Timeline
from rag.text.dates.forms import MONTHS, date_range

WIDTH = 760.0
_EDGE = 18.0  # free at either side
_RADIUS = 9.0
_LANE = 2 * _RADIUS + 4  # from one mark to the next that is stacked on it
_AXIS = 30.0  # the axis with its labels
_MOST_TICKS = 10
_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_MONTHS = (1, 3, 6)


@dataclass(frozen=True, slots=True)
class Mark:
    """Entry `number`, from 1; `width` is that of the time it spans beyond a circle."""

    number: int
    x: float
    y: float
    width: float
    is_in_conflict: bool


@dataclass(frozen=True, slots=True)
class Joint:
    """A line between two entries that are in conflict, as an SVG path."""

    path: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A place of the axis and its label."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """All of it; `axis` is the y of the axis."""

    width: float
    height: float
    axis: float
    radius: float
    marks: tuple[Mark, ...]
    joints: tuple[Joint, ...]
    ticks: tuple[Tick, ...]


def plot_timeline(timeline: Timeline) -> Plot:
    """The plot of a timeline that has an entry at least."""
    spans = [_days(each.date) for each in timeline.entries]
    first = min(start for start, _ in spans)
    last = max(*(end for _, end in spans), first + 1)

    def x_of(day: int) -> float:
        return round(_EDGE + (WIDTH - 2 * _EDGE) * (day - first) / (last - first), 1)

    places = [(x_of(start), x_of(end)) for start, end in spans]
    lanes = _lanes(places)
    axis = _EDGE + _LANE * (max(lanes) + 1)
    conflicting = {n for pair in timeline.conflicts for n in pair}
    marks = tuple(
        Mark(n + 1, x, axis - _RADIUS - 4 - lane * _LANE, round(end - x, 1), n in conflicting)
        for n, ((x, end), lane) in enumerate(zip(places, lanes, strict=True))
    )
    joints = tuple(_joint(marks[one], marks[other]) for one, other in timeline.conflicts)
    ticks = tuple(Tick(x_of(each.toordinal()), label) for each, label in _ticks(first, last))
    return Plot(WIDTH, axis + _AXIS, axis, _RADIUS, marks, joints, ticks)


def _days(text: str) -> tuple[int, int]:
    """The first and the last day of an ISO 8601 date, as ordinals."""
    days = date_range(text)
    assert days is not None
    return days[0].toordinal(), days[1].toordinal()


def _lanes(places: Sequence[tuple[float, float]]) -> list[int]:
    """For each mark, from `x` to `end`, the lowest lane in which it has room."""
    ends: list[float] = []
    lanes = [0] * len(places)
    for n in sorted(range(len(places)), key=lambda n: places[n]):
        x, end = places[n]
        lane = next((k for k, taken in enumerate(ends) if taken + _LANE <= x), len(ends))
        ends[lane : lane + 1] = [end]
        lanes[n] = lane
    return lanes


def _joint(one: Mark, other: Mark) -> Joint:
    """A curve from one mark to the other, bent aside where they are above each other."""
    bend = 3 * _RADIUS if abs(one.x - other.x) < _LANE else 0.0
    middle = (one.x + other.x) / 2 + bend, (one.y + other.y) / 2 - (0 if bend else 2 * _RADIUS)
    return Joint(f"M {one.x:g} {one.y:g} Q {middle[0]:g} {middle[1]:g} {other.x:g} {other.y:g}")


def _ticks(first: int, last: int) -> list[tuple[date, str]]:
    """The days of the axis that are labelled: beginnings of years, of months, else the ends."""
    start, end = date.fromordinal(first), date.fromordinal(last)
    years = range(start.year, end.year + 1)
    months = [date(year, month, 1) for year in years for month in range(1, 13)]
    for step in _MONTHS:
        days = [each for each in months if (each.month - 1) % step == 0 and start <= each <= end]
        if 2 <= len(days) <= _MOST_TICKS:
            return [(each, f"{MONTHS[each.month - 1][:3]} {each.year}") for each in days]
    for step in _YEARS:
        days = [date(year, 1, 1) for year in years if year % step == 0]
        days = [each for each in days if start <= each <= end]
        if 2 <= len(days) <= _MOST_TICKS:
            return [(each, str(each.year)) for each in days]
    return [(each, each.isoformat()) for each in (start, end)]
