"""`/health`: whether questions are answered, for whoever keeps the server running.

In:  `OpenCollections`; GET or HEAD `/health`, which needs no login.
Out: 200 and `{"status": "ready"}`; 503 and `starting` or `failed`. It tells nothing else.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rag.web.middleware.login import HEALTH_PATH
from rag.web.services.app_state import Ready, StartupFailed
from rag.web.services.collections import OpenCollections


def health_route(collections: OpenCollections) -> Route:
    """The route; what counts is the collection that is opened at the start."""

    def serve(_: Request) -> Response:
        state = collections.first.state
        failed = isinstance(state, StartupFailed)
        status = "ready" if isinstance(state, Ready) else "failed" if failed else "starting"
        code = 200 if status == "ready" else 503
        return JSONResponse({"status": status}, code, {"cache-control": "no-store"})

    return Route(HEALTH_PATH, serve, methods=["GET"])
