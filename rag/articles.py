"""Articles from a corpus: files and dumps in, clean `Article`s with their news record out.

    Corpus.open(path)  ->  what there is to read, counted     (CorpusError where there is nothing)
    iterating over it  ->  Article | Unread, one a file or a line of a dump, in sorted order
    a file's bytes     ->  Page, by its ending: one reader each below

Nothing outside the corpus is read, and nothing a file holds ends the run. Left to others: the page
around a saved text (`rag.saved_pages`), encodings and what makes a record (`rag.news_record`).
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

from rag.errors import CorpusError
from rag.news_record import Page, Refused, decode, label, normalise, page_of, shorten, unwrapped
from rag.saved_pages import clean_page
from rag.types import Article

SIZE_LIMIT = 20_000_000  # bytes of a file, or of a line of a dump
LIMITS = {"md": 1_000_000, "markdown": 1_000_000}  # where less: it takes 10 s, and 0.6 GB
ELEMENT_LIMIT, BRACKET_LIMIT = 12_000, 20_000  # of HTML, of Markdown: time grows out of hand
PAGE_LIMIT, PDF_SECONDS = 2_000, 60.0  # of a PDF
MEMBER_LIMIT, RATIO_LIMIT = 5_000, 200  # of a docx: files in it, times they may grow
UNPACKED_LIMIT, XML_LIMIT = 50_000_000, 10_000_000  # bytes of a docx, and of the XML in it
_FRONT = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_SYNONYMS = {"headline": "title", "outlet": "source", "date": "published"}
_PARTS = {"softbreak": " ", "hardbreak": "\n", "image": "", "html_inline": ""}
_DEFAULTS = {"anonymous", "(anonymous)", "untitled", "python-docx", "2013-12-23 23:15:00+00:00"}


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or line passed over. `name` is safe to show: what does not print is escaped."""

    name: str
    reason: str


class _Source(NamedTuple):
    """A file, its path as shown, and the folder (or itself) outside of which nothing is read."""

    path: Path
    name: str
    root: Path

    @property
    def kind(self) -> str:
        return PurePosixPath(self.name).suffix[1:].lower()

    @property
    def leads_out(self) -> bool:
        return not Path(os.path.realpath(self.path)).is_relative_to(self.root)

    def open(self) -> BinaryIO:
        """Open it for reading if it is a regular file; a FIFO or device is never waited for."""
        if self.leads_out:
            raise Refused("the link leads out of the corpus")
        if self.path.is_dir():
            next(self.path.iterdir(), None)  # tells why it could not be searched
        if not self.path.is_file():
            raise Refused("neither a regular file nor a link to one")
        return os.fdopen(os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")


class Corpus:
    """A folder (searched in depth), one file, or a `.jsonl` dump with one article a line."""

    def __init__(self, sources: list[_Source]) -> None:
        self._sources = sources
        lines = (_pieces(one) if one.kind == "jsonl" else [0] for one in sources)
        self.total = sum(1 for pieces in lines for _ in pieces)  # of files, and of lines of dumps

    @classmethod
    def open(cls, path: Path) -> Corpus:
        """List what there is to read at `path`, hidden files and folders left out.

        Raises:
            CorpusError: it is missing, unreadable, or holds no file of a kind that is read.
        """
        sources, problem = list[_Source](), "it has no file of a kind that is read"
        try:
            root = path.resolve(strict=True)
            if root.is_dir():
                sources = list(_below(root, root))
            elif (one := _Source(root, escaped(path.name), root)).kind in KINDS:
                one.open().close()
                sources = [one]
        except (OSError, RuntimeError, ValueError, Refused) as error:
            problem = _reason(error)
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
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)


def _below(folder: Path, root: Path) -> Iterator[_Source]:
    """The files below `folder`, sorted. No link to a folder is followed, so there are no loops."""
    for path in sorted(folder.iterdir()):
        source = _Source(path, escaped(path.relative_to(root).as_posix()), root)
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            try:
                yield from _below(path, root)
            except OSError:
                yield source  # what is wrong shows when it is opened
        elif source.kind in KINDS or source.leads_out:
            yield source


def _pieces(source: _Source) -> Iterator[tuple[str, bytes | Exception]]:
    """A file whole or the lines of a dump, up to the first byte too many, each with its name."""
    try:
        with source.open() as file:
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
        if len(data) > (limit := LIMITS.get(source.kind, SIZE_LIMIT)):
            raise Refused(f"over {limit} bytes")
        if source.kind == "jsonl":
            return _of_line(data)
        page = READERS[source.kind](data)
        if not page.text.strip():
            raise Refused("no text in it")
        path = PurePosixPath(source.name)
        record = asdict(page) | {"title": page.title or path.stem}
        return Article(id=str(path.with_suffix("")), **record)
    except Exception as error:
        return Unread(name, _reason(error))


def _reason(error: Exception) -> str:
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    kind = "" if isinstance(error, (Refused, OSError)) else f"{type(error).__name__}: "
    return escaped(shorten((kind + " ".join(said.split())).removesuffix(": "), 140))


def _of_line(line: bytes) -> Article:
    value = json.loads(line.decode("utf-8-sig"))
    if not isinstance(value, dict):
        raise Refused("not a JSON object")
    for key in ("id", "text"):
        if not isinstance(value.get(key), str) or not value[key].strip():
            raise Refused(f'"{key}" is missing, blank or not a text')
        value[key].encode()  # raises over half a character, which no store could keep
    page = page_of(value["text"], value, "stated: in the dump")
    title = page.title or shorten(normalise(page.text[:4000]).partition("\n")[0]) or value["id"]
    return Article(id=value["id"], **(asdict(page) | {"title": title}))


def _html(data: bytes) -> Page:
    if sum(1 for _ in re.finditer(rb"<[a-zA-Z]", data)) > ELEMENT_LIMIT:
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
    text = normalise(found.text).removeprefix(f"{label(found.title)}\n").strip()
    told = {"title": found.title, "source": found.sitename, "published": found.date}
    told |= {"author": (found.author or "").replace("; ", ", "), "url": found.url}
    return page_of(text, told, "stated: page metadata")


def _markdown(data: bytes) -> Page:
    if data.count(b"[") > BRACKET_LIMIT:
        raise Refused(f"over {BRACKET_LIMIT} brackets")
    front, body = _front_matter(decode(data).replace("\r\n", "\n"))
    blocks = list(_markdown_blocks(body))
    heading = next((i for i, (kind, _) in enumerate(blocks) if kind == "heading"), None)
    if heading is not None and front.get("title") in {None, label(blocks[heading][1])}:
        front["title"] = blocks.pop(heading)[1]
    text = normalise("\n\n".join(text for _, text in blocks))
    return page_of(text, front, front.get("published_basis") or "stated: front matter")


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The one-line values of the YAML block that opens a text, and the text after it."""
    found = _FRONT.match(text[:65_536])
    if not found:
        return {}, text
    import yaml

    # the base loader makes nothing but texts: no objects, no dates that do not exist
    front = yaml.load(found[1], Loader=yaml.BaseLoader)  # noqa: S506
    if not isinstance(front, dict):
        return {}, text  # prose between two rules
    lines: dict[str, str] = {}
    for key, value in front.items():
        parts = value[:20] if isinstance(value, list) else [value]  # aliases may make it endless
        line = label(", ".join(part for part in parts if isinstance(part, str)))
        if line and line not in {"null", "~"}:
            lines.setdefault(_SYNONYMS.get(str(key).lower(), str(key).lower()), line)
    return lines, text[found.end() :]


def _markdown_blocks(body: str) -> Iterator[tuple[str, str]]:
    """The blocks of a Markdown text as (kind, plain text), without images and raw HTML."""
    from markdown_it import MarkdownIt

    mark, kind, cells = "", "", list[str]()
    for token in MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").parse(body):
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "• "
        elif token.type.endswith("_open"):
            kind = token.type.removesuffix("_open")
        elif token.type in {"inline", "fence", "code_block"}:
            parts = (_PARTS.get(part.type, part.content) for part in token.children or [token])
            cells.append(mark + "".join(parts))
            mark = ""
        if cells and (token.type == "tr_close" or kind not in {"th", "td"}):
            yield kind, " | ".join(cells)
            cells = []


def _pdf(data: bytes) -> Page:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its verdict comes as an exception
    with pypdf.apply_configuration(
        stream_parsing_work_maximum_count=200_000, xform_maximum_invocations_per_extraction=200
    ):
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
            lines += [line for line in text.split("\n") if line != str(number)]
        told = reader.metadata or pypdf.DocumentInformation()
    made = re.match(r"D:(\d{4})(\d\d)(\d\d)", str(told.get("/CreationDate", "")))
    day = "-".join(made.groups()) if made else None  # pypdf's own fails on a malformed one
    return _with_properties(unwrapped(lines), told.title, told.author, day)


def _docx(data: bytes) -> Page:
    _check_archive(data)
    from docx import Document
    from docx.oxml.ns import qn

    def said(block: Any) -> str:
        tops = (p for p in block.iter(qn("w:p")) if next(p.iterancestors(qn("w:p")), None) is None)
        return " ".join("".join(run.text for run in p.iter(qn("w:r"))) for p in tops).strip()

    document, rows = Document(io.BytesIO(data)), list[str]()
    for block in document.element.body.iter(qn("w:p"), qn("w:tr")):
        if next(block.iterancestors(qn("w:tr"), qn("w:p")), None) is None:
            cells = block.iterchildren(qn("w:tc")) if block.tag == qn("w:tr") else [block]
            rows.append(" | ".join(filter(None, map(said, cells))))
    told = document.core_properties
    return _with_properties(normalise("\n".join(rows)), told.title, told.author, told.created)


def _check_archive(data: bytes) -> None:
    """Refuse, by what it declares and before anything is unpacked, a zip that is no document."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    total = sum(one.file_size for one in members)
    xml = sum(one.file_size for one in members if one.filename.endswith((".xml", ".rels")))
    if len(members) > MEMBER_LIMIT or total > UNPACKED_LIMIT or xml > XML_LIMIT:
        raise Refused("unpacks to too much")
    for one in members:
        parts = re.split(r"[/\\]", one.filename)
        if ".." in parts or not parts[0] or ":" in parts[0]:
            raise Refused("a name inside leads outside")
        if one.file_size > max(1_000_000, RATIO_LIMIT * one.compress_size):
            raise Refused("unpacks to too much")


def _with_properties(text: str, title: object, author: object, made: object) -> Page:
    """A page whose record is a PDF's or docx's own, without what its maker's program filled in."""
    record = {"title": title, "author": author, "published": made}
    record = {key: value for key, value in record.items() if str(value).lower() not in _DEFAULTS}
    record["title"] = label(record.get("title")) or shorten(text.partition("\n")[0])
    return page_of(text, record, "stated: document properties")


READERS: dict[str, Callable[[bytes], Page]] = {"html": _html, "htm": _html, "docx": _docx}
READERS |= {"md": _markdown, "markdown": _markdown, "pdf": _pdf}
READERS |= dict.fromkeys(("txt", "text"), lambda data: clean_page(decode(data)))
KINDS = (*READERS, "jsonl")
