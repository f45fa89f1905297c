"""The folders and files that an index is made of, recorded in the folder of the index.

    IndexPaths.read(folder)       those of the index in `folder`; none where nothing was recorded
    paths.joined(named)           with further ones; a path below another is part of it already
    paths.alone(named)            these and no others
    paths.leaving(after)          which of them go
    planned_paths, open_corpus    what `rag index` makes of them, and the files below them

A path in the folder that the index is in (above hidden ones: that of `.rag/index` is the one with
`.rag`) is recorded relative to the index, so that both can be moved or copied together. Left to
others: the files below a path (`rag.ingest.corpus`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import CorpusError, IndexFault
from rag.ingest.corpus import Corpus
from rag.runtime.atomic_file import write_atomically

_FILE = "paths.json"


@dataclass(frozen=True, slots=True)
class IndexPaths:
    """The paths of the index in `folder`, in the order in which they were added.

    `entries` are as they are recorded: absolute, or relative to `folder`.
    """

    folder: Path
    entries: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> IndexPaths:
        """Those recorded in `folder`.

        Raises:
            IndexFault: the record is damaged.
        """
        folder = folder.absolute()
        try:
            entries = json.loads((folder / _FILE).read_text(encoding="utf-8"))["paths"]
            return cls(folder, tuple(map(os.fspath, entries)))
        except FileNotFoundError:
            return cls(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexFault(
                f"{folder / _FILE} cannot be read ({error}): type `rag index --replace PATH` with "
                "every folder that belongs to the index"
            ) from error

    def write(self) -> None:
        """Record them, where they are not yet. Raises `OSError` where the folder is read-only."""
        text = json.dumps({"paths": self.entries}, ensure_ascii=False, indent=1)
        file = self.folder / _FILE
        if not file.is_file() or file.read_text(encoding="utf-8", errors="replace") != f"{text}\n":
            write_atomically(file, f"{text}\n", sync=True)

    @property
    def paths(self) -> list[Path]:
        """They, absolute."""
        return [self._path(entry) for entry in self.entries]

    def holds(self, path: Path) -> bool:
        """Whether `path` is one of them, or below one."""
        place = path.resolve()
        return any(place.is_relative_to(each.resolve()) for each in self.paths)

    def joined(self, named: Sequence[Path]) -> IndexPaths:
        """With those of `named` that are not part of them yet; one takes in those below it."""
        joined = self
        for path in named:
            if joined.holds(path):
                continue
            place, entry = path.resolve(), self._entry(path)
            entries = [
                entry if joined._path(each).resolve().is_relative_to(place) else each
                for each in joined.entries
            ]
            joined = IndexPaths(self.folder, tuple(dict.fromkeys([*entries, entry])))
        return joined

    def alone(self, named: Sequence[Path]) -> IndexPaths:
        """`named`, and no others."""
        return IndexPaths(self.folder).joined(named)

    def leaving(self, after: IndexPaths) -> list[Path]:
        """Those of these that are not part of `after`."""
        return [path for path in self.paths if not after.holds(path)]

    def _path(self, entry: str) -> Path:
        return Path(os.path.normpath(self.folder / entry))

    def _entry(self, path: Path) -> str:
        place, home = Path(os.path.normpath(path.absolute())), self.folder.parent
        while home.name.startswith("."):
            home = home.parent
        return os.path.relpath(place, self.folder) if place.is_relative_to(home) else str(place)


def planned_paths(
    before: IndexPaths, corpus: Path, named: Sequence[Path], *, replace: bool, by_default: bool
) -> IndexPaths:
    """What an index is to be made of, that is made of `before` now.

    `named` are added, or with `replace` they alone remain. Where none is named, `corpus` (that of
    the settings) is added, unless it is so `by_default` and the index has paths.
    """
    if replace:
        return before.alone(named)
    if not named and not (by_default and before.entries):
        named = [corpus]
    return before.joined(named)


def open_corpus(before: IndexPaths, after: IndexPaths) -> Corpus:
    """The files of all paths; where one that the index has is gone, the error says what to type.

    Raises:
        CorpusError: a path is missing, or holds no file that is read.
    """
    try:
        return Corpus.open(*after.paths)
    except CorpusError as error:
        gone = next((path for path in before.paths if not path.exists()), None)
        if gone is None or len(after.entries) < 2:
            raise
        others = " ".join(str(path) for path in after.paths if path != gone)
        raise CorpusError(
            f"{gone}, which belongs to the index, is missing: bring it back, or leave it out with "
            f"`rag index --replace {others}`"
        ) from error
