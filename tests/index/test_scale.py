"""What keeps a large index fast: collections that are extended, filters answered from memory."""

from __future__ import annotations

import errno
import random
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexFault
from rag.index import build, manifest
from rag.index.build import build_index
from rag.index.document_writer import DocumentWriter, Entry
from rag.index.snapshot import Segment, Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.local import LocalVectors
from rag.retrieval.filters import SearchFilter
from rag.types import Article, Passage

pytestmark = pytest.mark.real


def unit(number: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((number, 32)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def exact(vectors: np.ndarray, query: np.ndarray, rows: np.ndarray, number: int) -> list[int]:
    return [int(row) for row in rows[np.argsort(-(vectors @ query), kind="stable")][:number]]


@pytest.mark.parametrize("steps", [(1, 1, 1), (2,), (50, 1), (0, 300)])
def test_an_extended_collection_finds_what_a_new_one_finds(tmp_path, steps):
    vectors, count = unit(200 + sum(steps)), 200
    rows = list(range(5, 5 + len(vectors)))
    LocalVectors.build(tmp_path / "0", rows[:count], vectors[:count])
    before = files(tmp_path / "0")
    for number, step in enumerate(steps):
        new = slice(count, count + step)
        last = tmp_path / str(number + 1)
        LocalVectors.extend(last, tmp_path / str(number), rows[new], vectors[new])
        count += step
    assert files(tmp_path / "0") == before
    vector_index = LocalVectors.open(last)
    assert vector_index.count() == count
    for query in [*vectors[-20:], *unit(20, seed=1)]:
        assert list(vector_index.nearest(query, 10)) == exact(vectors, query, np.array(rows), 10)
    vector_index.close()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_opening_changes_no_file_of_a_small_or_extended_collection(tmp_path, count):
    """Chroma writes to a graph that is not completely on the disk, so it gets a copy."""
    folder = tmp_path / "c"
    LocalVectors.build(folder, list(range(1, count + 1)), unit(count))
    LocalVectors.extend(
        tmp_path / "d", folder, [9], unit(1, seed=2)
    )  # one more: not in the graph yet
    for each in (folder, tmp_path / "d"):
        before = files(each)
        for _ in range(2):
            vector_index = LocalVectors.open(each)
            vector_index.nearest(unit(1)[0], 1)
            vector_index.close()
        assert files(each) == before


def open_current(settings) -> Snapshot:
    return SnapshotStore(settings.index).open_current(build.expected_fingerprint(settings))


def record_calls(monkeypatch) -> list[str]:
    """The calls of `LocalVectors.build` and `extend`, by name, as they happen."""
    calls = []
    for name in ("build", "extend"):
        inner = getattr(LocalVectors, name)

        def counting(*arguments, name=name, inner=inner):
            calls.append(name)
            return inner(*arguments)

        monkeypatch.setattr(LocalVectors, name, staticmethod(counting))
    return calls


def test_new_articles_extend_the_collection_and_other_changes_rebuild_it(toy, monkeypatch):
    calls = record_calls(monkeypatch)
    build_index(toy)
    for name in ("mine", "dam"):
        (toy.corpus / f"{name}.txt").write_text(f"The {name} in Osthavn was closed by Karl Vik.")
        build_index(toy)
    assert calls == ["build", "extend", "extend"]
    snapshot = open_current(toy)
    rows = snapshot.documents.row_numbers()
    vectors = snapshot.documents.all_vectors(len(rows))
    for row, vector in zip(rows, vectors, strict=True):
        assert snapshot.nearest(vector, 1) == [row]
    snapshot.close()
    (toy.corpus / "dam.txt").unlink()  # a removed article must leave the graph too
    build_index(toy)
    build_index(toy, rebuild=True)
    assert calls[3:] == ["build", "build"]


def test_a_damaged_collection_is_not_extended(toy, monkeypatch):
    build_index(toy)
    calls = record_calls(monkeypatch)
    current = SnapshotStore(toy.index).current()
    assert current is not None
    graph = next((current / "chroma").rglob("data_level0.bin"))
    graph.write_bytes(graph.read_bytes()[:-4] + b"bent")
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")
    build_index(toy)
    assert calls == ["build"]
    assert manifest.changed_files(SnapshotStore(toy.index).current()) == []


def write_articles(path: Path, number: int) -> tuple[DocumentWriter, list[Article]]:
    """Articles of many dates and outlets; one in five repeats the text of another."""
    draw, documents, articles = random.Random(3), DocumentWriter.create(path), []
    dates = (None, "2023", "2023-05", "2024-01-09", "2024-06", "2025-02-03")
    vectors = unit(number, seed=4)
    for each in range(number):
        text = f"Text {each - each % 5 if each % 5 == 4 else each}."
        source = draw.choice((None, "Kurier", "KURIER", "Blatt"))
        article = Article(f"a{each:04}", "t", text, source, draw.choice(dates))
        passages = [Passage(article.id, 0, len(text), text)]
        documents.put(
            [Entry(article, "", passages)],
            dict.fromkeys(documents.texts_to_embed([text]), vectors[each]),
        )
        articles.append(article)
    return documents, articles


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
def test_a_filter_gives_the_same_rows_in_every_way_of_searching(tmp_path, monkeypatch, few, most):
    monkeypatch.setattr("rag.index.snapshot._FEW", few)
    monkeypatch.setattr("rag.index.snapshot._EXACT", most)
    documents, articles = write_articles(tmp_path / "r.sqlite", 300)
    rows = np.array(documents.row_numbers())
    vectors = documents.all_vectors(len(rows))
    LocalVectors.build(tmp_path / "c", rows.tolist(), vectors)
    segment = Segment("", LocalVectors.open(tmp_path / "c"), None, rows)  # type: ignore[arg-type]
    snapshot = Snapshot(tmp_path, documents, [segment])
    for since, until, outlets in FILTERS:
        filters = SearchFilter.parse(since, until, outlets)
        passing = {a.id for a in articles if filters.matches(a.published or "", a.source or "")}
        allowed = snapshot.facets.allowed_rows(filters.matches)
        assert {a.id for a in articles if a.id in allowed} == passing
        assert "none" not in allowed
        assert bool(allowed) is bool(passing)
        assert allowed.rows.tolist() == documents.rows_of(passing)
        assert rows[allowed.mask].tolist() == allowed.rows.tolist()
        for query in unit(5, seed=9):
            best = exact(vectors[allowed.mask], query, allowed.rows, 7)
            assert snapshot.nearest(query, 7, allowed) == best
    snapshot.close()


def test_a_full_disk_while_a_collection_is_extended_gives_a_message(toy, monkeypatch):
    build_index(toy)
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rag.index.vectors.local.shutil.copyfile", full)
    with pytest.raises(IndexFault, match="no space left"):
        build_index(toy)
    monkeypatch.undo()
    assert SnapshotStore(toy.index).current().name == "gen-000001"
