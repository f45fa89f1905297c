"""The values of a timeline: frozen, compared by content.

In:  what the modules beside this one find.
Out: `TimelineEntry`, `FigureChange`, `Timeline`; their JSON form.
Left to others: how they are found (`rag.newsroom.timelines.timeline`), display (`wording`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from rag.types import Citation, Note, Origin, citation_values

Precision = Literal["day", "month", "year"]
DateBasis = Literal["text", "published"]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A statement of an article, with its date.

    `date` is ISO 8601, as precise as `precision` says. With the `basis` "text" the statement gives
    it itself, in `date_words` ("on Friday", counted from the day of publication); with "published"
    it is the day of publication, and the statement gives none of its own. `text` is the article's
    own; `context` is the sentence before it, where it cannot be understood without. Both are the
    quote of the first of `citations`; the others are articles that repeat it.
    """

    date: str
    precision: Precision
    text: str
    citations: tuple[Citation, ...]
    basis: DateBasis
    date_words: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """Figures of one thing that changed: the numbers of the entries, from 0, oldest first, and
    what each gives, as it is written there ("19.5 million crowns")."""

    entries: tuple[int, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dated statements on a topic, oldest first.

    `conflicts` are pairs of entries, numbered from 0, that cannot both be right. `origins` are
    those of the articles cited, with all their copies. `notes` say what is left out.
    """

    topic: str
    entries: tuple[TimelineEntry, ...] = ()
    conflicts: tuple[tuple[int, int], ...] = ()
    changes: tuple[FigureChange, ...] = ()
    origins: tuple[Origin, ...] = ()
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: each field by its name, tuples as lists."""
        values = asdict(self)
        for entry in values["entries"]:
            entry["citations"] = list(map(citation_values, entry["citations"]))
        values["conflicts"] = [list(pair) for pair in values["conflicts"]]
        for change in values["changes"]:
            change.update(entries=list(change["entries"]), figures=list(change["figures"]))
        values["origins"] = [each.to_dict() for each in self.origins]
        for name in ("entries", "changes", "origins", "notes"):
            values[name] = list(values[name])
        return values
