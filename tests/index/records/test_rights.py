"""A user that may only read, and certificates: what docs/postgresql.md says, on a real server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.errors import CorrectionError, DatabaseFault
from rag.index.build import build_index
from rag.index.records.connection import Database
from rag.index.snapshots import SnapshotStore
from rag.runtime.network.database_address import DatabaseAddress
from rag.settings import Settings
from tests.conftest import ROOT
from tests.index.support import articles_found, contents, elsewhere, write
from tests.postgres import PASSWORD, PostgresProcess

pytestmark = [pytest.mark.real, pytest.mark.fault(27)]
READER = "le/ser@1"


# a user that may only read


def documented_rights() -> str:
    """The statements of docs/postgresql.md that make a user who may read, and nothing else."""
    text = (ROOT / "docs/postgresql.md").read_text()
    (block,) = re.findall(r"```sql\n(CREATE USER reader.*?)```", text, re.DOTALL)
    return block.replace("'…'", f"'{READER}'")


@pytest.fixture
def reader(indexed: Settings, tmp_path: Path, postgres: PostgresProcess) -> Iterator[Settings]:
    """The index as that user reads it on another machine."""
    database = DatabaseAddress.parse(indexed.database_url).database
    postgres.sql(documented_rights(), database)
    url = postgres.url(user="reader", password=READER, database=database)
    yield replace(elsewhere(indexed, tmp_path / "there"), database_url=url)
    postgres.sql("DROP OWNED BY reader; DROP USER reader", database)


def test_a_user_that_may_only_read_reads_and_asks_what_is_and_what_will_be_published(
    indexed: Settings, reader: Settings
) -> None:
    assert contents(reader) == contents(indexed)
    with Assistant.open(reader) as chat:
        assert chat.search("bridge Sund crowns", 1)[0].passage.article == "bridge"
        assert "4 articles" in chat.ask("How many articles are there?").text
        write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
        build_index(indexed)  # a new schema
        assert chat.search("harbour Maren closed", 1)[0].passage.article == "harbour"
    write(indexed, "harbour", "The harbour of Maren was opened on Monday.")
    build_index(indexed)
    assert contents(reader) == contents(indexed)


def test_a_user_that_may_only_read_writes_nothing_and_is_told_so(
    indexed: Settings,
    reader: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    articles_found(reader)
    writing = replace(reader, index=indexed.index, corpus=indexed.corpus)
    for settings, flags, line in (
        (reader, [], "another folder writes it"),
        (writing, [], "gives this user too few rights"),
        (writing, ["--rebuild"], "gives this user too few rights"),
        (reader, [str(indexed.corpus), "--replace"], "gives this user too few rights"),
    ):
        write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
        for name in ("index", "corpus", "database_url"):
            monkeypatch.setenv(f"RAG_{name.upper()}", str(getattr(settings, name)))
        assert main(["index", *flags]) == 1
        *_, error = capsys.readouterr().err.strip().splitlines()
        assert error.startswith("rag: the PostgreSQL database ")
        assert line in error
        assert READER not in error
    with pytest.raises(CorrectionError, match=r"too few rights.*nothing was corrected"):
        SnapshotStore.of(reader).corrections.correct("bridge", {"source": "Post"})
    assert len(contents(reader)[0]) == 4


def test_a_user_that_may_correct_too_corrects(
    indexed: Settings, reader: Settings, postgres: PostgresProcess
) -> None:
    database = DatabaseAddress.parse(indexed.database_url).database
    postgres.sql("GRANT UPDATE ON footnoted.indexes TO reader", database)
    SnapshotStore.of(reader).corrections.correct("bridge", {"source": "Post"})
    with Assistant.open(indexed) as chat:
        assert chat.article("bridge").source == "Post"


# certificates


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_authority(folder: Path, name: str) -> Path:
    """A certificate authority; the file of its certificate, beside that of its key."""
    certificate = folder / f"{name}.crt"
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "2", "-subj", f"/CN={name}", "-keyout", str(folder / f"{name}.key")),
        *("-out", str(certificate)),
    )
    return certificate


def make_certificate(authority: Path, host: str, folder: Path) -> Path:
    """A path whose `.crt` and `.key` are those of a server `host`, signed by `authority`."""
    to = folder / f"{host} of {authority.stem}"
    request, names = _file(to, ".csr"), _file(to, ".names")
    names.write_text(f"subjectAltName=DNS:{host}\n")
    _openssl(
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", f"/CN={host}", "-keyout", str(_file(to, ".key")), "-out", str(request)),
    )
    _openssl(
        *("x509", "-req", "-in", str(request), "-days", "2", "-extfile", str(names)),
        *("-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")), "-CAcreateserial"),
        *("-out", str(_file(to, ".crt"))),
    )
    return to


def _file(to: Path, ending: str) -> Path:
    return to.with_name(f"{to.name}{ending}")  # of a host with dots in its name


@pytest.fixture
def authority(postgres: PostgresProcess, tmp_path: Path) -> Iterator[Path]:
    """An authority whose certificate for `localhost` the server has, while the test runs."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl, which makes certificates: type `apt-get install openssl`")
    own = make_authority(tmp_path, "authority")
    postgres.set_certificate(make_certificate(own, "localhost", tmp_path))
    yield own
    postgres.set_certificate(None)


def test_verify_full_accepts_the_right_host_of_a_known_authority_alone(
    settings: Settings,
    postgres: PostgresProcess,
    authority: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def over(mode: str) -> Settings:
        url = postgres.url("tls", sslmode=mode).replace("127.0.0.1", "localhost")
        return replace(settings, database_url=url)

    def refused() -> str:
        with pytest.raises(DatabaseFault) as caught:
            build_index(over("verify-full"))
        assert caught.value.kind == "tls"
        message = str(caught.value)
        assert "\n" not in message
        assert PASSWORD not in message
        assert "p%40ss" not in message
        return message

    assert "SSL_CERT_FILE" in refused()  # the authority is not known
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert build_index(over("verify-full")).added == 4
    own = Database(DatabaseAddress.parse(over("verify-full").database_url))
    ((encrypted,),) = own.rows("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    assert encrypted is True
    own.close()

    postgres.set_certificate(make_certificate(authority, "db.example", tmp_path))
    assert "Hostname mismatch" in refused()
    assert articles_found(over("require"))  # which looks at no name
    other = make_authority(tmp_path, "other")
    postgres.set_certificate(make_certificate(other, "localhost", tmp_path))
    assert "issuer certificate" in refused()
    postgres.set_certificate(None)
    assert "the server offers none" in refused()
