"""Articles from a corpus: files and dumps in, clean `Article`s with their news record out.

    Corpus.open(path)  ->  what there is to read, counted     (CorpusError where there is nothing)
    iterating over it  ->  Article | Unread, one a file or a line of a dump, in sorted order
    a file's bytes     ->  Page, by its ending: one reader each below

Nothing outside the corpus is read, and nothing a file holds ends the run: whatever goes wrong with
one file becomes its `Unread`. Left to others: the page around a saved text (`rag.saved_pages`),
encodings and what makes a record (`rag.news_record`), what to do with an `Unread` (the indexer).
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import stat
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

from rag.errors import CorpusError
from rag.news_record import Page, Refused, decode, label, normalise, page_of, shorten
from rag.saved_pages import clean_page
from rag.types import Article

SIZE_LIMIT = 20_000_000  # bytes of a file, or of a line of a dump
MARKDOWN_LIMIT = 4_000_000  # bytes; its parser takes 1.5 s a megabyte
ELEMENT_LIMIT = 15_000  # of an HTML page; the time it takes grows with their square
PAGE_LIMIT, PDF_SECONDS = 2_000, 60.0  # of a PDF
MEMBER_LIMIT, RATIO_LIMIT = 5_000, 200  # of a docx: files in it, times they may grow
UNPACKED_LIMIT, XML_LIMIT = 50_000_000, 20_000_000  # bytes of a docx, and of the XML in it


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or line passed over. `name` is safe to show: what does not print is escaped."""

    name: str
    reason: str


class _Source(NamedTuple):
    """A file of the corpus, its path as shown, and why it is not read (or "")."""

    path: Path
    name: str
    refusal: str = ""

    @property
    def kind(self) -> str:
        return PurePosixPath(self.name).suffix[1:].lower()


class Corpus:
    """A folder (searched in depth), one file, or a `.jsonl` dump with one article a line."""

    def __init__(self, sources: list[_Source]) -> None:
        self._sources = sources
        self.total: int = sum(map(_count, sources))  # of files, and of lines of dumps

    @classmethod
    def open(cls, path: Path) -> Corpus:
        """List what there is to read at `path`, hidden files and folders left out.

        Raises:
            CorpusError: it is missing, unreadable, or holds no file of a kind that is read.
        """
        problem = "it has no file of a kind that is read"
        try:
            root = path.resolve(strict=True)
            sources = list(_below(root, root) if root.is_dir() else _single(root))
        except FileNotFoundError:
            sources, problem = [], "there is no such file or folder"
        except (OSError, RuntimeError, ValueError, Refused) as error:
            sources, problem = [], _reason(error)
        if not sources:
            raise CorpusError(
                f"cannot read the corpus {escaped(str(path))}: {problem}; "
                f"name a folder or a file ({', '.join(KINDS)}): --corpus PATH"
            )
        return cls(sources)

    def __iter__(self) -> Iterator[Article | Unread]:
        """Read one after the other; a second article of the same id is passed over."""
        seen: dict[str, str] = {}
        for source in self._sources:
            for name, data in _pieces(source):
                read = _read(source, name, data)
                if isinstance(read, Article) and read.id in seen:
                    read = Unread(name, f"id already used by {seen[read.id]}")
                elif isinstance(read, Article):
                    seen[read.id] = name
                yield read


def escaped(name: str) -> str:
    """`name` with all that does not print (line ends, bidi marks, bytes of no text) as escapes."""

    def shown(char: str) -> str:
        byte = ord(char) - 0xDC00  # how Python keeps a byte of a file name that is not UTF-8
        return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else ascii(char)[1:-1]

    return "".join(char if char.isprintable() else shown(char) for char in name)


def _single(path: Path) -> Iterator[_Source]:
    source = _Source(path, escaped(path.name))
    if source.kind not in KINDS:
        raise Refused("not of a kind that is read")
    _opened(path).close()
    yield source


def _below(folder: Path, root: Path) -> Iterator[_Source]:
    """The files below `folder` in sorted order. Links to folders are not followed: what lies in
    the corpus is met on its own path, so that there are no loops.
    """
    for path in sorted(folder.iterdir()):
        name = escaped(path.relative_to(root).as_posix())
        source = _Source(path, name, _refusal(path, root))
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            try:
                yield from _below(path, root)
            except OSError as error:
                yield _Source(path, name, _reason(error))
        elif source.refusal.startswith("the link") or source.kind in KINDS:
            yield source


def _refusal(path: Path, root: Path) -> str:
    """Why what stands at `path` is not to be opened, or ""."""
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            return "the link leads outside"
    except (OSError, RuntimeError):
        return "the link leads nowhere"
    return "" if path.is_file() else "not a regular file"


def _opened(path: Path) -> BinaryIO:
    """A regular file, open for reading; a FIFO or device is refused and never waited for."""
    if not path.is_file():
        raise Refused("not a regular file")
    # what stands at a path may change between two looks
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    file = os.fdopen(os.open(path.resolve(), os.O_RDONLY | flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Refused("not a regular file")
    return file


def _count(source: _Source) -> int:
    return sum(1 for _ in _pieces(source)) if source.kind == "jsonl" else 1


def _pieces(source: _Source) -> Iterator[tuple[str, bytes | Exception]]:
    """A file whole, or the lines of a dump that are not blank, each with a name to show; where one
    is over the limit, its beginning up to the first byte too many.
    """
    try:
        if source.refusal:
            raise Refused(source.refusal)
        with _opened(source.path) as file:
            number = 0
            while data := file.readline(SIZE_LIMIT + 1) if source.kind == "jsonl" else b"":
                number += 1
                rest = data
                while rest and not rest.endswith(b"\n"):
                    rest = file.readline(SIZE_LIMIT)
                if data.strip():
                    yield f"{source.name}:{number}", data
            if not number:
                yield source.name, file.read(SIZE_LIMIT + 1)
    except (OSError, Refused) as error:
        yield source.name, error


def _read(source: _Source, name: str, data: bytes | Exception) -> Article | Unread:
    """The one place where errors over what a file holds end, whichever library raised them."""
    try:
        if isinstance(data, Exception):
            raise data
        if not data.strip():
            raise Refused("empty")
        if len(data) > SIZE_LIMIT:
            raise Refused(f"over {SIZE_LIMIT} bytes")
        if source.kind == "jsonl":
            return _of_line(data)
        page = READERS[source.kind](data)
        if not page.text.strip():
            raise Refused("no text in it")
        path = PurePosixPath(source.name)
        fields = asdict(page) | {"title": page.title or path.stem}
        return Article(id=str(path.with_suffix("")), **fields)
    except Exception as error:
        return Unread(name, _reason(error))


def _reason(error: Exception) -> str:
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    kind = "" if isinstance(error, Refused) else f"{type(error).__name__}: "
    return escaped(shorten(kind + " ".join(said.split()), 140))


def _of_line(line: bytes) -> Article:
    value = json.loads(line.decode("utf-8-sig"))
    if not isinstance(value, dict):
        raise Refused("not a JSON object")
    for key in ("id", "text"):
        if not isinstance(value.get(key), str) or not value[key].strip():
            raise Refused(f'"{key}" is missing, blank or not a text')
        value[key].encode()  # raises over half a character, which no store could keep
    page = page_of(value["text"], value, "stated: in the dump")
    opening = shorten(normalise(page.text[:4000]).partition("\n")[0])
    return Article(
        id=value["id"], **(asdict(page) | {"title": page.title or opening or "untitled"})
    )


def _plain(data: bytes) -> Page:
    return clean_page(decode(data))


def _html(data: bytes) -> Page:
    if len(re.findall(rb"<[a-zA-Z]", data)) > ELEMENT_LIMIT:
        raise Refused(f"over {ELEMENT_LIMIT} elements")
    from trafilatura import bare_extraction

    charset = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,20})", data[:4000], re.IGNORECASE)
    found: Any = bare_extraction(
        decode(data, charset[1].decode() if charset else None),
        favor_precision=True,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if found is None or not found.text:
        raise Refused("no article found in the page")
    text = normalise(found.text)
    first, _, rest = text.partition("\n")
    told = {"title": found.title, "source": found.sitename, "published": found.date}
    told |= {"author": (found.author or "").replace("; ", ", "), "url": found.url}
    body = rest.strip() if rest and first == label(found.title) else text
    return page_of(body, told, "stated: page metadata")


def _markdown(data: bytes) -> Page:
    if len(data) > MARKDOWN_LIMIT:
        raise Refused(f"over {MARKDOWN_LIMIT} bytes")
    front, body = _front_matter(decode(data).replace("\r\n", "\n"))
    blocks = list(_markdown_blocks(body))
    heading = next((i for i, (kind, _) in enumerate(blocks) if kind == "heading"), None)
    if heading is not None and front.get("title") in {None, label(blocks[heading][1])}:
        front["title"] = blocks.pop(heading)[1]
    text = normalise("\n\n".join(text for _, text in blocks))
    return page_of(text, front, front.get("published_basis") or "stated: front matter")


_FRONT = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_SYNONYMS = {"headline": "title", "outlet": "source", "date": "published"}


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The one-line values of the YAML block that opens a text, and the text after it."""
    found = _FRONT.match(text[:65_536])
    if not found:
        return {}, text
    import yaml

    try:
        # the base loader makes nothing but texts: no objects, no dates that do not exist
        front = yaml.load(found[1], Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise Refused(f"broken front matter: {error}") from error
    if not isinstance(front, dict):
        return {}, text  # prose between two rules
    lines: dict[str, str] = {}
    for key, value in front.items():
        line = label(", ".join(map(str, value)) if isinstance(value, list) else value)
        if line and line not in {"null", "~"}:
            lines.setdefault(_SYNONYMS.get(str(key).lower(), str(key).lower()), line)
    return lines, text[found.end() :]


_PARTS = {"softbreak": " ", "hardbreak": "\n", "image": "", "html_inline": ""}


def _markdown_blocks(body: str) -> Iterator[tuple[str, str]]:
    """The blocks of a Markdown text as (kind, plain text), without images and raw HTML."""
    from markdown_it import MarkdownIt

    mark, kind, cells = "", "", list[str]()
    for token in MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").parse(body):
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "• "
        elif token.type in {"heading_open", "paragraph_open", "th_open", "td_open"}:
            kind = token.type.removesuffix("_open")
        elif token.type == "inline" and kind in {"th", "td"}:
            cells.append(
                "".join(_PARTS.get(part.type, part.content) for part in token.children or ())
            )
        elif token.type == "tr_close":
            yield "row", " | ".join(cells)
            cells = []
        elif token.type == "inline":
            yield kind, mark + "".join(_PARTS.get(p.type, p.content) for p in token.children or ())
            mark = ""
        elif token.type in {"fence", "code_block"}:
            yield "code", mark + token.content
            mark = ""


def _pdf(data: bytes) -> Page:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its verdict comes as an exception
    limits = {"stream_parsing_work_maximum_count": 200_000}  # what one page may cost
    with pypdf.apply_configuration(xform_maximum_invocations_per_extraction=200, **limits):
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("encrypted")
        if len(reader.pages) > PAGE_LIMIT:
            raise Refused(f"over {PAGE_LIMIT} pages")
        end, lines = time.monotonic() + PDF_SECONDS, list[str]()
        for number, page in enumerate(reader.pages, 1):
            if time.monotonic() > end:
                raise Refused(f"reading takes over {PDF_SECONDS:.0f} s")
            text = normalise(page.extract_text().replace("\u00ad\n", "-\n"))
            lines += [
                line for line in text.split("\n") if line not in {str(number), f"Page {number}"}
            ]
        return _with_properties(unwrapped(lines), reader.metadata, "creation_date")


def unwrapped(lines: list[str]) -> str:
    """Paragraphs on one line each, from lines as they stand on a page; words cut by a hyphen at a
    line's end are whole again. A line goes on in the next one if it is about as long as most.
    """
    widths = sorted(len(line) for line in lines if line) or [0]
    full = 0.7 * widths[len(widths) * 9 // 10]
    parts, last = [""], ""
    for line in lines:
        cut = last[-1:] == "-" and last[-2:-1].isalpha() and line[:1].isalpha()
        if cut and line[0].islower():
            parts[-1] = parts[-1][:-1]
        elif not cut:
            goes_on = last and line and len(last) >= full and not re.match(r"[•▪●‣*–-] ", line)
            parts.append(" " if goes_on else "\n")
        parts.append(line)
        last = line
    return normalise("".join(parts))


def _docx(data: bytes) -> Page:
    _check_archive(data)
    from docx import Document
    from docx.oxml.ns import qn

    document = Document(io.BytesIO(data))
    rows: list[str] = []
    for block in document.element.body.iter(qn("w:p"), qn("w:tr")):
        inside = next(block.iterancestors(qn("w:tr")), None)
        if inside is None:
            cells = block.iter(qn("w:tc")) if block.tag == qn("w:tr") else [block]
            texts = ("".join(run.text for run in cell.iter(qn("w:r"))) for cell in cells)
            rows.append(" | ".join(filter(None, texts)))
    text = normalise("\n".join(rows))
    return _with_properties(text, document.core_properties, "created")


def _check_archive(data: bytes) -> None:
    """Refuse, by what it declares and before anything is unpacked, a zip that is no document."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    xml = sum(one.file_size for one in members if one.filename.endswith((".xml", ".rels")))
    if len(members) > MEMBER_LIMIT or sum(one.file_size for one in members) > UNPACKED_LIMIT:
        raise Refused("unpacks to too much")
    for one in members:
        parts = re.split(r"[/\\]", one.filename)
        if ".." in parts or not parts[0] or ":" in parts[0]:
            raise Refused("a name inside leads outside")
        if one.flag_bits & 1:
            raise Refused("encrypted")
        if xml > XML_LIMIT or one.file_size > max(1_000_000, RATIO_LIMIT * one.compress_size):
            raise Refused("unpacks to too much")


def _with_properties(text: str, told: Any, dated: str) -> Page:
    """A page whose record is a PDF's or a docx's own, as far as it is not its maker's default."""
    record = {key: getattr(told, key, None) for key in ("title", "author")}
    record["published"] = getattr(told, dated, None)
    if record["author"] == "python-docx":  # its template, 2013
        record = {}
    if str(record.get("author")).lower() in {"anonymous", "(anonymous)"}:
        record["author"] = None
    if str(record.get("title")).lower() in {"untitled", "(untitled)", "word document"}:
        record["title"] = None
    page = page_of(text, record, "stated: document properties")
    return page if page.title else replace(page, title=shorten(text.partition("\n")[0]))


READERS = {"txt": _plain, "text": _plain, "md": _markdown, "markdown": _markdown}
READERS |= {"html": _html, "htm": _html, "pdf": _pdf, "docx": _docx}
KINDS = (*READERS, "jsonl")
