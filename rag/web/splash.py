"""A page that says "Opening the chat", served on the port of the chat until the chat is ready.

In:  host and port, which `rag.web.server` has checked.
Out: a response to every request within a second of the start; afterwards the port is free again.

Gradio takes seconds to import, and a browser that comes before that would show an error. Every
response is a 503 with "Retry-After", so that a program knows to come again; a person sees a page
that becomes the chat by itself. All requests get the same response, whatever they hold.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import NamedTuple

from rag.web.views.templates import render

_STATIC = Path(__file__).parent / "static"


class _Page(NamedTuple):
    body: bytes
    headers: dict[str, str]


@cache
def _page() -> _Page:
    """The page, which may load nothing and run nothing but its own style and script."""
    from markupsafe import Markup

    style, script = (
        (_STATIC / name).read_text(encoding="utf-8") for name in ("splash.css", "splash.js")
    )
    html = render("splash.html", style=Markup(style), script=Markup(script))  # noqa: S704 - ours
    body = html.encode()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Retry-After": "1",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    }
    return _Page(body, headers)


def _hash(text: str) -> str:
    """The source expression of a Content Security Policy that allows this inline text alone."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


class _Handler(BaseHTTPRequestHandler):
    timeout = 5  # seconds that one client may take
    server_version, sys_version = "Footnoted", ""

    def do_GET(self) -> None:
        page = _page()
        self.send_response(503)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)

    do_HEAD = do_POST = do_OPTIONS = do_GET  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Log nothing: these are not visits yet."""


class SplashServer:
    """Answers on `host` and `port` within a `with`; the port is free after it.

    Raises:
        OSError: the port was taken in the meantime.
    """

    def __init__(self, host: str, port: int) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]

        class Server(ThreadingMixIn, TCPServer):
            address_family = family
            allow_reuse_address = os.name == "posix"  # elsewhere two could listen on one port
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Ignore clients that left."""

        _page()  # before the first request, which may come at once
        self._server = Server((str(address[0]), port), _Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> SplashServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
