"""What a generation says of itself: what it was built from, and each file's size and SHA-256.

In:  the folder of a part of a generation, which may stand on older ones: the folder `base` in it.
Out: its `Fingerprint`; the names of the files that are not what they were when it was built.
Left to others: which generation is current (`rag.index.snapshots`), whether what was built is
right (`rag.index.verify`).

Every file is hashed when a part is opened: a damaged Chroma file ends the process, or loses
neighbours without a word. That costs less than reading the keyword index does. Who adds to an index
looks at sizes and times alone, and hashes where these differ.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import IndexFault

SCHEMA = 3
NAME = "manifest.json"
RECORD = "records.sqlite"
DERIVED = ("chroma", "keywords")
OWN = (RECORD, *DERIVED)
BASE = "base"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an index was built from; another one is refused, never misread."""

    embedder: str
    embedder_sha256: str
    passage_tokens: int
    chromadb: str
    schema: int = SCHEMA

    def mismatch(self, wanted: Fingerprint) -> str | None:
        """Why this index does not serve `wanted`, in a person's words; None where it does."""
        if self.embedder != wanted.embedder:
            return (
                f"was built with the embedder {self.embedder}, the settings say {wanted.embedder}"
            )
        if self.embedder_sha256 != wanted.embedder_sha256:
            return f"was built with the embedder {self.embedder}, but with other weights"
        if self.passage_tokens != wanted.passage_tokens:
            return (
                f"was built with passages of {self.passage_tokens} tokens, "
                f"the settings say {wanted.passage_tokens}"
            )
        if (self.schema, self.chromadb) != (wanted.schema, wanted.chromadb):
            return "was written by another version"
        return None

    @property
    def settings(self) -> tuple[str, str, int]:
        """What it owes to the settings, versions apart: another of these needs a person's word."""
        return self.embedder, self.embedder_sha256, self.passage_tokens


def segment_dirs(folder: Path) -> list[Path]:
    """The folders of all parts of the generation in `folder`, oldest first."""
    parts = [folder]
    while (parts[0] / BASE).is_dir():
        parts.insert(0, parts[0] / BASE)
    return parts


def write(folder: Path, fingerprint: Fingerprint) -> None:
    """Write the manifest over the part in `folder`, and make it last a power cut."""
    files = {}
    for path in sorted(each for own in (*OWN, f"{BASE}/{NAME}") for each in _files(folder / own)):
        sync(path)
        name = path.relative_to(folder).as_posix()
        seen = path.stat()
        files[name] = {
            "size": seen.st_size,
            "changed": seen.st_mtime_ns,
            "sha256": _digest(path),
        }
    told = json.dumps({"fingerprint": asdict(fingerprint), "files": files}, indent=1)
    (folder / NAME).write_text(told)
    sync(folder / NAME)
    sync(folder)


def fingerprint(folder: Path) -> Fingerprint:
    """What the generation was built from. Raises `IndexFault` where its manifest is damaged."""
    return _read(folder)[0]


def changed_files(folder: Path, *, hashed: bool = True) -> list[str]:
    """Files of this part that are missing or not as they were built, by name; empty where none is.

    Not `hashed`, a file of the size and time that it was built with is believed.

    Raises:
        IndexFault: the manifest itself is damaged or of another version.
    """
    files = _read(folder)[1]
    return [name for name, told in files.items() if not _same(folder / name, told, hashed)]


def is_intact(folder: Path, wanted: Fingerprint, *, hashed: bool = False) -> bool:
    """Whether all parts of the generation in `folder` are as they were built, and from `wanted`."""
    try:
        return all(
            fingerprint(part) == wanted and not changed_files(part, hashed=hashed)
            for part in segment_dirs(folder)
        )
    except IndexFault:
        return False


def sound_records(folder: Path, wanted: Fingerprint, *, hashed: bool = False) -> bool:
    """Whether all records of the generation are as they were built, and serve `wanted`."""
    try:
        for part in segment_dirs(folder):
            built, files = _read(part)
            fits = (*built.settings, built.schema) == (*wanted.settings, wanted.schema)
            below = f"{BASE}/{NAME}"  # a part that is lost must not be taken for one that never was
            needed = [RECORD, *(name for name in files if name == below)]
            if not fits or not all(_same(part / n, files.get(n), hashed) for n in needed):
                return False
    except IndexFault:
        return False
    return True


def _read(folder: Path) -> tuple[Fingerprint, dict[str, Any]]:
    try:
        told = json.loads((folder / NAME).read_text())
        built = Fingerprint(**told["fingerprint"])
        if built.schema != SCHEMA:
            return built, {}
        return built, dict(told["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexFault(
            f"the manifest of {folder} is damaged or of another version: type `rag index`"
        ) from error


def _files(part: Path) -> list[Path]:
    return [part] if part.is_file() else [each for each in part.rglob("*") if each.is_file()]


def _same(path: Path, told: Any, hashed: bool) -> bool:
    try:
        seen = path.stat()
        if seen.st_size != told["size"]:
            return False
        unchanged = not hashed and seen.st_mtime_ns == told["changed"]
        return unchanged or bool(_digest(path) == told["sha256"])
    except (OSError, TypeError, KeyError):
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make what was written last through a power cut, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
