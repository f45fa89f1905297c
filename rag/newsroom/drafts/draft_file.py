"""The text of a file of the user's that is to be checked: txt, md or docx.

In:  the name of the file, its bytes. Out: its text; of Markdown and of a Word file without marks
and without the headline.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import QuestionError
from rag.ingest.decoding import decode
from rag.ingest.document import UnreadableDocument, UnreadPart
from rag.ingest.sandbox import ParserSandbox

__all__ = ["draft_text", "require_draft_name"]

_PARSED = ("md", "markdown", "docx")  # the others that are allowed are read as they are
_PLAIN = ("txt", "text", "")


def require_draft_name(name: str) -> str:
    """The ending of a file name, in lower case and without its dot.

    Raises:
        QuestionError: files of that kind are not read.
    """
    ending = Path(name).suffix.lower().removeprefix(".")
    if ending not in (*_PARSED, *_PLAIN):
        raise QuestionError(f"{name}: give a txt, md or docx file, or the text itself")
    return ending


def draft_text(name: str, data: bytes) -> str:
    """The text of the file `name`, which holds `data`.

    Raises:
        QuestionError: the file is of another kind, or cannot be read.
    """
    ending = require_draft_name(name)
    return _parsed(ending, data, name) if ending in _PARSED else _decoded(data, name)


def _decoded(data: bytes, name: str) -> str:
    try:
        return decode(data).text.replace("\r\n", "\n")
    except UnreadableDocument as error:
        raise QuestionError(f"{name}: {error}: give a txt, md or docx file") from error


def _parsed(ending: str, data: bytes, name: str) -> str:
    try:
        with ParserSandbox() as sandbox:
            parts = sandbox.parse(ending, name, data)
    except UnreadableDocument as error:
        raise QuestionError(f"{name}: {error}: save it anew, or give it as a txt file") from error
    return "\n\n".join(each.text for each in parts if not isinstance(each, UnreadPart))
