"""The address of PostgreSQL, taken apart; what is wrong is said without the address."""

from __future__ import annotations

import pytest

from rag.errors import SettingsError
from rag.runtime.network.database_address import DatabaseAddress
from rag.settings import Settings


def test_an_address_is_taken_apart() -> None:
    address = DatabaseAddress.parse("postgresql://ada:p%40ss@10.0.0.5/articles?index=north")
    assert (address.user, address.password) == ("ada", "p@ss")
    assert (address.host, address.port, address.database) == ("10.0.0.5", 5432, "articles")
    assert (address.index, address.ssl, address.is_elsewhere) == ("north", "require", True)
    assert str(address) == "the PostgreSQL database articles at 10.0.0.5:5432"
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_this_machine_needs_no_encryption(host: str) -> None:
    address = DatabaseAddress.parse(f"postgresql://ada@{host}:6000/articles")
    assert (address.ssl, address.is_elsewhere, address.port) == ("disable", False, 6000)
    assert Settings(database_url=f"postgresql://ada@{host}/a").record_elsewhere == ""


def test_a_socket_is_named_by_its_folder() -> None:
    address = DatabaseAddress.parse("postgresql://ada@/articles?host=/var/run/postgresql")
    assert str(address) == "the PostgreSQL database articles in /var/run/postgresql:5432"
    assert not address.is_elsewhere


def test_each_collection_is_an_index_of_its_own() -> None:
    url = "postgresql://ada:secret@db.example/articles?index=north"
    settings = Settings(database_url=url)
    assert settings.record_place == url
    place = settings.of("Häfen").record_place
    assert DatabaseAddress.parse(place).index == "north/Häfen"
    assert settings.record_elsewhere == "the PostgreSQL database articles at db.example:5432"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("mysql://ada:geheim@h/a", "no address of PostgreSQL"),
        ("postgresql://ada:geheim@h", "names no host and one database"),
        ("postgresql://:geheim@h/a", "names no user"),
        ("postgresql://ada:geheim@h:port/a", "is no address"),
        ("postgresql://ada:geheim@h/a?sslmode=prefer", "another sslmode than disable, require"),
        ("postgresql://ada:geheim@h/a?geheim=1", "may have index=…, sslmode=… and host=…"),
        ("postgresql://ada:geheim@h/a?index=a/b", "not of letters"),
        ("postgresql://ada:ge#heim@h/a", "write %23 in a password"),
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(url: str, line: str) -> None:
    with pytest.raises(SettingsError, match="RAG_DATABASE_URL") as caught:
        Settings(database_url=url)
    assert line in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert "heim@" not in str(caught.value)
