"""Cited articles as RIS, which EndNote, Zotero and Mendeley read. Pure functions.

In:  answers. Out: one record an article, a tag a line (Research Information Systems, 2001).

A value is one line. A semicolon in an address is percent-encoded: it stands between two addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.export.names import Organisation, Person
from rag.export.references import Reference, references_of
from rag.types import Answer


def render(answers: Sequence[Answer]) -> str:
    """The cited articles; what is quoted of each is in its notes, `N1`."""
    return "\n".join(
        "".join(f"{tag}  - {value}\n" for tag, value in (*_fields(each), ("ER", "")))
        for each in references_of(answers)
    )


def _fields(reference: Reference) -> Iterator[tuple[str, str]]:
    yield "TY", "NEWS"
    yield "ID", reference.key
    yield "TI", reference.title
    yield from (("AU", _name(each)) for each in reference.authors)
    if reference.outlet:
        yield "T2", reference.outlet
    if reference.date:
        year, month, day = (*(f"{part:02}" for part in reference.date), "", "")[:3]
        yield "PY", year
        yield "DA", f"{year}/{month}/{day}/"
    if reference.url:
        yield "UR", reference.url.replace(";", "%3B")
    yield from (("N1", each) for each in reference.quotes)


def _name(author: Person | Organisation) -> str:
    return f"{author.family}, {author.given}" if isinstance(author, Person) else author.whole
