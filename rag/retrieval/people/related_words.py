"""Words by which the same thing is told. Pure functions.

    covered_share(words, text)  ->  how much of `words` a text tells of, perhaps in other words

In:  two texts. Out: as above.
Left to others: whether a text answers a question (`rag.retrieval`).

The groups are in `data/related_words.toml`; a match of synonyms is a sign, never a proof.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from rag.text.folding import fold
from rag.text.stemming import stem_tokens

_SYNONYM = 0.5  # of a word itself


@lru_cache(maxsize=1)
def _groups() -> Mapping[str, frozenset[int]]:
    """The groups that a stem is of, by number."""
    text = (
        files("rag.retrieval.people")
        .joinpath("data/related_words.toml")
        .read_text(encoding="utf-8")
    )
    groups: dict[str, set[int]] = {}
    for number, words in enumerate(tomllib.loads(text)["groups"]):
        for word in words.split():
            groups.setdefault(_stem(word), set()).add(number)
    return {stem: frozenset(numbers) for stem, numbers in groups.items()}


@lru_cache(maxsize=4096)
def _groups_of(word: str) -> frozenset[int]:
    """The groups of synonyms that `word`, in any form, is of; a function word may be of one too."""
    return _groups().get(_stem(word), frozenset())


def covered_share(words: str, text: str, topic: str = "") -> float:
    """The share, 0 to 1, of the content words of `words` that `text` tells of, in any form.

    A synonym counts half as much. What `topic` has need not be repeated; 1 where nothing is left.
    """
    wanted = set(stem_tokens([words])[0]) - set(stem_tokens([topic])[0])
    if not wanted:
        return 1.0
    present = set(stem_tokens([text])[0])
    groups = frozenset().union(*(_groups_of(word) for word in fold(text).split()))
    by_stem = {_stem(word): word for word in fold(words).split()}
    count = sum(
        1.0 if stem in present else _SYNONYM * bool(_groups_of(by_stem.get(stem, stem)) & groups)
        for stem in wanted
    )
    return count / len(wanted)


def _stem(word: str) -> str:
    stems = stem_tokens([word])[0]
    return stems[0] if stems else fold(word)
