"""The events of a streamed chat completion, to tokens. Pure: no connection.

In:  the data of each event, as `rag.models.llm.server.event_stream` gives it.
Out: `ServerToken`s; an error for a stream that is damaged, or that contradicts itself.
Left to others: where our answer ends (`rag.models.llm.server.model`).

What is not said is not guessed: an answer that ends without a reason may be half an answer, and so
may one that ended for want of room before as many tokens had come as were asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.models.llm.server.faults import Server

END = "[DONE]"
_REASONING = ("reasoning_content", "reasoning")
_THINKS = "<think>"
_EVENTS_PER_TOKEN, _MORE_EVENTS = 8, 1000  # after which a stream without text is endless
_ROUNDING = 1e-3  # by which a log-probability may be above 0


@dataclass(frozen=True, slots=True)
class ServerToken:
    """A token, or several where the server does not say which; `logprob` as in `GeneratedToken`.

    `alternatives` are the likeliest tokens at its place with their log-probabilities.
    """

    text: str
    logprob: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()


class CompletionReader:
    """Reads one completion of at most `max_tokens` tokens."""

    def __init__(self, server: Server, max_tokens: int) -> None:
        self._server, self._max_tokens = server, max_tokens
        self._events = self._tokens = 0
        self._is_counted = False  # by the server's own log-probabilities or usage
        self._text = ""
        self._finish = ""
        self._has_reasoning = False
        self.is_over = False

    def read(self, data: str) -> Sequence[ServerToken]:
        """The tokens of one event. More than were asked for are left out, and end the stream.

        Raises:
            ModelServerError: the event is damaged, or cannot belong to this completion.
        """
        self._events += 1
        if self._events > _EVENTS_PER_TOKEN * self._max_tokens + _MORE_EVENTS:
            raise self._server.fault("endless", f"{self._events} events")
        if data.strip() == END:
            self.is_over = True
            return ()
        values = self._parse(data)
        if isinstance(usage := values.get("usage"), dict):
            self._take_usage(usage)
        choice = self._first_choice(values)
        tokens = self._tokens_of(choice)
        if self._finish and any(token.text for token in tokens):
            raise self._server.fault("wrong_finish")
        self._finish = self._finish or self._finish_of(choice)
        room = self._max_tokens - self._tokens
        self._tokens += len(tokens)
        self._text += "".join(token.text for token in tokens)
        if self._text.lstrip().startswith(_THINKS):
            raise self._server.fault("reasoning")
        if len(tokens) > room:
            self.is_over, self._finish = True, "length"
        return tokens[:room]

    def close(self) -> None:
        """The stream has ended.

        Raises:
            ModelServerError: it ended too early, or nothing was said in it.
        """
        if not self._events:
            raise self._server.fault("empty")
        if not self._finish:
            raise self._server.fault("no_finish" if self.is_over else "cut_off")
        if self._finish == "length" and self._is_counted and self._tokens < self._max_tokens:
            raise self._server.fault("cut_short", f"after {self._tokens} tokens")
        if not self._text.strip():
            raise self._server.fault("reasoning" if self._has_reasoning else "no_text")

    def _parse(self, data: str) -> Mapping[str, Any]:
        try:
            values = json.loads(data)
        except (ValueError, RecursionError):
            raise self._server.fault("not_json") from None
        if not isinstance(values, dict):
            raise self._malformed("no object")
        if error := values.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            raise self._server.fault("server_error", str(message))
        return values

    def _first_choice(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        choices = values.get("choices")
        if not isinstance(choices, list):
            raise self._malformed("no choices")
        first = choices[0] if choices else {}  # none beside the usage
        if not isinstance(first, dict):
            raise self._malformed("a choice that is no object")
        return first

    def _tokens_of(self, choice: Mapping[str, Any]) -> list[ServerToken]:
        delta = choice.get("delta") or {}
        if not isinstance(delta, dict):
            raise self._malformed("a delta that is no object")
        text = delta.get("content") or ""
        if not isinstance(text, str):
            raise self._malformed("content that is no text")
        self._has_reasoning |= any(delta.get(name) for name in _REASONING)
        logprobs = choice.get("logprobs") or {}
        entries = logprobs.get("content") if isinstance(logprobs, dict) else None
        tokens = [self._token(each) for each in entries or ()]
        self._is_counted |= bool(tokens)
        if "".join(token.text for token in tokens) == text:
            return tokens
        if not tokens:
            return [ServerToken(text)]
        # parts of a character, or text that the server held back: one token here, several there
        self._tokens += len(tokens) - 1
        least = min(token.logprob for token in tokens if token.logprob is not None)
        return [ServerToken(text, least, tokens[0].alternatives)]

    def _token(self, entry: Any) -> ServerToken:
        if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
            raise self._malformed("a log-probability without its token")
        top = entry.get("top_logprobs") or ()
        if not all(isinstance(e, dict) and isinstance(e.get("token"), str) for e in top):
            raise self._malformed("an alternative without its token")
        alternatives = tuple((each["token"], self._logprob(each)) for each in top)
        return ServerToken(entry["token"], self._logprob(entry), alternatives)

    def _logprob(self, entry: Mapping[str, Any]) -> float:
        value: Any = entry.get("logprob")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or math.isnan(value) or value > _ROUNDING:
            raise self._malformed("a log-probability that is none")
        return min(0.0, float(value))

    def _take_usage(self, usage: Mapping[str, Any]) -> None:
        count = usage.get("completion_tokens")
        if isinstance(count, int) and self._finish and not self._is_counted:
            self._tokens, self._is_counted = max(self._tokens, count), True

    def _finish_of(self, choice: Mapping[str, Any]) -> str:
        reason = choice.get("finish_reason")
        if reason not in (None, "", "stop", "length", "eos"):
            raise self._server.fault("filtered", str(reason))
        return reason or ""

    def _malformed(self, detail: str) -> Exception:
        return self._server.fault("malformed", detail)
