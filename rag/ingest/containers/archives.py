"""Zip archives of readable files; METS and the pages that it names are one newspaper issue.

Names in an archive are never names of files on this machine: one that leads outside is refused
because it was made to. Bombs are told by what a member declares and by what it gives.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO

from rag.ingest import containers
from rag.ingest.containers import (
    BOXES,
    COUNT_LIMIT,
    INNER_LIMIT,
    ISSUE_LIMIT,
    InnerFile,
    Unpacked,
)
from rag.ingest.containers.file_names import (
    ending_of,
    is_page_folder,
    kind_not_read,
    without_ending,
)
from rag.ingest.containers.issues import ISSUES, PAGES, pages_by_issue
from rag.ingest.document import UnreadableDocument, UnreadPart, failure_reason
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import PARSERS, WEB_PAGES, added
from rag.ingest.parsers.archive import is_bomb, leads_outside
from rag.ingest.parsers.content_type import kind_of_members
from rag.ingest.parsers.digitised.mets import is_mets, issue_file, page_references
from rag.ingest.parsers.xml import read_xml

_ENCRYPTED, _UTF8 = 0x1, 0x800  # flags of a member
_HEAD = 4096  # bytes in which METS shows itself
_MOST_HELD = 200_000_000  # bytes of pages of issues
_SYSTEM_FOLDERS = frozenset({"__MACOSX"})


def unpack(file: BinaryIO) -> Unpacked:
    """The files of an archive, in their order; hidden ones and parts of saved pages are left out.

    An archive that an office program wrote is one document, whatever its name says.

    Raises:
        UnreadableDocument: it has too many members, they unpack to too much, or two are one.
        zipfile.BadZipFile: it is no archive.
    """
    archive = zipfile.ZipFile(file)
    members = archive.infolist()
    if len(members) > COUNT_LIMIT:
        raise UnreadableDocument(f"over {COUNT_LIMIT} files in it")
    if kind := kind_of_members(archive.namelist()):
        file.seek(0)
        data = file.read(INNER_LIMIT + 1)
        if len(data) > INNER_LIMIT:
            raise UnreadableDocument(f"over {INNER_LIMIT} bytes")
        yield InnerFile("", "", kind, data)
        return
    shown, total, places = list(_shown(members)), 0, set[int]()
    known = {*PARSERS, *added.parsers().by_name}
    stems = Counter(without_ending(name) for _, name in shown if ending_of(name) in known)
    issues = _issues(archive, shown)
    pages = {page: issue for issue, own in issues.items() for page in own.values()}
    contents: dict[str, dict[str, bytes]] = {issue: {} for issue in issues}
    heads: dict[str, InnerFile] = {}
    for member, name in shown:
        stem, ending = without_ending(name), ending_of(name)
        if reason := _refusal(member, name):
            yield UnreadPart(name, reason)
            continue
        total += member.file_size  # also of members that turn out to be damaged
        if total > containers.TOTAL_LIMIT or member.header_offset in places:
            raise UnreadableDocument("unpacks to too much")
        places.add(member.header_offset)
        content = _data_of(archive, member, name)
        if isinstance(content, UnreadPart):
            yield content
            continue
        part = name if stems[stem] > 1 or ending in BOXES else stem
        inner = InnerFile(part, name, ending, content)
        if name in issues:
            heads[name] = inner
        elif name in pages:
            contents[pages[name]][name] = content
        else:
            yield inner
    for issue, own in issues.items():
        yield from _issue(heads.get(issue), own, contents.pop(issue))


def _data_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes | UnreadPart:
    """The bytes of a member, or why they cannot be read."""
    try:
        with archive.open(member) as opened:
            data = opened.read(INNER_LIMIT + 1)
    except MemoryError:
        raise
    except Exception as error:
        return UnreadPart(name, f"damaged ({type(error).__name__})")
    return data if len(data) <= INNER_LIMIT else UnreadPart(name, f"over {INNER_LIMIT} bytes")


def _issues(
    archive: zipfile.ZipFile, shown: Sequence[tuple[zipfile.ZipInfo, str]]
) -> dict[str, dict[str, str]]:
    """The names of the pages of each newspaper issue, by its references to them.

    Pages that take more than an issue may, and all pages beyond what is held at once, stay apart.
    """
    references: dict[str, list[str]] = {}
    sizes = {name: member.file_size for member, name in shown if ending_of(name) in PAGES}
    for member, name in shown:
        if ending_of(name) in ISSUES and not _refusal(member, name):
            with suppress(Exception), archive.open(member) as opened:
                head = opened.read(_HEAD)
                if is_mets(head):
                    references[name] = page_references(head + opened.read(INNER_LIMIT))
    issues, all_pages = pages_by_issue(references, sizes), 0
    for name in list(issues):
        size = sum(sizes[page] for page in issues[name].values())
        all_pages += size
        if size > ISSUE_LIMIT - INNER_LIMIT or all_pages > _MOST_HELD:
            del issues[name]
    return issues


def _issue(
    head: InnerFile | None, names: Mapping[str, str], contents: Mapping[str, bytes]
) -> Unpacked:
    """METS and its pages as one file; the pages alone where METS could not be read."""
    try:
        if head is not None:
            read_xml(head.data)
    except MemoryError:
        raise
    except Exception as error:
        yield UnreadPart(head.name if head else "", failure_reason(error))
        head = None
    if head is None:
        for name, data in contents.items():
            yield InnerFile(without_ending(name), name, ending_of(name), data)
        return
    pages = {each: contents[name] for each, name in names.items() if name in contents}
    yield replace(head, extension="mets", data=issue_file(head.data, pages))


def _shown(members: list[zipfile.ZipInfo]) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """The members that a person would see as files, with their names as they are shown."""
    names = {_name(member) for member in members}
    pages = {without_ending(name) for name in names if ending_of(name) in WEB_PAGES}
    for member in members:
        steps = [step for step in _name(member).split("/") if step]
        folders = ["/".join(steps[:depth]) for depth in range(1, len(steps))]
        hidden = any(step.startswith(".") and step != ".." for step in steps)
        system = bool(_SYSTEM_FOLDERS & set(steps))
        of_page = any(is_page_folder(folder, pages) for folder in folders)
        if not (member.is_dir() or hidden or system or of_page or not steps):
            yield member, escape_unprintable(_name(member))


def _name(member: zipfile.ZipInfo) -> str:
    """The name of a member: as UTF-8 where it is that without saying so, with "/" for "\\"."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name.replace("\\", "/")


def _refusal(member: zipfile.ZipInfo, name: str) -> str | None:
    """Why a member is not read; None if it is."""
    if leads_outside(_name(member)):
        return "its name leads outside the archive"
    if reason := kind_not_read(name):
        return reason
    if member.flag_bits & _ENCRYPTED:
        return "encrypted"
    if is_bomb(member):
        return "unpacks to too much"
    if member.file_size > INNER_LIMIT:
        return f"over {INNER_LIMIT} bytes"
    return "empty" if not member.file_size else None
