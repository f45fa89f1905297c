"""A verdict for every file of a corpus: what becomes of it, and why.

    ledger(corpus)                      ->  `FileVerdict`s by name; every file is parsed
    verdicts(corpus, texts, skipped)    ->  the same from what is known of the files already
    verdict_of(reason)                  ->  the verdict of a file that could not be read
    count_verdicts(verdicts)            ->  "3 read; 1 same as", in words

Left to others: reading the files (`rag.ingest.corpus`), showing it (`rag.cli.index`, `rag.web`).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, get_args

from rag.ingest.containers.file_names import ending_of
from rag.ingest.corpus import Corpus, SkippedFile

Verdict = Literal[
    "read", "same as", "empty", "not read", "damaged", "too large", "no text", "part of a page"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
HIDDEN = "hidden"  # the detail of what is not read since its name begins with a dot
_REASONS: tuple[tuple[str, Verdict], ...] = (
    (r"empty$", "empty"),
    (r"no text|no article found|no page in|\"text\" is missing", "no text"),
    (r"over \d|unpacks to too much|parsing takes over|too many", "too large"),
    (r"binary, not text|of a kind that is not read|neither a regular file", "not read"),
    (r"the link leads out|id already used|permission denied|withdrawn|its name leads", "not read"),
)


class FileVerdict(NamedTuple):
    """What becomes of a file, or of a part of it; `detail` says why, or of which file it is.

    `part_of` is the name of the file where `name` is that of a part.
    """

    name: str
    verdict: Verdict
    detail: str
    part_of: str = ""


def ledger(corpus: Corpus) -> list[FileVerdict]:
    """The verdicts of all files, sorted by name; several of a file that is read in part."""
    texts: list[tuple[str, Hashable]] = []
    skipped: list[SkippedFile] = []
    for name, item in corpus.scan({}):
        if isinstance(item, SkippedFile):
            skipped.append(item)
        else:
            digest = hashlib.sha256(item.text.encode("utf-8", "surrogatepass"))
            texts.append((name, digest.digest()))
    return verdicts(corpus, texts, skipped)


def verdicts(
    corpus: Corpus, texts: Iterable[tuple[str, Hashable]], skipped: Iterable[SkippedFile]
) -> list[FileVerdict]:
    """The verdicts of all files of `corpus`, sorted by name.

    `texts`: of each article the name of its file and a key that equal texts share, in any order of
    the files; the first file of the corpus that has a text counts as read, the others as copies.
    """
    skipped = list(skipped)
    not_opened = {each.name for each in skipped}
    return sorted(
        [
            *_of_articles(corpus.file_names, texts),
            *_of_skipped(corpus.file_names, skipped),
            *(
                FileVerdict(name, "read", f"a page of {issue}")
                for name, issue in corpus.issue_pages.items()
                if name not in not_opened
            ),
            *(FileVerdict(name, "not read", _kind(name)) for name in corpus.names_not_read),
            *(FileVerdict(name, "not read", HIDDEN) for name in corpus.names_hidden),
            *(FileVerdict(name, "part of a page", "") for name in corpus.names_of_page_parts),
        ]
    )


def verdict_of(reason: str) -> Verdict:
    """The verdict of a file that was skipped for `reason`: "damaged" where nothing else fits."""
    matching = (
        verdict for pattern, verdict in _REASONS if re.match(pattern, reason, re.IGNORECASE)
    )
    return next(matching, "damaged")


def count_verdicts(verdicts: Iterable[FileVerdict]) -> str:
    """How many files have each verdict, on one line; one that is read in part has several."""
    files = {(each.part_of or each.name, each.verdict) for each in verdicts}
    counts = Counter(verdict for _, verdict in files)
    return "; ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if counts[verdict])


def _of_articles(
    file_names: Sequence[str], texts: Iterable[tuple[str, Hashable]]
) -> Iterator[FileVerdict]:
    """The verdicts of files from which articles were read."""
    order = {name: number for number, name in enumerate(file_names)}
    first_of: dict[Hashable, str] = {}  # the file that has a text first
    own: Counter[str] = Counter()
    copies: Counter[tuple[str, str]] = Counter()
    for name, text in sorted(texts, key=lambda each: order.get(each[0], len(order))):
        if first_of.setdefault(text, name) == name:
            own[name] += 1
        else:
            copies[name, first_of[text]] += 1
    for name, count in own.items():
        yield FileVerdict(name, "read", "" if count == 1 else f"{count:,} articles")
    for (name, first), count in copies.items():
        yield FileVerdict(name, "same as", first if count == 1 else f"{first}, {count:,} articles")


def _of_skipped(file_names: Iterable[str], skipped: Iterable[SkippedFile]) -> Iterator[FileVerdict]:
    """The verdicts of files, lines of dumps and parts of files that could not be read."""
    files = frozenset(file_names)
    for name, reason in ((each.name, each.reason) for each in skipped):
        whole = (name[: mark.start()] for mark in re.finditer("[:!]", name))
        part_of = "" if name in files else next((each for each in whole if each in files), "")
        yield FileVerdict(name, verdict_of(reason), reason, part_of)


def _kind(name: str) -> str:
    ending = ending_of(name)
    return f".{ending}" if ending else "without an ending"
