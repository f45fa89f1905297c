"""Every file of a corpus has a verdict."""

from __future__ import annotations

import pytest

from rag.cli import main
from rag.ingest.corpus import Corpus
from rag.ingest.ledger import FileVerdict, count_verdicts, ledger, verdict_of
from tests.ingest.documents import TALKS, docx


@pytest.fixture
def folder(tmp_path):
    files = {
        "a.txt": TALKS.encode(),
        "b.txt": TALKS.encode(),
        "c.docx": docx("One.")[:400],
        "d.txt": b"",
        "e.doc": b"old",
        "f.html": b"<nav><a href=a>News</a></nav>",
        "g.html": f"<p>{TALKS[::-1]}</p>".encode(),
        "g_files/ad.html": b"<p>ad</p>",
        "h.csv": b"title,text\nOne,Body one.\nTwo,Body two.\nThree,\n",
        "README": b"read me",
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / ".cache").mkdir()
    return tmp_path


def test_every_file_has_a_verdict(folder):
    verdicts = ledger(Corpus.open(folder))
    assert [(each.name, each.verdict) for each in verdicts] == [
        (".cache/", "not read"),
        ("README", "not read"),
        ("a.txt", "read"),
        ("b.txt", "same as"),
        ("c.docx", "damaged"),
        ("d.txt", "empty"),
        ("e.doc", "not read"),
        ("f.html", "no text"),
        ("g.html", "read"),
        ("g_files/ad.html", "part of a page"),
        ("h.csv", "read"),
        ("h.csv!3", "no text"),
    ]
    assert FileVerdict("b.txt", "same as", "a.txt") in verdicts
    assert FileVerdict("h.csv", "read", "2 articles") in verdicts
    assert FileVerdict(".cache/", "not read", "hidden") in verdicts


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("over 20000000 bytes", "too large"),
        ("parsing takes over 10 s", "too large"),
        ("encrypted", "damaged"),
        ("BadZipFile: File is not a zip file", "damaged"),
        ("no text in it", "no text"),
        ("binary, not text", "not read"),
        ("Permission denied", "not read"),
        ("the link leads out of the corpus", "not read"),
        ("id already used by a.jsonl:1", "not read"),
    ],
)
def test_verdict_of_a_reason(reason, verdict):
    assert verdict_of(reason) == verdict


def test_lines_of_one_file_count_once(tmp_path):
    lines = ['{"id": "1", "text": "The dam broke."}', "{}", "{}", '{"id": "1", "text": "x"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    verdicts = ledger(Corpus.open(tmp_path))
    assert [each.name for each in verdicts] == ["a.jsonl", "a.jsonl:2", "a.jsonl:3", "a.jsonl:4"]
    assert count_verdicts(verdicts) == "1 read; 1 not read; 1 no text"


def test_copies_of_another_file_are_counted(tmp_path):
    for name, count in (("a", 2), ("b", 2), ("c", 1)):
        lines = [f'{{"id": "{name}{n}", "text": "Text {n}."}}' for n in range(count)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    assert ledger(Corpus.open(tmp_path)) == [
        FileVerdict("a.jsonl", "read", "2 articles"),
        FileVerdict("b.jsonl", "same as", "a.jsonl, 2 articles"),
        FileVerdict("c.jsonl", "same as", "a.jsonl"),
    ]


def test_a_dry_run_prints_the_verdicts_and_indexes_nothing(folder, tmp_path_factory, capsys):
    index = tmp_path_factory.mktemp("index") / "x"
    assert main(["index", "--dry-run", "--corpus", str(folder), "--index", str(index)]) == 0
    out, err = capsys.readouterr()
    assert "same as\tb.txt\ta.txt" in out.splitlines()
    assert "3 read; 1 same as; 1 empty; 3 not read; 1 damaged; 2 no text; 1 part of a page" in err
    assert not index.exists()
