"""Asking from asyncio: the same answers, a free event loop, and work that ends with its task."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

import rag
from benchmarks.common import free_port
from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.models.llm.scripted import ScriptedModel
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.fair_queue import FairQueue
from rag.settings import Settings
from tests.conftest import ROOT, VERIFIER_ALONE

QUESTION = "What was the cost of the bridge over the Sund?"
TEXT = "Mayor Lena Holt said that the bridge cost 18 million crowns. [1]"
DRAFT = "Mayor Lena Holt said that the bridge cost 18 million crowns [1]."
SLOW = "What was the toll of the bridge over the Sund?"
DOC = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


class TakingTurns(ScriptedModel):
    """A model that serves one call at a time, as a local one does; slow until `go` is set."""

    def __init__(self) -> None:
        super().__init__({"cost of the bridge": DRAFT, "toll of the bridge": "very slowly " * 300})
        self.queue = FairQueue()
        self.go = threading.Event()
        self.begun = threading.Event()
        self.unfinished = 0

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """As a local model: in turn, and looking at the token between two words."""
        with self.queue.acquire(cancel):
            self.begun.set()
            self.unfinished += 1
            for each in super().generate(prompt, max_tokens=max_tokens, stop=stop, cancel=cancel):
                self.go.wait(0.05)
                yield each
            self.unfinished -= 1


@pytest.fixture
def model() -> TakingTurns:
    return TakingTurns()


@pytest.fixture
def assistant(
    indexed_toy: Settings, monkeypatch: pytest.MonkeyPatch, model: TakingTurns
) -> Iterator[Assistant]:
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    with Assistant.open(indexed_toy, load_model=lambda settings: model) as opened:
        yield opened


@pytest.fixture
def shared(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """`assistant` as the one of `rag.answer`."""
    monkeypatch.setattr("rag.assistant.get_shared_assistant", lambda settings: assistant)
    return assistant


def streams() -> int:
    return sum(each.name == "stream" for each in threading.enumerate())


def until(done: Any, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def timeless(answer: rag.Answer) -> dict[str, Any]:
    return {key: value for key, value in answer.to_dict().items() if key != "timings"}


def test_all_ways_of_asking_give_the_same_answer(shared: Assistant, model: TakingTurns) -> None:
    model.go.set()

    async def run() -> list[rag.Answer]:
        events = [event async for event in shared.astream(QUESTION, since="2024")]
        assert [type(each) for each in events[:2]] == [rag.Retrieved, rag.DraftToken]
        assert isinstance(events[-1], rag.AnswerReady)
        awaited = await rag.aanswer(QUESTION, since="2024")
        return [events[-1].answer, awaited, await shared.aask(QUESTION, since="2024")]

    plain = timeless(shared.ask(QUESTION, since="2024"))
    assert plain["text"] == TEXT
    assert [timeless(each) for each in asyncio.run(run())] == [plain] * 3


def test_faults_are_raised_where_the_answer_is_awaited(shared: Assistant) -> None:
    for wrong in (
        lambda: rag.aanswer(" "),
        lambda: shared.aask(QUESTION, outlets=["Courier"]),
        lambda: anext(shared.astream(QUESTION, max_wrong=7)),
    ):
        with pytest.raises(QuestionError):
            asyncio.run(wrong())


def test_the_loop_is_free_while_an_answer_is_made(shared: Assistant, model: TakingTurns) -> None:
    async def run() -> int:
        ticks, task = 0, asyncio.create_task(rag.aanswer(QUESTION))
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        assert (await task).text == TEXT
        return ticks

    assert asyncio.run(run()) > 20  # of half a second of writing


@pytest.mark.parametrize("ask", [rag.aanswer, Assistant.aask], ids=["aanswer", "aask"])
def test_cancelling_the_task_frees_the_model(
    shared: Assistant, model: TakingTurns, ask: Any
) -> None:
    async def run() -> None:
        waiting = [shared] if ask is Assistant.aask else []
        task = asyncio.create_task(ask(*waiting, SLOW))
        while not model.begun.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    until(lambda: streams() == 0 and len(model.queue) == 0)
    assert model.unfinished == 1
    model.go.set()
    assert shared.ask(QUESTION).text == TEXT


def test_leaving_a_stream_early_ends_it(assistant: Assistant, model: TakingTurns) -> None:
    async def run() -> None:
        async for event in assistant.astream(SLOW):
            if isinstance(event, rag.DraftToken):
                break  # and nobody closes it: the loop does, as it ends

    asyncio.run(run())
    until(lambda: streams() == 0 and len(model.queue) == 0)


def test_one_that_waits_for_the_model_leaves_at_once(
    assistant: Assistant, model: TakingTurns
) -> None:
    async def run() -> None:
        first = asyncio.create_task(assistant.aask(SLOW))
        while not model.begun.is_set():
            await asyncio.sleep(0.01)
        second = asyncio.create_task(assistant.aask(QUESTION))
        while len(model.queue) < 2:
            await asyncio.sleep(0.01)
        second.cancel()
        while len(model.queue) > 1:
            await asyncio.sleep(0.01)
        assert not first.done()
        first.cancel()

    asyncio.run(asyncio.wait_for(run(), 20))
    assert model.prompts and all("toll of the bridge" in each for each in model.prompts)


def test_many_threads_and_tasks_ask_at_once(assistant: Assistant, model: TakingTurns) -> None:
    model.go.set()
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(assistant.ask(QUESTION).text))
        for _ in range(8)
    ]

    async def run() -> list[str]:
        return [each.text for each in await asyncio.gather(*map(assistant.aask, [QUESTION] * 8))]

    for each in threads:
        each.start()
    assert asyncio.run(run()) == [TEXT] * 8
    for each in threads:
        each.join(30)
    assert texts == [TEXT] * 8


@contextmanager
def served(app: Any) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def fastapi_url(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The example of the docs, over `assistant`."""
    (example,) = re.findall(r"```python\n([^`]*FastAPI.*?)```", DOC, re.DOTALL)
    monkeypatch.setattr(Assistant, "open", lambda: assistant)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/python.md", "exec"), names)
    with served(names["app"]) as url:
        yield url


def test_fastapi_serves_concurrent_requests(
    fastapi_url: str, model: TakingTurns, assistant: Assistant
) -> None:
    model.go.set()

    async def run() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=fastapi_url, timeout=60) as client:
            whole = [client.get("/ask", params={"question": QUESTION}) for _ in range(6)]
            streamed = [client.get("/stream", params={"question": QUESTION}) for _ in range(6)]
            wrong = client.get("/ask", params={"question": " "})
            return await asyncio.gather(*whole, *streamed, wrong)

    *responses, wrong = asyncio.run(run())
    assert [each.status_code for each in responses] == [200] * 12
    for each in responses:
        assert json.loads(each.text.splitlines()[-1])["text"] == TEXT
    assert (wrong.status_code, "empty" in wrong.json()["detail"]) == (400, True)
    until(lambda: streams() == 0)


@pytest.mark.parametrize("path", ["/ask", "/stream"])
def test_a_client_that_leaves_fastapi_ends_its_work_and_no_other(
    fastapi_url: str, model: TakingTurns, path: str
) -> None:
    answers: list[str] = []

    def ask_another() -> None:
        model.begun.wait(30)
        response = httpx.get(f"{fastapi_url}/ask", params={"question": QUESTION}, timeout=60)
        answers.append(response.json()["text"])

    other = threading.Thread(target=ask_another)
    with (
        pytest.raises(httpx.ReadTimeout),
        httpx.Client(timeout=httpx.Timeout(60, read=4.0)) as client,
    ):
        other.start()
        client.get(f"{fastapi_url}{path}", params={"question": SLOW})
    # the other's turn comes long before the slow one would have ended, which takes half a minute
    until(lambda: any("cost of the bridge" in each for each in model.prompts))
    model.go.set()
    other.join(30)
    assert answers == [TEXT]
    until(lambda: streams() == 0 and len(model.queue) == 0)
    assert model.unfinished == 1


def test_it_is_closed_at_the_end_of_its_block(
    indexed_toy: Settings, model: TakingTurns, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(model, "close", lambda: closed.append("model"))
    model.go.set()
    with (
        pytest.raises(ZeroDivisionError),
        Assistant.open(indexed_toy, load_model=lambda settings: model) as opened,
    ):
        assert opened.ask(QUESTION).query == QUESTION
        raise ZeroDivisionError
    assert closed == ["model"]
