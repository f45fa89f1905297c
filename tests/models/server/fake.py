"""A fake OpenAI-compatible server on a real socket, which answers as a test has it answer.

with FakeServer() as server:
    server.replies = [says("The bridge."), status(429)]     # in turn; the last one stays
    server.requests                                          # the bodies that came in
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """One request. `send_events` starts a stream, `event` sends one more."""

    protocol_version = "HTTP/1.1"
    server: _Listener
    drops_next = False  # a further request on this connection

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        models = [{"id": name, "object": "model"} for name in self.server.fake.models]
        send_body(self, 200, json.dumps({"object": "list", "data": models}))

    def do_POST(self) -> None:
        if self.drops_next:
            self.close_connection = True
            return
        fake = self.server.fake
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with fake.lock:
            fake.requests.append(body)
            fake.headers.append(dict(self.headers))
            reply = fake.replies[min(len(fake.requests), len(fake.replies)) - 1]
        self.close_connection = True
        try:
            reply(self, body)
        except OSError:
            fake.disconnected.set()  # the client has left

    def send_events(self, content_type: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Connection", "close")
        self.end_headers()

    def write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def event(self, values: Any) -> None:
        data = values if isinstance(values, str) else json.dumps(values)
        self.write(f"data: {data}\n\n".encode())

    def wait(self) -> None:
        """Until the test is over, or the client has left."""
        self.server.fake.over.wait(30)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeServer


class FakeServer:
    """Listens on a free port of this machine. A context manager."""

    def __init__(self) -> None:
        self.replies: Sequence[Reply] = [says("Yes")]
        self.models = ["tiny"]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.over, self.disconnected = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self._listener = _Listener(("127.0.0.1", 0), Handler)
        self._listener.fake = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_port}"

    def __enter__(self) -> FakeServer:
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._listener.shutdown()
        self._listener.server_close()

    def answer(self, *replies: Reply) -> None:
        """Forget what came in, and answer by `replies` from now on."""
        self.requests.clear()
        self.headers.clear()
        self.replies = replies


# ------------------------------------------------------------------ events


def delta(text: str | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """The event of one piece of text."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish, **more}
    return {"object": "chat.completion.chunk", "choices": [choice]}


def token(text: str, logprob: float, *top: tuple[str, float]) -> dict[str, Any]:
    """The event of one token with its log-probability."""
    alternatives = [{"token": word, "logprob": value} for word, value in top]
    entry = {"token": text, "logprob": logprob, "top_logprobs": alternatives}
    return delta(text, logprobs={"content": [entry]})


# ------------------------------------------------------------------ replies


def streams(*events: Any, done: bool = True) -> Reply:
    """A stream of these events."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.send_events()
        for each in events:
            handler.event(each)
        if done:
            handler.event("[DONE]")

    return reply


def says(text: str, finish: str = "stop") -> Reply:
    """`text` word by word, without log-probabilities."""
    words = [f"{' ' * bool(n)}{word}" for n, word in enumerate(text.split(" "))]
    return streams(*map(delta, words), delta("", finish))


def judges(*top: tuple[str, float]) -> Reply:
    """One token, the likeliest of `top`, with these alternatives."""
    return streams(token(*top[0], *top), delta("", "length"))


def status(code: int, body: str = "", **headers: str) -> Reply:
    def reply(handler: Handler, _: dict[str, Any]) -> None:
        send_body(handler, code, body, **headers)

    return reply


def error(code: int, message: str) -> Reply:
    return status(code, json.dumps({"error": {"message": message}}))


def body(content_type: str, text: str) -> Reply:
    """A whole body of that type with the status 200."""

    def reply(handler: Handler, _: dict[str, Any]) -> None:
        send_body(handler, 200, text, **{"Content-Type": content_type})

    return reply


def hangs(*events: Any, headers: bool = True) -> Reply:
    """These events, then nothing; without `headers` nothing at all."""

    def reply(handler: Handler, _: dict[str, Any]) -> None:
        if headers:
            handler.send_events()
        for each in events:
            handler.event(each)
        handler.wait()

    return reply


def drips(seconds: float) -> Reply:
    """A word each `seconds`, for ever."""

    def reply(handler: Handler, _: dict[str, Any]) -> None:
        handler.send_events()
        while not handler.server.fake.over.wait(seconds):
            handler.event(delta("word "))

    return reply


def repeats(data: bytes) -> Reply:
    """The same bytes, for ever."""

    def reply(handler: Handler, _: dict[str, Any]) -> None:
        handler.send_events()
        while not handler.server.fake.over.is_set():
            handler.write(data)

    return reply


def drops(_: Handler, __: dict[str, Any]) -> None:
    """Closes the connection without a word."""


def keeps(reply: Reply) -> Reply:
    """`reply`, after which the connection is kept, and closed as soon as it is used again."""

    def keep(handler: Handler, values: dict[str, Any]) -> None:
        reply(handler, values)
        handler.drops_next, handler.close_connection = True, False

    return keep


def sends_half(handler: Handler, _: dict[str, Any]) -> None:
    """Promises more bytes than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    handler.event(delta("The bridge"))


def slowly(seconds: float, reply: Reply) -> Reply:
    def late(handler: Handler, values: dict[str, Any]) -> None:
        time.sleep(seconds)
        reply(handler, values)

    return late


def send_body(handler: Handler, code: int, text: str, **headers: str) -> None:
    data = text.encode()
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def numbered(count: int) -> Iterator[dict[str, Any]]:
    """`count` events, each of a token."""
    return (token(f" {n}", -0.1) for n in range(count))
