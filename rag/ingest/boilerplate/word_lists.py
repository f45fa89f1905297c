"""Word lists of the saved-page cleaner, read once from the TOML files in `data/`.

    word_set("outlet_words")      ->  the words, in lower case
    alternatives("date_labels")   ->  the regular expressions of a list, joined by "|"
    phrase_pattern("mark", ...)   ->  one compiled pattern for whole lines of a page

What each list means is said in the files. Left to others: applying them.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from rag.ingest.normalize import split_words

_DATA = Path(__file__).with_name("data")
_COUNT, _REST_OF_LINE = r"\d[\d.,]*[km]?", r"\b.{0,80}"


@cache
def _lists() -> dict[str, Any]:
    """All lists of all files by name; names are unique across the files."""
    return {
        name: value
        for file in (_DATA / "news_words.toml", _DATA / "site_phrases.toml")
        for name, value in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }


def word_set(name: str) -> frozenset[str]:
    """The words of a list that is written as one string."""
    return split_words(_lists()[name])


def alternatives(*names: str) -> str:
    """A regular expression, without a group around it, that matches any string of these lists."""
    return "|".join(pattern for name in names for pattern in _lists()[name])


def phrase_pattern(*names: str) -> re.Pattern[str]:
    """Compile lists of `site_phrases.toml`; use `fullmatch` on a line's bare words."""
    return re.compile(expand(alternatives(*names)))


def expand(pattern: str) -> str:
    """Replace the shorthands of `site_phrases.toml`: "#" is a count, "…" the rest of a line."""
    return pattern.replace("#", _COUNT).replace("…", _REST_OF_LINE)
