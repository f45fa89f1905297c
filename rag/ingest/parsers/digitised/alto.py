"""ALTO: the words of a scanned page, by line and block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rag.ingest.document import ParsedDocument
from rag.ingest.parsers.digitised.scanned import ScannedBlock, article_of_blocks
from rag.ingest.parsers.xml import descendants, first, local_name, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_OUTSIDE = frozenset({"TopMargin", "BottomMargin", "LeftMargin", "RightMargin"})  # running heads


class Box(NamedTuple):
    """A rectangle of a page, in pixels from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


class NamedBlock(NamedTuple):
    """A block, the ids of it, its lines and the blocks around it, and where it stands.

    `box` is None where that is not known in pixels.
    """

    ids: frozenset[str]
    block: ScannedBlock
    box: Box | None = None

    def is_in(self, area: Box) -> bool:
        """Whether the middle of the block is in `area`."""
        if self.box is None:
            return False
        across, down = (self.box.left + self.box.right) / 2, (self.box.top + self.box.bottom) / 2
        return area.left <= across <= area.right and area.top <= down <= area.bottom


def article_of(root: Element) -> ParsedDocument:
    """The article of a file's pages, without what stands in their margins.

    Raises:
        UnreadableDocument: no word was recognised.
    """
    return article_of_blocks([each.block for each in blocks_of(root)])


def blocks_of(root: Element) -> list[NamedBlock]:
    """The blocks of a file's pages, in order, without what stands in their margins."""
    sizes = _sizes(root)
    pages = list(descendants(root, "Page"))
    unit = text_of(first(root, "MeasurementUnit")) or "pixel"
    return [
        NamedBlock(
            frozenset(filter(None, (each.get("ID") for each in (*above, block, *block)))),
            ScannedBlock(tuple(_lines(block)), _number(page, count), _size(block, sizes)),
            _box(block) if unit == "pixel" else None,
        )
        for count, page in enumerate(pages, 1 if len(pages) > 1 else 0)
        for above, block in _blocks(page, ())
    ]


def _number(page: Element, count: int) -> str:
    """The number of a page: as printed, as scanned, else by its place in the file.

    "" where it is the only page of its file (`count` 0) and has no number: it may be any.
    """
    stated = (page.get("PRINTED_IMG_NR", ""), page.get("PHYSICAL_IMG_NR", ""))
    return next(
        (number for number in stated if number.isdecimal() and len(number) < 6), str(count or "")
    )


def _box(block: Element) -> Box | None:
    try:
        left, top = float(block.get("HPOS", "")), float(block.get("VPOS", ""))
        width, height = float(block.get("WIDTH", "")), float(block.get("HEIGHT", ""))
    except ValueError:
        return None
    return Box(left, top, left + width, top + height)


def _blocks(
    element: Element, above: tuple[Element, ...]
) -> Iterator[tuple[tuple[Element, ...], Element]]:
    """The text blocks below an element, each with the elements around it."""
    for child in element:
        name = local_name(child)
        if name == "TextBlock":
            yield above, child
        elif name not in _OUTSIDE:
            yield from _blocks(child, (*above, child))


def _lines(block: Element) -> Iterator[str]:
    for line in descendants(block, "TextLine"):
        words: list[str] = []
        for part in line:
            if local_name(part) == "String":
                words.append(_word(part))
            elif local_name(part) == "HYP" and words and not _is_whole(line):
                words[-1] += part.get("CONTENT") or "-"
        if text := " ".join(filter(None, words)):
            yield text


def _word(string: Element) -> str:
    """A word; one that is parted by a line end stands whole in the first line."""
    whole, kind = string.get("SUBS_CONTENT", ""), string.get("SUBS_TYPE")
    if whole and kind in {"HypPart1", "HypPart2"}:
        return whole if kind == "HypPart1" else ""
    return string.get("CONTENT", "")


def _is_whole(line: Element) -> bool:
    """Whether the last word of a line is given whole although the line parts it."""
    words = [part for part in line if local_name(part) == "String"]
    last = words[-1] if words else None
    if last is None or last.get("SUBS_TYPE") != "HypPart1":
        return False
    return bool(last.get("SUBS_CONTENT"))


def _sizes(root: Element) -> dict[str, float]:
    """The sizes of type by the ids of styles."""
    return {
        style.get("ID", ""): _positive(style.get("FONTSIZE", ""))
        for style in descendants(root, "TextStyle")
    }


def _size(block: Element, sizes: dict[str, float]) -> float:
    """The largest type of a block, by its style or those of its first words; 0 if unknown."""
    named = [block, *list(descendants(block, "TextLine", "String"))[:3]]
    styles = " ".join(each.get("STYLEREFS", "") for each in named).split()
    return max((sizes.get(style, 0.0) for style in styles), default=0.0)


def _positive(value: str) -> float:
    try:
        size = float(value)
    except ValueError:
        return 0.0
    return size if 0 < size < 1_000 else 0.0
