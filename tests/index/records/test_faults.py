"""The fault table of the index (`tests/fault_table.py`), with its record in PostgreSQL.

Faults that are the same wherever the record is stand in `tests/faults/test_index_faults.py`, for
both. Here: of the machine that writes, of the database, of a machine that reads.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import DatabaseFault, IndexFault
from rag.index import build, manifest
from rag.index.build import build_index
from rag.index.snapshots import SnapshotStore
from rag.index.verify import verify_in_subprocess
from rag.runtime.network.database_address import DatabaseAddress
from rag.settings import Settings
from tests import index_faults
from tests.index.support import (
    chat_goes_on,
    contents,
    elsewhere,
    printed_without_rights,
    write,
)
from tests.index_bench import Bench, RunOptions, damages, toys
from tests.index_faults import Outcome
from tests.postgres import PostgresProcess, end_connections
from tests.web.support import wait_until

pytestmark = [pytest.mark.real, pytest.mark.fault(27)]


@pytest.fixture(scope="module")
def own() -> Iterator[PostgresProcess]:
    """A server that these tests kill. Its log is in small files, so that its disk can be full."""
    with PostgresProcess(("--wal-segsize=1",)) as server:
        yield server


def without_loss(outcome: Outcome) -> Outcome:
    assert (outcome.lost, outcome.silent) == (0, 0), outcome
    assert outcome.recall >= 0.99
    return outcome


def new_url(postgres: PostgresProcess) -> str:
    return postgres.url(f"fault-{secrets.token_hex(4)}")


def database_of(settings: Settings) -> str:
    return DatabaseAddress.parse(settings.database_url).database


# the machine that writes


@pytest.mark.fault(1)
def test_a_run_killed_at_a_random_moment_loses_nothing(
    tmp_path: Path, postgres: PostgresProcess
) -> None:
    outcome = index_faults.killed(tmp_path, 2, articles=12, database_url=new_url(postgres))
    assert without_loss(outcome).named == 0


@pytest.mark.fault(1)
def test_after_a_run_killed_halfway_only_the_rest_is_embedded(
    tmp_path: Path, postgres: PostgresProcess
) -> None:
    without_loss(index_faults.stopped_halfway(tmp_path, 70, new_url(postgres)))


@pytest.mark.fault(2)
def test_a_run_that_is_killed_at_any_step_loses_nothing_and_leaves_nothing(
    tmp_path: Path, postgres: PostgresProcess
) -> None:
    url = new_url(postgres)
    outcome = index_faults.died_at_each_step(tmp_path, every=130, articles=8, database_url=url)
    assert without_loss(outcome).named == 0
    assert outcome.rounds > 1
    assert not index_faults.unused_schemas(Bench(tmp_path / "look", 0, database_url=url), postgres)


@pytest.mark.fault(2)
def test_a_connection_lost_at_any_step_loses_nothing_and_leaves_nothing(
    tmp_path: Path, postgres: PostgresProcess
) -> None:
    url = new_url(postgres)
    outcome = index_faults.cut_off_at_each_step(tmp_path, 110, url, articles=8)
    assert without_loss(outcome).named == 0
    assert outcome.rounds > 1
    assert not index_faults.unused_schemas(Bench(tmp_path / "look", 0, database_url=url), postgres)


@pytest.mark.fault(3)
def test_a_second_run_is_refused_and_another_index_is_not(
    indexed: Settings, tmp_path: Path
) -> None:
    with SnapshotStore.of(indexed).lock():
        copy = replace(indexed, index=tmp_path / "copy")
        shutil.copytree(indexed.index, copy.index)
        with pytest.raises(DatabaseFault, match="is written to by another run"):
            build_index(copy)
        url = indexed.database_url.replace("index=default", "index=second")
        other = replace(indexed, index=tmp_path / "other", database_url=url)
        assert build_index(other).added == 4
    assert contents(other) == contents(indexed)


@pytest.mark.fault(3)
def test_a_run_that_is_killed_frees_its_lock(
    bench: Bench, tmp_path: Path, postgres: PostgresProcess
) -> None:
    assert bench.run()[0] == 0
    copy = replace(bench.settings, index=tmp_path / "copy")
    shutil.copytree(bench.settings.index, copy.index)
    bench.texts["new"] = bench.text()
    bench.write()
    first = bench.start(RunOptions(seconds_per_passage=5.0))
    locks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
    wait_until(lambda: postgres.sql(locks))
    with toys(bench.log):
        began = time.monotonic()
        with pytest.raises(DatabaseFault, match="is written to by another run"):
            build_index(copy)
        assert time.monotonic() - began < 5.0
        first.kill()
        first.join()
        wait_until(lambda: not postgres.sql(locks))
        build_index(copy)
    assert bench.contents()[0] == bench.expected()  # by the folder whose run was killed too


@pytest.mark.fault(4)
def test_each_damaged_file_is_named_and_repaired_without_embedding(
    tmp_path: Path, postgres: PostgresProcess
) -> None:
    outcome = index_faults.damaged(
        tmp_path, ways=1, articles=12, database_url=new_url(postgres), few=True
    )
    assert without_loss(outcome).notes == []


@pytest.mark.fault(4)
def test_lost_names_of_schemas_are_fetched_instead_of_embedding_all_anew(bench: Bench) -> None:
    bench.run()
    expected = bench.contents()
    for harm in (Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:40])):
        bench.take_embedded_count()
        harm(bench.current() / "records.json")
        with pytest.raises(IndexFault, match="type `rag index`"):
            bench.contents()
        status, message, _ = bench.run()
        assert (status, bench.take_embedded_count()) == (0, 0), message
        assert bench.contents() == expected


@pytest.mark.fault(5)
def test_a_full_disk_loses_nothing(tmp_path: Path, postgres: PostgresProcess) -> None:
    outcome = index_faults.full_disk(tmp_path, 1, articles=30, database_url=new_url(postgres))
    assert without_loss(outcome).rounds > 0


@pytest.mark.fault(9)
def test_indexing_again_leaks_no_schema_connection_or_text(
    tmp_path: Path, postgres: PostgresProcess
) -> None:
    without_loss(index_faults.indexed_again(tmp_path, 2, articles=12, server=postgres))


# the database


def test_a_chat_goes_on_when_the_database_is_back(toy: Settings, own: PostgresProcess) -> None:
    settings = replace(toy, database_url=own.url("chat"), model="none")
    chat_goes_on(settings, own, r"refuses connections|ended the connection")


def test_a_database_that_is_killed_during_an_update_loses_nothing(
    tmp_path: Path, own: PostgresProcess
) -> None:
    outcome = without_loss(index_faults.database_killed(tmp_path, 1, own, articles=20))
    assert outcome.named == 0


@pytest.mark.fault(5)
def test_a_full_database_is_named_and_loses_nothing(tmp_path: Path, own: PostgresProcess) -> None:
    bench = Bench(tmp_path, 5, database_url=own.url("full"))
    bench.run()
    old = bench.expected()
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ("".join(bench.random.choices(letters, k=1000)) for _ in range(1_500))
    bench.texts["long"] = " ".join(words)
    bench.write()
    own.kill()
    own.start(file_size=2048)
    with toys(bench.log), pytest.raises(DatabaseFault, match="has no space left"):
        build_index(bench.settings)
    assert bench.contents()[0] == old
    own.kill()
    own.start()
    bench.texts["long"] = bench.text()
    bench.write()
    assert bench.run()[0] == 0
    assert bench.contents()[0] == bench.expected()


@pytest.mark.parametrize(
    ("statement", "refusal", "command"),
    [
        ("UPDATE {s}.passage SET text = text || '.' WHERE row = 1", "", "rag index --rebuild"),
        ("DELETE FROM {s}.article WHERE id = 'ferry'", "as it was written", "rag index"),
        ("DROP TABLE {s}.place", "though the index here names it", "rag index"),
        ("DROP SCHEMA {s} CASCADE", "though the index here names it", "rag index"),
    ],
)
@pytest.mark.fault(4)
def test_a_record_that_somebody_changed_is_noticed_and_made_again(
    indexed: Settings, postgres: PostgresProcess, statement: str, refusal: str, command: str
) -> None:
    expected = contents(indexed)
    damage(indexed, postgres, statement)
    if refusal:
        with pytest.raises(DatabaseFault, match=f"{refusal}.*type `{command}`"):
            contents(indexed)
    else:  # the same numbers of rows: only reading all of them tells
        current = SnapshotStore.of(indexed).current()
        assert current is not None
        with pytest.raises(IndexFault, match=f"not as they were written.*type `{command}`"):
            verify_in_subprocess(current, record_place=indexed.record_place)
    build_index(indexed, rebuild="--rebuild" in command)
    assert contents(indexed) == expected


@pytest.mark.parametrize("rebuild", [False, True])
@pytest.mark.fault(4)
def test_a_record_that_lost_rows_is_taken_from_the_previous_snapshot(
    bench: Bench, postgres: PostgresProcess, rebuild: bool
) -> None:
    bench.run()
    bench.texts["more"] = bench.text()
    bench.write()
    bench.run()
    bench.take_embedded_count()
    damage(bench.settings, postgres, "DELETE FROM {s}.passage WHERE row = 2")
    status, message, _ = bench.run(RunOptions(rebuild=rebuild))
    assert (status, bench.take_embedded_count()) == (0, 1), message  # the old snapshot lacks one
    assert bench.contents()[0] == bench.expected()


@pytest.mark.parametrize(
    ("statement", "rebuild"),
    [
        ("DELETE FROM {s}.file", False),
        ("DELETE FROM {s}.file WHERE name LIKE 'keywords/%'", False),
        ("UPDATE {s}.file SET content = substring(content FROM 2)", False),
        ("UPDATE {s}.file SET content = set_byte(content, 0, 7) WHERE content <> ''", True),
    ],
)
@pytest.mark.fault(4)
def test_files_for_other_machines_that_somebody_changed_are_written_again(
    indexed: Settings,
    postgres: PostgresProcess,
    tmp_path: Path,
    statement: str,
    rebuild: bool,
) -> None:
    expected, there = contents(indexed), elsewhere(indexed, tmp_path / "there")
    damage(indexed, postgres, statement)
    with pytest.raises(DatabaseFault, match="not as they were written: type `rag index --rebuild`"):
        contents(there)
    assert contents(indexed) == expected
    assert build_index(indexed, rebuild=rebuild).unchanged == 4
    assert contents(there) == expected


@pytest.mark.parametrize(
    "statement", ["DROP SCHEMA footnoted CASCADE", "DELETE FROM footnoted.snapshots"]
)
@pytest.mark.fault(4)
def test_lost_tables_of_snapshots_are_written_again_without_embedding(
    indexed: Settings,
    postgres: PostgresProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
) -> None:
    expected, there = contents(indexed), elsewhere(indexed, tmp_path / "there")
    assert contents(there) == expected
    damage(indexed, postgres, statement)
    for settings in (indexed, there):
        with pytest.raises(DatabaseFault, match="has no index default: type `rag index` on"):
            contents(settings)
    with monkeypatch.context() as patch:
        patch.setattr(build, "_write_articles", None)  # embeds
        build_index(indexed)
    assert contents(indexed) == contents(there) == expected
    write(indexed, "ferry", "The ferry Maren was raised.")
    build_index(indexed)
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'footnoted_%'"
    assert postgres.sql(schemas, database_of(indexed)) == [[1]]  # text that went is not there
    assert contents(there) == contents(indexed) != expected


def damage(settings: Settings, postgres: PostgresProcess, statement: str) -> None:
    """Run a statement on the schema of the newest segment, `{s}`."""
    current = SnapshotStore.of(settings).current()
    assert current is not None
    schema = json.loads((current / "records.json").read_text())["schema"]
    postgres.sql(statement.replace("{s}", schema), database_of(settings))


# a machine that reads


@pytest.mark.fault(4)
def test_each_file_that_is_damaged_where_it_is_read_is_fetched_again(
    indexed: Settings, tmp_path: Path
) -> None:
    there, expected = elsewhere(indexed, tmp_path / "there"), contents(indexed)
    contents(there)
    (folder,) = there.index.glob("gen-*")
    names = [each.relative_to(folder) for each in folder.rglob("*") if each.is_file()]
    assert len(names) > 10
    for number, name in enumerate(names):
        (folder,) = there.index.glob("gen-*")
        for way, what in enumerate(damages(folder / name, index_faults.random.Random(number))):
            if way == number % 4:
                assert contents(there) == expected, (name, what)
                break
    (there.index / "CURRENT").unlink()
    assert contents(there) == expected


@pytest.mark.fault(1, 5)
def test_fetching_survives_a_kill_a_full_disk_and_lost_connections(
    bench: Bench, tmp_path: Path
) -> None:
    assert bench.run()[0] == 0
    there = Bench(tmp_path / "there", 0, database_url=bench.settings.database_url)
    steps = there.run(RunOptions(read=True))[2]
    assert steps > 20
    for step in range(1, steps + 1, 25):
        shutil.rmtree(there.settings.index, ignore_errors=True)
        assert there.run(RunOptions(read=True, kill_at_step=step))[0] == -9
        assert there.contents()[0] == bench.expected(), f"killed at {step}"
        assert not list(there.settings.index.glob(".fetching-*"))
    for step in range(1, steps + 1, 25):
        shutil.rmtree(there.settings.index, ignore_errors=True)
        status, line, _ = there.run(RunOptions(read=True, cut_at_step=step))
        assert status == 0 or "ended the connection" in line, f"cut off at {step}: {line}"
        assert there.contents()[0] == bench.expected(), f"cut off at {step}"
    shutil.rmtree(there.settings.index)
    status, line, _ = there.run(RunOptions(read=True, file_size_limit=10_000))
    assert status == 1
    assert "cannot be fetched" in line
    assert "give it space" in line
    assert there.contents()[0] == bench.expected()


@pytest.mark.fault(6)
def test_a_folder_that_cannot_be_written_is_searched_and_named_when_it_is_behind(
    indexed: Settings, tmp_path: Path
) -> None:
    there, expected = elsewhere(indexed, tmp_path / "there"), contents(indexed)
    contents(there)
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    folders = [there.index, *(each for each in there.index.rglob("*") if each.is_dir())]
    for each in folders:
        each.chmod(0o555)
    code = (
        "from tests.index.support import *; from rag.settings import Settings\n"
        f"settings = Settings(index=Path({str(there.index)!r}), "
        f"database_url={there.database_url!r})\n"
        "try:\n  print(len(contents(settings)[0]))\nexcept Exception as error: print(error)"
    )
    try:
        assert printed_without_rights(code) == "4"
        build_index(indexed)
        assert "cannot be fetched" in (line := printed_without_rights(code))
        assert "write rights" in line
    finally:
        for each in folders:
            each.chmod(0o755)
    assert contents(there) == contents(indexed) != expected


@pytest.mark.fault(7, 8)
def test_an_index_of_other_settings_or_another_version_is_refused_where_it_is_read(
    indexed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, expected = elsewhere(indexed, tmp_path / "there"), contents(indexed)
    for change in ({"embedder": "bge-small-en-v1.5"}, {"passage_tokens": 60}):
        with pytest.raises(IndexFault, match=r"was built with .* type `rag index --rebuild`"):
            Assistant.open(replace(there, **change))
    ours = build.expected_fingerprint(there)
    with monkeypatch.context() as patch:  # it is written by another version
        patch.setattr(manifest, "SCHEMA", 2)
        patch.setattr(build, "expected_fingerprint", lambda _: replace(ours, schema=2))
        build_index(indexed, rebuild=True)
        assert contents(there) == expected
    for settings in (indexed, there):
        with pytest.raises(IndexFault, match="was written by another version: type `rag index"):
            contents(settings)
    build_index(indexed)
    assert contents(there) == contents(indexed) == expected


def test_a_clock_that_is_wrong_changes_nothing(indexed: Settings, tmp_path: Path) -> None:
    there, expected = elsewhere(indexed, tmp_path / "there"), contents(indexed)
    assert contents(there) == expected
    for settings in (indexed, there):
        for each in settings.index.rglob("*"):
            os.utime(each, (0, 0))
    assert contents(there) == contents(indexed) == expected
    assert build_index(indexed).unchanged == 4


def test_a_chat_reads_on_when_its_connections_are_ended(indexed: Settings, tmp_path: Path) -> None:
    with Assistant.open(elsewhere(indexed, tmp_path / "there")) as chat:
        expected = chat.search("bridge Sund crowns", 4)
        for _ in range(3):
            end_connections(indexed.database_url)
            assert chat.search("bridge Sund crowns", 4) == expected
