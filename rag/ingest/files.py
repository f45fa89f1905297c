"""The files of a corpus: listed, opened only inside it, and recognized when unchanged.

    list_files(folder)           ->  `FileList`: the `CorpusFile`s in it, in sorted order, and the
                                     names of files that are not read
    file.changes_since(stamp)    ->  `FileDelta`: whether it is unchanged or was appended to, and
                                     its new documents
    delta.ranges(size)           ->  the new lines of a dump as `LineRange`s, which other processes
                                     read: file.lines(range)

A `FileStamp` records size, times and inode of a file and the hash of its bytes when all of it could
be parsed. The file is unchanged if size, times and inode are the same, or else its bytes are. Left
to others: what a file says (`rag.ingest.corpus`).
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path
from typing import BinaryIO, NamedTuple

from rag.ingest.containers import BOXES, CONTAINERS
from rag.ingest.containers.file_names import ending_of, is_page_folder, without_ending
from rag.ingest.containers.issues import pages_of_issues
from rag.ingest.document import UnreadableDocument
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import PARSER_VERSION, WEB_PAGES, parser_version, supported_extensions

SIZE_LIMIT = 20_000_000  # bytes of a file, or of a line of a dump
DUMP = "jsonl"  # the extension of files that hold one document per line
_OUTSIDE = "the link leads out of the corpus"
_NOT_A_FILE = "neither a regular file nor a link to one"
_OPEN_FILE = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"):  # the last is Windows': bytes as they are
    _OPEN_FILE |= getattr(os, _flag, 0)
_OPEN_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_TIME_RESOLUTION = 2_000_000_000  # ns: a file this young can change without another time
_HASH_CHUNK = 1 << 20  # bytes


RawDocument = tuple[str, bytes | BinaryIO | Exception]
"""The name of a document and its bytes, an open container, or why it cannot be read."""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """The state of a file when all of it was parsed."""

    stat: tuple[int, int, int, int]  # size in bytes, inode, times of content and status change (ns)
    checked_at: int  # when it was opened, ns since the epoch
    lines: int  # of a dump; 0 for other files
    with_ending: bool  # whether the ids of its articles begin with its name and its ending
    sha256: str
    unread: int = 0  # parts of a container that are not read, and were named
    parser: str = PARSER_VERSION

    def __str__(self) -> str:
        numbers = [*self.stat, self.checked_at, self.lines, int(self.with_ending), self.unread]
        return " ".join(map(str, [self.parser, *numbers, self.sha256]))

    @classmethod
    def parse(cls, text: str, name: str) -> FileStamp | None:
        """The inverse of `str`, for the file `name`.

        None if `text` is empty or of another version of the parser of such files.
        """
        version, *numbers, digest = text.split() or ("", "")
        if version != parser_version(ending_of(name)):
            return None
        size, inode, modified, changed, checked_at, lines, with_ending, unread = map(int, numbers)
        stat = size, inode, modified, changed
        return cls(stat, checked_at, lines, bool(with_ending), digest, unread, version)

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.stat[0]


class CorpusFile(NamedTuple):
    """A file, its name as shown, and the folder (or itself) outside of which nothing is read.

    `with_ending`: the ids of its articles begin with its whole name, since another file has the
    same name but for the ending; those of a box always do. A file of a further root of the
    corpus has its absolute path for its name; `inside` is then its path below that root, and
    `folder` the name of the root, which ids have in front where they would clash with those of
    other roots. `pages` are those of a newspaper issue (METS), which are read with it.
    """

    path: str
    name: str
    root: Path
    with_ending: bool = False
    inside: str = ""
    folder: str = ""
    pages: tuple[IssuePage, ...] = ()

    @property
    def id(self) -> str:
        """The id of its article, or the beginning of the ids of its articles."""
        name = self.inside or self.name
        whole = self.with_ending or self.extension in BOXES
        return name if whole else without_ending(name)

    @property
    def extension(self) -> str:
        """The ending of its name in lower case, which tells the format; "" if there is none."""
        return ending_of(self.name)

    @property
    def is_container(self) -> bool:
        """Whether it holds files that are documents by themselves."""
        return self.extension in CONTAINERS

    @property
    def leads_out(self) -> bool:
        """Whether it is a link to something outside the corpus."""
        return not Path(os.path.realpath(self.path)).is_relative_to(self.root)

    def open(self) -> BinaryIO:
        """Open it for reading if it is a regular file; never wait for a FIFO or device.

        The real path is resolved first and then walked step by step without following links, so
        that changing one meanwhile leads nowhere.

        Raises:
            UnreadableDocument: it is outside the corpus, or not a file.
            OSError: it cannot be opened.
        """
        real = Path(os.path.realpath(self.path))
        if not real.is_relative_to(self.root):
            raise UnreadableDocument(_OUTSIDE)
        if real.is_dir():
            os.scandir(self.path).close()  # raises the reason for which it could not be listed
        if not real.is_file():
            raise UnreadableDocument(_NOT_A_FILE)
        descriptor = _open_beneath(self.root, real.relative_to(self.root).parts)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnreadableDocument(_NOT_A_FILE)
        return os.fdopen(descriptor, "rb")

    def changes_since(self, stamp: FileStamp | None) -> FileDelta:
        """Compare the file with an earlier `stamp`; it is all new if that is None.

        A file that cannot be opened counts as new, too: whoever reads it gets the error.
        """
        if stamp is None or stamp.with_ending != self.with_ending:
            return FileDelta(self)
        try:
            now = _with_pages(_stat_fields(os.stat(self.path)), self)  # noqa: PTH116 - faster
            if now == stamp.stat and max(now[2:]) < stamp.checked_at - _TIME_RESOLUTION:
                return FileDelta(self, stamp, unchanged=True)
            grew = now[0] > stamp.size
            if self.pages:
                return FileDelta(self)
            if now[0] == stamp.size or (grew and self.extension == DUMP):
                digest, line_ended = self._hash_prefix(stamp.size)
                if digest.hexdigest() == stamp.sha256 and (line_ended or not grew):
                    if grew:
                        return FileDelta(self, stamp, prefix_hash=digest)
                    return FileDelta(self, stamp, unchanged=True)
        except (OSError, UnreadableDocument):
            pass
        return FileDelta(self)

    def lines(self, part: LineRange) -> Iterator[RawDocument]:
        """The lines of a dump in `part`, each with its name; blank ones are left out.

        Raises:
            UnreadableDocument: the file has changed since (after the last line), or as `open`.
            OSError: it cannot be read.
        """
        digest, end = hashlib.sha256(), part.start + part.size
        with self.open() as file:
            file.seek(part.start)
            for number, data in enumerate(_lines(file, digest), start=part.first):
                if data.strip():
                    yield f"{self.name}:{number}", data
                if file.tell() >= end:
                    break
        if digest.hexdigest() != part.sha256:
            raise UnreadableDocument("it changed while it was read")

    def _hash_prefix(self, size: int) -> tuple[hashlib._Hash, bool]:
        """The hash of the first `size` bytes, and whether a line ends there."""
        with self.open() as file:
            digest = _hash(file, size)
            file.seek(max(0, size - 1))
            return digest, file.read(1) == b"\n"


class LineRange(NamedTuple):
    """Whole lines of a dump: where they start and how many bytes they have, the number of the first
    and how many there are, and the hash of their bytes."""

    start: int
    size: int
    first: int
    lines: int
    sha256: str


class IssuePage(NamedTuple):
    """A page of a newspaper issue: the path by which METS names it, and its file."""

    reference: str
    file: CorpusFile


class FileDelta:
    """A file compared with its earlier stamp.

    `unchanged`: all of it was parsed before. `appended`: it was, except for lines that a dump
    gained. `unread`: parts of an unchanged file that are not read. `stamp`: the file's new stamp;
    None until all `documents` were taken.
    """

    def __init__(
        self,
        file: CorpusFile,
        earlier: FileStamp | None = None,
        *,
        unchanged: bool = False,
        prefix_hash: hashlib._Hash | None = None,
    ) -> None:
        self.file = file
        self.unchanged = unchanged
        self.appended = prefix_hash is not None
        self.stamp: FileStamp | None = None
        self.unread = earlier.unread if earlier and unchanged else 0
        self._earlier = earlier if self.appended else None
        self._digest = prefix_hash or hashlib.sha256()

    def documents(self) -> Iterator[RawDocument]:
        """What is new: the whole file, or lines of a dump, each with its name.

        A container comes as an open file, to be read before the next step. At most
        `SIZE_LIMIT` + 1 bytes of another document are read; blank lines are left out. An error
        takes the place of a document that cannot be read.
        """
        name, is_dump = self.file.name, self.file.extension == DUMP
        digest, number = self._digest.copy(), self._earlier.lines if self._earlier else 0
        try:
            with self.file.open() as file:
                checked_at, now = time.time_ns(), _stat_fields(os.fstat(file.fileno()))
                file.seek(self._earlier.size if self._earlier else 0)
                for data in _lines(file, digest) if is_dump else ():
                    number += 1
                    if data.strip():
                        yield f"{name}:{number}", data
                if self.file.is_container:
                    while chunk := file.read(_HASH_CHUNK):
                        digest.update(chunk)
                    yield name, file
                    file.seek(0, os.SEEK_END)
                elif not number:
                    data = file.read(SIZE_LIMIT + 1)
                    digest.update(data)
                    yield name, data
                self.stamp = self._stamp((file.tell(), *now[1:]), checked_at, number, digest)
        except (OSError, UnreadableDocument) as error:
            yield name, error

    def ranges(self, size: int) -> Iterator[LineRange]:
        """The new lines of a dump, in ranges of `size` bytes and the rest of a line.

        Then the file has its stamp.

        Raises:
            UnreadableDocument, OSError: it cannot be read.
        """
        digest = self._digest.copy()
        start, number = (self._earlier.size, self._earlier.lines) if self._earlier else (0, 0)
        with self.file.open() as file:
            checked_at, now = time.time_ns(), _stat_fields(os.fstat(file.fileno()))
            file.seek(start)
            while part := _next_range(file, size, number + 1, digest):
                yield part
                number += part.lines
            self.stamp = self._stamp((file.tell(), *now[1:]), checked_at, number, digest)

    def _stamp(
        self, state: tuple[int, int, int, int], checked_at: int, lines: int, digest: hashlib._Hash
    ) -> FileStamp:
        """The stamp of the file, of which `state` was read."""
        return FileStamp(
            _with_pages(state, self.file),
            checked_at,
            lines,
            self.file.with_ending,
            digest.hexdigest(),
            parser=parser_version(self.file.extension),
        )

    def count(self) -> int:
        """How many new documents there are."""
        if self.unchanged:
            return 0
        return 1 if self.file.extension != DUMP else sum(1 for _ in self.documents())


@dataclass(slots=True)
class FileList:
    """The files of a corpus by what becomes of them.

    `not_read` are the names of files of a kind that is not read, `page_parts` those of files in
    the folder that a browser made for a saved page, `issue_pages` those of pages that are read with
    a METS file, each with the name of that, `hidden` those of hidden files and, with "/"
    at the end, of hidden folders.
    """

    files: list[CorpusFile] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    page_parts: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    issue_pages: dict[str, str] = field(default_factory=dict)

    def add_root(self, root: Path, listing: FileList) -> None:
        """Add the files of a further root, each under its absolute path."""
        is_folder = root.is_dir()
        folder = escape_unprintable(root.name if is_folder else root.parent.name)
        above = escape_unprintable(str(root if is_folder else root.parent))
        for file in listing.files:
            pages = tuple(
                IssuePage(reference, _in_root(page, above, folder))
                for reference, page in file.pages
            )
            self.files.append(_in_root(file, above, folder)._replace(pages=pages))
        for own, others in (
            (self.not_read, listing.not_read),
            (self.page_parts, listing.page_parts),
            (self.hidden, listing.hidden),
        ):
            own += [f"{above}/{name}" for name in others]
        for page, issue in listing.issue_pages.items():
            self.issue_pages[f"{above}/{page}"] = f"{above}/{issue}"


def list_files(folder: Path) -> FileList:
    """The files below `folder`, sorted by name; links to folders are not followed.

    A folder that cannot be listed and a link that leads out of it are listed as files: opening them
    raises the reason.
    """
    listing = FileList()
    _walk(str(folder), folder, "", listing)
    _join_issues(listing)
    stems = Counter(without_ending(file.name) for file in listing.files)
    listing.files = [
        file._replace(with_ending=stems[without_ending(file.name)] > 1) for file in listing.files
    ]
    return listing


def _in_root(file: CorpusFile, above: str, folder: str) -> CorpusFile:
    """A file of a further root, which lies in `above` and is called `folder`."""
    return file._replace(name=f"{above}/{file.name}", inside=file.name, folder=folder)


def _join_issues(listing: FileList) -> None:
    """Give each METS file the pages that it names, which are then no files by themselves."""
    issues = pages_of_issues(listing.files)
    for number, file in enumerate(listing.files):
        own = tuple(starmap(IssuePage, issues.get(file.name, {}).items()))
        listing.files[number] = file._replace(pages=own)
        listing.issue_pages.update({page.file.name: file.name for page in own})
    listing.files = [file for file in listing.files if file.name not in listing.issue_pages]


def _walk(folder: str, root: Path, prefix: str, listing: FileList) -> None:
    with os.scandir(folder) as opened:
        entries = sorted(opened, key=lambda entry: entry.name)
    pages = {without_ending(entry.name) for entry in entries if ending_of(entry.name) in WEB_PAGES}
    for entry in entries:
        if entry.name.startswith("."):
            mark = "/" if entry.is_dir(follow_symlinks=False) else ""
            listing.hidden.append(f"{prefix}{escape_unprintable(entry.name)}{mark}")
            continue
        file = CorpusFile(entry.path, prefix + escape_unprintable(entry.name), root)
        if entry.is_dir(follow_symlinks=False):
            inner = FileList() if is_page_folder(entry.name, pages) else listing
            try:
                _walk(entry.path, root, f"{file.name}/", inner)
            except OSError:
                listing.files.append(file)
            if inner is not listing:
                names = (each.name for each in inner.files)
                listing.page_parts += [*names, *inner.not_read, *inner.hidden]
        elif file.extension in supported_extensions() or (entry.is_symlink() and file.leads_out):
            listing.files.append(file)
        else:
            listing.not_read.append(file.name)


def _lines(file: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    """The lines of a dump, cut off after `SIZE_LIMIT` + 1 bytes; all bytes go into `digest`."""
    while data := file.readline(SIZE_LIMIT + 1):
        rest = data
        digest.update(data)
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(SIZE_LIMIT)
            digest.update(rest)
        yield data


def _next_range(file: BinaryIO, size: int, first: int, whole: hashlib._Hash) -> LineRange | None:
    """The range of lines that comes next, the first of which has the number `first`; None at the
    end. Its bytes go into `whole`, too."""
    start, digest, count, ended = file.tell(), hashlib.sha256(), 0, True
    while not ended or file.tell() - start < size:
        piece = file.readline(_HASH_CHUNK)
        if not piece:
            break
        digest.update(piece)
        whole.update(piece)
        count += ended
        ended = piece.endswith(b"\n")
    read = file.tell() - start
    return LineRange(start, read, first, count, digest.hexdigest()) if read else None


def _hash(file: BinaryIO, size: int) -> hashlib._Hash:
    """The hash of the next `size` bytes of `file`."""
    digest = hashlib.sha256()
    while size > 0 and (data := file.read(min(size, _HASH_CHUNK))):
        digest.update(data)
        size -= len(data)
    return digest


def _with_pages(state: tuple[int, int, int, int], file: CorpusFile) -> tuple[int, int, int, int]:
    """The state of a file that changes with each of its pages: sizes added, times the latest."""
    size, inode, modified, changed = state
    for page in file.pages:
        own = _stat_fields(os.stat(page.file.path))  # noqa: PTH116
        size += own[0]
        modified, changed = max(modified, own[2]), max(changed, own[3])
    return size, inode, modified, changed


def _stat_fields(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _open_beneath(root: Path, steps: tuple[str, ...]) -> int:
    """A descriptor of the file that `steps` below `root` lead to, none of them a link."""
    if not steps:
        return os.open(root, _OPEN_FILE | _NO_LINK)
    if os.open not in os.supports_dir_fd:
        return os.open(root.joinpath(*steps), _OPEN_FILE | _NO_LINK)
    folder = os.open(root, _OPEN_FOLDER | _NO_LINK)
    try:
        for step in steps[:-1]:
            inner = os.open(step, _OPEN_FOLDER | _NO_LINK, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(steps[-1], _OPEN_FILE | _NO_LINK, dir_fd=folder)
    finally:
        os.close(folder)
