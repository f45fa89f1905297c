"""Several collections in one page: each is asked, stored and opened by itself."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from starlette.requests import Request

from benchmarks.common import free_port
from rag.conversations.store import ConversationStore
from rag.errors import CollectionError
from rag.index.build import build_index
from rag.newsroom.alerts.store import AlertStore
from rag.settings import Settings
from rag.types import Answer
from rag.web.middleware.login import _conversation
from rag.web.server import Running, start_collections
from rag.web.services import collections as services
from rag.web.services.app_state import AppState, Ready, StartupFailed
from rag.web.services.collections import OpenCollections
from tests.browser import shots
from tests.conftest import use_toy_embedder
from tests.scripted_reader import ScriptedReader
from tests.web.support import ScriptedAssistant, Visit, wait_until
from tests.web.test_accessibility import findings

pytestmark = pytest.mark.real

NAMES = ("Łódź-2024", "port", "town")
PRICES = {"default": "3 crowns", "port": "7 crowns", "town": "9 crowns", "Łódź-2024": "5 crowns"}
COST = "What was the cost of the crane of Osby?"


def write_crane(folder: Path, price: str) -> Path:
    """A folder with one article, in which the crane costs `price`, the same id in each."""
    folder.mkdir()
    text = f"The crane of Osby cost {price}, mayor Lena Holt said. It had rusted since 1990."
    (folder / "crane.txt").write_text(f"The crane for {price}\n\n{text}\n", encoding="utf-8")
    return folder


def settings_in(folder: Path) -> Settings:
    return Settings(
        corpus=folder / "default",
        collections=folder / "collections",
        conversations=folder / "conversations",
        model="none",
        reader="reader",
    )


class Served:
    """A page over a default collection and three others, with a toy embedder and reader."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_in(folder)
        for name, price in PRICES.items():
            corpus = write_crane(folder / name, price)
            if name != "default":
                build_index(self.settings.of(name), paths=[corpus])
        self.collections = OpenCollections.of_settings(self.settings)
        self.running: Running = start_collections(
            self.collections, port=free_port(), apis=("api", "openai")
        )
        self.url = self.running.url
        wait_until(lambda: isinstance(self.collections.first.state, Ready), 60)

    def close(self) -> None:
        self.running.close()
        self.collections.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("collections")
    reader = ScriptedReader({"cost of the crane": "crowns, mayor"})
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        monkeypatch.chdir(folder)
        monkeypatch.setattr("rag.assistant.open_reader", lambda *_: (reader, "reader"))
        monkeypatch.setattr("rag.assistant.open_classifier", lambda settings: None)
        monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
        page = Served(folder)
        yield page
        page.close()


@pytest.fixture
def visits(browser: Any) -> Iterator[list[Visit]]:
    pages: list[Visit] = []
    yield pages
    for each in pages:
        each.page.context.close()
        assert each.errors == []
        assert each.hosts() == {"127.0.0.1"}


def names(url: str, collection: str) -> bool:
    """Whether `url` is that of `collection` with no conversation open."""
    return parse_qs(urlsplit(url).query) == {"collection": [collection]}


def choose(here: Visit, name: str) -> None:
    """Choose the collection `name` at the top."""
    here.page.click("#collection input")
    here.page.get_by_role("option", name=name, exact=True).click()
    here.page.wait_for_url(lambda url: names(url, name))
    here.page.wait_for_selector("#question textarea:enabled")
    wait_until(lambda: here.page.input_value("#collection input") == name)


def ask_for_the_cost(here: Visit, price: str) -> None:
    here.ask(COST)
    here.page.locator("#chat a.cite").first.wait_for()
    assert price in here.text()
    here.page.wait_for_url("**talk=*")


def test_another_collection_is_chosen_asked_and_opened(
    browser: Any, served: Served, visits: list[Visit]
) -> None:
    visits.append(here := Visit(browser, served.url))
    here.page.wait_for_selector("#collection input")
    assert here.page.input_value("#collection input") == "default"
    assert served.collections.open_states == [served.collections.first]
    ask_for_the_cost(here, "3 crowns")
    for name in ("Łódź-2024", "port"):
        choose(here, name)
        assert "crowns" not in here.text() + here.text("#sources")
        ask_for_the_cost(here, PRICES[name])
        assert "3 crowns" not in here.text() + here.text("#sources")
        here.page.locator("#chat a.cite").first.click()
        here.page.locator("#article-viewer mark").wait_for()
        assert PRICES[name] in here.text("#article-viewer")
        for place in ("#sources", "#article-viewer"):
            link = here.page.locator(f"{place} a.original").first.get_attribute("href")
            assert link is not None
            assert PRICES[name] in httpx.get(served.url + link).text
    here.page.screenshot(path=shots() / "collections.png")
    assert findings(here.page) == []
    assert "3 crowns" in httpx.get(f"{served.url}/original?article=crane").text


def test_conversations_alerts_and_articles_are_those_of_the_collection(
    browser: Any, served: Served, visits: list[Visit]
) -> None:
    visits.append(here := Visit(browser, f"{served.url}/?collection=port"))
    ask_for_the_cost(here, "7 crowns")
    address = here.page.url
    here.page.get_by_role("tab", name="Alerts").click()
    here.page.fill("#alert-question textarea", COST)
    here.page.get_by_role("button", name="Add", exact=True).click()
    here.wait("7 crowns", "#alert-list")
    here.page.reload()
    here.wait("7 crowns")
    choose(here, "town")
    assert "talk=" not in here.page.url and COST not in here.text()
    for tab, place in (("Conversations", "#conversation-list"), ("Alerts", "#alert-list")):
        here.page.get_by_role("tab", name=tab).click()
        here.page.wait_for_timeout(500)
        assert "crane" not in here.text(place)
    here.page.get_by_role("tab", name="Articles").click()
    here.wait("The crane for 9 crowns", "#article-list")
    assert here.page.locator("#article-list button[data-article]").count() == 1
    # the conversation of one is not continued in another
    here.page.goto(address.replace("collection=port", "collection=town"))
    here.wait("That conversation is no longer stored here", "#hint")
    ask_for_the_cost(here, "9 crowns")
    assert "7 crowns" not in here.text()
    port, town = (served.settings.of(name) for name in ("port", "town"))
    assert len(AlertStore.of_index(port.index).alerts()) == 1
    assert AlertStore.of_index(town.index).alerts() == []
    (mine,) = ConversationStore(town.conversations).conversations()
    assert "9 crowns" in (mine.turns[0].answer or Answer("", "", "", True, None)).text


def test_a_collection_that_is_not_there_is_named_and_nothing_else_is_shown(served: Served) -> None:
    page = httpx.get(f"{served.url}/?collection=twon")
    assert page.status_code == 404 and "the closest: town" in page.text
    for name in ("../town", "Town", "%2e%2e"):
        assert httpx.get(f"{served.url}/", params={"collection": name}).status_code == 404
        link = {"article": "crane", "collection": name}
        assert httpx.get(f"{served.url}/original", params=link).status_code == 404
    header = {"x-footnoted-collection": "twon"}
    event = httpx.post(f"{served.url}/gradio_api/queue/join", headers=header, json={})
    assert event.status_code == 404 and "no collection" in event.text


def test_a_collection_that_is_added_is_offered_and_one_that_is_removed_is_not(
    browser: Any, served: Served, visits: list[Visit], tmp_path: Path
) -> None:
    from rag.conversations.collections import remove_collection

    build_index(served.settings.of("new"), paths=[write_crane(tmp_path / "new", "11 crowns")])
    visits.append(here := Visit(browser, served.url))
    choose(here, "new")
    ask_for_the_cost(here, "11 crowns")
    remove_collection(served.settings, "new", with_history=True)
    assert httpx.get(here.page.url).status_code == 404
    assert not served.settings.of("new").output.exists()
    # another one of the same name has nothing of it
    build_index(served.settings.of("new"), paths=[write_crane(tmp_path / "newer", "9 crowns")])
    here.page.goto(f"{served.url}/?collection=new")
    here.page.wait_for_selector("#question textarea:enabled")
    ask_for_the_cost(here, "9 crowns")
    remove_collection(served.settings, "new", with_history=True)


def test_programs_name_a_collection_or_are_answered_from_the_first(served: Served) -> None:
    client = Client(served.url, verbose=False, analytics_enabled=False)
    for name, price in {"": "3 crowns", "town": "9 crowns", "port": "7 crowns"}.items():
        answer = client.predict(COST, collection=name, api_name="/answer")
        assert price in answer["text"]
        quote = client.predict(
            f"the crane of Osby cost {price}", collection=name, api_name="/quote"
        )
        assert quote["verdict"] == "verbatim"
    with pytest.raises(AppError, match="the closest: town"):
        client.predict(COST, collection="twon", api_name="/answer")
    body = {"model": "footnoted", "messages": [{"role": "user", "content": COST}]}
    url = f"{served.url}/v1/chat/completions"
    reply = httpx.post(url, json=body | {"collection": "town"}, timeout=60).json()
    assert "9 crowns" in reply["choices"][0]["message"]["content"]
    assert reply["footnoted_ignored"] == []
    reply = httpx.post(url, json=body, timeout=60).json()
    assert "3 crowns" in reply["choices"][0]["message"]["content"]
    refused = httpx.post(url, json=body | {"collection": "../x"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (404, "collection")
    assert httpx.post(url, json=body | {"collection": 1}).status_code == 400


def test_the_timeline_of_a_page_that_is_closed_leaves_the_queue_of_its_collection(
    browser: Any, served: Served
) -> None:
    here = Visit(browser, f"{served.url}/?collection=port")
    for name in ("Check", "Timeline"):
        here.page.get_by_role("tab", name=name).click()
    here.page.get_by_label("Topic").fill("crane of Osby")
    queue = served.collections.opened("port").queue
    with queue.acquire():
        here.page.get_by_role("button", name="Show", exact=True).click()
        here.wait("Your topic comes next", inside="#timeline-result")
        assert len(queue) == 2
        here.page.context.close()
        wait_until(lambda: len(queue) == 1)


def test_at_most_a_few_are_open_and_what_the_others_held_is_freed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_OPEN", 1)
    port = served.collections.opened("port")
    assert isinstance(port.state, Ready)
    snapshot = weakref.ref(port.state.assistant._snapshot())
    town = served.collections.opened("town")
    assert served.collections.open_states == [served.collections.first, town]
    assert port.retired and not port.closed
    assert "7 crowns" in port.assistant.ask(COST).text, "what was asked of it is answered"
    del port
    wait_until(lambda: gc.collect() >= 0 and snapshot() is None, 20)
    models = {id(each.assistant._models) for each in served.collections.open_states}
    assert len(models) == 1


def test_an_answer_that_is_under_way_is_finished_in_its_own_collection(
    browser: Any, visits: list[Visit], tmp_path: Path
) -> None:
    assistants = {name: ScriptedAssistant() for name in ("default", "port")}
    settings = settings_in(tmp_path)
    settings.of("port").index.mkdir(parents=True)

    def make(name: str, beside: AppState | None = None) -> AppState:
        own = settings.of(name)
        state = AppState(own, lambda *_: None, lambda _: assistants[name], beside)  # type: ignore[arg-type,return-value]
        state.store = ConversationStore(own.conversations)
        return state

    first = make("default")
    names = ["default", "port"]
    collections = OpenCollections(first, lambda name: make(name, first), lambda: names)
    running = start_collections(collections, port=free_port())
    try:
        visits.append(here := Visit(browser, running.url))
        here.ask("When did the slow bridge open?")
        here.wait("Draft. It is checked")
        here.page.click("#collection input")
        here.page.get_by_role("option", name="port", exact=True).click()
        here.page.wait_for_url("**/?collection=port")
        here.page.wait_for_selector("#question textarea:enabled")
        here.page.wait_for_timeout(1_000)
        assert not assistants["default"].stream_cancelled.is_set()
        assistants["default"].go.set()
        mine = ConversationStore(settings.conversations)
        wait_until(lambda: mine.conversations()[0].turns[0].stage == "done")
        assert assistants["port"].questions == [] and "slow bridge" not in here.text()
        assert ConversationStore(settings.of("port").conversations).conversations() == []
        choose(here, "default")
        here.page.get_by_role("tab", name="Conversations").click()
        here.page.locator("#conversation-list .title").first.click()
        here.wait("It opened on Monday")
    finally:
        for each in assistants.values():
            each.go.set()
        running.close()
        collections.close()


def test_a_collection_that_could_not_be_opened_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path)
    settings.of("port").index.mkdir(parents=True)
    first = AppState(settings, lambda *_: None, lambda _: ScriptedAssistant())  # type: ignore[arg-type,return-value]

    def build(*_: object) -> None:
        if not (tmp_path / "disk").exists():
            raise CollectionError("the disk is away: bring it back")

    def make(name: str) -> AppState:
        return AppState(settings.of(name), build, lambda _: ScriptedAssistant(), first)  # type: ignore[arg-type,return-value]

    collections = OpenCollections(first, make, lambda: ["default", "port"])
    failed = collections.opened("port")
    assert failed.state == StartupFailed("the disk is away: bring it back")
    (tmp_path / "disk").mkdir()
    assert collections.opened("port") is failed, "not with each request"
    monkeypatch.setattr(services, "AGAIN_AFTER", 0.0)
    assert isinstance(collections.opened("port").state, Ready)
    assert collections.close()


@pytest.mark.parametrize(
    ("query", "stays"),
    [
        ("collection=port", True),
        ("collection=%C5%81%C3%B3d%C5%BA&talk=0123456789abcdef", True),
        ("talk=0123456789abcdef", True),
        ("collection=port&next=//evil.example", False),
        ("", False),
    ],
)
def test_a_login_leads_to_the_collection_that_the_address_names(query: str, stays: bool) -> None:
    request = Request({"type": "http", "query_string": query.encode()})
    assert _conversation(request) == (f"?{query}" if stays else "")


def test_one_collection_or_index_that_is_named_is_served_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.of("port").index.mkdir(parents=True)
    for own in (settings.of("port"), replace(settings, index=tmp_path / "other")):
        alone = OpenCollections.of_settings(own)
        assert alone.names == [own.collection]
        assert alone.first.settings == own
        with pytest.raises(CollectionError, match="only the collection"):
            alone.state("town")


def test_without_a_default_collection_the_first_of_the_others_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = settings_in(tmp_path)
    assert OpenCollections.of_settings(settings).names == ["default"]
    for name in ("town", "port"):
        settings.of(name).index.mkdir(parents=True)
    collections = OpenCollections.of_settings(settings)
    assert (collections.first.settings.collection, collections.names) == ("port", ["port", "town"])


def test_the_list_is_not_there_for_one_collection(browser: Any, visits: list[Visit]) -> None:
    from tests.web.support import serve

    running = serve(ScriptedAssistant())
    try:
        visits.append(here := Visit(browser, running.url))
        assert here.page.locator("#collection").count() == 0
    finally:
        running.close()
