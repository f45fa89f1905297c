"""RAG_LOG=json: every line on stderr is one JSON object. Else stderr stays as it is.

In:  records of `logging`, ours and those of libraries; warnings; whatever is written to
     `sys.stderr`.
Out: lines with `time` (ISO 8601, UTC), `level`, `logger`, `message`; `traceback` in one string
     where there is one; the fields of a stage (`stage`, `seconds`, counts).

`notify` is how our own code writes a line for a person. For commands alone: a program that uses
`rag` as a library has its own logging, which gets the records of the loggers `rag.*`.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

__all__ = ["adopt_loggers", "is_json", "json_lines", "notify", "start_json"]

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TRACEBACK = "Traceback (most recent call last):"
_OWN = logging.getLogger("rag")
_handler: logging.Handler | None = None  # while lines are JSON


class JsonFormatter(logging.Formatter):
    """One line of JSON for a record; what is in its `fields` stands beside the usual ones."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Lines(io.TextIOBase):
    """What takes the place of `sys.stderr`: its lines become records, a traceback one record."""

    encoding, errors = "utf-8", "backslashreplace"

    def __init__(self, under: TextIO) -> None:
        self._under = under
        self._pending = threading.local()  # the begun line, and the begun traceback, of a thread

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False  # no bars, no colours

    def fileno(self) -> int:
        return self._under.fileno()

    def write(self, text: str) -> int:
        *lines, rest = re.split(r"[\r\n]", getattr(self._pending, "text", "") + text)
        self._pending.text = rest
        for line in lines:
            self._take(line)
        return len(text)

    def flush(self) -> None:
        rest, self._pending.text = getattr(self._pending, "text", ""), ""
        if rest:
            self._take(rest)
        self._under.flush()

    def _take(self, line: str) -> None:
        line = _ESCAPE.sub("", line).rstrip()
        begun: list[str] = getattr(self._pending, "traceback", [])
        if line == _TRACEBACK or begun:
            begun = self._pending.traceback = [*begun, line]
            if line == _TRACEBACK or not line or line[0].isspace():
                return
            self._pending.traceback = []
            _stderr.error(line, extra={"fields": {"traceback": "\n".join(begun)}})
        elif line:
            _stderr.info(line)


_stderr = logging.getLogger("stderr")


def is_json() -> bool:
    """Whether lines on stderr are JSON."""
    return _handler is not None


def start_json() -> None:
    """From now on, every line on stderr is one JSON object."""
    global _handler  # noqa: PLW0603 - there is one stderr
    if _handler is not None:
        return
    under = sys.stderr
    _handler = logging.StreamHandler(under)
    _handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(_handler)
    _OWN.setLevel(logging.INFO)
    _stderr.setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.stderr = _Lines(under)
    adopt_loggers()


def _stop_json() -> None:
    global _handler  # noqa: PLW0603
    if _handler is None:
        return
    sys.stderr.flush()
    if isinstance(sys.stderr, _Lines):
        sys.stderr = sys.stderr._under
    logging.getLogger().removeHandler(_handler)
    _OWN.setLevel(logging.NOTSET)
    logging.captureWarnings(False)
    _handler = None


@contextmanager
def json_lines(wanted: bool) -> Iterator[None]:
    """Where `wanted`, lines on stderr are JSON meanwhile, and so is an error that nobody catches.

    Raises:
        SystemExit: with status 1, in place of such an error, which was logged.
    """
    if not wanted or is_json():
        yield
        return
    hook, threading.excepthook = threading.excepthook, _log_thread_error
    start_json()
    try:
        yield
    except Exception:
        _OWN.critical("stopped by an error that has no name", exc_info=True)
        raise SystemExit(1) from None
    finally:
        _stop_json()
        threading.excepthook = hook


def _log_thread_error(raised: threading.ExceptHookArgs) -> None:
    if raised.exc_type is not SystemExit and raised.exc_value is not None:
        error = (raised.exc_type, raised.exc_value, raised.exc_traceback)
        _OWN.error("a thread was stopped by an error", exc_info=error)


def adopt_loggers() -> None:
    """Have libraries that print their records themselves leave that to us, where lines are JSON."""
    if not is_json():
        return
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            if type(handler) is logging.StreamHandler:
                logger.removeHandler(handler)
                logger.propagate = True


def notify(text: str, level: int = logging.INFO) -> None:
    """Write a line for a person to stderr."""
    if is_json():
        _OWN.log(level, "%s", text.strip().removeprefix("rag: "))
        return
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
