"""A composed answer of several quotations, each perhaps behind a few words of our own.

In:  `Quoted`: sentences of articles, with what stands before each.
Out: a `Composition`: sentences in quotation marks, each cited.
Left to others: which sentences (the modules beside this one), how a quotation looks
(`rag.grounding.quotation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.grounding.citations import ArticleLookup
from rag.grounding.composition.material import Composition
from rag.grounding.quotation import quote
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.dates import date_range, format_date
from rag.types import Article, Citation, Evidence, Note, Sentence


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence that is quoted, and what stands before it, "Before, on 3 May 2024", if anything.

    `records` are citations of metadata records for what `label` says; their numbers do not count.
    """

    evidence: Evidence
    label: str = ""
    records: tuple[Citation, ...] = ()


def whole_sentence(article: Article, start: int, end: int, score: float = 0.0) -> Evidence:
    """The text of `article` at `[start:end]` as evidence, all of which answers."""
    return Evidence(article.id, start, end, article.text[start:end], score, start, end)


def compose_quotations(
    quoted: Sequence[Quoted],
    article_of: ArticleLookup,
    confidence: float | None = None,
    notes: tuple[Note, ...] = (),
) -> Composition:
    """The answer made of `quoted`, in this order; the same citation has one number."""
    numbers: dict[Citation, int] = {}
    sentences = []
    for each in quoted:
        cited = quote("", each.evidence, article_of(each.evidence.article))
        sources = [replace(one, number=0) for one in (*cited.citations, *each.records)]
        marks = tuple(numbers.setdefault(one, len(numbers) + 1) for one in sources)
        text = f"{each.label}: {cited.sentences[0].text}" if each.label else cited.sentences[0].text
        sentences.append(Sentence(strip_nested_citation_marks(text), marks, supported=True))
    citations = tuple(replace(one, number=number) for one, number in numbers.items())
    evidence = tuple(each.evidence for each in quoted)
    return Composition(tuple(sentences), citations, evidence, confidence, notes)


def published_on(article: Article) -> str:
    """When `article` was published: "on 3 May 2024", "in May 2024"; "" where it is not known."""
    days = date_range(article.published or "")
    if days is None:
        return ""
    return f"{'on' if days[0] == days[1] else 'in'} {day_of_publication(article)}"


def day_of_publication(article: Article) -> str:
    """The date of `article` in words, without a time of day; "" where it is not known."""
    return (
        format_date((article.published or "")[:10]) if date_range(article.published or "") else ""
    )
