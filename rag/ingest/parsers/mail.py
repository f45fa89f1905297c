"""The text of mails (.eml), and pages that a browser saved as one file (.mht): MIME messages.

    parse_mail(data)          ->  the mail as an article
    parse_saved_page(data)    ->  the article of a page
    mail_of(data), body_of(message), bytes_of(part)

Left to others: what is attached to a mail (`rag.ingest.containers.mail`).
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import re
from dataclasses import replace
from email.message import EmailMessage

from rag.ingest.boilerplate.bylines import is_person
from rag.ingest.decoding import browser_encoding, decode
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.line_wraps import unwrap
from rag.ingest.markup.blocks import text_of_html
from rag.ingest.metadata import web_url
from rag.ingest.normalize import normalize, one_line

_DATE = "stated: date of the mail"
_CHARSET = re.compile(  # of an encoded word (RFC 2047), or of a parameter (RFC 2231)
    r"(?<==\?)[\w.:-]{2,30}(?=(?:\*[\w-]{0,20})?\?[QB]\?)|(?<=\*=)[\w.:-]{2,30}(?='[\w-]{0,20}')",
    re.IGNORECASE,
)
_CUT_WORD = re.compile(  # two encoded words, of which the first may end within a character
    r"(=\?(?P<head>[\w.:*-]{2,40}\?(?:Q|B(?=\?(?:[\w+/]{4})*\?=)))\?[^?\s]*)\?="
    r"[ \t\r\n]+=\?(?P=head)\?",
    re.IGNORECASE,
)


class _Policy(email.policy.EmailPolicy):
    """Headers as browsers would read them: latin-1 and ascii as windows-1252, and bytes as text."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """The name and the value of the header in `sourcelines`."""
        name, value = super().header_source_parse(sourcelines)
        if not value.isascii():
            value = _text_of_bytes(value.encode("ascii", "surrogateescape"))
        while value != (joined := _CUT_WORD.sub(r"\1", value)):
            value = joined
        return name, _CHARSET.sub(lambda named: browser_encoding(named[0]) or named[0], value)


_POLICY = _Policy()


def parse_mail(data: bytes) -> ParsedDocument:
    """Parse a mail: its text and record, without its attachments.

    Raises:
        UnreadableDocument: it has no text, or is no mail.
    """
    message = mail_of(data)
    sent = _moment(message)
    senders = email.utils.getaddresses([_header(message, "From")])
    name, address = senders[0] if senders else ("", "")
    name = one_line(name) or ""
    details = {"sender": one_line(f"{name} <{address}>" if name else address) or ""}
    if sent:
        details["sent"] = sent
    return ParsedDocument(
        title=one_line(_header(message, "Subject")) or "",
        text=body_of(message),
        author=name if is_person(name) else None,
        published=sent[:10] if sent else None,
        published_basis=_DATE if sent else None,
        details=details,
    )


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
    document = parse_declared(bytes_of(page), page.get_content_charset())
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


def mail_of(data: bytes) -> EmailMessage:
    """The message of a mail.

    Raises:
        UnreadableDocument: it is no mail.
    """
    message = _message(data)
    if message["From"] is None and message["Date"] is None and message["Subject"] is None:
        raise UnreadableDocument("no mail: it has no sender, day or subject")
    return message


def body_of(message: EmailMessage) -> str:
    """The text of a mail; "" if it has none."""
    body = message.get_body(("plain", "html"))
    return _text(body) if isinstance(body, EmailMessage) else ""


def bytes_of(part: EmailMessage) -> bytes:
    """The bytes of a part, decoded; none where it has parts itself."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data.lstrip(b"\r\n"), policy=_POLICY)
    assert isinstance(message, EmailMessage)
    return message


def _text(part: EmailMessage) -> str:
    text = decode(bytes_of(part), part.get_content_charset()).text if bytes_of(part).strip() else ""
    if part.get_content_type() == "text/html":
        return text_of_html(text)
    if part.get_param("format") == "flowed":
        text = re.sub(r"(?<=\S) \r?\n(?!-- )", " ", text)
    return unwrap(normalize(text))


def _text_of_bytes(value: bytes) -> str:
    """A header that was sent as bytes of some encoding."""
    try:
        return decode(value).text
    except UnreadableDocument:
        return value.decode("cp1252", "replace")


def _header(message: EmailMessage, name: str) -> str:
    try:
        # what its encoding does not have is left by the library as half a surrogate pair
        return str(message[name] or "").encode("utf-8", "replace").decode()
    except (ValueError, IndexError, AttributeError):  # what the library makes of a broken header
        return ""


def _moment(message: EmailMessage) -> str | None:
    """When the message was sent (ISO 8601), in the time zone of its sender."""
    try:
        return email.utils.parsedate_to_datetime(_header(message, "Date")).isoformat()
    except (ValueError, TypeError, IndexError):
        return None
