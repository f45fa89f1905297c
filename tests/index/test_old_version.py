"""An index of version 0.1, as that version wrote it: it is opened, upgraded once, never misread."""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import DatabaseFault, IndexFault
from rag.index import build, manifest
from rag.index.bm25 import BM25Index
from rag.index.browse import ArticleBrowser
from rag.index.records import tables
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.vectors import local
from rag.index.verify import find_corruption, recall_of
from rag.ingest.corpus import Corpus
from rag.settings import Settings
from tests.conftest import ToyEmbedder
from tests.index_bench import toys
from tests.postgres import PostgresProcess

pytestmark = pytest.mark.real

ARCHIVE = Path(__file__).parent / "data" / "index-0.1.tar.xz"  # two articles, the toy embedder
SCHEMA_SHA256 = "c5dd3792400e93b812f8097451d5861075f90a3d3f8cc74e97100b5b139f7d88"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    monkeypatch.setattr(local, "chroma_version", lambda: "1.5.9")
    return Settings(corpus=tmp_path / "corpus", index=tmp_path / "index")


def open_current(settings: Settings) -> Snapshot:
    return SnapshotStore(settings.index).open_current(build.expected_fingerprint(settings))


def embedded(settings: Settings) -> int:
    """Index again; how many passages were embedded."""
    log = settings.index.parent / "log"
    with toys(log):
        build.build_index(settings)
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_an_index_of_version_0_1_is_searched_as_it_is(old: Settings) -> None:
    snapshot = open_current(old)
    documents = snapshot.documents
    assert documents.counts() == (2, 2)
    assert [article.id for article in documents.articles()] == ["bridge", "ferry"]
    assert documents.article("ferry").published == "2024-06"
    for row, (passage, vector) in documents.passages([1, 2]).items():
        assert (vector == ToyEmbedder().encode([passage.text])[0]).all()
        assert snapshot.nearest(vector, 1) == [row]
    assert snapshot.keywords.scores(["sailor"]).argmax() == 1
    assert find_corruption(documents) is None
    assert recall_of(snapshot) == 1.0
    matches = ArticleBrowser(snapshot).find("ILOR kurier").entries  # without trigrams
    assert [article.id for article, *_ in matches] == ["ferry"]
    snapshot.close()


def test_the_keywords_of_version_0_1_are_read_anew_with_a_line_that_says_so(
    old: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = open_current(old)
    assert "type `rag index` once" in caplog.text
    built = BM25Index.build(snapshot.documents.contextualized_texts())
    assert snapshot.keywords.vocabulary == built.vocabulary
    snapshot.close()
    assert embedded(old) == 0
    caplog.clear()
    open_current(old).close()
    assert caplog.text == ""


def test_an_index_of_version_0_1_is_upgraded_once_without_embedding(
    old: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert embedded(old) == 0
    upgraded = open_current(old)
    assert upgraded.name == "gen-000002"
    assert upgraded.documents.counts() == (2, 2)
    assert all(segment.trigrams for segment in upgraded.segments)
    upgraded.close()
    scans = []
    scan = Corpus.scan
    monkeypatch.setattr(
        Corpus,
        "scan",
        lambda self, stamps, *options: scans.append(sorted(stamps)) or scan(self, stamps, *options),
    )
    assert embedded(old) == 0
    assert scans == [["bridge.md", "ferry.md"]]  # whose stamps are of this version now
    assert SnapshotStore(old.index).current() == upgraded.folder


@pytest.mark.fault(8, 27)
def test_an_index_of_version_0_1_moves_to_a_database_without_embedding(
    old: Settings, postgres: PostgresProcess
) -> None:
    moved = replace(old, database_url=postgres.url("old-version"))
    with pytest.raises(DatabaseFault, match="has no index old-version: type `rag index`"):
        SnapshotStore.of(moved).open_current(build.expected_fingerprint(moved))
    assert embedded(moved) == 0
    snapshot = SnapshotStore.of(moved).open_current(build.expected_fingerprint(moved))
    assert snapshot.documents.counts() == (2, 2)
    assert all(segment.trigrams for segment in snapshot.segments)
    snapshot.close()


def test_a_file_removed_before_the_upgrade_does_not_repeat_it(old: Settings) -> None:
    (old.corpus / "ferry.md").unlink()
    (old.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")
    assert embedded(old) == 1
    current = SnapshotStore(old.index).current()
    assert embedded(old) == 1
    assert SnapshotStore(old.index).current() == current


def test_an_index_with_an_unknown_schema_is_refused(old: Settings) -> None:
    current = SnapshotStore(old.index).current()
    assert current is not None
    manifest.write(current, replace(manifest.fingerprint(current), schema=2))
    with pytest.raises(IndexFault, match="was written by another version: type `rag index"):
        open_current(old)


def test_the_tables_change_only_with_the_schema_number() -> None:
    """Who changes the tables raises `manifest.SCHEMA`, and then this hash."""
    assert manifest.SCHEMA == 3
    assert hashlib.sha256(tables.IN_SQLITE.encode()).hexdigest() == SCHEMA_SHA256
