"""RTF: what a reader sees of the text, and the document's properties.

Struck-out, deleted and hidden text is left out and raised figures stay apart, which the libraries
that only strip the control words do not tell.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.ingest.boilerplate.bylines import outlet_score
from rag.ingest.boilerplate.heads import record_of
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.markup.raised import MARKS, resolve, subscript, superscript
from rag.ingest.markup.table_text import Cell, table_lines
from rag.ingest.normalize import split_words
from rag.ingest.parsers.properties import FileProperties, documents_from_lines

TOKEN_LIMIT = 3_000_000
DEPTH_LIMIT = 500  # groups in groups
_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9a-fA-F]{2})"
    r"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\"
)
_WORDS_LEFT_OUT = split_words(
    """header headerl headerr headerf footer footerl footerr footerf annotation xe tc rxe company
    category keywords doccomm subject manager comment"""
)
_SKIPPED = _WORDS_LEFT_OUT | split_words(
    """colortbl stylesheet pict object objdata atnid atnauthor atndate fldinst themedata
    colorschememapping datastore xmlnstbl listtable listoverridetable rsidtbl generator bkmkstart
    bkmkend nonshppict mmathPr latentstyles revtbl filetbl pgptbl wgrffmtfilter docvar operator
    hlinkbase buptim printim revtim"""
)
_READ_STARRED = frozenset(("shppict", "fldrslt", "shptxt", "footnote", "pnseclvl"))
_SIGNS = {
    **{"line": "\n", "lbr": "\n", "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•"},
    **{"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " "},
    **{"enspace": " ", "qmspace": " ", "~": "\u00a0", "_": "-", "-": ""},
    **{"\\": "\\", "{": "{", "}": "}"},
}
_BREAKS = frozenset(("par", "sect", "page", "column"))
_CHARSETS = {  # code pages by the character set of a font
    **{0: 1252, 77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254},
    **{163: 1258, 177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250},
}
_UNSEEN = frozenset(("strike", "striked", "deleted", "v"))
_INFO = frozenset(("title", "author"))


@dataclass(frozen=True, slots=True)
class _State:
    """What holds in a group: whether its text is left out, raised or lowered, and its font."""

    skipped: bool = False
    unseen: frozenset[str] = frozenset()
    position: int = 0  # above 0 raised, below lowered
    after_unicode: int = 1  # characters that stand for one that was given by its number
    font: int = -1
    destination: str = ""
    in_table: bool = False
    bold: bool = False


def parse(data: bytes) -> ParsedDocument | Sequence[ParsedDocument]:
    """Parse a document.

    Raises:
        UnreadableDocument: it is not RTF, or is nested too deeply.
    """
    reader = _read(data, _Reader())
    info = reader.info
    return documents_from_lines(
        reader.lines,
        FileProperties(
            info.get("title"), info.get("author"), info.get("created"), reader.title_line
        ),
    )


def _read(data: bytes, reader: _Reader) -> _Reader:
    """The reader that has read all of a document."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableDocument("not an RTF document")
    for number, token in enumerate(_TOKEN.finditer(data.decode("latin-1"))):
        if number > TOKEN_LIMIT:
            raise UnreadableDocument("too many control words")
        reader.read(token)
    reader.end()
    return reader


def raw_lines(data: bytes) -> list[str]:
    """All words of a document, also struck-out, deleted and hidden ones, heads, feet and remarks.

    Raises:
        UnreadableDocument: as `parse`.
    """
    reader = _read(data, _Reader(skipped=_SKIPPED - _WORDS_LEFT_OUT, unseen=frozenset()))
    return [*reader.info.values(), *reader.lines]


@dataclass(slots=True)
class _Reader:
    """Collects the lines of a document, token by token.

    Without the text of the destinations in `skipped` and with a property in `unseen`.
    """

    skipped: frozenset[str] = _SKIPPED
    unseen: frozenset[str] = _UNSEEN
    lines: list[str] = field(default_factory=list)
    info: dict[str, str] = field(default_factory=dict)
    title_line: int | None = None  # the first line, where it alone is bold
    _plain: bool = False  # whether the paragraph has letters that are not bold
    _state: _State = field(default_factory=_State)
    _stack: list[_State] = field(default_factory=list)
    _page: int = 1252
    _fonts: dict[int, int] = field(default_factory=dict)
    _bytes: bytearray = field(default_factory=bytearray)
    _pieces: list[str] = field(default_factory=list)
    _cells: list[Cell] = field(default_factory=list)
    _rows: list[list[Cell]] = field(default_factory=list)
    _note: list[str] = field(default_factory=list)
    _due: list[str] = field(default_factory=list)
    _starred: bool = False
    _to_skip: int = 0

    def read(self, token: re.Match[str]) -> None:
        """Read the next token."""
        if byte := token["byte"]:
            if not self._skip_one():
                self._bytes.append(int(byte, 16))
            return
        if token["text"] is not None:
            text = token["text"]
            if self._to_skip:
                text, self._to_skip = text[self._to_skip :], max(0, self._to_skip - len(text))
            if not text.isascii():
                self._bytes += text.encode("latin-1")
            else:
                self._write(text)
            return
        self._flush_bytes()
        if token["brace"]:
            self._group(token["brace"])
        elif token["word"]:
            number = None if token["number"] is None else int(token["number"])
            self._word(token["word"], number)
        elif token["sign"] == "*":
            self._starred = True
        elif token["sign"] and token["sign"] in "\r\n":  # a paragraph ends, as with \\par
            self._format("par", None)
        elif token["sign"] and not self._skip_one():
            self._write(_SIGNS.get(token["sign"], ""))

    def end(self) -> None:
        """End the last paragraph."""
        self._flush_bytes()
        self._break()
        self._end_table()

    def _skip_one(self) -> bool:
        if self._to_skip:
            self._to_skip -= 1
            return True
        return False

    def _group(self, brace: str) -> None:
        if brace == "{":
            if len(self._stack) >= DEPTH_LIMIT:
                raise UnreadableDocument("groups are nested too deeply")
            self._stack.append(self._state)
        elif self._stack:
            ended, self._state = self._state, self._stack.pop()
            if ended.destination == "footnote" and self._state.destination != "footnote":
                text = " ".join(resolve("".join(self._note)).split())
                self._due += [f"Note: {text}"] if text else []
                self._note = []
            elif ended.destination in _WORDS_LEFT_OUT - {self._state.destination}:
                self._break()
        self._starred, self._to_skip = False, 0

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        apart = word in _WORDS_LEFT_OUT and word not in self.skipped
        if word in self.skipped or (starred and not apart and word not in _READ_STARRED):
            self._state = replace(self._state, skipped=True)
        elif apart:
            self._break()
            self._state = replace(self._state, destination=word)
        elif word in {"fonttbl", "info", "footnote", "creatim", *_INFO}:
            self._state = replace(self._state, destination=word)
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self._to_skip = self._state.after_unicode
        elif word == "uc":
            self._state = replace(self._state, after_unicode=min(max(number or 0, 0), 8))
        elif word == "ansicpg" and number:
            self._page = number
        elif word in {"mac", "pc", "pca"}:
            self._page = {"mac": 10000, "pc": 437, "pca": 850}[word]
        elif word == "f" and number is not None:
            self._state = replace(self._state, font=number)
        elif word == "fcharset" and number is not None:
            self._fonts[self._state.font] = _CHARSETS.get(number, self._page)
        elif word in {"yr", "mo", "dy"} and self._state.destination == "creatim":
            self._date(word, number or 0)
        else:
            self._format(word, number)

    def _format(self, word: str, number: int | None) -> None:
        state = self._state
        if word in self.unseen:
            unseen = state.unseen - {word} if number == 0 else state.unseen | {word}
            self._state = replace(state, unseen=unseen)
        elif word in {"super", "sub", "nosupersub", "up", "dn"}:
            size = 1 if number is None else number
            steps = {"super": size and 1, "sub": -(size and 1), "up": size, "dn": -size}
            self._state = replace(state, position=steps.get(word, 0))
        elif word == "b":
            self._state = replace(state, bold=number != 0)
        elif word == "plain":
            self._state = replace(state, unseen=frozenset(), position=0, bold=False)
        elif word in {"intbl", "pard"}:
            self._state = replace(state, in_table=word == "intbl")
        elif word in _BREAKS and not state.skipped and not state.destination:
            self._pieces.append(" ") if state.in_table else self._break()
        elif word in {"cell", "nestcell"} and not state.skipped:
            self._cells.append(self._taken())
        elif word == "row" and not state.skipped:
            self._rows.append(self._cells)
            self._cells = []
        elif word in _SIGNS:
            self._write(_SIGNS[word])

    def _date(self, word: str, number: int) -> None:
        stated = self.info.get("created", "")
        self.info["created"] = f"{number:04}" if word == "yr" else f"{stated}-{number:02}"

    def _flush_bytes(self) -> None:
        if self._bytes:
            page = self._fonts.get(self._state.font, self._page)
            name = "mac_roman" if page == 10000 else f"cp{page}"
            try:
                codecs.lookup(name)
            except LookupError:
                name = "cp1252"
            data, self._bytes = bytes(self._bytes), bytearray()
            self._write(data.decode(name, "replace"))

    def _write(self, text: str) -> None:
        self._flush_bytes()
        state = self._state
        if state.skipped or not text:
            return
        if state.destination in _INFO:
            self.info[state.destination] = self.info.get(state.destination, "") + text
            return
        if state.destination in {"fonttbl", "info", "creatim"} or state.unseen:
            return
        text = MARKS.sub("", text)
        if state.position and text.strip():
            text = superscript(text) if state.position > 0 else subscript(text)
        if state.destination == "footnote":
            self._note.append(text)
            return
        self._plain = self._plain or (not state.bold and bool(text.strip()))
        self._pieces.append(text)

    def _taken(self) -> str:
        pieces, self._pieces = "".join(self._pieces), []
        joined = pieces.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return resolve(joined).strip()

    def _break(self) -> None:
        """End a paragraph."""
        text = self._taken()
        if text:
            self._end_table()
            if not self.lines:
                self.title_line = None if self._plain or _is_masthead(text) else 0
            elif not self._plain and len(self.lines) == 1:
                self.title_line = None  # all of it may be bold
            self.lines.append(text)
        self._plain = False
        due, self._due = self._due, []
        self.lines += due

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        if self._cells:
            rows, self._cells = [*rows, self._cells], []
        self.lines += table_lines(rows)


def _is_masthead(line: str) -> bool:
    """Whether the first line names the outlet or states the record, and is no headline."""
    return record_of(line) is not None or outlet_score(line) > 1
