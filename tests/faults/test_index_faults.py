"""The index survives: faults 1 to 11 and 15, each provoked for real; `make soak` does it for long.

Real Chroma and SQLite and real processes; the toy embedder where what is embedded does not matter.
"""

from __future__ import annotations

import ctypes
import os
import re
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
from rag.index.vectors import VectorIndex
from rag.retrieval.query_plan import SearchQuery
from rag.retrieval.search import ResultLimits, embed_query, search_passages
from rag.types import Article, Passage
from tests import index_faults
from tests.conftest import ROOT, ToyEncoder
from tests.index_bench import Bench, How, toys

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc or prctl")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, 12)


def sound(told):
    assert (told.lost, told.silent) == (0, 0), told
    assert told.recall >= 0.95
    return told


# 1: killed


def test_killed_at_a_random_moment(tmp_path):
    assert sound(index_faults.killed(tmp_path, 8, articles=30)).named == 0


def test_killed_halfway_only_the_rest_is_embedded(tmp_path):
    articles = int(os.environ.get("FAULT_ARTICLES", "200"))
    sound(index_faults.stopped_halfway(tmp_path, articles))


# 2: ended at each step


def test_ended_at_each_step(tmp_path):
    told = sound(index_faults.died_at_each_step(tmp_path, every=12))
    assert told.named == 0
    assert told.rounds > 4


# 3: two at once


def test_a_second_indexer_is_told_within_a_second_and_a_chat_goes_on(bench, monkeypatch):
    bench.run()
    monkeypatch.setattr("rag.assistant.Embedder.open", lambda folder: ToyEncoder())
    monkeypatch.setattr("rag.assistant.verify_model", lambda card, models: bench.log)
    chat = Assistant.open(bench.settings)
    before = chat.counts
    bench.texts["new"] = "The lighthouse of Ulvsund was sold to a baker. He bakes there."
    bench.write()
    first = bench.start(How(seconds_a_passage=5.0))
    while not (bench.settings.index / "LOCK.owner").exists():
        time.sleep(0.01)
    began = time.monotonic()
    with toys(bench.log), pytest.raises(IndexFault, match=f"by process {first.pid}"):
        build_index(bench.settings)
    assert time.monotonic() - began < 1.0
    assert chat.counts == before
    assert "new" not in [hit.passage.article for hit in chat.search("lighthouse Ulvsund baker")]
    first.kill()
    first.join()
    assert bench.run()[0] == 0  # the dead one holds nothing
    assert chat.search("lighthouse Ulvsund baker")[0].passage.article == "new"
    assert chat.counts == (before[0] + 1, before[1] + 1)
    chat.close()


# 4: damaged files


def test_each_file_damaged_is_named_and_mended_without_embedding(tmp_path):
    told = sound(index_faults.damaged(tmp_path, ways=1, articles=20))
    assert told.notes == []  # what is derived is built anew from the record
    assert told.named >= told.rounds - 2  # an empty file cut in half is what it was


@pytest.mark.parametrize("how", [How(), How(rebuild=True)])
def test_a_damaged_record_is_taken_from_the_one_before(bench, how):
    bench.run()
    bench.texts["more"] = bench.text()
    bench.write()
    bench.run()
    bench.embedded()
    record = bench.current() / manifest.RECORD
    record.write_bytes(record.read_bytes()[:5_000])
    status, told, _ = bench.run(how)
    assert (status, bench.embedded()) == (0, 1), told  # the old generation lacks one
    assert bench.held()[0] == bench.wanted()


def test_neither_a_cut_header_nor_a_lost_segment_is_ever_read(bench):
    """The two that Chroma itself answers by SIGSEGV and by silence."""
    import shutil

    bench.run()
    old, _ = bench.held()
    header = next(bench.current().rglob("header.bin"))
    os.truncate(header, 40)
    with pytest.raises(IndexFault, match=r"header\.bin not as built.*type `rag index`"):
        bench.held()
    shutil.rmtree(header.parent)
    with pytest.raises(IndexFault, match="not as built"):
        bench.held()
    bench.embedded()
    assert bench.run()[0] == 0
    assert (bench.embedded(), bench.held()) == (0, (old, 1.0))


@pytest.mark.parametrize("name", ["header.bin", "data_level0.bin"])
def test_a_graph_that_was_written_wrongly_is_not_published(bench, name):
    """Its hashes are right: only reading it, in a process of its own, finds that out."""
    bench.run()
    current = bench.current()
    told = manifest.fingerprint(current)
    file = next(current.rglob(name))
    file.write_bytes(b"" if name == "header.bin" else b"\xff" * file.stat().st_size)
    manifest.write(current, told)
    with pytest.raises(IndexFault, match="type `rag index") as caught:
        verify.verify_in_subprocess(current)
    assert "\n" not in str(caught.value)


def test_a_proof_that_ends_by_a_signal_is_one_line(bench, monkeypatch, tmp_path):
    bench.run()
    (tmp_path / "dies").write_text("#!/bin/sh\nkill -SEGV $$\n")
    (tmp_path / "dies").chmod(0o755)
    monkeypatch.setattr(verify.sys, "executable", str(tmp_path / "dies"))
    with pytest.raises(IndexFault, match=r"reading it ends in SIGSEGV\): type `rag index"):
        verify.verify_in_subprocess(bench.current())


@pytest.mark.parametrize("way", ["build", "extend"])
def test_lost_neighbours_are_not_published(bench, monkeypatch, way):
    """Vectors in Chroma that are not those of the record: counts agree, recall does not."""
    bench.run()
    old = bench.current()
    make = getattr(VectorIndex, way)
    shuffled = np.random.default_rng(3)
    seen = []

    def wrong(*arguments):
        seen.append(way)
        folder, given, *rest = arguments
        if way == "build":
            return make(folder, given, shuffled.permutation(rest[0]))
        return make(folder, given, rest[0], shuffled.permutation(rest[1]))

    monkeypatch.setattr(f"rag.index.build.VectorIndex.{way}", wrong)
    for number in range(60):
        bench.texts[f"m{number}"] = bench.text()
    if way == "build":
        del bench.texts[next(iter(bench.texts))]  # else the graph would be extended
    bench.write()
    with (
        toys(bench.log, How(apart=True)),
        pytest.raises(IndexFault, match=r"Chroma finds 0\.\d+ of the nearest passages"),
    ):
        build_index(bench.settings)
    assert seen == [way]
    assert bench.current() == old


def test_the_record_is_read_through_before_it_is_believed(bench):
    bench.run()
    current = bench.current()
    records = DocumentWriter.create(current / manifest.RECORD)
    told = manifest.fingerprint(current)
    for wrong, statement in {
        "is not what its article says": "UPDATE passage SET text=text || '.' WHERE row=1",
        "vectors are not finite": "UPDATE passage SET vector=zeroblob(104) WHERE row=2",
    }.items():
        with records._connection as transaction:
            transaction.execute("UPDATE passage SET text=rtrim(text, '.') || '.'")
            transaction.execute(statement)
        assert wrong in (verify.find_corruption(records) or "")
    records.close()
    manifest.write(current, told)
    with pytest.raises(IndexFault, match="rag index --rebuild"):
        check_index(bench.settings)
    bench.embedded()
    assert bench.run(How(rebuild=True))[0] == 0
    assert bench.embedded() == 12
    assert bench.held()[0] == bench.wanted()


def test_doctor_says_what_it_measured(bench):
    bench.run()
    assert "12 articles, 12 passages, recall@10 of Chroma against exact search 1.000" in (
        check_index(bench.settings)
    )


# 5: disk full


@linux
def test_disk_full(tmp_path):
    assert sound(index_faults.full_disk(tmp_path, 3)).rounds > 0


# 6: rights


def _without_rights():
    """Even root is held to the rights of files."""
    if os.geteuid() == 0:
        for capability in (1, 2):  # to override reading and writing
            ctypes.CDLL(None).prctl(24, capability)


@linux
def test_a_read_only_index_is_searched_and_named_by_an_indexer(bench):
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
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            cwd=ROOT,
            preexec_fn=_without_rights,
            check=False,
        )
    finally:
        for path in folders:
            path.chmod(0o755)
    count, told = done.stdout.strip().splitlines()
    assert count == "12", done.stderr
    assert re.search("cannot write to .* give it write rights", told)


@linux
def test_an_unreadable_article_is_named_and_the_others_are_indexed(corpus):
    (corpus / "ferry.md").chmod(0)
    code = (
        "from pathlib import Path; from rag.ingest.corpus import *\n"
        f"for each in Corpus.open(Path({str(corpus)!r})):\n"
        "    print('unread' if isinstance(each, SkippedFile) else 'read', getattr(each, 'name', each))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=_without_rights,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    assert [line for line in lines if line.startswith("unread")] == ["unread ferry.md"], done
    assert len(lines) == 4


# 7 and 8: built from something else


@pytest.mark.parametrize(
    "change",
    [
        {"embedder": "bge-small-en-v1.5"},  # of the same dimension
        {"passage_tokens": 60},
    ],
)
def test_other_settings_are_refused_before_any_answer(bench, change):
    bench.run()
    other = replace(bench.settings, **change)
    for use in (check_index, Assistant.open):
        with pytest.raises(IndexFault, match=r"was built with .* type `rag index --rebuild`"):
            use(other)
    with toys(bench.log), pytest.raises(IndexFault, match="type `rag index --rebuild`"):
        build_index(other)
    assert bench.held()[0] == bench.wanted()


def test_another_version_is_refused_and_rebuilt_without_embedding(bench, monkeypatch):
    bench.run()
    monkeypatch.setattr("rag.index.build.chroma_version", lambda: "9.9")
    with pytest.raises(IndexFault, match="was written by another version"):
        check_index(bench.settings)
    bench.embedded()
    with toys(bench.log):
        build_index(bench.settings)
    assert bench.embedded() == 0
    assert bench.held()[0] == bench.wanted()


def test_a_record_of_another_layout_is_never_read(bench):
    bench.run()
    current = bench.current()
    told = replace(manifest.fingerprint(current), schema=1)
    manifest.write(current, told)
    (current / manifest.RECORD).write_bytes(b"of another layout")
    with pytest.raises(IndexFault, match="was written by another version"):
        check_index(bench.settings)
    assert bench.run()[0] == 0
    assert bench.held()[0] == bench.wanted()


# 9: again and again


@linux
def test_indexed_again_five_times(tmp_path):
    sound(index_faults.indexed_again(tmp_path, 5))


def test_a_rebuild_embeds_nothing_that_is_there(bench):
    bench.run()
    bench.embedded()
    before = bench.current()
    status, told, _ = bench.run(How(rebuild=True))
    assert (status, bench.embedded()) == (0, 0), told
    assert bench.current() != before
    assert bench.held()[0] == bench.wanted()


@pytest.mark.real
def test_the_real_embedder_is_not_asked_again(real_settings, tmp_path):
    """Chroma is lost and no model is to be had: the record is enough."""
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
        assert done.stdout.startswith("0 added, 0 changed, 0 removed, 5 unchanged"), done.stderr
    after = SnapshotStore(tmp_path / "index").current()
    assert after is not None
    assert after != before
    opened = Snapshot.open(after)
    old = DocumentStore.open(real_settings.index / before.name / manifest.RECORD)
    rows = len(opened.rows)
    assert np.array_equal(opened.documents.all_vectors(rows), old.all_vectors(rows))
    assert verify.recall_of(opened) == 1.0
    opened.close()
    old.close()


# 11: none, few, many


def test_an_empty_corpus_is_named_and_the_index_stays(bench):
    bench.run()
    bench.texts, kept = {}, bench.held()
    bench.write()
    with toys(bench.log), pytest.raises(CorpusError, match="put txt, md"):
        build_index(bench.settings)
    assert bench.held() == kept


def test_k_larger_than_the_corpus(bench):
    bench.run()
    opened = Snapshot.open(bench.current())
    found = search_passages(
        opened, embed_query(ToyEncoder(), SearchQuery(bench.texts["a3"])), ResultLimits(20, 20)
    )
    assert len(found.hits) == 12
    assert found.hits[0].passage.article == "a3"
    opened.close()


def test_40_000_passages_in_one_go(tmp_path):
    random = np.random.default_rng(0)
    middles = np.repeat(random.normal(size=(800, 16)), 50, axis=0)  # fifty on each of 800 subjects
    vectors = (middles + 0.3 * random.normal(size=middles.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    records = DocumentWriter.create(tmp_path / manifest.RECORD)
    batch = []
    for article in range(8_000):
        parts = [f"Word {article} and {part}. " for part in range(5)]
        starts = np.cumsum([0, *map(len, parts)])
        passages = [
            Passage(f"a{article}", int(start), int(start) + len(part), part)
            for start, part in zip(starts, parts, strict=False)
        ]
        made = Article(f"a{article}", "t", "".join(parts))
        batch.append(Entry(made, content_hash(made), passages))
    texts = [passage.text for entry in batch for passage in entry.passages]
    records.put(batch, dict(zip(texts, vectors, strict=True)))
    rows, texts = records.row_numbers(), records.texts()
    VectorIndex.build(tmp_path / "chroma", rows, records.all_vectors(len(rows)))
    BM25Index.build(texts).save(tmp_path / "keywords")
    records.close()
    manifest.write(tmp_path, Fingerprint("toy", "0", 120, "1.5.9"))
    proof = verify.verify_in_subprocess(tmp_path)
    assert (proof.articles, proof.passages) == (8_000, 40_000)
    assert proof.recall >= 0.99


# 15: copies


def test_fifty_copies_are_kept_once_and_do_not_crowd_an_answer(bench):
    text = "The dam at Kvern broke on 2 May. " + " ".join(bench.text() for _ in range(12))
    for number in range(50):
        bench.texts[f"copy{number:02d}"] = text
    bench.texts["reprint"] = f"{bench.text()} {text}"  # borders of passages lie elsewhere
    bench.texts["other"] = "The dam at Kvern broke on 3 May. So the miller says."
    bench.write()
    bench.run()
    wanted = {t for _, own in bench.wanted().values() for t in own}
    assert bench.embedded() == len(wanted) < 40
    opened = Snapshot.open(bench.current())
    bodies = [body for body, _ in opened.documents.bodies()]
    assert len(bodies) == len(set(bodies)) == 15
    query = embed_query(ToyEncoder(), SearchQuery("When did the dam at Kvern break?"))
    found = search_passages(opened, query, ResultLimits(4, 3))
    opened.close()
    held = [hit.passage.text for hit in found.hits]
    said: set[str] = set()
    for passage in held:
        sentences = {" ".join(each.split()) for each in passage.split(".") if each.strip()}
        assert not sentences <= said
        said |= sentences
    assert len(held) == 4
    assert sum("broke on 3 May" in passage for passage in held) == 1  # another account is kept


def test_the_lock_of_a_killed_holder_with_a_damaged_note(tmp_path):
    generations = SnapshotStore(tmp_path)
    (tmp_path / "LOCK.owner").write_bytes(b"\xff\xff")
    with generations.lock():
        assert True
