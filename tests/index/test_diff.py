"""What stands as it was is not read again, and the index is the one that reading all would give."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.index.build import IndexReport, build_index
from rag.index.documents import open_documents
from rag.index.snapshots import SnapshotStore
from rag.ingest import corpus, files


def line(id: str, text: str) -> str:
    return json.dumps({"id": id, "title": f"On {id}", "text": text}) + "\n"


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """Names of the files and lines that were read since this was cleared."""
    names: list[str] = []
    really = corpus._parse

    def seen(reader, source, name, data):
        names.append(name)
        return really(reader, source, name, data)

    monkeypatch.setattr(corpus, "_parse", seen)
    return names


@pytest.fixture
def folder(toy, monkeypatch) -> Path:
    """A folder of a file and a dump, both old enough to be believed."""
    monkeypatch.setattr(files, "_TIME_RESOLUTION", 0)
    for each in toy.corpus.iterdir():
        each.unlink()
    (toy.corpus / "a.txt").write_text("The dam at Kvern broke.")
    (toy.corpus / "d.jsonl").write_text(line("one", "Nine were saved.") + line("two", "Rain fell."))
    return toy.corpus


def held(toy) -> dict[str, str]:
    current = SnapshotStore(toy.index).current()
    assert current is not None
    records = open_documents(current)
    try:
        return {each.id: each.text for each in records.articles()}
    finally:
        records.close()


def counts(told: IndexReport) -> tuple[int, int, int, int]:
    return told.added, told.changed, told.removed, told.unchanged


def test_only_what_is_new_is_read(toy, folder, read):
    assert counts(build_index(toy)) == (3, 0, 0, 0)
    assert read == ["a.txt", "d.jsonl:1", "d.jsonl:2"]
    read.clear()
    assert counts(build_index(toy)) == (0, 0, 0, 3)
    assert read == []
    (folder / "b.txt").write_text("A mill was sold.")
    with (folder / "d.jsonl").open("a") as dump:
        dump.write("\n" + line("three", "It snowed."))
    assert counts(build_index(toy)) == (2, 0, 0, 3)
    assert read == ["b.txt", "d.jsonl:4"]
    read.clear()
    (folder / "a.txt").write_text("The dam at Kvern held.")
    assert counts(build_index(toy)) == (0, 1, 0, 4)
    assert read == ["a.txt"]
    read.clear()
    assert counts(build_index(toy, rebuild=True)) == (0, 0, 0, 5)
    assert read == ["a.txt", "b.txt", "d.jsonl:1", "d.jsonl:2", "d.jsonl:4"]
    assert held(toy)["a"] == "The dam at Kvern held."


def test_a_file_with_another_time_and_the_same_bytes_is_not_read(toy, folder, read):
    build_index(toy)
    read.clear()
    for name in ("a.txt", "d.jsonl"):
        whole = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / name).write_bytes(whole)
    assert counts(build_index(toy)) == (0, 0, 0, 3)
    assert read == []


def test_a_dump_that_does_not_go_on_as_it_was_is_read_whole(toy, folder, read):
    build_index(toy)
    dump = folder / "d.jsonl"
    for text, names in {
        line("one", "Ten were saved.") + line("two", "Rain fell."): 2,
        line("one", "Ten were saved."): 1,
        line("one", "Eleven were saved.").rstrip(): 1,
        line("one", "Eleven were saved.") + line("four", "It snowed."): 2,
    }.items():
        read.clear()
        dump.write_text(text)
        build_index(toy)
        assert len(read) == names
        assert held(toy) == {
            "a": "The dam at Kvern broke.",
            **{told["id"]: told["text"] for told in map(json.loads, text.splitlines())},
        }


def test_what_was_changed_at_once_after_it_was_read_is_found(toy, folder, read, monkeypatch):
    """Of the same size, and its times set back."""
    monkeypatch.setattr(files, "_TIME_RESOLUTION", 2_000_000_000)
    build_index(toy)
    file = folder / "a.txt"
    seen = file.stat()
    file.write_text("The dam at Kvern grew..")
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert counts(build_index(toy)) == (0, 1, 0, 2)


def test_what_could_not_be_read_is_tried_and_told_again(toy, folder, read):
    (folder / "empty.txt").touch()
    with (folder / "d.jsonl").open("a") as dump:
        dump.write("{\n")
    for _ in range(2):
        read.clear()
        told = build_index(toy)
        assert [name for name, _ in told.skipped] == ["d.jsonl:3", "empty.txt"]
    assert read == ["d.jsonl:1", "d.jsonl:2", "d.jsonl:3", "empty.txt"]


@pytest.mark.parametrize("name", ["a.md", "0/a.txt", "c.jsonl", "e.jsonl", "d.jsonl"])
def test_of_two_with_one_id_the_first_in_order_counts(toy, folder, name):
    """Whichever was there before."""
    build_index(toy)
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as written:
        written.write("Another text." if file.suffix != ".jsonl" else line("one", "Another text."))
    told = build_index(toy)
    clean = build_index(replace(toy, index=toy.index.with_name("clean")))
    assert told.skipped == clean.skipped
    assert held(toy) == held(replace(toy, index=toy.index.with_name("clean")))
    file.unlink()
    if name == "d.jsonl":
        file.write_text(line("two", "Rain fell."))
    build_index(toy)
    assert held(toy).get("one") == (None if name == "d.jsonl" else "Nine were saved.")


def test_a_file_that_was_gone_and_is_back_is_read(toy, folder):
    build_index(toy)
    (folder / "a.txt").rename(folder / "aside")
    assert counts(build_index(toy)) == (0, 0, 1, 2)
    (folder / "aside").rename(folder / "a.txt")
    assert counts(build_index(toy)) == (1, 0, 0, 2)
    assert held(toy)["a"] == "The dam at Kvern broke."


def test_other_code_reads_everything(toy, folder, read, monkeypatch):
    build_index(toy)
    read.clear()
    monkeypatch.setattr(files, "PARSER_VERSION", "another")
    assert counts(build_index(toy)) == (0, 0, 0, 3)
    assert len(read) == 3


def test_nothing_readable_is_left(toy, folder):
    build_index(toy)
    (folder / "a.txt").write_text("")
    (folder / "d.jsonl").unlink()
    with pytest.raises(CorpusError, match=r"a.txt: empty.*put txt, md"):
        build_index(toy)
    assert len(held(toy)) == 3


def test_whatever_happens_to_a_folder_the_index_is_that_of_a_clean_run(toy, folder):
    draw = random.Random(11)
    names = ["a.txt", "b.txt", "sub/a.txt", "c.jsonl", "d.jsonl"]
    for _ in range(14):
        for _ in range(draw.randrange(1, 4)):
            file = folder / draw.choice(names)
            file.parent.mkdir(exist_ok=True)
            text = f"Text {draw.randrange(6)}."
            if draw.random() < 0.2:
                file.unlink(missing_ok=True)
            elif file.suffix == ".txt":
                file.write_text(text)
            else:
                with file.open(draw.choice("awa")) as written:
                    written.write(line(draw.choice(["x", "y", "z", "a"]), text))
        if not any(each.is_file() for each in folder.rglob("*")):
            continue
        told = build_index(toy)
        clean = replace(toy, index=toy.index.with_name(f"clean{draw.random()}"))
        anew = build_index(clean)
        assert held(toy) == held(clean)
        assert (told.skipped, told.passages) == (anew.skipped, anew.passages)
        assert told.added + told.changed + told.unchanged == anew.added
