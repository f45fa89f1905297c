"""A verdict for every file of a corpus: what becomes of it, and why.

    ledger(corpus)        ->  `FileVerdict`s in the order of their names; every file is parsed
    verdict_of(reason)    ->  the verdict of a file that could not be read

Left to others: reading the files (`rag.ingest.corpus`), printing (`rag.cli.ask`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from rag.ingest.corpus import Corpus, SkippedFile

Verdict = Literal[
    "read", "same as", "empty", "not read", "damaged", "too large", "no text", "part of a page"
]
_REASONS: tuple[tuple[str, Verdict], ...] = (
    (r"empty$", "empty"),
    (r"no text|no article found|no page in|\"text\" is missing", "no text"),
    (r"over \d|unpacks to too much|parsing takes over|too many", "too large"),
    (r"binary, not text|of a kind that is not read|withdrawn|its name leads", "not read"),
)


class FileVerdict(NamedTuple):
    """What becomes of a file, or of a part of it; `detail` says why, or of which file it is."""

    name: str
    verdict: Verdict
    detail: str


def ledger(corpus: Corpus) -> list[FileVerdict]:
    """The verdicts of all files, sorted by name; several of a file that is read in part."""
    others = [FileVerdict(name, "not read", _ending(name)) for name in corpus.names_not_read]
    parts = [FileVerdict(name, "part of a page", "") for name in corpus.names_of_page_parts]
    return sorted([*_read(corpus), *others, *parts])


def verdict_of(reason: str) -> Verdict:
    """The verdict of a file that was skipped for `reason`: "damaged" where nothing else fits."""
    return next((verdict for pattern, verdict in _REASONS if re.match(pattern, reason)), "damaged")


def _read(corpus: Corpus) -> Iterator[FileVerdict]:
    first_of: dict[str, str] = {}  # the file that has a text first, by the hash of the text
    counts: dict[str, int] = {}
    for name, item in corpus.scan({}):
        if isinstance(item, SkippedFile):
            yield FileVerdict(item.name, verdict_of(item.reason), item.reason)
            continue
        text = hashlib.sha256(item.text.encode("utf-8", "surrogatepass")).hexdigest()
        if first_of.setdefault(text, name) != name:
            yield FileVerdict(name, "same as", first_of[text])
        else:
            counts[name] = counts.get(name, 0) + 1
    for name, count in counts.items():
        yield FileVerdict(name, "read", "" if count == 1 else f"{count} articles")


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    return f".{ending.lower()}" if dot and stem else "without an ending"
