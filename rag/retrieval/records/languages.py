"""Articles of a language that a question names: "the French piece", "articles in German".

    language_code("French-language")                     ->  "fr"; "" for a word that names none
    in_language(index, articles, code)                   ->  those of `articles` that are in it
    nearest_in_language(index, articles, topic, search)  ->  the one that is about a topic, or none

In:  a word; an open `Snapshot`, articles; a topic in another language than theirs.
Out: as above.
Left to others: where such a word stands in a question (`rag.retrieval.records.reading`).

The words of a topic are not those of an article in another language. What stays are names, or a
word of each ("Grand Skerry" for "Great Skerry"), which are enough where one article alone of the
language has them; and the meaning, as far as the embedder knows both languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from rag.index.snapshot import Snapshot
from rag.retrieval.filters import SearchFilter
from rag.text.folding import fold
from rag.text.languages import language_of
from rag.text.names import NAME_WORD
from rag.types import Article, Hit

Search = Callable[[str, SearchFilter], Sequence[Hit]]
"""The passages nearest to a text that match a filter, best first."""

_CODES = {
    name: code
    for code, names in {
        "en": "english",
        "es": "spanish castilian",
        "de": "german",
        "fr": "french",
        "it": "italian",
        "pt": "portuguese",
        "nl": "dutch flemish",
        "sv": "swedish",
        "da": "danish",
        "no": "norwegian",
        "fi": "finnish",
        "hu": "hungarian",
        "ro": "romanian",
        "pl": "polish",
        "cs": "czech",
        "tr": "turkish",
        "ru": "russian",
        "uk": "ukrainian",
        "el": "greek",
        "ar": "arabic",
        "fa": "persian farsi",
        "hi": "hindi",
        "he": "hebrew",
        "ko": "korean",
        "zh": "chinese",
        "ja": "japanese",
        "th": "thai",
    }.items()
    for name in names.split()
}
_NAMES = re.compile(rf"{NAME_WORD}(?: {NAME_WORD})*")
_MIN_COSINE = 0.3  # of the topic and the nearest passage of the article
_MIN_LEAD = 0.05  # of that cosine over those of the other articles
_MOST_COMPARED = 20  # articles, each of which takes a search
_SHORTEST = 4  # letters of a word by which a name is known in another language


def language_code(word: str) -> str:
    """The ISO 639-1 code of the language that an English `word` names; "" for none."""
    return _CODES.get(word.lower().removesuffix("-language"), "")


def in_language(index: Snapshot, articles: Iterable[Article], code: str) -> tuple[Article, ...]:
    """Those of `articles` whose text is in the language, in their order."""
    if not index.keywords.languages[code]:
        return ()
    texts = ((each, index.documents.article(each.id).text) for each in articles)
    return tuple(each for each, text in texts if language_of(text) == code)


def nearest_in_language(
    index: Snapshot, articles: Sequence[Article], topic: str, search: Search
) -> tuple[Article, ...]:
    """The one of `articles` in another language that is about `topic`, where it can be no other.

    Raises:
        IndexFault, ModelError: the index or the embedder failed.
    """
    names = [each[0] for each in _NAMES.finditer(topic)]
    named = [each for each in articles if _has_a_word_of_each(index, each, names)]
    if len(named) == 1 and names:
        return tuple(named)
    if not named or len(named) > _MOST_COMPARED:
        return ()
    cosines = {each.id: _cosine(each, topic, search) for each in named}
    best = max(named, key=lambda each: cosines[each.id])
    others = [cosines[each.id] for each in named if each is not best]
    least = max(_MIN_COSINE, *(each + _MIN_LEAD for each in others), 0.0)
    return (best,) if cosines[best.id] >= least else ()


def _cosine(article: Article, topic: str, search: Search) -> float:
    """The cosine of `topic` and the nearest passage of `article`; -1 where none is near."""
    day, outlet = article.published or "", article.source
    within = SearchFilter(since=day, until=day, outlets=(outlet,) if outlet else ())
    hits = search(topic, within)
    return max((hit.cosine for hit in hits if hit.passage.article == article.id), default=-1.0)


def _has_a_word_of_each(index: Snapshot, article: Article, names: Iterable[str]) -> bool:
    text = fold(f"{article.title}\n{index.documents.article(article.id).text}")
    words = set(re.findall(r"\w+", text))
    return all(
        any(part in words for part in re.findall(r"\w+", fold(name)) if len(part) >= _SHORTEST)
        for name in names
    )
