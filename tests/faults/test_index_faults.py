"""The index survives faults 1 to 11 and 15, each provoked for real; `make soak` runs them for long.

Real Chroma, SQLite and processes; the toy embedder, where the vectors do not matter. What an
`each_bench` runs has its record in SQLite and in PostgreSQL; what is otherwise with the latter is
in `tests/index/records/test_faults.py`.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.cli.doctor import check_index
from rag.errors import CorpusError, IndexFault
from rag.index import manifest, verify
from rag.index.bm25 import BM25Index
from rag.index.build import build_index
from rag.index.document_writer import DocumentWriter, Entry, content_hash
from rag.index.documents import DocumentStore
from rag.index.manifest import Fingerprint
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.local import LocalVectors
from rag.retrieval.search import ResultLimits, embed_query, search_passages
from rag.types import Article, Passage
from tests import index_faults
from tests.conftest import ROOT, ToyEmbedder
from tests.index.support import printed_without_rights
from tests.index_bench import Bench, RunOptions, toys

pytestmark = pytest.mark.real

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc or prctl")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, 12)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.fault(27))])
def each_bench(request, tmp_path):
    if request.param == "sqlite":
        return Bench(tmp_path, 12)
    url = request.getfixturevalue("postgres").url(f"faults-{secrets.token_hex(4)}")
    return Bench(tmp_path, 12, database_url=url)


def without_loss(outcome):
    assert (outcome.lost, outcome.silent) == (0, 0), outcome
    assert outcome.recall >= 0.95
    return outcome


# 1: killed


@pytest.mark.fault(1)
def test_a_run_killed_at_a_random_moment_loses_nothing(tmp_path):
    assert without_loss(index_faults.killed(tmp_path, 8, articles=30)).named == 0


@pytest.mark.fault(1)
def test_after_a_run_killed_halfway_only_the_rest_is_embedded(tmp_path):
    articles = int(os.environ.get("FAULT_ARTICLES", "200"))
    without_loss(index_faults.stopped_halfway(tmp_path, articles))


# 2: killed at each step


@pytest.mark.fault(2)
def test_a_run_killed_at_any_step_loses_nothing(tmp_path):
    outcome = without_loss(index_faults.died_at_each_step(tmp_path, every=12))
    assert outcome.named == 0
    assert outcome.rounds > 4


# 3: two processes


@pytest.mark.fault(3)
def test_a_second_indexer_is_refused_within_a_second_and_a_chat_goes_on(each_bench, monkeypatch):
    each_bench.run()
    monkeypatch.setattr("rag.assistant.open_embedder", lambda _: ToyEmbedder())
    monkeypatch.setattr("rag.assistant.verify_model", lambda card, models: each_bench.log)
    chat = Assistant.open(each_bench.settings)
    before = chat.counts
    each_bench.texts["new"] = "The lighthouse of Ulvsund was sold to a baker. He bakes there."
    each_bench.write()
    first = each_bench.start(RunOptions(seconds_per_passage=5.0))
    while not (each_bench.settings.index / "LOCK.owner").exists():
        time.sleep(0.01)
    began = time.monotonic()
    with toys(each_bench.log), pytest.raises(IndexFault, match=f"by process {first.pid}"):
        build_index(each_bench.settings)
    assert time.monotonic() - began < 1.0
    assert chat.counts == before
    assert "new" not in [hit.passage.article for hit in chat.search("lighthouse Ulvsund baker")]
    first.kill()
    first.join()
    assert each_bench.run()[0] == 0  # the lock of a dead process is free
    assert chat.search("lighthouse Ulvsund baker")[0].passage.article == "new"
    assert chat.counts == (before[0] + 1, before[1] + 1)
    chat.close()


# 4: damaged files


@pytest.mark.fault(4)
def test_each_damaged_file_is_named_and_repaired_without_embedding(tmp_path):
    outcome = without_loss(index_faults.damaged(tmp_path, ways=1, articles=20))
    assert outcome.notes == []  # what is derived is rebuilt from the documents
    assert outcome.named >= outcome.rounds - 2  # an empty file cut in half is the same file


@pytest.mark.fault(4)
@pytest.mark.parametrize("options", [RunOptions(), RunOptions(rebuild=True)])
def test_damaged_documents_are_taken_from_the_previous_snapshot(bench, options):
    bench.run()
    bench.texts["more"] = bench.text()
    bench.write()
    bench.run()
    bench.take_embedded_count()
    database = bench.current() / manifest.DOCUMENTS
    database.write_bytes(database.read_bytes()[:5_000])
    status, message, _ = bench.run(options)
    assert (status, bench.take_embedded_count()) == (0, 1), message  # the old snapshot lacks one
    assert bench.contents()[0] == bench.expected()


@pytest.mark.fault(4)
def test_a_truncated_header_or_a_lost_segment_of_chroma_is_never_read(each_bench):
    """Chroma itself crashes on the first and silently loses passages on the second."""
    import shutil

    each_bench.run()
    old, _ = each_bench.contents()
    header = next(each_bench.current().rglob("header.bin"))
    os.truncate(header, 40)
    with pytest.raises(IndexFault, match=r"header\.bin not as built.*type `rag index`"):
        each_bench.contents()
    shutil.rmtree(header.parent)
    with pytest.raises(IndexFault, match="not as built"):
        each_bench.contents()
    each_bench.take_embedded_count()
    assert each_bench.run()[0] == 0
    assert (each_bench.take_embedded_count(), each_bench.contents()) == (0, (old, 1.0))


@pytest.mark.fault(4)
@pytest.mark.parametrize("name", ["header.bin", "data_level0.bin"])
def test_a_graph_with_wrong_contents_fails_verification(bench, name):
    """Its hashes are right; only reading it, in a process of its own, shows the fault."""
    bench.run()
    current = bench.current()
    fingerprint = manifest.fingerprint(current)
    file = next(current.rglob(name))
    file.write_bytes(b"" if name == "header.bin" else b"\xff" * file.stat().st_size)
    manifest.write(current, fingerprint)
    with pytest.raises(IndexFault, match="type `rag index") as caught:
        verify.verify_in_subprocess(current)
    assert "\n" not in str(caught.value)


@pytest.mark.fault(4)
def test_a_verification_that_ends_by_a_signal_is_one_line(bench, monkeypatch, tmp_path):
    bench.run()
    (tmp_path / "dies").write_text("#!/bin/sh\nkill -SEGV $$\n")
    (tmp_path / "dies").chmod(0o755)
    monkeypatch.setattr(verify.sys, "executable", str(tmp_path / "dies"))
    with pytest.raises(IndexFault, match=r"reading it ends in SIGSEGV\): type `rag index"):
        verify.verify_in_subprocess(bench.current())


@pytest.mark.fault(4)
@pytest.mark.parametrize("way", ["build", "extend"])
def test_a_collection_that_loses_neighbours_is_not_published(bench, monkeypatch, way):
    """Vectors in Chroma that differ from the stored ones: counts agree, recall does not."""
    bench.run()
    old = bench.current()
    make = getattr(LocalVectors, way)
    shuffled = np.random.default_rng(3)
    calls = []

    def wrong(*arguments):
        calls.append(way)
        folder, first, *rest = arguments
        if way == "build":
            return make(folder, first, shuffled.permutation(rest[0]))
        return make(folder, first, rest[0], shuffled.permutation(rest[1]))

    monkeypatch.setattr(LocalVectors, way, staticmethod(wrong))
    for number in range(60):
        bench.texts[f"m{number}"] = bench.text()
    if way == "build":
        del bench.texts[next(iter(bench.texts))]  # else the graph would be extended
    bench.write()
    with (
        toys(bench.log, RunOptions(subprocess=True)),
        pytest.raises(IndexFault, match=r"Chroma finds 0\.\d+ of the nearest passages"),
    ):
        build_index(bench.settings)
    assert calls == [way]
    assert bench.current() == old


@pytest.mark.fault(4)
def test_corrupt_documents_are_found_although_their_hash_is_right(bench):
    bench.run()
    current = bench.current()
    documents = DocumentWriter.create(current / manifest.DOCUMENTS)
    fingerprint = manifest.fingerprint(current)
    for wrong, statement in {
        "differs from its article": "UPDATE passage SET text=text || '.' WHERE row=1",
        "vectors are not finite": "UPDATE passage SET vector=zeroblob(104) WHERE row=2",
    }.items():
        with documents._connection as transaction:
            transaction.execute("UPDATE passage SET text=rtrim(text, '.') || '.'")
            transaction.execute(statement)
        assert wrong in (verify.find_corruption(documents) or "")
    documents.close()
    manifest.write(current, fingerprint)
    with pytest.raises(IndexFault, match="rag index --rebuild"):
        check_index(bench.settings)
    bench.take_embedded_count()
    assert bench.run(RunOptions(rebuild=True))[0] == 0
    assert bench.take_embedded_count() == 12
    assert bench.contents()[0] == bench.expected()


def test_the_doctor_prints_counts_and_recall(each_bench):
    each_bench.run()
    assert "12 articles, 12 passages, recall@10 of Chroma against exact search 1.000" in (
        check_index(each_bench.settings)
    )


# 5: disk full


@pytest.mark.fault(5)
@linux
def test_a_full_disk_loses_nothing(tmp_path):
    assert without_loss(index_faults.full_disk(tmp_path, 3)).rounds > 0


# 6: permissions


@pytest.mark.fault(6)
@linux
def test_a_read_only_index_is_searched_and_refused_by_an_indexer(bench):
    bench.run()
    index = bench.settings.index
    folders = [index, *(path for path in index.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    code = (
        "from pathlib import Path; from rag.index.snapshots import *\n"
        f"folder = SnapshotStore(Path({str(index)!r}))\n"
        "opened = Snapshot.open(folder.current()); print(len(opened.rows))\n"
        "try:\n  folder.lock().__enter__()\nexcept Exception as error: print(error)"
    )
    try:
        count, message = printed_without_rights(code).splitlines()
    finally:
        for path in folders:
            path.chmod(0o755)
    assert count == "12"
    assert re.search("cannot write to .* give it write rights", message)


@pytest.mark.fault(6)
@linux
def test_an_unreadable_article_is_named_and_the_others_are_indexed(corpus):
    (corpus / "ferry.md").chmod(0)
    code = (
        "from pathlib import Path; from rag.ingest.corpus import *\n"
        f"for each in Corpus.open(Path({str(corpus)!r})):\n"
        "    skipped = isinstance(each, SkippedFile)\n"
        "    print('unread' if skipped else 'read', getattr(each, 'name', each))"
    )
    lines = printed_without_rights(code).splitlines()
    assert [line for line in lines if line.startswith("unread")] == ["unread ferry.md"]
    assert len(lines) == 4


# 7 and 8: built from something else


@pytest.mark.fault(7)
@pytest.mark.parametrize(
    "change",
    [
        {"embedder": "bge-small-en-v1.5"},  # of the same dimension
        {"passage_tokens": 60},
    ],
)
def test_other_settings_are_refused_before_any_answer(each_bench, change):
    each_bench.run()
    other = replace(each_bench.settings, **change)
    for use in (check_index, Assistant.open):
        with pytest.raises(IndexFault, match=r"was built with .* type `rag index --rebuild`"):
            use(other)
    with toys(each_bench.log), pytest.raises(IndexFault, match="type `rag index --rebuild`"):
        build_index(other)
    assert each_bench.contents()[0] == each_bench.expected()


@pytest.mark.fault(8)
def test_another_version_is_refused_and_rebuilt_without_embedding(each_bench, monkeypatch):
    each_bench.run()
    monkeypatch.setattr("rag.index.vectors.local.chroma_version", lambda: "9.9")
    with pytest.raises(IndexFault, match="was written by another version"):
        check_index(each_bench.settings)
    each_bench.take_embedded_count()
    with toys(each_bench.log):
        build_index(each_bench.settings)
    assert each_bench.take_embedded_count() == 0
    assert each_bench.contents()[0] == each_bench.expected()


@pytest.mark.fault(8)
def test_documents_of_another_layout_are_never_read(bench):
    bench.run()
    current = bench.current()
    fingerprint = replace(manifest.fingerprint(current), schema=1)
    manifest.write(current, fingerprint)
    (current / manifest.DOCUMENTS).write_bytes(b"of another layout")
    with pytest.raises(IndexFault, match="was written by another version"):
        check_index(bench.settings)
    assert bench.run()[0] == 0
    assert bench.contents()[0] == bench.expected()


# 9: again and again


@pytest.mark.fault(9)
@linux
def test_indexing_five_times_leaks_no_disk_memory_or_text(tmp_path):
    without_loss(index_faults.indexed_again(tmp_path, 5))


def test_a_rebuild_embeds_nothing_again(each_bench):
    each_bench.run()
    each_bench.take_embedded_count()
    before = each_bench.current()
    status, message, _ = each_bench.run(RunOptions(rebuild=True))
    assert (status, each_bench.take_embedded_count()) == (0, 0), message
    assert each_bench.current() != before
    assert each_bench.contents()[0] == each_bench.expected()


@pytest.mark.fault(4)
def test_a_lost_collection_is_rebuilt_without_the_embedder(real_settings, tmp_path):
    """Chroma is lost and no model is installed: the documents suffice."""
    import shutil

    shutil.copytree(real_settings.index, tmp_path / "index")
    before = SnapshotStore(tmp_path / "index").current()
    assert before is not None
    shutil.rmtree(before / "chroma")
    for arguments in ([], ["--rebuild"]):
        done = subprocess.run(
            [sys.executable, "-m", "rag", "index", "--index", str(tmp_path / "index"), *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "RAG_MODELS": str(tmp_path), "RAG_CORPUS": "seeds"},
            check=False,
        )
        assert "\n0 added, 0 changed, 0 removed, 5 unchanged" in done.stdout, done.stderr
    after = SnapshotStore(tmp_path / "index").current()
    assert after is not None
    assert after != before
    snapshot = Snapshot.open(after)
    old = DocumentStore.open(real_settings.index / before.name / manifest.DOCUMENTS)
    rows = len(snapshot.rows)
    assert np.array_equal(snapshot.documents.all_vectors(rows), old.all_vectors(rows))
    assert verify.recall_of(snapshot) == 1.0
    snapshot.close()
    old.close()


# 11: none, few, many


@pytest.mark.fault(11)
def test_an_empty_corpus_is_named_and_the_index_stays(each_bench):
    each_bench.run()
    each_bench.texts, before = {}, each_bench.contents()
    each_bench.write()
    with toys(each_bench.log), pytest.raises(CorpusError, match="put txt, md"):
        build_index(each_bench.settings)
    assert each_bench.contents() == before


@pytest.mark.fault(11)
def test_k_may_be_larger_than_the_corpus(each_bench):
    each_bench.run()
    snapshot = each_bench.open()
    results = search_passages(
        snapshot, embed_query(ToyEmbedder(), [each_bench.texts["a3"]]), ResultLimits(20, 20)
    )
    assert len(results.hits) == 12
    assert results.hits[0].passage.article == "a3"
    snapshot.close()


@pytest.mark.fault(11)
def test_40_000_passages_are_indexed_in_one_go(tmp_path):
    random = np.random.default_rng(0)
    middles = np.repeat(random.normal(size=(800, 16)), 50, axis=0)  # fifty on each of 800 subjects
    vectors = (middles + 0.3 * random.normal(size=middles.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    documents = DocumentWriter.create(tmp_path / manifest.DOCUMENTS)
    batch = []
    for article in range(8_000):
        sentences = [f"Word {article} and {number}. " for number in range(5)]
        starts = np.cumsum([0, *map(len, sentences)])
        passages = [
            Passage(f"a{article}", int(start), int(start) + len(text), text)
            for start, text in zip(starts, sentences, strict=False)
        ]
        full = Article(f"a{article}", "t", "".join(sentences))
        batch.append(Entry(full, content_hash(full), passages))
    texts = [passage.text for entry in batch for passage in entry.passages]
    documents.put(batch, dict(zip(texts, vectors, strict=True)))
    rows, texts = documents.row_numbers(), documents.texts()
    LocalVectors.build(tmp_path / "chroma", rows, documents.all_vectors(len(rows)))
    BM25Index.build(texts).save(tmp_path / "keywords")
    documents.close()
    manifest.write(tmp_path, Fingerprint("toy", "0", 120, "1.5.9"))
    report = verify.verify_in_subprocess(tmp_path)
    assert (report.articles, report.passages) == (8_000, 40_000)
    assert report.recall >= 0.99


# 15: copies


@pytest.mark.fault(15)
def test_fifty_copies_are_stored_once_and_do_not_crowd_an_answer(each_bench):
    text = "The dam at Kvern broke on 2 May. " + " ".join(each_bench.text() for _ in range(12))
    for number in range(50):
        each_bench.texts[f"copy{number:02d}"] = text
    each_bench.texts["reprint"] = f"{each_bench.text()} {text}"  # borders of passages lie elsewhere
    each_bench.texts["other"] = "The dam at Kvern broke on 3 May. So the miller says."
    each_bench.write()
    each_bench.run()
    texts = {t for _, own in each_bench.expected().values() for t in own}
    assert each_bench.take_embedded_count() == len(texts) < 40
    snapshot = each_bench.open()
    bodies = [body for body, _ in snapshot.documents.bodies()]
    assert len(bodies) == len(set(bodies)) == 15
    query = embed_query(ToyEmbedder(), ["When did the dam at Kvern break?"])
    results = search_passages(snapshot, query, ResultLimits(4, 3))
    snapshot.close()
    texts = [hit.passage.text for hit in results.hits]
    sentences_before: set[str] = set()
    for passage in texts:
        sentences = {" ".join(each.split()) for each in passage.split(".") if each.strip()}
        assert not sentences <= sentences_before
        sentences_before |= sentences
    assert len(texts) == 4
    assert sum("broke on 3 May" in passage for passage in texts) == 1  # the conflicting report


@pytest.mark.fault(3)
def test_the_lock_of_a_killed_holder_with_a_damaged_owner_file_is_free(tmp_path):
    snapshots = SnapshotStore(tmp_path)
    (tmp_path / "LOCK.owner").write_bytes(b"\xff\xff")
    with snapshots.lock():
        assert True
