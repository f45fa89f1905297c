"""What is being done to the articles, and what was done last, as a value and as HTML.

In:  what `rag.web.services.corpus_updater` notes.
Out: HTML in which all foreign text went through `plain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rag.web.services.app_state import Indexing
from rag.web.views import messages as notices
from rag.web.views.escape import escape_html, strip_invisible


class FileResult(NamedTuple):
    """What became of a file or an article."""

    name: str
    told: str
    well: bool


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """`stage`, `done`, `total`, `left` (seconds) are of the indexing that goes on while `busy`.

    `end` and `fault` are of the last one; `runs` counts those that ended.
    """

    lines: tuple[FileResult, ...] = ()
    busy: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None
    end: str = ""
    fault: str = ""
    runs: int = 0


def shown(work: UpdateStatus) -> str:
    """Progress with the time left, or the end; then a line for each file."""
    parts = []
    if work.busy:
        parts.append(notices.status(Indexing(work.stage, work.done, work.total, work.left)))
    elif work.fault:
        parts.append(
            f'<p role="alert" class="fault">{escape_html(strip_invisible(work.fault))}</p>'
        )
    elif work.end:
        parts.append(f'<p role="status">{escape_html(work.end)}</p>')
    rows = "".join(
        f"<li{'' if each.well else ' class=fault'}><strong>{escape_html(strip_invisible(each.name))}</strong> "
        f"{escape_html(strip_invisible(each.told))}</li>"
        for each in work.lines
    )
    return "".join([*parts, f"<ul>{rows}</ul>" if rows else ""])
