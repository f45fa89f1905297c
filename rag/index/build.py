"""Bring the index up to date with the corpus.

In:  `Settings`; a place to tell progress.
Out: a published generation, and a report of what changed.
Left to others: reading files (`rag.ingest.corpus`), cutting (`rag.ingest.chunking`), embedding
(`rag.models.embedder`), keeping (`rag.index`).

A file is read where it is not as it was the last time. An article is compared by content hash, and
embedded only when it is new or changed, and then only the passages that no article had. What is new
is written to a record of its own, batch by batch, so that a run that was stopped is gone on with;
what answers questions meanwhile is not touched. It becomes a new part on top of the generation
before, or joins the newest parts of that one: while they are small, and where one of their articles
is gone or changed. Before it is published it is proven in a fresh process. A generation with a
damaged file is built anew from its records; where those are damaged too, from the generation
before, or the corpus.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import CorpusError, IndexFault
from rag.index import manifest
from rag.index import merge_policy as growth
from rag.index.bm25 import BM25Index
from rag.index.diff import IndexDiff, IndexedState, Progress, ScannedChanges, scan_changes
from rag.index.document_writer import DocumentWriter, Entry
from rag.index.documents import DocumentStore, open_documents
from rag.index.manifest import Fingerprint
from rag.index.snapshots import NEW, SnapshotStore
from rag.index.vectors import VectorIndex, chroma_version
from rag.index.verify import find_corruption, verify_in_subprocess
from rag.ingest.chunking import chunk_article, contextualize
from rag.ingest.corpus import Corpus
from rag.models.embedder import Embedder
from rag.models.registry import ModelCard, get_card, verify_model
from rag.settings import Settings

BATCH = 32  # articles embedded and committed together


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Counts of articles, except `passages`; `unread` holds (name, reason)."""

    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    skipped: tuple[tuple[str, str], ...]
    snapshot: str

    def __str__(self) -> str:
        """The line that `rag index` prints."""
        return (
            f"{self.added} added, {self.changed} changed, {self.removed} removed, "
            f"{self.unchanged} unchanged; {self.added + self.changed + self.unchanged} articles, "
            f"{self.passages} passages"
        )


def expected_fingerprint(settings: Settings) -> Fingerprint:
    """What an index must have been built from to serve `settings`."""
    embedder = get_card(settings.embedder)
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
    generations = SnapshotStore(settings.index)
    wanted = expected_fingerprint(settings)
    with _named_faults(settings.index), generations.lock():
        current, built_from = generations.current_or_none() or (None, wanted)
        if built_from.settings != wanted.settings and not rebuild:
            why = built_from.mismatch(wanted)
            raise IndexFault(f"the index in {settings.index} {why}: type `rag index --rebuild`")
        base = _sound(generations.newest_usable(wanted, hashed=rebuild), thoroughly=rebuild)
        held = IndexedState.of(base)
        news = scan_changes(corpus, held, tell, everything=rebuild)
        if not news.articles and not news.retained:
            unread = f" ({news.skipped[0][0]}: {news.skipped[0][1]})" if news.skipped else ""
            raise CorpusError(
                f"no article could be read from {settings.corpus}{unread}"
                ": put txt, md, html, pdf, docx or jsonl files there, or name another --corpus"
            )
        change = IndexDiff.of(news, held)
        idle = current and current == base and not (rebuild or change)
        if current and idle and manifest.is_intact(current, wanted):
            name, passages = current.name, held.passages
        else:
            building = generations.start(wanted, base)
            _build(settings, building, wanted, base, news, change, tell, rebuild)
            passages = verify_in_subprocess(building).passages
            # what was removed or changed is to be gone from the disk
            keep_old = current == base and not change.dropped
            name = generations.publish(building, keep_old).name
    return IndexReport(
        added=len(change.added),
        changed=len(change.changed),
        removed=len(change.removed),
        unchanged=len(held.articles) - len(change.dropped),
        passages=passages,
        skipped=tuple(news.skipped),
        snapshot=name,
    )


def _sound(base: Path | None, *, thoroughly: bool) -> Path | None:
    """`base` where its records can be started from; `thoroughly` reads all of them first."""
    for part in manifest.segment_dirs(base) if base and thoroughly else []:
        records, own = open_documents(part), DocumentStore.open(part / manifest.RECORD)
        try:
            if find_corruption(records, own):
                return None
        finally:
            records.close()
            own.close()
    return base


def _build(
    settings: Settings,
    building: Path,
    wanted: Fingerprint,
    base: Path | None,
    news: ScannedChanges,
    change: IndexDiff,
    tell: Progress,
    rebuild: bool,
) -> None:
    """Make a generation in `building`: what `base` holds, and the `change`."""
    (building / manifest.NAME).unlink(missing_ok=True)  # of a run that was stopped
    parts = manifest.segment_dirs(base) if base else []
    new = DocumentWriter.create(building / NEW, [part / manifest.RECORD for part in parts])
    try:
        ids = [*change.added, *change.changed]
        held = new.own_hashes()  # of a run that was stopped
        own = {id for id in ids if held.get(id) == news.hashes[id]}
        new.remove(held.keys() - own)
        missing = [id for id in ids if id not in own]
        if missing:
            encoder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
            for done in _embedded(new, encoder, missing, news, settings.passage_tokens):
                tell("embedding", done, len(missing))
        new.note({name: str(stamp or "") for name, stamp in news.stamps.items()})
        whole = base is not None and not rebuild and manifest.is_intact(base, wanted)
        kept = (
            min(growth.segments_to_keep(*new.sizes()), new.reusable_segments(change.dropped))
            if whole
            else 0
        )
    finally:
        new.close()
    records = _own_record(building, parts[kept:], change.dropped)
    try:
        _derive(building, records, parts[kept] if whole and parts[kept:] else None, tell)
    finally:
        records.close()
    if kept:
        growth.hardlink_tree(parts[kept - 1], building / manifest.BASE)
    manifest.write(building, wanted)


def _own_record(building: Path, joining: Sequence[Path], gone: Sequence[str]) -> DocumentWriter:
    """The record of the new part: what is new, and what `joining` parts hold but for `gone`."""
    own, new = building / manifest.RECORD, building / NEW
    own.unlink(missing_ok=True)
    if not joining:
        growth.hardlink_file(new, own)
        return DocumentWriter.create(own)
    return DocumentWriter.joined(own, [*(part / manifest.RECORD for part in joining), new], gone)


def _embedded(
    records: DocumentWriter,
    encoder: Embedder,
    ids: list[str],
    news: ScannedChanges,
    size: int,
) -> Iterator[int]:
    """Cut, embed and commit articles, a batch at a time; yields how many are done."""
    for start in range(0, len(ids), BATCH):
        batch = [news.articles[id] for id in ids[start : start + BATCH]]
        cut = [chunk_article(article, encoder.count, size) for article in batch]
        new = records.texts_to_embed(passage.text for passages in cut for passage in passages)
        vectors = dict(zip(new, encoder.encode(new), strict=True)) if new else {}
        entries = [
            Entry(article, news.hashes[article.id], passages, news.file_names[article.id])
            for article, passages in zip(batch, cut, strict=True)
        ]
        records.put(entries, vectors)
        yield start + len(batch)


def _derive(building: Path, records: DocumentWriter, base: Path | None, tell: Progress) -> None:
    """Make the Chroma collection and the keyword index of a part from its record.

    Where the record holds all passages of the part `base`, that one's collection is extended.
    """
    for made in (*manifest.DERIVED, manifest.BASE):
        shutil.rmtree(building / made, ignore_errors=True)
    rows = records.row_numbers()
    if not rows:
        raise CorpusError("the articles hold no text: put some with sentences into the corpus")
    new = records.rows_missing_from(base / manifest.RECORD) if base else None
    if base and new is not None:
        VectorIndex.extend(building / "chroma", base / "chroma", new, records.vectors(new))
        tell("indexing", len(rows), len(rows))
    else:
        vectors = records.all_vectors(len(rows))
        VectorIndex.build(
            building / "chroma", rows, vectors, lambda n: tell("indexing", n, len(rows))
        )
    BM25Index.build(contextualized_texts(records, records.texts())).save(building / "keywords")


def contextualized_texts(records: DocumentStore, texts: Sequence[str]) -> list[str]:
    """What keywords are looked for in: each of `texts`, in row order, in its article's context."""
    heads = records.article_metadata()
    owners = records.citing_articles(records.row_numbers())
    return [contextualize(heads[id], text) for id, text in zip(owners, texts, strict=True)]


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
