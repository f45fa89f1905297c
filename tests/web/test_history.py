"""Stored conversations in a real browser: reload, restart, export, feedback, the switch, users."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.conversations.models import ChatTurn
from rag.conversations.store import ConversationStore, new_id, now
from rag.settings import Settings
from rag.types import AnswerReady
from rag.web.middleware.user_accounts import UserAccounts, format_account
from rag.web.server import Running, start
from rag.web.services.app_state import AppState
from tests.browser import shots
from tests.conftest import ROOT
from tests.web.support import ARTICLES, HOSTILE, TEXT, EditableAssistant, Visit, wait_until

pytestmark = pytest.mark.real

PASSWORD = "a long enough password"


class ChatServer:
    """A chat that stores conversations in a folder; it can be started again on the same port."""

    def __init__(self, folder: Path, users: UserAccounts | None = None) -> None:
        self.folder, self.users = folder, users
        self.assistant = EditableAssistant()
        self.port = free_port()
        self.running: Running | None = None
        self.start()

    def start(self) -> None:
        state = AppState(Settings(), lambda *_: None, lambda _: self.assistant)  # type: ignore[arg-type,return-value]
        self.store = ConversationStore(self.folder)
        self.running = start(state, "127.0.0.1", self.port, self.users, self.store)

    def stop(self) -> None:
        if self.running:
            self.running.close()
            self.store.close()
        self.running = None

    def reset(self) -> None:
        """Delete everything that is stored, and undo what a test has changed."""
        self.store.delete(None)
        self.store.set_history_on("", True)
        self.assistant.edits.clear()
        self.assistant.questions.clear()
        self.assistant.go.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def store_conversation(self, question: str) -> str:
        """Store a conversation of one turn; the address of the page that shows it."""
        *_, last = self.assistant.stream(question)
        assert isinstance(last, AnswerReady)
        id = new_id()
        turn = ChatTurn(question, "done", answer=last.answer, key=new_id(), conversation=id)
        self.store.begin("", replace(turn, asked_at=now()))
        return f"{self.url}/?talk={id}"


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    chat = ChatServer(tmp_path_factory.mktemp("history") / "conversations")
    yield chat
    chat.stop()


@pytest.fixture
def server(shared_server: ChatServer) -> ChatServer:
    """The same server for every test, its store as empty as a new one."""
    shared_server.reset()
    return shared_server


@contextmanager
def visiting(
    browser: Any, server: ChatServer, address: str = "", **options: Any
) -> Iterator[Visit]:
    visit = Visit(browser, address or server.url, **options)
    yield visit
    visit.page.context.close()
    assert visit.errors == []
    assert visit.hosts() == {"127.0.0.1"}


def ask_and_wait(here: Visit, question: str, times: int = 1) -> None:
    here.ask(question)
    here.page.locator("#chat .fine", has_text="whole answer").nth(times - 1).wait_for()
    here.page.get_by_role("button", name="Ask", exact=True).wait_for()
    here.page.wait_for_url("**/?talk=*")


def open_tab(here: Visit, name: str) -> None:
    here.page.get_by_role("tab", name=name).click()


def download(here: Visit, kind: str) -> tuple[str, str]:
    here.page.locator("#conversation-list").get_by_role("button", name=kind).first.wait_for()
    with here.page.expect_download() as download_info:
        here.page.locator("#conversation-list").get_by_role("button", name=kind).first.click()
    return download_info.value.suggested_filename, Path(download_info.value.path()).read_text()


def test_a_reload_reopens_the_current_conversation(browser: Any, server: ChatServer) -> None:
    with visiting(browser, server) as here:
        ask_and_wait(here, "When did the bridge open?")
        ask_and_wait(here, "And the archive?", 2)
        here.page.reload()
        here.page.locator("#chat .fine", has_text="whole answer").nth(1).wait_for()
        assert "It opened on Monday.\N{NO-BREAK SPACE}[1]" in here.text()
        here.page.locator('#chat a.cite[href="#c2-2"]').click()
        here.page.locator("#article-viewer mark:focus").wait_for()
        assert here.text("#article-viewer mark") == "Ferries will run until June."
        assert here.text("#article-viewer").startswith("Sixty years of the harbour")
        assert not here.page.query_selector("#article-viewer .fault, #sources .fault")
        here.page.keyboard.press("Escape")
        # the earlier turns are given to the assistant
        ask_and_wait(here, "And then?", 3)
        text = "It opened on Monday. [1] Ferries run until June. [2]"
        earlier = [
            ("When did the bridge open?", text, ("bridge",)),
            ("And the archive?", text, ("archive",)),
        ]
        assert server.assistant.questions[-1] == ("And then?", earlier)
        # a new conversation has no address yet, so a reload shows it
        here.page.get_by_role("button", name="New conversation").click()
        here.page.wait_for_url(server.url + "/")
        here.page.reload()
        here.wait("or begin with one of these")
    assert [len(each.turns) for each in server.store.conversations()] == [3]


def test_a_restart_keeps_conversations_and_shows_changed_articles(
    browser: Any, server: ChatServer
) -> None:
    with visiting(browser, server) as here:
        ask_and_wait(here, "When did the bridge open?")
        ask_and_wait(here, "And the archive?", 2)
        server.stop()
        moved = f"Corrected. {TEXT.replace('Ferries will run', 'Ferries shall run')}"
        server.assistant = EditableAssistant()
        server.assistant.edits = {
            "bridge": replace(ARTICLES["bridge"], text=moved),
            "archive": None,
        }
        server.start()
        here.page.reload()
        here.page.locator("#chat .fine", has_text="whole answer").nth(1).wait_for()
        assert here.text("#sources").count("This article is no longer in the index.") >= 2
        here.page.screenshot(path=shots() / "conversation-article-gone.png")
        here.page.locator('#chat a.cite[href="#c1-1"]').click()
        here.wait("was changed after the answer; it still contains these words", "#article-viewer")
        assert (
            here.text("#article-viewer mark")
            == "The bridge opened on Monday after four years of work."
        )
        here.page.screenshot(path=shots() / "conversation-quote-moved.png")
        here.page.keyboard.press("Escape")
        here.page.locator('#chat a.cite[href="#c1-2"]').click()
        here.wait("it no longer contains these words as quoted", "#article-viewer")
        assert "Ferries shall run" in here.text("#article-viewer")
        assert not here.page.query_selector("#article-viewer mark")
        here.page.get_by_role("button", name="Close").click()
        here.page.locator('#chat a.cite[href="#c2-2"]').click()
        here.wait("This article is no longer in the index.", "#article-viewer")
        assert here.text("#article-viewer mark") == "Ferries will run until June."
        here.page.get_by_role("button", name="Close").click()
        ask_and_wait(here, "And now?", 3)
        assert len(server.assistant.questions[-1][1]) == 2


SERVER = """
import sys
from rag.settings import Settings
from rag.web import server
from rag.web.services import collections
from rag.web.services.app_state import AppState
from tests.web.support import EditableAssistant
opened = lambda _: EditableAssistant()
collections.AppState = lambda settings, **_: AppState(settings, lambda *_: None, opened)
server.serve(Settings.load(), port=int(sys.argv[1]))
"""


@contextmanager
def server_process(port: int, folder: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "RAG_CONVERSATIONS": str(folder), **settings}
    command = [sys.executable, "-c", SERVER, str(port)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as child:
        try:
            assert child.stderr and "Footnoted is open" in child.stderr.readline()
            yield child
        finally:
            child.kill()


def test_a_killed_server_keeps_its_conversations(browser: Any, tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "conversations"
    with server_process(port, folder) as child:
        here = Visit(browser, f"http://127.0.0.1:{port}")
        ask_and_wait(here, "When did the bridge open?")
        child.send_signal(signal.SIGKILL)
    with server_process(port, folder):
        here.page.reload()
        here.wait("whole answer")
        here.page.locator("#chat a.cite").first.click()
        here.page.locator("#article-viewer mark:focus").wait_for()
    here.page.context.close()


def test_conversations_are_opened_and_deleted_with_the_keyboard(
    browser: Any, server: ChatServer
) -> None:
    with visiting(browser, server) as here:
        ask_and_wait(here, "First, and a rather long question?")
        here.page.get_by_role("button", name="New conversation").click()
        here.page.wait_for_url(server.url + "/")
        ask_and_wait(here, f"Second? {HOSTILE}")
        open_tab(here, "Conversations")
        here.wait("2 conversations, stored on this machine", "#conversation-list")
        rows = here.page.locator("#conversation-list li")
        assert HOSTILE in rows.nth(0).inner_text() and "current" in rows.nth(0).inner_text()
        assert not here.page.query_selector("#conversation-list :is(img, script, b, code, a)")
        rows.nth(1).locator(".title").focus()
        here.page.keyboard.press("Enter")
        here.wait("First, and a rather long question?")
        selected = "#tab-ask-button[aria-selected=true]"
        here.page.wait_for_selector(selected)
        assert "Second?" not in here.text()
        open_tab(here, "Conversations")
        rows.nth(1).get_by_text("current").wait_for()
        delete = rows.nth(0).get_by_role("button", name="Delete")
        delete.focus()
        here.page.keyboard.press("Enter")
        sure = here.page.get_by_role("button", name="Delete for good?")
        sure.wait_for()
        here.page.keyboard.press("Shift+Tab")  # changed their mind
        assert sure.count() == 0 and rows.count() == 2
        delete.focus()
        here.page.keyboard.press("Enter")
        here.page.keyboard.press("Enter")
        here.wait("1 conversation, stored on this machine", "#conversation-list")
        wait_until(lambda: here.page.evaluate("document.activeElement.className") == "title")
        stored = server.store.conversations()
        assert [each.title for each in stored] == ["First, and a rather long question?"]
        assert "First, and a rather long question?" in here.text("#conversation-list")
        # the current one: nothing of it is left, on the page or in the address
        rows.nth(0).get_by_role("button", name="Delete").click()
        here.page.get_by_role("button", name="Delete for good?").click()
        here.wait("No conversation is stored yet.", "#conversation-list")
        here.page.wait_for_url(server.url + "/")
        open_tab(here, "Ask")
        here.wait("or begin with one of these")
    assert server.store.conversations() == []


def test_a_conversation_is_exported_as_markdown_and_json(browser: Any, server: ChatServer) -> None:
    with visiting(browser, server, accept_downloads=True) as here:
        ask_and_wait(here, "When did the bridge open?")
        open_tab(here, "Conversations")
        name, text = download(here, "Markdown")
        assert name == "when-did-the-bridge-open.md"
        assert "It opened on Monday.[^1] Ferries run until June.[^2]\n" in text
        assert (
            "\n[^2]: Bridge opens after four years, Harbour Post, 2024-05-06, "
            "<https://harbour.example/bridge>, characters 54 to 82 of bridge: "
            "“Ferries will run until June.”\n"
        ) in text
        assert download(here, "Markdown") == (name, text), "and once more"
        name, text = download(here, "JSON")
        assert name == "when-did-the-bridge-open.json"
        (conversation,) = server.store.conversations()
        (turn,) = json.loads(text)["turns"]
        assert ChatTurn.from_json(turn) == conversation.turns[0]


def test_one_answer_is_saved_in_each_format(browser: Any, server: ChatServer) -> None:
    with visiting(browser, server, accept_downloads=True) as here:
        ask_and_wait(here, "When did the bridge open?")
        ask_and_wait(here, "And the archive?", 2)
        saved = save_answer(here, "#sources section > .export")
        assert {name.partition(".")[2] for name in saved} == {
            *("md", "html", "json", "bib", "ris", "csl.json", "jsonld")
        }
        assert {name.partition(".")[0] for name in saved} == {"and-the-archive"}
        assert saved["and-the-archive.md"].startswith("## And the archive?\n")
        assert "When did the bridge open?" not in saved["and-the-archive.html"]
        assert "@article{archive," in saved["and-the-archive.bib"]
        assert json.loads(saved["and-the-archive.json"])["question"] == "And the archive?"
        earlier = here.page.locator("#sources details", has_text="Earlier: When did")
        earlier.locator("summary").first.click()
        name, text = save_as(here, earlier.locator(".export"), "RIS")
        assert (name, text[:8]) == ("when-did-the-bridge-open.ris", "TY  - NE")


def save_answer(here: Visit, fold: str) -> dict[str, str]:
    """The files of the newest answer, by name: every button of its fold is pressed."""
    box = here.page.locator(fold).first
    names = box.locator("button").all_text_contents()
    return dict(save_as(here, box, name) for name in names)


def save_as(here: Visit, fold: Any, kind: str) -> tuple[str, str]:
    button = fold.get_by_role("button", name=kind, exact=True)
    if not button.is_visible():
        fold.locator("summary").first.click()
    with here.page.expect_download() as download_info:
        button.click()
    return download_info.value.suggested_filename, Path(download_info.value.path()).read_text()


def test_thumbs_and_a_note_are_stored_with_the_answer(browser: Any, server: ChatServer) -> None:
    with visiting(browser, server) as here:
        ask_and_wait(here, "When did the bridge open?")
        ask_and_wait(here, "And the archive?", 2)
        thumb = here.page.get_by_role("button", name="Dislike", exact=True).last
        thumb.focus()
        here.page.keyboard.press("Enter")
        note = here.page.get_by_label("What was wrong with it?")
        note.fill("It is <b>later</b>.")
        here.page.keyboard.press("Enter")
        here.wait("Your note is saved.", "#hint")
        assert note.is_hidden()
        here.page.get_by_role("button", name="Like", exact=True).first.click()
        here.page.get_by_label("What was good about it?").wait_for()
        here.page.reload()
        here.page.get_by_role("button", name="Disliked").wait_for()
        here.page.get_by_role("button", name="Liked", exact=True).wait_for()
        first, second = server.store.rated_turns()
        assert first.feedback and first.feedback.good and not first.feedback.note
        assert second.feedback and not second.feedback.good
        assert second.feedback.note == "It is <b>later</b>."
        assert second.question == "And the archive?" and second.answer and second.answer.passages
        # pressed again, the feedback is taken back
        here.page.get_by_role("button", name="Disliked").click()
        here.page.get_by_role("button", name="Dislike", exact=True).nth(1).wait_for()
        wait_until(lambda: len(server.store.rated_turns()) == 1)


def test_with_history_off_nothing_is_stored(browser: Any, server: ChatServer) -> None:
    with visiting(browser, server, accept_downloads=True) as here:
        ask_and_wait(here, "When did the bridge open?")
        open_tab(here, "Conversations")
        here.wait("1 conversation, stored", "#conversation-list")
        here.page.get_by_label("Store my conversations").uncheck()
        here.wait("New questions are not stored.", "#history-switch")
        before = server.store.file.read_bytes()
        open_tab(here, "Ask")
        here.page.get_by_role("button", name="New conversation").click()
        here.page.wait_for_url(server.url + "/")
        here.ask("A secret question?")
        here.wait("whole answer")
        here.page.get_by_role("button", name="Like", exact=True).click()
        here.wait("This answer is not stored, so your feedback on it cannot be either.", "#hint")
        here.page.get_by_role("button", name="Like", exact=True).wait_for()
        open_tab(here, "Conversations")
        here.wait("Current conversation", "#conversation-list")
        assert "A secret question" in download(here, "Markdown")[1]
        assert server.store.file.read_bytes() == before
        assert here.page.url == server.url + "/"
        here.page.reload()
        here.wait("or begin with one of these")
        open_tab(here, "Conversations")  # the switch stays as it was set
        here.wait("New questions are not stored.", "#history-switch")
        assert not here.page.get_by_label("Store my conversations").is_checked()
        here.page.get_by_label("Store my conversations").check()
        wait_until(lambda: server.store.history_on(""))
        open_tab(here, "Ask")
        ask_and_wait(here, "Stored again?")
    titles = [each.title for each in server.store.conversations()]
    assert titles == ["Stored again?", "When did the bridge open?"]


def test_a_chat_without_history_says_so_and_stores_nothing(browser: Any, tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "conversations"
    store = ConversationStore(folder)
    store.begin("", ChatTurn("Earlier?", key=new_id(), conversation=new_id(), asked_at=now()))
    store.close()
    before = store.file.read_bytes()
    with server_process(port, folder, RAG_KEEP_CONVERSATIONS="no"):
        here = Visit(browser, f"http://127.0.0.1:{port}")
        here.ask("And this?")
        here.wait("whole answer")
        assert here.page.get_by_role("button", name="Like").count() == 0
        open_tab(here, "Conversations")
        here.wait("History is turned off (RAG_KEEP_CONVERSATIONS=no).", "#history-switch")
        assert here.page.get_by_label("Store my conversations").is_disabled()
        here.page.context.close()
        assert here.errors == []
    assert store.file.read_bytes() == before
    assert [each.name for each in folder.iterdir()] == ["conversations.sqlite"]


def test_a_broken_store_stops_no_answer(browser: Any, server: ChatServer) -> None:
    with visiting(browser, server) as here:
        ask_and_wait(here, "When did the bridge open?")
        server.store.file.write_bytes(b"no database" * 1000)
        here.ask("And the archive?")
        here.wait("move the file away, and a new one is created", "#hint")
        assert here.text().count("whole answer") == 2
        open_tab(here, "Conversations")
        here.wait("move the file away, and a new one is created", "#conversation-list")
        server.store.file.unlink()
        open_tab(here, "Ask")
        here.ask("And then?")
        here.page.locator("#chat .fine", has_text="whole answer").nth(2).wait_for()
        wait_until(lambda: bool(server.store.conversations()))


def test_a_stopped_or_interrupted_question_is_there_again(browser: Any, server: ChatServer) -> None:
    server.assistant.go.clear()
    with visiting(browser, server) as here:
        here.ask("a slow one")
        here.wait("very slowly")
        here.page.get_by_role("button", name="Stop").click()
        here.wait("Stopped. Nothing here was checked")
        here.ask("a second slow one")
        here.page.locator("#chat .draft", has_text="very slowly").nth(1).wait_for()
        here.page.reload()
        here.page.locator("#chat .fine", has_text="Stopped.").nth(1).wait_for()
        assert "a slow one" in here.text() and "a second slow one" in here.text()
        server.assistant.go.set()
        here.page.get_by_role("button", name="Retry").click()
        here.wait("whole answer")
        wait_until(lambda: server.store.conversations()[0].turns[-1].stage == "done")
    (conversation,) = server.store.conversations()
    assert [(e.question, e.stage) for e in conversation.turns] == [
        ("a slow one", "stopped"),
        ("a second slow one", "done"),
    ]


def test_two_users_have_separate_histories(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("".join(f"{format_account(name, PASSWORD)}\n" for name in ("jane", "joe")))
    file.chmod(0o600)
    server = ChatServer(tmp_path / "conversations", UserAccounts.read(file))

    def log_in(page: Any, name: str) -> None:
        page.fill("[name=name]", name)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#question textarea:enabled")

    try:
        with visiting(browser, server, ready=False) as jane:
            log_in(jane.page, "jane")
            ask_and_wait(jane, "What jane asks?")
            hers = jane.page.url
            with visiting(browser, server, ready=False) as joe:
                log_in(joe.page, "joe")
                ask_and_wait(joe, "What joe asks?")
                open_tab(joe, "Conversations")
                joe.wait("1 conversation, stored", "#conversation-list")
                assert "jane" not in joe.text("#conversation-list") and "joe" in joe.text(
                    "#conversation-list"
                )
                joe.page.goto(hers)
                joe.wait("That conversation is no longer stored here.", "#hint")
                assert "What jane asks?" not in joe.page.content()
                open_tab(joe, "Conversations")
                joe.wait("1 conversation, stored", "#conversation-list")
                joe.page.locator("#conversation-list").get_by_role("button", name="Delete").click()
                joe.page.get_by_role("button", name="Delete for good?").click()
                joe.wait("No conversation is stored yet.", "#conversation-list")
            # after a restart a user logs in again, and returns to the same conversation
            server.stop()
            server.start()
            jane.page.reload()
            log_in(jane.page, "jane")
            jane.wait("What jane asks?")
            assert jane.page.url == hers
        stored = [(each.owner, each.title) for each in server.store.conversations()]
        assert stored == [("jane", "What jane asks?")]
    finally:
        server.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_conversations_fit_the_screen(
    browser: Any, server: ChatServer, width: int, theme: str
) -> None:
    server.store_conversation("When did the bridge open, and who was there to see it?")
    address = server.store_conversation("How long will ferries run?")
    options = {"viewport": {"width": width, "height": 860}, "color_scheme": theme}
    with visiting(browser, server, address, **options) as here:
        here.wait("whole answer")
        here.page.get_by_role("button", name="Like", exact=True).click()
        here.page.get_by_label("What was good about it?").wait_for()
        name = f"{width}-{theme}.png"
        here.page.screenshot(path=shots() / f"conversation-note-{name}", animations="disabled")
        open_tab(here, "Conversations")
        here.wait("2 conversations", "#conversation-list")
        here.page.locator("#conversation-list").get_by_role("button", name="Delete").nth(1).click()
        here.page.screenshot(path=shots() / f"conversations-{name}", animations="disabled")
        assert here.page.get_by_role("tab", name="Conversations").count() == 1
        assert here.page.evaluate("document.documentElement.scrollWidth") <= width
