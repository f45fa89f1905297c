"""Bringing an index up to date: real files, real SQLite, real Chroma; a toy embedder."""

from __future__ import annotations

import os

import pytest

from rag.errors import CorpusError, IndexFault
from rag.index.build import IndexReport, build_index
from rag.index.companions.paths import IndexPaths
from rag.index.snapshots import SnapshotStore
from rag.ingest.ledger import FileVerdict
from rag.settings import Settings

pytestmark = pytest.mark.real


def counts(report):
    return report.added, report.changed, report.removed, report.unchanged


def test_a_report_counts_added_changed_removed_and_unchanged_articles(toy):
    assert counts(build_index(toy)) == (4, 0, 0, 0)
    assert counts(build_index(toy)) == (0, 0, 0, 4)
    (toy.corpus / "wheat2.md").unlink()
    (toy.corpus / "ferry.md").write_text("# The ferry\n\nThe ferry Maren was raised.")
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")
    report = build_index(toy)
    assert counts(report) == (1, 1, 1, 2)
    assert str(report).startswith("1 added, 1 changed, 1 removed, 2 unchanged; 4 articles, 4 pass")


def test_without_changes_no_snapshot_is_built(toy):
    first = build_index(toy)
    assert build_index(toy).snapshot == first.snapshot


def test_an_unchanged_article_is_not_embedded_again(toy, monkeypatch):
    from tests.conftest import ToyEmbedder

    build_index(toy)
    embedded = []
    encode = ToyEmbedder.encode

    def recording(self, texts, progress=None):
        embedded.extend(texts)
        return encode(self, texts, progress)

    monkeypatch.setattr(ToyEmbedder, "encode", recording)
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")
    build_index(toy)
    assert len(embedded) == 1
    assert "Osthavn" in embedded[0]


def test_an_interrupted_run_is_resumed(toy, monkeypatch):
    from tests.conftest import ToyEmbedder

    monkeypatch.setattr("rag.index.build.BATCH", 1)
    encode = ToyEmbedder.encode
    calls = []

    def dying(self, texts, progress=None):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(texts)
        return encode(self, texts, progress)

    monkeypatch.setattr(ToyEmbedder, "encode", dying)
    with pytest.raises(KeyboardInterrupt):
        build_index(toy)
    assert SnapshotStore(toy.index).current() is None
    calls.clear()
    again = []
    monkeypatch.setattr(
        ToyEmbedder,
        "encode",
        lambda self, texts, p=None: again.append(texts) or encode(self, texts),
    )
    assert counts(build_index(toy)) == (4, 0, 0, 0)
    assert len(again) == 2  # two of four were committed


def test_a_run_that_is_resumed_under_another_name_of_its_files_loses_nothing(
    toy, tmp_path, monkeypatch
):
    """A further folder's files have absolute names, and relative ones once it is alone."""
    build_index(toy)
    further = tmp_path / "further"
    further.mkdir()
    (further / "mill.txt").write_text("The mill of Osby burnt down in May.")

    class Killed(Exception):
        pass

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("rag.index.build._merge_segments", kill)
        with pytest.raises(Killed):
            build_index(toy, paths=[further])
    build_index(toy, paths=[further], replace=True)
    report = build_index(toy)
    assert (report.removed, report.unchanged) == (0, 1)


def test_a_path_that_another_run_adds_meanwhile_stays(toy, tmp_path, monkeypatch):
    build_index(toy)
    for name in ("b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(f"The mill of {name} burnt down in May.")
    listed, lock = [], SnapshotStore.lock

    def lock_after_another(store, **options):
        """Once the second run has read what the index is made of, the first one adds a path."""
        if not listed:
            listed.append(store)
            build_index(toy, paths=[tmp_path / "b"])
        return lock(store, **options)

    monkeypatch.setattr(SnapshotStore, "lock", lock_after_another)
    report = build_index(toy, paths=[tmp_path / "c"])
    assert (report.added, report.removed) == (1, 0)
    assert IndexPaths.read(toy.index).paths[1:] == [tmp_path / "b", tmp_path / "c"]


@pytest.mark.parametrize("change", [{"passage_tokens": 60}, {"embedder": "bge-small-en-v1.5"}])
def test_other_settings_are_refused_with_the_command(toy, change):
    from dataclasses import replace

    build_index(toy)
    with pytest.raises(IndexFault, match="type `rag index --rebuild`"):
        build_index(replace(toy, **change))
    assert counts(build_index(replace(toy, **change), rebuild=True))[0] == 4


def test_progress_is_reported_by_stage(toy):
    calls = []
    build_index(toy, lambda *progress: calls.append(progress))
    assert calls[-1] == ("indexing", 4, 4)
    assert ("reading", 4, 4) in calls
    assert ("embedding", 4, 4) in calls


def test_an_unreadable_article_is_named_and_the_others_are_indexed(toy):
    (toy.corpus / "broken.docx").write_bytes(b"not a docx")
    report = build_index(toy)
    assert counts(report) == (4, 0, 0, 0)
    assert [name for name, _ in report.skipped] == ["broken.docx"]


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("")])
def test_a_missing_corpus_gives_one_line_and_loses_nothing(toy, tmp_path, make):
    from dataclasses import replace

    build_index(toy)
    path = tmp_path / "other.txt"
    make(path)
    with pytest.raises(CorpusError) as caught:
        build_index(replace(toy, corpus=path))
    assert "\n" not in str(caught.value)
    assert counts(build_index(toy)) == (0, 0, 0, 4)


def test_a_full_disk_gives_a_message_and_the_old_index_stays(toy, monkeypatch):
    import errno

    first = build_index(toy)
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("rag.index.build.BM25Index.build", full)
    with pytest.raises(IndexFault, match="no space left"):
        build_index(toy)
    current = SnapshotStore(toy.index).current()
    assert current is not None
    assert current.name == first.snapshot


def test_more_passages_than_one_batch_of_chroma_are_indexed(toy, tmp_path):
    import json
    from dataclasses import replace

    dump = tmp_path / "dump.jsonl"
    dump.write_text(
        "".join(
            json.dumps({"id": f"a{n}", "title": "t", "text": f"Article number {n}. Word {n}."})
            + "\n"
            for n in range(2_500)
        )
    )
    assert build_index(replace(toy, corpus=dump)).passages == 2_500
    assert isinstance(toy, Settings)


def test_a_report_says_what_was_not_read_and_what_has_no_date():
    report = IndexReport(
        added=1,
        changed=0,
        removed=0,
        unchanged=6,
        passages=9,
        skipped=(),
        snapshot="s1",
        ledger=(
            FileVerdict(".git/", "not read", "hidden"),
            FileVerdict("README", "not read", "without an ending"),
            FileVerdict("a.doc", "not read", ".doc"),
            FileVerdict("a.txt", "read", ""),
            FileVerdict("b.doc", "not read", ".doc"),
            FileVerdict("p_files/x.png", "part of a page", ""),
        ),
        undated=7,
    )
    assert report.remarks() == [
        "not read, of other kinds: 2 .doc, 1 without an ending",
        "not read, hidden files and folders: 1",
        "not read, pictures and frames of saved pages: 1",
        "7 articles without a date",
    ]
    assert IndexReport(1, 0, 0, 0, 1, (), "s1").remarks() == []
