"""OpenAI's `POST /v1/chat/completions` and `GET /v1/models`, with the citations in a field beside.

In:  `OpenCollections`; requests that the request guard and the login let through.
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
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from rag.errors import (
    CollectionError,
    ModelError,
    ModelUnavailable,
    NotReady,
    QuestionError,
    QueueFull,
    RagError,
)
from rag.types import Answer, AnswerReady, Event, Retrieved
from rag.web.apis.chat_completion_request import (
    MODEL,
    ChatCompletionRequest,
    InvalidField,
    unknown_model,
)
from rag.web.apis.http_errors import openai_error
from rag.web.services.collections import OpenCollections
from rag.web.services.questions import astream_answer, parse_request, require_text
from rag.web.views import messages

PATH = "/v1/chat/completions"
_EVENT_STREAM = "text/event-stream"
_RETRY: tuple[tuple[type[RagError], int, int], ...] = (  # error, status, seconds to wait
    (QueueFull, 429, 30),
    (NotReady, 503, 10),
    (ModelUnavailable, 503, 60),
    (ModelError, 503, 1),
)
log = logging.getLogger(__name__)
Events = AsyncGenerator[Event | None]


@dataclass(frozen=True, slots=True)
class _Completion:
    """What the chunks of one response share; `ignored` names what of the request is not used."""

    ignored: list[str]
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The response that is not streamed."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": answer.text, "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
        return {**self._head("chat.completion", choice), **self._extras(answer)}

    def chunk(self, delta: dict[str, Any], answer: Answer | None = None) -> str:
        """One event of a stream; the last one has the `answer`."""
        choice = {
            "index": 0,
            "delta": delta,
            "finish_reason": "stop" if answer else None,
            "logprobs": None,
        }
        extras = self._extras(answer) if answer else {}
        return _event({**self._head("chat.completion.chunk", choice), **extras})

    def _head(self, kind: str, choice: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": MODEL,
            "choices": [choice],
        }

    def _extras(self, answer: Answer) -> dict[str, Any]:
        return {"footnoted": answer.to_dict(), "footnoted_ignored": self.ignored}


class Completions:
    """The endpoints over `OpenCollections`."""

    def __init__(self, collections: OpenCollections) -> None:
        self._collections = collections
        self._created = int(time.time())

    def routes(self) -> list[Route]:
        """Those to be served."""
        return [
            Route(PATH, self.complete, methods=["POST"]),
            Route("/v1/models", self.models),
            Route("/v1/models/{id}", self.model),
        ]

    async def models(self, request: Request) -> Response:
        """The list of models, which has one."""
        return JSONResponse({"object": "list", "data": [self._model()]})

    async def model(self, request: Request) -> Response:
        """One model, by its name."""
        if request.path_params["id"] != MODEL:
            return _error_response(unknown_model(request.path_params["id"]))
        return JSONResponse(self._model())

    async def complete(self, request: Request) -> Response:
        """The answer to the last message."""
        try:
            body = ChatCompletionRequest.parse(await request.body())
            text, history, _ = body.conversation
            question = parse_request(
                text, body.since, body.until, body.outlets, body.max_wrong, history
            )
            completion = _Completion(body.ignored)
            events = astream_answer(self._collections, self._named(body.collection), question)
            if body.stream:
                # an early fault, such as a full queue, still gets a status of its own
                first = await anext(events) or await anext(events)
                stream = _stream(completion, first, events)
                headers = {"cache-control": "no-store"}
                return StreamingResponse(stream, 200, headers, _EVENT_STREAM)
            return JSONResponse(completion.whole(await _answer(events, request)))
        except RagError as error:
            return _error_response(error)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except Exception:  # the program must learn of it, whatever it was
            log.exception("no answer")
            return _error_response(None)

    def _named(self, collection: Any) -> str:
        """The name of the collection that a request names; empty: of the first."""
        require_text(collection=collection or "")
        try:
            self._collections.require(collection or "")
        except CollectionError as error:
            raise InvalidField("collection", str(error), 404, "collection_not_found") from error
        return str(collection or "")

    def _model(self) -> dict[str, Any]:
        return {"id": MODEL, "object": "model", "created": self._created, "owned_by": MODEL}


async def _answer(events: Events, request: Request) -> Answer:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerReady):
                return event.answer
            if await request.is_disconnected():
                break
    raise ClientDisconnect


async def _stream(
    completion: _Completion, first: Event | None, events: Events
) -> AsyncGenerator[str]:
    """Chunks: the role, the checked text, the answer. Until then comments keep it open."""
    async with aclosing(events):
        yield completion.chunk({"role": "assistant", "content": ""})
        try:
            event = first
            while not isinstance(event, AnswerReady):
                if event is None:
                    yield ": one moment\n\n"
                elif isinstance(event, Retrieved):
                    yield f": reading {len(event.passages)} passages\n\n"
                event = await anext(events)
        except StopAsyncIteration:  # the chat was closed
            yield _event(_error(NotReady("the chat is being closed: ask again soon")).body)
        except RagError as error:
            yield _event(_error(error).body)
        except Exception:
            log.exception("no answer")
            yield _event(_error(None).body)
        else:
            yield completion.chunk({"content": event.answer.text})
            yield completion.chunk({}, event.answer)
        yield "data: [DONE]\n\n"


def _event(data: Any) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


class _HTTPError(NamedTuple):
    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def _error(error: RagError | None) -> _HTTPError:
    """OpenAI's form of `error`; `None` is a fault without a name of its own."""
    if isinstance(error, InvalidField):
        body = openai_error(error.status, str(error), error.param, error.code)
        return _HTTPError(error.status, body, {})
    if isinstance(error, QuestionError):
        return _HTTPError(400, openai_error(400, str(error)), {})
    for kind, status, seconds in _RETRY:
        if isinstance(error, kind):
            headers = {"retry-after": str(seconds)}
            return _HTTPError(status, openai_error(status, str(error)), headers)
    return _HTTPError(500, openai_error(500, str(error) if error else messages.BROKEN), {})


def _error_response(error: RagError | None) -> Response:
    status, body, headers = _error(error)
    return JSONResponse(body, status, headers)
