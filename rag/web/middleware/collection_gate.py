"""Which collection a page is of: its address says so, and each request of the page repeats it.

In:  `/?collection=NAME`; the header that `page.js` adds to each request of the page.
Out: `current_collection`; 404 with a plain line where there is no such collection (any more).
Left to others: the collections (`rag.web.services.collections`).

Nothing is remembered between requests: a page that stays open while the chat is started anew never
shows something of another collection than its address names.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, unquote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import RagError
from rag.web.apis.http_errors import error_response
from rag.web.services.collections import OpenCollections

HEADER = "x-footnoted-collection"  # as `encodeURIComponent` writes the name
PARAMETER = "collection"


def current_collection(request: Any) -> str:
    """The name of the collection that a `gr.Request` is of; empty: of the first."""
    starlette_request = getattr(request, "request", None)
    if starlette_request is None:
        return ""
    return unquote(starlette_request.headers.get(HEADER, ""))


class CollectionGate:
    """ASGI middleware: requests for a collection that is not there are rejected by name."""

    def __init__(self, app: ASGIApp, collections: OpenCollections) -> None:
        self._app = app
        self._collections = collections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or reject it."""
        name = _name(scope) if scope["type"] == "http" else ""
        if name:
            try:
                await asyncio.to_thread(self._collections.require, name)
            except RagError as error:
                is_page = scope["path"] == "/"
                response = (
                    PlainTextResponse(f"{error}\n", 404)
                    if is_page
                    else error_response(scope["path"], 404, str(error))
                )
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _name(scope: Scope) -> str:
    if scope["path"] == "/":
        query = str(scope.get("query_string", b""), "ascii", "replace")
        return parse_qs(query).get(PARAMETER, [""])[0]  # as a browser reads it
    return unquote(Headers(scope=scope).get(HEADER, ""))
