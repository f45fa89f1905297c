"""Unchanged files are not parsed again, and the index equals one built from scratch."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.index.build import IndexReport, build_index
from rag.index.documents import open_documents
from rag.index.snapshots import SnapshotStore
from rag.ingest import corpus, files
from rag.ingest.parsers import PARSER_VERSION
from tests.conftest import ROOT

pytestmark = pytest.mark.real


def line(id: str, text: str) -> str:
    return json.dumps({"id": id, "title": f"On {id}", "text": text}) + "\n"


@pytest.fixture
def parsed(monkeypatch) -> list[str]:
    """Names of the files and lines parsed since the list was last cleared."""
    names: list[str] = []
    parse = corpus._parse

    def recording_parse(sandboxes, document, data):
        names.append(document.name)
        return parse(sandboxes, document, data)

    monkeypatch.setattr(corpus, "_parse", recording_parse)
    return names


@pytest.fixture
def folder(toy, monkeypatch) -> Path:
    """A folder with a file and a dump, both old enough for their times to be trusted."""
    monkeypatch.setattr(files, "_TIME_RESOLUTION", 0)
    for file in toy.corpus.iterdir():
        file.unlink()
    (toy.corpus / "a.txt").write_text("The dam at Kvern broke.")
    (toy.corpus / "d.jsonl").write_text(line("one", "Nine were saved.") + line("two", "Rain fell."))
    return toy.corpus


def indexed_texts(toy) -> dict[str, str]:
    current = SnapshotStore(toy.index).current()
    assert current is not None
    documents = open_documents(current)
    try:
        return {article.id: article.text for article in documents.articles()}
    finally:
        documents.close()


def counts(report: IndexReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


def test_build_index_parses_only_new_and_changed_files(toy, folder, parsed):
    assert counts(build_index(toy)) == (3, 0, 0, 0)
    assert parsed == ["a.txt", "d.jsonl:1", "d.jsonl:2"]
    parsed.clear()
    assert counts(build_index(toy)) == (0, 0, 0, 3)
    assert parsed == []
    (folder / "b.txt").write_text("A mill was sold.")
    with (folder / "d.jsonl").open("a") as dump:
        dump.write("\n" + line("three", "It snowed."))
    assert counts(build_index(toy)) == (2, 0, 0, 3)
    assert parsed == ["b.txt", "d.jsonl:4"]
    parsed.clear()
    (folder / "a.txt").write_text("The dam at Kvern held.")
    assert counts(build_index(toy)) == (0, 1, 0, 4)
    assert parsed == ["a.txt"]
    parsed.clear()
    assert counts(build_index(toy, rebuild=True)) == (0, 0, 0, 5)
    assert parsed == ["a.txt", "b.txt", "d.jsonl:1", "d.jsonl:2", "d.jsonl:4"]
    assert indexed_texts(toy)["a"] == "The dam at Kvern held."


def test_a_file_with_another_time_but_the_same_bytes_is_not_parsed(toy, folder, parsed):
    build_index(toy)
    parsed.clear()
    for name in ("a.txt", "d.jsonl"):
        whole = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / name).write_bytes(whole)
    assert counts(build_index(toy)) == (0, 0, 0, 3)
    assert parsed == []


def test_a_dump_whose_old_lines_changed_is_parsed_whole(toy, folder, parsed):
    build_index(toy)
    dump = folder / "d.jsonl"
    for text, names in {
        line("one", "Ten were saved.") + line("two", "Rain fell."): 2,
        line("one", "Ten were saved."): 1,
        line("one", "Eleven were saved.").rstrip(): 1,
        line("one", "Eleven were saved.") + line("four", "It snowed."): 2,
    }.items():
        parsed.clear()
        dump.write_text(text)
        build_index(toy)
        assert len(parsed) == names
        assert indexed_texts(toy) == {
            "a": "The dam at Kvern broke.",
            **{record["id"]: record["text"] for record in map(json.loads, text.splitlines())},
        }


def test_a_file_changed_right_after_it_was_parsed_is_parsed_again(toy, folder, parsed, monkeypatch):
    """The change keeps its size, and its times are set back."""
    monkeypatch.setattr(files, "_TIME_RESOLUTION", 2_000_000_000)
    build_index(toy)
    file = folder / "a.txt"
    earlier = file.stat()
    file.write_text("The dam at Kvern grew..")
    os.utime(file, ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    assert counts(build_index(toy)) == (0, 1, 0, 2)


def test_an_unreadable_file_is_tried_and_reported_at_every_run(toy, folder, parsed):
    (folder / "empty.txt").touch()
    with (folder / "d.jsonl").open("a") as dump:
        dump.write("{\n")
    for _ in range(2):
        parsed.clear()
        report = build_index(toy)
        assert [name for name, _ in report.skipped] == ["d.jsonl:3", "empty.txt"]
    assert parsed == ["d.jsonl:1", "d.jsonl:2", "d.jsonl:3", "empty.txt"]


@pytest.mark.parametrize("name", ["a.md", "0/a.txt", "c.jsonl", "e.jsonl", "d.jsonl"])
def test_the_first_file_in_order_wins_an_id(toy, folder, name):
    """Whichever of them was indexed before."""
    build_index(toy)
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as target:
        target.write("Another text." if file.suffix != ".jsonl" else line("one", "Another text."))
    report = build_index(toy)
    clean = build_index(replace(toy, index=toy.index.with_name("clean")))
    assert report.skipped == clean.skipped
    assert indexed_texts(toy) == indexed_texts(replace(toy, index=toy.index.with_name("clean")))
    file.unlink()
    if name == "d.jsonl":
        file.write_text(line("two", "Rain fell."))
    build_index(toy)
    assert indexed_texts(toy).get("one") == (None if name == "d.jsonl" else "Nine were saved.")


def test_a_file_that_was_removed_and_came_back_is_indexed(toy, folder):
    build_index(toy)
    (folder / "a.txt").rename(folder / "aside")
    assert counts(build_index(toy)) == (0, 0, 1, 2)
    (folder / "aside").rename(folder / "a.txt")
    assert counts(build_index(toy)) == (1, 0, 0, 2)
    assert indexed_texts(toy)["a"] == "The dam at Kvern broke."


def test_another_parser_version_parses_everything(toy, folder, parsed, monkeypatch):
    build_index(toy)
    parsed.clear()
    monkeypatch.setattr(files, "parser_version", lambda extension: "another")
    assert counts(build_index(toy)) == (0, 0, 0, 3)
    assert parsed == ["a.txt", "d.jsonl:1", "d.jsonl:2"]


def test_a_stamp_depends_on_the_parser_version_and_not_on_the_code(folder, tmp_path):
    """A copy of the package with a new comment in every module writes the same stamp."""
    package = tmp_path / "copy" / "rag"
    shutil.copytree(ROOT / "rag", package, ignore=shutil.ignore_patterns("__pycache__", "web"))
    for module in (package / "ingest").rglob("*.py"):
        module.write_text(f"{module.read_text()}\n# A comment.\n")
    code = (
        "import sys; from rag.ingest import files\n"
        "file = files.list_files(files.Path(sys.argv[1])).files[0]\n"
        "delta = file.changes_since(None)\n"
        "list(delta.documents())\n"
        "print(files.FileStamp(delta.stamp.stat, 0, 0, False, delta.stamp.sha256), files.__file__)"
    )

    def stamp(checkout: Path) -> tuple[str, Path]:
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            capture_output=True, text=True, check=True, cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )  # fmt: skip
        text, _, path = done.stdout.strip().rpartition(" ")
        return text, Path(path)

    text, path = stamp(package.parent)
    assert path.is_relative_to(package)
    assert text == stamp(ROOT)[0]
    assert text.split()[0] == PARSER_VERSION


def test_a_corpus_without_a_readable_file_keeps_the_old_index(toy, folder):
    build_index(toy)
    (folder / "a.txt").write_text("")
    (folder / "d.jsonl").unlink()
    with pytest.raises(CorpusError, match=r"a.txt: empty.*put txt, md"):
        build_index(toy)
    assert len(indexed_texts(toy)) == 3


def test_after_random_edits_the_index_equals_that_of_a_clean_run(toy, folder):
    draw = random.Random(11)
    names = ["a.txt", "b.txt", "sub/a.txt", "c.jsonl", "d.jsonl"]
    for _ in range(8):
        for _ in range(draw.randrange(1, 4)):
            file = folder / draw.choice(names)
            file.parent.mkdir(exist_ok=True)
            text = f"Text {draw.randrange(6)}."
            if draw.random() < 0.2:
                file.unlink(missing_ok=True)
            elif file.suffix == ".txt":
                file.write_text(text)
            else:
                with file.open(draw.choice("awa")) as target:
                    target.write(line(draw.choice(["x", "y", "z", "a"]), text))
        if not any(each.is_file() for each in folder.rglob("*")):
            continue
        report = build_index(toy)
        clean = replace(toy, index=toy.index.with_name(f"clean{draw.random()}"))
        clean_report = build_index(clean)
        assert indexed_texts(toy) == indexed_texts(clean)
        assert (report.skipped, report.passages) == (clean_report.skipped, clean_report.passages)
        assert report.added + report.changed + report.unchanged == clean_report.added
