"""Every way in which a language model server can fail, and the line for it. Pure functions.

In:  an HTTP status, an exception of the HTTP library, or a kind.
Out: a `ModelServerError` whose `kind` is a key of `_MESSAGES`, or a `QuestionError` where the
     prompt does not fit.
Left to others: when a call is tried again (`rag.models.llm.server.model`).

The key is never part of a message. What a server says of its fault is quoted on one line, with the
key taken out of it; of a rejected key nothing is quoted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import httpx

from rag.errors import ModelServerError, QuestionError, RagError
from rag.runtime.network.http_faults import transport_fault

__all__ = ["RETRIED", "Server"]

RETRIED = frozenset(
    {"refused", "unreachable", "rate_limited", "overloaded", "server_error", "cut_off"}
)
"""The kinds of faults that may pass: a call is tried again, as long as no token has come."""

_MESSAGES = {
    # no connection
    "refused": "refuses connections: start it, or correct RAG_LLM_URL",
    "unknown_host": "has a host name that is not known: correct RAG_LLM_URL",
    "unreachable": "cannot be reached{detail}: check the network, or correct RAG_LLM_URL",
    "tls": (
        "has no valid TLS certificate{detail}: correct RAG_LLM_URL, or name the file of your own "
        "authority in SSL_CERT_FILE"
    ),
    # a status
    "unauthorized": "rejects the key: set RAG_LLM_KEY",
    "forbidden": "does not allow this key to use the model: set RAG_LLM_KEY or RAG_LLM_MODEL",
    "not_found": (
        "has no model {model}, or another address{detail}: `rag doctor` lists its models; set "
        "RAG_LLM_MODEL, or correct RAG_LLM_URL"
    ),
    "bad_request": "rejects the request{detail}: choose another model or server",
    "rate_limited": "has too many requests{detail}: ask again later",
    "server_error": "failed{detail}: see its log, then ask again",
    "overloaded": "is not ready or overloaded{detail}: ask again later",
    "redirect": "sends elsewhere{detail}: give its final address in RAG_LLM_URL",
    # time
    "no_first_token": "sent nothing within {deadline} s: see its log, or raise RAG_DEADLINE",
    "hung": "stopped in the middle of an answer and was silent until {deadline} s: see its log",
    "too_slow": "was not done within {deadline} s: ask again, or raise RAG_DEADLINE",
    # what it sends
    "cut_off": "closed the connection before the end of the answer{detail}: ask again",
    "content_type": "answers with {detail} where a stream of events belongs: correct RAG_LLM_URL",
    "not_json": "sends events that are no JSON: correct RAG_LLM_URL",
    "malformed": "sends events of another form{detail}: it is not compatible with OpenAI's",
    "empty": (
        "sends an empty answer: see its log (is its context long enough?), or correct RAG_LLM_URL"
    ),
    "endless": "sends without end what is no answer{detail}: see its log",
    "no_finish": "ends an answer without saying that it is finished: ask again",
    "wrong_finish": "says that an answer is finished, and goes on: choose another server",
    "cut_short": "ended an answer early for want of room{detail}: give the model a longer context",
    "filtered": "withheld the answer ({detail}): choose another model",
    "no_text": "sends tokens without text: choose another model",
    "reasoning": (
        "has a model that thinks before it answers: turn that off on the server, or choose an "
        "instruct model"
    ),
    # the list of models
    "no_models": "does not say which models it has{detail}: set RAG_LLM_MODEL",
    "several_models": "has several models{detail}: set RAG_LLM_MODEL to one of them",
}
_STATUS = {401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "rate_limited"}
_OVERLOADED = {502, 503, 504, 529}
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|exceed_context|maximum context|too many tokens", re.I
)
_NO_MODEL = re.compile(r"model_not_found|model\b.{0,80}\b(?:not found|does not exist)", re.I)
_LONGEST_DETAIL = 200  # characters of what a server says


@dataclass(frozen=True, slots=True)
class Server:
    """Where the model is: the address with `/v1`, the model's name there, and the key or none."""

    url: str
    model: str
    key: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"the language model server {self.url}"

    @classmethod
    def at(cls, address: str, model: str, key: str = "") -> Server:
        """The server at `address`, with or without `/v1`."""
        base = address.rstrip("/").removesuffix("/chat/completions")
        has_path = "/" in base.partition("://")[2]
        return cls(base if has_path else f"{base}/v1", model, key)

    def fault(self, kind: str, detail: str = "", deadline: float = 0.0) -> ModelServerError:
        """The error of this kind; `detail` is what is known besides."""
        is_word = "{detail}" in _MESSAGES[kind] and kind in ("content_type", "filtered")
        known = self._one_line(detail)
        line = _MESSAGES[kind].format(
            detail=known if is_word or not known else f" ({known})",
            model=repr(self.model),
            deadline=f"{deadline:g}",
        )
        return ModelServerError(kind, f"{self} {line}")

    def status_fault(self, status: int, body: str) -> RagError:
        """The error for an answer of this HTTP status."""
        text = _message_in(body)
        if status in (400, 404, 413, 422, 500) and _TOO_LONG.search(text):
            return QuestionError(
                f"question and passages do not fit in the model's context on {self.url}: shorten "
                "the question, give the model a longer context, or lower RAG_CONTEXT_K"
            )
        if status in (400, 422) and _NO_MODEL.search(text):
            return self.fault("not_found")
        kind = _STATUS.get(status) or _class_of(status)
        if kind in ("unauthorized", "forbidden"):
            text = ""
        return self.fault(kind, f"HTTP {status}{': ' * bool(text)}{text}")

    def transport_fault(self, error: httpx.HTTPError) -> ModelServerError:
        """The error for an exception of the HTTP library."""
        kind, detail = transport_fault(error)
        if kind == "undecodable":
            return self.fault("content_type", "compressed data that is damaged")
        return self.fault(kind, detail)

    def _one_line(self, text: str) -> str:
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return (line.replace(self.key, "…") if self.key else line)[:_LONGEST_DETAIL]


def _class_of(status: int) -> str:
    if status in _OVERLOADED:
        return "overloaded"
    if status >= 500:
        return "server_error"
    return "redirect" if 300 <= status < 400 else "bad_request"


def _message_in(body: str) -> str:
    """What the body of a failed request says: the message of OpenAI's form, else nothing."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    values = values.get("error", values) if isinstance(values, dict) else values
    if not isinstance(values, dict):
        return values if isinstance(values, str) else ""
    parts = (values.get(name) for name in ("code", "message", "detail"))
    return ": ".join(each for each in parts if isinstance(each, str) and each)
