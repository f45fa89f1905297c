"""A corpus: files and dumps in, clean `Article`s with their metadata out.

    Corpus.open(*paths)    ->  the files that there are              (CorpusError if there is none)
    iterating over it      ->  Article | SkippedFile, of one file or line of a dump after the other
    corpus.scan(stamps)    ->  `CorpusScan`: the same for what is new since the files were stamped
    parse_files(...)       ->  what is new in some files, parsed in this process's sandboxes
    corpus.file(name)      ->  the file of that name

Nothing outside the corpus is read, and nothing that a file holds ends the scan. Left to others:
files (`rag.ingest.files`), formats (`rag.ingest.parsers`), the process in which they are parsed
(`rag.ingest.sandbox`), files that hold files (`rag.ingest.containers`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from rag.errors import CorpusError
from rag.ingest.containers import SCAN, InnerFile
from rag.ingest.containers.sandboxed import Unpacker
from rag.ingest.document import (
    ScannedDocument,
    UnreadableDocument,
    UnreadPart,
    failure_reason,
)
from rag.ingest.files import (
    SIZE_LIMIT,
    CorpusFile,
    FileDelta,
    FileList,
    FileStamp,
    RawDocument,
    list_files,
)
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import supported_extensions
from rag.ingest.parsers.digitised.mets import issue_file
from rag.ingest.sandbox import ParserSandbox
from rag.ingest.tesseract import TOO_LATE, Tesseract, find_tesseract
from rag.runtime.observability.stages import stage
from rag.types import Article

# bytes, by extension, where not `SIZE_LIMIT`: a megabyte of Markdown takes 10 s and 0.6 GB to
# parse; an issue comes with its pages, which are parsed one by one
SIZE_LIMITS = {"md": 1_000_000, "markdown": 1_000_000, "mets": 100_000_000}


_BLANKS = 4096  # bytes; a file of no more, all of them blank, is empty

# reasons that depend on the machine: how busy it is, what is installed
_MAY_CHANGE = re.compile(r"parsing takes over|the parser crashed|Tesseract|already used by")


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file, a line of a dump, or a part of a file that could not be read.

    `name` is its path in the corpus, for a line with ":" and its number, for a part with "!" and
    its path or number; unprintable characters are escaped. `reason` is one line in plain words.
    """

    name: str
    reason: str


Item = tuple[str, Article | SkippedFile]
"""What a document says, behind the name of the document: a file, or a line of a dump."""

ParseFiles = Callable[[Sequence[FileDelta]], Iterable[tuple[FileDelta, Iterable[Item]]]]
"""Parses what is new in files: they come in their order, each with its items in theirs. Once these
were taken, the file has its `stamp`."""


class Corpus:
    """Folders (searched in depth), files, or `.jsonl` dumps with one article per line."""

    def __init__(self, listing: FileList) -> None:
        self._files = listing.files
        self.names_not_read = listing.not_read
        self.names_of_page_parts = listing.page_parts
        self.names_hidden = listing.hidden
        self.issue_pages = listing.issue_pages  # the names of pages that are read with an issue

    @classmethod
    def open(cls, path: Path, *further: Path) -> Corpus:
        """List the files at `path` and at `further` paths; hidden ones are not read.

        Raises:
            CorpusError: one is missing, unreadable, or holds no file of a supported type.
        """
        listing = cls._listed(path)
        for each in further:
            listing.add_root(each.resolve(), cls._listed(each))
        return cls(listing)

    @staticmethod
    def _listed(path: Path) -> FileList:
        listing, problem = FileList(), "it holds no file of a supported type"
        try:
            root = path.resolve(strict=True)
            if root.is_dir():
                listing = list_files(root)
            else:
                file = CorpusFile(str(root), escape_unprintable(path.name), root)
                if file.extension in supported_extensions():
                    file.open().close()
                    listing = FileList([file])
        except (OSError, RuntimeError, ValueError, UnreadableDocument) as error:
            problem = failure_reason(error)
        if not listing.files:
            raise CorpusError(
                f"cannot read the corpus {escape_unprintable(str(path))}: {problem}; "
                f"name a folder or a file ({', '.join(supported_extensions())}): --corpus PATH"
            )
        return listing

    @property
    def file_names(self) -> list[str]:
        """The names of its files, in order."""
        return [file.name for file in self._files]

    @property
    def files(self) -> dict[str, CorpusFile]:
        """Its files by name."""
        return {file.name: file for file in self._files}

    def names_below(self, path: Path) -> list[str]:
        """The names of its files that are `path`, or below it."""
        root = path.resolve()
        return [file.name for file in self._files if file.root == root]

    def file(self, name: str) -> CorpusFile | None:
        """The file of that name; None where there is none."""
        return next((file for file in self._files if file.name == name), None)

    def __iter__(self) -> Iterator[Article | SkippedFile]:
        """Parse one after the other; a second article with the same id is skipped."""
        return (item for _, item in self.scan({}))

    def scan(self, stamps: Mapping[str, FileStamp], parse: ParseFiles | None = None) -> CorpusScan:
        """What changed since `stamps`, by file name, were taken; with none of them, everything.

        `parse`: what parses the files, where it is not this process (`parse_files`).
        """
        deltas = [file.changes_since(stamps.get(file.name)) for file in self._files]
        return CorpusScan(deltas, parse or parse_files)


class CorpusScan:
    """What is new in a corpus: iterating parses it and yields (file name, article or skipped)."""

    def __init__(self, deltas: list[FileDelta], parse: ParseFiles) -> None:
        self._deltas = deltas
        self._parse = parse
        # by file name, filled while iterating; None where a part of the file could not be read
        self.stamps: dict[str, FileStamp | None] = {}

    @cached_property
    def total(self) -> int:
        """How many files and lines there are to parse."""
        return sum(delta.count() for delta in self._deltas)

    @property
    def file_names(self) -> set[str]:
        """The names of all files of the corpus."""
        return {delta.file.name for delta in self._deltas}

    @property
    def retained(self) -> set[str]:
        """The names of the files whose earlier articles all still hold."""
        return {delta.file.name for delta in self._deltas if delta.unchanged or delta.appended}

    @property
    def unread(self) -> int:
        """How many parts of unchanged files are not read, as an earlier scan named."""
        return sum(delta.unread for delta in self._deltas)

    def __iter__(self) -> Iterator[tuple[str, Article | SkippedFile]]:
        taken: dict[str, tuple[str, Path]] = {}
        for delta, items in self._parse([each for each in self._deltas if not each.unchanged]):
            unread: list[SkippedFile] = []
            for name, parsed in items:
                item = _with_free_id(parsed, delta.file, name, taken)
                unread += [item] if isinstance(item, SkippedFile) else []
                yield delta.file.name, item
            self.stamps[delta.file.name] = stamp_of(delta, unread)


def parse_files(deltas: Sequence[FileDelta]) -> Iterator[tuple[FileDelta, Iterator[Item]]]:
    """Parse what is new in files, one after the other, in sandboxes that end with the last."""
    with FileParser() as parser:
        for delta in deltas:
            yield delta, parser.parse(delta.file, delta.documents())


class FileParser:
    """Parses the documents of files in sandboxes, which end with the `with`."""

    def __enter__(self) -> Self:
        self._sandboxes = ExitStack()
        enter = self._sandboxes.enter_context
        self._tools = _Tools(enter(ParserSandbox()), enter(Unpacker()), enter(Unpacker()))
        return self

    def __exit__(self, *_: object) -> None:
        self._sandboxes.close()

    def parse(self, file: CorpusFile, documents: Iterable[RawDocument]) -> Iterator[Item]:
        """What `documents` of `file` say."""
        for name, data in documents:
            for item in _items(self._tools, file, name, data):
                yield name, item


def stamp_of(delta: FileDelta, unread: Sequence[SkippedFile]) -> FileStamp | None:
    """The stamp of a file that was parsed; None where it is to be parsed again although unchanged.

    A container is not, unless something may be read at another time: it may be very large.
    """
    if not unread or delta.stamp is None:
        return delta.stamp
    lasting = delta.file.is_container and all(
        item.name != delta.file.name and not _MAY_CHANGE.search(item.reason) for item in unread
    )
    return replace(delta.stamp, unread=len(unread)) if lasting else None


def _with_free_id(
    item: Article | SkippedFile, file: CorpusFile, name: str, taken: dict[str, tuple[str, Path]]
) -> Article | SkippedFile:
    """`item` of the document `name` of `file`, unless an article of another one has its id.

    Where that is of another root, the id has the name of the folder in front. `taken`: the name and
    the root of the article that has an id.
    """
    if isinstance(item, SkippedFile):
        return item
    if file.folder and item.id in taken and taken[item.id][1] != file.root:
        item = replace(item, id=f"{file.folder}/{item.id}")
    if item.id in taken:
        return SkippedFile(name, f"id already used by {taken[item.id][0]}")
    taken[item.id] = name, file.root
    return item


@dataclass(frozen=True)
class _Tools:
    """What the documents of a scan are read with; Tesseract is looked for when it is needed."""

    parser: ParserSandbox
    unpacker: Unpacker
    painter: Unpacker  # draws scanned pages, also those of files in a container

    @cached_property
    def tesseract(self) -> Tesseract | None:
        return find_tesseract()


def _items(
    tools: _Tools, file: CorpusFile, name: str, data: bytes | BinaryIO | Exception
) -> Iterator[Article | SkippedFile]:
    """The articles of one document of `file`, or of the files in it where it is a container.

    `data` is the error where its bytes could not be read.
    """
    if isinstance(data, bytes) and file.pages:
        yield from _parse_issue(tools, file, data)
        return
    if isinstance(data, (bytes, Exception)):
        line = name.removeprefix(file.name).replace(":", "!")  # of a dump
        yield from _parse(tools, _Document(name, file.id + line, file.extension), data)
        return
    empty = True
    try:
        if not _has_content(data):
            raise UnreadableDocument("empty")
        for inner in tools.unpacker.unpack(file.extension, data):
            empty = False
            if isinstance(inner, UnreadPart):
                yield SkippedFile(f"{name}!{inner.part}", inner.reason)
            else:
                yield from _parse_inner(tools, file, inner)
        if empty:
            raise UnreadableDocument("no text in it: it holds no file that is read")
    except (OSError, UnreadableDocument) as error:
        yield SkippedFile(name, failure_reason(error))


def _parse_issue(tools: _Tools, file: CorpusFile, data: bytes) -> Iterator[Article | SkippedFile]:
    """The articles of a newspaper issue; page by page where its structure cannot be read."""
    pages: dict[str, bytes] = {}
    names = {f"{file.name}!{reference}": page.name for reference, page in file.pages}
    left = SIZE_LIMITS["mets"] - len(data)
    for reference, page in file.pages:
        try:
            with page.open() as opened:
                content = opened.read(SIZE_LIMIT + 1)
            if len(content) > SIZE_LIMIT:
                raise UnreadableDocument(f"over {SIZE_LIMIT} bytes")
            if len(content) > left:
                raise UnreadableDocument(f"over {SIZE_LIMITS['mets']} bytes of an issue")
        except (OSError, UnreadableDocument) as error:
            yield SkippedFile(page.name, failure_reason(error))
        else:
            pages[reference], left = content, left - len(content)
    if len(data) > SIZE_LIMIT:
        items: list[Article | SkippedFile] = [SkippedFile(file.name, f"over {SIZE_LIMIT} bytes")]
    else:
        items = _parse(tools, _Document(file.name, file.id, "mets"), issue_file(data, pages))
    for item in items:  # a page is named as the file that it is
        if isinstance(item, SkippedFile):
            yield replace(item, name=names.get(item.name, item.name))
        else:
            yield item
    if not any(isinstance(item, Article) for item in items):
        for reference, page in file.pages:
            document = _Document(page.name, page.id, page.extension)
            yield from _parse(tools, document, pages[reference]) if reference in pages else ()


def _has_content(file: BinaryIO) -> bool:
    """Whether a file holds more than a few blanks; it is left at its beginning."""
    file.seek(0)
    head = file.read(_BLANKS + 1)
    file.seek(0)
    return bool(head.strip()) or len(head) > _BLANKS


def _parse_inner(
    tools: _Tools, file: CorpusFile, inner: InnerFile
) -> Iterator[Article | SkippedFile]:
    """The articles of a file in the container `file`, with what it says of that file."""
    id = f"{file.id}!{inner.part}" if inner.part else file.id
    name = f"{file.name}!{inner.name}" if inner.name else file.name
    for item in _parse(tools, _Document(name, id, inner.extension), inner.data):
        yield item if isinstance(item, SkippedFile) else _with_container(item, inner)


def _with_container(article: Article, inner: InnerFile) -> Article:
    """`article` with its path in the container, and the address and time of a web capture."""
    details = dict(article.details)
    if inner.part and not inner.part.isdigit():
        details["inner"] = "!".join(filter(None, (inner.part, details.get("inner"))))
    if inner.captured:
        details["captured"] = inner.captured
    return replace(article, url=inner.url or article.url, details=details)


class _Document(NamedTuple):
    """What is parsed at once: its name as shown, the id of its article, its format."""

    name: str
    id: str
    extension: str


def _parse(
    tools: _Tools, document: _Document, data: bytes | Exception
) -> list[Article | SkippedFile]:
    """The articles of one document; `data` is the error where its bytes could not be read."""
    name, extension = document.name, document.extension
    try:
        if isinstance(data, Exception):
            raise data
        if not data.strip():
            raise UnreadableDocument("empty")
        if len(data) > (limit := SIZE_LIMITS.get(extension, SIZE_LIMIT)):
            raise UnreadableDocument(f"over {limit} bytes")
        try:
            with stage("parse", detail=True, format=extension, bytes=len(data)):
                items = tools.parser.parse(extension, document.id, data)
        except ScannedDocument:
            items = _recognised(tools, document.id, data)
    except (OSError, UnreadableDocument) as error:
        return [SkippedFile(name, failure_reason(error))]
    return [
        SkippedFile(f"{name}!{item.part}", item.reason) if isinstance(item, UnreadPart) else item
        for item in items
    ]


def _recognised(tools: _Tools, id: str, data: bytes) -> list[Article | UnreadPart]:
    """The article of a file of scanned pages, as Tesseract reads them; other pages are named in it.

    Raises:
        ScannedDocument: Tesseract is not installed.
        UnreadableDocument: no page can be read, or none has a word.
    """
    if tools.tesseract is None:
        raise ScannedDocument
    broken = list[str]()  # the numbers of the pages that cannot be drawn

    def pictures() -> Iterator[tuple[str, bytes]]:
        for page in tools.painter.unpack(SCAN, io.BytesIO(data)):
            if isinstance(page, InnerFile):
                yield page.part, page.data
            else:
                broken.append(page.part)

    pages = tools.tesseract.read(pictures())
    items = tools.parser.parse("hocr", id, pages.hocr)
    missing = ", ".join(sorted((*broken, *pages.failed, *pages.late), key=int))
    details = {"ocr": tools.tesseract.version, **({"pages_not_read": missing} if missing else {})}
    late = [UnreadPart(each, f"{TOO_LATE} for page {each}") for each in pages.late]
    return late + [
        replace(item, details={**item.details, **details}) if isinstance(item, Article) else item
        for item in items
    ]
