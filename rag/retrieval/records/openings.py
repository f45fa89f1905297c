"""Whether an article opens with a topic: headline and first sentence tell what it is about.

    opens_with(index, article, stems)       ->  whether they have half of the stems of the topic
    in_other_words(index, records, topic)   ->  articles where they have all of it, in words of the
                                                same sense

In:  an open `Snapshot`, its `Records`; a topic.
Out: as above.
Left to others: which words have one sense (`rag.text.senses`).
"""

from __future__ import annotations

import re

from rag.index.snapshot import Snapshot
from rag.retrieval.records.records import Records
from rag.text.senses import stems_of_sense
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article

_WORD = re.compile(r"\w+")
_FEWEST_WORDS = 2  # of a topic that may be told in other words
_MOST_READ = 200  # articles whose beginning is read


def in_other_words(index: Snapshot, records: Records, topic: str) -> list[str]:
    """The ids of the articles that open with all of `topic`, a word of it perhaps with another of
    the same sense: "spear stolen" for "spear theft"."""
    groups = [stems_of_sense(word) for word in _WORD.findall(topic)]
    groups = [each for each in groups if each]
    if len(groups) < _FEWEST_WORDS or all(len(each) == 1 for each in groups):
        return []
    keywords = index.keywords
    ids: set[str] | None = None
    for group in groups:
        rows = sorted({int(n) for stem in group for n in index.rows[keywords.positions([stem])]})
        having = set(index.documents.articles_of(rows))
        ids = having if ids is None else ids & having
    if not ids or len(ids) > _MOST_READ:
        return []
    stems = {id: _stems_of_opening(index, records.by_id[id]) for id in sorted(ids)}
    return [id for id, opening in stems.items() if all(group & opening for group in groups)]


def opens_with(index: Snapshot, article: Article, stems: frozenset[str]) -> bool:
    """Whether headline and first sentence have half of `stems`: it is about them."""
    return 2 * len(stems & _stems_of_opening(index, article)) >= len(stems)


def _stems_of_opening(index: Snapshot, article: Article) -> frozenset[str]:
    """The stems of headline and first sentence."""
    text = index.documents.article(article.id).text
    first = sentence_spans(text)[:1]
    opening = f"{article.title}\n{text[slice(*first[0])] if first else ''}"
    return frozenset(stem_tokens([opening])[0])
