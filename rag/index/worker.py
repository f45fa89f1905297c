"""Indexing in a child process, so that questions are answered without delay meanwhile.

In:  `Settings`; a callback for progress.
Out: the report of `rag.index.build.build_index`, or the `RagError` that it raised.

The child receives the settings as one line of JSON and reports progress and its result as lines of
JSON. It exits when its stdin closes, that is, together with its parent, and runs at low priority.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from rag.errors import IndexFault, SettingsError
from rag.index.build import IndexReport, build_index
from rag.index.diff import Progress
from rag.ingest.ledger import FileVerdict
from rag.runtime.observability import spans
from rag.runtime.observability.logs import start_json
from rag.runtime.worker_process import Worker, describe_exit, take_stdout
from rag.settings import Settings

_NICE = 10
_CODE = "from rag.index.worker import main; main()"


def build_index_in_subprocess(settings: Settings, progress: Progress) -> IndexReport:
    """Like `build_index`, in a child process.

    Raises:
        IndexFault: with the message of any error of `build_index`; or the child died.
    """
    values = {key: value for key, value in asdict(settings).items() if value is not None}
    with Worker(_CODE).start() as child:
        assert child.stdin is not None
        assert child.stdout is not None
        message: dict[str, Any] = {}
        try:
            child.stdin.write(json.dumps(values, default=str).encode() + b"\n")
            child.stdin.flush()
            for line in child.stdout:
                message = json.loads(line)
                if "stage" in message:
                    progress(message["stage"], message["done"], message["total"])
        finally:
            if not message.keys() & {"report", "error"}:
                child.kill()
    if "error" in message:
        raise IndexFault(message["error"])
    if "report" not in message:
        raise IndexFault(
            f"indexing broke off ({describe_exit(child.returncode)}): "
            "what was indexed before is intact; type `rag index`"
        )
    report = message["report"]
    skipped = tuple((name, reason) for name, reason in report.pop("skipped"))
    ledger = tuple(FileVerdict(*each) for each in report.pop("ledger"))
    return IndexReport(**report, skipped=skipped, ledger=ledger)


def main() -> None:
    """The child process."""
    from rag.errors import RagError

    replies = take_stdout()
    values: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    settings = Settings(**values)
    if settings.log == "json":
        start_json()
    if settings.traces != "no":
        with suppress(SettingsError):  # the parent has named it
            spans.set_up()

    def reply(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message).encode() + b"\n")
        replies.flush()

    try:
        report = build_index(
            settings,
            lambda stage, done, total: reply({"stage": stage, "done": done, "total": total}),
        )
    except RagError as error:
        reply({"error": str(error)})
    else:
        reply({"report": asdict(report)})


def _end_with_parent() -> None:
    while sys.stdin.read(1):
        pass
    os._exit(1)
