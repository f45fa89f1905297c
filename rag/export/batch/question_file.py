"""The questions of a file: one a line, or the column `question` of a CSV file.

In:  the path of a file in UTF-8. Out: its questions, each on one line, in order; blank ones are
     left out.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from rag.errors import QuestionError

__all__ = ["read_questions"]

_COLUMN = "question"
_DELIMITERS = ",;\t"


def read_questions(path: Path) -> list[str]:
    """The questions of `path`; a name that ends in .csv is that of a table.

    Raises:
        QuestionError: the file cannot be read, is not UTF-8, has no such column or no question.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise QuestionError(f"--file {path}: {error.strerror}: name a file of questions") from None
    except UnicodeDecodeError:
        raise QuestionError(f"--file {path} is not UTF-8: save it as UTF-8") from None
    rows = _column(path, text) if path.suffix.lower() == ".csv" else text.splitlines()
    if questions := [line for each in rows if (line := " ".join(each.split()))]:
        return questions
    raise QuestionError(f"--file {path} has no question: write one a line")


def _column(path: Path, text: str) -> list[str]:
    """The cells of the column `question`, whichever of the usual marks is between cells."""
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise QuestionError(f"--file {path} is no CSV table ({error}): mend it") from None
    names = [each.strip().lower() for each in rows[0]] if rows else []
    if _COLUMN not in names:
        raise QuestionError(
            f"--file {path} has no column `{_COLUMN}` (it has {', '.join(names)[:200] or 'none'}): "
            "name one so in the first line"
        )
    column = names.index(_COLUMN)
    return [row[column] for row in rows[1:] if len(row) > column]
