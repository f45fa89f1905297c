"""Searches, articles, quotations, drafts and timelines for programs, by their own clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from rag.retrieval.filters import SearchFilter
from rag.web.services.app_state import AppState
from rag.web.services.articles import article_address
from tests.web.newsroom import archive_page

pytestmark = pytest.mark.real

QUOTATION = "“I will sell the great crane,” said Ebba Lind"
DRAFT = "The county listed the great crane of Skarvik. The slipway was built in 1918."
TOPIC = "Lomvik swing bridge"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, AppState]]:
    with archive_page(tmp_path_factory.mktemp("archive"), ("api", "mcp")) as page:
        yield page


def call_tool(url: str, name: str, arguments: dict[str, Any]) -> Any:
    async def session() -> Any:
        async with (
            httpx.AsyncClient(follow_redirects=True, timeout=60) as client,
            streamable_http_client(f"{url}/gradio_api/mcp/", http_client=client) as (read, to, _),
            ClientSession(read, to) as session,
        ):
            await session.initialize()
            return await session.call_tool(name, arguments)

    return asyncio.run(session())


def plain(values: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(values)))


def test_programs_get_what_python_gets(served: tuple[str, AppState]) -> None:
    url, app_state = served
    assistant = app_state.assistant
    within = SearchFilter(outlets=("Marsh Courier",))
    limits = {"outlets": ["Marsh Courier"]}
    quote = plain(assistant.quote(QUOTATION, None, within).to_dict())
    check = plain(assistant.check(DRAFT, within).to_dict())
    timeline = plain(assistant.timeline(TOPIC, within).to_dict())
    assert (quote["verdict"], quote["citations"][0]["article"]) == ("altered", "yard-copy")
    assert [each["verdict"] for each in check["sentences"]] == ["supported", "contradicted"]
    assert {each["citations"][0]["source"] for each in timeline["entries"]} == {"Marsh Courier"}
    client = Client(url, verbose=False, analytics_enabled=False, httpx_kwargs={"timeout": 60})
    for name, arguments, expected in (
        ("quote", {"text": QUOTATION}, quote),
        ("check", {"text": DRAFT}, check),
        ("timeline", {"topic": TOPIC}, timeline),
    ):
        assert client.predict(**arguments, **limits, api_name=f"/{name}") == expected
        called = call_tool(url, name, {**arguments, **limits})
        assert not called.isError
        assert called.structuredContent == json.loads(called.content[0].text) == expected


def test_an_assistant_searches_and_fetches_as_from_any_server_of_documents(
    served: tuple[str, AppState],
) -> None:
    url, app_state = served
    query = 'swing bridge "Lomvik" outlet:"Marsh Courier"'
    called = call_tool(url, "search", {"query": query})
    assert not called.isError
    (content,) = called.content  # one JSON text, beside the structured content
    assert content.type == "text"
    assert set(called.structuredContent) == {"results"}
    assert json.loads(content.text) == called.structuredContent
    results = called.structuredContent["results"]
    hits = app_state.assistant.find_passages(query).hits
    assert [each["id"] for each in results] == list(
        dict.fromkeys(hit.passage.article for hit in hits)
    )
    assert {each["id"] for each in results} >= {"bridge-plan", "bridge-crowd"}
    assert all(isinstance(each[key], str) for each in results for key in ("id", "title", "url"))
    assert all("Lomvik" in each["text"] for each in results)
    for each in results:
        fetched = call_tool(url, "fetch", {"id": each["id"]})
        (content,) = fetched.content
        document = json.loads(content.text)
        assert document == fetched.structuredContent
        article = app_state.assistant.article(each["id"])
        assert document == {
            "id": article.id,
            "title": article.title,
            "text": article.text,
            "url": each["url"],
            "metadata": {"source": "Marsh Courier", "published": article.published},
        }
        # it has no address in the web: its file is on this server
        assert each["url"].startswith(f"{url}/original?article=")
        assert article.title in httpx.get(each["url"]).text
    client = Client(url, verbose=False, analytics_enabled=False, httpx_kwargs={"timeout": 60})
    assert client.predict(query, api_name="/search") == called.structuredContent
    assert client.predict(results[0]["id"], api_name="/fetch")["id"] == results[0]["id"]


def test_a_search_does_not_wait_behind_answers(served: tuple[str, AppState]) -> None:
    url, app_state = served
    with app_state.queue.acquire():
        result = call_tool(url, "search", {"query": "swing bridge"}).structuredContent
        (first, *_) = result["results"]
        fetched = call_tool(url, "fetch", {"id": first["id"]}).structuredContent
        assert len(app_state.queue) == 1
    assert fetched["id"] == first["id"]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example/b", "https://a.example/b"),
        ("javascript:alert(1)", "http://h/original?article=a%2Fb%20c"),
        (None, "http://h/original?article=a%2Fb%20c"),
    ],
)
def test_the_address_of_an_article_is_one_that_can_be_opened(url: str | None, address: str) -> None:
    assert article_address("a/b c", url, "http://h") == address


@pytest.mark.parametrize(
    ("name", "wrong", "line"),
    [
        ("search", {"query": " "}, "empty"),
        ("search", {"query": "bridge outlet:Nobody"}, "Nobody"),
        ("search", {"query": 7}, "query is not text"),
        ("fetch", {"id": "no-such"}, "there is no article 'no-such': give an id that search"),
        ("quote", {"text": "Never"}, "is one word"),
        ("quote", {"text": "out and about", "since": "soon"}, "is not a date"),
        ("quote", {"text": ["out"]}, "text is not text"),
        ("check", {"text": " "}, "the text is empty"),
        ("check", {"text": "x" * 100_001}, "at most 100,000"),
        ("check", {"text": DRAFT, "outlets": ["Nobody"]}, "Nobody"),
        ("timeline", {"topic": ""}, "empty"),
        ("timeline", {"topic": TOPIC, "until": 2023}, "until is not text"),
    ],
)
def test_what_cannot_be_taken_is_named_in_one_line(
    served: tuple[str, AppState], name: str, wrong: dict[str, Any], line: str
) -> None:
    client = Client(served[0], verbose=False, analytics_enabled=False)
    with pytest.raises(AppError) as raised:
        client.predict(**wrong, api_name=f"/{name}")
    assert line in str(raised.value) and "\n" not in str(raised.value)
    called = call_tool(served[0], name, wrong)
    assert called.isError
    message = called.content[0].text
    assert line in message or message.startswith("Input validation error")


def test_a_check_gives_its_place_back_once_its_client_has_left(
    served: tuple[str, AppState],
) -> None:
    url, app_state = served
    client = Client(url, verbose=False, analytics_enabled=False)
    with app_state.queue.acquire():
        job = client.submit(DRAFT, api_name="/check")
        # Gradio's client sends a cancel that says nothing until it knows the number of its job.
        assert asyncio.run(_until(lambda: job.communicator and job.communicator.event_id))
        assert asyncio.run(_until(lambda: len(app_state.queue) == 2))
        job.cancel()
        end = asyncio.run(_until(lambda: len(app_state.queue) == 1))
    assert end


async def _until(condition: Any) -> bool:
    for _ in range(600):
        if condition():
            return True
        await asyncio.sleep(0.05)
    return False
