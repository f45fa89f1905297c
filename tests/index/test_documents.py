"""The real Chroma and SQLite on vectors that one can check by hand."""

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
from rag.index.vectors import VectorIndex
from rag.types import Article, Passage
from tests.conftest import ROOT

UNIT = np.eye(4, dtype=np.float32)
PRINT = Fingerprint("toy", "0" * 64, 120, "1.5.9")


def article(id: str, text: str = "A b c.") -> Article:
    return Article(id, f"title of {id}", text, source="Kurier", published="2024")


def put(records: DocumentWriter, each: Article, row: int) -> None:
    passages = [Passage(each.id, 0, len(each.text), each.text)]
    new = records.texts_to_embed([each.text])
    records.put([Entry(each, content_hash(each), passages)], dict.fromkeys(new, UNIT[row]))


def test_nearest_by_hand_and_within_articles(tmp_path):
    VectorIndex.build(tmp_path / "c", [5, 6, 7, 8], UNIT)
    asked = np.array([0.1, 0.9, 0.3, 0.2], np.float32)
    vectors = VectorIndex.open(tmp_path / "c")
    assert vectors.count() == 4
    assert list(vectors.nearest(asked, 2)) == [6, 7]
    assert list(vectors.nearest(asked, 9)) == [6, 7, 8, 5]
    assert list(vectors.nearest(asked, 9, [7, 8])) == [7, 8]
    assert list(vectors.nearest(asked, 9, [])) == []
    vectors.close()


def test_reading_leaves_what_was_built_as_it_was(tmp_path):
    build(tmp_path, ["one", "two"])
    current = SnapshotStore(tmp_path).require_compatible(PRINT)
    for _ in range(2):
        opened = Snapshot.open(current)
        assert opened.nearest(UNIT[0], 1) == [1]
        opened.close()
    assert manifest.changed_files(current) == []


def test_a_missing_collection_is_named_not_made(tmp_path):
    with pytest.raises(IndexFault, match="do not open"):
        VectorIndex.open(tmp_path / "none")


def test_an_env_file_in_the_working_directory_changes_nothing(tmp_path):
    (tmp_path / ".env").write_text(
        "CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nIS_PERSISTENT=0\n"
    )
    code = (
        "import numpy as np; from pathlib import Path; from rag.index.vectors import VectorIndex;"
        "VectorIndex.build(Path('c'), [1], np.eye(1, dtype=np.float32));"
        "print(VectorIndex.open(Path('c')).count())"
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


def test_keywords_by_hand(tmp_path):
    built = BM25Index.build(["Kim sent 7,000 crates", "Putin visited", "the weather"])
    built.save(tmp_path / "k")
    loaded = BM25Index.load(tmp_path / "k")
    for each in (built, loaded):
        scores = each.scores(["7,000", "unheard"])
        assert scores[0] > 0
        assert list(scores[1:]) == [0.0, 0.0]
        assert each.idf("unheard") > each.idf("kim") > 0


def test_keywords_of_no_word_at_all(tmp_path):
    built = BM25Index.build(["...", "the"])
    built.save(tmp_path / "k")
    assert list(BM25Index.load(tmp_path / "k").scores(["kim"])) == [0.0, 0.0]


def test_records_keep_articles_and_replace_them_whole(tmp_path):
    records = DocumentWriter.create(tmp_path / "r.sqlite")
    one = article("one", "An é and a \0 and 😀.")
    put(records, one, 0)
    put(records, article("two"), 1)
    put(records, article("two", "Another text."), 2)
    assert records.counts() == (2, 2)
    assert records.article("one") == one
    rows, texts = records.row_numbers(), records.texts()
    assert texts == [one.text, "Another text."]
    assert [each.article for each, _ in records.passages(rows).values()] == ["one", "two"]
    assert np.array_equal(records.all_vectors(2), UNIT[[0, 2]])
    records.remove(["one"])
    assert list(records.origins()) == ["two"]
    assert records.counts() == (1, 1)
    with pytest.raises(KeyError):
        records.article("one")


def test_a_copy_starts_from_the_old_record_and_leaves_it_alone(tmp_path):
    old = DocumentWriter.create(tmp_path / "old.sqlite")
    put(old, article("one"), 0)
    old.close()
    new = DocumentWriter.joined(tmp_path / "new.sqlite", [tmp_path / "old.sqlite"])
    new.remove(["one"])
    assert new.counts() == (0, 0)
    assert DocumentStore.open(tmp_path / "old.sqlite").counts() == (1, 1)


def test_the_hash_changes_with_anything_shown():
    base = article("one")
    assert content_hash(base) == content_hash(article("one"))
    for other in (article("one", "x"), Article("one", "other", "A b c.", "Kurier", "2024")):
        assert content_hash(other) != content_hash(base)


def test_copies_share_a_body_and_the_one_published_first_is_cited(tmp_path):
    records = DocumentWriter.create(tmp_path / "r.sqlite")
    copies = [Article(f"c{n}", f"h{n}", "Same.", f"outlet {n}", f"2024-0{9 - n}") for n in range(3)]
    for row, each in enumerate(copies):
        put(records, each, row)
    assert records.counts() == (3, 1)
    assert records.texts_to_embed(["Same.", "Other.", "Other."]) == ["Other."]
    ((row, (passage, vector)),) = records.passages([1]).items()
    assert (row, passage.article) == (1, "c2")
    assert np.array_equal(vector, UNIT[0])
    assert records.passages([1], ["c0", "c1"])[1][0].article == "c1"
    assert records.passages([1], ["none"]) == {}
    records.remove(["c2", "c1"])
    assert records.passages([1])[1][0].article == "c0"
    records.remove(["c0"])
    assert records.counts() == (0, 0)
    assert b"Same." not in (tmp_path / "r.sqlite").read_bytes()


def test_a_record_left_broken_by_a_stopped_run_is_begun_anew(tmp_path):
    whole = DocumentWriter.create(tmp_path / "base.sqlite")
    put(whole, article("one"), 0)
    whole.close()
    (tmp_path / "r.sqlite").write_bytes(b"\xff" * 5_000)
    again = DocumentWriter.create(tmp_path / "r.sqlite", [tmp_path / "base.sqlite"])
    assert again.own_hashes() == {}
    assert again.counts() == (1, 1)


def build(folder, ids=("one",), keep_old=True) -> None:
    generations = SnapshotStore(folder)
    with generations.lock():
        building = generations.start(PRINT)
        records = DocumentWriter.create(building / "records.sqlite")
        for row, id in enumerate(ids):
            put(records, article(id, f"Text of {id}."), row)
        rows, texts = records.row_numbers(), records.texts()
        VectorIndex.build(building / "chroma", rows, records.all_vectors(len(rows)))
        BM25Index.build(texts).save(building / "keywords")
        records.close()
        manifest.write(building, PRINT)
        generations.publish(building, keep_old)


def test_generations_are_published_whole_and_one_old_one_is_kept(tmp_path):
    for count in (1, 2, 3):
        build(tmp_path, [f"a{n}" for n in range(count)])
    generations = SnapshotStore(tmp_path)
    current = generations.require_compatible(PRINT)
    assert current.name == "gen-000003"
    assert sorted(p.name for p in tmp_path.glob("gen-*")) == ["gen-000002", "gen-000003"]
    opened = Snapshot.open(current)
    assert opened.documents.counts() == (3, 3)
    opened.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"embedder": "other"}, "built with the embedder toy, the settings say other"),
        ({"embedder_sha256": "1"}, "built with the embedder"),
        ({"passage_tokens": 60}, "passages of 120 tokens, the settings say 60"),
        ({"chromadb": "9.9"}, "written by another version"),
        ({"schema": 99}, "written by another version"),
    ],
)
def test_an_index_of_something_else_is_refused(tmp_path, change, told):
    from dataclasses import replace

    build(tmp_path)
    with pytest.raises(IndexFault, match=told) as caught:
        SnapshotStore(tmp_path).require_compatible(replace(PRINT, **change))
    assert "rag index --rebuild" in str(caught.value)


def test_no_index_and_damaged_ones_are_named(tmp_path):
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


def test_parts_that_disagree_are_refused(tmp_path):
    build(tmp_path, ["one", "two"])
    current = SnapshotStore(tmp_path).require_compatible(PRINT)
    records = DocumentWriter.create(current / "records.sqlite")
    records.remove(["one"])
    records.close()
    with pytest.raises(IndexFault, match=r"damaged \(records.sqlite not as built\)"):
        Snapshot.open(current)
    manifest.write(current, PRINT)
    with pytest.raises(IndexFault, match=r"damaged \(passages: 1 recorded, 2 as vectors"):
        Snapshot.open(current)


def test_a_second_indexer_is_told_and_a_killed_one_frees_the_lock(tmp_path):
    code = (
        "import time; from pathlib import Path; from rag.index.snapshots import SnapshotStore\n"
        f"with SnapshotStore(Path({str(tmp_path)!r})).lock():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(IndexFault, match=f"process {holder.pid}"), SnapshotStore(tmp_path).lock():
        pass
    holder.kill()
    holder.wait()
    with SnapshotStore(tmp_path).lock():
        assert True


def test_a_stopped_build_is_gone_on_with(tmp_path):
    generations = SnapshotStore(tmp_path)
    first = generations.start(PRINT)
    (first / "mark").touch()
    assert generations.start(PRINT) == first
    from dataclasses import replace

    other = generations.start(replace(PRINT, passage_tokens=60))
    assert not first.exists() or not (other / "mark").exists()


def test_a_private_copy_is_gone_when_closed_or_when_its_holder_was_killed(tmp_path, monkeypatch):
    import tempfile

    from rag.index import private

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.setattr(private, "_FRESH", 0.0)
    (tmp_path / "temp").mkdir()
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "file").write_text("x")
    code = (
        "import os; from pathlib import Path; from rag.index.private import *\n"
        f"made = TemporaryCopy(Path({str(tmp_path / 'from')!r}))\n"
        "print(made.path, flush=True); os.kill(os.getpid(), 9)"
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
    one = private.TemporaryCopy(tmp_path / "from")
    other = private.TemporaryCopy(tmp_path / "from")
    assert (one.path / "file").read_text() == "x"
    assert sorted((tmp_path / "temp").iterdir()) == sorted([one.path.parent, other.path.parent])
    one.close()
    other.close()
    assert list((tmp_path / "temp").iterdir()) == []


def test_a_passage_of_several_articles_is_cited_from_the_one_published_first(tmp_path):
    records = DocumentWriter.create(tmp_path / "r.sqlite")
    for id, day in (("b", "2024-05-02"), ("c", None), ("a", "2024-05-03")):
        put(records, Article(id, id, "The same text.", None, day), 0)
    put(records, article("alone", "Another text."), 1)
    assert records.citing_articles(records.row_numbers()) == ["b", "alone"]
    rows = records.row_numbers()
    assert [each.article for each, _ in records.passages(rows).values()] == ["b", "alone"]


def test_when_an_article_was_indexed_is_noted_once(tmp_path):
    path = tmp_path / "r.sqlite"
    records = DocumentWriter.create(path)
    put(records, article("one"), 0)
    put(records, article("two", "D e f."), 1)
    times = records.indexed(["one", "two", "three"])
    assert list(times) == ["one", "two"]
    assert all(each.endswith("Z") and len(each) == 20 for each in times.values())
    records.remove(["one"])
    assert list(records.indexed(["one", "two"])) == ["two"]
    records.close()
