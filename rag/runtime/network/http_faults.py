"""Why a request to a server got no answer, by name. A pure function.

In:  an exception of the HTTP library. Out: a kind, and what is known besides.
Left to others: the line for it (`rag.models.llm.server.faults`, `rag.index.vectors.faults`).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx


def transport_fault(error: httpx.HTTPError) -> tuple[str, str]:
    """The kind of fault, and a detail or nothing.

    Kinds: `tls`, `unknown_host`, `refused`, `unreachable`; `undecodable`: compressed data that is
    damaged; `cut_off`: whatever else ends a connection.
    """
    causes = list(_causes(error))
    if reason := next((each for each in causes if isinstance(each, ssl.SSLError)), None):
        return "tls", getattr(reason, "verify_message", "") or reason.reason or ""
    if any(isinstance(each, socket.gaierror) for each in causes):
        return "unknown_host", ""
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return "refused", ""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return "unreachable", str(error)
    if isinstance(error, httpx.DecodingError):
        return "undecodable", ""
    return "cut_off", ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and whatever led to it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _causes(each)
        error = error.__cause__ or error.__context__
