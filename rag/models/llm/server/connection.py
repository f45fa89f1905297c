"""One streamed completion of a server, and its list of models, over HTTP.

In:  a `Server`, the body of a request. Out: `ServerToken`s as they arrive; errors by name.
Left to others: deadlines, cancellation, further tries (`rag.models.llm.server.model`), the form of
     what is sent (`rag.models.llm.server.completion`).

Nothing but `RAG_LLM_URL` is contacted: no proxy of the environment, no redirect.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from rag.errors import ModelServerError
from rag.models.llm.server.completion import CompletionReader, ServerToken
from rag.models.llm.server.event_stream import EventDecoder, TooLong
from rag.models.llm.server.faults import Server

_CONNECT_SECONDS = 10.0
_LONGEST_BODY = 64 << 10  # bytes that are read of an error or a list of models
_LONGEST_STREAM = 16 << 20  # bytes of a completion; one with alternatives has some 2 kB a token


def open_client(server: Server) -> httpx.AsyncClient:
    """A client for `server`; whoever opens it closes it. The key is in its headers alone."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "footnoted"}
    if server.key:
        headers["Authorization"] = f"Bearer {server.key}"
    return httpx.AsyncClient(
        headers=headers,
        timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),  # the caller has a deadline
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=8),
        trust_env=False,
        verify=httpx.create_ssl_context(),
    )


async def stream_completion(
    client: httpx.AsyncClient, server: Server, body: Mapping[str, Any]
) -> AsyncGenerator[ServerToken]:
    """The tokens of one completion, as they arrive.

    Raises:
        ModelServerError: the server failed, or sends what is no completion.
        QuestionError: the prompt does not fit in the model's context.
    """
    reader = CompletionReader(server, body["max_tokens"])
    decoder, size = EventDecoder(), 0
    request = client.build_request("POST", f"{server.url}/chat/completions", json=body)
    try:
        async with _open_response(client, request) as response:
            await _raise_for_status(server, response)
            await _require_events(server, response)
            async for piece in response.aiter_bytes():
                await asyncio.sleep(0)  # else a server that never pauses keeps other calls waiting
                size += len(piece)
                if size > _LONGEST_STREAM:
                    raise server.fault("endless", f"{size >> 20} MB")
                for data in decoder.feed(piece):
                    for token in reader.read(data) if not reader.is_over else ():
                        yield token
                if reader.is_over:
                    break
        reader.close()
    except TooLong:
        raise server.fault("endless", "an event without an end") from None
    except httpx.HTTPError as error:
        raise server.transport_fault(error) from None


async def list_models(client: httpx.AsyncClient, server: Server) -> list[str]:
    """The names of the models that the server has.

    Raises:
        ModelServerError: the server failed, or gives no list.
    """
    try:
        request = client.build_request("GET", f"{server.url}/models")
        async with _open_response(client, request) as response:
            await _raise_for_status(server, response)
            body = await _read(response)
    except httpx.HTTPError as error:
        raise server.transport_fault(error) from None
    try:
        return [str(each["id"]) for each in json.loads(body)["data"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise server.fault("no_models") from None


@asynccontextmanager
async def _open_response(
    client: httpx.AsyncClient, request: httpx.Request
) -> AsyncIterator[httpx.Response]:
    """The response to `request`, which is closed whatever comes.

    The library's own closing is cut off by a call that is cancelled meanwhile; the connection would
    stay open, and the server would go on writing. A task of its own closes to the end.
    """
    response = await client.send(request, stream=True)
    try:
        yield response
    finally:
        await asyncio.shield(asyncio.create_task(response.aclose()))


async def _raise_for_status(server: Server, response: httpx.Response) -> None:
    if response.status_code == httpx.codes.OK:
        return
    error = server.status_fault(response.status_code, await _read(response))
    wait = response.headers.get("retry-after", "")
    if isinstance(error, ModelServerError) and wait.isdecimal():  # else a date
        error.retry_after = float(wait)
    raise error


async def _require_events(server: Server, response: httpx.Response) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return
    if not (body := await _read(response)).strip():
        raise server.fault("empty")
    if kind == "application/json" and '"error"' in body:
        raise server.status_fault(500, body)
    raise server.fault("content_type", kind or "no content type")


async def _read(response: httpx.Response) -> str:
    """The body, as far as it is not longer than any that is meant."""
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _LONGEST_BODY:
            break
    return body[:_LONGEST_BODY].decode("utf-8", "replace")
