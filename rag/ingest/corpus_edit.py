"""Edit a folder of articles from outside: add a file, remove an article. Nothing is lost.

    add_file(folder, name, file)      ->  the name under which it is in the folder
    remove_article(file, id)          ->  where the file of that article was moved to

A name never leads out of the folder, and a taken one is not used: neither a file of that name nor
an article with that id is ever replaced. Left to others: parsing (`rag.ingest.corpus`), indexing
(`rag.index`).
"""

from __future__ import annotations

import os
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from rag.errors import CorpusError
from rag.ingest.containers.file_names import kind_not_read, without_ending
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.files import DUMP, CorpusFile, list_files
from rag.ingest.parsers import supported_extensions
from rag.runtime.atomic_file import atomic_writer

REMOVED = ".removed"  # hidden, so its files are no part of the corpus
NAME_LIMIT = 120  # characters
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def add_file(folder: Path, name: str, file: Path) -> str:
    """Put a copy of `file`, uploaded as `name`, into `folder` if an article can be read in it.

    Raises:
        CorpusError: the name is taken or cannot be used, or nothing can be read in the file.
    """
    safe = safe_name(name)
    if kind_not_read(safe):
        raise CorpusError(
            f"this file type is not supported: use {', '.join(supported_extensions())}"
        )
    if taken := _taken_by(folder, safe):
        raise CorpusError(
            f"{taken} already exists: give your file another name, or remove that one"
        )
    items = list(Corpus.open(file))
    reasons = [item.reason for item in items if isinstance(item, SkippedFile)]
    if len(reasons) == len(items):
        raise CorpusError(f"it could not be read: {reasons[0] if reasons else 'empty'}")
    try:
        _copy_into(folder, safe, file)
    except FileExistsError as error:
        raise CorpusError(f"{safe} already exists: give your file another name") from error
    except OSError as error:
        raise CorpusError(f"it could not be saved ({error.strerror}): check {folder}") from error
    return safe


def remove_article(file: CorpusFile, id: str) -> Path:
    """Move `file`, that of article `id`, into `.removed` in its folder of the corpus; its new path.

    Raises:
        CorpusError: the article has no file of its own, or the file cannot be moved.
    """
    folder = file.root
    if (
        file.extension == DUMP
        or id not in (file.id, f"{file.folder}/{file.id}")
        or folder.is_file()
    ):
        raise CorpusError(
            "the article has no file of its own in a folder (it may be a line of a dump, or one of "
            f"several in a file): edit {file.name}"
        )
    if file.is_container and (others := _count_articles(file) - 1) > 0:
        raise CorpusError(
            f"{others} more of the articles were read from {file.name} (attachments, for example) "
            "and would go with it: move the file out of the folder yourself, and type: rag index"
        )
    removed = folder / REMOVED / time.strftime("%Y-%m-%d-%H%M%S")
    number = 1
    while removed.exists():
        number += 1
        removed = removed.with_name(f"{removed.name.partition('+')[0]}+{number}")
    target = removed / Path(file.path).relative_to(folder)  # its name as shown is escaped
    try:
        target.parent.mkdir(parents=True)
        Path(file.path).rename(target)
    except OSError as error:
        raise CorpusError(f"it could not be moved ({error.strerror}): check {folder}") from error
    return target


def _count_articles(file: CorpusFile) -> int:
    return sum(not isinstance(item, SkippedFile) for item in Corpus.open(Path(file.path)))


def safe_name(name: str) -> str:
    """The last part of path `name`, of letters, digits and `-_. ()'` alone; never hidden.

    A name without an ending or without anything before it gives the ending alone, or "".
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = "".join(char if char.isalnum() or char in "-_. ()'" else "_" for char in last)
    stem, dot, extension = " ".join(clean.split()).lstrip(". ").rpartition(".")
    stem = stem[: NAME_LIMIT - len(extension) - 1].rstrip(". ")
    if not dot or not stem:
        return extension
    return f"_{stem}.{extension}" if _DEVICES.match(f"{stem}.") else f"{stem}.{extension}"


def _copy_into(folder: Path, name: str, file: Path) -> None:
    """Copy `file` completely under a hidden name, then give it `name`, which must be free."""
    with file.open("rb") as source, atomic_writer(folder / name) as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
        (folder / name).touch(exist_ok=False)  # reserves the name


def _taken_by(folder: Path, name: str) -> str | None:
    """The file that has this name or whose article has the id it would get, ignoring case."""
    id = without_ending(name).casefold()
    articles = ((key.casefold(), path) for key, path in _articles(folder))
    same_id = next((path.name for key, path in articles if key == id), None)
    same_name = (file.name for file in folder.iterdir() if file.name.casefold() == name.casefold())
    return same_id or next(same_name, None)


def _articles(folder: Path) -> Iterator[tuple[str, Path]]:
    """The id and the file of each article that has its own file, in the order of the corpus."""
    for file in list_files(folder.absolute()).files:
        if file.extension in set(supported_extensions()) - {DUMP} and Path(file.path).is_file():
            yield file.id, Path(file.path)
