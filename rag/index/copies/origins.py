"""The origin of each article: the one that near copies of it were made from.

    Origins.of(documents)     from the pairs, credits and records of an index
    origin_of(id)             the article that `id` is a copy of; None for one that is no copy
    origin(id)                its origin, with all that are copies of it
    listed(ids)               the origins of several articles, each once, joined by credits

Of articles that are copies of one another the origin is the one whose outlet the others credit,
else the earliest, else the one with the lowest id. Each of the others is a copy of the origin that
it repeats most; one that repeats none is an origin itself, although it may repeat a copy: of two
reports that a third one joins neither is a copy of the other. Articles with one body are copies
without being compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.index.copies.credit_graph import joined_by_credits
from rag.index.copies.records import Record, credits_outlet
from rag.index.copies.tables import Credits, Pair, credits_of_bodies, near_copies
from rag.index.documents import DocumentStore
from rag.types import Origin

_UNDATED = "9999"


@dataclass(frozen=True, slots=True)
class Origins:
    """The origin of each article that is a copy, by id."""

    copies: Mapping[str, str] = field(default_factory=dict)
    _groups: Mapping[str, Origin] = field(default_factory=dict)
    _records: Mapping[str, Record] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: DocumentStore) -> Origins:
        """The origins of all articles of an index; none where it was written before there were any.

        Raises:
            IndexFault: the documents cannot be read.
        """
        of_bodies = credits_of_bodies(documents)
        records: dict[int, list[Record]] = defaultdict(list)
        for id, published, outlet, author, body in documents.filter_columns()[0]:
            named, rests_on = of_bodies.get(body, Credits())
            credited = (*named, *filter(None, [author]))
            records[body].append(Record(id, published, outlet, credited, rests_on))
        return cls.between(records, near_copies(documents))

    @classmethod
    def between(cls, records: Mapping[int, Sequence[Record]], pairs: Iterable[Pair]) -> Origins:
        """The origins of the articles with the texts (numbers) of `records`.

        `pairs`: (text, text, share that is repeated) of near copies.
        """
        shared = [body for body, each in records.items() if len(each) > 1]
        links: dict[int, dict[int, float]] = {body: {} for body in shared}
        for one, other, share in pairs:
            if one in records and other in records:  # else one of them was removed
                links.setdefault(one, {})[other] = share
                links.setdefault(other, {})[one] = share
        copies: dict[str, str] = {}
        for bodies in _components(links):
            copies |= _assign(bodies, records, links)
        groups: dict[str, list[str]] = defaultdict(list)
        for copy, origin in sorted(copies.items()):
            groups[origin].append(copy)
        return cls(
            copies,
            {origin: Origin(origin, (origin, *some)) for origin, some in groups.items()},
            {each.id: each for some in records.values() for each in some},
        )

    def origin_of(self, id: str) -> str | None:
        """The article that the article `id` is a copy of; None for one that is no copy."""
        return self.copies.get(id)

    def origin(self, id: str) -> Origin:
        """The origin of the article `id`, with all articles that are copies of it."""
        origin = self.copies.get(id, id)
        return self._groups.get(origin, Origin(origin, (origin,)))

    def listed(self, ids: Iterable[str]) -> tuple[Origin, ...]:
        """The origins of the articles `ids`, which tell of the same, the independent ones first.

        Those that rest on one report, by what they credit, are one.
        """
        origins = list(dict.fromkeys(map(self.origin, ids)))
        return joined_by_credits(origins, self._records)


def _components(links: Mapping[int, Mapping[int, float]]) -> list[list[int]]:
    """The texts that are linked with one another, directly or by others."""
    components, seen = [], set[int]()
    for body in links:
        waiting, component = [body], []
        while waiting:
            each = waiting.pop()
            if each not in seen:
                seen.add(each)
                component.append(each)
                waiting += links[each]
        if component:
            components.append(component)
    return components


def _assign(
    bodies: Sequence[int],
    records: Mapping[int, Sequence[Record]],
    links: Mapping[int, Mapping[int, float]],
) -> dict[str, str]:
    """The origin of each copy among the articles of `bodies`, which are linked."""
    everyone = [each for body in bodies for each in records[body]]
    credited = _times_credited(everyone)

    def rank(record: Record) -> tuple[int, str, str]:
        return -credited[record.outlet], record.published or _UNDATED, record.id

    first = {body: min(records[body], key=rank) for body in bodies}
    origin_of: dict[int, int] = {}
    for body in sorted(bodies, key=lambda each: rank(first[each])):
        origins = [
            (share, other) for other, share in links[body].items() if other == origin_of.get(other)
        ]
        origin_of[body] = max(origins, key=lambda each: (each[0], -each[1]))[1] if origins else body
    return {
        each.id: first[origin_of[body]].id
        for body in bodies
        for each in records[body]
        if each.id != first[origin_of[body]].id
    }


def _times_credited(records: Iterable[Record]) -> dict[str, int]:
    """How many of `records` credit each outlet of theirs: hundreds may be of a few outlets."""
    creditors = Counter((each.outlet, each.credits) for each in records)
    return {
        outlet: sum(n for creditor, n in creditors.items() if credits_outlet(*creditor, outlet))
        for outlet in {outlet for outlet, _ in creditors}
    }
