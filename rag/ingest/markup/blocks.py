"""An HTML tree as blocks of plain text, in the order of the page.

    blocks_of(root)       ->  `Block`s: paragraphs, headings, items, rows of tables, captions
    text_of_html(text)    ->  the text of a fragment, one blank line between paragraphs

Struck-out and hidden text is left out, raised figures stay apart from what is before them, and
empty cells keep their column. Left to others: which blocks are the article
(`rag.ingest.parsers.html`), what is no part of it (`clutter`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.ingest.line_wraps import unwrap
from rag.ingest.markup.formulas import formula
from rag.ingest.markup.hidden import hides, strikes
from rag.ingest.markup.raised import MARKS, resolve, subscript, superscript
from rag.ingest.markup.style_sheets import raised_by
from rag.ingest.markup.table_text import Cell, table_lines
from rag.ingest.normalize import normalize, split_words

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _HEADINGS | split_words(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset
    figcaption figure footer form header hgroup hr html legend li main menu nav ol p pre section
    summary table tbody td tfoot th thead tr ul"""
)
_SKIPPED = split_words(
    """script style template noscript svg iframe object embed audio video canvas select
    input textarea datalist map head title rt rp frameset noframes"""
)
_STRUCK = frozenset(("del", "s", "strike"))
_KINDS = {
    **dict.fromkeys(_HEADINGS, "heading"),
    **{"summary": "heading", "figcaption": "caption", "caption": "heading", "dt": "heading"},
    **{"blockquote": "quote"},
}
_CLOCK = re.compile(
    r"(?:at |kl\.? ?)?\d{1,2}[:.h]\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?(?: ?(?:uhr|h|hrs?"
    r"|[A-Z]{2,4}(?:[+-]\d{1,2})?))?|\d{1,2} ?[ap]\.?m\.?",
    re.IGNORECASE,
)
_CLOCK_OF_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[T ](\d\d:\d\d)")
_MARKED_CAPTION = re.compile(r"(?:photo )?caption:", re.IGNORECASE)
_LIST_MARK = re.compile(r"^(?:•|\d+\.) ")
_LIVE_TIMES = 3  # times on a page from which each dates an entry
_WIDEST_SPAN = 50  # columns or rows that a cell may reach over
_LAYOUT_TEXT = 200  # characters of a cell from which a table only lays out the page
_DROP_CAP = re.compile(
    r"drop-?cap|initial|first-?letter|float:\s*left|font-size:\s*(?:[2-9]\d\d%|[2-9](?:\.\d+)?r?em)",
    re.IGNORECASE,
)
_WORDS_OF_ONE_LETTER = frozenset("AIOEUYÀÉÓÅÖВИКОСУЯА")
_LONGEST_RAISED = 8  # characters that a style raises or lowers
_CAPTION_CLASS = re.compile(
    r"(?:^|[\s_-])(?:(?:wp-|img-?|image-?|photo-?|picture-?|media-?|figure-?)?caption(?:-?text)?"
    r"|cutline|bildunterschrift|bildtext|legende)(?=$|\s)",
    re.IGNORECASE,
)
_NOTE_REFERENCE = re.compile(r"noteref|footnote|reference|fnref|endnote", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """A paragraph, heading, item, row, quote, caption or preformatted line, as plain text.

    `element` is where it stands; `links` the share of its characters in links, 0 to 1.
    """

    kind: str
    text: str
    element: Any
    links: float = 0.0


def blocks_of(root: Any) -> list[Block]:
    """The blocks of the tree of `root`, in order; none is blank."""
    times = sum(1 for _ in root.iter("time"))
    writer = _Writer(live=times > _LIVE_TIMES)
    writer.walk(root)
    writer.flush(root)
    writer.write_clock(root)
    return writer.blocks


def text_of_html(text: str) -> str:
    """The plain text of an HTML fragment."""
    from lxml import html

    tree = html.fragment_fromstring(MARKS.sub("", text), create_parent="div")
    return normalize("\n\n".join(block.text for block in blocks_of(tree)))


@dataclass(slots=True)
class _Writer:
    """Collects the text of a block until its end."""

    live: bool = False
    blocks: list[Block] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _linked: int = 0
    _in_link: int = 0
    _prefix: str = ""  # the mark of a list item
    _clock: str = ""  # a time that stood alone: that of the entry below it, or a text by itself

    def walk(self, element: Any) -> None:
        """Write `element`, without its tail."""
        tag = element.tag if isinstance(element.tag, str) else ""
        tag = tag.rpartition("}")[2].lower()
        style = element.get("style", "") if tag else ""
        if not tag or tag in _SKIPPED or tag in _STRUCK or strikes(style) or hides(style):
            return
        if element.get("hidden", "until-found") != "until-found":
            return
        if tag == "button" and not _is_question(element):
            return
        if tag == "br":
            self._break(element)
        elif raised := _raised_as(element, tag, style):
            self._raised(element, raised)
        elif tag == "math":
            self._pieces.append(formula(element))
        elif tag == "a" and _is_note_reference(element):
            return
        elif tag == "table" and not _is_layout(element):
            self._table(element)
        elif tag == "pre":
            self._preformatted(element)
        elif tag == "time" and _CLOCK_OF_DATETIME.match(element.get("datetime", "")):
            self._time(element)
        elif tag in _BLOCKS:
            self._block(element, tag)
        else:
            self._inline(element, tag)

    def flush(self, element: Any, kind: str = "paragraph") -> None:
        """End the block that is being written; it stands in `element`."""
        text = normalize(resolve("".join(self._pieces)))
        text = "\n".join(line for line in text.split("\n") if line)
        length = sum(map(len, self._pieces)) or 1
        links, self._pieces, self._linked = self._linked / length, [], 0
        if not text:
            return
        if _CLOCK.fullmatch(text):
            self.write_clock(element)
            if self.blocks and _heads_entry(self.blocks[-1], element, text):
                self.blocks[-1].text = f"{text} {_LIST_MARK.sub('', self.blocks[-1].text)}"
            else:
                self._clock = text
            return
        if kind == "caption" and not _MARKED_CAPTION.match(text):
            text = f"Caption: {text}"
        self._write(kind, text, element, links)

    def write_clock(self, element: Any) -> None:
        """Write the time that nothing followed which it could be the time of."""
        clock, self._clock = self._clock, ""
        if clock:
            self._write("paragraph", clock, element)

    def _write(self, kind: str, text: str, element: Any, links: float = 0.0) -> None:
        prefix = f"{self._clock} " if self._clock else self._prefix
        self.blocks.append(Block(kind, prefix + text, element, links))
        self._prefix = self._clock = ""

    def _text(self, text: str | None) -> None:
        if text:
            text = re.sub(r"[ \t\r\n\f]+", " ", MARKS.sub("", text))
            self._pieces.append(text)
            self._linked += len(text) if self._in_link else 0

    def _children(self, element: Any) -> None:
        self._text(element.text)
        for child in element:
            self.walk(child)
            self._text(child.tail.lstrip() if _is_drop_cap(child) else child.tail)

    def _inline(self, element: Any, tag: str) -> None:
        self._in_link += tag == "a"
        self._pieces += ["“"] * (tag == "q")
        self._children(element)
        self._pieces += ["”"] * (tag == "q")
        self._in_link -= tag == "a"

    def _block(self, element: Any, tag: str) -> None:
        parent = element.getparent()
        self.flush(element if parent is None else parent, self._kind_of(parent))
        if tag == "li":
            self.write_clock(element)
            self._prefix = _list_mark(element)
        self._children(element)
        self.flush(element, self._kind_of(element))
        if tag in {"li", "dd"}:
            self.write_clock(element)
            self._prefix = ""

    @staticmethod
    def _kind_of(element: Any) -> str:
        """The kind of a block by the nearest element around it that has one."""
        while element is not None and isinstance(element.tag, str):
            tag = element.tag.rpartition("}")[2].lower()
            if tag in _KINDS:
                return _KINDS[tag]
            if tag in {"p", "div"} and _CAPTION_CLASS.search(element.get("class", "")):
                return "caption"
            if tag == "li":
                return "item"
            if tag in {"article", "section", "body", "td"}:
                break
            element = element.getparent()
        return "paragraph"

    def _break(self, element: Any) -> None:
        """A line break; a second one ends the paragraph."""
        last = next((piece for piece in reversed(self._pieces) if piece.strip(" ")), "")
        if last == "\n":
            self.flush(element.getparent(), self._kind_of(element.getparent()))
        else:
            self._pieces.append("\n")

    def _raised(self, element: Any, tag: str) -> None:
        text = " ".join("".join(element.itertext()).split())
        note = any(_is_note_reference(link) for link in element.iter("a"))
        note = note or _NOTE_REFERENCE.search(element.get("class", "")) is not None
        self._pieces.append(superscript(text, note=note) if tag == "sup" else subscript(text))

    def _time(self, element: Any) -> None:
        """A time as it is shown; one that is only told as an age, by its clock on a live page."""
        shown = " ".join("".join(element.itertext()).split())
        if re.search(r"\d", shown) and not re.search(r"\bago\b|\b(?:min|h|hrs?|d)$", shown):
            self._children(element)
        elif self.live:
            clock = _CLOCK_OF_DATETIME.match(element.get("datetime", ""))
            self._pieces.append(clock[1] if clock else "")

    def _preformatted(self, element: Any) -> None:
        self.flush(element.getparent())
        text = unwrap(normalize(MARKS.sub("", "".join(element.itertext()))))
        for part in text.split("\n\n"):
            if part.strip():
                self._write("preformatted", part, element)

    def _table(self, table: Any) -> None:
        self.flush(table.getparent())
        for caption in table.iterchildren("caption"):
            self.walk(caption)
        rows, headings = _grid(table)
        for line in table_lines(rows, headings):
            self._write("row", line, table)


def _heads_entry(last: Block, element: Any, clock: str) -> bool:
    """Whether the heading `last` and the `clock` in `element` are all that a box holds."""
    if last.kind != "heading" or last.element.tag == "dt":
        return False
    around = {id(each) for each in (last.element, *last.element.iterancestors())}
    box = next((each for each in (element, *element.iterancestors()) if id(each) in around), None)
    wanted, text = "".join(f"{_LIST_MARK.sub('', last.text)}{clock}".split()), ""
    for piece in () if box is None else box.itertext():
        text += "".join(piece.split())
        if not wanted.startswith(text):  # a box may be the whole page, for each of its entries
            return False
    return text == wanted


def _is_question(button: Any) -> bool:
    """Whether a button is a heading that unfolds what is below it, not a command."""
    text = "".join(button.itertext()).strip()
    return text.endswith("?") or any(parent.tag in _HEADINGS for parent in button.iterancestors())


def _is_drop_cap(element: Any) -> bool:
    """Whether an element is the large first letter of the word behind it, not a word by itself."""
    if not isinstance(element.tag, str) or not re.match(r"\s+[^\W\d_A-Z]", element.tail or ""):
        return False
    letter = "".join(element.itertext()).strip()
    marks = f"{element.get('class', '')} {element.get('style', '')}"
    alone = len(letter) == 1 and letter.isupper() and letter not in _WORDS_OF_ONE_LETTER
    return alone and _DROP_CAP.search(marks) is not None


def _raised_as(element: Any, tag: str, style: str) -> str:
    """ "sup" or "sub" for raised or lowered characters, by their tag or style; else ""."""
    if tag in ("sup", "sub"):
        return tag
    raised = raised_by(style) if tag not in _BLOCKS else ""
    return raised if raised and len("".join(element.itertext())) <= _LONGEST_RAISED else ""


def _list_mark(item: Any) -> str:
    """What a browser shows before an item of a list."""
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "• "
    start = parent.get("start", "1")
    first = int(start) if start.lstrip("-").isdigit() and len(start) < 8 else 1
    value = item.get("value", "")
    if value.isdigit() and len(value) < 8:
        return f"{value}. "
    before = sum(1 for _ in item.itersiblings("li", preceding=True))
    return f"{first + before}. "


def _is_note_reference(link: Any) -> bool:
    """Whether a link is no more than the mark of a note below the text, or leads back from it."""
    text = "".join(link.itertext()).strip()
    if len(text) <= 5 and "noteref" in (link.get("epub:type"), link.get("role")):
        return True
    if not link.get("href", "").startswith("#") or len(text) > 5:
        return False
    named = " ".join(filter(None, (link.get("class"), link.get("role"), link.get("id"),
                                   link.get("href"), *map(str, link.attrib.values()))))  # fmt: skip
    return (
        re.fullmatch(r"[\[(]?(?:\d{1,3}|[*†‡§]{1,3}|[a-z])[\])]?|[↩^↑⤴︎]+", text) is not None
        or _NOTE_REFERENCE.search(named) is not None
    )


def _is_layout(table: Any) -> bool:
    """Whether a table only lays out the page: its cells hold articles, not values."""
    if table.get("role") in {"presentation", "none"} or table.find(".//table") is not None:
        return True
    if table.find(".//th") is not None:
        return False
    rows = list(table.iter("tr"))
    if all(sum(1 for _ in _cells(row)) <= 1 for row in rows):
        return True
    if len(rows) == 1 and all(_is_link(cell) for cell in _cells(rows[0])):
        return True
    return any(
        cell.find(".//h1") is not None
        or cell.find(".//h2") is not None
        or len("".join(cell.itertext())) > _LAYOUT_TEXT
        for row in rows
        for cell in _cells(row)
    )


def _is_link(cell: Any) -> bool:
    """Whether all text of a cell is in links, or it has none."""
    linked = "".join("".join(link.itertext()) for link in cell.iter("a"))
    return len("".join(linked.split())) == len("".join("".join(cell.itertext()).split()))


def _cells(row: Any) -> Iterator[Any]:
    return (child for child in row if child.tag in {"td", "th"})


def _grid(table: Any) -> tuple[list[list[Cell]], int | None]:
    """The cells of a table by row and column, and how many rows at its top are headings."""
    rows: list[list[Cell]] = []
    reaching: dict[int, tuple[int, Cell]] = {}  # column: rows that a cell above still covers
    headings, leading = 0, True
    for row in table.iter("tr"):
        cells: list[Cell] = []
        elements = list(_cells(row))
        _cover(cells, reaching)
        for cell in elements:
            text = " ".join(block.text for block in blocks_of(cell))
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            for step in range(wide):
                value = text if not step else None
                if high > 1:
                    reaching[len(cells)] = (high - 1, value)
                cells.append(value)
            _cover(cells, reaching)
        head = bool(elements) and (
            all(cell.tag == "th" for cell in elements) or row.getparent().tag == "thead"
        )
        leading = leading and head
        headings += leading
        if elements:
            rows.append(cells)
    return rows, headings or (0 if table.find(".//th") is not None else None)


def _cover(cells: list[Cell], reaching: dict[int, tuple[int, Cell]]) -> None:
    """Add to a row the cells of rows above that reach into its next columns."""
    while len(cells) in reaching:
        left, value = reaching.pop(len(cells))
        if left > 1:
            reaching[len(cells)] = (left - 1, value)
        cells.append(value)


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1")
    return (
        min(int(value), _WIDEST_SPAN)
        if value.isdigit() and 0 < len(value) < 6 and int(value)
        else 1
    )
