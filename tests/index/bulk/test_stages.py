"""The stages of bulk indexing, their workers in this process: what is parsed and embedded by whom.

Parts, parsers, sandboxes and the build are real; the embedder is a toy. With Ray: `test_ray.py`.
"""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict, replace
from typing import ClassVar

import pytest

from benchmarks.bulk import compare
from rag.errors import CorpusError, IndexFault
from rag.index import build
from rag.index.build import build_index
from rag.index.bulk import indexing, workers
from rag.index.bulk.ray_process import RayProcess
from rag.index.bulk.workers import ATTEMPTS, FileWorker, PassageWorker, WorkerOptions
from rag.index.verify import verify
from tests.conftest import ToyEmbedder, use_toy_embedder

pytestmark = pytest.mark.real


class PrecisionToy(ToyEmbedder):
    def precision_for(self, texts):
        return "float32"

    def use_precision(self, precision):
        assert precision == "float32"


class InlineRay(RayProcess):
    """Works on units here, the last one first; `stop_after`: units until it is as if killed."""

    stop_after = 0
    units: ClassVar[list[tuple[str, dict]]] = []

    def run(self, worker, units, options):
        for unit in reversed(units):
            done = vars(workers)[worker](asdict(options))({"unit": [unit]})["done"]
            type(self).units.append((worker, json.loads(unit)))
            if len(self.units) == self.stop_after:
                raise KeyboardInterrupt
            yield sum(done)


def _open_toy(settings, precision):
    toy = PrecisionToy()
    toy.use_precision(precision)
    return toy


@pytest.fixture
def ray(toy, monkeypatch):
    """Ray without Ray; `ray.units`: what its workers did."""
    use_toy_embedder(monkeypatch)
    monkeypatch.setattr(build, "open_embedder", lambda settings: PrecisionToy())
    monkeypatch.setattr("rag.models.embedder.Embedder.open", lambda *_: PrecisionToy())
    monkeypatch.setattr(workers, "open_embedder", _open_toy)
    monkeypatch.setattr(indexing, "verify_model", lambda card, models: toy.index)
    monkeypatch.setattr(build, "verify_in_subprocess", verify)
    monkeypatch.setattr(indexing, "RayProcess", InlineRay)
    monkeypatch.setattr(workers, "end_with_parent", lambda parent: None)
    monkeypatch.setattr(InlineRay, "units", [])
    monkeypatch.setattr(InlineRay, "stop_after", 0)
    return InlineRay


def write_dump(path, articles, *, offset=0):
    lines = [
        {"id": f"d{n}", "title": f"On {n}", "text": f"Ship {n} left Tarn. " * 40 + "It was late."}
        for n in range(offset, offset + articles)
    ]
    with path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def corpus(corpus):
    """With what is not plain: a copy, an empty file, an id twice, a dump of several ranges."""
    (corpus / "copy.md").write_bytes((corpus / "ferry.md").read_bytes())
    (corpus / "empty.txt").touch()
    (corpus / "broken.docx").write_bytes(b"PK no document")
    (corpus / "page.html").write_text("<title>T</title><p>The mine in Osthavn was closed in May.")
    write_dump(corpus / "dump.jsonl", 90)
    with (corpus / "dump.jsonl").open("a") as file:
        file.write('\n{"no": "article"}\n{"id": "ferry", "title": "x", "text": "The id is taken."}')
    return corpus


def in_one_process(toy, folder):
    one = replace(toy, index=folder / "one")
    return one, build_index(one)


def parsed_names(ray):
    return [
        file["file"][1]
        for kind, unit in ray.units
        if kind == "FileWorker"
        for file in unit["files"]
    ]


def embedded(ray):
    return [unit for kind, unit in ray.units if kind == "PassageWorker"]


def test_an_index_is_the_same_whoever_computed_it(toy, ray, tmp_path, monkeypatch):
    monkeypatch.setattr("rag.index.bulk.parsing._RANGE", 2000)
    one, expected = in_one_process(toy, tmp_path)
    stages = []
    report = build_index(
        toy, lambda stage, done, total: stages.append((stage, done, total)), on="ray"
    )
    assert report == expected
    assert compare(one, toy) == ([], pytest.approx(1.0), True)
    assert {"empty.txt", "broken.docx"} < {name for name, _ in report.skipped}
    assert len(parsed_names(ray)) > 20  # ranges of the dump, and files
    assert len(embedded(ray)) == 3  # 96 articles, 32 at once
    for stage, last in (("parsing", 101), ("storing", 96)):
        own = [(done, total) for name, done, total in stages if name == stage]
        assert own == sorted(own)
        assert own[-1] == (last, last)
    assert not (toy.index / "parts").exists()


def test_what_was_added_changed_or_removed_since(toy, ray, tmp_path, corpus):
    one, _ = in_one_process(toy, tmp_path)
    build_index(toy, on="ray")
    for settings in (one, toy):
        assert build_index(settings, on="ray" if settings is toy else "").added == 0
    ray.units.clear()
    (corpus / "ferry.md").unlink()
    (corpus / "wheat.md").write_text("# Wheat\n\nThe wheat was saved. Ivo Brandt leads the union.")
    path = corpus / "dump.jsonl"
    path.write_text(path.read_text() + "\n")
    write_dump(path, 2, offset=500)
    expected = build_index(one)
    assert replace(build_index(toy, on="ray"), snapshot=expected.snapshot) == expected
    assert compare(one, toy)[0] == []
    assert "bridge.md" not in parsed_names(ray) or expected.changed > 2
    # nothing that is indexed is embedded again
    assert len(embedded(ray)) == 1


def test_a_run_that_was_stopped_goes_on_with_the_parts_that_are_there(
    toy, ray, tmp_path, monkeypatch, corpus
):
    monkeypatch.setattr("rag.index.bulk.parsing._RANGE", 20_000)
    one, expected = in_one_process(toy, tmp_path)
    monkeypatch.setattr(ray, "stop_after", 3)
    with pytest.raises(KeyboardInterrupt):
        build_index(toy, on="ray")
    first = parsed_names(ray)
    assert len(first) == 3
    monkeypatch.setattr(ray, "stop_after", len(ray.units) + 11)
    with pytest.raises(KeyboardInterrupt):
        build_index(toy, on="ray")
    monkeypatch.setattr(ray, "stop_after", 0)
    ray.units.clear()
    assert build_index(toy, on="ray") == expected
    assert compare(one, toy)[2]


def test_a_file_that_changed_meanwhile_is_parsed_again(toy, ray, monkeypatch, corpus):
    monkeypatch.setattr(ray, "stop_after", 10)
    with pytest.raises(KeyboardInterrupt):
        build_index(toy, on="ray")
    done = {name for name in parsed_names(ray) if name.endswith(".md")}
    assert done
    changed = min(done)
    (corpus / changed).write_text("# New\n\nThe quay in Osthavn is being rebuilt this year.")
    ray.units.clear()
    monkeypatch.setattr(ray, "stop_after", 0)
    build_index(toy, on="ray")
    again = parsed_names(ray)
    assert changed in again
    assert not (done - {changed}) & set(again)


def test_what_may_be_read_another_time_is_tried_again(toy, ray, monkeypatch, corpus):
    monkeypatch.setattr(ray, "stop_after", len(list(corpus.iterdir())))
    with pytest.raises(KeyboardInterrupt):
        build_index(toy, on="ray")
    ray.units.clear()
    monkeypatch.setattr(ray, "stop_after", 0)
    build_index(toy, on="ray")
    assert {"empty.txt", "broken.docx", "dump.jsonl"} >= set(parsed_names(ray))


def test_parts_of_other_settings_are_not_used(toy, ray, monkeypatch):
    monkeypatch.setattr(ray, "stop_after", 4)
    with pytest.raises(KeyboardInterrupt):
        build_index(toy, on="ray")
    monkeypatch.setattr(ray, "stop_after", 0)
    ray.units.clear()
    build_index(replace(toy, passage_tokens=90), on="ray")
    assert len(parsed_names(ray)) >= 9


def test_one_process_removes_what_a_run_on_ray_left(toy, ray, monkeypatch):
    monkeypatch.setattr(ray, "stop_after", 4)
    with pytest.raises(KeyboardInterrupt):
        build_index(toy, on="ray")
    assert (toy.index / "parts").exists()
    build_index(toy)
    assert not (toy.index / "parts").exists()


def test_a_corpus_without_an_article_is_the_same_error(toy, ray, corpus):
    for file in corpus.iterdir():
        file.unlink()
    (corpus / "empty.txt").touch()
    with pytest.raises(CorpusError, match=r"no article could be read.*empty\.txt: empty"):
        build_index(toy, on="ray")


@pytest.fixture
def options(toy):
    toy.index.mkdir()
    (toy.index / "parts").mkdir()
    return asdict(WorkerOptions.of(replace(toy, llm_key="a secret")))


def test_a_worker_is_picklable_and_has_no_secret(options, ray):
    for kind in (FileWorker, PassageWorker):
        pickled = pickle.dumps(kind(options))
        assert type(pickle.loads(pickled)) is kind
        assert b"secret" not in pickled


def unit(file, root):
    values = [str(file), file.name, str(root), False, "", "", []]
    return json.dumps(
        {
            "part": "parsed-1.parquet",
            "files": [{"key": "k", "file": values, "lines": None, "steps": 1}],
        }
    )


def test_a_unit_at_which_workers_die_ends_the_run(options, ray, corpus):
    own = unit(corpus / "ferry.md", corpus)
    for _ in range(ATTEMPTS):
        worker = FileWorker(options)
        worker.work = lambda unit: exit("killed")
        with pytest.raises(SystemExit):
            worker({"unit": [own]})
    with pytest.raises(
        IndexFault, match=r"^3 workers of Ray ended at one unit \(ferry\.md\), killed"
    ):
        FileWorker(options)({"unit": [own]})


def test_a_worker_that_lacks_something_says_what(options, ray, corpus, tmp_path):
    with pytest.raises(IndexFault, match=r"has footnoted .*, this machine 9\.9"):
        FileWorker({**options, "version": "9.9"})({"unit": []})
    with pytest.raises(IndexFault, match=r"cannot read .*elsewhere/parts: every worker needs"):
        FileWorker({**options, "index": str(tmp_path / "elsewhere")})({"unit": []})
    with pytest.raises(IndexFault, match=r"cannot read .*gone: every worker needs the articles"):
        FileWorker(options)({"unit": [unit(tmp_path / "gone/a.md", tmp_path / "gone")]})
