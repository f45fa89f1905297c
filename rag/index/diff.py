"""What changed in a corpus, compared with an index of it.

    IndexedState.of(snapshot)                     what a snapshot holds, and the stamps of its files
    scan_changes(corpus, indexed, report)         `ScannedChanges`: the new and changed, parsed
    IndexDiff.of(changes, indexed)                which articles are added, changed, removed

An unchanged file is not parsed again, so the cost of adding an article does not grow with the
corpus. Left to others: files (`rag.ingest.files`), the new snapshot (`rag.index.build`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rag.index.document_writer import content_hash
from rag.index.documents import open_documents
from rag.index.records.local import LOCAL_RECORDS
from rag.index.records.store import RecordStore
from rag.ingest.corpus import Corpus, ParseFiles, SkippedFile
from rag.ingest.files import FileStamp
from rag.types import Article

Progress = Callable[[str, int, int], None]  # stage, done, total


@dataclass(frozen=True, slots=True)
class IndexedState:
    """What an index holds: articles (id -> content hash and file name), file stamps, passages."""

    articles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    stamps: Mapping[str, FileStamp] = field(default_factory=dict)  # by file name
    passages: int = 0

    @classmethod
    def of(cls, snapshot: Path | None, records: RecordStore = LOCAL_RECORDS) -> IndexedState:
        """What the snapshot in this folder holds; nothing if there is none.

        Stamps of another parser version, and of files without articles, are left out: such files
        are parsed again.
        """
        if snapshot is None:
            return cls()
        documents = open_documents(snapshot, records=records)
        try:
            articles = documents.origins()
            with_articles = {file_name for _, file_name in articles.values()}
            parsed = (
                (name, FileStamp.parse(text, name))
                for name, text in documents.file_stamps().items()
            )
            stamps = {name: stamp for name, stamp in parsed if stamp and name in with_articles}
            return cls(articles, stamps, documents.counts()[1])
        finally:
            documents.close()


@dataclass(frozen=True, slots=True)
class ScannedChanges:
    """What was parsed of a corpus.

    `articles`, `hashes` and `file_names` are by article id; `skipped` holds (name, reason).
    `retained` names the files whose indexed articles all still hold. `stamps` are to be stored, by
    file name; None where the file is to be parsed again. `unread` counts parts of unchanged files.
    """

    articles: dict[str, Article]
    hashes: dict[str, str]
    file_names: dict[str, str]
    skipped: list[tuple[str, str]]
    retained: set[str]
    stamps: dict[str, FileStamp | None]
    unread: int = 0


def scan_changes(
    corpus: Corpus,
    indexed: IndexedState,
    report: Progress,
    *,
    everything: bool = False,
    parse: ParseFiles | None = None,
) -> ScannedChanges:
    """Parse what changed since it was indexed, or `everything`; `report` gets the progress.

    `parse`: what parses the files, where it is not this process.
    """
    scan = corpus.scan({} if everything else indexed.stamps, parse)
    changes = ScannedChanges({}, {}, {}, [], scan.retained, scan.stamps, scan.unread)
    for done, (file_name, item) in enumerate(scan, start=1):
        if isinstance(item, SkippedFile):
            changes.skipped.append((item.name, item.reason))
        elif indexed.articles.get(item.id, ("", ""))[1] in changes.retained:
            # the second article with this id: the first in order counts, and only parsing
            # everything tells which one that is
            return scan_changes(corpus, indexed, report, everything=True, parse=parse)
        else:
            changes.articles[item.id] = item
            changes.hashes[item.id] = content_hash(item)
            changes.file_names[item.id] = file_name
        report("reading", done, max(done, scan.total))
    # a file that is gone loses its stamp: should it come back, it is parsed again
    changes.stamps.update(dict.fromkeys(indexed.stamps.keys() - scan.file_names))
    return changes


@dataclass(frozen=True, slots=True)
class IndexDiff:
    """Ids of articles by what happened to them; one that is now in another file has changed."""

    added: list[str]
    changed: list[str]
    removed: list[str]

    @classmethod
    def of(cls, changes: ScannedChanges, indexed: IndexedState) -> IndexDiff:
        """What `changes` mean for the index."""
        before, now = indexed.articles, changes.hashes
        return cls(
            added=[id for id in now if id not in before],
            changed=[
                id for id in now if id in before and before[id] != (now[id], changes.file_names[id])
            ],
            removed=[
                id
                for id, (_, file_name) in before.items()
                if id not in now and file_name not in changes.retained
            ],
        )

    @property
    def dropped(self) -> list[str]:
        """The articles whose indexed text must leave the index."""
        return self.changed + self.removed

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)
