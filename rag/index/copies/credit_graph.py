"""Who credits whom among reports of the same matter, and where each of them comes from.

    joined_by_credits(origins, records)  ->  `Origin`s, the independent ones first

In:  the origins of some articles that tell of the same, each with its near copies; the record of
     each article, with the outlets and agencies that it rests on.
Out: as above: a report that rests on another of them is no origin of its own, and reports that rest
     on an agency without a report here are one.
Left to others: near copies (`origins`), the names in a text (`rag.text.reuse.credits`).

"BBC, citing KCNA" rests on what KCNA reported, if that is not younger. Where KCNA has no report
here, its name stands for it; a name that does not look like that of an outlet may be a person who
was asked twice, and says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.index.copies.records import Record, credits_outlet, name_words
from rag.text.reuse.credits import is_outlet_name
from rag.types import Origin

_UNDATED = "9999"
Root = int | frozenset[str]  # the number of an origin, or the words of an outlet's name


@dataclass(frozen=True, slots=True)
class _Graph:
    """What each origin, by number, rests on: another one, an outlet by name, or nothing."""

    sources: Mapping[int, Root]
    names: Mapping[frozenset[str], str]

    def root(self, number: int) -> Root:
        """Where a report comes from in the end; of those that credit each other the first."""
        seen = [number]
        while (source := self.sources.get(seen[-1])) is not None:
            if not isinstance(source, int):
                return source
            if source in seen:
                return min(seen[seen.index(source) :])
            seen.append(source)
        return seen[-1]


def joined_by_credits(
    origins: Sequence[Origin], records: Mapping[str, Record]
) -> tuple[Origin, ...]:
    """`origins` with those that rest on one source as one, in their order."""
    graph = _graph(origins, records)
    groups: dict[Root, list[int]] = {}
    for number in range(len(origins)):
        groups.setdefault(graph.root(number), []).append(number)
    own, foreign = [], []
    for root, numbers in groups.items():
        if isinstance(root, int):
            own.append(_joined(origins, root, numbers, records))
        else:
            first = min(numbers, key=lambda n: _time(origins[n].article, records))
            joined = _joined(origins, first, numbers, records)
            foreign.append(replace(joined, source=graph.names[root]))
    return (*own, *foreign)


def _graph(origins: Sequence[Origin], records: Mapping[str, Record]) -> _Graph:
    sources: dict[int, Root] = {}
    names: dict[frozenset[str], str] = {}
    for number, origin in enumerate(origins):
        record = records.get(origin.article)
        if record is None:
            continue
        for name in record.rests_on:
            words = name_words(name)
            if words == name_words(record.outlet):
                continue
            target = _credited(number, name, origins, records)
            if target is not None:
                sources[number] = target
                break
            if is_outlet_name(name):
                names.setdefault(words, name)
                sources.setdefault(number, words)
    return _Graph(sources, names)


def _credited(
    number: int, name: str, origins: Sequence[Origin], records: Mapping[str, Record]
) -> int | None:
    """The origin with a report of the outlet `name`, not younger than `number`.

    Of several its own report, rather than one that it copied or that rests on another; then the
    last.
    """
    own = records[origins[number].article]
    reports = [
        (record.id == origin.article and not record.rests_on, record.published, -other)
        for other, origin in enumerate(origins)
        if other != number
        for record in (records.get(each) for each in origin.articles)
        if record is not None
        and credits_outlet(own.outlet, [name], record.outlet)
        and (not own.published or record.published[:10] <= own.published[:10])
    ]
    return -max(reports)[-1] if reports else None


def _joined(
    origins: Sequence[Origin], first: int, numbers: Sequence[int], records: Mapping[str, Record]
) -> Origin:
    """The origins `numbers` as one, that of `first`."""
    origin = origins[first]
    others = [each for n in numbers if n != first for each in origins[n].articles]
    crediting = tuple(sorted(others, key=lambda id: _time(id, records)))
    record = records.get(origin.article)
    source = (record.outlet if record else "") or None
    return Origin(origin.article, (*origin.articles, *crediting), crediting, source)


def _time(id: str, records: Mapping[str, Record]) -> tuple[str, str]:
    record = records.get(id)
    return (record.published if record else "") or _UNDATED, id
