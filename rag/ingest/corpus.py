"""Articles from a corpus: files and dumps in, clean `Article`s with their news record out.

    Corpus.open(path)    ->  what there is to read                      (CorpusError where nothing)
    iterating over it    ->  Article | Unread, one a file or a line of a dump, in sorted order
    corpus.since(seen)   ->  `Reading`: the same of what is new since it was read last, counted

Nothing outside the corpus is read, and nothing a file holds ends the run. Left to others: files
(`rag.ingest.files`), what one says (`rag.ingest.parsers`), and the process in which it is read (`rag.ingest.sandbox`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rag.errors import CorpusError
from rag.ingest.files import SIZE_LIMIT, CorpusFile, FileDelta, FileStamp, walk
from rag.ingest.normalize import UnreadableDocument, escape_unprintable
from rag.ingest.parsers import SUPPORTED_EXTENSIONS
from rag.ingest.sandbox import ParserSandbox, reason
from rag.types import Article

LIMITS = {"md": 1_000_000, "markdown": 1_000_000}  # where less: it takes 10 s, and 0.6 GB


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file or line passed over. `name` is safe to show: what does not print is escaped."""

    name: str
    reason: str


class Corpus:
    """A folder (searched in depth), one file, or a `.jsonl` dump with one article a line."""

    def __init__(self, sources: list[CorpusFile]) -> None:
        self._sources = sources

    @classmethod
    def open(cls, path: Path) -> Corpus:
        """List what there is to read at `path`, hidden files and folders left out.

        Raises:
            CorpusError: it is missing, unreadable, or holds no file of a kind that is read.
        """
        sources, problem = list[CorpusFile](), "it has no file of a kind that is read"
        try:
            root = path.resolve(strict=True)
            if root.is_dir():
                sources = list(walk(str(root), root))
            elif (
                one := CorpusFile(str(root), escape_unprintable(path.name), root)
            ).kind in SUPPORTED_EXTENSIONS:
                one.open().close()
                sources = [one]
        except (OSError, RuntimeError, ValueError, UnreadableDocument) as error:
            problem = reason(error)
        if not sources:
            raise CorpusError(
                f"cannot read the corpus {escape_unprintable(str(path))}: {problem}; "
                f"name a folder or a file ({', '.join(SUPPORTED_EXTENSIONS)}): --corpus PATH"
            )
        return cls(sources)

    def __iter__(self) -> Iterator[Article | SkippedFile]:
        """Read one after the other; a second article of the same id is passed over."""
        return (read for _, read in self.scan({}))

    def scan(self, seen: Mapping[str, FileStamp]) -> CorpusScan:
        """What is to be read, where `seen` of sources, by name, was read before."""
        return CorpusScan([source.changes_since(seen.get(source.name)) for source in self._sources])


class CorpusScan:
    """What is new in a corpus: iterating gives names of sources and what was read in them."""

    def __init__(self, looks: list[FileDelta]) -> None:
        self._looks = looks
        # by name, what was seen of sources that were read; None where a part could not be
        self.seen: dict[str, FileStamp | None] = {}

    @cached_property
    def total(self) -> int:
        """How many files and lines are to be read."""
        return sum(look.count() for look in self._looks)

    @property
    def names(self) -> set[str]:
        """Names of all sources."""
        return {look.source.name for look in self._looks}

    @property
    def standing(self) -> set[str]:
        """Names of the sources of which all that was read before stands as it was."""
        return {look.source.name for look in self._looks if look.unchanged or look.appended}

    def __iter__(self) -> Iterator[tuple[str, Article | SkippedFile]]:
        held: dict[str, str] = {}
        with ParserSandbox() as reader:
            for look in self._looks:
                whole = True
                for name, data in () if look.unchanged else look.pieces():
                    read = _read(reader, look.source, name, data)
                    if isinstance(read, Article) and read.id in held:
                        read = SkippedFile(name, f"id already used by {held[read.id]}")
                    elif isinstance(read, Article):
                        held[read.id] = name
                    whole = whole and isinstance(read, Article)
                    yield look.source.name, read
                if not look.unchanged:
                    self.seen[look.source.name] = look.seen if whole else None


def _read(
    reader: ParserSandbox, source: CorpusFile, name: str, data: bytes | Exception
) -> Article | SkippedFile:
    try:
        if isinstance(data, Exception):
            raise data
        if not data.strip():
            raise UnreadableDocument("empty")
        if len(data) > (limit := LIMITS.get(source.kind, SIZE_LIMIT)):
            raise UnreadableDocument(f"over {limit} bytes")
        return reader.parse(source.kind, source.name, data)
    except (OSError, UnreadableDocument) as error:
        return SkippedFile(name, reason(error))
