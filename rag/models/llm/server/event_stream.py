"""Server-sent events: the data of each event, from bytes as they arrive. Pure.

In:  pieces of a body. Out: the data of whole events; `TooLong` for one that does not end.
The form is that of the HTML standard, section 9.2; names, ids and comments are passed over.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

LONGEST_EVENT = 1 << 20  # characters


class TooLong(Exception):
    """An event that is longer than any event of a completion."""


class EventDecoder:
    """Decodes one body; `feed` takes the next piece."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._rest = ""  # of a line whose end has not come
        self._data: list[str] = []
        self._size = 0  # of these, in characters

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of the events that `piece` completes.

        Raises:
            TooLong: an event has more than `LONGEST_EVENT` characters.
        """
        text = self._rest + self._decode(piece)
        half_end = "\r" if text.endswith("\r") else ""
        lines = text.removesuffix(half_end).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop() + half_end
        for line in lines:
            if not line and self._data:
                yield "\n".join(self._data)
                self._data, self._size = [], 0
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
                self._size += len(line)
        if len(self._rest) + self._size > LONGEST_EVENT:
            raise TooLong
