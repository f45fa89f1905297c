"""The names of a corpus, by what sort of thing they name.

    NamePool(sources, people)  ->  which names may stand for which, which of these are most alike

In:  the sentences of a corpus; who of it is known to be a person.
Out: for a name others of its sort.
Left to others: what becomes of a question with another name (`rag.evaluation.exam.near_misses`).

There is no list of names and no model: a sort is told by what stands around a name throughout.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from rag.evaluation.exam.clauses import NAME, is_name
from rag.evaluation.exam.sources import SourceSentence, content_words
from rag.text.questions.near_misses import are_like

__all__ = ["NamePool"]

_BODY = re.compile(
    r"\b(?:Agency|Alliance|Assembly|Association|Authority|Bank|Board|Broadcasting|Bureau|Club|"
    r"Commission|Committee|Company|Corporation|Council|Court|Ferries|Foundation|Fund|Group|Guild|"
    r"Herald|Institute|Journal|League|Ministry|Museum|News|Party|Post|Press|Society|Trust|Union|"
    r"University|Works)$"
)
_BEFORE_PLACE = re.compile(r"\b(?:in|near|off|outside|across) $")
_ALIKE = 2  # words that the sentences of two names share, at least
_OWNED = re.compile(r"['’]s? $")


class NamePool:
    """The names of a corpus: people, bodies, places and other things, with "the" or without."""

    def __init__(self, sources: Iterable[SourceSentence], people: Collection[str]) -> None:
        signs: dict[str, Counter[str]] = defaultdict(Counter)
        self._words: dict[str, set[str]] = defaultdict(set)
        self._sentences: dict[str, set[int]] = defaultdict(set)
        sources = list(sources)
        of_people = {s.outside[a:b] for s in sources for a, b in s.people}
        self._people = frozenset((*of_people, *people))
        of_people |= {word for name in of_people for word in name.split()}
        for number, source in enumerate(sources):
            words = content_words(source.outside)
            for match in re.finditer(rf"\b{NAME}", source.outside):
                name, before = match[0], source.outside[: match.start()]
                if not before or _OWNED.search(before) or not is_name(name, source):
                    continue
                if re.search(r"\d| of |&", name) or name in of_people:
                    continue
                has_the = bool(re.search(r"\b[Tt]he $", before))
                place = bool(_BEFORE_PLACE.search(before))
                signs[name].update(the=has_the, place=place, seen=1)
                self._words[name] |= words
                self._sentences[name].add(number)
            for start, end in source.people:
                self._words[source.outside[start:end]] |= words
        self._sorts = {name: _sort(name, each) for name, each in signs.items()}
        self._sorts |= dict.fromkeys(people, "person")
        self._names: dict[str, list[str]] = defaultdict(list)
        for name, sort in self._sorts.items():
            self._names[sort].append(name)

    def is_person(self, name: str) -> bool:
        """Whether a name is one of a person anywhere in the corpus."""
        return name in self._people

    def stand_together(self, name: str, other: str) -> bool:
        """Whether a sentence has both names; one may be a place within the other."""
        return bool(self._sentences[name] & self._sentences[other])

    def like(self, name: str) -> list[str]:
        """The names of the sort of `name`, of as many words where it is none of a person."""
        sort = self._sorts.get(name, "")
        if sort == "thing":
            return []  # with nothing about it, it may be anything
        others = (each for each in self._names.get(sort, ()) if each != name)
        return [each for each in others if sort == "person" or are_like(each, name)]

    def nearest(self, name: str, others: Sequence[str]) -> list[str]:
        """`others` that stand in sentences with the same words as `name`, the most alike first."""
        own = self._words[name]
        alike = 0 if self._sorts.get(name) == "person" else _ALIKE
        return sorted(
            (each for each in others if len(own & self._words[each]) >= alike),
            key=lambda each: -len(own & self._words[each]) / (1 + len(own | self._words[each])),
        )


def _sort(name: str, signs: Counter[str]) -> str:
    sort = "body" if _BODY.search(name) else "place" if signs["place"] else "thing"
    return f"the {sort}" if 2 * signs["the"] > signs["seen"] else sort
