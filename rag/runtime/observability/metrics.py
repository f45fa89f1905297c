"""Stages as metrics of Prometheus. The only importer of prometheus_client.

In:  the stages that end in this process; gauges, read when somebody asks.
Out: the text that Prometheus scrapes.

    footnoted_questions_total{outcome}        answered, the reason of an abstention, failed, stopped
    footnoted_queue_refusals_total            callers that were refused as too many waited
    footnoted_stage_seconds{stage}            a histogram for each stage
    footnoted_queue_length, footnoted_ready, footnoted_articles, footnoted_passages   gauges
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rag.errors import QueueFull, SettingsError
from rag.runtime.cancellation import Cancelled
from rag.runtime.observability.stages import Stage, observed_by

__all__ = ["Metrics", "open_metrics"]

_STOPPED = (Cancelled.__name__, GeneratorExit.__name__)  # whoever asked left
_SECONDS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
Gauges = Callable[[], Mapping[str, tuple[float, str]]]
"""Gives the value and the meaning of each gauge, by its name."""


class Metrics:
    """What is counted of one process."""

    def __init__(self, gauges: Gauges) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._questions = Counter(
            "footnoted_questions", "questions by outcome", ["outcome"], registry=self._registry
        )
        self._refusals = Counter(
            "footnoted_queue_refusals",
            "callers that were refused as too many waited",
            registry=self._registry,
        )
        self._seconds = Histogram(
            "footnoted_stage_seconds",
            "seconds by stage",
            ["stage"],
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._registry.register(_GaugeCollector(gauges))

    def take(self, stage: Stage) -> None:
        """Count a stage that ended."""
        self._seconds.labels(stage.name).observe(stage.seconds)
        if stage.name == "wait" and stage.error == QueueFull.__name__:
            self._refusals.inc()
        if stage.name == "answer":
            ending = "stopped" if stage.error in _STOPPED else "failed"
            outcome = ending if stage.error else str(stage.attributes["outcome"])
            self._questions.labels(outcome).inc()

    def scrape(self, accept: str) -> tuple[bytes, str]:
        """All of it in the format that the header `accept` prefers, and its content type."""
        from prometheus_client.exposition import choose_encoder

        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _GaugeCollector:
    """Gauges that are read at each scrape."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        for name, (value, meaning) in self._gauges().items():
            yield GaugeMetricFamily(f"footnoted_{name}", meaning, value)


@contextmanager
def open_metrics(gauges: Gauges) -> Iterator[Metrics]:
    """Metrics of the stages that end in the `with` block.

    Raises:
        SettingsError: prometheus-client is not installed.
    """
    try:
        metrics = Metrics(gauges)
    except ImportError:
        raise SettingsError(
            "RAG_METRICS needs the package prometheus-client: "
            "type `pip install 'footnoted[telemetry]'`"
        ) from None
    with observed_by(metrics.take):
        yield metrics
