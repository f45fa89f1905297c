"""Mails (.eml): the mail itself, and each file that is attached to it.

The mail is a document without a part of its own, and each attachment one by its file name; a mail
that is attached is one by its number. Pictures that the text shows are part of it. Left to others:
what the mail says (`rag.ingest.parsers.mail`).
"""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import BinaryIO

from rag.ingest.containers import BOXES, INNER_LIMIT, InnerFile, Unpacked
from rag.ingest.containers.file_names import ending_of, kind_not_read, without_ending
from rag.ingest.document import UnreadableDocument, UnreadPart, failure_reason
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import PARSERS
from rag.ingest.parsers.content_type import true_extension
from rag.ingest.parsers.mail import body_of, bytes_of, mail_of

_ATTACHMENT_LIMIT = 500
_HAS_PARTS = re.compile(  # a mail that is nothing but text is parsed once
    rb"^content-(?:type:\s*(?!text/)|disposition:\s*attachment)", re.IGNORECASE | re.MULTILINE
)
_RENDITIONS = "multipart/alternative"
_TEXTS = {"text/plain": ".txt", "text/html": ".html"}  # and the ending of one without a name
_SIGNATURES = frozenset(
    ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
)


def unpack(file: BinaryIO) -> Unpacked:
    """The mail and its attachments, in their order; the mail alone where it has none of them.

    A file that is no mail but of another kind that is read is one document.

    Raises:
        UnreadableDocument: it is no mail, or too large.
    """
    data = file.read(INNER_LIMIT + 1)
    if len(data) > INNER_LIMIT:
        raise UnreadableDocument(f"over {INNER_LIMIT} bytes")
    kind = true_extension("eml", data, PARSERS)
    if kind != "eml" or not _HAS_PARTS.search(data):
        yield InnerFile("", "", kind, data)
        return
    message = mail_of(data)
    attachments = list(enumerate(_attachments(message), 1))
    if body_of(message) or not attachments:
        yield InnerFile("", "", "eml", data)
    taken = {""}
    for number, part in attachments:
        if number > _ATTACHMENT_LIMIT:
            yield UnreadPart(str(number), f"over {_ATTACHMENT_LIMIT} attachments")
            return
        for item in _attachment(part, number):
            own = item.part if item.part not in taken else f"{number}/{item.part}"
            taken.add(own)
            yield replace(item, part=own)


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    """What is attached to a mail, wherever in it: no rendition of its text, no signature."""
    text = message.get_body(("plain", "html"))

    def below(part: EmailMessage, *, rendition: bool) -> Iterator[EmailMessage]:
        kind = part.get_content_type()
        if part is text or kind in _SIGNATURES or _is_picture_of_text(part):
            return
        if part.get_content_maintype() == "multipart":
            for inner in part.iter_parts() if part.is_multipart() else ():
                if isinstance(inner, EmailMessage):
                    yield from below(inner, rendition=rendition or kind == _RENDITIONS)
        elif not (rendition and kind in _TEXTS and not part.get_filename()):
            yield part

    yield from below(message, rendition=False)


def _attachment(part: EmailMessage, number: int) -> Iterator[InnerFile | UnreadPart]:
    """An attachment, by its file name: with the ending where it holds files itself."""
    if part.get_content_type() == "message/rfc822":
        yield from _attached_mail(part, number)
        return
    path = (part.get_filename() or "").replace("\\", "/").rstrip("/")
    name = escape_unprintable(path.rpartition("/")[2])
    name = name or f"{number}{_TEXTS.get(part.get_content_type(), '')}"
    ending = ending_of(name)
    if reason := kind_not_read(name):
        yield UnreadPart(name, reason)
    else:
        own = name if ending in BOXES else without_ending(name)
        yield InnerFile(own, name, ending, bytes_of(part))


def _attached_mail(part: EmailMessage, number: int) -> Iterator[InnerFile | UnreadPart]:
    """A mail in a mail; one that was encoded as a whole is to the library one without a head."""
    inner = part.get_payload()
    mail = inner[0] if isinstance(inner, list) and inner else None
    try:
        if isinstance(mail, EmailMessage) and mail.keys():
            data = mail.as_bytes(policy=email.policy.compat32)
        elif isinstance(mail, EmailMessage):
            mail["Content-Transfer-Encoding"] = part.get("Content-Transfer-Encoding", "7bit")
            data = bytes_of(mail)
        else:
            data = bytes_of(part)
    except MemoryError:
        raise
    except Exception as error:  # whatever the library makes of a broken header
        yield UnreadPart(str(number), failure_reason(error))
        return
    if data.strip():
        yield InnerFile(str(number), str(number), "eml", data)
    else:
        yield UnreadPart(str(number), "empty: a mail in the mail")


def _is_picture_of_text(part: EmailMessage) -> bool:
    """Whether a part is a picture that the text of the mail shows."""
    shown = part["Content-ID"] is not None or part.get_content_disposition() == "inline"
    return shown and part.get_content_maintype() == "image"
