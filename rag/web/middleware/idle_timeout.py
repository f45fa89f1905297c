"""How long the server waits for a request to be asked: a thread that shuts idle connections.

In:  a running uvicorn server.
Out: connections without a whole request for ten seconds are shut, and none past the limit answered.

Uvicorn waits for ever for the rest of a header; a few hundred such connections would use up the
descriptors of the process. Left to others: slow bodies (`rag.web.middleware.request_guard`).
"""

from __future__ import annotations

import threading
import time
from typing import Any

SECONDS = 10.0  # for a request to be asked whole
CONNECTIONS = 400  # at once


def start_idle_sweeper(server: Any, over: threading.Event) -> None:
    """Watch over the connections of `server` until `over`."""
    server.config.limit_concurrency = CONNECTIONS
    threading.Thread(target=_sweep, args=(server, over), name="patience", daemon=True).start()


def _sweep(server: Any, over: threading.Event) -> None:
    since: dict[Any, float] = {}
    while not over.wait(SECONDS / 5):
        now = time.monotonic()
        idle = {each for each in server.server_state.connections.copy() if _asks_nothing(each)}
        since = {each: since.get(each, now) for each in idle}
        for each, begun in since.items():
            if now - begun > SECONDS and each.transport is not None:
                each.loop.call_soon_threadsafe(each.transport.abort)


def _asks_nothing(connection: Any) -> bool:
    return connection.cycle is None or connection.cycle.response_complete
