"""Questions and answers as one HTML file that loads nothing from elsewhere.

In:  answers, or entries of a dossier. Out: the text of a page (`templates/dossier.html`): each mark
     leads to its source below the answer, each source to the quote in the page of its article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.export.dossier import Entry, entries_of, title_of
from rag.grounding.confidence_text import confidence_in_words
from rag.grounding.rendering import field_label, place_in_words
from rag.runtime.html_templates import load_templates
from rag.text.citation_marks import split_at_citations
from rag.types import Answer, Citation

__all__ = ["render", "render_dossier"]

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of an answer's text, and the number of the citation behind it (0: none)."""

    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Source:
    """A citation for the page; `address` is one of the web, or empty."""

    number: int
    title: str
    details: str
    address: str
    label: str
    quote: str


@dataclass(frozen=True, slots=True)
class _Section:
    """A question of the page, and all that stands below it."""

    question: str
    details: str
    text: Sequence[_Piece]
    remarks: Sequence[str]
    sources: Sequence[_Source]


def render(answers: Sequence[Answer]) -> str:
    """The answers as one dossier."""
    entries = entries_of(answers)
    return render_dossier(title_of(entries), entries)


def render_dossier(title: str, entries: Sequence[Entry]) -> str:
    """The whole page; without a title it has that of its first question."""
    template = load_templates(_TEMPLATES).get_template("dossier.html")
    name = title or (entries[0].question if entries else "")
    return template.render(title=title, name=name, sections=list(map(_section, entries)))


def _section(entry: Entry) -> _Section:
    answer = entry.answer
    if answer is None:
        return _Section(entry.question, entry.details, (), (entry.fault,), ())
    remarks = tuple(filter(None, (answer.note, confidence_in_words(answer))))
    sources = tuple(map(_source, answer.citations))
    return _Section(entry.question, entry.details, tuple(_pieces(answer)), remarks, sources)


def _pieces(answer: Answer) -> Iterator[_Piece]:
    numbers = {each.number for each in answer.citations}
    for text, number in split_at_citations(answer.text, numbers):
        yield _Piece(text, number)


def _source(citation: Citation) -> _Source:
    record = filter(None, (citation.source, citation.author, citation.published, citation.article))
    address = citation.fragment or citation.url or ""
    return _Source(
        citation.number,
        citation.title or "Untitled",
        ", ".join([*record, *place_in_words(citation)]),
        address if address.startswith(("http://", "https://")) else "",
        field_label(citation.field) if citation.field else "",
        citation.quote,
    )
