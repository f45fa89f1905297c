"""How the sentences and citations of a checked draft are shown. Pure functions.

In:  a `CitedDraft`. Out: the same in the quotes' own words, with another article's account, or
     behind the name of its outlet; the text of an answer with its marks; what a citation quotes,
     where it stands and what of its record was corrected, in words; which of these a sentence is.
Left to others: which of these is called for (`rag.grounding.review`), how sure an answer is
(`rag.grounding.confidence_text`).

Text of an article that goes into an answer loses what could be taken for one of our marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rag.grounding.citations import ArticleLookup, CitedDraft, make_citation
from rag.grounding.conflicts import Conflict
from rag.index.companions.corrections import BASIS
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.dates.forms import format_date
from rag.text.folding import fold_spaces
from rag.types import Article, Citation, Note, RecordField, Sentence

OTHERWISE = "has it otherwise:"
"""Stands between the outlet and the account that excludes what is shown before it."""
_COMPARE = "Compare"
_FIELD_NOUNS: Mapping[RecordField, str] = {
    "title": "headline",
    "source": "outlet",
    "author": "author",
    "published": "day of publication",
}
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
    """`cited` and, after it, what `article` says instead, in its own words and cited."""
    number = len(cited.citations) + 1
    outlet = article.source or f"“{article.title}”"
    name, account = _plain(outlet), _plain(conflict.text)
    text = f"{name} {OTHERWISE} {account}" if conflict.excludes else f"{_COMPARE} {name}: {account}"
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


def place_in_words(citation: Citation) -> list[str]:
    """Where the quote stands beside its article: "page 3", "mail from …", "also in the Kurier"."""
    where = citation.where
    mail = " ".join(
        part
        for part in (
            f"from {where['sender']}" if where.get("sender") else "",
            f"of {_day(where['sent'])}" if where.get("sent") else "",
        )
        if part
    )
    others = [each for each in citation.outlets if each != citation.source]
    return [
        part
        for part in (
            f"page {citation.page}" if citation.page else "",
            f"mail {mail}" if mail else "",
            f"captured {_moment(where['captured'])}" if where.get("captured") else "",
            f"at {where['time']}" if where.get("time") else "",
            "read by OCR" if "ocr" in where else "",
            f"also in {', '.join(others)}" if others else "",
            correction_in_words(citation.corrected),
        )
        if part
    ]


def correction_in_words(fields: Sequence[RecordField]) -> str:
    """Which fields of a record were corrected: "outlet and author corrected by hand"."""
    names = [_FIELD_NOUNS[each] for each in fields]
    return f"{' and '.join(names)} {BASIS}" if names else ""


def correction_notes(citations: Iterable[Citation], article_of: ArticleLookup) -> tuple[Note, ...]:
    """That a field which an answer cites was corrected, and what the article's file says."""
    notes = []
    for each in citations:
        if each.field is None or each.field not in each.corrected:
            continue
        stated = article_of(each.article).corrected[each.field]
        says = f"says {format_date(stated)}" if stated else "states none"
        noun = _FIELD_NOUNS[each.field]
        text = f"The {noun} of “{each.title}” was {BASIS}; the article's file {says}."
        notes.append(Note("corrected", text))
    return tuple(dict.fromkeys(notes))


def _day(moment: str) -> str:
    return format_date(moment[:10])


def _moment(text: str) -> str:
    """A moment in ISO 8601 to the minute, as people write it: "3 May 2024, 10:15 +02:00"."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::[\d.]+)?(Z|[+-]\d\d:?\d\d)?", text)
    if match is None:
        return format_date(text)
    zone = {None: "", "Z": " UTC", "+00:00": " UTC"}.get(match[3], f" {match[3]}")
    return f"{format_date(match[1])}, {match[2]}{zone}"


def is_quotation(sentence: Sentence, quotes: Iterable[str]) -> bool:
    """Whether `sentence` is one of `quotes` word for word, perhaps behind a date or an outlet."""
    return any(sentence.text.endswith(in_quotation_marks(each)) for each in quotes)


def is_other_account(sentence: Sentence, quotes: Iterable[str]) -> bool:
    """Whether `append_conflict` made `sentence` of one of `quotes`."""
    is_compared = sentence.text.startswith(f"{_COMPARE} ")
    return any(
        sentence.text.endswith(f" {OTHERWISE} {_plain(each)}")
        or (is_compared and sentence.text.endswith(f": {_plain(each)}"))
        for each in quotes
    )


def in_quotation_marks(quote: str) -> str:
    """A quote as it stands in an answer: on one line, without what could be taken for a mark."""
    return f"“{_plain(quote)}”"


def _plain(text: str) -> str:
    return strip_nested_citation_marks(fold_spaces(text))
