"""Which outlets carry a passage that is cited, word for word.

In:  an open `Snapshot`, its `Records`; an article and the place in it that is quoted.
Out: the outlets of all articles that have the same passage, that of the cited article first.
Left to others: reprints that were cut, joined or reworded.

Two passages are the same where their words are, in order; marks, case and spaces do not count.
"""

from __future__ import annotations

import re

from rag.index.snapshot import Snapshot
from rag.retrieval.records.records import Records
from rag.retrieval.search import rows_with_all
from rag.types import Article

_WORDS = re.compile(r"[^\W_]+")


def carrying_outlets(
    index: Snapshot, records: Records, article: Article, span: tuple[int, int]
) -> tuple[str, ...]:
    """The outlets that carry the passage in which `span` of `article` begins; each once.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    own = index.documents.passage_at(article.id, span[0])
    if own is None:
        return (article.source,) if article.source else ()
    row, text = own
    ids = index.documents.articles_of([row, *_same_rows(index, text)])
    names = (records.by_id[id].source for id in sorted(ids) if id in records.by_id)
    others = sorted({name for name in names if name and name != article.source})
    return (*([article.source] if article.source else []), *others)


def _same_rows(index: Snapshot, text: str) -> list[int]:
    """The rows of the passages that have the words of `text`, and no others."""
    words = _words(text)
    texts = index.documents.passage_texts(rows_with_all(index, text))
    return [row for row, other in texts.items() if _words(other) == words]


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())
