"""`rag index PATH…`: paths are added to the index, or take the place of what it is made of."""

from __future__ import annotations

import json

import pytest

from rag.cli import main
from rag.index.companions.originals import find_original, paths_of
from rag.index.documents import open_documents
from rag.index.snapshots import SnapshotStore
from rag.retrieval.records.carriers import carrying_outlets
from rag.retrieval.records.records import records_of
from tests.cli.support import articles_of


@pytest.fixture
def run(toy, monkeypatch, capsys):
    """Runs `rag index`; exit status, stdout, stderr."""
    monkeypatch.setenv("RAG_INDEX", str(toy.index))

    def call(*arguments):
        code = main(["index", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def letters(tmp_path):
    """A second folder, with an article that has the id of one of the corpus."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "ferry.txt").write_text("Dear Ane, the ferry was late again. Yours, Bo.\n")
    (folder / "tower.txt").write_text("Dear Bo, they are building a tower. Yours, Ane.\n")
    return folder


def test_counts_by_verdict_are_printed_and_nothing_is_passed_over(toy, run):
    (toy.corpus / "copy.txt").write_text((toy.corpus / "wheat.md").read_text().split("---\n")[2])
    (toy.corpus / "empty.txt").write_bytes(b"")
    (toy.corpus / "old.doc").write_bytes(b"old")
    (toy.corpus / ".cache").mkdir()
    code, out, err = run(toy.corpus)
    assert code == 0
    counts, summary = out.splitlines()
    assert counts == "files: 4 read; 1 same as; 1 empty; 2 not read"
    assert summary.startswith("5 added, 0 changed, 0 removed, 0 unchanged")
    assert "skipped: empty.txt: empty" in err
    assert "not read, of other kinds: 1 .doc" in err
    assert "not read, hidden files and folders: 1" in err
    again = run()[1].splitlines()
    assert again[0] == counts
    assert again[1].startswith("0 added, 0 changed, 0 removed, 5 unchanged")


def test_a_path_that_is_not_part_of_the_index_is_added(toy, run, letters):
    run(toy.corpus)
    summary = run(letters)[1].splitlines()[-1]
    assert summary.startswith("2 added, 0 changed, 0 removed, 4 unchanged")
    assert articles_of(toy) == ["bridge", "ferry", "letters/ferry", "tower", "wheat", "wheat2"]
    assert run()[1].splitlines()[-1].startswith("0 added, 0 changed, 0 removed, 6 unchanged")
    assert run(letters / "tower.txt")[1].splitlines()[-1].startswith("0 added, 0 changed")
    (letters / "ferry.txt").write_text("Dear Ane, the ferry sank. Yours, Bo.\n")
    (letters / "dam.txt").write_text("Dear Ane, the dam at Kvern broke. Yours, Bo.\n")
    assert run()[1].splitlines()[-1].startswith("1 added, 1 changed, 0 removed, 5 unchanged")
    documents = open_documents(SnapshotStore(toy.index).current())
    assert documents.article("letters/ferry").text.startswith("Dear Ane, the ferry sank.")
    assert documents.article("ferry").text.startswith("The ferry Maren sank")
    paths = paths_of(toy.index, toy.corpus)
    assert find_original(documents, paths, "letters/ferry").path == str(letters / "ferry.txt")
    assert find_original(documents, paths, "ferry").path == str(toy.corpus / "ferry.md")
    documents.close()


def test_replace_says_what_goes_and_leaves_the_named_paths_alone(toy, run, letters):
    run(toy.corpus, letters)
    code, _, err = run(letters, "--replace", "--dry-run")
    assert (code, len(articles_of(toy))) == (0, 6)
    assert f"leaves the index: {toy.corpus} (4 articles)" in err
    code, out, err = run(letters, "--replace")
    assert err.splitlines()[0] == f"leaves the index: {toy.corpus} (4 articles)"
    assert articles_of(toy) == ["ferry", "tower"]
    assert out.splitlines()[-1].startswith("0 added, 2 changed, 4 removed, 0 unchanged")
    assert run()[1].splitlines()[-1].startswith("0 added, 0 changed, 0 removed, 2 unchanged")


def test_replace_needs_a_path(run):
    code, _, err = run("--replace")
    assert code == 1 and "rag index --replace PATH" in err


def test_a_dry_run_of_a_new_path_lists_all_files_and_adds_nothing(toy, run, letters):
    run(toy.corpus)
    out = run(letters, "--dry-run")[1].splitlines()
    assert f"read\t{letters}/tower.txt" in out
    assert "read\tbridge.md" in out
    assert len(articles_of(toy)) == 4


def test_a_missing_folder_of_the_index_loses_no_article(toy, run, letters):
    run(toy.corpus, letters)
    letters.rename(letters.with_name("unplugged"))
    code, _, err = run()
    assert code == 1
    assert f"{letters}, which belongs to the index, is missing" in err
    assert f"rag index --replace {toy.corpus}" in err
    assert len(articles_of(toy)) == 6


def test_a_new_path_without_an_article_is_refused(toy, run, tmp_path):
    run(toy.corpus)
    (tmp_path / "blank.txt").write_bytes(b"")
    code, _, err = run(tmp_path / "blank.txt")
    assert code == 1 and f"no article could be read from {tmp_path / 'blank.txt'}" in err
    assert run()[1].splitlines()[-1].startswith("0 added, 0 changed, 0 removed, 4 unchanged")


def test_articles_with_an_id_of_another_dump_keep_their_own(toy, run, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        lines = [{"id": "1", "title": name, "text": f"The {name} of Sund."}]
        lines += [{"id": name, "title": name, "text": f"It is {name}."}]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / name / "dump.jsonl").write_text(text)
    run(tmp_path / "one/dump.jsonl", tmp_path / "two/dump.jsonl")
    assert articles_of(toy) == ["1", "one", "two", "two/1"]


def test_outlets_that_carry_the_same_passage_are_named(toy, run, tmp_path):
    from rag.index.build import expected_fingerprint

    wire = "The dam at Kvern broke on Sunday. Nobody was hurt, police said."
    lines = [
        {"id": "a", "title": "Dam", "text": wire, "source": "Kurier"},
        {"id": "b", "title": "Flood", "text": wire.replace(" on", "  on"), "source": "Post"},
        {"id": "c", "title": "Wire", "text": wire.upper(), "source": "Agency"},
        {"id": "d", "title": "No", "text": wire.replace("Nobody", "One"), "source": "Other"},
        {"id": "e", "title": "Dam", "text": wire, "source": None},
    ]
    dump = tmp_path / "wire.jsonl"
    dump.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run(dump)
    index = SnapshotStore(toy.index).open_current(expected_fingerprint(toy))
    article = index.documents.article("b")
    outlets = carrying_outlets(index, records_of(index), article, (0, 33))
    assert outlets == ("Post", "Agency", "Kurier")
    assert carrying_outlets(index, records_of(index), index.documents.article("d"), (0, 9)) == (
        "Other",
    )
    index.close()
