"""The text of PDF pages as runs: pieces of lines, each with its place and size.

    read_pages(data, limit)   ->  `Page`s of `Run`s, the properties of the file, broken pages
    draw_pages(data, limit)   ->  pictures of the pages, for character recognition

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
from rag.ingest.markup.raised import resolve, subscript, superscript

_SAME_LINE = 0.25  # of the size: how far baselines of one line lie apart
_BLANK = 0.15  # of the size: a gap from which a blank is between two letters
_OVERLAP = 0.4  # of the size: how far a letter may reach under the one before it
_PARTS = 0.9  # of the size: a gap from which two runs are apart
_LATELY = 40  # runs among which one that was drawn twice is looked for
# of the size of the letters beside it: what is raised; still smaller ones are beside a drop cap
_LEAST_RAISED, _RAISED_SIZE = 0.42, 0.86
_BLANK_PARTS = 1.2  # the same where a blank is between them
_LOOSE = 1.2  # times the size: the height of the box around a letter
_SMALLEST = 0.1  # points
_SCALE = 300 / 72  # pixels to a point: what character recognition reads best
_MOST_PIXELS = 18_000_000  # of a page
_LONGEST_SIDE = 20_000  # pixels: a side of less than one becomes one, however long the other is
_BLANKS = frozenset((0x20, 0x09, 0xA0))
_IGNORED = frozenset((0x0A, 0x0D, *range(0xE000, 0xE006)))  # the last mark raised letters here
_HYPHENS = frozenset((0x2, 0xFFFE, 0xAD))  # what PDFium gives for a hyphen at the end of a line


class Run(NamedTuple):
    """Letters that stand beside each other on one line: from `left` to `right` on a `baseline`."""

    text: str
    left: float
    right: float
    baseline: float
    size: float


class Page(NamedTuple):
    """The runs of a page in the order of the file, its number (from 1) and its height.

    `is_scan`: it is a picture without text.
    """

    runs: list[Run]
    number: int
    height: float
    is_scan: bool = False


class Pages(NamedTuple):
    """The pages of a file that can be read, its properties by name, the numbers of the others."""

    whole: list[Page]
    properties: Mapping[str, str]
    broken: list[int]


def read_pages(data: bytes, limit: int) -> Pages:
    """The pages of a file and its properties.

    Raises:
        UnreadableDocument: it is encrypted, has more than `limit` pages, or none that is whole.
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
        pages = [page for number in range(len(document)) if (page := _page(document, number))]
        if not pages:
            raise UnreadableDocument("none of its pages can be read")
        numbers = {page.number for page in pages}
        broken = [number for number in range(1, len(document) + 1) if number not in numbers]
        return Pages(pages, document.get_metadata_dict(skip_empty=True), broken)
    finally:
        document.close()


def draw_pages(data: bytes, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """The pages of a file as grey pictures (PGM), each with its number, from 1; None: broken.

    Raises:
        UnreadableDocument: it has more than `limit` pages.
        pypdfium2.PdfiumError: it is broken.
    """
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        if len(document) > limit:
            raise UnreadableDocument(f"over {limit} scanned pages")
        for number in range(len(document)):
            try:
                yield number + 1, _picture(document[number])
            except pypdfium2.PdfiumError:
                yield number + 1, None  # the others are read all the same
    finally:
        document.close()


def _picture(page: Any) -> bytes:
    """A page as a grey picture (PGM)."""
    width, height = page.get_size()
    scale = min(
        _SCALE,
        (_MOST_PIXELS / max(1.0, width * height)) ** 0.5,
        _LONGEST_SIDE / max(1.0, width, height),
    )
    bitmap = page.render(scale=scale, grayscale=True)
    rows = bytes(bitmap.buffer)
    places = range(0, bitmap.height * bitmap.stride, bitmap.stride)
    lines = (rows[place : place + bitmap.width] for place in places)
    picture = b"P5\n%d %d\n255\n" % (bitmap.width, bitmap.height) + b"".join(lines)
    bitmap.close()
    page.close()
    return picture


def _page(document: Any, number: int) -> Page | None:
    """A page of a document, counted from 0; None where it is broken."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return None
    width, height = page.get_size()
    runs = [run for run in _runs(page) if _is_on_page(run, width, height)]
    is_scan = not runs and _has_picture(page)
    page.close()
    return Page(runs, number + 1, height, is_scan)


def _has_picture(page: Any) -> bool:
    from pypdfium2 import raw

    return next(page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None


def _is_on_page(run: Run, width: float, height: float) -> bool:
    return run.right > 0 and run.left < width and -run.size < run.baseline < height


def _runs(page: Any) -> list[Run]:
    textpage = page.get_textpage()
    writer = _Writer()
    _write(textpage.raw, writer)
    writer.close()
    textpage.close()
    return writer.runs


def _write(textpage: Any, writer: _Writer) -> None:
    """Give each character of a page with its place to `writer`."""
    from pypdfium2 import raw

    box, across, up = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    code_of, place, origin = (
        raw.FPDFText_GetUnicode,
        raw.FPDFText_GetLooseCharBox,
        raw.FPDFText_GetCharOrigin,
    )
    for index in range(raw.FPDFText_CountChars(textpage)):
        code = code_of(textpage, index)
        if code in _BLANKS:
            writer.blank = True
        elif code and code not in _IGNORED and place(textpage, index, box):
            origin(textpage, index, across, up)
            size = abs(box.top - box.bottom) / _LOOSE or _SMALLEST
            char = "-" if code in _HYPHENS else chr(code)
            writer.add(char, box.left, box.right, up.value, size)


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
    blank: bool = False  # whether a blank stands before the next letter
    _pieces: list[str] = field(default_factory=list)
    _left: float = 0.0
    _right: float = 0.0
    _last: float = 0.0  # the left edge of the last letter
    _baseline: float = 0.0
    _size: float = _SMALLEST
    _raised: list[str] = field(default_factory=list)
    _above: bool = False  # whether the raised letters are raised rather than lowered

    def add(self, char: str, left: float, right: float, baseline: float, size: float) -> None:
        """Add the next character of the file."""
        blank, self.blank = self.blank, False
        gap, offset = (left - self._right) / self._size, (baseline - self._baseline) / self._size
        # the letters of a ligature have one place
        onward = left >= self._last - 0.05 * self._size or gap >= -_OVERLAP
        beside = bool(self._pieces) and onward and gap < (_PARTS if not blank else _BLANK_PARTS)
        small = _LEAST_RAISED * self._size <= size <= _RAISED_SIZE * self._size
        if beside and -_SAME_LINE <= offset <= (0.12 if small else _SAME_LINE):
            self._end_raised()
            if blank or gap > _BLANK:
                self._pieces.append(" ")
            self._pieces.append(char)
            self._size = max(self._size, size)
        elif beside and small and abs(offset) < 0.75 and gap < 0.4 and char.isalnum() and not blank:
            if self._raised and self._above != (offset > 0):
                self._end_raised()
            self._raised.append(char)
            self._above = offset > 0
        else:
            self.close()
            self._pieces, self._left = [char], left
            self._baseline, self._size = baseline, size
        self._last, self._right = left, right

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
