"""Word stems, as the keyword index and the check of answers compare them.

    stem_tokens(texts, language)  ->  for each text the list of its stems
    stem_by_language(texts)       ->  the same, each text in the language that it is in
    stem_variants(text, ...)      ->  the stems of a text in each of several languages
    is_bigram(stem)               ->  whether a stem is two letters of a script without spaces

In:  texts. Out: for each, the list of its stems.
Left to others: which language a text is in (`rag.text.languages`), ranking (`rag.index.bm25`),
comparing a claim to a quote (`rag.grounding.support`).

A word has the stem of its own script: in a Spanish text "победа" has its Russian stem. Scripts that
put no spaces between words (Chinese, Japanese, Thai) give each two letters that stand beside each
other: character bigrams, as in Lucene's analyzer for these scripts. Those with a particle go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from rag.text.folding import UNSPACED_LETTER, fold
from rag.text.languages import ENGLISH, get_language, in_script, language_of, particles, script_of


def stem_tokens(texts: Sequence[str], language: str = ENGLISH) -> list[list[str]]:
    """The stems of the folded words of each text, without stop words (Snowball stemmers).

    `language` is the code of the texts'. Order and repetitions are preserved. `FOLDING_VERSION`
    tells which stems an index was built of.
    """
    return [list(_stems(text, language)) for text in texts]


def stem_by_language(texts: Sequence[str]) -> list[list[str]]:
    """The stems of each text, as `stem_tokens` gives them in the language that it is in."""
    return [list(_stems(text, language_of(text))) for text in texts]


def stem_variants(text: str, languages: Iterable[str]) -> list[tuple[str, ...]]:
    """The stems of `text` in each of `languages`, equal ones once: for words that stand alone."""
    return list(dict.fromkeys(tuple(_stems(text, each)) for each in (ENGLISH, *languages)))


def is_bigram(stem: str) -> bool:
    """Whether `stem` is two letters of a script without spaces, and perhaps of two words."""
    return len(UNSPACED_LETTER.findall(stem)) > 1


def _stems(text: str, language: str) -> Iterator[str]:
    for is_unspaced, words in groupby(fold(text).split(), _is_unspaced):
        if is_unspaced:
            yield from _bigrams(list(words))
        else:
            yield from filter(None, (_stem(word, language) for word in words))


def _is_unspaced(word: str) -> bool:
    return not word.isascii() and UNSPACED_LETTER.match(word) is not None


def _bigrams(letters: Sequence[str]) -> list[str]:
    """Each two letters in a row, neither of them a particle; a letter that stands alone is kept."""
    if len(letters) == 1:
        return list(letters)
    empty = particles()
    return [one + other for one, other in pairwise(letters) if not {one, other} & empty]


@lru_cache(maxsize=200_000)
def _stem(word: str, language: str) -> str:
    """The stem of a folded word of a text in `language`; "" for a stop word."""
    own = get_language(in_script(language, script_of(word)))
    if word in own.stopwords:
        return ""
    stem: str = _stemmer(own.stemmer).stemWord(word) if own.stemmer else word
    return stem


@lru_cache(maxsize=32)
def _stemmer(name: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(name)
