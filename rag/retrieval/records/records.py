"""All metadata records of an index, and the names in them as they are spelled.

In:  a function that loads the records; a name, a headline or a text as a person types it.
Out: the records by id; the spelling of the records, None where no record has that name; where a
     text has names of authors and outlets.
Left to others: which articles a question means (`rag.retrieval.records.selection`).

Names are compared as they are folded (`rag.text.folding`), without a leading "the". A shortened
name stands for the whole one where it is short for nothing else: the last name of an author, the
last words of an outlet ("the Mercury" for "Lowmoor Mercury"), its first ones ("La Voz" for "La Voz
de Ribal"), its initials. A single word is a name in a text only with a capital, or where the text
has no capital at all and "the" stands before it: "the post" of a sentry is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple
from weakref import WeakKeyDictionary

from rag.index.snapshot import Snapshot
from rag.text.folding import fold
from rag.types import Article

_WORD = re.compile(r"\w+(?:[.'’-]\w+)*")
_POSSESSIVE = re.compile(r"['’]s$")
_ARTICLES = frozenset(re.findall(r"\S+", "the el la los las le les der die das il lo o a os as"))
_OF_PLACE = frozenset(re.findall(r"\S+", "de del di da du des of von der"))
_FEWEST_INITIALS = 3
_FEWEST_OF_HEADLINE = 4  # words of one that is recognised without quotation marks
_LONGEST_NAME = 8  # words
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


class NamedByline(NamedTuple):
    """An author or outlet, as the records spell it, that a text names at `[start:end]`."""

    name: str
    start: int
    end: int


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
        return self._bylines.get(key) or self._short_names.get(key)

    def is_outlet(self, name: str) -> bool:
        """Whether `name`, as the records spell it, is an outlet."""
        return name in self._outlets

    def names_in(self, text: str) -> list[NamedByline]:
        """The authors and outlets that `text` names, in order; the longest names first found."""
        words = list(_WORD.finditer(text))
        all_lower = text == text.lower()
        bylines: list[NamedByline] = []
        first = 0
        while first < len(words):
            match = self._name_at(text, words[first : first + _LONGEST_NAME], all_lower)
            if match is None:
                first += 1
                continue
            bylines.append(match)
            first += sum(word.start() < match.end for word in words[first:])
        return bylines

    def _name_at(
        self, text: str, words: list[re.Match[str]], all_lower: bool
    ) -> NamedByline | None:
        """The longest name that begins with the first of `words`."""
        start = words[0].start()
        if words[0][0].lower() == "the":
            return None  # the name begins behind it
        for last in reversed(words):
            written = _POSSESSIVE.sub("", text[start : last.end()])
            name = self.byline(written)
            if name is None or (last is words[0] and not _is_name(text, words[0], all_lower)):
                continue
            return NamedByline(name, start, start + len(written))
        return None

    def headline(self, text: str) -> str | None:
        """The headline that `text` is, as the record spells it."""
        key = comparable_name(text)
        titles = (each.title for each in self.by_id.values()) if key else ()
        return next((each for each in titles if comparable_name(each) == key), None)

    def headlines_in(self, text: str) -> list[str]:
        """The headlines, of four words and more, that stand in `text`, whatever their case."""
        lowered = text.lower()
        return [headline for key, headline in self._headlines if key in lowered]

    @cached_property
    def _headlines(self) -> list[tuple[str, str]]:
        """Headlines without their last mark, in lower case and as they are."""
        titles = dict.fromkeys(each.title.strip(" .?!") for each in self.by_id.values())
        long = (each for each in titles if len(each.split()) >= _FEWEST_OF_HEADLINE)
        return [(each.lower(), each) for each in long]

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
    def _outlets(self) -> frozenset[str]:
        return frozenset(each.source for each in self.by_id.values() if each.source)

    @cached_property
    def _short_names(self) -> dict[str, str]:
        """What is short for one author or outlet alone, by what is compared."""
        short: dict[str, set[str]] = {}
        for name in self._authors:
            short.setdefault(comparable_name(name.split()[-1]), set()).add(name)
        for name in self._outlets:
            for form in _short_outlets(name):
                short.setdefault(form, set()).add(name)
        return {key: next(iter(names)) for key, names in short.items() if key and len(names) == 1}


def _short_outlets(name: str) -> set[str]:
    """What may be short for an outlet: its last words, its first ones before "de", its initials."""
    words = comparable_name(name).split()
    forms = {" ".join(words[n:]) for n in range(1, len(words))}
    forms = {each for each in forms if each.split()[0] not in _OF_PLACE}
    place = next((n for n, word in enumerate(words) if n and word in _OF_PLACE), None)
    if place is not None:
        forms = {" ".join(words[:place])}
        forms |= {" ".join(words[1:place])} if words[0] in _ARTICLES else set()
    initials = "".join(word[0] for word in words)
    return forms | ({initials} if len(initials) >= _FEWEST_INITIALS else set())


def _is_name(text: str, word: re.Match[str], all_lower: bool) -> bool:
    """Whether a single `word` of `text` may be a name, by its capital or by "the" before it."""
    if not all_lower:
        return word[0][0].isupper() or not word[0][0].isalpha()
    return text[: word.start()].endswith("the ")


NO_RECORDS = Records()
_OF_INDEX: WeakKeyDictionary[Snapshot, Records] = WeakKeyDictionary()


def records_of(index: Snapshot) -> Records:
    """The records of `index`, read once for as long as it is open."""
    if (records := _OF_INDEX.get(index)) is None:
        records = _OF_INDEX[index] = Records(index.documents.article_metadata)
    return records
