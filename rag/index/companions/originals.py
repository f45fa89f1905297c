"""The file that an article was read from, and what of it was not stored.

    find_original(documents, paths, id)   ->  the `CorpusFile` of an article
    inspect_article(documents, paths, id) ->  `Inspection`: pages, tables, what was left out
    paths_of(folder, corpus)              ->  the paths that an index is made of

In:  the documents of a snapshot; the paths of its index. Only files of the corpus are opened.
Left to others: parsing (`rag.ingest.sandbox`), showing (`rag.cli.articles`, `rag.web`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from rag.errors import CorpusError
from rag.index.companions.paths import IndexPaths
from rag.index.documents import DocumentStore
from rag.ingest.corpus import Corpus
from rag.ingest.document import UnreadableDocument, failure_reason
from rag.ingest.files import SIZE_LIMIT, CorpusFile
from rag.ingest.inspection.left_out import left_out
from rag.ingest.markup.places import read_places
from rag.ingest.sandbox import ParserSandbox
from rag.text.dates.forms import format_date
from rag.types import Article

_MOST_ARTICLES = 2_000  # of a file that is compared with what was stored of it
_ROW = re.compile(r"[^\n]* \| [^\n]*")


class Span(NamedTuple):
    """Characters `[start:end]` of the text of an article."""

    start: int
    end: int


class PageSpan(NamedTuple):
    """Characters `[start:end]` of the text of an article, which stand on the page of a number."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """An article as it is stored, for a person to judge.

    `pages` are the pages and slides that have text, in the order of the text, to which one may come
    back; `tables` the rows of each table.
    `left_out` is what of its file is in no article of it; None where that is not known, and
    `problem` says why.
    """

    article: Article
    file: CorpusFile | None
    pages: tuple[PageSpan, ...] = ()
    tables: tuple[Span, ...] = ()
    left_out: tuple[str, ...] | None = None
    problem: str = ""


def paths_of(folder: Path, corpus: Path) -> list[Path]:
    """The paths that the index in `folder` is made of; `corpus` where none is recorded.

    Raises:
        IndexFault: the record is damaged.
    """
    return IndexPaths.read(folder).paths or [corpus]


def find_original(documents: DocumentStore, paths: Sequence[Path], id: str) -> CorpusFile:
    """The file that article `id` was read from.

    Raises:
        KeyError: the index has no article of that id.
        CorpusError: the file is no longer there.
    """
    name = documents.origin(id)
    file = Corpus.open(*paths).file(name)
    if file is None:
        raise CorpusError(f"{name} is no longer in the corpus: type `rag index`")
    return file


def inspect_article(documents: DocumentStore, paths: Sequence[Path], id: str) -> Inspection:
    """What is stored of article `id`, and what of its file is not.

    Raises:
        KeyError: the index has no article of that id.
    """
    article = documents.article(id)
    stored = Inspection(article, None, page_spans(article), tuple(_tables(article.text)))
    try:
        file = find_original(documents, paths, id)
        stored = replace(stored, file=file)
        return replace(stored, left_out=_left_out(documents, file))
    except CorpusError as error:
        return replace(stored, problem=str(error))
    except (UnreadableDocument, OSError) as error:
        return replace(stored, problem=failure_reason(error))


def page_spans(article: Article) -> tuple[PageSpan, ...]:
    """The pages or slides in the text of an article, in its order; none of a file without any."""
    marks = read_places(article.details.get("places", ""))
    ends = [*(start for start, _ in marks[1:]), len(article.text)]
    return tuple(
        PageSpan(int(page), start, end)
        for (start, page), end in zip(marks, ends, strict=False)
        if page.isdecimal()
    )


def _tables(text: str) -> Iterator[Span]:
    """The runs of lines that are rows of a table."""
    start = end = None
    for match in re.finditer(r"[^\n]+", text):
        if _ROW.fullmatch(match[0]):
            start, end = (match.start() if start is None else start), match.end()
        elif start is not None and end is not None:
            yield Span(start, end)
            start = end = None
    if start is not None and end is not None:
        yield Span(start, end)


def _left_out(documents: DocumentStore, file: CorpusFile) -> tuple[str, ...]:
    articles = list(islice(documents.articles_from(file.name), _MOST_ARTICLES + 1))
    if len(articles) > _MOST_ARTICLES:
        raise UnreadableDocument(f"it holds over {_MOST_ARTICLES:,} articles")
    with file.open() as opened:
        data = opened.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise UnreadableDocument(f"over {SIZE_LIMIT} bytes")
    with ParserSandbox() as sandbox:
        pieces = sandbox.raw_pieces(file.extension, data)
    stored = (value for article in articles for value in _stored(article))
    return tuple(left_out(pieces, stored))


def _stored(article: Article) -> Iterator[str]:
    """The text of an article, and the values that its file states in its record."""
    yield article.text
    record = {
        name: getattr(article, name)
        for name in ("title", "source", "author", "published", "published_basis", "url")
    }
    day = article.corrected.get("published", article.published)
    values = (*record.values(), *article.corrected.values(), format_date(day or ""))
    yield from filter(None, values)
