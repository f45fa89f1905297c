"""What Ray's workers do: picklable classes, whose objects open what they need at first use.

    FileWorker       a unit of files        ->  a part with their articles and passages
    PassageWorker    a unit of passages     ->  a part with their vectors
    WorkerOptions    what both are given; it has no key and no password of the settings

A unit is a line of JSON; what comes back is how many files, lines or passages it had. Files are
parsed in the sandboxes of `rag.ingest.sandbox`, which are children of the worker. A worker that
dies at a unit (out of memory, say) is replaced by Ray, and the unit is begun anew: `ATTEMPTS`
times, after which the run ends with an error.
Left to others: starting workers (`rag.index.bulk.cluster`), what the units are
(`rag.index.bulk.parsing`, `rag.index.bulk.embedding`).
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rag.errors import IndexFault
from rag.index.bulk.parts import ParsedFile, ParsedItem, PartFolder
from rag.index.passages import EmbedderSource
from rag.index.snapshots import disk_errors_named
from rag.ingest.corpus import FileParser, SkippedFile, stamp_of
from rag.ingest.document import UnreadableDocument
from rag.ingest.files import CorpusFile, FileDelta, IssuePage, LineRange
from rag.models.embedder import Precision
from rag.models.opening import open_embedder
from rag.models.registry import get_card
from rag.runtime.worker_process import begin as end_with_parent
from rag.settings import Settings

__all__ = ["ATTEMPTS", "BulkWorker", "FileWorker", "PassageWorker", "WorkerOptions", "describe"]

ATTEMPTS = 3  # at one unit
_SETTINGS = ("embedder", "models", "passage_tokens", "context", "threads", "deadline")


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a worker is given: the folder of the index, how an embedder is opened, its precision.

    `version` is that of the package here, which workers must have, too.
    """

    index: str
    embedder: str
    models: str
    passage_tokens: int
    context: int
    threads: int
    deadline: float
    version: str
    precision: Precision = "float32"

    @classmethod
    def of(cls, settings: Settings) -> WorkerOptions:
        """Those of the settings of a run."""
        values = {name: getattr(settings, name) for name in _SETTINGS}
        values["models"] = str(settings.models.expanduser().absolute())
        index = str(settings.index.absolute())
        return cls(index=index, version=version("footnoted"), **values)

    @property
    def settings(self) -> Settings:
        """Settings that open the embedder; all others are as by default."""
        values = {name: getattr(self, name) for name in _SETTINGS}
        return Settings(**{**values, "models": Path(self.models)})


class BulkWorker(ABC):
    """A class for `map_batches`: batches have a column `unit`, and come back with one `done`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = WorkerOptions(**options)
        self._parts = PartFolder(Path(self._options.index))
        end_with_parent(os.getppid())  # a worker that is busy outlives Ray by as long

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[int]]:
        """Work on the units of a batch.

        Raises:
            IndexFault: a file or folder is missing here, a unit has ended too many workers, another
                version is installed, or the disk is full.
            ModelError: the embedder is missing or broken.
        """
        self._require_same()
        with disk_errors_named(Path(self._options.index)):
            return {"done": [self._try(str(unit)) for unit in batch["unit"]]}

    @abstractmethod
    def work(self, unit: Mapping[str, Any]) -> int:
        """Write the part of a unit; how many steps of the stage that was."""

    def _try(self, unit: str) -> int:
        name = hashlib.sha256(unit.encode()).hexdigest()[:32]
        attempts = self._parts.folder / f"{name}.attempts"
        with attempts.open("ab") as file:
            file.write(b".")
        if attempts.stat().st_size > ATTEMPTS:
            raise IndexFault(
                f"{ATTEMPTS} workers of Ray ended at one unit ({self._name(json.loads(unit))}), "
                "killed or out of memory: free memory and type `rag index --on ray` again, which "
                "goes on from there, or `rag index`"
            )
        done = self.work(json.loads(unit))
        attempts.unlink(missing_ok=True)
        return done

    def _name(self, unit: Mapping[str, Any]) -> str:
        return str(unit["part"])

    def _require_same(self) -> None:
        """Check that this worker has the folder of the index, and the package as it is there.

        Raises:
            IndexFault: it has not.
        """
        here, wanted = version("footnoted"), self._options.version
        if here != wanted:
            raise IndexFault(
                f"a worker of Ray on {socket.gethostname()} has footnoted {here}, this machine "
                f"{wanted}: install the same there"
            )
        _require_folder(self._parts.folder)

    @cached_property
    def _source(self) -> EmbedderSource:
        settings = self._options.settings
        embedder = open_embedder(settings, self._options.precision)
        return EmbedderSource(embedder, get_card(settings.embedder), settings.passage_tokens)


class FileWorker(BulkWorker):
    """Parses files and lines of dumps, and cuts articles into passages."""

    def work(self, unit: Mapping[str, Any]) -> int:
        """Parse the files of a unit, and write the part of that name."""
        parsed = [self._parsed(each) for each in unit["files"]]
        self._parts.write_parsed(unit["part"], parsed)
        return sum(each["steps"] for each in unit["files"])

    def _name(self, unit: Mapping[str, Any]) -> str:
        first, *more = [_corpus_file(each["file"]).name for each in unit["files"]]
        return f"{first} and {len(more)} more" if more else first

    @cached_property
    def _parser(self) -> FileParser:
        return FileParser().__enter__()  # the sandboxes end with this process

    def _parsed(self, unit: Mapping[str, Any]) -> ParsedFile:
        file = _corpus_file(unit["file"])
        _require_folder(file.root)
        delta = FileDelta(file)
        lines = LineRange(*unit["lines"]) if unit["lines"] else None
        documents = file.lines(lines) if lines else delta.documents()
        try:
            items = tuple(
                ParsedItem(name, item, self._places(item))
                for name, item in self._parser.parse(file, documents)
            )
        except (OSError, UnreadableDocument) as error:  # of a range of lines
            raise IndexFault(f"{file.name}: {error}: type `rag index --on ray` again") from None
        skipped = [each.item for each in items if isinstance(each.item, SkippedFile)]
        complete = stamp_of(delta, skipped) is not None or (lines is not None and not skipped)
        return ParsedFile(unit["key"], str(delta.stamp or ""), complete, items)

    def _places(self, item: Any) -> tuple[tuple[int, int], ...]:
        if isinstance(item, SkippedFile):
            return ()
        return tuple((each.start, each.end) for each in self._source.passages(item))


class PassageWorker(BulkWorker):
    """Embeds passages: those of a unit at once, as one process would."""

    def work(self, unit: Mapping[str, Any]) -> int:
        """Embed the passages in one part, and write their vectors into the other."""
        texts = self._parts.read_texts(unit["texts"])
        self._parts.write_vectors(unit["part"], self._source.encode(texts))
        return int(unit["steps"])


def describe(file: CorpusFile) -> list[Any]:
    """A file as JSON has it; the inverse of what a worker makes of it."""
    pages = [[page.reference, describe(page.file)] for page in file.pages]
    return [*file[:2], str(file.root), *file[3:6], pages]


def _corpus_file(values: Sequence[Any]) -> CorpusFile:
    path, name, root, with_ending, inside, folder, pages = values
    own = tuple(IssuePage(reference, _corpus_file(page)) for reference, page in pages)
    return CorpusFile(path, name, Path(root), with_ending, inside, folder, own)


def _require_folder(path: Path) -> None:
    if not os.access(path, os.R_OK):
        raise IndexFault(
            f"a worker of Ray on {socket.gethostname()} cannot read {path}: every worker needs the "
            "articles and the index at the same path (docs/bulk-indexing.md)"
        )
