"""The messages between a model's client and its worker process, and their form on the pipe.

In:  a message and the number of the request that it belongs to.
Out: one line of JSON: `{"request": 3, "type": "GeneratedToken", "text": " One", "logprob": -0.1}`;
     or the message again, or `InvalidMessage`.
Left to others: the pipes (`connection` and `worker`), what a message leads to (`client`).

A client sends `Open` (as an argument of the process) and then `Request`s; the worker answers each
in turn with `Reply`s, of which the last is anything but a `GeneratedToken`. Only these classes can
be read, field by field and type by type; nothing in a message is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from rag.models.llm.base import GeneratedToken, ModelOptions
from rag.models.llm.chat_template import Prompt

__all__ = [
    "REPLIES",
    "REQUESTS",
    "Cancel",
    "Failed",
    "Generate",
    "Generated",
    "InvalidMessage",
    "LogitDifference",
    "LogitDifferenceResult",
    "Open",
    "Opened",
    "Prefill",
    "Prefilled",
    "Reply",
    "Request",
    "Stopped",
    "decode",
    "encode",
]


class InvalidMessage(Exception):
    """A line that holds no message of the kinds that were expected."""


@dataclass(frozen=True, slots=True)
class Open:
    """Load the model file at `path`; see `local.LocalModel.open`. Answered by `Opened`."""

    path: str
    options: ModelOptions
    extra_buffers: bool


@dataclass(frozen=True, slots=True)
class Prefill:
    """`LanguageModel.prefill`. Answered by `Prefilled`."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Generate:
    """`LanguageModel.generate`. Answered by `GeneratedToken`s and `Generated`."""

    prompt: Prompt
    max_tokens: int
    stop: str


@dataclass(frozen=True, slots=True)
class LogitDifference:
    """`LanguageModel.logit_difference`. Answered by `LogitDifferenceResult`."""

    prompt: Prompt
    positive: str
    negative: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Requests up to the one of this number are no longer wanted. Has no answer of its own."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The model is loaded; `system_info` is llama.cpp's line about build and processor."""

    system_info: str


@dataclass(frozen=True, slots=True)
class Prefilled:
    """The prompt was processed; `has_room` is false once the cache is full."""

    has_room: bool


@dataclass(frozen=True, slots=True)
class Generated:
    """All tokens were sent."""


@dataclass(frozen=True, slots=True)
class LogitDifferenceResult:
    """The log-odds that were asked for."""

    value: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """The request was ended early because of a `Cancel`."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The request raised a `RagError`: the name of its class, and its text."""

    error: str
    message: str


Request = Prefill | Generate | LogitDifference
Reply = Opened | Prefilled | GeneratedToken | Generated | LogitDifferenceResult | Stopped | Failed
Message = TypeVar("Message")
Kinds = Mapping[str, type[Message]]

REQUESTS: Kinds[Request | Cancel] = {
    kind.__name__: kind for kind in (Prefill, Generate, LogitDifference, Cancel)
}
REPLIES: Kinds[Reply] = {kind.__name__: kind for kind in get_args(Reply)}


def encode(number: int, message: Open | Request | Cancel | Reply) -> bytes:
    """`message`, which belongs to request `number` (0: the opening), as one line."""
    line = {"request": number, "type": type(message).__name__, **asdict(message)}
    return json.dumps(line).encode() + b"\n"


def decode(line: bytes | str, kinds: Kinds[Message]) -> tuple[int, Message]:
    """The number and the message in `line`.

    Raises:
        InvalidMessage: it is no JSON, of another kind than `kinds` (by name), or a field is
            missing, unknown, or of another type.
    """
    try:
        values = json.loads(line)
        number, kind = values.pop("request"), kinds[values.pop("type")]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise InvalidMessage(str(error)) from None
    return _typed(number, int), _typed(values, kind)


def _typed(value: Any, kind: Any) -> Any:
    """`value`, as JSON gives it, as an instance of `kind`."""
    types = _field_types(kind)
    if types is not None:
        if not isinstance(value, dict) or value.keys() != types.keys():
            raise InvalidMessage(f"no {kind.__name__}: {value!r:.80}")
        return kind(**{name: _typed(value[name], types[name]) for name in types})
    if isinstance(kind, UnionType):  # of a type and None
        return None if value is None else _typed(value, get_args(kind)[0])
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_typed(each, get_args(kind)[0]) for each in value)
    if type(value) is not kind:
        raise InvalidMessage(f"no {kind}: {value!r:.80}")
    return value


@lru_cache
def _field_types(kind: Any) -> dict[str, Any] | None:
    """The type of each field of a dataclass; None for what is none."""
    if not is_dataclass(kind):
        return None
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
