"""The real Chroma and SQLite on vectors that can be checked by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from rag.errors import IndexFault
from rag.index import manifest
from rag.index.bm25 import BM25Index
from rag.index.document_writer import DocumentWriter, Entry, content_hash
from rag.index.documents import DocumentStore
from rag.index.manifest import Fingerprint
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.local import LocalVectors
from rag.types import Article, Passage
from tests.conftest import ROOT

pytestmark = pytest.mark.real

UNIT = np.eye(4, dtype=np.float32)
PRINT = Fingerprint("toy", "0" * 64, 120, "1.5.9")


def article(id: str, text: str = "A b c.") -> Article:
    return Article(id, f"title of {id}", text, source="Kurier", published="2024")


def put(documents: DocumentWriter, each: Article, row: int) -> None:
    passages = [Passage(each.id, 0, len(each.text), each.text)]
    new = documents.texts_to_embed([each.text])
    documents.put([Entry(each, content_hash(each), passages)], dict.fromkeys(new, UNIT[row]))


def test_nearest_rows_by_hand_with_and_without_allowed_rows(tmp_path):
    LocalVectors.build(tmp_path / "c", [5, 6, 7, 8], UNIT)
    query = np.array([0.1, 0.9, 0.3, 0.2], np.float32)
    vectors = LocalVectors.open(tmp_path / "c")
    assert vectors.count() == 4
    assert list(vectors.nearest(query, 2)) == [6, 7]
    assert list(vectors.nearest(query, 9)) == [6, 7, 8, 5]
    assert list(vectors.nearest(query, 9, [7, 8])) == [7, 8]
    assert list(vectors.nearest(query, 9, [])) == []
    vectors.close()


def test_searching_a_snapshot_changes_no_file(tmp_path):
    build(tmp_path, ["one", "two"])
    current = SnapshotStore(tmp_path).require_compatible(PRINT)
    for _ in range(2):
        snapshot = Snapshot.open(current)
        assert snapshot.nearest(UNIT[0], 1) == [1]
        snapshot.close()
    assert manifest.changed_files(current) == []


def test_a_missing_collection_is_refused_not_created(tmp_path):
    with pytest.raises(IndexFault, match="do not open"):
        LocalVectors.open(tmp_path / "none")


def test_an_env_file_in_the_working_directory_changes_nothing(tmp_path):
    (tmp_path / ".env").write_text(
        "CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nIS_PERSISTENT=0\n"
    )
    code = (
        "import numpy as np; from pathlib import Path\n"
        "from rag.index.vectors.local import LocalVectors\n"
        "LocalVectors.build(Path('c'), [1], np.eye(1, dtype=np.float32));"
        "print(LocalVectors.open(Path('c')).count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "1", done.stderr


def test_bm25_scores_by_hand(tmp_path):
    built = BM25Index.build(["Kim sent 7,000 crates", "Putin visited", "the weather"])
    built.save(tmp_path / "k")
    loaded = BM25Index.load(tmp_path / "k")
    for each in (built, loaded):
        scores = each.scores(["7000", "unheard"])
        assert scores[0] > 0
        assert list(scores[1:]) == [0.0, 0.0]
        assert each.idf("unheard") > each.idf("kim") > 0


def test_bm25_finds_what_has_all_stems_in_all_segments():
    segments = [BM25Index.build(["Kim sent crates", "Kim left"]), BM25Index.build(["Crates, Kim"])]
    index = BM25Index.combine(segments)
    assert index.vocabulary == ("crate", "kim", "left", "sent")
    assert (index.frequency("kim"), index.frequency("unheard")) == (3, 0)
    assert index.positions(["kim", "crate"]).tolist() == [0, 2]
    assert index.positions(["unheard"]).tolist() == []
    assert index.positions([]).tolist() == [0, 1, 2]


def test_bm25_of_texts_without_words_scores_nothing(tmp_path):
    built = BM25Index.build(["...", "the"])
    built.save(tmp_path / "k")
    assert list(BM25Index.load(tmp_path / "k").scores(["kim"])) == [0.0, 0.0]


def test_documents_store_articles_and_replace_them_whole(tmp_path):
    documents = DocumentWriter.create(tmp_path / "r.sqlite")
    one = article("one", "An é and a \0 and 😀.")
    put(documents, one, 0)
    put(documents, article("two"), 1)
    put(documents, article("two", "Another text."), 2)
    assert documents.counts() == (2, 2)
    assert documents.article("one") == one
    rows, texts = documents.row_numbers(), documents.texts()
    assert texts == [one.text, "Another text."]
    assert [each.article for each, _ in documents.passages(rows).values()] == ["one", "two"]
    assert np.array_equal(documents.all_vectors(2), UNIT[[0, 2]])
    documents.remove(["one"])
    assert list(documents.origins()) == ["two"]
    assert documents.counts() == (1, 1)
    with pytest.raises(KeyError):
        documents.article("one")


def test_merging_copies_the_old_documents_and_leaves_them_alone(tmp_path):
    old = DocumentWriter.create(tmp_path / "old.sqlite")
    put(old, article("one"), 0)
    old.close()
    new = DocumentWriter.merge(tmp_path / "new.sqlite", [tmp_path / "old.sqlite"])
    new.remove(["one"])
    assert new.counts() == (0, 0)
    assert DocumentStore.open(tmp_path / "old.sqlite").counts() == (1, 1)


def test_the_content_hash_changes_with_any_field():
    base = article("one")
    assert content_hash(base) == content_hash(article("one"))
    for other in (article("one", "x"), Article("one", "other", "A b c.", "Kurier", "2024")):
        assert content_hash(other) != content_hash(base)


def test_copies_share_a_body_and_the_one_published_first_is_cited(tmp_path):
    documents = DocumentWriter.create(tmp_path / "r.sqlite")
    copies = [Article(f"c{n}", f"h{n}", "Same.", f"outlet {n}", f"2024-0{9 - n}") for n in range(3)]
    for row, each in enumerate(copies):
        put(documents, each, row)
    assert documents.counts() == (3, 1)
    assert documents.texts_to_embed(["Same.", "Other.", "Other."]) == ["Other."]
    ((row, (passage, vector)),) = documents.passages([1]).items()
    assert (row, passage.article) == (1, "c2")
    assert np.array_equal(vector, UNIT[0])
    assert documents.passages([1], ["c0", "c1"])[1][0].article == "c1"
    assert documents.passages([1], ["none"]) == {}
    documents.remove(["c2", "c1"])
    assert documents.passages([1])[1][0].article == "c0"
    documents.remove(["c0"])
    assert documents.counts() == (0, 0)
    assert b"Same." not in (tmp_path / "r.sqlite").read_bytes()


def test_documents_damaged_by_an_interrupted_run_are_replaced(tmp_path):
    whole = DocumentWriter.create(tmp_path / "base.sqlite")
    put(whole, article("one"), 0)
    whole.close()
    (tmp_path / "r.sqlite").write_bytes(b"\xff" * 5_000)
    again = DocumentWriter.create(tmp_path / "r.sqlite", [tmp_path / "base.sqlite"])
    assert again.own_origins() == {}
    assert again.counts() == (1, 1)


def build(folder, ids=("one",), keep_old=True) -> None:
    snapshots = SnapshotStore(folder)
    with snapshots.lock():
        building = snapshots.start(PRINT)
        documents = DocumentWriter.create(building / "records.sqlite")
        for row, id in enumerate(ids):
            put(documents, article(id, f"Text of {id}."), row)
        rows, texts = documents.row_numbers(), documents.texts()
        LocalVectors.build(building / "chroma", rows, documents.all_vectors(len(rows)))
        BM25Index.build(texts).save(building / "keywords")
        documents.close()
        manifest.write(building, PRINT)
        snapshots.publish(building, keep_old)


def test_snapshots_are_published_whole_and_one_old_one_is_retained(tmp_path):
    for count in (1, 2, 3):
        build(tmp_path, [f"a{n}" for n in range(count)])
    snapshots = SnapshotStore(tmp_path)
    current = snapshots.require_compatible(PRINT)
    assert current.name == "gen-000003"
    assert sorted(p.name for p in tmp_path.glob("gen-*")) == ["gen-000002", "gen-000003"]
    snapshot = Snapshot.open(current)
    assert snapshot.documents.counts() == (3, 3)
    snapshot.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"embedder": "other"}, "built with the embedder toy, the settings say other"),
        ({"embedder_sha256": "1"}, "built with the embedder"),
        ({"passage_tokens": 60}, "passages of 120 tokens, the settings say 60"),
        ({"chromadb": "9.9"}, "written by another version"),
        ({"schema": 99}, "written by another version"),
    ],
)
def test_an_index_with_another_fingerprint_is_refused(tmp_path, change, message):
    from dataclasses import replace

    build(tmp_path)
    with pytest.raises(IndexFault, match=message) as caught:
        SnapshotStore(tmp_path).require_compatible(replace(PRINT, **change))
    assert "rag index --rebuild" in str(caught.value)


def test_a_missing_and_a_damaged_index_give_a_message(tmp_path):
    with pytest.raises(IndexFault, match="there is no index"):
        SnapshotStore(tmp_path).require_compatible(PRINT)
    build(tmp_path)
    current = SnapshotStore(tmp_path).require_compatible(PRINT)
    (current / "manifest.json").write_text(json.dumps({"fingerprint": {"odd": 1}}))
    with pytest.raises(IndexFault, match="manifest"):
        SnapshotStore(tmp_path).require_compatible(PRINT)
    (tmp_path / "CURRENT").write_text("../../etc")
    with pytest.raises(IndexFault, match="damaged"):
        SnapshotStore(tmp_path).require_compatible(PRINT)


def test_files_of_a_segment_that_disagree_are_refused(tmp_path):
    build(tmp_path, ["one", "two"])
    current = SnapshotStore(tmp_path).require_compatible(PRINT)
    documents = DocumentWriter.create(current / "records.sqlite")
    documents.remove(["one"])
    documents.close()
    with pytest.raises(IndexFault, match=r"damaged \(records.sqlite not as built\)"):
        Snapshot.open(current)
    manifest.write(current, PRINT)
    with pytest.raises(IndexFault, match=r"damaged \(passages: 1 stored, 2 as vectors"):
        Snapshot.open(current)


def test_a_second_indexer_is_refused_and_a_killed_one_frees_the_lock(tmp_path):
    code = (
        "import time; from pathlib import Path; from rag.index.snapshots import SnapshotStore\n"
        f"with SnapshotStore(Path({str(tmp_path)!r})).lock():\n"
        "    print('locked', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    with pytest.raises(IndexFault, match=f"process {holder.pid}"), SnapshotStore(tmp_path).lock():
        pass
    holder.kill()
    holder.wait()
    with SnapshotStore(tmp_path).lock():
        assert True


def test_an_interrupted_build_is_resumed(tmp_path):
    snapshots = SnapshotStore(tmp_path)
    first = snapshots.start(PRINT)
    (first / "mark").touch()
    assert snapshots.start(PRINT) == first
    from dataclasses import replace

    other = snapshots.start(replace(PRINT, passage_tokens=60))
    assert not first.exists() or not (other / "mark").exists()


def test_a_temporary_copy_is_removed_when_closed_or_its_owner_was_killed(tmp_path, monkeypatch):
    import tempfile

    from rag.index.vectors import local as vectors

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.setattr(vectors, "_GRACE", 0.0)
    (tmp_path / "temp").mkdir()
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "file").write_text("x")
    code = (
        "import os; from pathlib import Path; from rag.index.vectors.local import *\n"
        f"copy = TemporaryCopy(Path({str(tmp_path / 'from')!r}))\n"
        "print(copy.path, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path / "temp")},
        check=False,
    )
    left = killed.stdout.strip()
    assert left.startswith(str(tmp_path / "temp"))
    assert (tmp_path / "temp" / left / "file").exists()
    one = vectors.TemporaryCopy(tmp_path / "from")
    other = vectors.TemporaryCopy(tmp_path / "from")
    assert (one.path / "file").read_text() == "x"
    assert sorted((tmp_path / "temp").iterdir()) == sorted([one.path.parent, other.path.parent])
    one.close()
    other.close()
    assert list((tmp_path / "temp").iterdir()) == []


def test_folders_that_are_no_copies_are_left_alone(tmp_path, monkeypatch):
    import tempfile

    from rag.index.vectors import local as vectors

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(vectors, "_GRACE", 0.0)
    for name in ("footnoted-setup-x1", "footnoted-index-notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "libraries.log").write_text("Collecting")
    (tmp_path / "footnoted-index-dead" / "copy").mkdir(parents=True)
    vectors.remove_stale_copies()
    left = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*")}
    assert left == {
        *("footnoted-setup-x1", "footnoted-setup-x1/libraries.log"),
        *("footnoted-index-notes", "footnoted-index-notes/libraries.log"),
    }


def test_a_passage_of_several_articles_is_cited_from_the_one_published_first(tmp_path):
    documents = DocumentWriter.create(tmp_path / "r.sqlite")
    for id, day in (("b", "2024-05-02"), ("c", None), ("a", "2024-05-03")):
        put(documents, Article(id, id, "The same text.", None, day), 0)
    put(documents, article("alone", "Another text."), 1)
    assert documents.citing_articles(documents.row_numbers()) == ["b", "alone"]
    rows = documents.row_numbers()
    assert [each.article for each, _ in documents.passages(rows).values()] == ["b", "alone"]


def test_the_time_of_indexing_is_stored_and_removed_with_the_article(tmp_path):
    path = tmp_path / "r.sqlite"
    documents = DocumentWriter.create(path)
    put(documents, article("one"), 0)
    put(documents, article("two", "D e f."), 1)
    times = documents.indexing_times(["one", "two", "three"])
    assert list(times) == ["one", "two"]
    assert all(each.endswith("Z") and len(each) == 20 for each in times.values())
    documents.remove(["one"])
    assert list(documents.indexing_times(["one", "two"])) == ["two"]
    documents.close()


def test_articles_of_passages_with_copies_and_whether_they_begin_with_them(tmp_path):
    documents = DocumentWriter.create(tmp_path / "r.sqlite")
    texts = ["Seen first. ", "Seen then."]
    passages = [Passage("long", 0, 12, texts[0]), Passage("long", 12, 22, texts[1])]
    long = article("long", "".join(texts))
    vectors = dict(zip(documents.texts_to_embed(texts), UNIT, strict=False))
    documents.put([Entry(long, content_hash(long), passages)], vectors)
    for id in ("one", "copy"):
        put(documents, article(id, "The same text."), 2)
    first, second, same = documents.row_numbers()
    assert documents.articles_of([]) == {}
    assert documents.articles_of([first]) == {"long": True}
    assert documents.articles_of([second]) == {"long": False}
    assert documents.articles_of([first, second, same]) == {"long": True, "one": True, "copy": True}
    documents.close()
