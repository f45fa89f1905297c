"""What may reach the web chat over HTTP: the right host, our own pages, small bodies, few paths.

In:  every request, before Gradio sees it.
Out: 4xx with one plain line, or the request; responses carry headers that keep a page from calling
     other servers.

A page of another site cannot make this server answer, not even under a name that it lets point at
127.0.0.1 (DNS rebinding). Uploads are closed unless `RAG_UPLOAD` allows them; Gradio's file paths
and proxies, which this chat never uses, always are.
"""

from __future__ import annotations

import asyncio
import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.apis.http_errors import error_response
from rag.web.middleware.login import LOGIN_PATH

LARGEST_BODY = 4 * 1024 * 1024  # bytes; far above what the longest question needs
SLOWEST_BODY = 20.0  # seconds
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_POSTS = (
    "/gradio_api/queue/join",
    "/gradio_api/run/predict",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    LOGIN_PATH,
)
_CLOSED = (
    *(
        f"/gradio_api/{each}"
        for each in ("file", "proxy=", "upload", "stream", "run", "call", "deep_link", "dev")
    ),
    "/gradio_api/mcp",  # takes POST alone, and that only where RAG_APIS has mcp
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
    """ASGI middleware. `host` is what the server listens on, `login` whether people log in.

    `api_paths` may be posted to beside the paths of the page. `uploads` is how many bytes of files
    may be sent at once; 0: none.

    With a login any host name is accepted, such as that of a proxy: under a name that was made
    to point here a browser has no session.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        login: bool = False,
        api_paths: tuple[str, ...] = (),
        uploads: int = 0,
    ) -> None:
        self._app = app
        self._uploads = uploads
        self._posts = (*_POSTS, *api_paths, *([_UPLOAD] if uploads else []))
        self._login = login
        self._host = host.strip("[]").lower()
        self._shared = self._host not in LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject or pass on one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rejection = self._rejection(scope)
        body: Message | None = None
        if rejection is None and scope["path"] == _UPLOAD and scope["method"] == "POST":
            receive = _with_deadline(receive)
            length = Headers(scope=scope).get("content-length", "")
            if not length.isdecimal() or int(length) > self._uploads:
                rejection = 413, f"over {self._uploads:,} bytes at once: send fewer files at a time"
        elif rejection is None and scope["method"] == "POST":
            body = await _body(receive)
            rejection = None if body else (413, "the request is too large or too slow")
        if rejection is not None:
            await error_response(scope["path"], *rejection)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive) if body else receive, _with_headers(send))

    def _rejection(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        path, method = scope["path"], scope["method"]
        rejection: tuple[int, str] | None = None
        if not self._is_ours(_host(f"//{headers.get('host', '')}")):
            rejection = 421, "this server does not answer to that name"
        elif origin is not None and origin.partition("://")[2] != headers.get("host"):
            rejection = 403, "requests from other sites are refused"
        elif method not in ("GET", "HEAD", "POST"):
            rejection = 405, "that is not possible here"
        elif path.rstrip("/") not in self._posts if method == "POST" else self._is_closed(path):
            rejection = 404, "there is no such page"
        return rejection

    def _is_closed(self, path: str) -> bool:
        return path.startswith(_CLOSED) and not (self._uploads and path == f"{_UPLOAD}_progress")

    def _is_ours(self, name: str | None) -> bool:
        if not name:
            return False
        if self._login or name in (*LOOPBACK, self._host):
            return True
        return self._shared and _is_address(name)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    """Whether it is an IP address, which unlike a name cannot be made to point elsewhere."""
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


def _with_deadline(receive: Receive) -> Receive:
    """Pass a large body on in its pieces; too long a wait for one ends the request."""

    async def receive_soon() -> Message:
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                return await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}

    return receive_soon


def _replay(body: Message, receive: Receive) -> Receive:
    pending = [body]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
