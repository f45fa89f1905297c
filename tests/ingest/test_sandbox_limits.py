"""The limits on whatever opens foreign files, and what is said where a system lacks them."""

from __future__ import annotations

import json
import sys

import pytest

from rag.cli import doctor
from rag.ingest.sandbox import limits
from rag.ingest.sandbox.limits import missing_limits
from rag.runtime.worker_process import Worker

TRY = "from rag.ingest.sandbox.limits import _try_limits; _try_limits()"
ALL = [
    "memory",
    "processor time",
    "files written by compiled code",
    "the end of a parser with the program that started it",
]


def tried(prelude: str) -> list[str]:
    """What is missing in a process that runs `prelude` first."""
    return list(json.loads(Worker(f"{prelude}; {TRY}").run(60).stdout))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all limits")
def test_linux_has_all_limits() -> None:
    assert missing_limits() == []
    line = str(doctor.check_limits())
    assert line.startswith("ok    limits of parsers: 1 GB of memory, 10 s of processor time")


def test_without_the_module_resource_as_on_windows() -> None:
    prelude = "import sys; sys.modules['resource'] = None; sys.platform = 'win32'"
    assert tried(prelude) == ALL


def test_a_limit_that_is_taken_and_not_kept_counts_as_missing() -> None:
    # as on macOS, which has RLIMIT_AS and does not keep it
    ignored = (
        "import sys, resource; sys.platform = 'darwin'; resource.RLIMIT_AS = resource.RLIMIT_NOFILE"
    )
    assert tried(f"{ignored}") == [ALL[0], ALL[3]]


def test_python_code_may_not_write_connect_or_start_programs_on_any_system() -> None:
    """The audit hook needs nothing of the system."""
    code = (
        "import sys, json, os, socket, subprocess; sys.modules['resource'] = None;"
        "from rag.ingest.sandbox.limits import restrict_process;"
        "from rag.ingest.document import UnreadableDocument;"
        "restrict_process()\n"
        "refused = []\n"
        "for attempt in (lambda: open('x', 'w'), lambda: os.remove('x'),"
        " lambda: subprocess.run(['true']), lambda: socket.create_connection(('127.0.0.1', 9))):\n"
        "    try: attempt()\n"
        "    except UnreadableDocument: refused.append(True)\n"
        "print(json.dumps(refused))"
    )
    assert json.loads(Worker(code).run(60).stdout) == [True] * 4


def test_doctor_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "missing_limits", lambda: ["memory", "processor time"])
    assert str(doctor.check_limits()) == (
        "ok    limits of parsers: this system does not limit memory, processor time "
        "(docs/platforms.md)"
    )
