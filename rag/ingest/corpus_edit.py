"""A folder of articles changed from outside: a file put in, a file taken out. Nothing is lost.

    add(folder, name, file)   ->  the name under which it now stands there
    remove(folder, id)        ->  where the file of that article was moved to

A name leads nowhere else, and none that is taken is used: neither a file of that name nor an
article of that id is ever replaced. Left to others: reading (`rag.ingest.corpus`), indexing.
"""

from __future__ import annotations

import os
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from rag.errors import CorpusError
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import SUPPORTED_EXTENSIONS

REMOVED = ".removed"  # hidden, so it is not read
LONGEST = 120  # characters of a name
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def add_file(folder: Path, name: str, file: Path) -> str:
    """Put a copy of `file`, which came under `name`, into `folder`, if an article can be read.

    Raises:
        CorpusError: the name is taken or cannot be used, or nothing can be read in it.
    """
    safe = safe_name(name)
    if Path(safe).suffix[1:].lower() not in SUPPORTED_EXTENSIONS:
        raise CorpusError(
            f"files of this kind are not read: give {', '.join(SUPPORTED_EXTENSIONS)}"
        )
    if taken := _taken(folder, safe):
        raise CorpusError(f"{taken} is there already: give yours another name, or remove that one")
    read = list(Corpus.open(file))
    unread = [each.reason for each in read if isinstance(each, SkippedFile)]
    if len(unread) == len(read):
        raise CorpusError(f"it could not be read: {unread[0] if unread else 'empty'}")
    try:
        _put(file, folder, safe)
    except FileExistsError as error:
        raise CorpusError(f"{safe} is there already: give yours another name") from error
    except OSError as error:
        raise CorpusError(f"it could not be kept ({error.strerror}): see to {folder}") from error
    return safe


def remove_article(folder: Path, id: str) -> Path:
    """Move the file of article `id` to `.removed` in `folder`. Its new path.

    Raises:
        CorpusError: it has no file of its own, or that cannot be moved.
    """
    found = next((path for key, path in _files(folder) if key == id), None)
    if found is None:
        raise CorpusError("it has no file of its own (a line of a .jsonl dump, say): edit the dump")
    kept = folder / REMOVED / time.strftime("%Y-%m-%d-%H%M%S")
    number = 1
    while kept.exists():
        number += 1
        kept = kept.with_name(f"{kept.name.partition('+')[0]}+{number}")
    target = kept / found.relative_to(folder)
    try:
        target.parent.mkdir(parents=True)
        found.rename(target)
    except OSError as error:
        raise CorpusError(f"it could not be moved ({error.strerror}): see to {folder}") from error
    return target


def safe_name(name: str) -> str:
    """The last part of `name`, of letters, digits and `-_. ()'` alone; never hidden or empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(each if each.isalnum() or each in "-_. ()'" else "_" for each in last)
    stem, dot, kind = " ".join(kept.split()).lstrip(". ").rpartition(".")
    stem = stem[: LONGEST - len(kind) - 1].rstrip(". ")
    if not dot or not stem:
        return kind
    return f"_{stem}.{kind}" if _DEVICES.match(f"{stem}.") else f"{stem}.{kind}"


def _put(file: Path, folder: Path, name: str) -> None:
    """Copy it beside, whole, and only then to its name, which must be free."""
    part = folder / f".{name}.{os.getpid()}-{time.monotonic_ns()}.part"
    try:
        with file.open("rb") as source, part.open("xb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        (folder / name).touch(exist_ok=False)  # the name is ours from here on
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)


def _taken(folder: Path, name: str) -> str | None:
    """The file that has this name, or is an article of the id that it would get; case aside."""
    id = str(PurePosixPath(name).with_suffix("")).casefold()
    held = ((key.casefold(), path) for key, path in _files(folder))
    same = next((path.name for key, path in held if key == id), None)
    beside = (each.name for each in folder.iterdir() if each.name.casefold() == name.casefold())
    return same or next(beside, None)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The id of each article that is a file, and the file, in the order in which they are read."""
    for path in sorted(folder.rglob("*")):
        name = PurePosixPath(escape_unprintable(path.relative_to(folder).as_posix()))
        hidden = any(part.startswith(".") for part in name.parts)
        if (
            not hidden
            and name.suffix[1:].lower() in set(SUPPORTED_EXTENSIONS) - {"jsonl"}
            and path.is_file()
        ):
            yield str(name.with_suffix("")), path
