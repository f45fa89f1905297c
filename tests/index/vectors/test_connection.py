"""Each way in which a Chroma server can fail has a name and a line that says what to do."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rag.cli.doctor import run_checks
from rag.errors import ChromaServerError, SettingsError
from rag.index.build import build_index
from rag.index.vectors import connection
from rag.index.vectors.connection import ChromaServer
from rag.settings import Settings
from tests.index.vectors.fake import CLOSES, DATABASE, GOOD, HANGS, Answers, FakeChroma

pytestmark = pytest.mark.fault(26)
NO_TENANT = b'{"error": "NotFoundError", "message": "Tenant [x] not found"}'
COLLECTIONS = f"GET {DATABASE}/collections"


def fault_of(url: str) -> ChromaServerError:
    """The error for the server `url`; one line that says what to do."""
    with pytest.raises(ChromaServerError) as caught:
        list(ChromaServer(url).collections())
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("the Chroma server http")
    assert (
        "RAG_CHROMA_URL" in message
        or "see " in message
        or "type `rag" in message
        or ("chroma run" in message)
    )
    return caught.value


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("not_chroma", {}),
        ("not_chroma", {"GET /api/v2/version": (200, b"<html>It works!</html>")}),
        ("not_chroma", {"GET /api/v2/version": (200, b'{"version": "1.0.0"}')}),
        ("version", {"GET /api/v1/version": (200, b'"0.5.23"')}),
        ("version", {"GET /api/v2/version": (200, b'"0.6.3"')}),
        ("version", {"GET /api/v2/version": (200, b'"2.0.0"')}),
        ("rejected", {"GET /api/v2/version": (401, b"")}),
        ("rejected", {"GET /api/v2/version": (403, b"")}),
        ("redirect", {"GET /api/v2/version": (308, b"")}),
        ("failed", {"GET /api/v2/version": (503, b"busy")}),
        ("cut_off", {"GET /api/v2/version": CLOSES}),
        ("database", GOOD | {f"GET {DATABASE}": (404, NO_TENANT)}),
        ("failed", GOOD | {COLLECTIONS: (500, b'{"error": "Internal", "message": "disk full"}')}),
        ("not_chroma", GOOD | {COLLECTIONS: (200, b"none")}),
        ("not_chroma", GOOD | {COLLECTIONS: (200, b'{"names": []}')}),
        ("not_chroma", GOOD | {COLLECTIONS: (200, b'[{"id": 1}]')}),
        ("not_chroma", GOOD),
    ],
)
def test_what_answers_otherwise_has_a_name(kind: str, answers: Answers) -> None:
    with FakeChroma(answers) as server:
        error = fault_of(server.url)
        assert error.kind == kind
        assert "/elsewhere" not in " ".join(server.requests)  # no redirect is followed


def test_no_server_no_host_and_no_certificate() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert fault_of(f"http://127.0.0.1:{free.getsockname()[1]}").kind == "refused"
    assert fault_of("http://chroma.invalid:8000").kind in ("unknown_host", "unreachable")
    assert fault_of("http://no host:8000").kind == "unknown_host"
    with FakeChroma(GOOD) as server:
        assert fault_of(server.url.replace("http:", "https:")).kind == "tls"


def test_a_server_that_hangs_is_given_up_within_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "SECONDS", 0.5)
    for answers in ({"GET /api/v2/version": HANGS}, GOOD | {COLLECTIONS: HANGS}):
        with FakeChroma(answers) as server:
            began = time.monotonic()
            error = fault_of(server.url)
            assert error.kind == "too_slow"
            assert "0.5 s" in str(error)
            assert time.monotonic() - began < 5


def test_nothing_but_the_address_is_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeChroma({}) as proxy, FakeChroma(GOOD | {COLLECTIONS: (200, b"[]")}) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("CHROMA_SERVER_HOST", proxy.url)
        monkeypatch.setenv("CHROMA_OTEL_COLLECTION_ENDPOINT", proxy.url)
        monkeypatch.setenv("ANONYMIZED_TELEMETRY", "True")
        assert list(ChromaServer(server.url).collections()) == []
        assert proxy.requests == []
        assert server.requests == [
            "GET /api/v2/version",
            f"GET {DATABASE}",
            COLLECTIONS,
        ]


def test_tenant_and_database_are_those_of_the_address() -> None:
    path = "/api/v2/tenants/news%20room/databases/articles"
    answers = {**GOOD, f"GET {path}": (200, b"{}"), f"GET {path}/collections": (200, b"[]")}
    with FakeChroma(answers) as server:
        url = f"{server.url}/api/v2/?tenant=news+room&database=articles"
        assert list(ChromaServer(url).collections()) == []
        wrong = fault_of(f"{server.url}?tenant=nobody")
        assert wrong.kind == "database"
        assert "nobody" in str(wrong)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://host",
        "http://",
        "http://name:secret@host:8000",
        "http://host?token=secret",
        "http://host?tenant=",
        "http://host#secret",
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsError, match="RAG_CHROMA_URL") as caught:
        Settings(chroma_url=url)
    assert "secret" not in str(caught.value)


def test_where_vectors_go_is_said_only_of_another_machine() -> None:
    assert Settings().vectors_elsewhere == ""
    for host in ("localhost", "127.0.0.1", "127.1.2.3", "[::1]"):
        assert Settings(chroma_url=f"http://{host}:8000").vectors_elsewhere == ""
    for host in ("chroma.local", "10.0.0.1", "127.0.0.1.example.org"):
        url = f"http://{host}:8000"
        assert Settings(chroma_url=f"{url}?tenant=t").vectors_elsewhere == url


def test_indexing_stops_before_it_embeds_where_there_is_no_server(toy: Settings) -> None:
    with FakeChroma({}) as server:
        stages: list[str] = []
        with pytest.raises(ChromaServerError, match="is no Chroma server"):
            build_index(replace(toy, chroma_url=server.url), lambda stage, *_: stages.append(stage))
    assert stages == []
    assert not list(toy.index.glob("gen-*"))


def test_the_doctor_names_the_fault_and_what_to_do(tmp_path: Path) -> None:
    settings = Settings(
        chroma_url="http://127.0.0.1:9", index=tmp_path, reader="none", model="none"
    )
    result = next(each for each in run_checks(settings) if each.name == "vectors")
    assert not result.ok
    assert "http://127.0.0.1:9 refuses connections" in result.message
    assert "chroma run" in result.remediation
