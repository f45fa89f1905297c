"""Articles added and removed on the page, in a real browser, over the real index and model."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.common import free_port
from rag.errors import IndexFault
from rag.index.build import build_index
from rag.index.worker import build_index_in_subprocess
from rag.settings import Settings
from rag.web.server import UPLOADS, Running, start
from rag.web.services.app_state import AppState, Ready
from rag.web.services.corpus_updater import CorpusUpdater
from tests.browser import shots
from tests.conftest import ROOT
from tests.faults.test_http_faults import Caller, raw
from tests.web.support import ScriptedAssistant, wait_until

pytestmark = pytest.mark.real

LONG = 300_000  # ms: the machine may be busy
HARBOUR = "The harbour of Sund was dredged in May 2024, harbour master Ole Krag said.\n"
TOWER = "The tower of Lund fell in a storm in 1999. It was built anew by Greta Moss.\n"


class Chat:
    """The page over the real index and the small model."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app_state = AppState(settings)
        self.running: Running = start(self.app_state, port=free_port())
        self.url = self.running.url


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory, real_settings: Settings) -> Iterator[Chat]:
    place = tmp_path_factory.mktemp("upload")
    corpus = place / "corpus"
    shutil.copytree(ROOT / "seeds", corpus)
    settings = replace(
        real_settings,
        corpus=corpus,
        index=place / "index",
        model="smollm2-135m",
        reader="reader",
        max_tokens=48,
        read_ahead=False,
        upload=True,
    )
    page = Chat(settings)
    # whichever test comes first in its worker may index too
    wait_until(lambda: isinstance(page.app_state.state, Ready), 60)
    yield page
    page.running.close()
    page.app_state.close()


@pytest.fixture
def open_page(browser: Any, chat: Chat) -> Iterator[Callable[..., Any]]:
    pages: list[Any] = []
    errors: list[str] = []

    def visit(articles: bool = True, **options: Any) -> Any:
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(LONG)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(chat.url)
        page.wait_for_selector("#question textarea:enabled")
        if articles:
            page.get_by_role("tab", name="Articles").click()
            page.locator("#article-list li").first.wait_for()
        pages.append(page)
        return page

    yield visit
    for page in pages:
        page.context.close()
    assert errors == []


def put(page: Any, *files: tuple[str, bytes]) -> None:
    payload = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        for name, data in files
    ]
    page.locator("#add input[type=file]").set_input_files(payload)


def wait_for_update(page: Any, text: str) -> None:
    page.locator("#corpus-update").get_by_text(text).first.wait_for()


def wait_for_index(page: Any, summary: str) -> str:
    """Wait for the `summary` of an indexing; the text of the update then."""
    page.locator("#corpus-update p[role=status]", has_text=summary).wait_for()
    return str(page.inner_text("#corpus-update"))


def test_files_are_added_and_those_that_cannot_be_read_are_named(
    open_page: Callable[..., Any], chat: Chat
) -> None:
    page = open_page()
    put(
        page,
        ("harbour.txt", HARBOUR.encode()),
        ("broken.pdf", b"%PDF-1.4 no more than that"),
        ("program.exe", b"MZ"),
    )
    wait_for_update(page, "added")
    update = wait_for_index(page, "1 added, 0 changed, 0 removed, 5 unchanged")
    assert "program.exe" in update and "this file type is not supported" in update
    assert "broken.pdf" in update and "it could not be read" in update
    page.locator("#article-list li:has(button)", has_text="harbour").wait_for()
    assert page.locator("#article-list .lead").inner_text() == "6 articles"
    page.locator("#status", has_text="6 articles").wait_for()
    corpus = chat.settings.corpus
    assert (corpus / "harbour.txt").read_text() == HARBOUR
    assert not list(corpus.glob("broken*")) and not list(corpus.glob("*.exe"))
    page.screenshot(path=shots() / "upload.png")
    put(page, ("Harbour.md", b"Another text under the same name."))
    wait_for_update(page, "harbour.txt already exists")
    assert (corpus / "harbour.txt").read_text() == HARBOUR
    assert not (corpus / "Harbour.md").exists()


def test_two_uploads_at_once_are_both_indexed(open_page: Callable[..., Any], chat: Chat) -> None:
    first, second = open_page(), open_page()
    put(first, ("tower.txt", TOWER.encode()))
    put(second, ("mill.txt", b"The mill of Brand burnt down in 1950, miller Jon Ask said."))
    wait_for_update(first, "tower.txt")
    wait_for_update(second, "mill.txt")
    names = ("tower", "mill")
    wait_until(lambda: all(_listed(chat, each) for each in names), 240)
    assert all((chat.settings.corpus / f"{each}.txt").exists() for each in names)


def test_articles_added_during_an_answer_are_found_by_the_next_question(
    open_page: Callable[..., Any], chat: Chat
) -> None:
    asking, adding = open_page(articles=False), open_page()
    asking.fill("#question textarea", "What did Kim call Putin?")
    asking.keyboard.press("Enter")
    asking.locator("#sources .card").first.wait_for()  # found; the model has yet to write
    put(adding, ("lighthouse.txt", b"The lighthouse of Vorn was lit by keeper Ada Quist in 1901."))
    wait_for_update(adding, "lighthouse.txt")
    assert chat.app_state.queue or asking.get_by_text("s · whole answer").count()
    asking.get_by_text("whole answer").first.wait_for()
    wait_until(lambda: _listed(chat, "lighthouse"), 240)
    asking.fill("#question textarea", "Who lit the lighthouse of Vorn in 1901?")
    asking.keyboard.press("Enter")
    asking.locator("#sources .card", has_text="keeper Ada Quist").first.wait_for()
    asking.screenshot(path=shots() / "upload-known.png")


def test_the_old_index_answers_questions_while_the_new_one_is_built(
    open_page: Callable[..., Any], chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The indexing is held at its last step; a question asked meanwhile is answered."""
    page = open_page(articles=False)
    state: Any = chat.app_state.state
    go = threading.Event()
    updater = CorpusUpdater(
        chat.app_state,
        lambda settings, tell: (go.wait(240), build_index_in_subprocess(settings, tell))[1],
    )
    file = chat.settings.corpus.parent / "canal.txt"
    file.write_text("The canal of Istra was dug by 900 men in 1822.")
    updater.add([str(file)])
    assert updater.status.busy
    page.fill("#question textarea", "Who dug the canal of Istra?")
    page.keyboard.press("Enter")
    page.get_by_text(" s", exact=False).first.wait_for()
    assert "900 men" not in [hit.passage.text for hit in state.assistant.search("canal of Istra")]
    go.set()
    wait_until(lambda: not updater.status.busy, 240)
    assert not updater.status.fault
    assert "900 men" in state.assistant.search("canal of Istra")[0].passage.text


def test_a_removed_article_is_moved_aside_and_no_longer_found(
    open_page: Callable[..., Any], chat: Chat
) -> None:
    page = open_page()
    put(page, ("quarry.txt", b"The quarry of Dole was shut in 1977 after a fall of rock."))
    page.locator("#article-list button", has_text="quarry").click()
    page.locator("#article-viewer article").wait_for()
    page.screenshot(path=shots() / "upload-remove.png")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Remove").click()
    assert (chat.settings.corpus / "quarry.txt").exists()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").click()
    wait_for_update(page, "removed; its file is now")
    assert ".removed" in page.inner_text("#corpus-update")
    wait_for_index(page, "1 removed")
    page.locator("#article-list li:has(button)", has_text="quarry").wait_for(state="detached")
    assert not (chat.settings.corpus / "quarry.txt").exists()
    (moved,) = (chat.settings.corpus / ".removed").rglob("quarry.txt")
    assert "1977" in moved.read_text()
    page.screenshot(path=shots() / "upload-removed.png")


def test_the_folder_is_scanned_again_on_demand(open_page: Callable[..., Any], chat: Chat) -> None:
    page = open_page()
    (chat.settings.corpus / "gate.txt").write_text("The gate of Holm was closed in 1644.")
    page.get_by_role("button", name="Read the folder again").click()
    wait_for_index(page, "1 added")
    page.locator("#article-list li:has(button)", has_text="gate").wait_for()


def test_on_a_phone_nothing_overflows(open_page: Callable[..., Any]) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=shots() / "upload-phone.png", full_page=True)


def test_too_large_an_upload_is_rejected_before_it_is_read(chat: Chat) -> None:
    url = f"{chat.url}/gradio_api/upload"
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOADS + 1}"
    refused = raw(chat.url, f"{head}\r\n\r\n".encode())
    assert refused.startswith(b"HTTP/1.1 413")
    response = httpx.post(url, content=iter([b"x"]))  # of no stated length
    assert response.status_code == 413
    files = {"files": ("big.txt", b"x" * 20_000_001)}
    assert httpx.post(url, files=files, timeout=60).status_code == 413
    origin = {"origin": "http://evil.example"}
    assert httpx.post(url, files={"files": ("a.txt", b"x")}, headers=origin).status_code == 403


def test_without_the_setting_nothing_can_be_added_or_removed(browser: Any) -> None:
    app_state = AppState(Settings(), lambda *_: None, lambda _: ScriptedAssistant())  # type: ignore[arg-type,return-value]
    running = start(app_state, port=free_port())
    try:
        page = browser.new_page()
        page.goto(running.url)
        page.wait_for_selector("#question textarea:enabled")
        page.get_by_role("tab", name="Articles").click()
        page.get_by_text("rag serve --upload").wait_for()
        assert not page.query_selector("#add, #corpus-update, input[type=file]")
        page.locator("#article-list button").first.click()
        page.locator("#article-viewer article").wait_for()
        assert page.get_by_role("button", name="Remove").count() == 0
        response = httpx.post(f"{running.url}/gradio_api/upload", files={"files": ("a.txt", b"x")})
        assert response.status_code == 404
        page.close()
    finally:
        running.close()
        app_state.close()


def test_a_fault_of_indexing_reaches_the_caller(chat: Chat, tmp_path: Path) -> None:
    broken = replace(chat.settings, corpus=tmp_path / "nowhere", index=tmp_path / "index")
    with pytest.raises(IndexFault, match="cannot read the corpus"):
        build_index_in_subprocess(broken, lambda *_: None)
    killed: list[int] = []
    before = _children()

    def kill(stage: str, done: int, total: int) -> None:
        if not killed:
            (child,) = _children() - before
            killed.append(child)
            os.kill(child, signal.SIGKILL)

    fresh = replace(chat.settings, index=tmp_path / "index")
    with pytest.raises(IndexFault, match=r"indexing broke off .*type `rag index`"):
        build_index_in_subprocess(fresh, kill)
    assert killed
    assert build_index(chat.settings).snapshot  # what was indexed before is intact


def _children() -> set[int]:
    done = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "rag.index.worker"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {int(each) for each in done.stdout.split()}


def _listed(chat: Chat, word: str) -> bool:
    state: Any = chat.app_state.state
    return any(word in each.id for each, *_ in state.assistant.articles.find(word).entries)


def test_only_uploaded_files_are_taken_or_deleted(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forged request names a file of this machine."""
    monkeypatch.setattr(CorpusUpdater, "_run", lambda self: None)  # indexes nothing
    victim = tmp_path / "victim.txt"
    victim.write_text(HARBOUR)
    settings = Settings(corpus=corpus, index=tmp_path / "index", upload=True)
    app_state = AppState(settings, lambda *_: None, lambda _: ScriptedAssistant())  # type: ignore[arg-type,return-value]
    running = start(app_state, port=free_port())
    before = sorted(corpus.rglob("*"))
    try:
        wait_until(lambda: httpx.get(f"{running.url}/config").status_code == 200)
        caller = Caller(running.url, "forger")
        link = tmp_path / "link.txt"
        link.symlink_to(victim)
        for path in (str(victim), str(link), "/proc/self/environ", f"{tmp_path}/../x.txt"):
            for forged in (path, {"path": path, "meta": {"_type": "gradio.FileData"}}):
                caller.call("add", [[forged]])
        assert victim.read_text() == HARBOUR and link.exists()
        assert sorted(corpus.rglob("*")) == before
        sent = caller.http.post("/gradio_api/upload", files={"files": ("ok.txt", HARBOUR.encode())})
        meta = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}
        caller.call("add", [[meta]])  # one that was sent is taken: the refusals were for the path
        assert (corpus / "ok.txt").read_text() == HARBOUR
    finally:
        running.close()
        app_state.close()
