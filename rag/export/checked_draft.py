"""A checked draft as one HTML file that loads nothing from elsewhere.

In:  a `CheckResult`. Out: the text of a page (`templates/checked_draft.html`): the draft beside the
     articles that it cites, both with their marks, each mark leading to its counterpart; the draft
     in pieces (`draft_passages`), for other pages.

Verdicts are told by words as well as by colour and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.newsroom.drafts.result import CheckedSentence, CheckResult
from rag.newsroom.drafts.wording import (
    difference_in_words,
    summary_in_words,
    unsupported_in_words,
    verdict_in_words,
)
from rag.runtime.html_templates import load_templates
from rag.text.sentences import Span
from rag.types import Article, Citation

__all__ = ["DraftPassage", "TextPiece", "draft_passages", "render_checked_draft"]

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a text, and whether it is marked; of an article, for which citation."""

    text: str
    is_marked: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class DraftPassage:
    """What stands before a sentence of the draft, the sentence in pieces, what is told of it.

    `number` counts sentences from 1; 0 is what stands behind the last one.
    """

    gap: str
    number: int = 0
    verdict: str = ""
    label: str = ""
    pieces: Sequence[TextPiece] = ()
    citations: Sequence[int] = ()
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """A cited article: its text in pieces."""

    title: str
    details: str
    address: str
    pieces: Sequence[TextPiece]


def render_checked_draft(result: CheckResult, name: str) -> str:
    """The whole page, under the heading `name`."""
    citations = {each.number: each for sentence in result.sentences for each in sentence.citations}
    sentences_of = {
        number: [
            n for n, each in enumerate(result.sentences, 1)
            if number in (citation.number for citation in each.citations)
        ]
        for number in citations
    }  # fmt: skip
    by_article: dict[str, list[Citation]] = {}
    for number in sorted(citations):
        by_article.setdefault(citations[number].article, []).append(citations[number])
    sources = [_source(result.articles[id], cited) for id, cited in by_article.items()]
    return (
        load_templates(_TEMPLATES)
        .get_template("checked_draft.html")
        .render(
            name=name,
            summary=summary_in_words(result),
            passages=list(draft_passages(result)),
            sources=sources,
            sentences_of=sentences_of,
        )
    )


def draft_passages(result: CheckResult) -> Iterator[DraftPassage]:
    """The sentences of the draft in order, and what stands behind the last one."""
    end = 0
    for number, each in enumerate(result.sentences, 1):
        remarks = [difference_in_words(difference) for difference in each.differences]
        if each.verdict != "no_claim" and (rest := unsupported_in_words(each, result.text)):
            remarks.append(rest)
        yield DraftPassage(
            result.text[end : each.start],
            number,
            each.verdict,
            verdict_in_words(each.verdict),
            list(_pieces(result.text, (each.start, each.end), _marked(each))),
            [citation.number for citation in each.citations],
            remarks,
        )
        end = each.end
    yield DraftPassage(result.text[end:])


def _marked(sentence: CheckedSentence) -> list[tuple[Span, int]]:
    return [(span, 0) for span in sorted(sentence.unsupported)]


def _source(article: Article, citations: Sequence[Citation]) -> _Source:
    address = citations[0].fragment or article.url or ""
    quotes = sorted((each.span, each.number) for each in citations if each.span)
    return _Source(
        article.title or "Untitled",
        ", ".join(filter(None, (article.source, article.author, article.published, article.id))),
        address if address.startswith(("http://", "https://")) else "",
        list(_pieces(article.text, (0, len(article.text)), quotes)),
    )


def _pieces(text: str, span: Span, marks: Sequence[tuple[Span, int]]) -> Iterator[TextPiece]:
    """The text at `span` in pieces, with `marks` marked; of two that overlap the first."""
    place, end = span
    for (first, last), number in marks:
        if first < place:
            continue
        if place < first:
            yield TextPiece(text[place:first])
        yield TextPiece(text[first:last], is_marked=True, number=number)
        place = last
    if place < end:
        yield TextPiece(text[place:end])
