"""The first stage: files are parsed by many workers, and read back in their order.

In:  the files that changed (`FileDelta`s); the parts that an earlier run left.
Out: what `rag.ingest.corpus.parse_files` would give; where the passages of each article are.
Left to others: parsing (`rag.index.bulk.workers`), what is then in the index (`rag.index.diff`).

A dump is cut into ranges of whole lines. A file is not parsed again if a part has it and it is
unchanged since, and nothing in it was skipped that another try may read; a range, if the hash of
its bytes is the same.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from rag.index.bulk.parts import ParsedFile, PartFolder
from rag.index.bulk.ray_process import RayProcess
from rag.index.bulk.workers import FileWorker, describe
from rag.index.diff import Progress
from rag.index.document_writer import text_hash
from rag.ingest.corpus import Item, SkippedFile
from rag.ingest.document import UnreadableDocument, failure_reason
from rag.ingest.files import DUMP, FileDelta, FileStamp, LineRange
from rag.types import Article

__all__ = ["Places", "parse_on_ray"]

Places = dict[str, tuple[tuple[int, int], ...]]
"""Start and end of each passage, by the hash of the article's text."""

_MOST_FILES = 16  # of a unit
_UNITS = 64  # about as many, where there are few files: of each a worker gets its share
_RANGE = 256 << 10  # bytes of a dump in a unit


@dataclass(slots=True)
class _Planned:
    """A file and the keys of what a part has of it: of all of it, or of each range of lines."""

    delta: FileDelta
    ranges: list[LineRange] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    error: str = ""  # why it cannot be read at all


def parse_on_ray(
    deltas: Sequence[FileDelta],
    ray: RayProcess,
    parts: PartFolder,
    progress: Progress,
    places: Places,
) -> Iterator[tuple[FileDelta, Iterator[Item]]]:
    """Parse files as `rag.ingest.corpus.parse_files` does; `places` gets those of each article.

    Raises:
        IndexFault, ModelError: as `RayProcess.run`.
    """
    planned = [_planned(delta) for delta in deltas]
    stored = _stored(parts, planned)
    missing = [unit for each in planned for unit in _units(each) if unit["key"] not in stored]
    total = sum(unit["steps"] for unit in missing)
    groups = {f"parsed-{uuid.uuid4().hex}.parquet": files for files in _groups(missing)}
    done = 0
    if groups:
        units = [json.dumps({"part": name, "files": own}) for name, own in groups.items()]
        for steps in ray.run(FileWorker.__name__, units, ray.options):
            done += steps
            progress("parsing", done, total)
    stored |= {unit["key"]: name for name, own in groups.items() for unit in own}
    read = lru_cache(maxsize=4)(partial(_by_key, parts))
    for each in planned:
        files = (read(stored[key])[key] for key in each.keys)
        yield each.delta, _items(each, files, places)


def _planned(delta: FileDelta) -> _Planned:
    each = _Planned(delta)
    if delta.file.extension != DUMP:
        each.keys = [_key(delta)]
        return each
    try:
        each.ranges = list(delta.ranges(_RANGE))
    except (OSError, UnreadableDocument) as error:
        each.error = failure_reason(error)
    each.keys = [_key(delta, lines) for lines in each.ranges]
    return each


def _key(delta: FileDelta, lines: LineRange | None = None) -> str:
    values = [describe(delta.file), lines]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _units(each: _Planned) -> Iterator[dict[str, Any]]:
    """What is to be parsed of a file, as `FileWorker` takes it."""
    file = describe(each.delta.file)
    whole: list[LineRange | None] = [None]
    for key, lines in zip(each.keys, each.ranges or whole, strict=False):
        yield {"key": key, "file": file, "lines": lines, "steps": lines.lines if lines else 1}


def _groups(units: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """Units that make a part: a range of lines is one by itself."""
    size = max(1, min(_MOST_FILES, len(units) // _UNITS))
    group: list[dict[str, Any]] = []
    for unit in units:
        if unit["lines"]:
            yield [unit]
            continue
        group.append(unit)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _stored(parts: PartFolder, planned: Sequence[_Planned]) -> dict[str, str]:
    """The part that has a key, for files and ranges that need not be parsed again."""
    by_key = {key: each for each in planned for key in each.keys}
    stored = {}
    for name in parts.names("parsed"):
        for key, stamp in parts.keys(name):
            each = by_key.get(key)
            if each is None:
                continue
            file = each.delta.file
            earlier = FileStamp.parse(stamp, file.name) if stamp else None
            if each.ranges or (earlier and file.changes_since(earlier).unchanged):
                stored[key] = name
    return stored


def _by_key(parts: PartFolder, name: str) -> dict[str, ParsedFile]:
    return {each.key: each for each in parts.read_parsed(name)}


def _items(each: _Planned, files: Iterable[ParsedFile], places: Places) -> Iterator[Item]:
    name = each.delta.file.name
    for file in files:
        if file.stamp:
            each.delta.stamp = FileStamp.parse(file.stamp, name)
        for parsed in file.items:
            if isinstance(parsed.item, Article):
                places[text_hash(parsed.item.text)] = parsed.places
            yield parsed.document, parsed.item
    if each.error:
        yield name, SkippedFile(name, each.error)
