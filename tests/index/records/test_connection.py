"""Each way in which a database cannot be used has a line, without the password of its address."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from rag.cli import main
from rag.cli.doctor import run_checks
from rag.errors import DatabaseFault
from rag.index.build import build_index
from rag.index.records import connection
from rag.index.records.connection import Database
from rag.index.snapshots import SnapshotStore
from rag.index.verify import verify_in_subprocess
from rag.runtime.network.database_address import DatabaseAddress
from rag.settings import Settings
from tests.postgres import PASSWORD, PostgresProcess

pytestmark = [pytest.mark.real, pytest.mark.fault(27)]
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


def test_a_machine_that_is_gone_without_a_word_is_noticed_within_a_minute(
    postgres: PostgresProcess,
) -> None:
    """Else its lock would stay for two hours: only the database can tell that nobody is there."""
    database = Database(DatabaseAddress.parse(postgres.url()))
    settings = (
        f"current_setting('tcp_keepalives_{each}')" for each in ("idle", "interval", "count")
    )
    ((idle, interval, count),) = database.rows(f"SELECT {', '.join(settings)}")
    assert 0 < int(idle) + int(interval) * int(count) <= 60
    database.close()
