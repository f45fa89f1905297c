"""A corpus: which files it has, in which order, and that nothing outside is read."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.ingest import corpus, files
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.document import UnreadableDocument
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import supported_extensions
from rag.ingest.sandbox import failure_reason
from rag.types import Article
from tests.conftest import ROOT
from tests.ingest.documents import TALKS, parse_all

# --- what a corpus is ---------------------------------------------------------------------------


def test_corpus_lists_a_folder_in_depth_and_in_sorted_order(tmp_path):
    names = ["b.txt", "a/z.MD", "a/c.text", ".git/x.txt", ".hidden.txt", "a/picture.png", "c.d.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TALKS)
    corpus = Corpus.open(tmp_path)
    assert [article.id for article in corpus] == ["a/c", "a/z", "b", "c.d"]
    assert [article.id for article in corpus] == ["a/c", "a/z", "b", "c.d"]  # a second time
    assert corpus.scan({}).total == 4


def test_corpus_of_one_file_or_a_link_to_it(tmp_path):
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "link.txt").symlink_to("a.txt")
    expected = {"title": TALKS, "text": TALKS}
    assert parse_all(tmp_path / "a.txt") == [Article(id="a", **expected)]
    assert parse_all(tmp_path / "link.txt") == [Article(id="link", **expected)]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing", "No such file or directory"),
        ("empty", "it holds no file of a supported type"),
        ("pictures", "it holds no file of a supported type"),
        ("a.xyz", "it holds no file of a supported type"),
        ("pipe.txt", "neither a regular file nor a link to one"),
        ("nul\0", "embedded null byte"),
    ],
)
def test_corpus_error_is_one_line_that_says_what_to_type(tmp_path, name, problem):
    (tmp_path / "empty").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "a.xyz").write_text(TALKS)
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(CorpusError) as caught:
        Corpus.open(tmp_path / name)
    line = str(caught.value)
    assert problem in line
    assert line.endswith(f"({', '.join(supported_extensions())}): --corpus PATH")
    assert "\n" not in line and "\0" not in line


def test_second_article_with_an_id_is_skipped(tmp_path):
    (tmp_path / "a.md").write_text(TALKS)
    (tmp_path / "b.jsonl").write_text('{"id": "a", "text": "x"}\n')
    assert [getattr(item, "reason", "") for item in parse_all(tmp_path)] == [
        "",
        "id already used by a.md",
    ]


def test_files_that_differ_in_their_ending_alone_are_two_articles(tmp_path):
    (tmp_path / "a.md").write_text(TALKS)
    assert [item.id for item in parse_all(tmp_path)] == ["a"]
    corpus = Corpus.open(tmp_path)
    scan = corpus.scan({})
    assert len(list(scan)) == 1
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "a.png").write_bytes(b"picture")
    (tmp_path / "b.txt").write_text(TALKS)
    again = Corpus.open(tmp_path).scan(scan.stamps)
    assert [item.id for _, item in again] == ["a.md", "a.txt", "b"]  # a.md has another id now
    assert again.retained == set()


def test_files_that_are_not_read_are_named(tmp_path):
    (tmp_path / "a.txt").write_text(TALKS)
    for name in ("b.doc", "sub/c.DOC", "LICENSE", "d.tar.gz", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    corpus = Corpus.open(tmp_path)
    assert sorted(corpus.names_not_read) == ["LICENSE", "b.doc", "d.tar.gz", "sub/c.DOC"]
    assert len(list(corpus)) == 1


def test_the_folder_of_a_saved_page_holds_no_articles(tmp_path):
    for name in ("news.html", "news_files/ad.html", "news-Dateien/pic.png", "other_files/b.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"<p>{TALKS}</p>")
    corpus = Corpus.open(tmp_path)
    assert [item.id for item in corpus] == ["news", "other_files/b"]
    assert sorted(corpus.names_of_page_parts) == ["news-Dateien/pic.png", "news_files/ad.html"]
    assert corpus.names_not_read == []


# --- nothing outside, no hang -------------------------------------------------------------------


@pytest.mark.fault(14)
def test_nothing_outside_the_corpus_is_read(tmp_path, monkeypatch):
    corpus, outside = tmp_path / "corpus", tmp_path / "outside"
    (corpus / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (corpus / "a.txt").write_text(TALKS)
    (corpus / "b.txt").symlink_to("a.txt")
    (corpus / "out.txt").symlink_to(outside / "secret.txt")
    (corpus / "folder").symlink_to(outside)
    (corpus / "lost.txt").symlink_to("nowhere.txt")
    (corpus / "self.txt").symlink_to("self.txt")
    (corpus / "sub" / "up").symlink_to(corpus)
    (corpus / "dev.txt").symlink_to("/dev/zero")
    os.mkfifo(corpus / "pipe.txt")
    monkeypatch.chdir(corpus)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock.txt")  # the path of a socket must be short
    results = {getattr(x, "name", None) or x.id: getattr(x, "reason", x) for x in parse_all(corpus)}
    outside_corpus = "the link leads out of the corpus"
    no_file = "neither a regular file nor a link to one"
    assert set(results) - {"a", "b"} == {
        *("out.txt", "folder", "lost.txt", "self.txt", "dev.txt", "pipe.txt", "sock.txt")
    }
    assert results["out.txt"] == results["folder"] == results["dev.txt"] == outside_corpus
    assert results["lost.txt"] == results["self.txt"] == no_file
    assert results["pipe.txt"] == results["sock.txt"] == no_file
    assert results["a"].text == results["b"].text == TALKS


@pytest.mark.fault(14)
def test_unprintable_file_names_are_escaped(tmp_path):
    for name in (b"new\nline.txt", "bidi\u202e.txt".encode(), b"bad\xff.txt", b"<b>.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("")
    assert [item.name for item in parse_all(tmp_path)] == [
        "<b>.txt",
        "bad\\udcff.txt",
        "bidi\\u202e.txt",
        "new\\nline.txt",
    ]
    assert all(item.name.isprintable() and item.reason == "empty" for item in parse_all(tmp_path))
    assert escape_unprintable("a\x00b\u00a0c") == "a\\x00b\\xa0c"


def test_a_folder_that_cannot_be_listed_is_skipped_by_name(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "shut").mkdir()
    list_folder = os.scandir

    def scandir(path):  # root may list it whatever the mode
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return list_folder(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert parse_all(tmp_path)[1] == SkippedFile("shut", "Permission denied")
    with pytest.raises(CorpusError, match="Permission denied"):
        Corpus.open(tmp_path / "shut")


# --- dumps, errors, imports -----------------------------------------------------------------------


@pytest.mark.fault(12)
def test_a_dump_line_over_the_size_limit_does_not_hide_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "SIZE_LIMIT", 100)
    monkeypatch.setattr(files, "SIZE_LIMIT", 100)
    lines = ['{"id": "1", "text": "' + "x" * 500 + '"}', '{"id": "2", "text": "x"}']
    (tmp_path / "d.jsonl").write_text("\n".join(lines))
    long, short = parse_all(tmp_path)
    assert (long, short.id) == (SkippedFile("d.jsonl:1", "over 100 bytes"), "2")
    (tmp_path / "d.jsonl").write_text("")
    assert parse_all(tmp_path) == [SkippedFile("d.jsonl", "empty")]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnreadableDocument("no\nroom \u202e"), "no room \\u202e"),
        (RecursionError(), "RecursionError"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("word " * 50), "ValueError: " + " ".join(["word"] * 25) + "…"),
    ],
)
def test_failure_reason_is_one_printable_line(error, reason):
    assert failure_reason(error) == reason


def test_importing_the_corpus_loads_no_parsing_library():
    heavy = "trafilatura pypdfium2 docx openpyxl bs4 lxml yaml markdown_it charset_normalizer"
    code = (
        f"import sys, rag.ingest.corpus; print([h for h in '{heavy}'.split() if h in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
