"""Files put into the corpus and taken out: no name leads out, none is replaced, none is lost."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.ingest.corpus import Corpus
from rag.ingest.corpus_edit import NAME_LIMIT, add_file, remove_article, safe_name
from rag.types import Article

TEXT = "The harbour of Sund was dredged in May. It cost 2 million crowns."


def sent(tmp_path: Path, text: str = TEXT, kind: str = "txt") -> Path:
    file = tmp_path / f"sent.{kind}"
    file.write_text(text)
    return file


def ids(corpus: Path) -> list[str]:
    return [each.id for each in Corpus.open(corpus) if isinstance(each, Article)]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.txt", "report.txt"),
        ("Ärger in Köln (2).MD", "Ärger in Köln (2).MD"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/etc/cron.d/x.txt", "x.txt"),
        (".hidden.txt", "hidden.txt"),
        ("...txt", "txt"),
        ("a\nb\u202e\x00.txt", "a_b__.txt"),
        ("<b>;rm -rf $HOME`x`.txt", "_b__rm -rf _HOME_x_.txt"),
        ("con.txt", "_con.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
        ("", ""),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    made = safe_name(name)
    assert made == safe
    assert len(made) <= NAME_LIMIT and "/" not in made and not made.startswith(".")


def test_what_is_added_is_read_with_the_rest(corpus: Path, tmp_path: Path) -> None:
    assert add_file(corpus, "../port.txt", sent(tmp_path)) == "port.txt"
    assert (corpus / "port.txt").read_text() == TEXT
    assert "port" in ids(corpus)
    assert not [each for each in corpus.iterdir() if each.name.endswith(".part")]


@pytest.mark.parametrize("name", ["ferry.md", "FERRY.MD", "ferry.txt", "Ferry.html"])
def test_no_article_is_replaced(corpus: Path, tmp_path: Path, name: str) -> None:
    before = {each: each.read_bytes() for each in corpus.iterdir()}
    with pytest.raises(CorpusError, match=r"ferry\.md already exists: give your file another name"):
        add_file(corpus, name, sent(tmp_path, kind=name.rpartition(".")[2]))
    assert {each: each.read_bytes() for each in corpus.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.exe", TEXT, "this file type is not supported: use html"),
        ("x", TEXT, "this file type is not supported"),
        ("x.txt", "", "it could not be read: empty"),
        ("x.txt", " \n", "it could not be read: empty"),
        ("x.pdf", "no pdf", "it could not be read: "),
        ("x.docx", "no docx", "it could not be read: "),
        ("x.jsonl", "{}\n[]\n", "it could not be read: "),
        ("x.md", "a" * 1_000_001, "it could not be read: over 1000000 bytes"),
    ],
)
def test_what_cannot_be_read_is_not_kept(
    corpus: Path, tmp_path: Path, name: str, text: str, told: str
) -> None:
    before = sorted(corpus.rglob("*"))
    kind = name.rpartition(".")[2] if "." in name else "txt"
    with pytest.raises(CorpusError, match=told) as caught:
        add_file(corpus, name, sent(tmp_path, text, kind))
    assert "\n" not in str(caught.value)
    assert sorted(corpus.rglob("*")) == before


def test_of_many_at_once_under_one_name_one_is_kept_whole(corpus: Path, tmp_path: Path) -> None:
    files = []
    for number in range(6):
        file = tmp_path / f"{number}" / "same.txt"
        file.parent.mkdir()
        file.write_text(f"{TEXT} {number}")
        files.append(file)
    told: list[str] = []

    def add(file: Path) -> None:
        try:
            told.append(add_file(corpus, "same.txt", file))
        except CorpusError as error:
            told.append(str(error))

    threads = [threading.Thread(target=add, args=(each,)) for each in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("same.txt") == 1 and sum("already exists" in each for each in told) == 5
    assert (corpus / "same.txt").read_text() in {each.read_text() for each in files}


def test_what_is_removed_is_kept_aside_and_read_no_more(corpus: Path, tmp_path: Path) -> None:
    text = (corpus / "ferry.md").read_text()
    kept = remove_article(corpus, "ferry")
    assert kept.read_text() == text and kept.is_relative_to(corpus / ".removed")
    assert "ferry" not in ids(corpus)
    add_file(corpus, "ferry.txt", sent(tmp_path))
    again = remove_article(corpus, "ferry")
    assert again != kept and again.exists() and kept.exists()
    inner = corpus / "deep" / "one.txt"
    inner.parent.mkdir()
    inner.write_text(TEXT)
    assert remove_article(corpus, "deep/one").parts[-2:] == ("deep", "one.txt")


@pytest.mark.parametrize("id", ["../bridge", "nobody", "", ".removed/x", "line-of-a-dump"])
def test_what_is_no_file_of_the_folder_is_not_removed(corpus: Path, id: str) -> None:
    (corpus / "dump.jsonl").write_text('{"id": "line-of-a-dump", "text": "A text."}\n')
    (corpus.parent / "bridge.txt").write_text(TEXT)
    with pytest.raises(CorpusError, match="the article has no file of its own"):
        remove_article(corpus, id)
    assert (corpus.parent / "bridge.txt").exists()
