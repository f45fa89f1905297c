"""Files that hold files (archives, mailboxes, web archives), each a document by itself.

    unpack(extension, file)   ->  `InnerFile` | `UnreadPart`, one after the other
    CONTAINERS                    the module and function of each kind, by extension
    Unpacker (`sandboxed`)    ->  the same in a process that can hurt nobody

In:  an open file, which is never read as a whole.
Out: inner files, each small enough to be parsed, with their path or number; what is not read is
     named. Containers in containers are opened, so deep and no deeper; how much comes out is
     limited. A container that is a document itself gives it as a file without a part.
Map: `archives` (.zip), `mail` (.eml), `mailbox` (.mbox), `web_archives` (WARC, WACZ),
     `file_names` (endings), `issues` (METS and its pages), `scans` (pages of a PDF as pictures),
     `sandboxed` (the child).
Left to others: what inner files say (`rag.ingest.parsers`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import BinaryIO, NamedTuple, cast

from rag.ingest.document import UnreadableDocument, UnreadPart, failure_reason

__all__ = ["BOXES", "CONTAINERS", "INNER_LIMIT", "ISSUE_LIMIT", "SCAN", "InnerFile", "unpack"]

CONTAINERS = {  # module and function, by extension
    "zip": "archives.unpack",
    "eml": "mail.unpack",
    "mbox": "mailbox.unpack",
    "warc": "web_archives.unpack_warc",
    "wacz": "web_archives.unpack_wacz",
}
BOXES = frozenset(CONTAINERS) - {"eml"}  # that are no document themselves: ids keep their ending
SCAN = "scan"  # in the place of an extension: a PDF whose pages are pictures
_OPENERS = {**CONTAINERS, SCAN: "scans.unpack"}
INNER_LIMIT = 20_000_000  # bytes of an inner file
ISSUE_LIMIT = 100_000_000  # bytes of a newspaper issue: METS and its pages
COUNT_LIMIT = 100_000  # inner files of one container
TOTAL_LIMIT = 4_000_000_000  # bytes of all of them


class _Depth(NamedTuple):
    """How many boxes, and mails, may still lie in one another."""

    boxes: int
    mails: int

    def below(self, extension: str) -> _Depth | None:
        """What is left in a container of this kind; None where it is too deep to be opened."""
        boxes = self.boxes - (extension in BOXES)
        mails = self.mails - (extension not in BOXES)
        return _Depth(boxes, mails) if min(boxes, mails) >= 0 else None


_DEEPEST = _Depth(boxes=3, mails=5)


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

    def within(self, outer: InnerFile) -> InnerFile:
        """The same file, in a container that is itself a file in another."""
        part = "!".join(filter(None, (outer.part, self.part)))
        name = "!".join(filter(None, (outer.name, self.name)))
        url, captured = self.url or outer.url, self.captured or outer.captured
        return replace(self, part=part, name=name, url=url, captured=captured)


Unpacked = Iterator[InnerFile | UnreadPart]


def unpack(extension: str, file: BinaryIO) -> Unpacked:
    """The files in a container, those of containers in it included.

    Raises:
        UnreadableDocument: it is no container of this kind, or holds too much.
        Exception: whatever its library makes of a broken one.
    """
    total = 0
    for count, item in enumerate(_unpack(extension, file, _DEEPEST.below(extension)), 1):
        # pictures of pages are no content of the file: their number is limited
        total += len(item.data) if isinstance(item, InnerFile) and extension != SCAN else 0
        if count > COUNT_LIMIT or total > TOTAL_LIMIT:
            raise UnreadableDocument("unpacks to too much")
        yield item


def _unpack(extension: str, file: BinaryIO, depth: _Depth | None) -> Unpacked:
    """The files in a container; `depth` is what may be opened in it, None where it may not be.

    Raises:
        UnreadableDocument: it lies too deep, or as `unpack`.
    """
    if depth is None:
        mails, boxes = f"{_DEEPEST.mails} mails", f"{_DEEPEST.boxes} containers"
        raise UnreadableDocument(f"over {boxes if extension in BOXES else mails} in one another")
    module, _, function = _OPENERS[extension].partition(".")
    opened = import_module(f"rag.ingest.containers.{module}")
    for item in cast(Callable[[BinaryIO], Unpacked], getattr(opened, function))(file):
        if isinstance(item, UnreadPart):
            yield item
        elif item.extension in CONTAINERS and item.part:
            yield from _inner(item, depth)
        else:
            yield replace(item, extension="json") if item.extension == "jsonl" else item


def _inner(container: InnerFile, depth: _Depth) -> Unpacked:
    """The files of a container in another; where it cannot be opened, it is named."""
    inside = depth.below(container.extension)
    try:
        for item in _unpack(container.extension, io.BytesIO(container.data), inside):
            if isinstance(item, UnreadPart):
                yield replace(item, part=f"{container.name}!{item.part}")
            else:
                yield item.within(container)
    except MemoryError:
        raise
    except Exception as error:
        yield UnreadPart(container.name, failure_reason(error))
