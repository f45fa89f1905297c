"""One article as HTML: its headline, what is known of it, its text with the quoted place marked.

In:  an article, and the place in it (characters) that an answer rests on.
Out: HTML (`templates/article.html`): page breaks in the text, a link to the original file, a form
     that corrects the record, what of the file was left out. Only http and https addresses become
     links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from rag.grounding.citations import make_citation, make_record_citation
from rag.grounding.rendering import field_label, place_in_words
from rag.index.companions.fields import FIELD_NAMES
from rag.index.companions.originals import Inspection, page_spans
from rag.text.dates.forms import format_date
from rag.types import Article, RecordField
from rag.web.originals import original_address
from rag.web.services.citation_status import GONE
from rag.web.views.escape import strip_invisible
from rag.web.views.templates import render


class MarkedText(NamedTuple):
    """A text in three pieces, of which the middle one is marked; "" marks nothing."""

    before: str = ""
    marked: str = ""
    after: str = ""


class _Piece(NamedTuple):
    """A piece of a text: plain, marked, or the number of the page of a PDF that begins here."""

    kind: Literal["text", "mark", "page"]
    text: str


class _Field(NamedTuple):
    """A field of the form that corrects the record; `stated` is what the file says of it."""

    name: str
    label: str
    value: str
    stated: str | None


@dataclass(frozen=True, slots=True)
class ArticleMeta:
    """What is known of an article beside its text, ready to be shown; "" for what is not known."""

    outlet: str = ""
    date: str = ""
    date_basis: str = ""  # how the date is known
    inferred: bool = False  # whether the date is
    url: str = ""
    host: str = ""  # of `url`, where that may be a link
    places: Sequence[str] = ()  # where the text stands: page, mail, day of capture …
    original: str = ""  # the address of the file


def render_article(
    article: Article,
    span: tuple[int, int],
    opening: int,
    *,
    notice: str = "",
    record: tuple[RecordField, str] | None = None,
    editable: bool = False,
) -> str:
    """The whole article, marked at `span`; nothing of its text where that is empty.

    `record` is a field of the article's record, with its value, that an answer cites: it is shown,
    marked, above the text. `opening` differs from one opening to the next, so that the page
    notices each. `notice` is shown above the text. `editable`: with a button that removes the
    article, and a form that corrects its record.
    """
    return _render(
        article,
        opening,
        meta=article_meta(article, span[0] if span[1] > span[0] else None),
        form=_form(article, {}) if editable else (),
        notice=notice,
        record=(field_label(record[0]), record[1]) if record else None,
        pieces=list(_pieces(article, span)),
    )


def render_correction(article: Article, opening: int, notice: str, typed: Mapping[str, str]) -> str:
    """The article after values were `typed` that cannot be taken; they stay in the form."""
    return _render(article, opening, notice=notice, form=_form(article, typed))


def render_inspection(inspection: Inspection, opening: int, *, editable: bool = False) -> str:
    """The whole article as it is stored, and what of its file was left out."""
    form = _form(inspection.article, {}) if editable else ()
    return _render(inspection.article, opening, form=form, inspection=inspection)


def render_missing(opening: int, quote: str = "") -> str:
    """In place of an article that is no longer in the index; `quote` is what the answer cited."""
    pieces = [_Piece("mark", quote)] if quote else []
    missing = Article("", "Not found", "")
    return _render(missing, opening, id=None, meta=ArticleMeta(), notice=GONE, pieces=pieces)


def _render(article: Article, opening: int, **values: object) -> str:
    """The template with the whole text of the article, without what `values` do not have."""
    return render(
        "article.html",
        **{
            "title": article.title,
            "id": article.id,
            "opening": opening,
            "meta": article_meta(article),
            "pieces": list(_pieces(article, (0, 0))),
            "form": (),
            "notice": "",
            "record": None,
            "inspection": None,
            **values,
        },
    )


def article_meta(article: Article | None, place: int | None = None) -> ArticleMeta:
    """What is known of `article`; `place` is the character of it that is cited, if one is."""
    if article is None:
        return ArticleMeta()
    meta = describe(article.source, article.published, article.published_basis, article.url)
    whole = make_record_citation(0, article, "title")  # stands on no page, at no time
    citation = whole if place is None else make_citation(0, article, place, place)
    return replace(
        meta,
        places=tuple(map(strip_invisible, place_in_words(citation))),
        original=original_address(article.id, citation.page),
    )


def _pieces(article: Article, span: tuple[int, int]) -> Iterator[_Piece]:
    """The text cut at `span`, which is marked, and where a page begins, which is named."""
    text, (start, end) = article.text, span
    if not 0 <= start < end <= len(text):
        start = end = 0
    pages = {each.start: str(each.number) for each in page_spans(article)}
    for first, last in pairwise(sorted({0, start, end, *pages, len(text)})):
        if first in pages:
            yield _Piece("page", pages[first])
        yield _Piece("mark" if start <= first < end else "text", text[first:last])


def _form(article: Article, typed: Mapping[str, str]) -> list[_Field]:
    """The fields of the record, with what was `typed` into them, by name, instead of the value."""
    return [
        _Field(
            name,
            field_label(field),
            strip_invisible(typed.get(name, getattr(article, field) or "")),
            strip_invisible(article.corrected[field] or "nothing")
            if field in article.corrected
            else None,
        )
        for field, name in FIELD_NAMES.items()
    ]


def origin_in_words(origin: Article) -> str:
    """Which article another is a copy of: "“Headline” (Outlet, day)"."""
    known = (origin.source or "", day(origin.published) if origin.published else "")
    details = strip_invisible(", ".join(filter(None, known)))
    return f"“{strip_invisible(origin.title)}”{f' ({details})' if details else ''}"


def describe(
    source: str | None, published: str | None, basis: str | None, url: str | None
) -> ArticleMeta:
    """Outlet, date (ISO 8601, and how it is known) and address, as they are shown."""
    host = web_address(url)
    date = day(published) if published else ""
    return ArticleMeta(
        outlet=strip_invisible(source or ""),
        date=date,
        date_basis=strip_invisible(basis or "") if date else "",
        inferred=bool(date and basis and basis.startswith("inferred")),
        url=url or "" if host else "",
        host=host or "",
    )


def day(published: str | None) -> str:
    """An ISO date as people write it, to the precision it has; anything else as it is."""
    return strip_invisible(format_date(published or ""))


def web_address(url: str | None) -> str | None:
    """The host of a link that may be shown, or `None` for one that may not."""
    if not url or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return None
    return host if parts.scheme in ("http", "https") and host and user is None else None
