"""What may reach the web chat over HTTP: the right host, its own pages, small bodies, few paths.

In:  every request, before Gradio sees it.
Out: 4xx in plain words, or the request; answers carry headers that keep a page from reaching out.

A page of another site cannot ask this server anything, not even through a name that it lets
point at 127.0.0.1. Uploads are shut unless they were asked for; file paths and proxies
of Gradio, which this chat never uses, always.
"""

from __future__ import annotations

import asyncio
import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.apis import http_errors as refusals
from rag.web.middleware.login import LOGIN_PATH

LARGEST_BODY = 4 * 1024 * 1024  # bytes; a question that is far too long gets its own clear line
SLOWEST_BODY = 20.0  # seconds
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_POSTS = (
    "/gradio_api/queue/join",
    "/gradio_api/run/predict",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    LOGIN_PATH,
)
_SHUT = (
    *(
        f"/gradio_api/{each}"
        for each in ("file", "proxy=", "upload", "stream", "run", "call", "deep_link", "dev")
    ),
    "/gradio_api/mcp",  # is posted to, and that only where it was asked for
    "/monitoring",
    "/custom_component",
    "/login",
    "/logout",
)
_UPLOAD = "/gradio_api/upload"
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; "
        "base-uri 'self'; form-action 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class RequestGuard:
    """ASGI middleware. `host` is what the server listens on, `locked` whether it asks a password.

    `posts` are paths that may be posted to beside those of the page. `uploads` is how many bytes
    of files may be sent at once; 0: none.

    Behind a password any name will do (that of a proxy, say): under a name that was made to lead
    here there is no session.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        locked: bool = False,
        posts: tuple[str, ...] = (),
        uploads: int = 0,
    ) -> None:
        self._app = app
        self._uploads = uploads
        self._posts = (*_POSTS, *posts, *([_UPLOAD] if uploads else []))
        self._locked = locked
        self._host = host.strip("[]").lower()
        self._open = self._host not in LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse or pass on one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        body: Message | None = None
        if refusal is None and scope["path"] == _UPLOAD and scope["method"] == "POST":
            receive = _in_time(receive)
            told = Headers(scope=scope).get("content-length", "")
            if not told.isdecimal() or int(told) > self._uploads:
                refusal = 413, f"over {self._uploads:,} bytes at once: send fewer files at a time"
        elif refusal is None and scope["method"] == "POST":
            body = await _body(receive)
            refusal = None if body else (413, "the request is too large or too slow")
        if refusal is not None:
            await refusals.error_response(scope["path"], *refusal)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive) if body else receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        path, method = scope["path"], scope["method"]
        refusal: tuple[int, str] | None = None
        if not self._is_ours(_host(f"//{headers.get('host', '')}")):
            refusal = 421, "this server does not answer to that name"
        elif origin is not None and origin.partition("://")[2] != headers.get("host"):
            refusal = 403, "requests from other sites are refused"
        elif method not in ("GET", "HEAD", "POST"):
            refusal = 405, "that is not possible here"
        elif path.rstrip("/") not in self._posts if method == "POST" else self._is_shut(path):
            refusal = 404, "there is no such page"
        return refusal

    def _is_shut(self, path: str) -> bool:
        return path.startswith(_SHUT) and not (self._uploads and path == f"{_UPLOAD}_progress")

    def _is_ours(self, name: str | None) -> bool:
        if not name:
            return False
        if self._locked or name in (*LOOPBACK, self._host):
            return True
        return self._open and _is_address(name)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    """Numbers cannot be made to point elsewhere, as names can."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _body(receive: Receive) -> Message | None:
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                parts.append(message.get("body", b""))
                if sum(map(len, parts)) > LARGEST_BODY:
                    return None
                if not message.get("more_body"):
                    return {"type": "http.request", "body": b"".join(parts), "more_body": False}
    except TimeoutError:
        return None


def _in_time(receive: Receive) -> Receive:
    """A large body is passed on as it comes, if it keeps coming."""

    async def soon() -> Message:
        try:
            return await asyncio.wait_for(receive(), SLOWEST_BODY)
        except TimeoutError:
            return {"type": "http.disconnect"}

    return soon


def _replay(body: Message, receive: Receive) -> Receive:
    pending = [body]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
