"""Several collections side by side, each chosen by its name, and nothing of one in another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import rag
from rag.assistant import get_shared_assistant, without_models
from rag.cli import main
from rag.cli.doctor import list_collections
from rag.conversations.store import ConversationStore
from rag.errors import CollectionError, SettingsError
from rag.export.batch.answer_log import conditions_of
from rag.index.companions.collections import collection_names
from rag.index.companions.corrections import CorrectionStore
from rag.index.snapshots import SnapshotStore
from rag.newsroom.alerts.store import AlertStore
from rag.retrieval.filters import NO_FILTER
from rag.settings import Settings
from tests.cli.support import articles_of
from tests.conftest import use_toy_embedder
from tests.conversations.support import COST, make_turn, put

PORT = {"crane": "The crane of Osby was sold for 7 crowns. It had rusted since 1990."}
TOWN = {
    "clock": "The clock of Osby stopped on 3 May. It was bought for 9 crowns.",
    "market": "The market of Osby opens on Mondays. Eggs cost 2 crowns there.",
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `rag` in a folder of its own, with a toy embedder: status, stdout, stderr."""
    use_toy_embedder(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAG_MODEL", "none")
    monkeypatch.setenv("RAG_READER", "none")
    for folder, articles in (("port", PORT), ("town", TOWN)):
        (tmp_path / folder).mkdir()
        for name, text in articles.items():
            (tmp_path / folder / f"{name}.txt").write_text(f"The {name}\n\n{text}\n")

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(each) for each in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def both(run: Run) -> tuple[Settings, Settings]:
    """The settings of two collections, "port" and "town", indexed."""
    assert run("collections", "add", "port", "port")[0] == 0
    assert run("collections", "add", "town", "--corpus", "town")[0] == 0
    return Settings.load(collection="port"), Settings.load(collection="town")


def titles(out: str) -> list[str]:
    return [each["title"] for each in json.loads(out)["passages"]]


def test_each_command_works_on_the_collection_that_is_named(
    run: Run, both: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, town = both
    assert (articles_of(port), articles_of(town)) == (["crane"], ["clock", "market"])
    assert titles(run("search", "Osby crowns", "--json", "--collection", "port")[1]) == [
        "The crane"
    ]
    quote = run("quote", "sold for 7 crowns", "--collection", "port", "--json")[1]
    assert json.loads(quote)["verdict"] == "verbatim"
    quote = run("quote", "sold for 7 crowns", "--collection", "town", "--json")[1]
    assert json.loads(quote)["verdict"] == "absent"
    monkeypatch.setenv("RAG_COLLECTION", "town")
    assert run("articles", "list")[1].split()[0] in ("clock", "market")
    assert run("articles", "list", "--collection", "port")[1].startswith("crane")
    status, out, _ = run("index")
    assert status == 0 and "2 unchanged; 2 articles" in out
    assert not Path(".rag/index").exists()


def test_a_program_names_a_collection_in_its_settings(both: tuple[Settings, Settings]) -> None:
    port, town = both
    assert [h.passage.article for h in rag.search("Osby crowns", settings=port).hits] == ["crane"]
    articles = {h.passage.article for h in rag.search("Osby crowns", settings=town).hits}
    assert articles == {"clock", "market"}
    assistants = [get_shared_assistant(without_models(each)) for each in both]
    assert assistants[0]._models is assistants[1]._models
    with pytest.raises(CollectionError, match="the closest: port"):
        rag.search("Osby", settings=Settings.load(collection="prot"))


def test_nothing_of_a_collection_is_in_another(
    run: Run, both: tuple[Settings, Settings], tmp_path: Path
) -> None:
    port, _ = both
    put(ConversationStore(port.conversations), make_turn(COST))
    AlertStore.of_index(port.index).add("", COST, NO_FILTER, "now")
    CorrectionStore.of_index(port.index).correct("crane", {"source": "Post"})
    assert "18 million" in run("conversations", "export", "a" * 16, "--collection", "port")[1]
    for kind in (("conversations",), ("alerts", "list")):
        assert "cost" in run(*kind, "--collection", "port")[1]
        assert "cost" not in run(*kind, "--collection", "town")[1]
        assert "cost" not in run(*kind)[1]
    inside = tmp_path / ".rag" / "collections" / "port"
    stored = {each.name for each in inside.iterdir() if not each.name.startswith(".")}
    assert stored == {"index", "index.alerts.sqlite", "index.corrections.json", "conversations"}
    assert {each.name for each in (tmp_path / ".rag").iterdir()} == {"collections"}


def test_answers_of_one_collection_are_not_taken_for_those_of_another(
    both: tuple[Settings, Settings],
) -> None:
    """A file of answers is gone on with, and an alert is not asked again, where these agree."""
    names = {(each.index / "CURRENT").read_text() for each in both}
    assert names == {"gen-000001"}
    assert len({conditions_of(each, NO_FILTER) for each in both}) == 2


def test_the_corpus_of_the_settings_is_no_part_of_a_collection(
    run: Run, both: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CORPUS", "town")
    monkeypatch.setenv("RAG_CONVERSATIONS", "elsewhere")
    assert run("index", "--collection", "port")[0] == 0
    assert articles_of(both[0]) == ["crane"]
    assert Settings.load(collection="port").conversations == both[0].conversations
    assert run("index", "town", "--collection", "port")[0] == 0
    assert articles_of(both[0]) == ["clock", "crane", "market"]


def test_a_collection_and_an_index_are_not_named_both(
    run: Run, both: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = run("search", "Osby", "--collection", "port", "--index", ".rag/index")
    assert (status, out) == (1, "")
    assert err == (
        "rag: both the collection port and the index .rag/index are named: leave out one of "
        "--collection (RAG_COLLECTION) and --index (RAG_INDEX)\n"
    )
    with pytest.raises(SettingsError, match="are named"):
        Settings(collection="port", index=Path("elsewhere"))
    monkeypatch.setenv("RAG_INDEX", "elsewhere")
    assert "are named" in run("search", "Osby", "--collection", "port")[2]
    assert "port\t1 article" in run("collections", "list")[1]


def test_a_name_that_no_collection_has_is_an_error_with_the_closest(
    run: Run, both: tuple[Settings, Settings]
) -> None:
    commands = (
        ("ask", "Osby"), ("search", "Osby"), ("quote", "in Osby"), ("check", "-"), ("index",),
        ("timeline", "Osby"), ("alerts", "list"), ("articles", "list"), ("doctor",), ("serve",),
        ("backup", "b.zip"), ("conversations",), ("feedback",), ("calibrate", "q.jsonl"),
        ("eval", "q.jsonl"), ("verify", "r.json"),
    )  # fmt: skip
    for command in commands:
        status, out, err = run(*command, "--collection", "twon")
        assert (status, out) == (1, ""), command
        assert "there is no collection “twon”" in err and "the closest: town" in err
        assert err.count("\n") == 1
    assert "`rag collections list`" in run("collections", "remove", "twon")[2]


@pytest.mark.parametrize(
    "name",
    ["", "..", "../x", "a/b", "a\\b", ".hidden", "_x", "a b", "a\0b", "x" * 61, "nul", "COM1",
     "e\u0301", "a:b", "a.b", "-x"],
)  # fmt: skip
def test_a_name_that_is_no_folder_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="is no name for a collection"):
        Settings(collection=name)
    assert Settings(collection="Łódź_2024-b").index == Path(".rag/collections/Łódź_2024-b/index")


def test_names_that_differ_in_capitals_alone_clash(
    run: Run, both: tuple[Settings, Settings]
) -> None:
    for name in ("Port", "PORT", "port", "Default", "default"):
        status, _, err = run("collections", "add", name, "town")
        assert status == 1 and "already" in err
    assert run("collections", "rename", "port", "TOWN")[0] == 1
    assert collection_names(both[0].collections) == ["port", "town"]
    assert articles_of(both[0]) == ["crane"]


def test_a_collection_that_cannot_be_indexed_leaves_nothing(run: Run, tmp_path: Path) -> None:
    for paths in (["nowhere"], []):
        status, _, err = run("collections", "add", "gone", *paths)
        assert status == 1 and err.count("\n") == 1
        assert not (tmp_path / ".rag" / "collections" / "gone").exists()
    own = Settings.load(collection="half")
    with SnapshotStore(own.index).lock():  # as a run that was killed leaves it
        pass
    assert "has no articles yet" in run("index", "--collection", "half")[2]
    assert run("collections", "add", "half", "port")[0] == 0


def test_a_collection_gets_another_name_with_all_that_it_has(
    run: Run, both: tuple[Settings, Settings]
) -> None:
    put(ConversationStore(both[0].conversations), make_turn(COST))
    assert run("collections", "rename", "port", "harbour")[:2] == (0, "port is now harbour\n")
    assert "cost" in run("conversations", "--collection", "harbour")[1]
    assert run("index", "--collection", "harbour")[1].endswith("1 articles, 1 passages\n")
    assert run("collections", "rename", "harbour", "Harbour")[0] == 0
    assert collection_names(both[0].collections) == ["Harbour", "town"]
    for name, new in (("default", "x"), ("port", "x"), ("town", "../x")):
        assert run("collections", "rename", name, new)[0] == 1


def test_a_removed_collection_is_gone_and_its_articles_are_not(
    run: Run, both: tuple[Settings, Settings], tmp_path: Path
) -> None:
    port, town = both
    put(ConversationStore(port.conversations), make_turn(COST))
    status, out, err = run("collections", "remove", "port")
    assert (status, out) == (1, "") and "1 article, 1 conversation" in err
    assert "rag backup FILE --collection port" in err and articles_of(port) == ["crane"]
    with SnapshotStore(port.index).lock():
        assert "is being indexed" in run("collections", "remove", "port", "--yes")[2]
    (tmp_path / ".rag/collections/.removing-old").mkdir()
    status, out, _ = run("collections", "remove", "port", "--yes")
    assert status == 0 and "the files of its articles are untouched" in out
    assert [each.name for each in (tmp_path / ".rag/collections").iterdir()] == ["town"]
    assert (tmp_path / "port" / "crane.txt").exists()
    assert articles_of(town) == ["clock", "market"]
    assert run("collections", "remove", "town")[0] == 0
    assert "goes with its folder" in run("collections", "remove", "default", "--yes")[2]


def test_a_backup_is_restored_under_another_name(run: Run, both: tuple[Settings, Settings]) -> None:
    put(ConversationStore(both[0].conversations), make_turn(COST))
    assert run("backup", "port.zip", "--collection", "port")[0] == 0
    assert "already" in run("restore", "port.zip", "--collection", "Town")[2]
    assert run("restore", "port.zip", "--collection", "copy")[0] == 0
    assert articles_of(Settings.load(collection="copy")) == ["crane"]
    assert "cost" in run("conversations", "--collection", "copy")[1]
    assert not Path(".rag/index").exists()


def test_the_collections_are_listed_with_their_articles_and_sizes(
    run: Run, both: tuple[Settings, Settings], tmp_path: Path
) -> None:
    lines = run("collections", "list")[1].splitlines()
    assert lines[0].startswith("default\tno usable index")
    assert lines[1].startswith("port\t1 article, 0.") and lines[1].endswith(str(tmp_path / "port"))
    assert lines[2].startswith("town\t2 articles, 0.")
    assert run("collections")[1].splitlines() == lines
    line = list_collections(Settings.load(collection="town"))
    assert "port (1 article, 0." in line and line.endswith("in .rag/collections")


def test_evaluations_go_into_the_folder_of_the_collection() -> None:
    assert Settings(collection="port").output == Path(".rag/collections/port")
    assert Settings().output == Path(".rag")
