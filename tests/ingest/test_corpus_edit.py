"""Adding and removing files of a corpus: no name leads out, no file is replaced or lost."""

from __future__ import annotations

import os
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.ingest.corpus import Corpus
from rag.ingest.corpus_edit import NAME_LIMIT, add_file, remove_article, safe_name
from rag.types import Article

TEXT = "The harbour of Sund was dredged in May. It cost 2 million crowns."


def uploaded(tmp_path: Path, text: str = TEXT, extension: str = "txt") -> Path:
    file = tmp_path / f"upload.{extension}"
    file.write_text(text)
    return file


def remove(corpus: Path, name: str, id: str) -> Path:
    """Remove article `id`, that of the file `name`."""
    file = Corpus.open(corpus).file(name)
    assert file is not None
    return remove_article(file, id)


def ids(corpus: Path) -> list[str]:
    return [item.id for item in Corpus.open(corpus) if isinstance(item, Article)]


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
def test_safe_name_leads_nowhere_and_is_visible(name: str, safe: str) -> None:
    result = safe_name(name)
    assert result == safe
    assert len(result) <= NAME_LIMIT and "/" not in result and not result.startswith(".")


def test_an_added_file_is_part_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    assert add_file(corpus, "../port.txt", uploaded(tmp_path)) == "port.txt"
    assert (corpus / "port.txt").read_text() == TEXT
    assert "port" in ids(corpus)
    assert not [file for file in corpus.iterdir() if file.name.endswith(".part")]


@pytest.mark.parametrize("name", ["ferry.md", "FERRY.MD", "ferry.txt", "Ferry.html"])
def test_add_file_replaces_no_article(corpus: Path, tmp_path: Path, name: str) -> None:
    before = {file: file.read_bytes() for file in corpus.iterdir()}
    with pytest.raises(CorpusError, match=r"ferry\.md already exists: give your file another name"):
        add_file(corpus, name, uploaded(tmp_path, extension=name.rpartition(".")[2]))
    assert {file: file.read_bytes() for file in corpus.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "text", "message"),
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
def test_add_file_rejects_what_cannot_be_read(
    corpus: Path, tmp_path: Path, name: str, text: str, message: str
) -> None:
    before = sorted(corpus.rglob("*"))
    extension = name.rpartition(".")[2] if "." in name else "txt"
    with pytest.raises(CorpusError, match=message) as caught:
        add_file(corpus, name, uploaded(tmp_path, text, extension))
    assert "\n" not in str(caught.value)
    assert sorted(corpus.rglob("*")) == before


def test_of_many_files_added_at_once_under_one_name_one_is_stored_whole(
    corpus: Path, tmp_path: Path
) -> None:
    files = []
    for number in range(6):
        file = tmp_path / f"{number}" / "same.txt"
        file.parent.mkdir()
        file.write_text(f"{TEXT} {number}")
        files.append(file)
    results: list[str] = []

    def add(file: Path) -> None:
        try:
            results.append(add_file(corpus, "same.txt", file))
        except CorpusError as error:
            results.append(str(error))

    threads = [threading.Thread(target=add, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("same.txt") == 1
    assert sum("already exists" in result for result in results) == 5
    assert (corpus / "same.txt").read_text() in {file.read_text() for file in files}


def test_a_removed_article_leaves_the_corpus_and_its_file_is_kept(
    corpus: Path, tmp_path: Path
) -> None:
    text = (corpus / "ferry.md").read_text()
    removed = remove(corpus, "ferry.md", "ferry")
    assert removed.read_text() == text and removed.is_relative_to(corpus / ".removed")
    assert "ferry" not in ids(corpus)
    add_file(corpus, "ferry.txt", uploaded(tmp_path))
    again = remove(corpus, "ferry.txt", "ferry")
    assert again != removed and again.exists() and removed.exists()
    inner = corpus / "deep" / "one.txt"
    inner.parent.mkdir()
    inner.write_text(TEXT)
    assert remove(corpus, "deep/one.txt", "deep/one").parts[-2:] == ("deep", "one.txt")


def test_of_two_files_that_differ_in_their_ending_the_one_named_is_removed(corpus: Path) -> None:
    (corpus / "ferry.txt").write_text(TEXT)
    assert {"ferry.md", "ferry.txt"} <= set(ids(corpus))
    assert remove(corpus, "ferry.txt", "ferry.txt").name == "ferry.txt"
    assert "ferry" in ids(corpus)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("dump.jsonl", "line-of-a-dump"),
        ("votes.csv", "votes!2"),
        ("ferry.md", "nobody"),
        ("ferry.md", ""),
        ("ferry.md", "../bridge"),
    ],
)
def test_a_file_that_is_not_that_of_the_article_alone_stays(
    corpus: Path, name: str, id: str
) -> None:
    (corpus / "dump.jsonl").write_text('{"id": "line-of-a-dump", "text": "A text."}\n')
    (corpus / "votes.csv").write_text(f"title,text\nOne,{TEXT}\nTwo,{TEXT}\n")
    with pytest.raises(CorpusError, match="the article has no file of its own"):
        remove(corpus, name, id)
    assert (corpus / name).exists()


def test_a_removed_file_keeps_its_name_to_the_byte(corpus: Path) -> None:
    name = b"bad\xffname.txt"
    Path(os.fsdecode(os.fsencode(corpus) + b"/" + name)).write_text(TEXT)
    (shown,) = (each for each in Corpus.open(corpus).file_names if each.startswith("bad"))
    assert shown.encode() != name
    removed = remove(corpus, shown, shown.removesuffix(".txt"))
    assert os.fsencode(removed.name) == name and removed.read_text() == TEXT


def test_a_mail_with_attachments_stays(corpus: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Plan"
    message.set_content(TEXT)
    (corpus / "alone.eml").write_bytes(message.as_bytes())
    message.add_attachment(TEXT.encode(), "text", "plain", filename="plan.txt")
    (corpus / "with.eml").write_bytes(message.as_bytes())
    with pytest.raises(CorpusError, match=r"1 more of the articles were read from with\.eml"):
        remove(corpus, "with.eml", "with")
    assert (corpus / "with.eml").exists()
    assert remove(corpus, "alone.eml", "alone").name == "alone.eml"


def test_of_two_folders_the_file_of_the_article_moves_within_its_own(
    corpus: Path, tmp_path: Path
) -> None:
    """Both have a ferry; the id of the second is its folder's name before that."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "ferry.md").write_text(TEXT)
    both = Corpus.open(corpus, other)
    assert {"ferry", "other/ferry"} <= {each.id for each in both if isinstance(each, Article)}
    file = both.file(str(other / "ferry.md"))
    assert file is not None
    assert remove_article(file, "other/ferry").is_relative_to(other / ".removed")
    assert (corpus / "ferry.md").exists() and not (other / "ferry.md").exists()
