"""Answers carried away: their citations in the formats that other programs read.

    export_answers(answers, "ris")    ->  the text of a file
    references, names                     the cited articles and their authors, for these formats
    text                                  for a terminal
    as_json                               the answers whole
    csl_json, ris, bibtex                 for reference managers: an entry for each cited article
    web_annotations                       W3C: an annotation for each citation
    dossier, markdown, html               questions, answers, quotes and sources in one document
    checked_draft                         a draft beside the articles that it cites, as a page
    batch                                 many questions at once, into one file
    receipts                              what an answer was made from, to be verified later

In:  `Answer`s. Out: text. Left to others: the answer itself (`rag.pipeline`), the steps of a chat
(`rag.conversations`).

Each module of a format has `render(answers) -> str`, and is loaded when it is first needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from rag.errors import ExportError
from rag.types import Answer

__all__ = ["FORMATS", "Format", "export_answers"]


class Format(NamedTuple):
    """The module of this package that writes a format, and how its files' names end."""

    module: str
    ending: str


FORMATS = {
    "text": Format("text", "txt"),
    "json": Format("as_json", "json"),
    "markdown": Format("markdown", "md"),
    "html": Format("html", "html"),
    "csl-json": Format("csl_json", "csl.json"),
    "ris": Format("ris", "ris"),
    "bibtex": Format("bibtex", "bib"),
    "w3c": Format("web_annotations", "jsonld"),
}


def export_answers(answers: Sequence[Answer] | Answer, file_format: str) -> str:
    """The text of a file with `answers`, or with what they cite, in one of `FORMATS`.

    Raises:
        ExportError: there is no such format.
    """
    if file_format not in FORMATS:
        raise ExportError(f"no format {file_format!r}: give one of {', '.join(FORMATS)}")
    module = import_module(f"{__name__}.{FORMATS[file_format].module}")
    text: str = module.render([answers] if isinstance(answers, Answer) else answers)
    return text
