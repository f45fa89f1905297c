"""The record in a real PostgreSQL: the same as in SQLite, read by several machines, with faults."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.cli.doctor import run_checks
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
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.verify import verify_in_subprocess
from rag.settings import Settings
from rag.web.services.app_state import _build
from tests import index_faults
from tests.index_bench import _FORKING, Bench, RunOptions, toys
from tests.postgres import PASSWORD, PostgresProcess

pytestmark = [pytest.mark.real, pytest.mark.fault(27)]
QUESTION = "bridge Sund crowns"
QUIET = lambda *_: None  # noqa: E731


@pytest.fixture
def settings(toy: Settings, postgres: PostgresProcess) -> Settings:
    url = postgres.url(f"toy-{secrets.token_hex(4)}")
    return replace(toy, database_url=url, model="none")


@pytest.fixture
def indexed(settings: Settings) -> Settings:
    build_index(settings)
    return settings


@pytest.fixture
def bench(tmp_path: Path, postgres: PostgresProcess) -> Bench:
    return Bench(tmp_path, 30, database_url=postgres.url(f"bench-{secrets.token_hex(4)}"))


def elsewhere(settings: Settings, folder: Path) -> Settings:
    """The same index, read on another machine, which has no corpus."""
    return replace(settings, index=folder / "index", corpus=folder / "none")


def write(settings: Settings, name: str, text: str) -> None:
    (settings.corpus / f"{name}.md").write_text(text)


def opened(settings: Settings) -> Snapshot:
    return SnapshotStore.of(settings).open_current(build.expected_fingerprint(settings))


def contents(settings: Settings) -> tuple[dict[str, str], list[str]]:
    """The texts of all articles by id, and of all passages."""
    snapshot = opened(settings)
    try:
        texts = {each.id: each.text for each in snapshot.documents.articles()}
        return texts, snapshot.documents.texts()
    finally:
        snapshot.close()


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


def test_answers_are_those_of_sqlite(
    real_settings: Settings, postgres: PostgresProcess, tmp_path: Path
) -> None:
    """Of the real models, over seeds/, asked of a machine that only reads."""
    writer = replace(
        real_settings, model="none", index=tmp_path / "index", database_url=postgres.url("seeds")
    )
    build_index(writer)
    questions = (
        "What did Kim call Putin?",
        "How many articles are there?",
        "Who said that the moon is made of cheese?",
    )
    answers = []
    for settings in (replace(writer, index=real_settings.index, database_url=""),
                     elsewhere(writer, tmp_path / "there")):  # fmt: skip
        with Assistant.open(settings) as assistant:
            given = [assistant.ask(question).to_dict() for question in questions]
        answers.append([{k: v for k, v in each.items() if k != "timings"} for each in given])
    assert answers[0] == answers[1]


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
    schemas = index_faults.schemas_of(bench, postgres)
    assert schemas == index_faults.named_schemas(bench, postgres)
    assert len(schemas) == 2  # the snapshot before stays after an addition


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
    name = indexed.database_url.partition("index=")[2]
    ((old,),) = postgres.sql(f"SELECT current FROM footnoted.indexes WHERE name = '{name}'")
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    build_index(indexed)
    assert "harbour" in contents(there)[0]
    postgres.sql(f"UPDATE footnoted.indexes SET current = '{old}' WHERE name = '{name}'")
    assert contents(indexed) == contents(there) == before
    build_index(indexed)
    assert "harbour" in contents(indexed)[0]
    assert contents(there) == contents(indexed)


def _read(settings: Settings, until: Path, output: Path) -> None:
    """In a process of its own: open the index again and again, and write what was there."""
    seen: set[str] = set()
    while not until.exists():
        try:
            snapshot = opened(settings)
            texts = sorted(each.text for each in snapshot.documents.articles())
            snapshot.close()
            seen.add(json.dumps(texts))
        except IndexFault as error:
            seen.add(str(error))
    output.write_text(json.dumps(sorted(seen)))


def test_two_processes_read_while_one_writes(bench: Bench, tmp_path: Path) -> None:
    status, message, _ = bench.run()
    assert status == 0, message
    there, done = elsewhere(bench.settings, tmp_path / "there"), tmp_path / "done"
    readers = [
        _FORKING.Process(target=_read, args=(settings, done, tmp_path / f"read{number}"))
        for number, settings in enumerate((bench.settings, there))
    ]
    states = [json.dumps(sorted(bench.texts.values()))]
    for reader in readers:
        reader.start()
    for _ in range(4):
        bench.change()
        states.append(json.dumps(sorted(bench.texts.values())))
        assert bench.run()[0] == 0
    time.sleep(1.0)
    done.touch()
    for number, reader in enumerate(readers):
        reader.join(60)
        seen = json.loads((tmp_path / f"read{number}").read_text())
        known = [each for each in seen if each in states]
        assert states[-1] in known
        assert len(known) > 1
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


# faults


def test_a_second_run_is_refused_and_another_index_is_not(
    indexed: Settings, postgres: PostgresProcess, tmp_path: Path
) -> None:
    with SnapshotStore.of(indexed).lock():
        copy = replace(indexed, index=tmp_path / "copy")
        copy.index.mkdir()
        (copy.index / "WRITER").write_text((indexed.index / "WRITER").read_text())
        with pytest.raises(DatabaseFault, match="is written to by another run"):
            build_index(copy)
        other = replace(indexed, index=tmp_path / "other", database_url=postgres.url("second"))
        assert build_index(other).added == 4
    assert contents(other) == contents(indexed)


FAULTS: dict[str, Callable[[PostgresProcess], str]] = {
    "refuses connections": lambda server: server.url().replace(str(server.port), "9"),
    "host name that is not known": lambda server: server.url().replace("127.0.0.1", "no.invalid"),
    "refuses the user or the password": lambda server: server.url(password="wrong"),
    "refuses the user or the password (": lambda server: server.url(user="nobody"),
    "is not there": lambda server: server.url(database="missing"),
    "has no TLS connection": lambda server: server.url(sslmode="require"),
    "createdb --encoding UTF8": lambda server: server.url(database="ascii"),
    "is read-only": lambda server: server.url(user="frozen", password="frozen"),
    "too few rights": lambda server: server.url("rights", user="guest", password="guest"),
}


@pytest.fixture(scope="module")
def _users(postgres: PostgresProcess) -> None:
    postgres.sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    postgres.sql("CREATE USER frozen SUPERUSER PASSWORD 'frozen'")
    postgres.sql("ALTER USER frozen SET default_transaction_read_only = on")
    postgres.sql("CREATE USER guest PASSWORD 'guest'")


@pytest.mark.usefixtures("_users")
@pytest.mark.parametrize("line", FAULTS)
def test_each_fault_is_one_line_without_the_password(
    line: str,
    toy: Settings,
    postgres: PostgresProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = FAULTS[line](postgres)
    monkeypatch.setenv("RAG_DATABASE_URL", url)
    for name in ("index", "corpus"):
        monkeypatch.setenv(f"RAG_{name.upper()}", str(getattr(toy, name)))
    began = time.monotonic()
    assert main(["index"]) == 1
    *_, error = capsys.readouterr().err.strip().splitlines()
    assert line in error
    assert error.startswith("rag: the PostgreSQL database ")
    assert ": " in error
    assert time.monotonic() - began < 30
    for secret in (PASSWORD, "p%40ss%3Aw%2Frd", "wrong@"):
        assert secret not in error


def test_what_is_no_postgresql_and_what_never_answers_are_named(
    toy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket
    import threading

    from rag.index.records import connection

    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 0.5)
    for reply, line in ((b"HTTP/1.1 400 Bad Request\r\n\r\n", "no server of"), (b"", "in time")):
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def answer(reply: bytes = reply, listening: socket.socket = listening) -> None:
                client, _ = listening.accept()
                client.recv(1000)
                if reply:
                    client.sendall(reply)
                    client.close()
                else:
                    time.sleep(2.0)

            threading.Thread(target=answer, daemon=True).start()
            url = f"postgresql://u:geheim@127.0.0.1:{listening.getsockname()[1]}/d"
            with pytest.raises(DatabaseFault, match=line) as caught:
                build_index(replace(toy, database_url=url))
            assert "geheim" not in str(caught.value)


def test_the_password_is_written_nowhere(
    indexed: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = PASSWORD.encode()
    files = [each for each in indexed.index.parent.rglob("*") if each.is_file()]
    assert not any(secret in each.read_bytes() for each in files)
    assert PASSWORD not in repr(indexed)
    assert "p%40ss" not in repr(indexed)
    texts = [f"{each}" for each in run_checks(replace(indexed, reader="none"))]
    record = next(each for each in texts if "record" in each)
    assert "articles, passages, their vectors and corrections are sent there" in record
    assert not any("p%40ss" in each or PASSWORD in each for each in texts)
    commands = []

    def run(self: object, seconds: float) -> None:
        commands.append(self.command)  # type: ignore[attr-defined]
        raise OSError

    monkeypatch.setattr("rag.index.verify.Worker.run", run)
    current = SnapshotStore.of(indexed).current()
    assert current is not None
    with pytest.raises(OSError):
        verify_in_subprocess(current, record_place=indexed.record_place)
    assert "p%40ss" not in str(commands)


def test_a_chat_goes_on_when_the_database_is_back(toy: Settings) -> None:
    with PostgresProcess() as own:
        settings = replace(toy, database_url=own.url(), model="none")
        build_index(settings)
        assistant = Assistant.open(settings)
        expected = assistant.search(QUESTION, 4)
        own.kill()
        with pytest.raises(DatabaseFault, match=r"refuses connections|ended the connection"):
            assistant.search(QUESTION, 4)
        own.start()
        assert assistant.search(QUESTION, 4) == expected
        own.kill()  # between two questions: the connection that is kept is dead
        own.start()
        assert assistant.search(QUESTION, 4) == expected
        assistant.close()


def test_a_database_that_is_killed_during_an_update_loses_nothing(tmp_path: Path) -> None:
    outcome = index_faults.database_killed(tmp_path, 2, articles=30)
    assert (outcome.lost, outcome.silent, outcome.named) == (0, 0, 0), outcome.notes
    assert outcome.recall >= 0.99


def test_a_full_database_is_named_and_loses_nothing(tmp_path: Path) -> None:
    with PostgresProcess(("--wal-segsize=1",)) as own:
        bench = Bench(tmp_path, 30, database_url=own.url())
        bench.run()
        old = bench.expected()
        bench.texts.update({f"b{n}": " ".join(bench.text() for _ in range(100)) for n in range(60)})
        bench.write()
        own.kill()
        own.start(file_size=2048)
        with toys(bench.log), pytest.raises(DatabaseFault, match="has no space left"):
            build_index(bench.settings)
        assert bench.contents()[0] == old
        own.kill()
        own.start()
        assert bench.run()[0] == 0
        assert bench.contents()[0] == bench.expected()


def test_a_run_that_is_killed_at_any_step_loses_nothing_and_leaves_nothing(
    tmp_path: Path, postgres: PostgresProcess
) -> None:
    url = postgres.url(f"steps-{secrets.token_hex(4)}")
    outcome = index_faults.died_at_each_step(tmp_path, every=90, articles=20, database_url=url)
    assert (outcome.lost, outcome.silent, outcome.named) == (0, 0, 0), outcome.notes
    assert outcome.rounds > 1
    bench = Bench(tmp_path / "look", 0, database_url=url)
    schemas = index_faults.schemas_of(bench, postgres)
    assert schemas == index_faults.named_schemas(bench, postgres)


@pytest.mark.parametrize(
    ("statement", "refusal", "embeds"),
    [
        ("UPDATE {s}.passage SET text = text || '.' WHERE row = 1", "", True),
        ("DELETE FROM {s}.article WHERE id = 'ferry'", "as it was written", True),
        ("DROP SCHEMA {s} CASCADE", "though the index here names it", True),
        ("DELETE FROM {s}.file", "", False),
    ],
)
def test_a_record_that_somebody_changed_is_noticed_and_made_again(
    indexed: Settings, postgres: PostgresProcess, statement: str, refusal: str, embeds: bool
) -> None:
    store = SnapshotStore.of(indexed)
    expected = contents(indexed)
    current = store.current()
    assert current is not None
    schema = json.loads((current / "records.json").read_text())["schema"]
    postgres.sql(statement.replace("{s}", schema))
    if refusal:
        with pytest.raises(DatabaseFault, match=refusal):
            contents(indexed)
    elif embeds:  # the same numbers of rows: only reading all of them tells
        with pytest.raises(IndexFault, match="not as they were written"):
            verify_in_subprocess(current, record_place=indexed.record_place)
    build_index(indexed, rebuild=True)
    assert contents(indexed) == expected


def test_files_that_are_damaged_where_it_is_read_are_fetched_again(
    indexed: Settings, tmp_path: Path
) -> None:
    there = elsewhere(indexed, tmp_path / "there")
    expected = contents(there)
    (header,) = list(there.index.rglob("header.bin"))
    header.write_bytes(b"x")
    assert contents(there) == expected
    (there.index / "CURRENT").unlink()
    assert contents(there) == expected


# what belongs to an index


def test_a_backup_holds_the_record_and_is_restored_to_a_database(
    indexed: Settings, tmp_path: Path, postgres: PostgresProcess
) -> None:
    SnapshotStore.of(indexed).corrections.correct("bridge", {"source": "Post"})
    expected = search_results(indexed)
    file = tmp_path / "backup.zip"
    write_backup(elsewhere(indexed, tmp_path / "reader"), file)  # on any machine
    again = replace(indexed, index=tmp_path / "again", conversations=tmp_path / "chats")
    with pytest.raises(BackupError, match="has an index toy-"):
        restore_backup(again, file)
    other = replace(again, database_url=postgres.url(f"again-{secrets.token_hex(4)}"))
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
    schemas = postgres.sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'footnoted_%'")
    remove_collection(base, "haven")
    fewer = postgres.sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'footnoted_%'")
    assert fewer[0][0] == schemas[0][0] - 1
    assert SnapshotStore(own.index, "", name).current() is None
    assert len(contents(indexed)[0]) == 4
