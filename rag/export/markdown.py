"""Questions and answers as Markdown, with a footnote for each citation. Pure functions.

In:  answers, or entries of a dossier. Out: the text of a file; a footnote names the article, links
     to the quote in its page, and quotes it.

All text of articles, model and user is escaped: none of it can become a link, an image or HTML.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from rag.export.dossier import Entry, entries_of, title_of
from rag.grounding.confidence_text import confidence_in_words
from rag.grounding.rendering import field_label, place_in_words
from rag.text.citation_marks import split_at_citations
from rag.types import Answer, Citation

__all__ = ["render", "render_dossier"]

_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")
_HARMLESS = re.compile(r"\\(?!:\\/\\/)([,.;:?!%/\"'()+=-])")  # starts no markup within a line
_WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]+")


def render(answers: Sequence[Answer]) -> str:
    """The answers as one dossier."""
    entries = entries_of(answers)
    return render_dossier(title_of(entries), entries)


def render_dossier(title: str, entries: Sequence[Entry]) -> str:
    """The questions as headings, the answers, and each citation as a numbered footnote."""
    lines = [f"# {_escaped(title)}", ""] if title else []
    footnotes: list[str] = []
    for entry in entries:
        lines += [f"## {_escaped(entry.question)}", ""]
        lines += [f"*{_escaped(entry.details)}*", ""] if entry.details else []
        lines += [*_body(entry, footnotes), ""]
    return "\n".join([*lines, *footnotes]).rstrip() + "\n"


def _body(entry: Entry, footnotes: list[str]) -> list[str]:
    """The lines of an answer, or why there is none; its citations go to the end of `footnotes`."""
    if entry.answer is None:
        return [f"*{_escaped(entry.fault)}*"]
    remarks = filter(None, (entry.answer.note, confidence_in_words(entry.answer)))
    lines = [_with_footnotes(entry.answer, footnotes)]
    return [*lines, *(line for each in remarks for line in ("", f"*{_escaped(each)}*"))]


def _with_footnotes(answer: Answer, footnotes: list[str]) -> str:
    citations = {citation.number: citation for citation in answer.citations}
    first = len(footnotes) // 2
    numbers: dict[int, int] = {}  # of the citations, to those of the footnotes
    text = ""
    for piece, number in split_at_citations(answer.text, citations):
        text += _escaped(piece, inline=bool(text))
        if number:
            numbers.setdefault(number, first + len(numbers) + 1)
            text += f"[^{numbers[number]}]"
    for number, footnote in numbers.items():
        footnotes += [f"[^{footnote}]: {_footnote(citations[number])}", ""]
    return text


def _footnote(citation: Citation) -> str:
    names = (citation.title or "Untitled", citation.source, citation.author, citation.published)
    parts = [_escaped(each) for each in names if each]
    if address := citation.fragment or citation.url:
        is_link = _WEB_ADDRESS.fullmatch(address)
        parts.append(f"<{address}>" if is_link else _escaped(address))
    parts += map(_escaped, place_in_words(citation))
    article, quote = _escaped(citation.article), _escaped(citation.quote)
    if citation.field:
        return f"{', '.join(parts)}, record of {article}: {field_label(citation.field)} “{quote}”"
    span = f"characters {citation.start} to {citation.end} of {article}"
    return f"{', '.join([*parts, span])}: “{quote}”"


def _escaped(text: str, inline: bool = False) -> str:
    """Foreign `text` on one line, without any markup; `inline`: it does not start the line."""
    edge = " " if inline and text[:1].isspace() else ""
    printable = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    safe = _HARMLESS.sub(r"\1", _PUNCTUATION.sub(r"\\\1", printable))
    safe = re.sub(r"\b(www)\.", r"\1\\.", safe, flags=re.I)  # some renderers would make it a link
    if not inline:  # "1." would start a list
        safe = re.sub(r"^(\d{1,9}(?=[.)])|(?=[-+=]))(.)", r"\1\\\2", safe)
    return edge + safe
