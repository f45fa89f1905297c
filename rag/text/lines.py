"""Text for a terminal: lines of at most 88 characters. Pure functions.

    filled(text)                one or more lines
    filled(text, "    ", "- ")  the first line with other marks in front than the rest

In:  text. Out: the same, wrapped. Left to others: printing (`rag.cli.terminal`).
"""

from __future__ import annotations

import textwrap

__all__ = ["INDENT", "WIDTH", "filled"]

WIDTH = 88  # characters of a line
INDENT = " " * 4


def filled(text: str, indent: str = "", first: str | None = None) -> str:
    """`text` on lines that begin with `indent`, the first one with `first` where that is given."""
    beginning = indent if first is None else first
    return textwrap.fill(text, WIDTH, initial_indent=beginning, subsequent_indent=indent)
