"""An index of several parts is, in all that is asked of it, the index that one run would build."""

from __future__ import annotations

import os
import shutil
from itertools import pairwise

import bm25s
import numpy as np
import pytest

from rag.index import build as indexing
from rag.index import manifest, verify
from rag.index import merge_policy as growth
from rag.index.bm25 import BM25Index
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import SearchQuery
from rag.retrieval.search import ResultLimits, embed_query, search_passages
from rag.text.stemming import stem_tokens
from tests.conftest import ToyEncoder
from tests.index_bench import Bench, How, toys


@pytest.mark.parametrize(
    ("sizes", "new", "kept"),
    [
        ([], 5, 0),
        ([1_999], 1, 0),
        ([2_000], 1, 1),
        ([100_000, 40], 4, 1),
        ([100_000, 2_000], 4, 2),
        ([100_000, 2_000], 501, 1),
        ([100_000, 8_000, 2_000], 4_000, 1),
        ([100_000], 25_001, 0),
        ([100_000], 0, 0),  # nothing but copies: no part is without a passage
        ([1_000_000, 100_000, 10_000], 10, 3),
        ([5**n for n in range(20, 12, -1)], 1, 7),
    ],
)
def test_small_parts_are_joined(sizes, new, kept):
    assert growth.segments_to_keep(sizes, new) == kept


def test_parts_stay_few_however_an_index_grows():
    sizes: list[int] = []
    written = 0
    for new in [4] * 20_000 + [900] * 50 + [4] * 2_000:
        kept = growth.segments_to_keep(sizes, new)
        made = sum(sizes[kept:]) + new
        written += made
        sizes = [*sizes[:kept], made]
        assert len(sizes) <= 6  # SQLite attaches ten
        assert all(one >= 4 * other or one >= growth.SMALL for one, other in pairwise(sizes))
    assert written / sum(sizes) < 300  # how often each passage was written, one by one


@pytest.fixture
def grown(tmp_path):
    """An index of three parts: two articles, four, one."""
    bench = Bench(tmp_path, 2)
    for number in range(2, 6):
        bench.texts[f"a{number}"] = bench.text()
    first, rest = dict(list(bench.texts.items())[:2]), dict(bench.texts)
    for texts in (first, rest, {**rest, "last": bench.text()}):
        bench.texts = texts
        bench.write()
        add(bench)
    return bench


def add(bench: Bench, **how: bool) -> None:
    with toys(bench.log, How(parts=True)):
        indexing.build_index(bench.settings, **how)


def parts(bench: Bench) -> int:
    return len(manifest.segment_dirs(bench.current()))


def clean(bench: Bench, folder) -> Snapshot:
    """The index of one run over the same corpus."""
    from dataclasses import replace

    settings = replace(bench.settings, index=folder)
    with toys(bench.log):
        indexing.build_index(settings)
    return SnapshotStore(folder).open_current(indexing.expected_fingerprint(settings))


def test_parts_are_searched_as_one(grown, tmp_path):
    assert parts(grown) == 3
    assert grown.held() == (grown.wanted(), 1.0)
    opened, once = Snapshot.open(grown.current()), clean(grown, tmp_path / "once")
    assert opened.rows.tolist() == once.rows.tolist()
    assert len(once.segments) == 1
    half = SearchFilter.parse(None, "1999", None)
    for asked in [*grown.texts.values(), " ".join(grown._words[:4])]:
        for wanted in (None, half):
            told = [
                search_passages(
                    each,
                    embed_query(ToyEncoder(), SearchQuery.parse(asked)),
                    ResultLimits(4, 3),
                    each.facets.within(wanted.matches) if wanted else None,
                )
                for each in (opened, once)
            ]
            assert told[0] == told[1]
    assert list(opened.documents.articles()) == list(once.documents.articles())
    assert opened.documents.counts() == once.documents.counts()
    opened.close()
    once.close()


def test_older_parts_are_shared_on_the_disk_and_in_memory(grown):
    before = Snapshot.open(grown.current())
    files = {each.stat().st_ino for each in grown.current().rglob("*") if each.is_file()}
    grown.texts["more"] = grown.text()
    grown.write()
    add(grown)
    assert parts(grown) == 4
    base = grown.current() / manifest.BASE
    assert {each.stat().st_ino for each in base.rglob("*") if each.is_file()} == files
    after = Snapshot.open(grown.current(), before)
    assert list(after.segments[:3]) == list(before.segments)
    assert after.nearest(ToyEncoder().encode([grown.texts["more"]])[0], 1) == [after.rows[-1]]
    del before
    assert after.nearest(ToyEncoder().encode([grown.texts["a0"]])[0], 1) == [after.rows[0]]
    after.close()


@pytest.mark.parametrize(("id", "left"), [("a0", 1), ("a5", 2), ("last", 3)])
def test_what_is_gone_or_changed_leaves_no_trace(grown, id, left):
    """The parts older than the one that held it stay."""
    gone, changed = grown.texts.pop(id), grown.texts.get("last", "")
    if changed:
        grown.texts["last"] = grown.text()
    else:
        changed = gone
    grown.texts["more"] = grown.text()
    grown.write()
    add(grown)
    assert parts(grown) == left
    assert grown.held() == (grown.wanted(), 1.0)
    left = b"".join(p.read_bytes() for p in grown.settings.index.rglob("*") if p.is_file())
    for text in (gone, changed):
        assert text[:40].encode() not in left


@pytest.mark.parametrize("published", ["2020-01-01", "2030-01-01"])
def test_a_reprint_is_kept_once_and_an_earlier_print_is_cited(grown, published):
    """The first part's passage stands in the newest part's article too, under an earlier date."""
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
    grown.embedded()
    grown.settings.corpus.write_text("".join(json.dumps(line) + "\n" for line in lines))
    add(grown)
    assert grown.embedded() == 1
    earlier = published < "2025"
    assert parts(grown) == (1 if earlier else 2)
    opened = Snapshot.open(grown.current())
    query = embed_query(ToyEncoder(), SearchQuery(grown.texts["a0"]))
    hit = search_passages(opened, query, ResultLimits(1, 1)).hits[0]
    assert hit.passage.article == ("reprint" if earlier else "a0")
    assert opened.documents.article("reprint").text == grown.texts["a0"]
    assert len(list(opened.documents.bodies())) == (8 if earlier else 1)
    opened.close()
    assert grown.held()[0] == grown.wanted()


def test_nothing_but_reprints_makes_no_part_of_its_own(grown):
    grown.texts["z"] = grown.texts["last"]
    grown.write()
    add(grown)
    assert parts(grown) == 3
    assert grown.held() == (grown.wanted(), 1.0)


@pytest.mark.parametrize(
    "name", ["records.sqlite", "lengths.npy", "data_level0.bin", "manifest.json"]
)
def test_a_damaged_older_part_is_named_and_mended(grown, name):
    below = grown.current() / manifest.BASE
    file = next(
        each for each in below.rglob(name) if manifest.BASE not in each.relative_to(below).parts
    )
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(indexing.IndexFault, match=r"type `rag index`"):
        grown.held()
    grown.embedded()
    add(grown)
    assert grown.held() == (grown.wanted(), 1.0)
    assert grown.embedded() == (7 if name in ("records.sqlite", "manifest.json") else 0)


def test_a_lost_older_part_is_not_taken_for_none(grown):
    shutil.rmtree(grown.current() / manifest.BASE)
    with pytest.raises(indexing.IndexFault, match=r"base/manifest.json not as built"):
        grown.held()
    add(grown)
    assert grown.held() == (grown.wanted(), 1.0)


def test_a_change_that_no_time_tells_of_is_found_by_who_opens_and_by_a_rebuild(grown):
    file = next(grown.current().rglob("lengths.npy"))
    seen = file.stat()
    file.write_bytes(file.read_bytes()[:-1] + b"\x07")
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    with pytest.raises(indexing.IndexFault, match="type `rag index --rebuild`"):
        grown.held()
    add(grown, rebuild=True)
    assert grown.held() == (grown.wanted(), 1.0)


def test_the_newest_part_is_proven_and_all_are_by_the_doctor(grown):
    deepest = manifest.segment_dirs(grown.current())[0]
    told = manifest.fingerprint(deepest)
    records = verify.DocumentStore.open(deepest / manifest.RECORD)
    rows = records.row_numbers()
    vectors = records.all_vectors(len(rows))
    records.close()
    shutil.rmtree(deepest / "chroma")
    indexing.VectorIndex.build(deepest / "chroma", rows[:1], vectors[:1])
    for part in manifest.segment_dirs(grown.current()):
        manifest.write(part, told)
    assert verify.verify_in_subprocess(grown.current()).passages == 7
    with pytest.raises(indexing.IndexFault, match="2 recorded, 1 as vectors"):
        verify.verify_in_subprocess(grown.current(), all_parts=True)


def test_a_run_that_was_stopped_on_top_of_parts_is_gone_on_with(grown):
    for number in range(3):
        grown.texts[f"n{number}"] = grown.text()
    grown.write()
    _, _, steps = grown.run(How(parts=True))
    assert grown.held() == (grown.wanted(), 1.0)
    assert parts(grown) == 4
    for step in range(3, steps, 4):
        grown.texts[f"s{step}"] = grown.text()
        grown.write()
        grown.run(How(parts=True, dies_at=step))
        assert grown.run(How(parts=step % 8 < 4))[0] == 0
        assert grown.held() == (grown.wanted(), 1.0)


def test_scores_are_those_of_bm25s_in_one_part_and_in_several():
    draw = np.random.default_rng(5)
    words = np.array([f"word{n}" for n in range(60)])
    texts = [" ".join(draw.choice(words, draw.integers(0, 30))) for _ in range(90)]
    theirs = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    theirs.index(stem_tokens(texts), show_progress=False)
    once = BM25Index.build(texts)
    several = BM25Index.combine(
        [BM25Index.build(part) for part in (texts[:50], texts[50:51], texts[51:])]
    )
    for asked in (["word1"], ["word2", "word3", "word59"], stem_tokens(["word7 nothing"])[0]):
        known = [word for word in asked if word in theirs.vocab_dict]
        assert np.allclose(once.scores(asked), theirs.get_scores(known), atol=1e-5)
        assert np.array_equal(once.scores(asked), several.scores(asked))
        assert [once.idf(word) for word in asked] == [several.idf(word) for word in asked]


def test_words_without_number_are_counted_in_portions(monkeypatch):
    texts = [f"same {number} word{number % 3}" for number in range(50)]
    once = BM25Index.build(texts)
    monkeypatch.setattr("rag.index.bm25._AT_ONCE", 7)
    again = BM25Index.build(texts)
    for word in ("same", "word1", "49"):
        assert np.array_equal(once.scores([word]), again.scores([word]))
