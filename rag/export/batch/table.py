"""The answers to a file of questions as one file, its form told by the ending of its name.

In:  entries. Out: CSV with a row a question, or a dossier as Markdown or HTML. JSON Lines are
     written by `rag.export.batch.answer_log`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import ExportError
from rag.export import html, markdown
from rag.export.dossier import Entry, title_of
from rag.grounding.rendering import place_in_words, quote_in_words
from rag.runtime.atomic_file import write_atomically
from rag.types import Citation

__all__ = ["require_known_ending", "write_table"]

_COLUMNS = ("question", "answer", "abstained", "reason", "confidence", "sources", "quotes", "fault")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would calculate


def _csv(entries: Sequence[Entry]) -> str:
    """A row for each question, with a byte order mark so that spreadsheets read UTF-8."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    rows.writerows([_inert(cell) for cell in _row(each)] for each in entries)
    return "\ufeff" + text.getvalue()


_FORMS: dict[str, Callable[[Sequence[Entry]], str]] = {
    ".csv": _csv,
    ".md": lambda entries: markdown.render_dossier(title_of(entries), entries),
    ".html": lambda entries: html.render_dossier(title_of(entries), entries),
}


def require_known_ending(path: Path) -> None:
    """Raises `ExportError` where the ending of the name of `path` says no form."""
    if path.suffix.lower() not in (*_FORMS, ".jsonl"):
        raise ExportError(f"--out {path}: end the name in .jsonl, .csv, .md or .html")


def write_table(path: Path, entries: Sequence[Entry]) -> None:
    """Write `entries` to `path`; nothing to do for JSON Lines, which are there.

    Raises:
        OSError: it cannot be written.
    """
    if form := _FORMS.get(path.suffix.lower()):
        write_atomically(path, form(entries).encode("utf-8", "backslashreplace"))


def _row(entry: Entry) -> list[str]:
    answer = entry.answer
    if answer is None:
        return [entry.question, *[""] * (len(_COLUMNS) - 2), entry.fault]
    confidence = "" if answer.confidence is None else f"{answer.confidence:.3f}"
    return [
        entry.question,
        answer.text,
        "yes" if answer.abstained else "no",
        answer.reason or "",
        confidence,
        "\n".join(map(_source, answer.citations)),
        "\n".join(f"[{each.number}] {quote_in_words(each)}" for each in answer.citations),
        "",
    ]


def _source(citation: Citation) -> str:
    record = (citation.title, citation.source, citation.author, citation.published)
    address = citation.fragment or citation.url
    parts = [*filter(None, record), *place_in_words(citation), *filter(None, [address])]
    return f"[{citation.number}] {', '.join(parts)}"


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
