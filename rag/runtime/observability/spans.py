"""Stages as spans of OpenTelemetry, where that is set up; else nothing, and nothing is imported.

In:  a stage's name, its numbers and names.
Out: spans `footnoted.<stage>` with attributes `footnoted.<name>`, to the provider that this process
     has: that of a program which uses `rag` as a library, that of `opentelemetry-instrument`, or,
     for RAG_TRACES=yes, the one that `set_up` makes from the user's own `OTEL_*` variables.

No span has the text of an error, which may repeat a question: its status names the class alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from rag.errors import SettingsError

_NAME = "footnoted"
_EXPORTERS = "OTEL_TRACES_EXPORTER"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_INSTALL = "type `pip install 'footnoted[telemetry]'`"


@contextmanager
def open_span(name: str) -> Iterator[Any | None]:
    """A span around the `with` block, as the current one; None where no spans are wanted."""
    tracer = _tracer()
    if tracer is None:
        yield None
        return
    with tracer.start_as_current_span(
        f"{_NAME}.{name}", record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


def describe(
    span: Any, values: Mapping[str, Any], texts: Mapping[str, str], error: str | None
) -> None:
    """Give `span` its attributes; an error by the name of its class."""
    for name, value in (*values.items(), *texts.items()):
        span.set_attribute(f"{_NAME}.{name}", value)
    if error:
        from opentelemetry.trace import Status, StatusCode

        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR, error))


def set_up() -> None:
    """Make the provider of this process from the `OTEL_*` variables, unless it has one.

    Raises:
        SettingsError: the SDK or an exporter is not installed, or the variables name none.
    """
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsError(f"RAG_TRACES needs the SDK of OpenTelemetry: {_INSTALL}") from None
    if _tracer() is not None:
        return
    named = os.environ.get(_EXPORTERS, "").strip()
    if not named and any(os.environ.get(each) for each in _ENDPOINTS):
        named = "otlp"
    if not named:
        raise SettingsError(
            f"RAG_TRACES is set, but no variable says where spans go: set {_EXPORTERS} to console, "
            f"or {_ENDPOINTS[-1]} to an address (docs/observability.md)"
        )
    own_name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": _NAME}
    provider = TracerProvider(resource=Resource.create(own_name))
    for name in filter(None, map(str.strip, named.split(","))):
        if name != "none":
            provider.add_span_processor(BatchSpanProcessor(_exporter(name)))
    trace.set_tracer_provider(provider)


def _exporter(name: str) -> Any:
    """The exporter of that name, as the packages that are installed offer it."""
    if name == "console":  # stdout is for answers
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(
            out=sys.stderr, formatter=lambda span: f"{span.to_json(indent=None)}\n"
        )
    wanted = name
    if name == "otlp":
        protocol = next(filter(None, map(os.environ.get, _PROTOCOLS)), "grpc")
        wanted = "otlp_proto_http" if protocol.startswith("http") else "otlp_proto_grpc"
    from importlib.metadata import entry_points

    for each in entry_points(group="opentelemetry_traces_exporter", name=wanted):
        try:
            return each.load()()
        except Exception as error:
            raise SettingsError(
                f"the exporter {name} in {_EXPORTERS} does not start ({type(error).__name__}): "
                "repair its OTEL_ variables"
            ) from error
    package = f"opentelemetry-exporter-{wanted.replace('_', '-')}"
    raise SettingsError(
        f"no exporter {name} is installed: name console in {_EXPORTERS}, or type "
        f"`pip install {package}`"
    )


def _tracer() -> Any | None:
    """The tracer of the provider that was set up in this process; None where there is none.

    Who set one up has imported the API.
    """
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return provider.get_tracer(_NAME, _version())


@lru_cache(maxsize=1)
def _version() -> str:
    from importlib.metadata import version

    try:
        return version(_NAME)
    except ImportError:  # a clone that is not installed
        return ""
