"""Bring the index up to date with the corpus.

In:  `Settings`; a place to tell progress.
Out: a published generation, and a report of what changed.
Left to others: reading files (`rag.articles`), cutting (`rag.passages`), embedding
(`rag.encoders`), keeping (`rag.store`).

An article is read, compared by content hash, and embedded only when it is new or changed, and then
only the passages that no article had. The record of the new generation starts as a copy of the old
one and is committed batch by batch, so that a run that was stopped is gone on with; what answers
questions meanwhile is not touched. Before it is published it is proven in a fresh process. A
generation with a damaged file is built anew from its record; where that is damaged too, from the
record before, or the corpus.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.articles import Corpus, Unread
from rag.catalogue import ModelCard, card, verified
from rag.encoders import Encoder
from rag.errors import CorpusError, IndexFault
from rag.passages import in_context, passages_of
from rag.settings import Settings
from rag.store import manifest
from rag.store.generations import Generations
from rag.store.keywords import Keywords
from rag.store.manifest import Fingerprint
from rag.store.records import Records, content_hash
from rag.store.vectors import Vectors, chroma_version
from rag.store.verify import proven, unsound
from rag.types import Article

Progress = Callable[[str, int, int], None]  # stage, done, total
BATCH = 32  # articles embedded and committed together


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Counts of articles, except `passages`; `unread` holds (name, reason)."""

    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    unread: tuple[tuple[str, str], ...]
    generation: str

    def __str__(self) -> str:
        """The line that `rag index` prints."""
        return (
            f"{self.added} added, {self.changed} changed, {self.removed} removed, "
            f"{self.unchanged} unchanged; {self.added + self.changed + self.unchanged} articles, "
            f"{self.passages} passages"
        )


def wanted_fingerprint(settings: Settings) -> Fingerprint:
    """What an index must have been built from to serve `settings`."""
    embedder = card(settings.embedder)
    return Fingerprint(
        embedder=embedder.name,
        embedder_sha256=_weights_hash(embedder),
        passage_tokens=settings.passage_tokens,
        chromadb=chroma_version(),
    )


def build_index(
    settings: Settings, progress: Progress | None = None, *, rebuild: bool = False
) -> IndexReport:
    """Read the corpus and publish a generation that matches it; nothing is built if none is new.

    `rebuild` builds also where the index was made from other settings, or nothing is new; vectors
    are kept where they were made by the same embedder from the same wording.

    Raises:
        CorpusError: no article could be read. What was indexed before stays.
        IndexFault: the index is in use, or was built from other settings (and not `rebuild`); or
            what was built does not hold. What was indexed before stays.
        ModelError: the embedder is missing or broken.
    """
    tell = progress or (lambda stage, done, total: None)
    corpus = Corpus.open(settings.corpus)
    generations = Generations(settings.index)
    wanted = wanted_fingerprint(settings)
    with _named_faults(settings.index), generations.locked():
        current, built_from = generations.readable() or (None, wanted)
        if built_from.settings != wanted.settings and not rebuild:
            why = built_from.mismatch(wanted)
            raise IndexFault(f"the index in {settings.index} {why}: type `rag index --rebuild`")
        articles, unread = _read(corpus, tell)
        if not articles:
            raise CorpusError(
                f"no article could be read from {settings.corpus}"
                + (f" ({unread[0][0]}: {unread[0][1]})" if unread else "")
                + ": put txt, md, html, pdf, docx or jsonl files there, or name another --corpus"
            )
        digests = {id: content_hash(article) for id, article in articles.items()}
        base = _sound(generations.base(wanted), thoroughly=rebuild)
        before, held = _held(base)
        added = [id for id in digests if id not in before]
        changed = [id for id in digests if id in before and before[id] != digests[id]]
        removed = [id for id in before if id not in digests]
        news = bool(added or changed or removed)
        if current and current == base and not (rebuild or news) and _whole(current, wanted):
            name, passages = current.name, held
        else:
            building, passages = _build(
                settings, generations.start(wanted), wanted, base, articles, digests, tell, rebuild
            )
            # what was removed or changed is to be gone from the disk
            keep_old = current == base and not (changed or removed)
            name = generations.publish(building, keep_old).name
    return IndexReport(
        added=len(added),
        changed=len(changed),
        removed=len(removed),
        unchanged=len(digests) - len(added) - len(changed),
        passages=passages,
        unread=tuple(unread),
        generation=name,
    )


def _read(corpus: Corpus, tell: Progress) -> tuple[dict[str, Article], list[tuple[str, str]]]:
    articles: dict[str, Article] = {}
    unread: list[tuple[str, str]] = []
    for done, each in enumerate(corpus, start=1):
        if isinstance(each, Unread):
            unread.append((each.name, each.reason))
        else:
            articles[each.id] = each
        tell("reading", done, max(done, corpus.total))
    return articles, unread


def _sound(base: Path | None, *, thoroughly: bool) -> Path | None:
    """`base` where its record can be started from; `thoroughly` reads all of it first."""
    if base is None or not thoroughly:
        return base
    records = Records.open(base / manifest.RECORD)
    try:
        return None if unsound(records) else base
    finally:
        records.close()


def _held(base: Path | None) -> tuple[dict[str, str], int]:
    """Content hash by article id, and how many passages, in the generation to start from."""
    if base is None:
        return {}, 0
    records = Records.open(base / manifest.RECORD)
    try:
        return records.hashes(), records.counts()[1]
    finally:
        records.close()


def _whole(current: Path, wanted: Fingerprint) -> bool:
    return manifest.fingerprint(current) == wanted and not manifest.damaged(current)


def _build(
    settings: Settings,
    building: Path,
    wanted: Fingerprint,
    base: Path | None,
    articles: dict[str, Article],
    digests: dict[str, str],
    tell: Progress,
    rebuild: bool,
) -> tuple[Path, int]:
    """Make and prove a generation that holds exactly `articles`. Its folder, its passages."""
    (building / manifest.NAME).unlink(missing_ok=True)  # of a run that was stopped
    records = Records.create(
        building / manifest.RECORD, None if base is None else base / manifest.RECORD
    )
    try:
        held = records.hashes()
        records.remove(id for id in held if id not in digests)
        missing = [articles[id] for id in digests if held.get(id) != digests[id]]
        if missing:
            encoder = Encoder.open(verified(card(settings.embedder), settings.models))
            for done in _embedded(records, encoder, missing, digests, settings.passage_tokens):
                tell("embedding", done, len(missing))
        whole = base if base and not rebuild and _whole(base, wanted) else None
        _derive(building, records, whole, tell)
    finally:
        records.close()
    manifest.write(building, wanted)
    return building, proven(building).passages


def _embedded(
    records: Records,
    encoder: Encoder,
    articles: list[Article],
    digests: dict[str, str],
    size: int,
) -> Iterator[int]:
    """Cut, embed and commit `articles`, a batch at a time; yields how many are done."""
    for start in range(0, len(articles), BATCH):
        batch = articles[start : start + BATCH]
        cut = [passages_of(article, encoder.count, size) for article in batch]
        new = records.lacking(passage.text for passages in cut for passage in passages)
        vectors = dict(zip(new, encoder.encode(new), strict=True)) if new else {}
        records.put(
            [
                (article, digests[article.id], passages)
                for article, passages in zip(batch, cut, strict=True)
            ],
            vectors,
        )
        yield start + len(batch)


def _derive(building: Path, records: Records, base: Path | None, tell: Progress) -> None:
    """Make the Chroma collection and the keyword index from the record.

    Where the record holds all passages of `base`, a whole generation, its collection is extended.
    """
    for part in manifest.DERIVED:
        shutil.rmtree(building / part, ignore_errors=True)
    rows = records.row_numbers()
    if not rows:
        raise CorpusError("the articles hold no text: put some with sentences into the corpus")
    new = records.beyond(base / manifest.RECORD) if base else None
    if base and new is not None:
        Vectors.extend(building / "chroma", base / "chroma", new, records.vectors(new))
        tell("indexing", len(rows), len(rows))
    else:
        vectors = records.all_vectors(len(rows))
        Vectors.build(building / "chroma", rows, vectors, lambda n: tell("indexing", n, len(rows)))
    Keywords.build(searched(records, records.texts())).save(building / "keywords")


def searched(records: Records, texts: Sequence[str]) -> list[str]:
    """What keywords are looked for in: each of `texts`, in row order, in its article's context."""
    heads = records.heads()
    return [in_context(heads[id], text) for id, text in zip(records.owners(), texts, strict=True)]


def _weights_hash(embedder: ModelCard) -> str:
    hashes = [file.sha256 or "" for file in embedder.files if file.path.endswith(".safetensors")]
    return hashes[0] if hashes else ""


class _named_faults:  # noqa: N801 - reads as a statement
    """Turn what the disk and SQLite say while writing into one line of ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import sqlite3

        text = str(error)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG)
        if full or "disk is full" in text or "disk I/O error" in text:
            raise IndexFault(
                f"no space left for the index in {self._folder}: free some, then type `rag index` "
                "again (what was indexed before is intact)"
            ) from error
        if isinstance(error, sqlite3.OperationalError | PermissionError):
            raise IndexFault(f"cannot write the index in {self._folder} ({text})") from error
