"""Files `.fable`: fields, one a line, then an empty line and the text.

FABLE
title: The bridge
outlet: Kurier
day: 2024-05-01

The bridge over the Sund cost 18 million crowns.
"""

from rag.ingest.document import ParsedDocument, UnreadableDocument


def parse(data: bytes) -> ParsedDocument:
    """The article of a file."""
    head, _, text = data.decode("utf-8").partition("\n\n")
    mark, *lines = head.splitlines()
    if mark != "FABLE":
        raise UnreadableDocument("its first line is not FABLE")
    fields = dict(line.split(": ", 1) for line in lines)
    return ParsedDocument(
        title=fields.get("title", ""),
        text=text.strip(),
        source=fields.get("outlet"),
        published=fields.get("day"),
        published_basis="stated" if "day" in fields else None,
    )
