"""Tables: a file of comma- or tab-separated values, or a workbook (.xlsx).

A table with a column of texts and one of headlines, days or authors holds an article a row. Any
other is one article, a line for each row, in which every value stands behind its heading.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument, UnreadPart
from rag.ingest.markup.table_text import table_lines
from rag.ingest.metadata import document_fields
from rag.ingest.normalize import normalize
from rag.ingest.parsers.archive import open_archive
from rag.ingest.parsers.dumps import numbered_articles
from rag.ingest.parsers.properties import PLACEHOLDERS

CELL_LIMIT = 1_000_000
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 20
_HEADINGS_WITHIN = 8  # rows from the top
_FIGURE = re.compile(r"\W{0,3}\d[\d\s.,%’'–/:-]*\W{0,2}")

Row = list[str]
Parsed = ParsedDocument | Sequence[ParsedDocument | UnreadPart]


def parse_csv(data: bytes) -> Parsed:
    """Parse a file of separated values; the separator is told from its first rows.

    Raises:
        UnreadableDocument: it is not text, or has too many cells.
        csv.Error: a field is too long.
    """
    decoded = decode(data)
    rows = _limited(_split(decoded.text))
    details = {"encoding": decoded.doubtful} if decoded.doubtful else {}
    records = _records(rows)
    if records is not None:
        return [
            part if isinstance(part, UnreadPart) else replace(part, details=details)
            for part in numbered_articles(records)
        ]
    return ParsedDocument(title="", text=_table(rows), details=details)


def parse_xlsx(data: bytes) -> Parsed:
    """Parse a workbook: its visible sheets, without struck-out cells.

    Raises:
        UnreadableDocument: it unpacks to too much, or has too many cells.
        Exception: openpyxl or zipfile cannot read it.
    """
    open_archive(data).close()
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    tables = [(sheet.title, _limited(_rows_of(sheet))) for sheet in sheets]
    tables = [(title, rows) for title, rows in tables if any(map(any, rows))]
    if articles := _articles_of(tables):
        return articles
    texts = [
        f"{title}\n{_table(rows)}" if len(tables) > 1 else _table(rows) for title, rows in tables
    ]
    stated = book.properties.title
    return ParsedDocument(
        title=stated if stated and stated.lower() not in PLACEHOLDERS else "",
        text=normalize("\n\n".join(texts)),
    )


def _limited(rows: Iterator[Row]) -> list[Row]:
    limited, cells = list[Row](), 0
    for row in rows:
        cells += len(row)
        if cells > CELL_LIMIT:
            raise UnreadableDocument(f"over {CELL_LIMIT} cells")
        limited.append(row)
    while limited and not any(limited[-1]):
        limited.pop()
    return limited


def _split(text: str) -> Iterator[Row]:
    """The rows of a text, with the separator that splits its first rows most evenly."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n\ufeff")
    first, _, rest = text.partition("\n")
    if named := re.fullmatch(r"sep=(.)", first):
        return csv.reader(io.StringIO(rest), delimiter=named[1])

    def evenness(delimiter: str) -> tuple[float, int]:
        sample = []
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            sample.append(len(row))
            if len(sample) >= _SAMPLE_ROWS:
                break
        usual = max(set(sample), key=sample.count, default=1)
        return (sample.count(usual) / len(sample) if usual > 1 else 0.0), usual

    return csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=evenness))


def _rows_of(sheet: Any) -> Iterator[Row]:
    for row in sheet.iter_rows():
        values = [_shown(cell) for cell in row]
        while values and not values[-1]:
            values.pop()
        yield values


def _shown(cell: Any) -> str:
    """A cell as the workbook shows it."""
    value = cell.value
    if value is None or (cell.font is not None and cell.font.strike):
        return ""
    if isinstance(value, datetime):
        at_midnight = value.time() == time(0)
        return value.date().isoformat() if at_midnight else value.isoformat(" ", "minutes")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _figure(value, percent="%" in str(cell.number_format))
    return str(value).upper() if isinstance(value, bool) else str(value)


def _figure(value: float, *, percent: bool) -> str:
    if percent:
        return f"{round(100 * value, 6):g}%"
    return str(int(value)) if float(value).is_integer() else repr(value)


def _articles_of(tables: Sequence[tuple[str, list[Row]]]) -> list[ParsedDocument | UnreadPart]:
    """The articles of all sheets that have one a row, and each other sheet by its name.

    None of them where no sheet has an article a row.
    """
    records = [_records(rows) for _, rows in tables]
    stated = [record for each in records for record in each or ()]
    if not stated:
        return []
    values = [
        ParsedDocument(title=title, text=_table(rows), part=title)
        for (title, rows), each in zip(tables, records, strict=True)
        if each is None
    ]
    return [*numbered_articles(stated), *values]


def _records(rows: Sequence[Row]) -> list[dict[str, str]] | None:
    """The rows of a table that has an article a row, by heading; None for a table of values.

    The row of headings may stand below a title of the table.
    """
    for number, row in enumerate(rows[:_HEADINGS_WITHIN]):
        head = [cell.strip() for cell in row]
        fields = document_fields({name: name for name in head if name})
        if "text" in fields and fields.keys() & {"title", "published", "author", "url"}:
            filled = [each for each in rows[number + 1 :] if any(cell.strip() for cell in each)]
            return [dict(zip(head, each, strict=False)) for each in filled] or None
    return None


def _table(rows: Sequence[Row]) -> str:
    """The lines of a table; rows of one cell above it are its headings, not a column."""
    start = 0
    while start < len(rows) and sum(bool(cell.strip()) for cell in rows[start]) < 2:
        start += 1
    above = [next(filter(None, row), "") for row in rows[:start]]
    body = rows[start:]
    named = bool(body) and not any(_FIGURE.fullmatch(cell.strip()) for cell in body[0])
    lines = table_lines(body, int(named and len(body) > 1))
    return normalize("\n".join([*filter(None, above), *lines]))
