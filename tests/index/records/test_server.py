"""The record in a real PostgreSQL: the same as in SQLite, read by several machines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.conversations.backup import restore_backup, write_backup
from rag.conversations.collections import (
    added_collection,
    contents_of,
    remove_collection,
    rename_collection,
)
from rag.errors import BackupError, CorrectionError, DatabaseFault, IndexFault
from rag.index import build, manifest
from rag.index.build import build_index
from rag.index.companions.collections import require_collection
from rag.index.snapshots import SnapshotStore
from rag.runtime.network.database_address import DatabaseAddress
from rag.settings import Settings
from rag.web.services.app_state import _build
from tests import index_faults
from tests.index.support import QUESTION, contents, elsewhere, opened, read_until, write
from tests.index_bench import _FORKING, Bench, RunOptions
from tests.postgres import PostgresProcess
from tests.web.support import wait_until

pytestmark = [pytest.mark.real, pytest.mark.fault(27)]
QUIET = lambda *_: None  # noqa: E731


def source_of_bridge(settings: Settings) -> str | None:
    snapshot = opened(settings)
    try:
        return snapshot.documents.article("bridge").source
    finally:
        snapshot.close()


def search_results(settings: Settings) -> list[object]:
    """What a search gives, a quotation, and records."""
    assistant = Assistant.open(settings)
    try:
        quote = assistant.quote("the bridge over the Sund cost 18 million crowns").to_dict()
        hits = assistant.search(QUESTION, 4)
        return [quote, *((hit.passage, round(hit.score, 6)) for hit in hits)]
    finally:
        assistant.close()


# the same on both


def test_articles_passages_and_answers_are_those_of_sqlite(
    toy: Settings, settings: Settings, tmp_path: Path
) -> None:
    here = replace(toy, model="none")
    there = replace(settings, index=tmp_path / "there")
    assert build_index(here).added == build_index(there).added == 4
    assert contents(there) == contents(here)
    assert search_results(there) == search_results(here)
    for name in ("harbour", "ferry"):  # one is added, one is changed
        write(here, name, f"The {name} of Maren was closed on Sunday, mayor Lena Holt said.")
    assert str(build_index(here)) == str(build_index(there))
    assert contents(there) == contents(here)
    assert search_results(there) == search_results(here)
    assert not list(there.index.rglob("records.sqlite"))  # nothing of it is here twice
    for store in (here, there):
        snapshot = opened(store)
        assert snapshot.documents.undated() == 3
        rows = snapshot.documents.rows_of(["wheat"])
        assert snapshot.documents.articles_of(rows) == {"wheat": True}
        snapshot.close()


@pytest.mark.parametrize("segments", [1, 2])
def test_a_large_index_keeps_the_schemas_of_its_older_segments(
    bench: Bench, postgres: PostgresProcess, segments: int
) -> None:
    bench.run(RunOptions(never_merge=True))
    bench.texts["new"] = bench.text()
    bench.write()
    assert bench.run(RunOptions(never_merge=segments == 2))[0] == 0
    assert bench.contents() == (bench.expected(), 1.0)
    assert len(manifest.segment_dirs(bench.current())) == segments
    assert not index_faults.unused_schemas(bench, postgres)
    # the snapshot before stays after an addition
    assert len(index_faults.schemas_of(bench, postgres)) == 2


def test_an_index_moves_to_the_database_and_back_without_embedding(
    toy: Settings, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    toy = replace(toy, model="none")
    build_index(toy)
    expected = search_results(toy)
    with pytest.raises(DatabaseFault, match="has no index toy-"):
        search_results(settings)
    monkeypatch.setattr(build, "_write_articles", None)  # embeds
    build_index(settings)
    assert search_results(settings) == expected
    with pytest.raises(IndexFault, match="in a PostgreSQL database, and RAG_DATABASE_URL is not"):
        search_results(toy)
    with pytest.raises(IndexFault, match="RAG_DATABASE_URL is not set"):
        build_index(toy)
    write_backup(settings, tmp_path / "backup.zip")
    back = replace(toy, index=tmp_path / "back", conversations=tmp_path / "chats")
    restore_backup(back, tmp_path / "backup.zip")
    assert search_results(back) == expected


# several machines


def test_another_machine_reads_what_is_published_and_fetches_only_what_is_new(
    bench: Bench, tmp_path: Path, postgres: PostgresProcess
) -> None:
    bench.run(RunOptions(never_merge=True))
    there = elsewhere(bench.settings, tmp_path / "there")
    first = opened(there)
    assert {each.id: each.text for each in first.documents.articles()} == bench.texts
    assert not manifest.changed_files(first.folder)
    bench.texts["new"] = bench.text()
    bench.write()
    bench.run(RunOptions(never_merge=True))
    second = SnapshotStore.of(there).open_current(build.expected_fingerprint(there), first)
    assert {each.id: each.text for each in second.documents.articles()} == bench.texts
    assert second.segments[0] is first.segments[0]  # of which nothing was fetched or opened again
    own = second.folder / "base" / "manifest.json"
    assert own.stat().st_nlink > 1
    gone = bench.texts.pop("a3")
    bench.write()
    bench.run()
    third = opened(there)
    assert "a3" not in third.documents.origins()
    # text that was removed leaves that machine too
    assert [each.name for each in there.index.glob("gen-*")] == [third.folder.name]
    files = [each for each in there.index.rglob("*") if each.is_file()]
    assert not any(gone[:30].encode() in each.read_bytes() for each in files)
    with pytest.raises(DatabaseFault, match="ask again if the index was just updated"):
        second.documents.article("new")
    for each in (first, second, third):
        each.close()


def test_an_open_chat_elsewhere_takes_up_what_is_published(
    indexed: Settings, tmp_path: Path
) -> None:
    chat = Assistant.open(elsewhere(indexed, tmp_path / "there"))
    assert "harbour" not in chat.article_ids()
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    build_index(indexed)
    assert chat.search("harbour Maren closed", 1)[0].passage.article == "harbour"
    chat.close()


def test_a_machine_that_reads_never_writes_the_index(
    indexed: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = elsewhere(indexed, tmp_path / "there")
    before = contents(indexed)
    assert contents(there) == before
    with pytest.raises(DatabaseFault, match=r"another folder writes it.*--replace PATH"):
        build_index(there)
    assert _build(there, QUIET) == ()  # the page starts all the same
    assert contents(indexed) == before
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    # unless it takes over
    report = build_index(
        replace(there, corpus=indexed.corpus), paths=[indexed.corpus], replace=True
    )
    assert (report.added, report.unchanged) == (1, 4)
    with pytest.raises(DatabaseFault, match="another folder writes it"):
        build_index(indexed)
    assert "harbour" in contents(indexed)[0]
    capsys.readouterr()


def test_an_index_goes_back_to_the_snapshot_before(
    indexed: Settings, tmp_path: Path, postgres: PostgresProcess
) -> None:
    there, before = elsewhere(indexed, tmp_path / "there"), contents(indexed)
    database = DatabaseAddress.parse(indexed.database_url).database
    ((old,),) = postgres.sql("SELECT current FROM footnoted.indexes", database)
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    build_index(indexed)
    assert "harbour" in contents(there)[0]
    postgres.sql(f"UPDATE footnoted.indexes SET current = '{old}'", database)
    assert contents(indexed) == contents(there) == before
    build_index(indexed)
    assert "harbour" in contents(indexed)[0]
    assert contents(there) == contents(indexed)


def test_two_processes_read_while_one_writes(bench: Bench, tmp_path: Path) -> None:
    status, message, _ = bench.run()
    assert status == 0, message
    there, done = elsewhere(bench.settings, tmp_path / "there"), tmp_path / "done"
    outputs = [tmp_path / "read0", tmp_path / "read1"]
    readers = [
        _FORKING.Process(target=read_until, args=(settings, done, output))
        for settings, output in zip((bench.settings, there), outputs, strict=True)
    ]
    states = [json.dumps(sorted(bench.texts.values()))]
    for reader in readers:
        reader.start()
    wait_until(lambda: all(each.exists() for each in outputs))
    for _ in range(2):
        bench.change()
        states.append(json.dumps(sorted(bench.texts.values())))
        assert bench.run()[0] == 0
    done.touch()
    for reader, output in zip(readers, outputs, strict=True):
        reader.join(60)
        seen = json.loads(output.read_text())
        assert seen[0] == states[0]
        assert seen[-1] == states[-1]
        # a snapshot may go while it is read, as its text had to: that is named
        others = [each for each in seen if each not in states]
        assert all("ask again if the index was just updated" in each for each in others), others


def test_corrections_are_of_all_machines(indexed: Settings, tmp_path: Path) -> None:
    there = elsewhere(indexed, tmp_path / "there")
    chat = Assistant.open(there)
    corrections = SnapshotStore.of(indexed).corrections
    corrections.correct("bridge", {"source": "Post"})
    assert chat.article("bridge").source == "Post"
    assert SnapshotStore.of(there).corrections.undo("bridge") == ["source"]
    assert not corrections.read().by_article
    with pytest.raises(CorrectionError, match="nothing of bridge was corrected"):
        corrections.undo("bridge")
    assert chat.article("bridge").source == "Kurier"
    chat.close()


# what belongs to an index


def test_a_backup_holds_the_record_and_is_restored_to_a_database(
    indexed: Settings, tmp_path: Path, postgres: PostgresProcess
) -> None:
    SnapshotStore.of(indexed).corrections.correct("bridge", {"source": "Post"})
    expected = search_results(indexed)
    file = tmp_path / "backup.zip"
    write_backup(elsewhere(indexed, tmp_path / "reader"), file)  # on any machine
    again = replace(indexed, index=tmp_path / "again", conversations=tmp_path / "chats")
    with pytest.raises(BackupError, match="has an index default"):
        restore_backup(again, file)
    url = indexed.database_url.replace("index=default", "index=again")
    other = replace(again, database_url=url)
    restore_backup(other, file)
    assert search_results(other) == expected
    assert source_of_bridge(other) == "Post"
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    assert build_index(other).added == 1
    here = replace(indexed, database_url="", index=tmp_path / "here")
    restore_backup(replace(here, conversations=tmp_path / "chats2"), file)
    assert search_results(here) == expected
    assert source_of_bridge(here) == "Post"


def test_collections_are_indexes_of_their_own(
    indexed: Settings, tmp_path: Path, postgres: PostgresProcess
) -> None:
    base = replace(indexed, index=Path(".rag/index"), collections=tmp_path / "collections")
    with added_collection(base, "port") as own:
        build_index(own, paths=[indexed.corpus])
    there = replace(own, collections=tmp_path / "there", index=Path(".rag/index"))
    require_collection(there)
    assert contents(there) == contents(own)
    assert contents_of(own).articles == 4
    rename_collection(base, "port", "haven")
    assert contents(base.of("haven")) == contents(indexed)
    with pytest.raises(DatabaseFault, match="has no index"):
        contents(own)
    own = base.of("haven")
    name = own.record_place
    database = DatabaseAddress.parse(indexed.database_url).database
    count = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'footnoted_%'"
    schemas = postgres.sql(count, database)
    remove_collection(base, "haven")
    fewer = postgres.sql(count, database)
    assert fewer[0][0] == schemas[0][0] - 1
    assert SnapshotStore(own.index, "", name).current() is None
    assert len(contents(indexed)[0]) == 4
