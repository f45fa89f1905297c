"""A language model server that fails in every way it can: named, in time, and the next call works.

The server is a fake, but the sockets are real.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from benchmarks.common import free_port
from rag.errors import ModelError, ModelServerError, QuestionError
from rag.models.llm.base import GeneratedToken
from rag.models.llm.server import model as server_model
from rag.models.llm.server.connection import open_client, stream_completion
from rag.models.llm.server.faults import Server
from rag.models.llm.server.model import ServerModel
from rag.prompts.templates import answer_prompt, verification_prompt
from rag.runtime.cancellation import Cancelled, CancelToken
from tests.models.server import fake
from tests.models.server.fake import FakeServer, Reply, delta, says, streams, token

KEY = "sk-a-key-that-nobody-may-see"
PROMPT = answer_prompt("roles", "What did the bridge cost?", ["The bridge cost 18 million crowns."])
VERIFY = verification_prompt("roles", "What did it cost?", ["It cost 18 crowns."], "18 crowns")
ANSWER = "The bridge cost 18 million crowns [1]."


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_model, "_PAUSES", (0.02, 0.04))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as listening:
        yield listening


@pytest.fixture
def model(server: FakeServer) -> Iterator[ServerModel]:
    opened = open_model(server)
    yield opened
    opened.close()


def open_model(server: FakeServer, deadline: float = 1.0, key: str = KEY) -> ServerModel:
    return ServerModel(Server.at(server.url, "tiny", key), deadline)


def text_of(model: ServerModel, max_tokens: int = 24) -> str:
    return "".join(each.text for each in model.generate(PROMPT, max_tokens=max_tokens))


def fault_of(model: ServerModel, max_tokens: int = 24) -> ModelServerError:
    started = time.monotonic()
    with pytest.raises(ModelServerError) as failure:
        text_of(model, max_tokens)
    assert time.monotonic() - started < model._deadline + 5.0
    assert "\n" not in str(failure.value) and KEY not in str(failure.value)
    return failure.value


# ------------------------------------------------------------------ what goes out and comes back


def test_generate_streams_tokens_with_their_log_probabilities(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(streams(token(" The", -0.25), token(" bridge", -1.5), delta("", "stop")))
    tokens = list(model.generate(PROMPT, max_tokens=24))
    assert tokens == [GeneratedToken("The", -0.25), GeneratedToken(" bridge", -1.5)]
    (request,) = server.requests
    assert (request["model"], request["max_tokens"], request["temperature"]) == ("tiny", 24, 0)
    assert (request["stream"], request["logprobs"], request["top_logprobs"]) == (True, True, 1)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    roles = [each["role"] for each in request["messages"]]
    assert roles[0] == "system" and roles[-1] == "user"
    assert set(zip(roles[1:-1:2], roles[2:-1:2], strict=True)) == {("user", "assistant")}
    assert request["messages"][-1]["content"] == (
        "The bridge cost 18 million crowns. [1]\n\nQuestion: What did the bridge cost?"
    )


def test_generate_ends_at_the_stop_and_leaves_the_server(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(fake.repeats(b'data: {"choices": [{"delta": {"content": "a line\\nmore"}}]}\n\n'))
    assert text_of(model) == "a line"
    assert server.disconnected.wait(10)


@pytest.mark.parametrize("turns", range(6))
def test_a_call_that_is_cancelled_while_it_ends_leaves_the_server(
    server: FakeServer, turns: int
) -> None:
    server.answer(fake.repeats(b'data: {"choices": [{"delta": {"content": "more "}}]}\n\n'))
    there = Server.at(server.url, "tiny")
    body = {"model": "tiny", "messages": [], "max_tokens": 5, "stream": True}

    async def cancel_after_the_first_token() -> bool:
        """True if the server was left before the client was closed."""
        has_token = asyncio.Event()

        async def read() -> None:
            async with aclosing(stream_completion(client, there, body)) as tokens:
                async for _ in tokens:
                    has_token.set()

        async with open_client(there) as client:
            call = asyncio.create_task(read())
            await has_token.wait()
            for _ in range(turns):  # of the event loop, in which the call closes its connection
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            return await asyncio.to_thread(server.disconnected.wait, 10)

    assert asyncio.run(cancel_after_the_first_token())


def test_generate_takes_no_more_tokens_than_it_asked_for(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(streams(*fake.numbered(1000)))
    assert text_of(model, 5) == "0 1 2 3 4"


def test_several_calls_run_at_once(server: FakeServer) -> None:
    together = threading.Barrier(4, timeout=10)

    def reply(handler: fake.Handler, body: dict) -> None:
        together.wait()  # none is answered before all have come
        says(ANSWER)(handler, body)

    server.answer(reply)
    model, texts = open_model(server, deadline=10.0), []
    threads = [threading.Thread(target=lambda: texts.append(text_of(model))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    model.close()
    assert texts == [ANSWER] * 4


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ((("Yes", -0.2), ("No", -2.2)), 2.0),
        ((("▁No", -0.1), ("ĠYes", -3.1), ("yes", -3.1)), -3.0 + 0.6931471805599453),
        ((("Yes", -0.1), ("Maybe", -4.0)), 3.9),  # No has at most what Maybe has
        ((("Perhaps", -0.1), ("Maybe", -4.0)), None),
    ],
)
def test_logit_difference_compares_all_spellings(
    server: FakeServer, model: ServerModel, top: tuple, expected: float | None
) -> None:
    server.answer(fake.judges(*top))
    assert model.logit_difference(VERIFY, "Yes", "No") == (
        expected if expected is None else pytest.approx(expected)
    )
    assert (server.requests[0]["max_tokens"], server.requests[0]["top_logprobs"]) == (1, 20)


def test_without_log_probabilities_nothing_is_made_up(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(says(ANSWER))
    assert {each.logprob for each in model.generate(PROMPT, max_tokens=24)} == {None}
    server.answer(says("Yes"))
    assert model.logit_difference(VERIFY, "Yes", "No") is None


def test_prefill_sends_nothing(server: FakeServer, model: ServerModel) -> None:
    assert model.prefill(PROMPT) is False
    assert server.requests == []


# ------------------------------------------------------------------ what a server refuses


@pytest.mark.parametrize(
    ("refusal", "calls"),
    [
        (fake.error(400, "logprobs is not supported"), 1),
        (fake.keeps(fake.error(400, "logprobs is not supported")), 1),
        (fake.error(500, "no logits"), 2),
        (fake.body("text/event-stream", ""), 2),
        (fake.keeps(fake.body("text/event-stream", "")), 2),
    ],
)
def test_a_server_that_refuses_log_probabilities_is_asked_without(
    server: FakeServer,
    model: ServerModel,
    caplog: pytest.LogCaptureFixture,
    refusal: Reply,
    calls: int,
) -> None:
    def reply(handler: fake.Handler, body: dict) -> None:
        (refusal if "logprobs" in body else says(ANSWER))(handler, body)

    for _ in range(calls):
        assert "refuses log-probabilities" not in caplog.text
        server.answer(reply)
        assert text_of(model) == ANSWER
    assert "refuses log-probabilities" in caplog.text
    server.answer(reply)
    assert text_of(model) == ANSWER
    assert len(server.requests) == 1, "it is remembered"


def test_a_fault_that_has_passed_costs_no_log_probabilities_for_good(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(*[fake.error(500, "out of memory")] * 3, says(ANSWER))
    assert text_of(model) == ANSWER
    assert "logprobs" not in server.requests[-1]
    server.answer(says(ANSWER))
    assert text_of(model) == ANSWER
    assert server.requests[-1]["logprobs"] and model.dialect.logprobs


def test_a_template_without_a_system_role_gets_the_instructions_with_the_question(
    server: FakeServer, model: ServerModel
) -> None:
    def reply(handler: fake.Handler, body: dict) -> None:
        refused = fake.error(400, "System role not supported")
        has_system = body["messages"][0]["role"] == "system"
        (refused if has_system else says(ANSWER))(handler, body)

    server.answer(reply)
    assert text_of(model) == ANSWER
    first = server.requests[-1]["messages"][0]
    assert first["role"] == "user" and first["content"].startswith("You answer questions from")
    assert server.requests[-1]["logprobs"], "what it takes is kept"


def test_one_failure_is_not_taken_for_a_refusal_of_log_probabilities(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(fake.error(500, "try again"), says(ANSWER))
    assert text_of(model) == ANSWER
    assert all(each["logprobs"] for each in server.requests)


def test_a_prompt_that_does_not_fit_is_a_fault_of_the_question(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(fake.error(400, "This model's maximum context length is 512 tokens."))
    with pytest.raises(QuestionError, match="do not fit in the model's context"):
        text_of(model)
    assert len(server.requests) == 1


# ------------------------------------------------------------------ faults

FAULTS: list[tuple[str, Reply]] = [
    ("unauthorized", fake.error(401, f"no such key: {KEY}")),
    ("forbidden", fake.status(403)),
    ("not_found", fake.error(404, "model 'tiny' not found")),
    ("not_found", fake.error(400, "The model `tiny` does not exist")),
    ("bad_request", fake.error(400, f"you sent {KEY}")),
    ("rate_limited", fake.error(429, "slow down")),
    ("rate_limited", fake.status(429, Retry_After="3600")),
    ("server_error", fake.error(500, "out of memory")),
    ("overloaded", fake.status(503, "<html>starting</html>")),
    ("redirect", fake.status(307, Location="http://127.0.0.1:9/")),
    ("no_first_token", fake.hangs(headers=False)),
    ("no_first_token", fake.hangs()),
    ("hung", fake.hangs(delta("The bridge"))),
    ("too_slow", fake.drips(0.3)),
    ("cut_off", fake.drops),
    ("cut_off", fake.sends_half),
    ("cut_off", streams(delta("The bridge"), done=False)),
    ("content_type", fake.body("text/html", "<h1>Welcome</h1>")),
    ("content_type", fake.body("application/json", '{"choices": []}')),
    ("server_error", fake.body("application/json", '{"error": {"message": "no slot"}}')),
    ("server_error", streams({"error": {"message": "no slot"}})),
    ("not_json", streams("no JSON")),
    ("not_json", streams("[" * 100_000)),
    ("malformed", streams("7")),
    ("malformed", streams({"id": 1})),
    ("malformed", streams({"choices": ["The bridge"]})),
    ("malformed", streams(delta(["The bridge"]))),  # type: ignore[arg-type]
    ("malformed", streams(token("The", 0.7))),
    ("malformed", streams(token("The", float("nan")))),
    ("empty", fake.body("text/event-stream", "")),
    ("empty", fake.body("application/json", "")),
    ("endless", fake.repeats(b"x" * 65_536)),
    ("endless", fake.repeats(b": still here\n" * 5000)),
    ("endless", fake.repeats(b'data: {"choices": [{"delta": {}}]}\n\n' * 100)),
    ("no_finish", streams(delta("The bridge"))),
    ("wrong_finish", streams(delta("The bridge", "stop"), delta(" cost nothing"))),
    ("cut_short", streams(token("The", -0.1), delta("", "length"))),
    ("filtered", streams(delta("The"), delta("", "content_filter"))),
    ("no_text", streams(token("", -0.1), token("", -0.1), delta("", "stop"))),
    ("no_text", streams(delta(None), delta(None, "stop"))),
    (
        "reasoning",
        streams({"choices": [{"delta": {"reasoning_content": "Hm"}}]}, delta("", "stop")),
    ),
    ("reasoning", says("<think> The user asks")),
]


@pytest.mark.fault(25)
@pytest.mark.parametrize(
    ("kind", "reply"), FAULTS, ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(FAULTS)]
)
def test_each_fault_has_a_name_and_the_next_question_works(
    server: FakeServer, kind: str, reply: Reply
) -> None:
    # a busy machine needs more than a second to find out that something has no end
    model = open_model(server, deadline=30.0 if kind == "endless" else 1.0)
    server.answer(reply)
    fault = fault_of(model)
    assert fault.kind == kind, str(fault)
    assert str(fault).startswith(f"the language model server {server.url}/v1 ")
    server.answer(says(ANSWER))
    assert text_of(model) == ANSWER
    model.close()


@pytest.mark.fault(25)
def test_a_server_that_is_not_there() -> None:
    for address, kind in (
        (f"http://127.0.0.1:{free_port()}", "refused"),
        ("http://no-such-host.invalid", "unknown_host"),
    ):
        model = ServerModel(Server.at(address, "tiny", KEY), 5.0)
        assert fault_of(model).kind == kind
        model.close()


@pytest.mark.fault(25)
def test_a_server_without_a_valid_certificate() -> None:
    """One that does not speak TLS at all: its first bytes are no handshake."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        model = ServerModel(Server.at(f"https://127.0.0.1:{port}", "tiny"), 5.0)
        assert fault_of(model).kind == "tls"
        model.close()


def test_faults_that_may_pass_are_tried_again(server: FakeServer, model: ServerModel) -> None:
    server.answer(fake.status(503), fake.drops, says(ANSWER))
    assert text_of(model) == ANSWER
    assert len(server.requests) == 3
    server.answer(fake.error(429, "slow down"))
    assert fault_of(model).kind == "rate_limited"
    assert len(server.requests) == 3, "two more tries, and no further"


def test_a_server_may_say_how_long_to_wait(server: FakeServer) -> None:
    model = open_model(server, deadline=5.0)
    server.answer(fake.status(429, Retry_After="1"), says(ANSWER))
    started = time.monotonic()
    assert text_of(model) == ANSWER
    assert time.monotonic() - started >= 1.0
    model.close()


def test_nothing_is_tried_again_once_a_token_has_come(
    server: FakeServer, model: ServerModel
) -> None:
    server.answer(streams(delta("The bridge"), done=False), says(ANSWER))
    assert fault_of(model).kind == "cut_off"
    assert len(server.requests) == 1


@pytest.mark.parametrize("reply", [fake.hangs(headers=False), fake.hangs(delta("The bridge"))])
def test_a_cancelled_call_ends_at_once(server: FakeServer, reply: Reply) -> None:
    server.answer(reply)
    model, cancel = open_model(server, deadline=60.0), CancelToken()
    threading.Timer(0.3, cancel.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        list(model.generate(PROMPT, max_tokens=24, cancel=cancel))
    assert time.monotonic() - started < 3.0
    server.answer(says(ANSWER))
    assert text_of(model) == ANSWER
    model.close()


def test_closing_ends_calls_and_the_thread(server: FakeServer) -> None:
    server.answer(fake.hangs())
    model = open_model(server, deadline=60.0)
    threading.Timer(0.3, model.close).start()
    with pytest.raises(ModelError, match="was closed"):
        text_of(model)
    with pytest.raises(ModelError, match="was closed"):
        text_of(model)
    model._thread.join(10)
    assert not model._thread.is_alive()


def test_the_key_is_in_no_log_and_no_repr(
    server: FakeServer, model: ServerModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer(fake.error(401, KEY), says(ANSWER))
    fault = fault_of(model)
    assert text_of(model) == ANSWER
    assert KEY not in caplog.text + repr(model.server) + repr(fault)
    assert server.headers[-1]["Authorization"] == f"Bearer {KEY}"


def test_no_proxy_of_the_environment_gets_a_passage(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    server.answer(says(ANSWER))
    model = open_model(server)
    assert text_of(model) == ANSWER
    model.close()


def test_models_lists_names(server: FakeServer, model: ServerModel) -> None:
    server.models = ["tiny", "small"]
    assert model.models() == ["tiny", "small"]
