"""Articles added and removed on the page, in a real browser, over the real index and model."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
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
from rag.web.services.app_state import AppState
from rag.web.services.corpus_updater import CorpusUpdater
from tests.browser import shots
from tests.conftest import ROOT
from tests.faults.test_http_faults import Caller, raw
from tests.web.support import ScriptedAssistant

pytestmark = pytest.mark.real

LONG = 120_000  # ms: the machine may be busy
HARBOUR = "The harbour of Sund was dredged in May 2024, harbour master Ole Krag said.\n"
TOWER = "The tower of Lund fell in a storm in 1999. It was built anew by Greta Moss.\n"


class House:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk = AppState(settings)
        self.running: Running = start(self.desk, port=free_port())
        self.url = self.running.url


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, real_settings: Settings) -> Iterator[House]:
    place = tmp_path_factory.mktemp("upload")
    corpus = place / "corpus"
    shutil.copytree(ROOT / "seeds", corpus)
    settings = replace(
        real_settings,
        corpus=corpus,
        index=place / "index",
        model="smollm2-135m",
        max_tokens=48,
        upload=True,
    )
    made = House(settings)
    yield made
    made.running.close()
    made.desk.close()


@pytest.fixture
def come(browser: Any, house: House) -> Iterator[Callable[..., Any]]:
    pages: list[Any] = []
    wrong: list[str] = []

    def visit(articles: bool = True, **options: Any) -> Any:
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(LONG)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(house.url)
        page.wait_for_selector("#question textarea:enabled")
        if articles:
            page.get_by_role("tab", name="Articles").click()
            page.locator("#shelf li").first.wait_for()
        pages.append(page)
        return page

    yield visit
    for page in pages:
        page.context.close()
    assert wrong == []


def put(page: Any, *files: tuple[str, bytes]) -> None:
    payload = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        for name, data in files
    ]
    page.locator("#add input[type=file]").set_input_files(payload)


def told(page: Any, text: str) -> None:
    page.locator("#work").get_by_text(text).first.wait_for()


def settled(page: Any, end: str) -> str:
    """Wait for the `end` of indexing; what is told then."""
    page.locator("#work p[role=status]", has_text=end).wait_for()
    return str(page.inner_text("#work"))


def test_several_files_are_added_and_what_cannot_be_read_is_named(
    come: Callable[..., Any], house: House
) -> None:
    page = come()
    put(
        page,
        ("harbour.txt", HARBOUR.encode()),
        ("broken.pdf", b"%PDF-1.4 no more than that"),
        ("program.exe", b"MZ"),
    )
    told(page, "added")
    end = settled(page, "1 added, 0 changed, 0 removed, 5 unchanged")
    assert "program.exe" in end and "this file type is not supported" in end
    assert "broken.pdf" in end and "it could not be read" in end
    page.locator("#shelf li", has_text="harbour").wait_for()
    assert page.locator("#shelf .lead").inner_text() == "6 articles"
    page.locator("#status", has_text="6 articles").wait_for()
    corpus = house.settings.corpus
    assert (corpus / "harbour.txt").read_text() == HARBOUR
    assert not list(corpus.glob("broken*")) and not list(corpus.glob("*.exe"))
    page.screenshot(path=shots() / "upload.png")
    put(page, ("Harbour.md", b"Another text under the same name."))
    told(page, "harbour.txt already exists")
    assert (corpus / "harbour.txt").read_text() == HARBOUR
    assert not (corpus / "Harbour.md").exists()


def test_two_uploads_at_once_are_both_indexed(come: Callable[..., Any], house: House) -> None:
    first, second = come(), come()
    put(first, ("tower.txt", TOWER.encode()))
    put(second, ("mill.txt", b"The mill of Brand burnt down in 1950, miller Jon Ask said."))
    told(first, "tower.txt")
    told(second, "mill.txt")
    names = ("tower", "mill")
    _until(lambda: all(_listed(house, each) for each in names))
    assert all((house.settings.corpus / f"{each}.txt").exists() for each in names)


def test_an_answer_goes_on_while_articles_are_added_and_the_next_one_knows_them(
    come: Callable[..., Any], house: House
) -> None:
    asking, adding = come(articles=False), come()
    asking.fill("#question textarea", "What did Kim call Putin?")
    asking.keyboard.press("Enter")
    asking.locator("#sources .card").first.wait_for()  # found; the model has yet to write
    put(adding, ("lighthouse.txt", b"The lighthouse of Vorn was lit by keeper Ada Quist in 1901."))
    told(adding, "lighthouse.txt")
    assert house.desk.queue or asking.get_by_text("s · whole answer").count()
    asking.get_by_text("whole answer").first.wait_for()
    _until(lambda: _listed(house, "lighthouse"))
    asking.fill("#question textarea", "Who lit the lighthouse of Vorn in 1901?")
    asking.keyboard.press("Enter")
    asking.locator("#sources .card", has_text="keeper Ada Quist").first.wait_for()
    asking.screenshot(path=shots() / "upload-known.png")


def test_questions_are_answered_from_the_old_index_while_the_new_one_is_made(
    come: Callable[..., Any], house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The indexing is held at its last step; a question asked meanwhile is answered."""
    page = come(articles=False)
    state: Any = house.desk.state
    go = threading.Event()
    changes = CorpusUpdater(
        house.desk,
        lambda settings, tell: (go.wait(240), build_index_in_subprocess(settings, tell))[1],
    )
    file = house.settings.corpus.parent / "canal.txt"
    file.write_text("The canal of Istra was dug by 900 men in 1822.")
    changes.add([str(file)])
    assert changes.status.busy
    page.fill("#question textarea", "Who dug the canal of Istra?")
    page.keyboard.press("Enter")
    page.get_by_text(" s", exact=False).first.wait_for()
    assert "900 men" not in [hit.passage.text for hit in state.assistant.search("canal of Istra")]
    go.set()
    _until(lambda: not changes.status.busy)
    assert not changes.status.fault
    assert "900 men" in state.assistant.search("canal of Istra")[0].passage.text


def test_an_article_is_removed_kept_aside_and_found_no_more(
    come: Callable[..., Any], house: House
) -> None:
    page = come()
    put(page, ("quarry.txt", b"The quarry of Dole was shut in 1977 after a fall of rock."))
    page.locator("#shelf button", has_text="quarry").click()
    page.locator("#reader article").wait_for()
    page.screenshot(path=shots() / "upload-remove.png")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Remove").click()
    assert (house.settings.corpus / "quarry.txt").exists()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").click()
    told(page, "removed; its file is now")
    assert ".removed" in page.inner_text("#work")
    settled(page, "1 removed")
    page.locator("#shelf li", has_text="quarry").wait_for(state="detached")
    assert not (house.settings.corpus / "quarry.txt").exists()
    (kept,) = (house.settings.corpus / ".removed").rglob("quarry.txt")
    assert "1977" in kept.read_text()
    page.screenshot(path=shots() / "upload-removed.png")


def test_the_folder_is_read_again_on_demand(come: Callable[..., Any], house: House) -> None:
    page = come()
    (house.settings.corpus / "gate.txt").write_text("The gate of Holm was closed in 1644.")
    page.get_by_role("button", name="Read the folder again").click()
    settled(page, "1 added")
    page.locator("#shelf li", has_text="gate").wait_for()


def test_on_a_phone_nothing_sticks_out(come: Callable[..., Any]) -> None:
    page = come(viewport={"width": 390, "height": 844}, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=shots() / "upload-phone.png", full_page=True)


def test_too_much_at_once_is_refused_before_it_is_read(house: House) -> None:
    url = f"{house.url}/gradio_api/upload"
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOADS + 1}"
    refused = raw(house.url, f"{head}\r\n\r\n".encode())
    assert refused.startswith(b"HTTP/1.1 413")
    told_ = httpx.post(url, content=iter([b"x"]))  # of no stated length
    assert told_.status_code == 413
    files = {"files": ("big.txt", b"x" * 20_000_001)}
    assert httpx.post(url, files=files, timeout=60).status_code == 413
    origin = {"origin": "http://evil.example"}
    assert httpx.post(url, files={"files": ("a.txt", b"x")}, headers=origin).status_code == 403


def test_without_the_setting_there_is_no_way_to_add_or_remove(browser: Any) -> None:
    desk = AppState(Settings(), lambda *_: None, lambda _: ScriptedAssistant())  # type: ignore[arg-type,return-value]
    running = start(desk, port=free_port())
    try:
        page = browser.new_page()
        page.goto(running.url)
        page.wait_for_selector("#question textarea:enabled")
        page.get_by_role("tab", name="Articles").click()
        page.get_by_text("rag serve --upload").wait_for()
        assert not page.query_selector("#add, #work, input[type=file]")
        page.locator("#shelf button").first.click()
        page.locator("#reader article").wait_for()
        assert page.get_by_role("button", name="Remove").count() == 0
        told_ = httpx.post(f"{running.url}/gradio_api/upload", files={"files": ("a.txt", b"x")})
        assert told_.status_code == 404
        page.close()
    finally:
        running.close()
        desk.close()


def test_a_fault_of_indexing_reaches_who_asked_for_it(house: House, tmp_path: Path) -> None:
    broken = replace(house.settings, corpus=tmp_path / "nowhere", index=tmp_path / "index")
    with pytest.raises(IndexFault, match="cannot read the corpus"):
        build_index_in_subprocess(broken, lambda *_: None)
    seen: list[int] = []
    before = _children()

    def kill(stage: str, done: int, total: int) -> None:
        if not seen:
            (child,) = _children() - before
            seen.append(child)
            os.kill(child, signal.SIGKILL)

    fresh = replace(house.settings, index=tmp_path / "index")
    with pytest.raises(IndexFault, match=r"indexing broke off .*type `rag index`"):
        build_index_in_subprocess(fresh, kill)
    assert seen
    assert build_index(house.settings).snapshot  # what was indexed before is intact


def _children() -> set[int]:
    done = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "index_process"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {int(each) for each in done.stdout.split()}


def _listed(house: House, word: str) -> bool:
    state: Any = house.desk.state
    return any(word in each.id for each, *_ in state.assistant.articles.find(word).shown)


def _until(done: Callable[[], bool], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def test_no_file_but_an_uploaded_one_is_taken_or_deleted(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forged request names a file of this machine."""
    monkeypatch.setattr(CorpusUpdater, "_run", lambda self: None)  # nothing is indexed here
    victim = tmp_path / "victim.txt"
    victim.write_text(HARBOUR)
    settings = Settings(corpus=corpus, index=tmp_path / "index", upload=True)
    desk = AppState(settings, lambda *_: None, lambda _: ScriptedAssistant())  # type: ignore[arg-type,return-value]
    running = start(desk, port=free_port())
    before = sorted(corpus.rglob("*"))
    try:
        _until(lambda: httpx.get(f"{running.url}/config").status_code == 200)
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
        desk.close()
