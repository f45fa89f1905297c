"""An index of several segments gives the same results as the index that one run builds."""

from __future__ import annotations

import os
import shutil
from itertools import pairwise

import bm25s
import numpy as np
import pytest

from rag.index import build, manifest, merge_policy, verify
from rag.index.bm25 import BM25Index
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.local import LocalVectors
from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import SearchQuery
from rag.retrieval.search import ResultLimits, embed_query, search_passages
from rag.text.stemming import stem_tokens
from tests.conftest import ToyEmbedder
from tests.index_bench import Bench, RunOptions, toys

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("sizes", "new", "expected"),
    [
        ([], 5, 0),
        ([1_999], 1, 0),
        ([2_000], 1, 1),
        ([100_000, 40], 4, 1),
        ([100_000, 2_000], 4, 2),
        ([100_000, 2_000], 501, 1),
        ([100_000, 8_000, 2_000], 4_000, 1),
        ([100_000], 25_001, 0),
        ([100_000], 0, 0),  # only copies: every segment must have a passage
        ([1_000_000, 100_000, 10_000], 10, 3),
        ([5**n for n in range(20, 12, -1)], 1, 7),
    ],
)
def test_small_segments_are_merged(sizes, new, expected):
    assert merge_policy.segments_to_keep(sizes, new) == expected


def test_segments_stay_few_however_an_index_grows():
    sizes: list[int] = []
    written = 0
    for new in [4] * 20_000 + [900] * 50 + [4] * 2_000:
        reused = merge_policy.segments_to_keep(sizes, new)
        size = sum(sizes[reused:]) + new
        written += size
        sizes = [*sizes[:reused], size]
        assert len(sizes) <= 6  # SQLite attaches ten
        assert all(one >= 4 * other or one >= merge_policy.SMALL for one, other in pairwise(sizes))
    assert written / sum(sizes) < 300  # how often each passage was written, one by one


@pytest.fixture
def grown(tmp_path):
    """An index of three segments: two articles, four, one."""
    bench = Bench(tmp_path, 2)
    for number in range(2, 6):
        bench.texts[f"a{number}"] = bench.text()
    first, rest = dict(list(bench.texts.items())[:2]), dict(bench.texts)
    for texts in (first, rest, {**rest, "last": bench.text()}):
        bench.texts = texts
        bench.write()
        add(bench)
    return bench


def add(bench: Bench, **options: bool) -> None:
    with toys(bench.log, RunOptions(never_merge=True)):
        build.build_index(bench.settings, **options)


def segment_count(bench: Bench) -> int:
    return len(manifest.segment_dirs(bench.current()))


def clean(bench: Bench, folder) -> Snapshot:
    """The index of one run over the same corpus."""
    from dataclasses import replace

    settings = replace(bench.settings, index=folder)
    with toys(bench.log):
        build.build_index(settings)
    return SnapshotStore(folder).open_current(build.expected_fingerprint(settings))


def test_segments_are_searched_as_one(grown, tmp_path):
    assert segment_count(grown) == 3
    assert grown.contents() == (grown.expected(), 1.0)
    snapshot, once = Snapshot.open(grown.current()), clean(grown, tmp_path / "once")
    assert snapshot.rows.tolist() == once.rows.tolist()
    assert len(once.segments) == 1
    half = SearchFilter.parse(None, "1999", None)
    for query in [*grown.texts.values(), " ".join(grown._words[:4])]:
        for filters in (None, half):
            results = [
                search_passages(
                    each,
                    embed_query(ToyEmbedder(), SearchQuery.parse(query).texts),
                    ResultLimits(4, 3),
                    each.facets.allowed_rows(filters.matches) if filters else None,
                )
                for each in (snapshot, once)
            ]
            assert results[0] == results[1]
    assert list(snapshot.documents.articles()) == list(once.documents.articles())
    assert snapshot.documents.counts() == once.documents.counts()
    snapshot.close()
    once.close()


def test_older_segments_are_shared_on_the_disk_and_in_memory(grown):
    before = Snapshot.open(grown.current())
    files = {each.stat().st_ino for each in grown.current().rglob("*") if each.is_file()}
    grown.texts["more"] = grown.text()
    grown.write()
    add(grown)
    assert segment_count(grown) == 4
    base = grown.current() / manifest.BASE
    assert {each.stat().st_ino for each in base.rglob("*") if each.is_file()} == files
    after = Snapshot.open(grown.current(), before)
    assert list(after.segments[:3]) == list(before.segments)
    assert after.nearest(ToyEmbedder().encode([grown.texts["more"]])[0], 1) == [after.rows[-1]]
    del before
    assert after.nearest(ToyEmbedder().encode([grown.texts["a0"]])[0], 1) == [after.rows[0]]
    after.close()


@pytest.mark.parametrize(("id", "left"), [("a0", 1), ("a5", 2), ("last", 3)])
def test_removed_and_changed_texts_leave_no_trace(grown, id, left):
    """The segments older than the one that had it are reused."""
    removed, changed = grown.texts.pop(id), grown.texts.get("last", "")
    if changed:
        grown.texts["last"] = grown.text()
    else:
        changed = removed
    grown.texts["more"] = grown.text()
    grown.write()
    add(grown)
    assert segment_count(grown) == left
    assert grown.contents() == (grown.expected(), 1.0)
    on_disk = b"".join(p.read_bytes() for p in grown.settings.index.rglob("*") if p.is_file())
    for text in (removed, changed):
        assert text[:40].encode() not in on_disk


@pytest.mark.parametrize("published", ["2020-01-01", "2030-01-01"])
def test_a_reprint_is_stored_once_and_the_earlier_print_is_cited(grown, published):
    """The newest segment's article has a passage of the first segment, under an earlier date."""
    import json

    with grown.settings.corpus.open("a") as dump:
        line = {"id": "reprint", "title": "Again", "text": grown.texts["a0"]}
        dump.write(json.dumps({**line, "published": published}) + "\n")
    with grown.settings.corpus.open() as dump:
        lines = [json.loads(line) for line in dump]
    lines[0]["published"] = "2025-05-05"
    other = "The dam at Kvern broke on 2 May. So the miller says."
    lines.append({"id": "other", "title": "The dam", "text": other})
    grown.settings.corpus.write_text("".join(json.dumps(line) + "\n" for line in lines[:-2]))
    add(grown)
    grown.take_embedded_count()
    grown.settings.corpus.write_text("".join(json.dumps(line) + "\n" for line in lines))
    add(grown)
    assert grown.take_embedded_count() == 1
    earlier = published < "2025"
    assert segment_count(grown) == (1 if earlier else 2)
    snapshot = Snapshot.open(grown.current())
    query = embed_query(ToyEmbedder(), [grown.texts["a0"]])
    hit = search_passages(snapshot, query, ResultLimits(1, 1)).hits[0]
    assert hit.passage.article == ("reprint" if earlier else "a0")
    assert snapshot.documents.article("reprint").text == grown.texts["a0"]
    assert len(list(snapshot.documents.bodies())) == (8 if earlier else 1)
    snapshot.close()
    assert grown.contents()[0] == grown.expected()


def test_reprints_alone_make_no_segment_of_their_own(grown):
    grown.texts["z"] = grown.texts["last"]
    grown.write()
    add(grown)
    assert segment_count(grown) == 3
    assert grown.contents() == (grown.expected(), 1.0)


@pytest.mark.parametrize(
    "name", ["records.sqlite", "lengths.npy", "data_level0.bin", "manifest.json"]
)
def test_a_damaged_older_segment_is_named_and_repaired(grown, name):
    below = grown.current() / manifest.BASE
    file = next(
        each for each in below.rglob(name) if manifest.BASE not in each.relative_to(below).parts
    )
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(build.IndexFault, match=r"type `rag index`"):
        grown.contents()
    grown.take_embedded_count()
    add(grown)
    assert grown.contents() == (grown.expected(), 1.0)
    assert grown.take_embedded_count() == (7 if name in ("records.sqlite", "manifest.json") else 0)


def test_a_lost_older_segment_is_noticed(grown):
    shutil.rmtree(grown.current() / manifest.BASE)
    with pytest.raises(build.IndexFault, match=r"base/manifest.json not as built"):
        grown.contents()
    add(grown)
    assert grown.contents() == (grown.expected(), 1.0)


def test_damage_with_unchanged_times_is_found_on_open_and_by_a_rebuild(grown):
    file = next(grown.current().rglob("lengths.npy"))
    status = file.stat()
    file.write_bytes(file.read_bytes()[:-1] + b"\x07")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(build.IndexFault, match="type `rag index --rebuild`"):
        grown.contents()
    add(grown, rebuild=True)
    assert grown.contents() == (grown.expected(), 1.0)


def test_the_newest_segment_is_verified_and_by_the_doctor_all_are(grown):
    deepest = manifest.segment_dirs(grown.current())[0]
    fingerprint = manifest.fingerprint(deepest)
    documents = verify.DocumentStore.open(deepest / manifest.DOCUMENTS)
    rows = documents.row_numbers()
    vectors = documents.all_vectors(len(rows))
    documents.close()
    shutil.rmtree(deepest / "chroma")
    LocalVectors.build(deepest / "chroma", rows[:1], vectors[:1])
    for segment in manifest.segment_dirs(grown.current()):
        manifest.write(segment, fingerprint)
    assert verify.verify_in_subprocess(grown.current()).passages == 7
    with pytest.raises(build.IndexFault, match="2 stored, 1 as vectors"):
        verify.verify_in_subprocess(grown.current(), all_segments=True)


def test_an_interrupted_run_above_segments_is_resumed(grown):
    for number in range(3):
        grown.texts[f"n{number}"] = grown.text()
    grown.write()
    _, _, steps = grown.run(RunOptions(never_merge=True))
    assert grown.contents() == (grown.expected(), 1.0)
    assert segment_count(grown) == 4
    for step in range(3, steps, 7):
        grown.texts[f"s{step}"] = grown.text()
        grown.write()
        grown.run(RunOptions(never_merge=True, kill_at_step=step))
        assert grown.run(RunOptions(never_merge=step % 8 < 4))[0] == 0
        assert grown.contents() == (grown.expected(), 1.0)


def test_scores_are_those_of_bm25s_in_one_segment_and_in_several():
    draw = np.random.default_rng(5)
    words = np.array([f"word{n}" for n in range(60)])
    texts = [" ".join(draw.choice(words, draw.integers(0, 30))) for _ in range(90)]
    theirs = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    theirs.index(stem_tokens(texts), show_progress=False)
    once = BM25Index.build(texts)
    several = BM25Index.combine(
        [BM25Index.build(few) for few in (texts[:50], texts[50:51], texts[51:])]
    )
    for query in (["word1"], ["word2", "word3", "word59"], stem_tokens(["word7 nothing"])[0]):
        vocabulary = [word for word in query if word in theirs.vocab_dict]
        assert np.allclose(once.scores(query), theirs.get_scores(vocabulary), atol=1e-5)
        assert np.array_equal(once.scores(query), several.scores(query))
        assert [once.idf(word) for word in query] == [several.idf(word) for word in query]


def test_many_texts_are_counted_in_batches(monkeypatch):
    texts = [f"same {number} word{number % 3}" for number in range(50)]
    once = BM25Index.build(texts)
    monkeypatch.setattr("rag.index.bm25._AT_ONCE", 7)
    again = BM25Index.build(texts)
    for word in ("same", "word1", "49"):
        assert np.array_equal(once.scores([word]), again.scores([word]))
