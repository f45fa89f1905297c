"""The manifest of a segment: what it was built from, and the size and SHA-256 of each file.

In:  the folder of a segment; the older segments below it are in its subfolder `base`.
Out: its `Fingerprint`; the names of the files that differ from what was built.
Left to others: which snapshot is current (`rag.index.snapshots`), whether the contents are right
(`rag.index.verify`).

Opening a segment hashes every file, because a damaged Chroma file can crash the process or lose
neighbours silently; that takes less time than loading the keyword index. Adding to an index
compares sizes and modification times, and hashes a file only where its time differs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from rag.errors import IndexFault
from rag.index.records.store import FILE, IN_DATABASE, LOCAL, NAMED
from rag.index.vectors.store import ON_SERVER

SCHEMA = 3  # raise it with any change of the files or tables that version 3 would misread
NAME = "manifest.json"
DOCUMENTS = FILE
DERIVED = ("chroma", "keywords", "trigrams")
OWN = (DOCUMENTS, NAMED, *DERIVED)
BASE = "base"


class FileCheck(Enum):
    """How a file is compared with its entry in the manifest. Size is compared in any case."""

    TIME = "a file with the modification time in the manifest is trusted, any other is hashed"
    HASH = "every file is hashed"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an index was built from. An index with another fingerprint is refused.

    `chromadb`: the version that wrote the vectors, `ON_SERVER`, or the package that adds the vector
    store. In place of the hash of its weights, an embedder of another package has that and its
    version. `document_prompt` is what stood before each passage when it was embedded.
    """

    embedder: str
    embedder_sha256: str
    passage_tokens: int
    chromadb: str
    schema: int = SCHEMA
    vector_store: str = "chroma"  # with another, `chromadb` is the package that adds it
    records: str = LOCAL  # or `IN_DATABASE`
    document_prompt: str = ""

    def mismatch(self, expected: Fingerprint) -> str | None:
        """Why an index with this fingerprint cannot serve `expected`; None if it can."""
        return next(self._mismatches(expected), None)

    def _mismatches(self, expected: Fingerprint) -> Iterator[str]:
        settings_say = "the settings say"
        package, installed = self.embedder_package, expected.embedder_package
        embedder = f"the embedder {self.embedder}{f' of {package}' if package else ''}"
        if self.embedder != expected.embedder:
            yield f"was built with {embedder}, {settings_say} {expected.embedder}"
        if self.embedder_sha256 != expected.embedder_sha256:
            is_added = package and installed
            other = f"installed is {installed}" if is_added else "but with other weights"
            yield f"was built with {embedder}, {other}"
        if self.document_prompt != expected.document_prompt:
            yield (
                f"was built with {embedder} and “{self.document_prompt}” before each passage, "
                f"now it is “{expected.document_prompt}”"
            )
        if self.passage_tokens != expected.passage_tokens:
            yield (
                f"was built with passages of {self.passage_tokens} tokens, "
                f"{settings_say} {expected.passage_tokens}"
            )
        if self.vector_store != expected.vector_store:
            of = f" of {self.chromadb}" if " " in self.chromadb else ""
            yield (
                f"was built with the vector store {self.vector_store}{of}, "
                f"{settings_say} {expected.vector_store}"
            )
        if (self.schema, self.chromadb) != (expected.schema, expected.chromadb):
            yield self._other_form(expected)
        if self.records != expected.records:
            yield (
                "has its record in a PostgreSQL database, and RAG_DATABASE_URL is not set"
                if self.records == IN_DATABASE
                else "has its record on this machine, and RAG_DATABASE_URL names a database"
            )

    @property
    def embedder_package(self) -> str:
        """Name and version of the package that adds the embedder; empty where it is ours."""
        return self.embedder_sha256 if " " in self.embedder_sha256 else ""

    def _other_form(self, expected: Fingerprint) -> str:
        if self.schema == expected.schema and self.chromadb == ON_SERVER:
            return "has its vectors on a Chroma server, and RAG_CHROMA_URL is not set"
        if self.schema == expected.schema and expected.chromadb == ON_SERVER:
            return "has its vectors on this machine, and RAG_CHROMA_URL names a server"
        return "was written by another version"

    @property
    def settings(self) -> tuple[str, str, int, str]:
        """The part that depends on settings alone; `--rebuild` is required where it differs."""
        return self.embedder, self.embedder_sha256, self.passage_tokens, self.document_prompt


def segment_dirs(folder: Path) -> list[Path]:
    """The folders of all segments of the snapshot in `folder`, oldest first."""
    segments = [folder]
    while (segments[0] / BASE).is_dir():
        segments.insert(0, segments[0] / BASE)
    return segments


def write(folder: Path, fingerprint: Fingerprint) -> None:
    """Write the manifest of the segment in `folder`, and flush all its files to the disk."""
    files = {}
    for path in sorted(each for own in (*OWN, f"{BASE}/{NAME}") for each in _files(folder / own)):
        sync(path)
        name = path.relative_to(folder).as_posix()
        status = path.stat()
        files[name] = {
            "size": status.st_size,
            "changed": status.st_mtime_ns,
            "sha256": _sha256(path),
        }
    text = json.dumps({"fingerprint": asdict(fingerprint), "files": files}, indent=1)
    (folder / NAME).write_text(text, encoding="utf-8")
    sync(folder / NAME)
    sync(folder)


def fingerprint(folder: Path) -> Fingerprint:
    """What the snapshot was built from. Raises `IndexFault` if its manifest is damaged."""
    return _read(folder)[0]


def changed_files(folder: Path, check: FileCheck = FileCheck.HASH) -> list[str]:
    """Names of the files of this segment that are missing or differ from what was built.

    Raises:
        IndexFault: the manifest itself is damaged or of another version.
    """
    files = _read(folder)[1]
    return [name for name, entry in files.items() if not _matches(folder / name, entry, check)]


def is_intact(folder: Path, expected: Fingerprint) -> bool:
    """Whether every segment of the snapshot is unchanged (by time) and built from `expected`."""
    try:
        return all(
            fingerprint(segment) == expected and not changed_files(segment, FileCheck.TIME)
            for segment in segment_dirs(folder)
        )
    except IndexFault:
        return False


def documents_usable(folder: Path, expected: Fingerprint, check: FileCheck) -> bool:
    """Whether the documents of all segments are unchanged and can serve `expected`."""
    try:
        for segment in segment_dirs(folder):
            built, files = _read(segment)
            serves = (*built.settings, built.schema) == (*expected.settings, expected.schema)
            below = f"{BASE}/{NAME}"  # a lost older segment must not pass for one that never was
            record = NAMED if NAMED in files else DOCUMENTS
            needed = [record, *(name for name in files if name == below)]
            if not serves or not all(_matches(segment / n, files.get(n), check) for n in needed):
                return False
    except IndexFault:
        return False
    return True


def _read(folder: Path) -> tuple[Fingerprint, dict[str, Any]]:
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        built = Fingerprint(**content["fingerprint"])
        if built.schema != SCHEMA:
            return built, {}
        return built, dict(content["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexFault(
            f"the manifest of {folder} is damaged or of another version: type `rag index`"
        ) from error


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]


def _matches(path: Path, entry: Any, check: FileCheck) -> bool:
    try:
        status = path.stat()
        if status.st_size != entry["size"]:
            return False
        trusted = check is FileCheck.TIME and status.st_mtime_ns == entry["changed"]
        return trusted or bool(_sha256(path) == entry["sha256"])
    except (OSError, TypeError, KeyError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Flush a file or folder to the disk, on systems that can."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
