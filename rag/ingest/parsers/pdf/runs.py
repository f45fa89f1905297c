"""The text of PDF pages as runs: pieces of lines, each with its place and size.

    read_pages(data, limit)   ->  `Page`s of `Run`s, and the properties of the file

Points of the page, 72 to the inch, counted from its lower left corner. Raised and lowered
characters belong to the run that they stand beside. Left to others: columns and paragraphs
(`layout`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rag.ingest.document import UnreadableDocument
from rag.ingest.markup.raised import MARKS, resolve, subscript, superscript

_SAME_LINE = 0.25  # of the size: how far baselines of one line lie apart
_BLANK = 0.15  # of the size: a gap from which a blank is between two letters
_OVERLAP = 0.4  # of the size: how far a letter may reach under the one before it
_PARTS = 0.9  # of the size: a gap from which two runs are apart
_LATELY = 40  # runs among which one that was drawn twice is looked for
_RAISED_SIZE = 0.86  # of the size of the letters beside it
_HYPHENS = frozenset((0x2, 0xFFFE, 0xAD))  # what PDFium gives for a hyphen at the end of a line


class Run(NamedTuple):
    """Letters that stand beside each other on one line: from `left` to `right` on a `baseline`."""

    text: str
    left: float
    right: float
    baseline: float
    size: float


class Page(NamedTuple):
    """The runs of a page in the order of the file, its number (from 1) and its height."""

    runs: list[Run]
    number: int
    height: float


class _Letter(NamedTuple):
    code: int
    left: float
    right: float
    baseline: float
    size: float


def read_pages(data: bytes, limit: int) -> tuple[list[Page], Mapping[str, str]]:
    """The pages of a file and its properties by name.

    Raises:
        UnreadableDocument: it is encrypted, or has more than `limit` pages.
        pypdfium2.PdfiumError: it is broken.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableDocument("encrypted") from error
        raise
    try:
        if len(document) > limit:
            raise UnreadableDocument(f"over {limit} pages")
        pages = []
        for number in range(len(document)):
            page = document[number]
            width, height = page.get_size()
            runs = [run for run in _runs(page) if _is_on_page(run, width, height)]
            pages.append(Page(runs, number + 1, height))
            page.close()
        return pages, document.get_metadata_dict(skip_empty=True)
    finally:
        document.close()


def _is_on_page(run: Run, width: float, height: float) -> bool:
    return run.right > 0 and run.left < width and -run.size < run.baseline < height


def _runs(page: Any) -> list[Run]:
    textpage = page.get_textpage()
    writer = _Writer()
    for letter in _letters(textpage):
        writer.add(letter)
    writer.close()
    textpage.close()
    return writer.runs


def _letters(textpage: Any) -> Iterator[_Letter]:
    """The characters of a page, without those that PDFium adds between them."""
    from pypdfium2 import raw

    handle, box = textpage.raw, raw.FS_RECTF()
    across, up = ctypes.c_double(), ctypes.c_double()
    for index in range(raw.FPDFText_CountChars(handle)):
        if raw.FPDFText_IsGenerated(handle, index) == 1:
            continue
        code = raw.FPDFText_GetUnicode(handle, index)
        if not raw.FPDFText_GetLooseCharBox(handle, index, box):
            continue
        raw.FPDFText_GetCharOrigin(handle, index, across, up)
        size = max(abs(box.top - box.bottom) / 1.2, 0.1)
        code = 0x2D if code in _HYPHENS else code
        yield _Letter(code, box.left, box.right, up.value, size)


def _printed_twice(run: Run, other: Run) -> bool:
    """Whether a run was drawn twice with a slight shift, which makes it look bold."""
    near = 0.2 * run.size
    return (
        run.text == other.text
        and abs(run.left - other.left) < near
        and abs(run.baseline - other.baseline) < near
    )


@dataclass(slots=True)
class _Writer:
    """Joins letters to runs."""

    runs: list[Run] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _left: float = 0.0
    _right: float = 0.0
    _last: float = 0.0  # the left edge of the last letter
    _baseline: float = 0.0
    _size: float = 0.0
    _raised: list[str] = field(default_factory=list)
    _above: bool = False  # whether the raised letters are raised rather than lowered

    def add(self, letter: _Letter) -> None:
        """Add the next letter of the file."""
        char = MARKS.sub("", chr(letter.code))
        if char in "\r\n" or not char:
            return
        gap = (letter.left - self._right) / self._size if self._size else 0.0
        offset = (letter.baseline - self._baseline) / self._size if self._size else 0.0
        # the letters of a ligature have one place
        onward = letter.left >= self._last - 0.05 * self._size or gap >= -_OVERLAP
        beside = bool(self._pieces) and onward and gap < _PARTS
        if char.isspace():
            if beside and self._pieces[-1] != " ":
                self._end_raised()
                self._pieces.append(" ")
                self._right = max(self._right, min(letter.right, self._right + 0.4 * self._size))
            return
        small = letter.size <= _RAISED_SIZE * self._size
        if beside and abs(offset) <= _SAME_LINE and not (small and offset > 0.12):
            self._end_raised()
            if gap > _BLANK and self._pieces[-1] != " ":
                self._pieces.append(" ")
            self._pieces.append(char)
        elif beside and small and abs(offset) < 0.75 and gap < 0.4 and char.isalnum():
            if self._raised and self._above != (offset > 0):
                self._end_raised()
            self._raised.append(char)
            self._above = offset > 0
        else:
            self.close()
            self._pieces, self._left = [char], letter.left
            self._baseline, self._size = letter.baseline, letter.size
        self._last, self._right = letter.left, letter.right
        self._size = max(self._size, letter.size) if abs(offset) <= _SAME_LINE else self._size

    def close(self) -> None:
        """End the run."""
        self._end_raised()
        text = resolve("".join(self._pieces)).strip()
        if text:
            run = Run(text, self._left, self._right, self._baseline, self._size)
            if not any(_printed_twice(run, other) for other in self.runs[-_LATELY:]):
                self.runs.append(run)
        self._pieces = []

    def _end_raised(self) -> None:
        if self._raised:
            text = "".join(self._raised)
            self._pieces.append(superscript(text) if self._above else subscript(text))
            self._raised = []
