"""Every file of a corpus has a verdict."""

from __future__ import annotations

import pytest

from rag.cli import main
from rag.ingest.corpus import Corpus
from rag.ingest.ledger import FileVerdict, ledger, verdict_of
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
    return tmp_path


def test_every_file_has_a_verdict(folder):
    verdicts = ledger(Corpus.open(folder))
    assert [(name, verdict) for name, verdict, _ in verdicts] == [
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


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("over 20000000 bytes", "too large"),
        ("parsing takes over 10 s", "too large"),
        ("encrypted", "damaged"),
        ("BadZipFile: File is not a zip file", "damaged"),
        ("no text in it", "no text"),
        ("binary, not text", "not read"),
    ],
)
def test_verdict_of_a_reason(reason, verdict):
    assert verdict_of(reason) == verdict


def test_a_dry_run_prints_the_verdicts_and_indexes_nothing(folder, tmp_path_factory, capsys):
    index = tmp_path_factory.mktemp("index") / "x"
    assert main(["index", "--dry-run", "--corpus", str(folder), "--index", str(index)]) == 0
    out, err = capsys.readouterr()
    assert "same as\tb.txt\ta.txt" in out.splitlines()
    assert "3 read; 1 same as; 1 empty; 2 not read; 1 damaged; 2 no text; 1 part of a page" in err
    assert not index.exists()
