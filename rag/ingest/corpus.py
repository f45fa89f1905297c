"""A corpus: files and dumps in, clean `Article`s with their metadata out.

    Corpus.open(*paths)    ->  the files that there are              (CorpusError if there is none)
    iterating over it      ->  Article | SkippedFile, of one file or line of a dump after the other
    corpus.not_read        ->  how many files are of a kind that is not read, by their ending
    corpus.scan(stamps)    ->  `CorpusScan`: the same for what is new since the files were stamped
    corpus.file(name)      ->  the file of that name

Nothing outside the corpus is read, and nothing that a file holds ends the scan. Left to others:
files (`rag.ingest.files`), formats (`rag.ingest.parsers`), the process in which they are parsed
(`rag.ingest.sandbox`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rag.errors import CorpusError
from rag.ingest.document import UnreadableDocument, UnreadPart
from rag.ingest.files import SIZE_LIMIT, CorpusFile, FileDelta, FileList, FileStamp, list_files
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import SUPPORTED_EXTENSIONS
from rag.ingest.sandbox import ParserSandbox, failure_reason
from rag.types import Article

# bytes, by extension, where less than `SIZE_LIMIT`: a megabyte takes 10 s and 0.6 GB to parse
SIZE_LIMITS = {"md": 1_000_000, "markdown": 1_000_000}


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file, a line of a dump, or a part of a file that could not be read.

    `name` is its path in the corpus, for a line with ":" and its number, for a part with "!" and
    its path or number; unprintable characters are escaped. `reason` is one line in plain words.
    """

    name: str
    reason: str


class Corpus:
    """Folders (searched in depth), files, or `.jsonl` dumps with one article per line."""

    def __init__(self, listing: FileList) -> None:
        self._files = listing.files
        self.not_read = listing.kinds_not_read
        self.page_parts = len(listing.page_parts)
        self.names_not_read = listing.not_read
        self.names_of_page_parts = listing.page_parts
        self.names_hidden = listing.hidden

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
                if file.extension in SUPPORTED_EXTENSIONS:
                    file.open().close()
                    listing = FileList([file])
        except (OSError, RuntimeError, ValueError, UnreadableDocument) as error:
            problem = failure_reason(error)
        if not listing.files:
            raise CorpusError(
                f"cannot read the corpus {escape_unprintable(str(path))}: {problem}; "
                f"name a folder or a file ({', '.join(SUPPORTED_EXTENSIONS)}): --corpus PATH"
            )
        return listing

    @property
    def file_names(self) -> list[str]:
        """The names of its files, in order."""
        return [file.name for file in self._files]

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

    def scan(self, stamps: Mapping[str, FileStamp]) -> CorpusScan:
        """What changed since `stamps`, by file name, were taken; with none of them, everything."""
        return CorpusScan([file.changes_since(stamps.get(file.name)) for file in self._files])


class CorpusScan:
    """What is new in a corpus: iterating parses it and yields (file name, article or skipped)."""

    def __init__(self, deltas: list[FileDelta]) -> None:
        self._deltas = deltas
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

    def __iter__(self) -> Iterator[tuple[str, Article | SkippedFile]]:
        taken: dict[str, tuple[str, Path]] = {}
        with ParserSandbox() as sandbox:
            for delta in self._deltas:
                complete = True
                for name, data in () if delta.unchanged else delta.documents():
                    for parsed in _parse(sandbox, delta.file, name, data):
                        item = _with_free_id(parsed, delta.file, name, taken)
                        complete = complete and isinstance(item, Article)
                        yield delta.file.name, item
                if not delta.unchanged:
                    self.stamps[delta.file.name] = delta.stamp if complete else None


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


def _parse(
    sandbox: ParserSandbox, file: CorpusFile, name: str, data: bytes | Exception
) -> list[Article | SkippedFile]:
    """Parse one document of `file`; `data` is the error where its bytes could not be read."""
    line = name.removeprefix(file.name).replace(":", "!")  # of a dump
    try:
        if isinstance(data, Exception):
            raise data
        if not data.strip():
            raise UnreadableDocument("empty")
        if len(data) > (limit := SIZE_LIMITS.get(file.extension, SIZE_LIMIT)):
            raise UnreadableDocument(f"over {limit} bytes")
        items = sandbox.parse(file.extension, file.id + line, data)
    except (OSError, UnreadableDocument) as error:
        return [SkippedFile(name, failure_reason(error))]
    return [
        SkippedFile(f"{name}!{item.part}", item.reason) if isinstance(item, UnreadPart) else item
        for item in items
    ]
