"""Every way in which a Chroma server can fail, and the line for it. Pure functions.

In:  an HTTP status, an exception of the HTTP library, or a kind.
Out: a `ChromaServerError` whose `kind` is a key of `_MESSAGES`.
"""

from __future__ import annotations

import json

import httpx

from rag.errors import ChromaServerError
from rag.runtime.network.http_faults import transport_fault

_MESSAGES = {
    # no connection
    "refused": "refuses connections: start it (`chroma run`), or correct RAG_CHROMA_URL",
    "unknown_host": "has a host name that is not known: correct RAG_CHROMA_URL",
    "unreachable": "cannot be reached{detail}: check the network, or correct RAG_CHROMA_URL",
    "tls": (
        "has no valid TLS certificate{detail}: correct RAG_CHROMA_URL, or name the file of your "
        "own authority in SSL_CERT_FILE"
    ),
    "too_slow": "was not done{detail}: see its log, then type the command again",
    "cut_off": "closed the connection before its answer: see whether it runs, then try again",
    # what answers
    "not_chroma": "is no Chroma server{detail}: correct RAG_CHROMA_URL",
    "version": "is not of version 1{detail}: run `chroma run` of chromadb 1.5 there",
    "database": (
        "has no such database{detail}: create it there, or correct RAG_CHROMA_URL "
        "(?tenant=…&database=…)"
    ),
    "rejected": "wants a login{detail}: name one without, in your own network, in RAG_CHROMA_URL",
    "redirect": "sends elsewhere{detail}: give its final address in RAG_CHROMA_URL",
    "failed": "failed{detail}: see its log, then type the command again",
    # what it has
    "missing": (
        "has no collection{detail}, though the index here names it: ask again if the index was "
        "just updated; if not, type `rag index --rebuild`"
    ),
    "incomplete": "has lost vectors{detail}: type `rag index --rebuild`",
}
_LONGEST_DETAIL = 200  # characters of what a server says


def fault(url: str, kind: str, detail: str = "") -> ChromaServerError:
    """The error of this kind for the server `url`; `detail` is what is known besides."""
    printable = "".join(each if each.isprintable() else " " for each in detail)
    known = " ".join(printable.split())[:_LONGEST_DETAIL]
    line = _MESSAGES[kind].format(detail=f" ({known})" if known else "")
    return ChromaServerError(kind, f"the Chroma server {url} {line}")


def from_transport(url: str, error: httpx.HTTPError) -> ChromaServerError:
    """The error for an exception of the HTTP library."""
    kind, detail = transport_fault(error)
    if kind == "undecodable":
        return fault(url, "not_chroma", "sends compressed data that is damaged")
    return fault(url, kind, detail)


def from_status(url: str, status: int, body: bytes) -> ChromaServerError:
    """The error for an answer of this HTTP status."""
    if status in (401, 403, 407):
        return fault(url, "rejected", f"HTTP {status}")
    if 300 <= status < 400:
        return fault(url, "redirect", f"HTTP {status}")
    message = _message_in(body)
    if status == 404 and message:
        return fault(url, "missing", message)
    if status == 404:
        return fault(url, "not_chroma", "HTTP 404")
    return fault(url, "failed", f"HTTP {status}{': ' * bool(message)}{message}")


def _message_in(body: bytes) -> str:
    """What Chroma says of a fault; nothing where the body is no fault of Chroma's."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = values.get("message") if isinstance(values, dict) and "error" in values else None
    return message if isinstance(message, str) else ""
