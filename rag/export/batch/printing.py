"""The answers to a file of questions as one text, in any format of `rag.export`.

In:  entries. Out: text. In every format that has questions, those without an answer are there too,
     with what was wrong; formats of citations have only what is cited.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from rag.export import export_answers, html, markdown, text
from rag.export.dossier import Entry, title_of
from rag.text.lines import filled

__all__ = ["print_entries"]


def print_entries(entries: Sequence[Entry], file_format: str) -> str:
    """The text for `entries`; its form does not depend on how many they are.

    Raises:
        ExportError: there is no such format.
    """
    if form := _FORMS.get(file_format):
        return form(entries)
    return export_answers([each.answer for each in entries if each.answer], file_format)


def _as_json(entries: Sequence[Entry]) -> str:
    """A list; a question without an answer has `question` and `fault` alone."""
    values = [
        each.answer.to_dict() if each.answer else {"question": each.question, "fault": each.fault}
        for each in entries
    ]
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _as_text(entries: Sequence[Entry]) -> str:
    parts = []
    for each in entries:
        body = text.render_answer(each.answer) if each.answer else filled(f"({each.fault})")
        parts.append(f"{filled(each.question)}\n\n{body}")
    return "\n\n\n".join(parts) + "\n"


_FORMS: dict[str, Callable[[Sequence[Entry]], str]] = {
    "text": _as_text,
    "json": _as_json,
    "markdown": lambda entries: markdown.render_dossier(title_of(entries), entries),
    "html": lambda entries: html.render_dossier(title_of(entries), entries),
}
