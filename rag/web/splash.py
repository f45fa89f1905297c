"""What stands at the door while the page is being made: "opening", on the very port.

In:  host and port, which `rag.web.server` has looked at.
Out: an answer to every request within a second of the start; then the port is free again.

Gradio takes seconds to import, and a browser that comes before would show that nothing is there.
Every answer is a 503 with "Retry-After", so that a program knows to come again; a person sees a
page that becomes the chat by itself. It says the same to all and reads nothing of what is sent.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType

_STYLE = """
body { font: 1.1rem/1.5 sans-serif; display: grid; place-content: center; height: 90vh; margin: 0;
  color-scheme: light dark; text-align: center; color: light-dark(#292524, #e7e5e4);
  background: light-dark(#fff, #0c0a09) }
h1 { font-size: 1.6rem; margin: 0 }
"""
# comes again until another answers here; a moment without any server is nothing to show
_SCRIPT = """
setInterval(async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.status !== 503) location.reload();
  } catch (away) { /* the chat is taking the door over */ }
}, 300);
"""
_PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Footnoted</title>
<meta name="viewport" content="width=device-width">
<noscript><meta http-equiv="refresh" content="2"></noscript>
<style>{_STYLE}</style></head>
<body><main role="status"><h1>Footnoted</h1><p>Opening the chat: a few seconds.</p></main>
<script>{_SCRIPT}</script></body></html>
""".encode()


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": str(len(_PAGE)),
    "Retry-After": "1",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


class _Opening(BaseHTTPRequestHandler):
    timeout = 5  # seconds that one client may take
    server_version, sys_version = "Footnoted", ""

    def do_GET(self) -> None:
        self.send_response(503)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(_PAGE)

    do_HEAD = do_POST = do_OPTIONS = do_GET  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Nothing: these are no visits."""


class SplashServer:
    """Answers on `host` and `port` within a `with`; the port is free behind it.

    Raises:
        OSError: the port is taken after all.
    """

    def __init__(self, host: str, port: int) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]

        class Server(ThreadingMixIn, TCPServer):
            address_family = family
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that left: nothing to tell."""

        self._server = Server((str(address[0]), port), _Opening)
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
