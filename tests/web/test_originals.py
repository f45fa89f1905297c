"""The original of an article: only files of the corpus, and none that acts in our origin."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rag.errors import CorpusError
from rag.ingest.corpus import Corpus
from rag.ingest.files import CorpusFile
from rag.settings import Settings
from rag.web import originals
from rag.web.middleware.request_guard import RequestGuard
from rag.web.originals import original_address, original_route
from rag.web.services.app_state import Loading, Ready
from rag.web.services.collections import OpenCollections

FILES = {
    "page.html": b"<h1>Storm</h1><script>alert(1)</script>",
    "paper.pdf": b"%PDF-1.4 paper",
    "note.txt": "Grüße aus Sund".encode(),
    "old.text": "Grüße".encode("latin-1"),
    "plan.docx": b"PK plan",
    "in/næme '\".md": b"# Head",
}


class Originals:
    """Stands in for an assistant: the article of a file has its name for an id."""

    def __init__(self, folder: Path) -> None:
        self.corpus = Corpus.open(folder)

    def original(self, id: str) -> CorpusFile:
        if id == "gone":
            raise CorpusError("gone.txt is no longer in the corpus: type `rag index`")
        file = self.corpus.file(id)
        if file is None:
            raise KeyError(id)
        return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "corpus" / name).write_bytes(data)
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "corpus"


@pytest.fixture
def client(folder: Path) -> TestClient:
    state: Any = SimpleNamespace(state=Ready(Originals(folder), 1, 1, ()), settings=Settings())  # type: ignore[arg-type]
    inner = Starlette(routes=[original_route(OpenCollections.of_one(state))])
    return TestClient(RequestGuard(inner, "127.0.0.1"), base_url="http://127.0.0.1:7860")


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("page.html", "text/html", "inline"),
        ("paper.pdf", "application/pdf", "inline"),
        ("note.txt", "text/plain; charset=utf-8", "inline"),
        ("old.text", "text/plain", "inline"),
        ("plan.docx", "application/octet-stream", "attachment"),
        ("in/næme '\".md", "text/plain; charset=utf-8", "inline"),
    ],
)
def test_a_file_comes_whole_with_its_kind(client, name: str, kind: str, shown: str) -> None:
    response = client.get(original_address(name))
    assert (response.status_code, response.content) == (200, FILES[name])
    assert response.headers["content-type"] == kind
    assert response.headers["content-disposition"].startswith(f"{shown}; filename*=utf-8''")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_a_page_is_shown_as_an_origin_of_its_own_without_scripts(client) -> None:
    policy = client.get(original_address("page.html")).headers["content-security-policy"]
    first, *_ = policy.split("; ")
    assert first == "sandbox"  # neither allow-scripts nor allow-same-origin
    assert "script-src" not in policy and "form-action 'none'" in policy


@pytest.mark.parametrize(
    "id",
    [
        "../secret.txt", "/etc/passwd", "in/../../secret.txt", "", "note.txt\x00", "gone",
        "..%2fsecret.txt", "secret.txt",
    ],
)  # fmt: skip
def test_no_other_file_is_served(client, id: str) -> None:
    response = client.get(original_address(id))
    assert response.status_code == 404
    assert b"secret" not in response.content and response.text.count("\n") == 1


def test_a_file_that_became_a_link_out_of_the_corpus_is_not_served(client, folder: Path) -> None:
    (folder / "note.txt").unlink()
    (folder / "note.txt").symlink_to(folder.parent / "secret.txt")
    response = client.get(original_address("note.txt"))
    assert (response.status_code, response.text) == (404, "the link leads out of the corpus\n")


def test_a_large_file_is_saved_and_not_shown(client, folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(originals, "SIZE_LIMIT", 1_000)
    (folder / "note.txt").write_bytes(b"x" * 2_500_000)
    response = client.get(original_address("note.txt"))
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content == b"x" * 2_500_000


def test_foreign_hosts_and_methods_are_refused(client) -> None:
    address = original_address("note.txt")
    assert client.get(address, headers={"host": "evil.example"}).status_code == 421
    assert client.post(address).status_code == 404


def test_before_the_index_is_open_there_is_none() -> None:
    state: Any = SimpleNamespace(state=Loading(), settings=Settings())
    with TestClient(Starlette(routes=[original_route(OpenCollections.of_one(state))])) as early:
        assert early.get(original_address("a")).status_code == 503


def test_the_address_of_a_pdf_names_the_page() -> None:
    assert original_address("a/b c!1", 3) == "/original?article=a%2Fb%20c%211#page=3"
