"""The APIs for programs, called by their own clients, over an assistant that follows a script."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from openai import OpenAI
from openai.types.chat.chat_completion_message import Annotation

from benchmarks.common import free_port
from rag.errors import ModelUnavailable, ServeError, SettingsError
from rag.retrieval.filters import SearchFilter
from rag.settings import APIS, Settings, api_names
from rag.types import Turn
from rag.web.apis.gradio_mcp import ENDPOINTS, TOOLS
from rag.web.middleware import login_throttle
from rag.web.middleware.user_accounts import UserAccounts, format_account
from rag.web.server import Running, start
from rag.web.services.app_state import AppState
from tests.web.support import ScriptedAssistant

pytestmark = pytest.mark.real

PASSWORD = "a word that nobody guesses"
TEXT = "It opened on Monday. [1] Ferries run until June. [2]"
ASK = {"model": "footnoted", "messages": [{"role": "user", "content": "slow bridge"}]}


class ServedChat:
    """A page that is served, with the state and the assistant behind it."""

    def __init__(self, programs: tuple[str, ...], accounts: UserAccounts | None = None) -> None:
        self.assistant = ScriptedAssistant()
        self.assistant.go.set()
        opened: Callable[[Settings], Any] = lambda _: self.assistant  # noqa: E731
        self.app_state = AppState(Settings(), lambda *_: None, opened)
        self.running: Running = start(
            self.app_state, "127.0.0.1", free_port(), accounts, apis=programs
        )
        self.url = self.running.url
        until(lambda: httpx.get(f"{self.url}/").status_code in (200, 303))
        until(lambda: type(self.app_state.state).__name__ == "Ready")

    def openai(self, key: str = "none") -> OpenAI:
        return OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0)

    def gradio(self, httpx_kwargs: Mapping[str, Any] | None = None, **options: Any) -> Client:
        requests = {"timeout": 60.0, **(httpx_kwargs or {})}  # 5 s may pass on a busy machine
        return Client(
            self.url, verbose=False, analytics_enabled=False, httpx_kwargs=requests, **options
        )

    def tool(self, *calls: dict[str, Any], **headers: str) -> list[Any]:
        """The tools there are, and what each call gives."""

        async def session() -> list[Any]:
            url = f"{self.url}/gradio_api/mcp/"
            async with (
                httpx.AsyncClient(headers=headers, follow_redirects=True, timeout=60) as client,
                streamable_http_client(url, http_client=client) as (read, write, _),
                ClientSession(read, write) as session,
            ):
                await session.initialize()
                tools = (await session.list_tools()).tools
                return [tools, *[await session.call_tool("answer", each) for each in calls]]

        return asyncio.run(session())

    def close(self) -> None:
        self.running.close()
        self.app_state.close()


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def every() -> Iterator[ServedChat]:
    house = ServedChat(APIS)
    yield house
    house.close()


@pytest.fixture
def house(every: ServedChat) -> Iterator[ServedChat]:
    every.assistant.go.set()
    every.assistant.questions.clear()
    every.assistant.filters.clear()
    every.assistant.shares.clear()
    every.assistant.stream_cancelled.clear()
    yield every
    every.assistant.go.set()
    until(lambda: len(every.app_state.queue) == 0)


def test_each_api_is_off_unless_it_is_named() -> None:
    for programs in ((), ("api",), ("mcp",), ("openai",)):
        house = ServedChat(programs)
        try:
            info = httpx.get(f"{house.url}/gradio_api/info").json()
            names = list(ENDPOINTS) if "api" in programs else []
            assert list(info["named_endpoints"]) == [f"/{each}" for each in names]
            assert info["unnamed_endpoints"] == {}
            chat = httpx.post(f"{house.url}/v1/chat/completions", json=ASK).status_code
            models = httpx.get(f"{house.url}/v1/models").status_code
            assert [chat, models] == ([200, 200] if "openai" in programs else [404, 404])
            tool = httpx.post(f"{house.url}/gradio_api/mcp/", json={}).status_code
            assert (tool == 404) != ("mcp" in programs)
            for path in ("", "/", "/sse", "/schema", "/http"):
                assert httpx.get(f"{house.url}/gradio_api/mcp{path}").status_code == 404
            for path in ("call/answer", "run/answer", "api/answer", "mcp/messages", "call/tool"):
                response = httpx.post(f"{house.url}/gradio_api/{path}", json={"data": ["x"]})
                assert response.status_code == 404, path
            config = httpx.get(f"{house.url}/config").json()
            public = [
                each["api_name"]
                for each in config["dependencies"]
                if each["api_visibility"] != "private"
            ]
            assert public == names
        finally:
            house.close()


def test_all_apis_return_the_same_answer_object(house: ServedChat) -> None:
    answer = house.gradio().predict(
        "the bridge", "2024", "", ["Harbour Post"], 0.05, api_name="/answer"
    )
    within = {"since": "2024", "outlets": ["Harbour Post"], "max_wrong": 0.05}
    tools, called = house.tool({"question": "the bridge", **within})
    completed = house.openai().chat.completions.create(
        **{**ASK, "messages": [{"role": "user", "content": "the bridge"}]},
        extra_body=within,
    )
    assert house.assistant.filters == [SearchFilter("2024", "", ("Harbour Post",))] * 3
    assert house.assistant.shares == [0.05] * 3
    assert answer["text"] == TEXT
    assert [each["quote"] for each in answer["citations"]][1] == "Ferries will run until June."
    assert completed.footnoted == answer  # type: ignore[attr-defined]
    assert completed.choices[0].message.content == TEXT
    assert completed.choices[0].finish_reason == "stop"
    assert not called.isError
    assert json.loads(called.content[0].text) == called.structuredContent == answer
    assert [each.name for each in tools] == list(ENDPOINTS)
    assert all(each.annotations.readOnlyHint for each in tools)
    tool = tools[0]
    assert tool.inputSchema["required"] == ["question"]
    fields = ["collection", "max_wrong", "outlets", "question", "since", "until"]
    assert sorted(tool.inputSchema["properties"]) == fields
    assert all(each["description"] for each in tool.inputSchema["properties"].values())


def test_openai_messages_become_the_history_and_ignored_fields_are_named(
    house: ServedChat,
) -> None:
    messages = [
        {"role": "system", "content": "Answer like a pirate."},
        {"role": "user", "content": "never answered"},
        {"role": "user", "content": "When did it open?"},
        {"role": "assistant", "content": "On Monday. [1]"},
        {"role": "user", "content": [{"type": "text", "text": "And the ferries?"}]},
    ]
    completion: Any = house.openai().chat.completions.create(
        model="footnoted",
        messages=messages,  # type: ignore[arg-type]
        temperature=0.7,
        max_tokens=5,
    )
    assert house.assistant.questions == [
        ("And the ferries?", [Turn("When did it open?", "On Monday. [1]")])
    ]
    assert completion.footnoted_ignored == ["max_tokens", "temperature", "messages of role system"]


def test_openai_stream_sends_the_checked_text_once_and_the_answer_last(house: ServedChat) -> None:
    house.assistant.go.clear()
    chunks: list[Any] = []
    for chunk in house.openai().chat.completions.create(**ASK, stream=True):
        chunks.append(chunk)
        house.assistant.go.set()  # only now may the answer be made: the first chunk is at once
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(each.choices[0].delta.content or "" for each in chunks) == TEXT
    assert [each.choices[0].finish_reason for each in chunks][-1] == "stop"
    assert chunks[-1].footnoted["citations"][0]["number"] == 1
    assert len({each.id for each in chunks}) == 1
    raw = httpx.post(f"{house.url}/v1/chat/completions", json={**ASK, "stream": True})
    assert raw.headers["content-type"].startswith("text/event-stream")
    assert "very slowly" not in raw.text.replace('"draft": "', "\0").split("\0")[0]
    assert raw.text.endswith("data: [DONE]\n\n")


def cited(house: ServedChat, annotations: list[Any], text: str) -> None:
    """The annotations of `TEXT`, with keys of our own."""
    first, second = (each.url_citation for each in annotations)
    assert [each.type for each in annotations] == ["url_citation", "url_citation"]
    spans = [text[each.start_index : each.end_index] for each in (first, second)]
    assert spans == ["It opened on Monday.", "Ferries run until June."]
    assert (first.title, first.url) == (
        "Bridge opens after four years",
        "https://harbour.example/bridge",
    )
    assert (first.number, first.article) == (1, "bridge")
    assert second.quote == "Ferries will run until June."


def test_openai_annotations_say_which_words_each_source_supports(house: ServedChat) -> None:
    messages = [
        {"role": "system", "content": "not read"},
        {"role": "user", "content": "When did it open?"},
        {"role": "assistant", "content": "On Monday."},
        {"role": "user", "content": "the bridge"},
    ]
    completed = house.openai().chat.completions.create(model="footnoted", messages=messages)  # type: ignore[arg-type]
    message = completed.choices[0].message
    assert isinstance(message.annotations, list)
    assert isinstance(message.annotations[0], Annotation)
    cited(house, message.annotations, str(message.content))
    usage = completed.usage  # the scripted assistant counts words
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (8, 10, 18)
    moon = [{"role": "user", "content": "the moon"}]
    refused = house.openai().chat.completions.create(model="footnoted", messages=moon)  # type: ignore[arg-type]
    assert refused.choices[0].message.annotations == []


def test_openai_streams_have_annotations_and_usage_where_it_is_asked_for(
    house: ServedChat,
) -> None:
    client = house.openai().chat.completions
    options = {"include_usage": True}
    chunks: list[Any] = list(client.create(**ASK, stream=True, stream_options=options))
    *others, last = chunks
    assert all(each.usage is None for each in others)
    assert (last.choices, last.usage.total_tokens) == ([], 2 + len(TEXT.split()))
    (marked,) = (each for each in others if each.choices[0].finish_reason)
    assert len(marked.choices[0].delta.annotations) == 2
    assert marked.footnoted["text"] == TEXT
    plain = list(client.create(**ASK, stream=True))
    assert all(each.choices and each.usage is None for each in plain)
    raw = httpx.post(f"{house.url}/v1/chat/completions", json={**ASK, "stream": True})
    assert '"usage"' not in raw.text
    with client.stream(**ASK, stream_options=options) as stream:  # the client puts them together
        completed = stream.until_done().get_final_completion()
    assert completed.choices[0].message.content == TEXT
    cited(house, list(map(Annotation.model_validate, chunk_annotations(completed))), TEXT)
    assert completed.usage is not None


def chunk_annotations(completed: Any) -> list[Any]:
    """Those that the client joined, as plain values."""
    return [
        each if isinstance(each, dict) else each.to_dict()
        for each in completed.choices[0].message.annotations
    ]


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"model": "gpt-5"}, 404, "there is no model 'gpt-5' here: ask 'footnoted'"),
    ({"messages": []}, 400, "the last message is the question"),
    ({"messages": "hello"}, 400, "messages is no list"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "give it the role user"),
    ({"messages": [{"role": "user", "content": 7}]}, 400, "only text can be read"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "only text"),
    ({"messages": [{"role": "user", "content": " "}]}, 400, "the question is empty"),
    ({"messages": [{"role": "user", "content": "x" * 3_000}]}, 400, "shorten it to 2,000"),
    ({"n": 2}, 400, "leave n out"),
    ({"stream": "yes"}, 400, "stream is true or false"),
    ({"stream_options": {"include_usage": True}}, 400, "stream_options is for streams"),
    ({"stream": True, "stream_options": 1}, 400, "stream_options is an object"),
    ({"stream": True, "stream_options": {"include_usage": "x"}}, 400, "stream_options is an"),
    ({"since": "yesterday"}, 400, "is not a date"),
    ({"since": 2024}, 400, "since is not text"),
    ({"since": "2025", "until": "2024"}, 400, "swap them"),
    ({"outlets": "BBC"}, 400, "outlets is not a list of names"),
    ({"max_wrong": "few"}, 400, "max_wrong is not a number"),
    ({"max_wrong": 2}, 400, "max_wrong=2 is out of range"),
]


@pytest.mark.parametrize(("change", "status", "line_"), WRONG)
def test_openai_faulty_requests_get_an_openai_error(
    house: ServedChat, change: dict[str, Any], status: int, line_: str
) -> None:
    response = httpx.post(f"{house.url}/v1/chat/completions", json=ASK | change)
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert line_ in error["message"] and "\n" not in error["message"]
    assert house.assistant.questions == []


def test_every_rejection_below_v1_is_an_openai_error(house: ServedChat) -> None:
    url = f"{house.url}/v1/chat/completions"
    for response, status in (
        (httpx.post(url, content=b"{"), 400),
        (httpx.post(url, content=b"[" * 100_000), 400),
        (httpx.post(url, json=[]), 400),
        (httpx.post(url, content=b"x" * 5_000_000), 413),
        (httpx.post(url, json=ASK, headers={"origin": "http://evil.example"}), 403),
        (httpx.post(url, json=ASK, headers={"host": "evil.example"}), 421),
        (httpx.post(f"{house.url}/v1/embeddings", json={}), 404),
        (httpx.get(f"{house.url}/v1/models/gpt-5"), 404),
        (httpx.get(f"{house.url}/v1/files"), 404),
        (httpx.get(url), 405),
        (httpx.delete(url), 405),
    ):
        assert response.status_code == status
        assert response.json()["error"]["message"]
    with pytest.raises(openai.NotFoundError):
        house.openai().models.retrieve("gpt-5")
    assert [each.id for each in house.openai().models.list()] == ["footnoted"]
    assert house.openai().models.retrieve("footnoted").id == "footnoted"


def test_gradio_and_mcp_report_faulty_requests(house: ServedChat) -> None:
    client = house.gradio()
    for wrong, line_ in (
        ({"question": " "}, "the question is empty"),
        ({"question": "x", "since": "soon"}, "is not a date"),
        ({"question": "x", "outlets": "BBC"}, "outlets is not a list of names"),
        ({"question": "broken"}, "the model stopped: ask again"),
    ):
        with pytest.raises(AppError, match=line_):
            client.predict(**wrong, api_name="/answer")
        _, response = house.tool(wrong)
        assert response.isError
        assert line_ in response.content[0].text or "is not valid" in response.content[0].text


def test_openai_model_errors_say_when_to_retry(
    house: ServedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {**ASK, "messages": [{"role": "user", "content": "broken"}]}
    url = f"{house.url}/v1/chat/completions"
    response = httpx.post(url, json=broken)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    streamed = httpx.post(url, json={**broken, "stream": True})
    assert streamed.status_code == 503  # nothing was sent yet

    def late(*_: object, **__: object) -> Iterator[Any]:
        time.sleep(1.5)
        raise ModelUnavailable("it is left alone")
        yield

    monkeypatch.setattr(house.assistant, "stream", late)
    response = httpx.post(url, json=ASK, timeout=30)
    assert (response.status_code, response.headers["retry-after"]) == (503, "60")
    with pytest.raises(openai.APIError, match="left alone"):
        list(house.openai().chat.completions.create(**ASK, stream=True))

    def odd(*_: object, **__: object) -> Iterator[Any]:
        raise ZeroDivisionError
        yield

    monkeypatch.setattr(house.assistant, "stream", odd)
    response = httpx.post(url, json=ASK)
    assert response.status_code == 500 and "went wrong" in response.json()["error"]["message"]


def asking(house: ServedChat, name: str) -> threading.Thread:
    """A client that asks `name` by the API before its colon."""
    way = name.partition(":")[0]

    def ask() -> None:
        if way == "openai":
            messages = [{"role": "user", "content": name}]
            house.openai().chat.completions.create(model="footnoted", messages=messages)  # type: ignore[arg-type]
        elif way == "mcp":
            house.tool({"question": name})
        else:
            house.gradio().predict(name, api_name="/answer")

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_all_apis_share_one_queue_in_order_of_arrival(house: ServedChat) -> None:
    house.assistant.go.clear()
    names = ["openai: slow", "mcp: two", "api: three", "openai: four", "api: five", "mcp: six"]
    threads = []
    for number, name in enumerate(names, 1):
        threads.append(asking(house, name))
        until(lambda most=number: len(house.app_state.queue) == most)  # type: ignore[misc]
    assert len(house.assistant.questions) == 1
    house.assistant.go.set()
    for thread in threads:
        thread.join(30)
    assert [question for question, _ in house.assistant.questions] == names


def test_a_full_queue_is_429_with_retry_after(
    house: ServedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.app_state.queue, "_max_waiting", 1)
    house.assistant.go.clear()
    threads = [asking(house, "openai: slow")]
    until(lambda: len(house.app_state.queue) == 1)
    threads.append(asking(house, "api: waits"))
    until(lambda: len(house.app_state.queue) == 2)
    for body in (ASK, {**ASK, "stream": True}):
        response = httpx.post(f"{house.url}/v1/chat/completions", json=body)
        assert (response.status_code, response.headers["retry-after"]) == (429, "30")
        assert response.json()["error"]["type"] == "rate_limit_error"
    with pytest.raises(openai.RateLimitError, match="too many questions are waiting"):
        house.openai().chat.completions.create(**ASK)
    with pytest.raises(AppError, match="too many questions are waiting"):
        house.gradio().predict("x", api_name="/answer")
    _, called = house.tool({"question": "x"})
    assert called.isError and "too many questions are waiting" in called.content[0].text
    house.assistant.go.set()
    for thread in threads:
        thread.join(30)
    assert house.openai().chat.completions.create(**ASK).choices[0].message.content == TEXT


def leave_openai(house: ServedChat, stream: bool) -> None:
    body = {**ASK, "stream": stream}
    with (
        pytest.raises(httpx.ReadTimeout),
        httpx.stream(
            "POST", f"{house.url}/v1/chat/completions", json=body, timeout=1.0
        ) as response,
    ):
        for _ in response.iter_raw():
            if len(house.assistant.questions):
                raise httpx.ReadTimeout("seen enough")


def leave_api(house: ServedChat) -> None:
    job = house.gradio().submit("slow bridge", api_name="/answer")
    until(lambda: len(house.assistant.questions) == 1)
    # Gradio's client sends a cancel that says nothing until it knows the number of its job.
    until(lambda: bool(job.communicator and job.communicator.event_id))
    job.cancel()


def leave_api_abruptly(house: ServedChat) -> None:
    """As when the program of the client ends: its connections are gone.

    It ends once it has a connection for the answer. Before that there is none whose end the server
    could see.
    """
    program = """
import sys, time
from gradio_client import Client
job = Client(sys.argv[1], verbose=False).submit("slow bridge", api_name="/answer")
while job.status().code.name != "PROCESSING":
    time.sleep(0.02)
print("waiting for the answer", flush=True)
job.result()
"""
    command = [sys.executable, "-c", program, house.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "waiting for the answer\n"
        finally:
            child.kill()


def leave_mcp(house: ServedChat) -> None:
    async def call_and_leave() -> None:
        async with (
            streamable_http_client(f"{house.url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            call = asyncio.create_task(session.call_tool("answer", {"question": "slow bridge"}))
            while not house.assistant.questions:
                await asyncio.sleep(0.02)
            call.cancel()

    asyncio.run(call_and_leave())


@pytest.mark.parametrize(
    "leave",
    [
        lambda house: leave_openai(house, stream=False),
        lambda house: leave_openai(house, stream=True),
        leave_api,
        leave_api_abruptly,
        leave_mcp,
    ],
    ids=["openai", "openai-stream", "api", "api-gone", "mcp"],
)
def test_a_client_that_leaves_frees_its_place_in_the_queue(
    house: ServedChat, leave: Callable[[ServedChat], None]
) -> None:
    house.assistant.go.clear()
    leave(house)
    assert len(house.assistant.questions) == 1
    until(house.assistant.stream_cancelled.is_set)
    until(lambda: len(house.app_state.queue) == 0)


def test_a_client_that_leaves_the_queue_is_never_answered(house: ServedChat) -> None:
    house.assistant.go.clear()
    first = asking(house, "openai: slow")
    until(lambda: len(house.app_state.queue) == 1)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{house.url}/v1/chat/completions", json=ASK, timeout=1.0)
    until(lambda: len(house.app_state.queue) == 1)
    house.assistant.go.set()
    first.join(30)
    assert [question for question, _ in house.assistant.questions] == ["openai: slow"]


def test_programs_learn_when_to_retry_while_models_are_loading() -> None:
    further = threading.Event()
    app_state = AppState(
        Settings(), lambda *_: further.wait(60) and None, lambda _: ScriptedAssistant()
    )  # type: ignore[arg-type,return-value]
    running = start(app_state, port=free_port(), apis=APIS)
    try:
        url = f"{running.url}/v1/chat/completions"
        until(lambda: httpx.get(f"{running.url}/v1/models").status_code == 200)
        response = httpx.post(url, json=ASK)
        assert (response.status_code, response.headers["retry-after"]) == (503, "10")
        with pytest.raises(AppError, match="being loaded"):
            Client(running.url, verbose=False).predict("x", api_name="/answer")
    finally:
        further.set()
        running.close()
        app_state.close()


@pytest.fixture
def accounts(tmp_path: Path) -> UserAccounts:
    users = tmp_path / "users"
    users.write_text(format_account("jane", PASSWORD))
    return UserAccounts.read(users)


def test_programs_send_their_password_with_each_request(accounts: UserAccounts) -> None:
    house = ServedChat(APIS, accounts)
    try:
        key = f"jane:{PASSWORD}"
        with pytest.raises(openai.AuthenticationError, match="Wrong name or password"):
            house.openai("none").chat.completions.create(**ASK)
        response = httpx.post(f"{house.url}/v1/chat/completions", json=ASK)
        assert (response.status_code, response.json()["error"]["type"]) == (
            401,
            "authentication_error",
        )
        assert httpx.post(f"{house.url}/gradio_api/mcp/", json={}).status_code == 401
        with pytest.raises(Exception, match="Please login"):
            house.gradio()
        assert house.assistant.questions == []
        completed = house.openai(key).chat.completions.create(**ASK)
        assert completed.choices[0].message.content == TEXT
        client = house.gradio(httpx_kwargs={"auth": ("jane", PASSWORD)})
        assert client.predict("bridge", api_name="/answer")["text"] == TEXT
        _, called = house.tool({"question": "bridge"}, authorization=f"Bearer {key}")
        assert not called.isError
        for header in ("Basic amFuZTo", "Basic %%%", "Bearer", "Bearer jane", "Bearer jane:x"):
            response = httpx.get(f"{house.url}/v1/models", headers={"authorization": header})
            assert response.status_code == 401, header
    finally:
        house.close()


def test_failed_bearer_logins_lock_out_an_address(
    accounts: UserAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_throttle, "MAX_FAILURES", 2)
    house = ServedChat(("openai",), accounts)
    try:
        statuses = [
            httpx.get(
                f"{house.url}/v1/models", headers={"authorization": f"Bearer jane:{guess}"}
            ).status_code
            for guess in ("one", "two", "three", PASSWORD)
        ]
        assert statuses == [401, 401, 429, 429]
    finally:
        house.close()


def test_a_missing_mcp_package_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)  # as where it is not installed
    with pytest.raises(ServeError, match=r"pip install 'mcp>=1.21,<2'") as error:
        start(AppState(Settings()), port=free_port(), apis=("mcp",))
    assert "\n" not in str(error.value)
    assert TOOLS == "/gradio_api/mcp"


def test_an_unknown_api_is_rejected_by_name() -> None:
    with pytest.raises(SettingsError, match=r"RAG_APIS=api,soap has no 'soap': give some of"):
        Settings.load({"RAG_APIS": "api,soap"})
    assert api_names(Settings.load({"RAG_APIS": " api, openai "}).apis) == ("api", "openai")
