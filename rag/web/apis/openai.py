"""OpenAI's `POST /v1/chat/completions` and `GET /v1/models`.

In:  `OpenCollections`; requests that the request guard and the login let through.
Out: routes of Starlette. The last message is the question, those before it are the history.
Left to others: the request (`rag.web.apis.chat_completion_request`), the response
(`rag.web.apis.chat_completion`).

Nothing is sent as content before it is checked, also where the answer is streamed: what a program
has read cannot be taken back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
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
from rag.web.apis.chat_completion import Completion, Usage, event
from rag.web.apis.chat_completion_request import (
    MODEL,
    ChatCompletionRequest,
    InvalidField,
    unknown_model,
)
from rag.web.apis.http_errors import openai_error
from rag.web.services.collections import OpenCollections
from rag.web.services.questions import AskRequest, astream_answer, parse_request, require_text
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
            Route("/v1/{path:path}", self.unknown),
        ]

    async def models(self, request: Request) -> Response:
        """The list of models, which has one."""
        return JSONResponse({"object": "list", "data": [self._model()]})

    async def model(self, request: Request) -> Response:
        """One model, by its name."""
        if request.path_params["id"] != MODEL:
            return _error_response(unknown_model(request.path_params["id"]))
        return JSONResponse(self._model())

    async def unknown(self, request: Request) -> Response:
        """What is not there, in OpenAI's form."""
        status, line = 404, f"there is no {request.url.path[:80]} here"
        if request.url.path.rstrip("/") == PATH:
            status, line = 405, f"{PATH} takes POST"
        return JSONResponse(openai_error(status, line), status)

    async def complete(self, request: Request) -> Response:
        """The answer to the last message."""
        try:
            body = ChatCompletionRequest.parse(await request.body())
            text, history, _ = body.conversation
            question = parse_request(
                text, body.since, body.until, body.outlets, body.max_wrong, history
            )
            server, name = str(request.base_url).rstrip("/"), self._named(body.collection)
            completion = Completion(server, name, body.ignored, body.includes_usage)
            events = astream_answer(self._collections, name, question)
            if body.stream:
                # an early fault, such as a full queue, still gets a status of its own
                first = await anext(events) or await anext(events)
                stream = self._stream(completion, question, first, events)
                headers = {"cache-control": "no-store"}
                return StreamingResponse(stream, 200, headers, _EVENT_STREAM)
            answer = await _answer(events, request)
            return JSONResponse(
                completion.whole(answer, await self._usage(completion, question, answer))
            )
        except RagError as error:
            return _error_response(error)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except Exception:  # the program must learn of it, whatever it was
            log.exception("no answer")
            return _error_response(None)

    async def _stream(
        self, completion: Completion, question: AskRequest, first: Event | None, events: Events
    ) -> AsyncGenerator[str]:
        """Chunks: the role, the checked text, the answer. Until then comments keep it open."""
        async with aclosing(events):
            yield event(completion.chunk({"role": "assistant", "content": ""}))
            try:
                step = first
                while not isinstance(step, AnswerReady):
                    if step is None:
                        yield ": one moment\n\n"
                    elif isinstance(step, Retrieved):
                        yield f": reading {len(step.passages)} passages\n\n"
                    step = await anext(events)
                usage = await self._usage(completion, question, step.answer)
            except StopAsyncIteration:  # the chat was closed
                yield event(_error(NotReady("the chat is being closed: ask again soon")).body)
            except RagError as error:
                yield event(_error(error).body)
            except Exception:
                log.exception("no answer")
                yield event(_error(None).body)
            else:
                yield event(completion.chunk({"content": step.answer.text}))
                for each in completion.last_chunks(step.answer, usage):
                    yield event(each)
            yield "data: [DONE]\n\n"

    async def _usage(self, completion: Completion, question: AskRequest, answer: Answer) -> Usage:
        """The tokens of both; counted in a thread, as a history may be long."""
        prompt = [
            question.text,
            *(text for turn in question.history for text in (turn.question, turn.answer)),
        ]
        count = self._collections.state(completion.collection).assistant.count_tokens
        *read, written = await asyncio.to_thread(count, [*prompt, answer.text])
        return Usage(sum(read), written)

    def _named(self, collection: Any) -> str:
        """The name of the collection that a request names, else of the first."""
        require_text(collection=collection or "")
        try:
            self._collections.require(collection or "")
        except CollectionError as error:
            raise InvalidField("collection", str(error), 404, "collection_not_found") from error
        return str(collection or self._collections.first.settings.collection)

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
