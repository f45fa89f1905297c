"""Metadata that office programs store in a file, and the record in the text of such a file.

    document_from_lines(lines, properties)    ->  ParsedDocument
    documents_from_lines(lines, properties)   ->  the same, or the articles of a press export

The day of the file is never the day of publication: it is kept apart as `details["file_made"]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.ingest.boilerplate.bylines import is_person
from rag.ingest.boilerplate.exports import split_export
from rag.ingest.boilerplate.heads import outlet_of_dateline, read_head, record_of
from rag.ingest.date_forms import publication_day
from rag.ingest.document import ParsedDocument
from rag.ingest.normalize import normalize, one_line, shorten, split_words

# what programs fill in where the author says nothing; the day is that of python-docx's template
PLACEHOLDERS = frozenset(
    {"anonymous", "(anonymous)", "untitled", "python-docx", "2013-12-23 23:15:00+00:00", "openpyxl"}
    | {"powerpoint presentation", "powerpoint-präsentation", "présentation powerpoint"}
    | {"presentación de powerpoint", "apresentação do powerpoint", "präsentation"}
)
_MACHINE_WORDS = split_words(
    """office user admin administrator scan scanner owner unknown default computer desktop laptop
    microsoft windows author title service team pc"""
)
_LONGEST_TITLE = 200  # characters
_MADE_UP = re.compile(  # by a program, from the name of a file
    r"(?:Microsoft (?:Word|PowerPoint) - |Scan(?:ned)?\b|Untitled|Document\d).*"
    r"|[\w .()-]+\.(?:docx?|pdf|indd|qxd|tiff?|odt|rtf|p65)"
    r"|(?=\S*[^\W\d_])(?:\S*_\S*|\S*\d{3,}\S*)"
)


@dataclass(frozen=True, slots=True)
class FileProperties:
    """What the file says of itself.

    `title_line` is the number of its headline's line, if known; `margins` are the lines of its
    running heads and feet.
    """

    title: object = None
    author: object = None
    created: object = None
    title_line: int | None = None
    margins: Sequence[str] = ()


def documents_from_lines(
    lines: Sequence[str], properties: FileProperties
) -> ParsedDocument | Sequence[ParsedDocument]:
    """The articles of an export of a press database; else the one article, as below."""
    return split_export("\n\n".join(lines)) or document_from_lines(lines, properties)


def document_from_lines(lines: Sequence[str], properties: FileProperties) -> ParsedDocument:
    """The article of a file whose paragraphs are `lines`, with the record that its head states.

    Its title is the file's own, else the headline. The headline and lines that are nothing but the
    record are no part of the text. The author of the file is the article's where the text names no
    other and it is a person's name.
    """
    lines = [line for line in (normalize(each) for each in lines) if line]
    stated = one_line(properties.title)
    if stated is not None and (_is_placeholder(stated) or _MADE_UP.fullmatch(stated)):
        stated = None
    place = properties.title_line
    if place is None and stated:
        same = [at for at, line in enumerate(lines[:4]) if line.casefold() == stated.casefold()]
        place = same[0] if same else None
    head = read_head(lines, place)
    heading = lines[head.title] if head.title is not None and lines else ""
    alone = len(lines) > 1 and not heading.endswith((".", "…", ",", ";", ":"))
    own_heading = place is not None or (alone and (stated is None or bool(head.lines)))
    title = stated or (shorten(heading, _LONGEST_TITLE) if heading else "")
    dropped = set(head.lines)
    if heading and own_heading and head.title is not None and len(heading) <= _LONGEST_TITLE:
        title = heading if place is not None or not stated else stated
        if title == heading:
            dropped.add(head.title)
    body = [line for at, line in enumerate(lines) if at not in dropped]
    if not body:
        body = lines
    text = normalize("\n".join(body))
    head = head.joined(outlet_of_dateline(body, text).without_lines())
    for margin in map(record_of, properties.margins):
        if margin is not None and margin.source:  # a day alone may be that of the print
            head = head.joined(margin.without_lines())
    return ParsedDocument(
        title=one_line(title) or shorten(next(iter(body), "")),
        text=text,
        source=head.source,
        author=head.author or _author(properties.author),
        published=head.published,
        published_basis=head.basis,
        details=_details(properties.created),
    )


def marked_caption(text: str) -> str:
    """The text of a caption, marked as such; "" for none."""
    return text if not text or text.lower().startswith("caption:") else f"Caption: {text}"


def _author(value: object) -> str | None:
    name = one_line(value)
    if name is None or _is_placeholder(name):
        return None
    machine = _MACHINE_WORDS & set(name.lower().split())
    return name if is_person(name) and not machine else None


def _details(created: object) -> Mapping[str, str]:
    day = None if _is_placeholder(str(created)) else publication_day(created)
    return {"file_made": day} if day else {}


def _is_placeholder(value: str) -> bool:
    return value.lower() in PLACEHOLDERS
