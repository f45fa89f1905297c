"""The server of the web chat: its port, the environment, and what the request guard passes."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message

from rag.errors import ServeError
from rag.settings import Settings
from rag.web import server
from rag.web.middleware.request_guard import LARGEST_BODY, RequestGuard
from rag.web.services.app_state import AppState


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def client(host: str = "127.0.0.1") -> TestClient:
    inner = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST", "PUT"])])
    return TestClient(RequestGuard(inner, host), base_url="http://127.0.0.1:7860")


ASK = "/gradio_api/queue/join"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/", {"host": "localhost:7860"}, 200),
        ("GET", "/", {"host": "[::1]:7860"}, 200),
        ("GET", "/", {"host": "evil.example"}, 421),
        ("GET", "/", {"host": "127.0.0.1.evil.example:7860"}, 421),
        ("GET", "/", {"host": ""}, 421),
        ("GET", "/", {"host": "10.0.0.1"}, 421),
        ("GET", "/", {"host": "["}, 421),
        ("POST", ASK, {}, 200),
        ("POST", ASK, {"origin": "http://127.0.0.1:7860"}, 200),
        ("POST", ASK, {"origin": "http://evil.example"}, 403),
        ("POST", ASK, {"origin": "http://127.0.0.1:9999"}, 403),
        ("POST", ASK, {"origin": "null"}, 403),
        ("POST", "/gradio_api/upload", {}, 404),
        ("POST", "/gradio_api/run/predict", {}, 200),
        ("POST", "/gradio_api/run/other", {}, 404),
        ("POST", "/gradio_api/component_server", {}, 404),
        ("GET", "/gradio_api/file=/etc/passwd", {}, 404),
        ("GET", "/gradio_api/proxy=http://evil.example", {}, 404),
        ("GET", "/monitoring", {}, 404),
        ("PUT", "/", {}, 405),
    ],
)
def test_request_guard_passes_only_requests_of_our_own_pages(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    assert client().request(method, path, headers=headers).status_code == status


def test_a_shared_host_answers_to_its_addresses_but_not_to_foreign_names() -> None:
    shared = client("0.0.0.0")
    assert shared.get("/", headers={"host": "192.168.1.4:7860"}).status_code == 200
    assert shared.get("/", headers={"host": "evil.example"}).status_code == 421


def test_with_a_login_the_name_of_a_proxy_passes_but_no_foreign_page() -> None:
    inner = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
    locked = TestClient(RequestGuard(inner, "0.0.0.0", login=True), base_url="https://news.example")
    assert locked.get("/").status_code == 200
    assert locked.post(ASK, headers={"origin": "https://news.example"}).status_code == 200
    assert locked.post(ASK, headers={"origin": "https://evil.example"}).status_code == 403
    assert locked.get("/", headers={"host": ""}).status_code == 421


def test_large_bodies_are_rejected_and_small_ones_arrive_whole() -> None:
    assert client().post(ASK, content=b"x" * 100_000).text == "100000"
    assert client().post(ASK, content=b"x" * (LARGEST_BODY + 1)).status_code == 413


def test_slow_bodies_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.web.middleware.request_guard.SLOWEST_BODY", 0.05)
    messages: list[Message] = []

    async def never() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        messages.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": ASK, "headers": headers}
    asyncio.run(RequestGuard(Starlette(), "127.0.0.1")(scope, never, send))
    assert messages[0]["status"] == 413


def test_responses_forbid_the_page_to_load_from_elsewhere() -> None:
    headers = client().get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "img-src 'self' data:" in policy
    assert "http" not in policy and headers["referrer-policy"] == "no-referrer"


def test_start_names_a_port_in_use_and_what_to_type() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServeError) as error:
            server.start(AppState(Settings()), "127.0.0.1", port)
    assert str(error.value) == (
        f"port {port} is in use: type `rag serve --port {port + 1}`, or stop the other program"
    )


@pytest.mark.parametrize(
    ("host", "port"), [("203.0.113.9", 7860), ("no.such.host.invalid", 7860), ("127.0.0.1", 70000)]
)
def test_start_rejects_an_impossible_host_or_port(host: str, port: int) -> None:
    with pytest.raises(ServeError, match="give"):
        server.start(AppState(Settings()), host, port)


def test_clean_environment_drops_what_would_change_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GRADIO_SHARE", "GRADIO_SERVER_NAME", "GRADIO_ALLOWED_PATHS", "SPACE_ID"):
        monkeypatch.setenv(name, "True")
    for name in ("GRADIO_ANALYTICS_ENABLED", "NO_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "intranet")
    server._clean_environment()
    left = {name: value for name, value in os.environ.items() if name.startswith("GRADIO_")}
    assert left == {"GRADIO_ANALYTICS_ENABLED": "False"}
    assert "SPACE_ID" not in os.environ
    assert not [name for name in os.environ if name.lower().endswith("_proxy")]
