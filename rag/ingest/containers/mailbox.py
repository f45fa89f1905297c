"""Mailboxes (.mbox): mails one after the other, each behind a line "From …".

Every mail is a document by its number from 1; its attachments are read with it
(`rag.ingest.parsers.mail`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from rag.ingest.containers import INNER_LIMIT, InnerFile, Unpacked
from rag.ingest.document import UnreadableDocument, UnreadPart

_FROM = re.compile(rb"From \S.{0,300}\d:\d\d.{0,40}\b\d{4}\b")
_ESCAPED = re.compile(rb">+From ")


def unpack(file: BinaryIO) -> Unpacked:
    """The mails of a mailbox, in their order.

    Raises:
        UnreadableDocument: it does not begin with a mail.
    """
    for number, mail in enumerate(_mails(file), 1):
        if len(mail) > INNER_LIMIT:
            yield UnreadPart(str(number), f"over {INNER_LIMIT} bytes")
        elif mail.strip():
            yield InnerFile(str(number), str(number), "eml", mail)


def _mails(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of each mail, cut off once there are more than `INNER_LIMIT`."""
    mail, size, begun = list[bytes](), 0, False
    blank = True  # whether the line before was
    while line := file.readline(INNER_LIMIT):
        if not begun:
            if not line.strip():
                continue
            if not line.startswith(b"From "):
                raise UnreadableDocument('no mailbox: it does not begin with a line "From …"')
            begun = True
        elif blank and _FROM.match(line):
            yield b"".join(mail)
            mail, size = [], 0
        elif size <= INNER_LIMIT:
            mail.append(line[1:] if _ESCAPED.match(line) else line)
            size += len(line)
        blank = line in (b"\n", b"\r\n")
    if begun:
        yield b"".join(mail)
