"""Something on a real socket that may answer as a Chroma server does, or as it should not.

with FakeChroma({("GET", "version"): (200, b'"1.0.0"')}) as server:
    server.url
    server.requests      # "GET /api/v2/version", in turn
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANGS = (0, b"")
CLOSES = (-1, b"")
DATABASE = "/api/v2/tenants/default_tenant/databases/default_database"
GOOD = {
    "GET /api/v2/version": (200, b'"1.0.0"'),
    f"GET {DATABASE}": (200, b'{"name": "default_database"}'),
}
Answers = Mapping[str, tuple[int, bytes]]


class FakeChroma:
    """Listens on a free port of this machine. A context manager."""

    def __init__(self, answers: Answers) -> None:
        self.answers = dict(answers)
        self.requests: list[str] = []
        self._over = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                line = f"{self.command} {self.path.partition('?')[0]}"
                fake.requests.append(line)
                status, body = fake.answers.get(line, (404, b"<h1>Not found</h1>"))
                if (status, body) == HANGS:
                    fake._over.wait(30)
                if status <= 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815
            do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeChroma:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
