"""The files of a corpus: found, opened where nothing leads out of it, and known again.

    below(folder)               ->  the `CorpusFile`s in it, in sorted order
    source.look(what was seen)  ->  `FileDelta`: is it as it was, or longer; its pieces that are new

What was seen of a source is a `FileStamp`: how large it was, when it was changed last, the hash of its
bytes. It is as it was where size, times and number of the file are the same, or else its bytes.
Left to others: what a file says (`rag.ingest.corpus`).
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from rag.ingest.normalize import UnreadableDocument, escape_unprintable
from rag.ingest.parsers import PARSER_VERSION, SUPPORTED_EXTENSIONS

SIZE_LIMIT = 20_000_000  # bytes of a file, or of a line of a dump
_OUT, _NO_FILE = "the link leads out of the corpus", "neither a regular file nor a link to one"
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_STEP = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_JUST_NOW = 2_000_000_000  # nanoseconds: a file as young may be changed without another time
_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What was seen of a source when all of it could be read."""

    file: tuple[int, int, int, int]  # bytes, number, times of change of content and file (ns)
    when: int  # it was looked at: ns
    lines: int  # of a dump
    sha256: str

    def __str__(self) -> str:
        return " ".join(map(str, [PARSER_VERSION, *self.file, self.when, self.lines, self.sha256]))

    @classmethod
    def parse(cls, text: str) -> FileStamp | None:
        """Read what `str` wrote; None where it is empty, or was written by another version."""
        by, *numbers, digest = text.split() or ("", "")
        if by != PARSER_VERSION:
            return None
        size, number, changed, touched, when, lines = map(int, numbers)
        return cls((size, number, changed, touched), when, lines, digest)

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.file[0]


class CorpusFile(NamedTuple):
    """A file, its path as shown, and the folder (or itself) outside of which nothing is read."""

    path: str
    name: str
    root: Path

    @property
    def kind(self) -> str:
        """The ending of its name, which says what it is."""
        _, dot, ending = self.name.rpartition("/")[2].rpartition(".")
        return ending.lower() if dot else ""

    @property
    def leads_out(self) -> bool:
        """Whether it is a link to something outside of the corpus."""
        return not Path(os.path.realpath(self.path)).is_relative_to(self.root)

    def open(self) -> BinaryIO:
        """Open it for reading if it is a regular file; a FIFO or device is never waited for.

        Where it leads is found out first and then gone to step by step without following a link:
        whoever changes one meanwhile gains nothing.
        """
        real = Path(os.path.realpath(self.path))
        if not real.is_relative_to(self.root):
            raise UnreadableDocument(_OUT)
        if real.is_dir():
            os.scandir(self.path).close()  # tells why it could not be searched
        if not real.is_file():
            raise UnreadableDocument(_NO_FILE)
        opened = _opened(self.root, real.relative_to(self.root).parts)
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise UnreadableDocument(_NO_FILE)
        return os.fdopen(opened, "rb")

    def changes_since(self, seen: FileStamp | None) -> FileDelta:
        """See what is new since then; all of it, where it cannot be opened either."""
        if seen is None:
            return FileDelta(self)
        try:
            now = _numbers(os.stat(self.path))  # noqa: PTH116 - `Path` takes thrice as long
            if now == seen.file and max(now[2:]) < seen.when - _JUST_NOW:
                return FileDelta(self, stands=True)
            longer = now[0] > seen.size
            if now[0] == seen.size or (longer and self.kind == "jsonl"):
                digest, ended = self._behind(seen.size)
                if digest.hexdigest() == seen.sha256 and (ended or not longer):
                    return (
                        FileDelta(self, seen, behind=digest)
                        if longer
                        else FileDelta(self, stands=True)
                    )
        except (OSError, UnreadableDocument):
            pass  # whoever reads it is told
        return FileDelta(self)

    def _behind(self, size: int) -> tuple[hashlib._Hash, bool]:
        """The hash of the first `size` bytes, and whether a line ends there."""
        with self.open() as file:
            digest = _hash(file, size)
            file.seek(max(0, size - 1))
            return digest, file.read(1) == b"\n"


class FileDelta:
    """A source beside what was `known` of it.

    `stands`: all of it was read before. `longer`: it was, but for the lines of a dump that follow.
    `seen`: what to know of it from now on; None until all `pieces` were taken.
    """

    def __init__(
        self,
        source: CorpusFile,
        known: FileStamp | None = None,
        *,
        stands: bool = False,
        behind: hashlib._Hash | None = None,
    ) -> None:
        self.source = source
        self.unchanged = stands
        self.appended = behind is not None
        self.seen: FileStamp | None = None
        self._known = known if self.appended else None
        self._digest = behind or hashlib.sha256()

    def pieces(self) -> Iterator[tuple[str, bytes | Exception]]:
        """What is new: a file whole, or lines of a dump, each with its name.

        A piece ends with the first byte that is too many; blank lines are left out.
        """
        name, dump = self.source.name, self.source.kind == "jsonl"
        digest, number = self._digest.copy(), self._known.lines if self._known else 0
        try:
            with self.source.open() as file:
                when, now = time.time_ns(), _numbers(os.fstat(file.fileno()))
                file.seek(self._known.size if self._known else 0)
                for data in _lines(file, digest) if dump else ():
                    number += 1
                    if data.strip():
                        yield f"{name}:{number}", data
                if not number:
                    data = file.read(SIZE_LIMIT + 1)
                    digest.update(data)
                    yield name, data
                self.seen = FileStamp((file.tell(), *now[1:]), when, number, digest.hexdigest())
        except (OSError, UnreadableDocument) as error:
            yield name, error

    def count(self) -> int:
        """How many pieces there are that are new."""
        if self.unchanged:
            return 0
        return 1 if self.source.kind != "jsonl" else sum(1 for _ in self.pieces())


def _lines(file: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while data := file.readline(SIZE_LIMIT + 1):
        rest = data
        digest.update(data)
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(SIZE_LIMIT)
            digest.update(rest)
        yield data


def _hash(file: BinaryIO, size: int) -> hashlib._Hash:
    """Of the first `size` bytes, which are read."""
    digest = hashlib.sha256()
    while size > 0 and (data := file.read(min(size, _AT_ONCE))):
        digest.update(data)
        size -= len(data)
    return digest


def _numbers(seen: os.stat_result) -> tuple[int, int, int, int]:
    return seen.st_size, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns


def _opened(root: Path, steps: tuple[str, ...]) -> int:
    """A descriptor of the file that `steps` below `root` lead to, none of them a link."""
    if not steps:
        return os.open(root, _READ | _NO_LINK)
    if os.open not in os.supports_dir_fd:
        return os.open(root.joinpath(*steps), _READ | _NO_LINK)
    folder = os.open(root, _STEP | _NO_LINK)
    try:
        for step in steps[:-1]:
            inner = os.open(step, _STEP | _NO_LINK, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(steps[-1], _READ | _NO_LINK, dir_fd=folder)
    finally:
        os.close(folder)


def walk(folder: str, root: Path, within: str = "") -> Iterator[CorpusFile]:
    """The files below `folder`, sorted. No link to a folder is followed, so there are no loops."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        source = CorpusFile(entry.path, within + escape_unprintable(entry.name), root)
        if entry.is_dir(follow_symlinks=False):
            try:
                yield from walk(entry.path, root, f"{source.name}/")
            except OSError:
                yield source  # what is wrong shows when it is opened
        elif source.kind in SUPPORTED_EXTENSIONS or (entry.is_symlink() and source.leads_out):
            yield source
