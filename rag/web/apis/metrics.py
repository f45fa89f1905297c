"""`/metrics`, for Prometheus, where RAG_METRICS asks for it.

In:  `AppState`; GET `/metrics`, which the request guard and the login let through.
Out: a route of Starlette. It tells counts and seconds, no text.
Left to others: what is counted (`rag.runtime.observability.metrics`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rag.errors import RagError
from rag.runtime.observability.metrics import open_metrics
from rag.web.services.app_state import AppState, Ready
from rag.web.services.collections import OpenCollections

PATH = "/metrics"


@contextmanager
def metrics_route(collections: OpenCollections) -> Iterator[Route]:
    """The route; what happens in the `with` block is counted.

    Raises:
        SettingsError: prometheus-client is not installed.
    """

    def gauges() -> Mapping[str, tuple[float, str]]:
        first, sizes = collections.first, map(_index_size, collections.open_states)
        articles, passages = map(sum, zip(*sizes, strict=True))
        return {
            "queue_length": (len(first.queue), "questions that wait or are being answered"),
            "ready": (float(isinstance(first.state, Ready)), "1 once questions are answered"),
            "articles": (articles, "articles in the collections that are open"),
            "passages": (passages, "passages in the collections that are open"),
        }

    with open_metrics(gauges) as metrics:

        def serve(request: Request) -> Response:
            text, content_type = metrics.scrape(request.headers.get("accept", ""))
            return Response(
                text, headers={"content-type": content_type, "cache-control": "no-store"}
            )

        yield Route(PATH, serve, methods=["GET"])


def _index_size(app_state: AppState) -> tuple[int, int]:
    """How many articles and passages there are; none before the index is open."""
    state = app_state.state
    try:
        return state.assistant.counts if isinstance(state, Ready) else (0, 0)
    except RagError:  # it is being replaced, or damaged: the page says so
        return 0, 0
