"""What keeps a large index quick: collections that grow, filters that are looked up in memory."""

from __future__ import annotations

import errno
import random
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexFault
from rag.index import build as indexing
from rag.index import manifest
from rag.index.build import build_index
from rag.index.document_writer import DocumentWriter, Entry
from rag.index.snapshot import Segment, Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.vectors import VectorIndex
from rag.retrieval.filters import SearchFilter
from rag.types import Article, Passage


def unit(number: int, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((number, 32)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def exact(vectors: np.ndarray, asked: np.ndarray, rows: np.ndarray, number: int) -> list[int]:
    return [int(row) for row in rows[np.argsort(-(vectors @ asked), kind="stable")][:number]]


@pytest.mark.parametrize("steps", [(1, 1, 1), (2,), (50, 1), (0, 300)])
def test_an_extended_collection_finds_what_a_new_one_finds(tmp_path, steps):
    vectors, held = unit(200 + sum(steps)), 200
    rows = list(range(5, 5 + len(vectors)))
    VectorIndex.build(tmp_path / "0", rows[:held], vectors[:held])
    before = files(tmp_path / "0")
    for number, step in enumerate(steps):
        new = slice(held, held + step)
        last = tmp_path / str(number + 1)
        VectorIndex.extend(last, tmp_path / str(number), rows[new], vectors[new])
        held += step
    assert files(tmp_path / "0") == before
    opened = VectorIndex.open(last)
    assert opened.count() == held
    for asked in [*vectors[-20:], *unit(20, seed=1)]:
        assert list(opened.nearest(asked, 10)) == exact(vectors, asked, np.array(rows), 10)
    opened.close()


@pytest.mark.parametrize("held", [1, 2, 3])
def test_opening_changes_no_file_of_a_small_or_extended_collection(tmp_path, held):
    """Chroma writes to the files of a graph that is not all on the disk: it is given a copy."""
    folder = tmp_path / "c"
    VectorIndex.build(folder, list(range(1, held + 1)), unit(held))
    VectorIndex.extend(
        tmp_path / "d", folder, [9], unit(1, seed=2)
    )  # one more: not in the graph yet
    for each in (folder, tmp_path / "d"):
        before = files(each)
        for _ in range(2):
            opened = VectorIndex.open(each)
            opened.nearest(unit(1)[0], 1)
            opened.close()
        assert files(each) == before


def opened_now(settings) -> Snapshot:
    return SnapshotStore(settings.index).open_current(indexing.expected_fingerprint(settings))


def watched(monkeypatch) -> list[str]:
    """Names of the ways in which collections were made."""
    made = []
    for name in ("build", "extend"):
        inner = getattr(VectorIndex, name)

        def seen(*arguments, name=name, inner=inner):
            made.append(name)
            return inner(*arguments)

        monkeypatch.setattr(VectorIndex, name, staticmethod(seen))
    return made


def test_new_articles_extend_the_collection_and_all_else_builds_one(toy, monkeypatch):
    made = watched(monkeypatch)
    build_index(toy)
    for name in ("mine", "dam"):
        (toy.corpus / f"{name}.txt").write_text(f"The {name} in Osthavn was closed by Karl Vik.")
        build_index(toy)
    assert made == ["build", "extend", "extend"]
    opened = opened_now(toy)
    rows = opened.documents.row_numbers()
    vectors = opened.documents.all_vectors(len(rows))
    for row, vector in zip(rows, vectors, strict=True):
        assert opened.nearest(vector, 1) == [row]
    opened.close()
    (toy.corpus / "dam.txt").unlink()  # what is gone is to be gone from the graph too
    build_index(toy)
    build_index(toy, rebuild=True)
    assert made[3:] == ["build", "build"]


def test_a_damaged_collection_is_not_extended(toy, monkeypatch):
    build_index(toy)
    made = watched(monkeypatch)
    current = SnapshotStore(toy.index).current()
    assert current is not None
    graph = next((current / "chroma").rglob("data_level0.bin"))
    graph.write_bytes(graph.read_bytes()[:-4] + b"bent")
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")
    build_index(toy)
    assert made == ["build"]
    assert manifest.changed_files(SnapshotStore(toy.index).current()) == []


def record(path: Path, number: int) -> tuple[DocumentWriter, list[Article]]:
    """Articles of many dates and outlets; one in five repeats the text of another."""
    draw, made, articles = random.Random(3), DocumentWriter.create(path), []
    dates = (None, "2023", "2023-05", "2024-01-09", "2024-06", "2025-02-03")
    vectors = unit(number, seed=4)
    for each in range(number):
        text = f"Text {each - each % 5 if each % 5 == 4 else each}."
        source = draw.choice((None, "Kurier", "KURIER", "Blatt"))
        article = Article(f"a{each:04}", "t", text, source, draw.choice(dates))
        passages = [Passage(article.id, 0, len(text), text)]
        made.put(
            [Entry(article, "", passages)],
            dict.fromkeys(made.texts_to_embed([text]), vectors[each]),
        )
        articles.append(article)
    return made, articles


FILTERS = [
    ("2024", None, None),
    (None, "2023-05-03", None),
    ("2024-01-09", "2024-01-09", ["kurier"]),
    (None, None, ["Blatt", "nobody"]),
    ("2031", None, None),
    ("2023", "2025-12-31", None),
]


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("most", [0, 800])
def test_a_filter_lets_the_same_pass_and_finds_the_same_in_every_way(
    tmp_path, monkeypatch, few, most
):
    monkeypatch.setattr("rag.index.snapshot._FEW", few)
    monkeypatch.setattr("rag.index.snapshot._EXACT", most)
    records, articles = record(tmp_path / "r.sqlite", 300)
    rows = np.array(records.row_numbers())
    vectors = records.all_vectors(len(rows))
    VectorIndex.build(tmp_path / "c", rows.tolist(), vectors)
    part = Segment("", VectorIndex.open(tmp_path / "c"), None, rows)  # type: ignore[arg-type]
    opened = Snapshot(tmp_path, records, [part])
    for since, until, outlets in FILTERS:
        wanted = SearchFilter.parse(since, until, outlets)
        passing = {a.id for a in articles if wanted.matches(a.published or "", a.source or "")}
        within = opened.facets.within(wanted.matches)
        assert {a.id for a in articles if a.id in within} == passing
        assert "none" not in within
        assert bool(within) is bool(passing)
        assert within.rows.tolist() == records.rows_of(passing)
        assert rows[within.mask].tolist() == within.rows.tolist()
        for asked in unit(5, seed=9):
            best = exact(vectors[within.mask], asked, within.rows, 7)
            assert opened.nearest(asked, 7, within) == best
    opened.close()


def test_a_full_disk_while_a_collection_is_extended_is_named(toy, monkeypatch):
    build_index(toy)
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rag.index.vectors.shutil.copyfile", full)
    with pytest.raises(IndexFault, match="no space left"):
        build_index(toy)
    monkeypatch.undo()
    assert SnapshotStore(toy.index).current().name == "gen-000001"
