"""What happens to the articles of the corpus, and what happened last, as values.

In:  what `rag.web.services.corpus_updater` records.
Out: `UpdateStatus`. Left to others: showing it (`rag.web.views.corpus_update`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileResult:
    """What happened to a file or an article; `ok` is false where it was rejected."""

    name: str
    message: str
    ok: bool


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """`stage`, `done`, `total`, `left` (seconds) are of the indexing that runs while `busy`.

    `summary` and `fault` are of the last one, one line each; `runs` counts those that ended.
    """

    results: tuple[FileResult, ...] = ()
    busy: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None
    summary: str = ""
    fault: str = ""
    runs: int = 0
