"""Mails (.eml), and pages that a browser saved as one file (.mht): both are MIME messages.

An attachment is an article of its own, named by the mail and its file name; so is each file in an
attached archive.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import PurePosixPath

from rag.ingest.boilerplate.bylines import is_person
from rag.ingest.containers import CONTAINERS, unpack
from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, ScannedDocument, UnreadableDocument, UnreadPart
from rag.ingest.line_wraps import unwrap
from rag.ingest.markup.blocks import text_of_html
from rag.ingest.metadata import web_url
from rag.ingest.normalize import escape_unprintable, normalize, one_line
from rag.ingest.parsers.content_type import true_extension

_DEPTH = 4  # mails within mails
_ATTACHMENT_LIMIT = 500
_DATE = "stated: date of the mail"


def parse_mail(data: bytes) -> Sequence[ParsedDocument | UnreadPart]:
    """Parse a mail: its text, and each attachment of a kind that is read.

    Raises:
        UnreadableDocument: it has neither text nor attachments, or is no mail.
    """
    message = _message(data)
    if message["From"] is None and message["Date"] is None and message["Subject"] is None:
        raise UnreadableDocument("no mail: it has no sender, day or subject")
    return list(_parts(message, _DEPTH))


def parse_saved_page(data: bytes) -> ParsedDocument:
    """Parse a saved page: its main document, without pictures and frames.

    Raises:
        UnreadableDocument: there is no page or no article in it.
    """
    from rag.ingest.parsers.html import parse_declared

    message = _message(data)
    pages = [part for part in message.walk() if part.get_content_type() in
             {"text/html", "application/xhtml+xml"}]  # fmt: skip
    start = message.get_param("start")
    main = [part for part in pages if start and part["Content-ID"] == start] or pages
    if not main:
        raise UnreadableDocument("no page in the file")
    page = main[0]
    document = parse_declared(_bytes(page), page.get_content_charset())
    address = message["Snapshot-Content-Location"] or page["Content-Location"]
    details = dict(document.details)
    if captured := _moment(message):
        details["captured"] = captured
    return replace(
        document,
        title=document.title or one_line(_header(message, "Subject")) or "",
        url=document.url or web_url(address),
        details=details,
    )


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data.lstrip(b"\r\n"), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _parts(message: EmailMessage, depth: int) -> Iterator[ParsedDocument | UnreadPart]:
    body = message.get_body(("plain", "html"))
    text = _text(body) if isinstance(body, EmailMessage) else ""
    if text:
        yield _mail(message, text)
    taken = {""}
    for number, part in enumerate(message.iter_attachments(), 1):
        if number > _ATTACHMENT_LIMIT:
            yield UnreadPart(str(number), f"over {_ATTACHMENT_LIMIT} attachments")
            return
        if _is_picture_of_text(part):
            continue
        for each in _attachment(part, number, depth):
            name = each.part if each.part not in taken else f"{number}/{each.part}"
            taken.add(name)
            yield replace(each, part=name)


def _mail(message: EmailMessage, text: str) -> ParsedDocument:
    sent = _moment(message)
    senders = email.utils.getaddresses([_header(message, "From")])
    name, address = senders[0] if senders else ("", "")
    name = one_line(name) or ""
    details = {"sender": one_line(f"{name} <{address}>" if name else address) or ""}
    if sent:
        details["sent"] = sent
    return ParsedDocument(
        title=one_line(_header(message, "Subject")) or "",
        text=text,
        author=name if is_person(name) else None,
        published=sent[:10] if sent else None,
        published_basis=_DATE if sent else None,
        details=details,
    )


def _attachment(
    part: EmailMessage, number: int, depth: int
) -> Iterator[ParsedDocument | UnreadPart]:
    """The articles of an attachment, each named by its file name without the ending."""
    from rag.ingest.parsers import PARSERS

    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        mails = inner if isinstance(inner, list) else []
        for mail in mails[:1] if depth else []:
            if isinstance(mail, EmailMessage):
                for each in _parts(mail, depth - 1):
                    yield replace(each, part=f"{number}!{each.part}" if each.part else str(number))
        return
    file = PurePosixPath(escape_unprintable(part.get_filename() or f"{number}"))
    extension = file.suffix[1:].lower()
    data = _bytes(part)
    if extension in CONTAINERS:
        yield from _of_container(file.name, extension, data)
    elif extension in PARSERS:
        yield from _of_file(file.stem or str(number), file.name, extension, data)
    else:
        yield UnreadPart(file.name, f"of a kind that is not read ({file.suffix or 'no ending'})")


def _of_container(name: str, extension: str, data: bytes) -> Iterator[ParsedDocument | UnreadPart]:
    """The articles of the files in a container."""
    try:
        for inner in unpack(extension, io.BytesIO(data)):
            if isinstance(inner, UnreadPart):
                yield replace(inner, part=f"{name}!{inner.part}")
            else:
                whole = inner.within(name)
                yield from _of_file(whole.part, whole.name, whole.extension, whole.data)
    except MemoryError:
        raise
    except Exception as error:
        yield UnreadPart(name, _reason(error))


def _of_file(
    part: str, name: str, extension: str, data: bytes
) -> Iterator[ParsedDocument | UnreadPart]:
    """The articles of a file in a mail, which is called `name` and as an article `part`."""
    from rag.ingest.parsers import PARSERS, parser_of

    try:
        parsed = parser_of(true_extension(extension, data, PARSERS))(data)
    except MemoryError:
        raise
    except Exception as error:
        yield UnreadPart(name, _reason(error))
        return
    for each in [parsed] if isinstance(parsed, ParsedDocument) else parsed:
        yield replace(each, part=f"{part}!{each.part}" if each.part else part)


def _reason(error: Exception) -> str:
    if isinstance(error, ScannedDocument):
        return "no text in it, only scanned pages: save it as a file to have them recognised"
    return " ".join(str(error).split())[:140] or type(error).__name__


def _is_picture_of_text(part: EmailMessage) -> bool:
    """Whether a part is a picture that the text of the mail shows."""
    shown = part["Content-ID"] is not None or part.get_content_disposition() == "inline"
    return shown and part.get_content_maintype() == "image"


def _text(part: EmailMessage) -> str:
    text = decode(_bytes(part), part.get_content_charset()).text if _bytes(part).strip() else ""
    if part.get_content_type() == "text/html":
        return text_of_html(text)
    if part.get_param("format") == "flowed":
        text = re.sub(r"(?<=\S) \r?\n(?!-- )", " ", text)
    return unwrap(normalize(text))


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except (ValueError, IndexError, AttributeError):  # what the library makes of a broken header
        return ""


def _moment(message: EmailMessage) -> str | None:
    """When the message was sent (ISO 8601), in the time zone of its sender."""
    try:
        return email.utils.parsedate_to_datetime(_header(message, "Date")).isoformat()
    except (ValueError, TypeError, IndexError):
        return None
