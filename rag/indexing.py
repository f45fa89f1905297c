"""Bring the index up to date with the corpus.

In:  `Settings`; a place to tell progress.
Out: a published generation, and a report of what changed.
Left to others: reading files (`rag.articles`), cutting (`rag.passages`), embedding
(`rag.encoders`), keeping (`rag.store`).

An article is read, compared by content hash, and embedded only when it is new or changed. The
record of the new generation starts as a copy of the old one and is committed batch by batch,
so that a run that was stopped is gone on with; what answers questions meanwhile is not touched.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.articles import Corpus, Unread
from rag.catalogue import ModelCard, card, verified
from rag.encoders import Encoder
from rag.errors import CorpusError, IndexFault
from rag.passages import in_context, passages_of
from rag.settings import Settings
from rag.store.generations import Fingerprint, Generation, Generations
from rag.store.keywords import Keywords
from rag.store.records import Records, content_hash
from rag.store.vectors import Vectors, chroma_version
from rag.types import Article

Progress = Callable[[str, int, int], None]  # stage, done, total
_BATCH = 32  # articles embedded and committed together


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

    Raises:
        CorpusError: no article could be read. What was indexed before stays.
        IndexFault: the index is in use, or was built from other settings (and not `rebuild`).
        ModelError: the embedder is missing or broken.
    """
    tell = progress or (lambda stage, done, total: None)
    corpus = Corpus.open(settings.corpus)
    generations = Generations(settings.index)
    wanted = wanted_fingerprint(settings)
    with _named_faults(settings.index), generations.locked():
        base = None if rebuild else generations.current()
        if base is not None:
            built_from = generations.fingerprint(base)
            if why := built_from.mismatch(wanted):
                raise IndexFault(f"the index in {settings.index} {why}: type `rag index --rebuild`")
        articles, unread = _read(corpus, tell)
        if not articles:
            raise CorpusError(
                f"no article could be read from {settings.corpus}"
                + (f" ({unread[0][0]}: {unread[0][1]})" if unread else "")
                + ": put txt, md, html, pdf, docx or jsonl files there, or name another --corpus"
            )
        digests = {id: content_hash(article) for id, article in articles.items()}
        before = _hashes(base)
        added = [id for id in digests if id not in before]
        changed = [id for id in digests if id in before and before[id] != digests[id]]
        removed = [id for id in before if id not in digests]
        if base is not None and not (added or changed or removed):
            passages = _complete(base)
            name = base.name
        else:
            name, passages = _build(settings, generations, wanted, base, articles, digests, tell)
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


def _hashes(generation: Path | None) -> dict[str, str]:
    if generation is None:
        return {}
    records = Records.open(generation / "records.sqlite")
    try:
        return records.hashes()
    finally:
        records.close()


def _complete(generation: Path) -> int:
    """Passages of a generation whose parts agree. Raises `IndexFault` where they do not."""
    opened = Generation.open(generation)
    try:
        return opened.records.counts()[1]
    finally:
        opened.close()


def _build(
    settings: Settings,
    generations: Generations,
    wanted: Fingerprint,
    base: Path | None,
    articles: dict[str, Article],
    digests: dict[str, str],
    tell: Progress,
) -> tuple[str, int]:
    """Make and publish a generation that holds exactly `articles`. Its name and passages."""
    building = generations.start(wanted)
    records = Records.create(
        building / "records.sqlite", None if base is None else base / "records.sqlite"
    )
    try:
        held = records.hashes()
        records.remove(id for id in held if id not in digests)
        missing = [articles[id] for id in digests if held.get(id) != digests[id]]
        if missing:
            encoder = Encoder.open(verified(card(settings.embedder), settings.models))
            for done in _embedded(records, encoder, missing, digests, settings.passage_tokens):
                tell("embedding", done, len(missing))
        _derive(building, records, tell)
        passages = records.counts()[1]
    finally:
        records.close()
    _complete(building)
    return generations.publish(building, wanted).name, passages


def _embedded(
    records: Records,
    encoder: Encoder,
    articles: list[Article],
    digests: dict[str, str],
    size: int,
) -> Iterator[int]:
    """Cut, embed and commit `articles`, a batch at a time; yields how many are done."""
    for start in range(0, len(articles), _BATCH):
        batch = articles[start : start + _BATCH]
        cut = [passages_of(article, encoder.count, size) for article in batch]
        vectors = encoder.encode([passage.text for passages in cut for passage in passages])
        ends = np.cumsum([len(passages) for passages in cut])
        shares = np.split(vectors, ends[:-1])
        records.put(
            [
                (article, digests[article.id], passages, share)
                for article, passages, share in zip(batch, cut, shares, strict=True)
            ]
        )
        yield start + len(batch)


def _derive(building: Path, records: Records, tell: Progress) -> None:
    """Build the Chroma collection and the keyword index anew from the record."""
    import shutil

    for part in ("chroma", "keywords"):
        shutil.rmtree(building / part, ignore_errors=True)
    rows, owners, texts = records.all_rows()
    if not rows:
        raise CorpusError("the articles hold no text: put some with sentences into the corpus")
    vectors = records.all_vectors(len(rows))
    Vectors.build(
        building / "chroma", rows, vectors, owners, lambda n: tell("indexing", n, len(rows))
    ).close()
    heads = records.heads()
    searched = [in_context(heads[id], text) for id, text in zip(owners, texts, strict=True)]
    Keywords.build(searched).save(building / "keywords")


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
