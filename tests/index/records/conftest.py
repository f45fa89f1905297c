"""An index in PostgreSQL: built once, and copied with its database, which takes no time."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.index import build
from rag.index.build import build_index
from rag.index.records.connection import shared_database
from rag.index.verify import verify
from rag.runtime.network.database_address import DatabaseAddress
from rag.settings import Settings
from tests.conftest import toy_settings, use_toy_embedder, write_corpus
from tests.index_bench import Bench
from tests.postgres import PostgresProcess


@pytest.fixture
def settings(toy: Settings, postgres: PostgresProcess, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As `toy`, with a name of its own in a database; no index yet.

    Verified in this process, as in `tests.index_bench`: a fresh one takes a second.
    """
    monkeypatch.setattr(build, "verify_in_subprocess", verify)
    url = postgres.url(f"toy-{secrets.token_hex(4)}")
    yield replace(toy, database_url=url, model="none")
    close(url)


@pytest.fixture(scope="session")
def toy_database(postgres: PostgresProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy corpus and its index, whose record is in the database `toy`; it is copied."""
    folder = tmp_path_factory.mktemp("toy-database")
    write_corpus(folder / "corpus")
    postgres.sql("CREATE DATABASE toy", database="postgres")
    url = postgres.url(database="toy")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(replace(toy_settings(folder), database_url=url))
    close(url)  # what is in use cannot be copied
    return folder


@pytest.fixture
def indexed(
    settings: Settings, postgres: PostgresProcess, toy_database: Path
) -> Iterator[Settings]:
    """The toy index in a database of its own."""
    shutil.copytree(toy_database, settings.index.parent, dirs_exist_ok=True)
    name = f"toy_{secrets.token_hex(4)}"
    postgres.sql(f"CREATE DATABASE {name} TEMPLATE toy", database="postgres")
    url = postgres.url(database=name)
    yield replace(settings, database_url=url)
    close(url)


@pytest.fixture
def bench(tmp_path: Path, postgres: PostgresProcess) -> Iterator[Bench]:
    """Twelve articles; nothing of them is indexed yet."""
    url = postgres.url(f"bench-{secrets.token_hex(4)}")
    yield Bench(tmp_path, 12, database_url=url)
    close(url)


def close(url: str) -> None:
    """End the connection of this process: the server has few, and each database takes one."""
    shared_database(DatabaseAddress.parse(url)).close()
