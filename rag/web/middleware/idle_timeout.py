"""A time limit for the header of a request, which uvicorn does not have.

In:  a running uvicorn server.
Out: connections without a whole request for ten seconds are closed, and those beyond a limit are
     answered with 503.

Uvicorn waits for ever for the rest of a header (Kludex/uvicorn#157); a few hundred such connections
would use up the file descriptors of the process. Left to others: slow bodies
(`rag.web.middleware.request_guard`).
"""

from __future__ import annotations

import threading
import time
from typing import Any

SECONDS = 10.0  # for a whole request to arrive
CONNECTIONS = 400  # at once


def start_idle_sweeper(server: Any, stop: threading.Event) -> None:
    """Close idle connections of `server` (`uvicorn.Server`) in a thread, until `stop` is set."""
    server.config.limit_concurrency = CONNECTIONS
    threading.Thread(target=_sweep, args=(server, stop), name="idle-sweeper", daemon=True).start()


def _sweep(server: Any, stop: threading.Event) -> None:
    idle_since: dict[Any, float] = {}
    while not stop.wait(SECONDS / 5):
        now = time.monotonic()
        idle = [each for each in server.server_state.connections.copy() if _is_idle(each)]
        idle_since = {each: idle_since.get(each, now) for each in idle}
        for connection, since in idle_since.items():
            if now - since > SECONDS and connection.transport is not None:
                connection.loop.call_soon_threadsafe(connection.transport.abort)


def _is_idle(connection: Any) -> bool:
    return connection.cycle is None or connection.cycle.response_complete
