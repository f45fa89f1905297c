"""The update of the corpus as HTML: progress or outcome, then a line for each file.

In:  `rag.web.services.update_status.UpdateStatus`.
Out: HTML (`templates/corpus_update.html`).
"""

from __future__ import annotations

from markupsafe import Markup

from rag.web.services.app_state import Indexing
from rag.web.services.update_status import UpdateStatus
from rag.web.views.status import render_status
from rag.web.views.templates import render


def render_update(update: UpdateStatus) -> str:
    """Progress with the remaining time, or how the last run ended; then a line for each file."""
    progress = Indexing(update.stage, update.done, update.total, update.left)
    status = Markup(render_status(progress))  # noqa: S704 - escaped already
    return render("corpus_update.html", update=update, status=status)
