"""From the blocks of scanned pages to an article: paragraphs, headline, the page of each line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.ingest.boilerplate.heads import record_of
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.line_wraps import compounds, join_lines
from rag.ingest.markup.places import PlacedLine, places_of_lines
from rag.ingest.normalize import normalize
from rag.ingest.parsers.properties import FileProperties, document_from_lines

_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_LARGER = 1.35  # times the size of most type from which a block is a headline
_LONGEST_HEADLINE = 200  # characters
_EARLY = 6  # blocks among which the headline is looked for
_LEAST, _MOST = 40, 5_000  # characters of a block that may go on in the next one


@dataclass(frozen=True, slots=True)
class ScannedBlock:
    """The lines of a block; `page` is its number, `size` that of its type, 0 where unknown."""

    lines: tuple[str, ...]
    page: str
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class _Paragraph:
    line: PlacedLine
    size: float

    @property
    def text(self) -> str:
        return self.line.text


def article_of_blocks(blocks: Sequence[ScannedBlock]) -> ParsedDocument:
    """The article of all pages, in the order of their blocks.

    Raises:
        UnreadableDocument: no word was recognised.
    """
    known = compounds("\n".join(line for block in blocks for line in block.lines))
    paragraphs: list[_Paragraph] = []
    for block in blocks:
        text = _joined(block.lines, known)
        if text and paragraphs and _goes_on(paragraphs[-1].text, text):
            above = paragraphs[-1]
            whole = _joined((above.text, text), known)
            marks = (*above.line.marks, (len(whole) - len(text), block.page))
            paragraphs[-1] = _Paragraph(PlacedLine(whole, marks), above.size)
        elif text:
            paragraphs.append(_Paragraph(PlacedLine(text, ((0, block.page),)), block.size))
    if not paragraphs:
        raise UnreadableDocument("no text in it")
    lines = [paragraph.line for paragraph in paragraphs]
    document = document_from_lines(
        [line.text for line in lines], FileProperties(title_line=_headline(paragraphs))
    )
    places = places_of_lines(document.text, lines)
    return replace(document, details={**document.details, "places": places})


def _joined(lines: Sequence[str], known: frozenset[str]) -> str:
    return normalize(join_lines(lines, known)).replace("\n", " ")


def _goes_on(above: str, text: str) -> bool:
    """Whether `text` is the rest of a sentence that a column or a page cut off."""
    cut = _LEAST <= len(above) < _MOST and not _SENTENCE_END.search(above)
    return cut and text[:1].islower()


def _headline(paragraphs: Sequence[_Paragraph]) -> int | None:
    """The number of the first block of the largest type, early on; a masthead is none."""
    letters = sorted(size for each in paragraphs for size in [each.size] * len(each.text))
    usual = letters[len(letters) // 2]
    large = [
        (number, each)
        for number, each in enumerate(paragraphs[:_EARLY])
        if usual
        and each.size >= _LARGER * usual
        and len(each.text) <= _LONGEST_HEADLINE
        and record_of(each.text) is None
    ]
    return max(large, key=lambda pair: (pair[1].size, -pair[0]))[0] if large else None
