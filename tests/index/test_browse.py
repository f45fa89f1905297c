"""The list of articles: its contents, its order, and what a search in it finds."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.index import manifest
from rag.index.browse import ArticleBrowser, TrigramIndex
from rag.index.build import build_index
from rag.index.document_writer import DocumentWriter, Entry
from rag.index.snapshot import Segment, Snapshot
from rag.index.snapshots import SnapshotStore
from rag.settings import Settings
from rag.types import Article
from tests.index_bench import Bench, RunOptions

LETTERS = st.text(st.sampled_from("aAbB\"'*ßſİéэЭ\0 \n.1-"), max_size=12)


def test_articles_are_listed_newest_first_and_found_by_words_of_any_field(toy: Settings) -> None:
    build_index(toy)
    assistant = Assistant.open(toy)
    page = assistant.articles.find()
    names = [head.title for head, *_ in page.entries]
    assert names == ["The ferry", "The bridge", "The wheat", "The wheat2"]
    assert page.total == 4 and all(passages >= 1 for _, passages, _ in page.entries)
    now = datetime.now(UTC)
    times = [datetime.fromisoformat(at) for *_, at in page.entries]
    assert all(timedelta(0) <= now - each < timedelta(minutes=10) for each in times)
    assert {head.text for head, *_ in assistant.articles.find("sund").entries} == {""}
    for words, titles in (
        ("WHEAT crowns", ["The wheat2"]),  # headline and text
        ("kurier", names),  # outlet
        ("  ", names),
        ("wheat ferry", []),
        ("he", names),  # too short for a trigram
        ("ilor olic", ["The ferry"]),  # parts of words
    ):
        assert [head.title for head, *_ in assistant.articles.find(words).entries] == titles
    first = assistant.articles.find(limit=1)
    assert [head.title for head, *_ in first.entries] == ["The ferry"] and first.total == 4
    assert assistant.articles.outlets() == ["Kurier"]
    assistant.close()


def browser(folder: Path, articles: list[Article]) -> tuple[ArticleBrowser, ArticleBrowser]:
    """A browser with trigrams, and one that reads every article."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    documents = DocumentWriter.create(folder / manifest.DOCUMENTS)
    documents.put([Entry(each, "", []) for each in articles], {})
    TrigramIndex.build(folder / "trigrams", documents)
    both = []
    for trigrams in (TrigramIndex.open(folder / "trigrams"), None):
        segment = Segment("", documents, None, None, trigrams)  # type: ignore[arg-type]
        both.append(ArticleBrowser(Snapshot(folder, documents, [segment])))
    return both[0], both[1]


@given(
    st.lists(st.tuples(LETTERS, LETTERS, st.sampled_from([None, "2024", "2023-05-01"]))),
    st.lists(LETTERS, max_size=3),
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_trigrams_find_the_same_articles_in_the_same_order_as_reading_all(
    tmp_path_factory: pytest.TempPathFactory,
    fields: list[tuple[str, str, str | None]],
    words: list[str],
) -> None:
    articles = [
        Article(f"a{number}", title, f"{text} {title}", text or None, date)
        for number, (title, text, date) in enumerate(fields)
    ]
    quick, complete = browser(tmp_path_factory.getbasetemp() / "browse", articles)
    for query in (" ".join(words), *words):
        assert quick.find(query) == complete.find(query)


def test_a_term_of_many_trigrams_or_with_an_unpaired_surrogate_is_found(tmp_path: Path) -> None:
    long = "".join(chr(97 + n % 26) + str(n) for n in range(400))
    quick, _ = browser(tmp_path / "b", [Article("a", long, "x"), Article("b", "t", "y \ufffd")])
    assert [article.id for article, *_ in quick.find(long[1:]).entries] == ["a"]
    assert quick.find(long + "x").total == 0
    assert quick.find("\ud800\ud800\ud800").total == 0
    assert quick.find("?!").total == 0


@pytest.mark.parametrize(
    "words", ["lucja", "ŁUCJA Brzezinska", "moller hahn", "7400", "us museum", "38km", "el pais"]
)
def test_the_list_is_searched_in_any_spelling(tmp_path: Path, words: str) -> None:
    text = "Łucja Brzezińska’s U.S. museum counted 7,400 eels, 38 km from Møller-Hahn."
    both = browser(tmp_path / "b", [Article("a", "t", text, "El País"), Article("b", "t", "y")])
    for each in both:
        assert [article.id for article, *_ in each.find(words).entries] == ["a"]


def test_outlets_that_differ_in_spelling_alone_are_one(tmp_path: Path) -> None:
    articles = [Article(each, "t", "x", each) for each in ("El País", "el pais", "Kurier")]
    quick, _ = browser(tmp_path / "b", articles)
    assert [each.casefold()[:2] for each in quick.outlets()] == ["el", "ku"]


def test_a_search_reads_only_articles_that_may_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [Article(f"a{n}", "t", f"The mine number{n} closed.") for n in range(30)]
    quick, _ = browser(tmp_path / "b", articles)
    loaded = []
    body = DocumentWriter.body
    monkeypatch.setattr(
        DocumentWriter, "body", lambda self, number: loaded.append(number) or body(self, number)
    )
    assert [article.id for article, *_ in quick.find("NUMBER17 mine").entries] == ["a17"]
    assert len(loaded) == 1


@pytest.mark.real
def test_segments_copies_and_deleted_articles_are_searched_as_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 3)
    assert bench.run(RunOptions(never_merge=True))[0] == 0
    bench.texts["copy"] = bench.texts["a0"]  # its body is in the older segment
    bench.texts["new"] = "The lighthouse of Ulvsund was sold."
    bench.write()
    assert bench.run(RunOptions(never_merge=True))[0] == 0
    assert len(manifest.segment_dirs(bench.current())) == 2
    word = bench.texts["a0"].split()[1]
    assert {"a0", "copy"} <= matches(bench, word)
    assert matches(bench, "lighthouse") == {"new"}
    del bench.texts["new"]
    bench.write()
    assert bench.run(RunOptions(never_merge=True))[0] == 0
    assert matches(bench, "lighthouse") == set()
    for path in bench.settings.index.rglob("trigrams-*.sqlite"):
        assert b"lig" not in path.read_bytes()  # the trigrams of deleted text are gone too


def test_an_index_without_trigrams_is_searched_by_reading_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path, 3)
    assert bench.run()[0] == 0
    fingerprint = manifest.fingerprint(bench.current())
    shutil.rmtree(bench.current() / "trigrams")
    manifest.write(bench.current(), fingerprint)
    word = bench.texts["a1"].split()[1]
    assert "a1" in matches(bench, word)
    assert bench.run()[1].startswith("0 added, 0 changed, 0 removed, 3 unchanged")
    assert bench.take_embedded_count() == 3  # in the first run
    assert (bench.current() / "trigrams").is_dir()  # and so the next run completed it


def matches(bench: Bench, words: str) -> set[str]:
    snapshot = Snapshot.open(SnapshotStore(bench.settings.index).current())
    try:
        return {article.id for article, *_ in ArticleBrowser(snapshot).find(words).entries}
    finally:
        snapshot.close()
