"""The articles that answers cite, as entries of a reference manager. Pure functions.

In:  answers. Out: a `Reference` for each cited article, in order of first citation: its record in
     parts, and what is quoted from it.
Left to others: the formats (`rag.export.csl_json`, `rag.export.ris`, `rag.export.bibtex`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.export.names import Organisation, Person, authors_of
from rag.grounding.rendering import place_in_words, quote_in_words
from rag.text.dates.forms import date_range
from rag.text.folding import fold_accents, fold_spaces
from rag.types import Answer, Citation

__all__ = ["Reference", "references_of"]

_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_LONGEST_SLUG = 40  # characters


@dataclass(frozen=True, slots=True)
class Reference:
    """One cited article. All texts are on one line.

    `key` has ASCII letters, digits and hyphens, and is the same in every export. `date` has the
    year, the month and the day, as far as they are known. `quotes` are what is cited, in quotation
    marks, with its page and the like behind it.
    """

    key: str
    title: str
    outlet: str
    authors: tuple[Person | Organisation, ...]
    date: tuple[int, ...]
    url: str
    quotes: tuple[str, ...]


def references_of(answers: Iterable[Answer]) -> list[Reference]:
    """The articles that `answers` cite, each once."""
    cited: dict[str, list[Citation]] = {}
    for answer in answers:
        for citation in answer.citations:
            cited.setdefault(citation.article, []).append(citation)
    return [_reference(citations) for citations in cited.values()]


def _reference(citations: list[Citation]) -> Reference:
    first = citations[0]
    return Reference(
        key=_key(first.article),
        title=fold_spaces(first.title) or "Untitled",
        outlet=fold_spaces(first.source or ""),
        authors=authors_of(first.author),
        date=_date(first.published or ""),
        url="".join((first.url or "").split()),
        quotes=tuple(dict.fromkeys(map(_quote, citations))),
    )


def _date(text: str) -> tuple[int, ...]:
    """Year, month and day of a date, as far as the calendar has them."""
    match = _DATE.match(text)
    parts = [each for each in match.groups() if each] if match else []
    while parts and not date_range("-".join(parts)):
        parts.pop()
    return tuple(map(int, parts))


def _quote(citation: Citation) -> str:
    places = ", ".join(place_in_words(citation))
    return quote_in_words(citation) + (f" ({places})" if places else "")


def _key(article: str) -> str:
    """The id of the article where it is plain; else what is plain of it, and a hash of all."""
    slug = "-".join(re.findall(r"[a-z0-9]+", fold_accents(article).lower()))[:_LONGEST_SLUG]
    if slug == article:
        return slug
    digest = hashlib.sha256(article.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{slug.strip('-') or 'article'}-{digest}"
