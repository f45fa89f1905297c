"""OpenAI's `POST /v1/chat/completions` and `GET /v1/models`, with the citations in a field beside.

In:  a `AppState`; requests that guard and login let through.
Out: routes of Starlette. The last message is the question, those before it are the history; the
     whole `Answer` is in the field `footnoted` (docs/programs.md).

Nothing is sent as content before it is checked, also where the answer is streamed: what a program
has read cannot be taken back.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rag.errors import ModelError, ModelUnavailable, NotReady, QuestionError, QueueFull, RagError
from rag.types import Answer, AnswerReady, Event, Retrieved, Turn
from rag.web.apis.http_errors import openai_error
from rag.web.services.app_state import AppState
from rag.web.services.questions import AskRequest, astream_answer, parse_request
from rag.web.views import messages as notices

MODEL = "footnoted"
PATH = "/v1/chat/completions"
_USED = {"model", "messages", "stream", "n", "since", "until", "outlets"}
_AGAIN: tuple[tuple[type[RagError], int, int], ...] = (  # error, status, seconds to wait
    (QueueFull, 429, 30),
    (NotReady, 503, 10),
    (ModelUnavailable, 503, 60),
    (ModelError, 503, 1),
)
log = logging.getLogger(__name__)


class _Wrong(QuestionError):
    """A field of the request that cannot be used."""

    def __init__(self, param: str, line: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(line)
        self.param, self.status, self.code = param, status, code


@dataclass(frozen=True, slots=True)
class _Asked:
    question: AskRequest
    stream: bool
    ignored: list[str]
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL}

    def told(self, answer: Answer) -> dict[str, Any]:
        return {"footnoted": answer.to_dict(), "footnoted_ignored": self.ignored}


class Completions:
    """The endpoints over a desk."""

    def __init__(self, desk: AppState) -> None:
        self._desk = desk
        self._since = int(time.time())

    def routes(self) -> list[Route]:
        """Those to be served."""
        return [
            Route(PATH, self.complete, methods=["POST"]),
            Route("/v1/models", self.models),
            Route("/v1/models/{id}", self.model),
        ]

    async def models(self, request: Request) -> Response:
        """The one there is."""
        return JSONResponse({"object": "list", "data": [self._model()]})

    async def model(self, request: Request) -> Response:
        """The one there is, by its name."""
        if request.path_params["id"] != MODEL:
            return _refused(_no_model(request.path_params["id"]))
        return JSONResponse(self._model())

    async def complete(self, request: Request) -> Response:
        """The answer to the last message."""
        try:
            asked = _read(await request.body())
            telling = astream_answer(self._desk, asked.question)
            if asked.stream:
                # faults of the first moment, such as a full line, still have a status of their own
                first = await anext(telling) or await anext(telling)
                told = _streamed(asked, first, telling)
                return StreamingResponse(told, 200, {"cache-control": "no-store"}, _STREAM)
            answer = await _awaited(telling, request)
        except RagError as error:
            return _refused(error)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except Exception:  # the program must be told so, whatever it was
            log.exception("no answer")
            return _refused(None)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": answer.text, "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
        whole = {**asked.head("chat.completion"), "choices": [choice], **asked.told(answer)}
        return JSONResponse(whole)

    def _model(self) -> dict[str, Any]:
        return {"id": MODEL, "object": "model", "created": self._since, "owned_by": MODEL}


_STREAM = "text/event-stream"
Telling = AsyncGenerator[Event | None]


async def _awaited(telling: Telling, request: Request) -> Answer:
    async with aclosing(telling):
        async for event in telling:
            if isinstance(event, AnswerReady):
                return event.answer
            if await request.is_disconnected():
                break
    raise ClientDisconnect


async def _streamed(asked: _Asked, first: Event | None, telling: Telling) -> AsyncGenerator[str]:
    """Chunks: the role, the checked text, the answer; meanwhile comments, which keep it open."""

    def chunk(delta: dict[str, Any], end: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": end, "logprobs": None}
        return _event({**asked.head("chat.completion.chunk"), "choices": [choice], **more})

    async with aclosing(telling):
        yield chunk({"role": "assistant", "content": ""})
        try:
            event = first
            while not isinstance(event, AnswerReady):
                if event is None:
                    yield ": one moment\n\n"
                elif isinstance(event, Retrieved):
                    yield f": reading {len(event.passages)} passages\n\n"
                event = await anext(telling)
        except StopAsyncIteration:  # the chat was closed
            yield _event(_error(NotReady("the chat is being closed: ask again soon"))[1])
        except RagError as error:
            yield _event(_error(error)[1])
        except Exception:
            log.exception("no answer")
            yield _event(_error(None)[1])
        else:
            yield chunk({"content": event.answer.text})
            yield chunk({}, "stop", **asked.told(event.answer))
        yield "data: [DONE]\n\n"


def _event(told: Any) -> str:
    return f"data: {json.dumps(told, ensure_ascii=False)}\n\n"


def _read(body: bytes) -> _Asked:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise QuestionError(
            "the body is no JSON: send an object with model and messages"
        ) from error
    if not isinstance(told, dict):
        raise QuestionError("the body is no object: send one with model and messages")
    if told.get("model") != MODEL:
        raise _no_model(told.get("model"))
    if told.get("n") not in (None, 1):
        raise _Wrong("n", "there is one answer to a question: leave n out")
    if not isinstance(told.get("stream", False), bool | None):
        raise _Wrong("stream", "stream is true or false")
    text, history, roles = _conversation(told.get("messages"))
    since, until, outlets = (told.get(each) for each in ("since", "until", "outlets"))
    asked = parse_request(text, since, until, outlets, history)
    ignored = sorted({each for each in told if each not in _USED and told[each] is not None})
    return _Asked(asked, bool(told.get("stream")), [*ignored, *roles])


def _conversation(messages: Any) -> tuple[str, list[Turn], list[str]]:
    """The question, the turns before it, and the roles of messages that are not used."""
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        raise _Wrong("messages", 'messages is no list: send [{"role": "user", "content": "…"}]')
    said = [(each.get("role"), _text(each.get("content"))) for each in messages]
    if not said or said[-1][0] != "user":
        raise _Wrong("messages", "the last message is the question: give it the role user")
    turns, open_ = [], ""
    for role, text in said[:-1]:
        if role == "user":
            open_ = text
        elif role == "assistant" and open_:  # what was asked and not answered is no turn
            turns.append(Turn(open_, text))
            open_ = ""
    others = sorted({str(role) for role, _ in said} - {"user", "assistant"})
    return said[-1][1], turns, [f"messages of role {each[:40]}" for each in others]


def _text(content: Any) -> str:
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("text"), str):
            raise _Wrong("messages", "only text can be read: send content as a string")
    return "\n".join(part["text"] for part in parts)


def _no_model(name: Any) -> _Wrong:
    line = f"there is no model {str(name)[:40]!r} here: ask {MODEL!r}"
    return _Wrong("model", line, 404, "model_not_found")


def _refused(error: RagError | None) -> Response:
    status, told, headers = _error(error)
    return JSONResponse(told, status, headers)


def _error(error: RagError | None) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers; None is a fault that has no name."""
    if isinstance(error, _Wrong):
        return error.status, openai_error(error.status, str(error), error.param, error.code), {}
    if isinstance(error, QuestionError):
        return 400, openai_error(400, str(error)), {}
    for kind, status, seconds in _AGAIN:
        if isinstance(error, kind):
            return status, openai_error(status, str(error)), {"retry-after": str(seconds)}
    return 500, openai_error(500, str(error) if error else notices.BROKEN), {}
