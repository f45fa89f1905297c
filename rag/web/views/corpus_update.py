"""The update of the corpus as HTML: progress or outcome, then a line for each file.

In:  `rag.web.services.update_status.UpdateStatus`.
Out: HTML in which every value is escaped.
"""

from __future__ import annotations

from rag.web.services.app_state import Indexing
from rag.web.services.update_status import FileResult, UpdateStatus
from rag.web.views import messages
from rag.web.views.escape import escape_html, strip_invisible


def render_update(update: UpdateStatus) -> str:
    """Progress with the remaining time, or how the last run ended; then a line for each file."""
    parts = []
    if update.busy:
        progress = Indexing(update.stage, update.done, update.total, update.left)
        parts.append(messages.status(progress))
    elif update.fault:
        parts.append(f'<p role="alert" class="fault">{_visible(update.fault)}</p>')
    elif update.summary:
        parts.append(f'<p role="status">{escape_html(update.summary)}</p>')
    rows = "".join(map(_row, update.results))
    return "".join([*parts, f"<ul>{rows}</ul>" if rows else ""])


def _row(result: FileResult) -> str:
    kind = "" if result.ok else " class=fault"
    name, message = _visible(result.name), _visible(result.message)
    return f"<li{kind}><strong>{name}</strong> {message}</li>"


def _visible(text: str) -> str:
    return escape_html(strip_invisible(text))
