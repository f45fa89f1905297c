"""Twenty clients at once, a third of whom disconnect: a short run of `make soak`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rag.settings import Settings
from tests.soak_clients import running_server, soak

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]


@pytest.mark.fault(23)
def test_clients_that_stay_are_answered_and_those_that_leave_leave_no_job(
    real_settings: Settings, tmp_path: Path
) -> None:
    environment = {
        "RAG_CORPUS": str(real_settings.corpus),
        "RAG_INDEX": str(real_settings.index),
        "RAG_CONVERSATIONS": str(tmp_path / "conversations"),
        "RAG_MODEL": "smollm2-135m",
        "RAG_READER": "reader",
        "RAG_MAX_TOKENS": "16",
        "RAG_CONTEXT_K": "1",
        "RAG_READ_AHEAD": "no",
    }
    with running_server(environment) as (url, pid):
        figures = soak(url, pid, seconds=5.0, clients=20)
    assert figures.faults(growth=0.25, slowest=5.0) == []  # loose limits: the machine may be busy
    assert figures.disconnected
    assert figures.refused
