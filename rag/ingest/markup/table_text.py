"""The rows of a table as lines of text, in which each cell keeps its column.

    table_lines(rows, headings)   ->  "Skarvik | Cod: – | Herring: 6,733"

An empty cell is a dash, so that no value moves under another heading; where the table has a row of
headings, each value stands behind its own. Pure functions. Left to others: finding rows and cells
in a file (`rag.ingest.markup.blocks`, `rag.ingest.parsers`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

EMPTY = "–"
_FIGURE = re.compile(r"[^\w]*(?:[a-z]{0,3}\W{0,2})?\d[\d.,\s%’'–/-]*(?:\w{0,4}\W*)", re.IGNORECASE)

Cell = str | None  # None where a cell reaches over from the one before it


def table_lines(rows: Sequence[Sequence[Cell]], headings: int | None = None) -> list[str]:
    """One line a row.

    `headings` is how many rows at the top hold headings; None: it is told from the cells.
    """
    filled = [[_clean(cell) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    if not filled:
        return []
    width = max(map(len, filled))
    if width == 1:
        return [row[0] or "" for row in filled]
    filled = [[*row, *[""] * (width - len(row))] for row in filled]
    if headings is None:
        headings = int(_has_headings(filled))
    if headings and len(filled) > headings:
        names = [_heading(filled[:headings], column) for column in range(width)]
        head = [" | ".join(name or EMPTY for name in names)]
        return head + [_labelled(row, names) for row in filled[headings:]]
    return [" | ".join(cell or EMPTY for cell in row if cell is not None) for row in filled]


def _clean(cell: Cell) -> Cell:
    return None if cell is None else " ".join(cell.split())


def _heading(rows: Sequence[Sequence[Cell]], column: int) -> str:
    """The headings of a column, those of a group of columns first."""
    parts: list[str] = []
    for row in rows:
        at = column
        while at and row[at] is None:
            at -= 1
        if row[at] and row[at] not in parts:
            parts.append(row[at] or "")
    return " ".join(parts)


def _labelled(row: Sequence[Cell], names: Sequence[str]) -> str:
    """A row, each value but the first behind the heading of its column."""
    cells = []
    for at, (cell, name) in enumerate(zip(row, names, strict=True)):
        if cell is None:
            continue
        value = cell or EMPTY
        first = at == 0 and cell and not _FIGURE.fullmatch(cell)
        cells.append(value if first or not name else f"{name}: {value}")
    return " | ".join(cells)


def _has_headings(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row names the columns: no figures in it, and figures below it."""
    first, *rest = rows
    if not rest or len(first) < 3:  # two columns may as well be names and their values
        return False
    if any(cell and _FIGURE.fullmatch(cell) for cell in first[1:]):
        return False
    if not all(first[1:]) or len(set(first)) < len(first):
        return False
    below = [[row[at] for row in rest if row[at]] for at in range(1, len(first))]
    return any(
        cells and 2 * sum(bool(_FIGURE.fullmatch(cell or "")) for cell in cells) > len(cells)
        for cells in below
    )
