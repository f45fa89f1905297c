"""Foreign text for the page: what a person cannot see is taken out, mark-up is escaped.

In:  text of articles, of the model and of the person asking.
Out: the same for a template, which escapes it (`clean`, `strip_invisible`), or for Gradio's
     Markdown, in which no mark-up of its own can begin (`escape_markdown`).

HTML comes from templates that escape by themselves (`rag.web.views.templates`). The chat does not:
Gradio renders its messages as Markdown in which HTML is allowed, a mixture that the escaping of no
template covers. Every ASCII punctuation character of foreign text is therefore written there as a
numeric entity, so that mark-up of neither kind can begin in it.
"""

from __future__ import annotations

import re
import string

_NEWLINES = "\n\r\u2028\u2029"
_ENTITIES = {mark: f"&#{ord(mark)};" for mark in string.punctuation}
_MARKDOWN = str.maketrans(_ENTITIES | {"\n": "<br>"})


def clean(text: str) -> str:
    """`text` without control, direction and zero-width characters; runs of spaces are one."""
    visible = "".join(
        mark if mark.isprintable() else _replacement(mark) for mark in text.replace("\r\n", "\n")
    )
    visible = re.sub(r"[^\S\n]+", " ", visible)
    return re.sub(r" ?\n[ \n]*", lambda m: "\n" * min(2, m[0].count("\n")), visible)


def strip_invisible(text: str) -> str:
    """What a person gets to see of foreign `text`."""
    return clean(text).strip()


def escape_markdown(text: str) -> str:
    """Foreign `text` for Gradio's Markdown: shown as it is, neither mark-up nor HTML nor LaTeX."""
    return strip_invisible(text).translate(_MARKDOWN)


def escape_markdown_inline(text: str) -> str:
    """Like `escape_markdown`, for a piece of a line: keeps one space at either edge."""
    return clean(text).translate(_MARKDOWN)


def quantity(number: int, thing: str) -> str:
    """As in "1 passage", "2,000 passages"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _replacement(mark: str) -> str:
    if mark in _NEWLINES:
        return "\n"
    return " " if mark.isspace() else ""
