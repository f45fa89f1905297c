"""What an answer says besides the articles' own words: refusals and notes, by language.

    message(key, language, **values)  ->  the text of `key` in a language, its {names} filled in

In:  the key of a text, the code of the question's language. Out: the text; in English where
`data/messages.toml` does not have it in that language.
Left to others: when it is said (`rag.pipeline`, `rag.grounding`). Notes on answers that only
questions in English get (counts, dates, records) are made where they belong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from rag.text.languages import ENGLISH


def message(key: str, language: str = ENGLISH, **values: str) -> str:
    """The text of `key` in `language`, with `values` for its names.

    Raises:
        KeyError: there is no such text, or a name of it has no value.
    """
    texts = _messages()
    text = texts.get(language, {}).get(key) or texts[ENGLISH][key]
    return text.format_map(values)


@lru_cache(maxsize=1)
def _messages() -> Mapping[str, Mapping[str, str]]:
    text = files("rag.text").joinpath("data/messages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
