"""How the sentences and citations of a checked draft are shown. Pure functions.

In:  a `CitedDraft`. Out: the same in the quotes' own words, with another article's account, or
     behind the name of its outlet; the text of an answer with its marks; what a citation quotes,
     in words; which of these a sentence is.
Left to others: which of these is called for (`rag.grounding.review`), how sure an answer is
(`rag.grounding.confidence_text`).

Text of an article that goes into an answer loses what could be taken for one of our marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.conflicts import Conflict
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.folding import fold_spaces
from rag.types import Article, Citation, RecordField, Sentence

_OTHERWISE = "has it otherwise:"
_FIELD_LABELS: Mapping[RecordField, str] = {
    "title": "Headline",
    "source": "Outlet",
    "author": "Author",
    "published": "Published",
}


def as_extractive(cited: CitedDraft) -> CitedDraft:
    """`cited` with each quote as a sentence in quotation marks in place of its own wording."""
    quoted = (
        Sentence(in_quotation_marks(each.quote), (each.number,), supported=True)
        for each in cited.citations
    )
    unsupported = (each for each in cited.sentences if not each.supported)
    return replace(cited, sentences=(*quoted, *unsupported))


def append_conflict(cited: CitedDraft, conflict: Conflict, article: Article) -> CitedDraft:
    """`cited` and, after it, what `article` says otherwise, in its own words and cited."""
    number = len(cited.citations) + 1
    outlet = article.source or f"“{article.title}”"
    text = f"{_plain(outlet)} {_OTHERWISE} {_plain(conflict.text)}"
    citation = make_citation(number, article, conflict.start, conflict.end)
    return replace(
        cited,
        sentences=(*cited.sentences, Sentence(text, (number,), supported=True)),
        citations=(*cited.citations, citation),
    )


def prefix_outlet(article: Article, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """`sentences` with the article's outlet before the first that is shown: "Nordpress: …".

    Unchanged where the outlet is not known.
    """
    first = next((n for n, each in enumerate(sentences) if each.supported), None)
    return tuple(
        replace(each, text=strip_nested_citation_marks(f"{article.source}: {each.text}"))
        if n == first and article.source
        else each
        for n, each in enumerate(sentences)
    )


def render_with_marks(sentences: Sequence[Sentence]) -> str:
    """The supported sentences, each with its marks: "It rained. [1][2]"."""
    return " ".join(
        sentence.text + " " + "".join(f"[{number}]" for number in sentence.citations)
        for sentence in sentences
        if sentence.supported
    )


def field_label(field: RecordField) -> str:
    """What stands before the value of a field of a metadata record: "Author"."""
    return _FIELD_LABELS[field]


def quote_in_words(citation: Citation) -> str:
    """What `citation` quotes, on one line: “It rained.”, or "Author: Ann Moe" of a record."""
    quote = fold_spaces(citation.quote)
    return f"{field_label(citation.field)}: {quote}" if citation.field else f"“{quote}”"


def place_in_words(citation: Citation) -> str:
    """Where in its file a quote stands: "page 3", "at 00:01:05"; "" where that is not known."""
    time, captured = citation.where.get("time"), citation.where.get("captured")
    parts = (
        f"page {citation.page}" if citation.page else "",
        f"at {time}" if time else "",
        f"captured {captured[:10]}" if captured else "",
        "read by OCR" if "ocr" in citation.where else "",
    )
    return ", ".join(filter(None, parts))


def is_quotation(sentence: Sentence, quotes: Iterable[str]) -> bool:
    """Whether `sentence` is one of `quotes` word for word, perhaps behind a date or an outlet."""
    return any(sentence.text.endswith(in_quotation_marks(each)) for each in quotes)


def is_other_account(sentence: Sentence, quotes: Iterable[str]) -> bool:
    """Whether `append_conflict` made `sentence` of one of `quotes`."""
    return any(sentence.text.endswith(f" {_OTHERWISE} {_plain(each)}") for each in quotes)


def in_quotation_marks(quote: str) -> str:
    """A quote as it stands in an answer: on one line, without what could be taken for a mark."""
    return f"“{_plain(quote)}”"


def _plain(text: str) -> str:
    return strip_nested_citation_marks(fold_spaces(text))
