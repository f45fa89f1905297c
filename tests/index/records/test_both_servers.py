"""The record in PostgreSQL and the vectors on a Chroma server, both real, together."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.cli.doctor import run_checks
from rag.errors import ChromaServerError, DatabaseFault
from rag.index import build
from rag.index.build import build_index
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.server import ServerVectors
from rag.runtime.network.database_address import DatabaseAddress
from rag.settings import Settings
from tests import index_faults
from tests.chroma_server import ChromaProcess
from tests.index.support import (
    articles_found,
    contents,
    elsewhere,
    named_collections,
    own_collections,
    write,
)
from tests.index_bench import Bench
from tests.postgres import PostgresProcess, end_connections

pytestmark = [pytest.mark.real, pytest.mark.fault(26, 27)]


@pytest.fixture
def both(indexed: Settings, chroma: ChromaProcess, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The index of a database, its vectors moved to a server."""
    settings = replace(indexed, chroma_url=chroma.url)
    with monkeypatch.context() as patch:
        patch.setattr(build, "_write_articles", None)  # embeds
        build_index(settings)
    return settings


def test_an_empty_folder_reads_what_is_added_changed_removed_and_rolled_back(
    both: Settings, chroma: ChromaProcess, postgres: PostgresProcess, tmp_path: Path
) -> None:
    there, database = elsewhere(both, tmp_path / "there"), _database(both)
    with Assistant.open(there) as chat:
        assert "4 articles" in chat.ask("How many articles are there?").text
        before = contents(there)
        ((old,),) = postgres.sql("SELECT current FROM footnoted.indexes", database)
        write(both, "harbour", "The harbour of Maren was closed on Sunday.")
        assert build_index(both).added == 1
        assert chat.search("harbour Maren closed", 1)[0].passage.article == "harbour"
        assert len(own_collections(both, chroma)) == 2  # the snapshot before stays
        postgres.sql(f"UPDATE footnoted.indexes SET current = '{old}'", database)
        assert contents(there) == contents(both) == before
        assert "harbour" not in [each.passage.article for each in chat.search("harbour", 4)]
        build_index(both)
        write(both, "harbour", "The harbour of Maren was opened on Monday.")
        assert build_index(both).changed == 1
        assert "opened" in chat.search("harbour Maren", 1)[0].passage.text
        (both.corpus / "harbour.md").unlink()
        assert build_index(both).removed == 1
        assert "harbour" not in [each.passage.article for each in chat.search("harbour", 4)]
        assert len(own_collections(both, chroma)) == 1  # no vector of what went
        assert "4 articles" in chat.ask("How many articles are there?").text
    names = {each.name for each in there.index.rglob("*")}
    assert not names & {"records.sqlite", "chroma.sqlite3", "header.bin"}
    assert not names & {"COLLECTIONS", "WRITER"}  # it removes and writes nothing


def test_answers_are_those_of_an_index_in_its_folder(
    real_settings: Settings, chroma: ChromaProcess, postgres: PostgresProcess, tmp_path: Path
) -> None:
    """Of the real models, over seeds/, asked of a machine that only reads."""
    shutil.copytree(real_settings.index, tmp_path / "index")
    writer = replace(
        real_settings,
        model="none",
        index=tmp_path / "index",
        chroma_url=chroma.url,
        database_url=postgres.url("seeds"),
    )
    build_index(writer)  # it moves there: nothing is embedded again
    questions = (
        "What did Kim call Putin?",
        "How many articles are there?",
        "Who said that the moon is made of cheese?",
    )
    answers = []
    for settings in (replace(writer, index=real_settings.index, database_url="", chroma_url=""),
                     elsewhere(writer, tmp_path / "there")):  # fmt: skip
        with Assistant.open(settings) as assistant:
            given = [assistant.ask(question).to_dict() for question in questions]
        answers.append([{k: v for k, v in each.items() if k != "timings"} for each in given])
    assert answers[0] == answers[1]


def test_a_lost_collection_is_named_where_it_is_read_and_written_again_from_the_record(
    both: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = elsewhere(both, tmp_path / "there")
    expected = articles_found(there)
    ServerVectors(both.chroma_url, both.index).remove_unused([])
    for settings in (both, there):
        with pytest.raises(ChromaServerError, match=r"has no collection.*rag index --rebuild"):
            articles_found(settings)
    with monkeypatch.context() as patch:
        patch.setattr(build, "_write_articles", None)  # embeds
        build_index(both)
    assert articles_found(both) == articles_found(there) == expected


def test_either_server_away_is_named_and_a_lost_connection_goes_without_a_word(
    both: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = elsewhere(both, tmp_path / "there")
    with Assistant.open(there) as chat:
        expected = chat.search("bridge Sund crowns", 4)
        end_connections(both.database_url)
        assert chat.search("bridge Sund crowns", 4) == expected
    write(both, "harbour", "The harbour of Maren was closed on Sunday.")
    port = str(DatabaseAddress.parse(both.database_url).port)
    away = (
        (replace(both, chroma_url="http://127.0.0.1:9"), ChromaServerError, "the Chroma server"),
        (
            replace(both, database_url=both.database_url.replace(port, "9")),
            DatabaseFault,
            "the PostgreSQL database",
        ),
    )
    for settings, fault, words in away:
        for name in ("index", "corpus", "chroma_url", "database_url"):
            monkeypatch.setenv(f"RAG_{name.upper()}", str(getattr(settings, name)))
        assert main(["index"]) == 1
        line = capsys.readouterr().err.strip().splitlines()[-1]
        assert words in line
        assert "refuses connections" in line
        with pytest.raises(fault, match="refuses connections"):
            articles_found(replace(settings, index=there.index))
    assert build_index(both).added == 1
    assert "harbour" in contents(there)[0]


def test_a_machine_that_takes_an_index_over_owns_its_collections(
    both: Settings, chroma: ChromaProcess, tmp_path: Path
) -> None:
    before = own_collections(both, chroma)
    other = replace(both, index=tmp_path / "other")
    build_index(other, paths=[both.corpus], replace=True)
    shutil.rmtree(both.index)  # the machine before is lost
    write(other, "ferry", "The ferry Maren was raised.")
    assert build_index(other).changed == 1
    mine = own_collections(other, chroma)
    assert len(mine) == 1
    assert not before & set(chroma.collections())  # no vector of the old text, whoever wrote it
    assert articles_found(elsewhere(other, tmp_path / "there"))[0] == "bridge"
    assert mine == own_collections(other, chroma)


def test_a_run_that_is_killed_leaves_neither_schema_nor_collection_behind(
    postgres: PostgresProcess, chroma: ChromaProcess, tmp_path: Path
) -> None:
    url = postgres.url("killed-with-both")
    outcome = index_faults.died_at_each_step(
        tmp_path, every=150, articles=8, chroma_url=chroma.url, database_url=url
    )
    assert (outcome.lost, outcome.silent, outcome.named) == (0, 0, 0), outcome.notes
    bench = Bench(tmp_path, 0, chroma_url=chroma.url, database_url=url)
    assert not index_faults.unused_schemas(bench, postgres)
    assert own_collections(bench.settings, chroma) == named_collections(bench.settings)


def test_the_doctor_names_both(both: Settings) -> None:
    results = {each.name: each for each in run_checks(replace(both, reader="none"))}
    assert "1 collection of this index" in results["vectors"].message
    assert "segments of the index default" in results["record"].message
    assert results["index"].ok, results["index"]


def _database(settings: Settings) -> str:
    assert SnapshotStore.of(settings).shared
    return DatabaseAddress.parse(settings.database_url).database
