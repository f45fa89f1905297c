"""Files that hold files (archives, mailboxes, web archives), each a document by itself.

    unpack(extension, file)   ->  `InnerFile` | `UnreadPart`, one after the other
    CONTAINERS                    the module and function of each kind, by extension
    Unpacker (`sandboxed`)    ->  the same in a process that can hurt nobody

In:  an open file, which is never read as a whole.
Out: inner files, each small enough to be parsed, with their path or number; what is not read is
     named. Containers in containers are opened, three deep; how much comes out is limited.
Map: `archives` (.zip), `mailbox` (.mbox), `web_archives` (WARC, WACZ), `page_folders` (what a
     browser saves beside a page), `scans` (pages of a PDF as pictures), `sandboxed` (the child).
Left to others: what inner files say (`rag.ingest.parsers`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import BinaryIO, cast

from rag.ingest.document import UnreadableDocument, UnreadPart

__all__ = ["CONTAINERS", "INNER_LIMIT", "SCAN", "InnerFile", "unpack"]

CONTAINERS = {  # module and function, by extension
    "zip": "archives.unpack",
    "mbox": "mailbox.unpack",
    "warc": "web_archives.unpack_warc",
    "wacz": "web_archives.unpack_wacz",
}
SCAN = "scan"  # in the place of an extension: a PDF whose pages are pictures
_OPENERS = {**CONTAINERS, SCAN: "scans.unpack"}
INNER_LIMIT = 20_000_000  # bytes of an inner file
COUNT_LIMIT = 100_000  # inner files of one container
TOTAL_LIMIT = 4_000_000_000  # bytes of all of them
_DEPTH = 3  # containers in one another


@dataclass(frozen=True, slots=True)
class InnerFile:
    """A file in a container: its path there, or its number, as its article's id has it.

    `name` is the same with its ending; `url` and `captured` (ISO 8601) are those of a web capture.
    """

    part: str
    name: str
    extension: str
    data: bytes
    url: str | None = None
    captured: str | None = None

    def within(self, outer: str) -> InnerFile:
        """The same file, in a container that is itself the part `outer` of another."""
        return replace(self, part=f"{outer}!{self.part}", name=f"{outer}!{self.name}")


Unpacked = Iterator[InnerFile | UnreadPart]


def unpack(extension: str, file: BinaryIO) -> Unpacked:
    """The files in a container, those of containers in it included.

    Raises:
        UnreadableDocument: it is no container of this kind, or holds too much.
        Exception: whatever its library makes of a broken one.
    """
    total = 0
    for count, item in enumerate(_unpack(extension, file, _DEPTH), 1):
        total += len(item.data) if isinstance(item, InnerFile) else 0
        if count > COUNT_LIMIT or total > TOTAL_LIMIT:
            raise UnreadableDocument("unpacks to too much")
        yield item


def _unpack(extension: str, file: BinaryIO, depth: int) -> Unpacked:
    module, _, function = _OPENERS[extension].partition(".")
    opened = import_module(f"rag.ingest.containers.{module}")
    for item in cast(Callable[[BinaryIO], Unpacked], getattr(opened, function))(file):
        if isinstance(item, UnreadPart) or item.extension not in CONTAINERS:
            yield item
        elif depth == 1:
            yield UnreadPart(item.name, f"over {_DEPTH} containers in one another")
        else:
            yield from _inner(item, depth - 1)


def _inner(container: InnerFile, depth: int) -> Unpacked:
    """The files of a container in another; where it is broken, it is named."""
    from rag.ingest.sandbox import failure_reason

    try:
        for item in _unpack(container.extension, io.BytesIO(container.data), depth):
            if isinstance(item, UnreadPart):
                yield replace(item, part=f"{container.name}!{item.part}")
            else:
                yield item.within(container.name)
    except MemoryError:
        raise
    except Exception as error:
        yield UnreadPart(container.name, failure_reason(error))
