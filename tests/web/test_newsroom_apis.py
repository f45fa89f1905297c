"""Quotations, drafts and timelines for programs: each client gets what Python gets."""

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


@pytest.mark.parametrize(
    ("name", "wrong", "line"),
    [
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
