"""Articles from a corpus: files and dumps in, clean `Article`s with their news record out.

    Corpus.open(path)  ->  what there is to read, counted     (CorpusError where there is nothing)
    iterating over it  ->  Article | Unread, one a file or a line of a dump, in sorted order

Nothing outside the corpus is read, and nothing a file holds ends the run. Left to others: what a
file says (`rag.formats`), and the process in which it is read (`rag.reader`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from rag.cleaning import Refused, escaped
from rag.errors import CorpusError
from rag.formats import KINDS
from rag.reader import Reader, reason
from rag.types import Article

SIZE_LIMIT = 20_000_000  # bytes of a file, or of a line of a dump
LIMITS = {"md": 1_000_000, "markdown": 1_000_000}  # where less: it takes 10 s, and 0.6 GB
_OUT, _NO_FILE = "the link leads out of the corpus", "neither a regular file nor a link to one"
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_STEP = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


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
        """Open it for reading if it is a regular file; a FIFO or device is never waited for.

        Where it leads is found out first and then gone to step by step without following a link:
        whoever changes one meanwhile gains nothing.
        """
        real = Path(os.path.realpath(self.path))
        if not real.is_relative_to(self.root):
            raise Refused(_OUT)
        if real.is_dir():
            next(self.path.iterdir(), None)  # tells why it could not be searched
        if not real.is_file():
            raise Refused(_NO_FILE)
        opened = _opened(self.root, real.relative_to(self.root).parts)
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise Refused(_NO_FILE)
        return os.fdopen(opened, "rb")


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
            problem = reason(error)
        if not sources:
            raise CorpusError(
                f"cannot read the corpus {escaped(str(path))}: {problem}; "
                f"name a folder or a file ({', '.join(KINDS)}): --corpus PATH"
            )
        return cls(sources)

    def __iter__(self) -> Iterator[Article | Unread]:
        """Read one after the other; a second article of the same id is passed over."""
        held: dict[str, str] = {}
        with Reader() as reader:
            for source in self._sources:
                for name, data in _pieces(source):
                    read = _read(reader, source, name, data)
                    if isinstance(read, Article) and read.id in held:
                        read = Unread(name, f"id already used by {held[read.id]}")
                    elif isinstance(read, Article):
                        held[read.id] = name
                    yield read


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


def _read(reader: Reader, source: _Source, name: str, data: bytes | Exception) -> Article | Unread:
    try:
        if isinstance(data, Exception):
            raise data
        if not data.strip():
            raise Refused("empty")
        if len(data) > (limit := LIMITS.get(source.kind, SIZE_LIMIT)):
            raise Refused(f"over {limit} bytes")
        return reader.read(source.kind, source.name, data)
    except (OSError, Refused) as error:
        return Unread(name, reason(error))
