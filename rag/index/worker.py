"""Indexing in a process of its own, so that whoever answers questions meanwhile is not held up.

In:  `Settings`, a place to tell progress.
Out: the report of `rag.index.build.build_index`, or the `RagError` that it raised.

The child gets the settings as a line of JSON, tells progress and the end in such lines, and ends
where its stdin does: with whoever started it. It steps back where the processor is wanted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import Any

from rag.errors import IndexFault
from rag.index.build import IndexReport, build_index
from rag.index.diff import Progress
from rag.settings import Settings

_NICE = 10
_CODE = "from rag.index.worker import main; main()"


def build_index_in_subprocess(settings: Settings, progress: Progress) -> IndexReport:
    """As `build_index`, in a child.

    Raises:
        IndexFault: what `build_index` raised, in its words; or the child ended without a word.
    """
    values = {key: value for key, value in asdict(settings).items() if value is not None}
    path = [each for each in sys.path if each]
    code = f"import sys; sys.path[:0] = {path!r}; {_CODE}"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        told: dict[str, Any] = {}
        try:
            child.stdin.write(json.dumps(values, default=str) + "\n")
            child.stdin.flush()
            for line in child.stdout:
                told = json.loads(line)
                if "stage" in told:
                    progress(told["stage"], told["done"], told["total"])
        finally:
            child.kill() if "end" not in told and "fault" not in told else None
    if "fault" in told:
        raise IndexFault(told["fault"])
    if "end" not in told:
        raise IndexFault(
            f"indexing broke off (status {child.returncode}): what was indexed before is intact; "
            "type `rag index`"
        )
    end = told["end"]
    return IndexReport(**{**end, "unread": tuple((name, why) for name, why in end["unread"])})


def main() -> None:
    """The child."""
    from rag.errors import RagError

    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no reply
    values: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    settings = Settings(**values)

    def tell(told: dict[str, Any]) -> None:
        replies.write(json.dumps(told) + "\n")
        replies.flush()

    try:
        report = build_index(
            settings,
            lambda stage, done, total: tell({"stage": stage, "done": done, "total": total}),
        )
    except RagError as error:
        tell({"fault": str(error)})
    else:
        tell({"end": asdict(report)})


def _end_with_parent() -> None:
    while sys.stdin.read(1):
        pass
    os._exit(1)
