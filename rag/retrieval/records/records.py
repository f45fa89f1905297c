"""All metadata records of an index, and the names in them as they are spelled.

In:  a function that loads the records; a name or a headline as a person types it.
Out: the records by id; the spelling of the records, None where no record has that name.
Left to others: which articles a question means (`rag.retrieval.records.selection`).

Names are compared as they are folded (`rag.text.folding`), without a leading "the". A last name
stands for the author where one author alone has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from weakref import WeakKeyDictionary

from rag.index.snapshot import Snapshot
from rag.text.folding import fold
from rag.types import Article

_BETWEEN_AUTHORS = re.compile(r"\s*(?:[,;&]| and | und | y | et )\s*")


def comparable_name(name: str) -> str:
    """What of a name is compared: of "The O’Dowd Gazette" it is "odowd gazette"."""
    return fold(name).removeprefix("the ")


def split_authors(author: str | None) -> list[str]:
    """The authors that a record names: "Ane Moe and Bo Frisk" are two."""
    return [each for each in _BETWEEN_AUTHORS.split(author or "") if each.strip()]


def has_byline(article: Article, name: str) -> bool:
    """Whether `name` is the outlet of `article`, or one of its authors."""
    return comparable_name(name) in _comparable_bylines(article.author, article.source)


@lru_cache(maxsize=4096)
def _comparable_bylines(author: str | None, source: str | None) -> frozenset[str]:
    names = (source or "", author or "", *split_authors(author))
    return frozenset(comparable_name(each) for each in names if each)


class Records:
    """The records of an index, with empty texts. `load` is called when they are first needed."""

    def __init__(self, load: Callable[[], Mapping[str, Article]] = dict) -> None:
        self._load = load

    @cached_property
    def by_id(self) -> Mapping[str, Article]:
        """Every record, by the id of its article."""
        return self._load()

    def byline(self, name: str) -> str | None:
        """The author or outlet called `name`, as the records spell it."""
        key = comparable_name(name)
        bearers = self._last_names.get(key, ())
        return self._bylines.get(key) or (bearers[0] if len(bearers) == 1 else None)

    def headline(self, text: str) -> str | None:
        """The headline that `text` is, as the record spells it."""
        key = comparable_name(text)
        titles = (each.title for each in self.by_id.values()) if key else ()
        return next((each for each in titles if comparable_name(each) == key), None)

    @cached_property
    def _authors(self) -> list[str]:
        authors = dict.fromkeys(each.author for each in self.by_id.values())
        return list(dict.fromkeys(name for author in authors for name in split_authors(author)))

    @cached_property
    def _bylines(self) -> dict[str, str]:
        """Authors and outlets as they are spelled, by what is compared."""
        whole = dict.fromkeys(
            name for each in self.by_id.values() for name in (each.author, each.source) if name
        )
        names = {comparable_name(name): name for name in (*self._authors, *whole)}
        return {key: name for key, name in names.items() if key}

    @cached_property
    def _last_names(self) -> dict[str, list[str]]:
        last_names: dict[str, list[str]] = {}
        for name in self._authors:
            if key := comparable_name(name.split()[-1]):
                last_names.setdefault(key, []).append(name)
        return last_names


NO_RECORDS = Records()
_OF_INDEX: WeakKeyDictionary[Snapshot, Records] = WeakKeyDictionary()


def records_of(index: Snapshot) -> Records:
    """The records of `index`, read once for as long as it is open."""
    if (records := _OF_INDEX.get(index)) is None:
        records = _OF_INDEX[index] = Records(index.documents.article_metadata)
    return records
