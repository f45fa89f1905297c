"""Zip archives that documents are made of, checked by what they declare before they are unpacked.

    open_archive(data)           ->  the archive, or `UnreadableDocument`
    xml_of(archive, name)        ->  the root of one of its XML files; no entity is expanded
    leads_outside(name)          ->  whether the name of a member leads out of its archive
    is_bomb(member)              ->  whether a member says that it grows too much

Left to others: what the files of an archive say (`docx`, `odt`, `epub`, `tables`).
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from rag.ingest.document import UnreadableDocument

MEMBER_LIMIT = 5_000  # files in the archive
UNPACKED_LIMIT, XML_LIMIT = 50_000_000, 10_000_000  # bytes of all files, and of the XML files
_RATIO_LIMIT = 200  # times that a file may grow when unpacked
_NO_BOMB = 1_000_000  # bytes up to which it may grow as it likes
_MARKUP = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx")


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Open an archive that an office program or a browser may have written.

    Raises:
        UnreadableDocument: it unpacks to too much, or a name in it leads outside.
        zipfile.BadZipFile: it is none.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    markup = sum(m.file_size for m in members if m.filename.lower().endswith(_MARKUP))
    if len(members) > MEMBER_LIMIT or total > UNPACKED_LIMIT or markup > XML_LIMIT:
        raise UnreadableDocument("unpacks to too much")
    for member in members:
        if leads_outside(member.filename):
            raise UnreadableDocument("a file name in the archive leads outside")
        if is_bomb(member):
            raise UnreadableDocument("unpacks to too much")
    return archive


def leads_outside(name: str) -> bool:
    """Whether the name of a member is no path below the archive."""
    steps = re.split(r"[/\\]", name)
    return ".." in steps or not steps[0] or ":" in steps[0]


def is_bomb(member: zipfile.ZipInfo) -> bool:
    """Whether a member says that it grows beyond all measure when it is unpacked."""
    return member.file_size > max(_NO_BOMB, _RATIO_LIMIT * member.compress_size)


def xml_of(archive: zipfile.ZipFile, name: str) -> Any:
    """The root element of the XML file `name`; None if the archive has no such file.

    Raises:
        lxml.etree.XMLSyntaxError: it is not XML.
    """
    if name not in archive.namelist():
        return None
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    return etree.fromstring(archive.read(name), parser)
