"""METS: the articles of a newspaper issue, whose pages lie beside it as ALTO files.

    is_mets(head)                 ->  whether the first bytes of a file are those of METS
    page_references(data)         ->  the files that it names, as it names them
    issue_file(data, pages)       ->  METS and its pages as one file, for the parser
    parse(data)                   ->  the articles of such a file

The first three look for marks only, since they run outside the process of the parsers. An article
is what the logical structure calls one, or any other part of it that stands beside articles; its
text are the blocks that it names on the pages. What it does not name (a page of advertisements, an
issue without a structure) is an article for each page, unless it is a few words: the head of a
page. Left to others: the words of a page (`alto`), paragraphs (`scanned`).
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from rag.ingest.date_forms import publication_day
from rag.ingest.document import ParsedDocument, UnreadPart, failure_reason
from rag.ingest.metadata import people
from rag.ingest.normalize import one_line
from rag.ingest.parsers import xml
from rag.ingest.parsers.digitised.alto import Box, NamedBlock, blocks_of
from rag.ingest.parsers.digitised.scanned import ScannedBlock, article_of_blocks
from rag.ingest.parsers.xml import descendants, first, local_name, read_xml, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_METS = re.compile(rb"<(?:\w{1,20}:)?mets[\s>]")
_REFERENCE = re.compile(rb"\bhref\s*=\s*[\"']([^\"'<>]{1,1000})[\"']")
_SCHEME = re.compile(r"file:(?://(?:localhost)?)?/?(?=\.?\.?/|[^/])")
_STRUCTURE, _NAMES = "structure", "names.json"  # members of the file for the parser
_MOST_PAGES = 2_000
_MOST_REFERENCES = 4 * _MOST_PAGES  # to images and texts of pages
_HEAD_WORDS = 20  # words of a page outside its articles that are no article: its head and foot
_BASIS = "stated: record of the issue"
_MASTHEAD = re.compile(r"title.?section|masthead|page.?number|running|colophon|^(?:header|footer)$")
_TITLE = re.compile(r"^(?:main.?)?(?:title|headline)$")
_HEADING = re.compile(r"title|headline|heading")
_ARTICLE = re.compile(r"article")


def is_mets(head: bytes) -> bool:
    """Whether a file that begins with `head` is METS."""
    return _METS.search(head) is not None


def page_references(data: bytes) -> list[str]:
    """The files that a METS file names: paths relative to it, in order, each once."""
    names = (_relative(match[1].decode("utf-8", "replace")) for match in _REFERENCE.finditer(data))
    return list(islice(dict.fromkeys(name for name in names if name), _MOST_REFERENCES))


def _relative(reference: str) -> str:
    """The path of a reference; "" for one into the web."""
    path = _SCHEME.sub("", unquote(html.unescape(reference)), count=1).replace("\\", "/")
    return "" if re.match(r"\w+:", path) else path.removeprefix("./")


def issue_file(data: bytes, pages: Mapping[str, bytes]) -> bytes:
    """A METS file and the pages beside it, by the path under which it names them, as one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_STRUCTURE, data)
        archive.writestr(_NAMES, json.dumps(list(pages)))
        for number, page in enumerate(pages.values()):
            archive.writestr(str(number), page)
    return out.getvalue()


def parse(data: bytes) -> ParsedDocument | Sequence[ParsedDocument | UnreadPart]:
    """Parse an issue: a file of `issue_file`, or METS alone.

    Raises:
        UnreadableDocument: no page has text; of METS alone as `rag.ingest.parsers.xml.parse`.
        xml.etree.ElementTree.ParseError: it is not XML.
        defusedxml.DefusedXmlException: it defines entities.
    """
    if not data.startswith(b"PK\x03\x04"):
        return xml.parse(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = read_xml(archive.read(_STRUCTURE))
        names = json.loads(archive.read(_NAMES))
        issue = _Issue(root)
        for number, name in enumerate(names[:_MOST_PAGES]):
            issue.add_page(name, archive.read(str(number)))
        too_many = f"over {_MOST_PAGES} pages of an issue"
        issue.unread += [UnreadPart(name, too_many) for name in names[_MOST_PAGES:]]
    return [*issue.unread, *issue.articles()]


@dataclass(frozen=True, slots=True)
class _Record:
    """What METS says of the issue."""

    source: str | None
    published: str | None


class _Area(NamedTuple):
    """Where a part of an article stands: a file by its id, and blocks by the first and the last.

    Both are "" for the whole file, or what of it lies in a `rectangle`.
    """

    file: str
    begin: str = ""
    end: str = ""
    rectangle: Box | None = None


@dataclass(slots=True)
class _Page:
    blocks: list[NamedBlock]
    number: str
    used: set[int] = field(default_factory=set)  # numbers of blocks that articles have

    def take(self, area: _Area) -> Iterator[ScannedBlock]:
        """The blocks of an area, in their order; one that was taken is taken no more.

        A block is in a rectangle where its middle is.
        """
        ends = [n for n, each in enumerate(self.blocks) if (area.end or area.begin) in each.ids]
        begins = [n for n, each in enumerate(self.blocks) if area.begin in each.ids]
        chosen: Iterable[int] = ()
        if begins and ends:
            chosen = range(begins[0], max(ends[-1], begins[-1]) + 1)
        elif area.rectangle and not area.begin:
            chosen = [n for n, each in enumerate(self.blocks) if each.is_in(area.rectangle)]
        elif not area.begin:
            chosen = range(len(self.blocks))
        for number in chosen:
            if number not in self.used:
                self.used.add(number)
                yield self.blocks[number].block

    def rest(self) -> list[ScannedBlock]:
        """The blocks that no article has."""
        return [each.block for n, each in enumerate(self.blocks) if n not in self.used]


class _Issue:
    """The structure of an issue, and its pages as they are read."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._ids = {  # of files, by the path under which METS names them
            _relative(reference): file.get("ID", "")
            for file in descendants(root, "file")
            for place in descendants(file, "FLocat")
            for reference in [_attribute(place, "href")]
        }
        self._numbers = _page_numbers(root)
        self._pages: dict[str, _Page] = {}
        self.unread: list[UnreadPart] = []

    def add_page(self, name: str, data: bytes) -> None:
        """Read a page; one that cannot be read is named."""
        file = self._ids.get(name, name)
        number = self._numbers.get(file, "")
        try:
            blocks = blocks_of(read_xml(data))
        except MemoryError:
            raise
        except Exception as error:
            self.unread.append(UnreadPart(name, failure_reason(error)))
            return
        if number:
            blocks = [each._replace(block=replace(each.block, page=number)) for each in blocks]
        self._pages[file] = _Page(blocks, number)

    def articles(self) -> Iterator[ParsedDocument | UnreadPart]:
        """The articles by their numbers, then what of the pages is in none."""
        record = _record(self._root)
        for number, part in enumerate(_parts(self._root), 1):
            document = self._article(part)
            if document is not None:
                yield replace(_completed(document, record), part=str(number))
        for count, page in enumerate(self._pages.values(), 1):
            blocks = page.rest()
            words = sum(len(line.split()) for block in blocks for line in block.lines)
            if words >= _HEAD_WORDS:
                label = page.number or str(count)
                document = _completed(article_of_blocks(blocks), record)
                own = document.title if len(document.title.split()) > 1 else ""
                place = ", ".join(filter(None, (record.source, f"page {label}")))
                yield replace(document, part=f"page-{label}", title=own or place)

    def _article(self, part: Element) -> ParsedDocument | None:
        """The article of a part of the structure; None where no page has text of it."""
        inner = [each for each in descendants(part, "div") if each is not part]
        titles = [each for each in inner if _is(each, _TITLE)]
        titles = titles or [each for each in inner if _is(each, _HEADING)]
        heading = [block for each in titles[:1] for block in self._blocks(each)]
        body = list(self._blocks(part))
        if _is(part, _MASTHEAD) or not any(block.lines for block in (*heading, *body)):
            return None
        document = article_of_blocks(body if any(block.lines for block in body) else heading)
        title = one_line(" ".join(line for block in heading for line in block.lines))
        label = one_line(part.get("LABEL"))
        described = _described(self._root, part)
        label = label or (None if described is None else _title_of(described))
        author = people(text_of(first(described, "namePart")))
        return replace(
            document,
            title=title or label or document.title,
            author=author or document.author,
        )

    def _blocks(self, part: Element) -> Iterator[ScannedBlock]:
        for area in _areas(part):
            if area.file in self._pages:
                yield from self._pages[area.file].take(area)


def _parts(root: Element) -> list[Element]:
    """The parts of the logical structure that are articles, or stand beside them."""
    maps = (each for each in root if local_name(each) == "structMap")
    logical = [each for each in maps if each.get("TYPE", "").casefold() != "physical"]
    return [part for each in logical for part in _below(each)]


def _below(element: Element) -> Iterator[Element]:
    """The topmost parts below an element that hold no article, where any of them holds one."""
    for part in element:
        if local_name(part) != "div":
            continue
        holds = any(_is(each, _ARTICLE) for each in descendants(part, "div") if each is not part)
        if _is(part, _ARTICLE) or (not holds and _has_siblings(element)):
            yield part
        else:
            yield from _below(part)


def _has_siblings(element: Element) -> bool:
    """Whether articles stand below an element, so that its other parts stand beside them."""
    return any(_is(each, _ARTICLE) for each in descendants(element, "div"))


def _is(part: Element, kind: re.Pattern[str]) -> bool:
    return kind.search(part.get("TYPE", "").casefold()) is not None


def _areas(part: Element) -> Iterator[_Area]:
    """The areas of a part and of those in it, in reading order."""
    for pointer in descendants(part, "fptr"):
        areas = list(descendants(pointer, "area"))
        for each in areas:
            begin, end = each.get("BEGIN", ""), each.get("END", "")
            yield _Area(each.get("FILEID", ""), begin, end, _rectangle(each))
        if not areas:
            yield _Area(pointer.get("FILEID", ""))


def _rectangle(area: Element) -> Box | None:
    """The rectangle around the shape of an area; an empty one where it cannot be told."""
    stated = area.get("COORDS")
    if stated is None:
        return None
    numbers = [float(each) for each in re.findall(r"\d{1,9}(?:\.\d{1,9})?", stated)]
    if area.get("SHAPE", "").casefold() == "circle" and len(numbers) == 3:
        x, y, radius = numbers
        return Box(x - radius, y - radius, x + radius, y + radius)
    across, down = numbers[::2], numbers[1::2]
    if len(numbers) < 4 or len(across) != len(down):
        return Box(0.0, 0.0, 0.0, 0.0)
    return Box(min(across), min(down), max(across), max(down))


def _page_numbers(root: Element) -> dict[str, str]:
    """The number of the page of each file, by its id: as printed, else in order."""
    numbers: dict[str, str] = {}
    for part in (each for each in root if local_name(each) == "structMap"):
        if part.get("TYPE", "").casefold() != "physical":
            continue
        for page in descendants(part, "div"):
            stated = (page.get("ORDERLABEL", ""), page.get("ORDER", ""))
            number = next((each for each in stated if each.isdecimal() and len(each) < 6), "")
            files = [area.file for area in _areas(page)] if _is(page, re.compile("page")) else []
            numbers.update(dict.fromkeys(files, number))
    return numbers


def _record(root: Element) -> _Record:
    """The newspaper and the day of the issue."""
    parts = [each for each in descendants(root, "div") if not _is(each, _ARTICLE)]
    described = [each for part in parts for each in [_described(root, part)] if each is not None]
    described = described or [each for each in root if local_name(each) == "dmdSec"][:1]
    moments = [
        publication_day(text_of(moment)) or ""
        for each in described
        for moment in descendants(each, "dateIssued", "date", "issued", "temporal")
    ]
    titles = (
        text_of(title)
        for each in described
        for host in (*descendants(each, "relatedItem"), each)
        for title in descendants(host, "title")
    )
    return _Record(
        one_line(next(filter(None, titles), "")), max(moments, key=len, default="") or None
    )


def _described(root: Element, part: Element) -> Element | None:
    """The description of a part of the structure."""
    ids = part.get("DMDID", "").split()
    return next((each for each in root if ids and each.get("ID") in ids), None)


def _title_of(described: Element) -> str | None:
    """The title of what is described, not that of the newspaper in which it stands."""
    for child in described:
        name = local_name(child)
        if name == "title" and (title := one_line(text_of(child))):
            return title
        if name != "relatedItem" and (title := _title_of(child)):
            return title
    return None


def _completed(document: ParsedDocument, record: _Record) -> ParsedDocument:
    day = record.published or document.published
    return replace(
        document,
        source=record.source or document.source,
        published=day,
        published_basis=_BASIS if record.published else document.published_basis,
    )


def _attribute(element: Element, name: str) -> str:
    """An attribute in any namespace."""
    values = (value for key, value in element.items() if key.rpartition("}")[2] == name)
    return next(values, "")
