"""The splash page: a response at once, and then the chat without a click."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.common import free_port
from rag.web.splash import SplashServer
from tests.browser import launch_browser, shots


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_splash_answers_every_method_with_503_and_retry_after(method: str) -> None:
    port = free_port()
    with SplashServer("127.0.0.1", port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/x?y", method=method)
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(request, timeout=10)
    assert error.value.code == 503
    assert error.value.headers["Retry-After"] == "1"
    assert "default-src 'none'" in error.value.headers["Content-Security-Policy"]
    assert (b"Opening the chat" in error.value.read()) == (method != "HEAD")


def test_a_silent_client_blocks_nobody_and_the_port_is_free_afterwards() -> None:
    port = free_port()
    with SplashServer("127.0.0.1", port), socket.create_connection(("127.0.0.1", port)) as mute:
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)
        mute.send(b"GET")
    with SplashServer("127.0.0.1", port), pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)
    with pytest.raises(OSError, match=r"refused|reset"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_splash_on_a_port_in_use_is_an_error() -> None:
    port = free_port()
    with SplashServer("127.0.0.1", port), pytest.raises(OSError, match="in use"):
        SplashServer("127.0.0.1", port)


@pytest.mark.real
def test_an_early_browser_shows_the_chat_once_it_is_ready(tmp_path: Path) -> None:
    port = free_port()
    own = {
        "RAG_INDEX": str(tmp_path / "index"),
        "RAG_CONVERSATIONS": str(tmp_path / "conversations"),
    }
    command = [sys.executable, "-m", "rag", "serve", "--port", str(port)]
    with launch_browser() as browser:
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        with subprocess.Popen(
            command, env={**os.environ, **own}, stderr=subprocess.DEVNULL
        ) as server:
            try:
                _reached(port)
                page.goto(f"http://127.0.0.1:{port}/")
                assert page.inner_text("main") == "Footnoted\n\nOpening the chat: a few seconds."
                page.screenshot(path=shots() / "opening.png")
                page.wait_for_selector("#question textarea", timeout=90_000)
                assert not faults
            finally:
                server.send_signal(signal.SIGINT)
                server.wait(60)


def _reached(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nothing answers")
