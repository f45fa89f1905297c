"""A short turn of `make soak`'s visitors."""

from __future__ import annotations

import sys

import pytest

from rag.settings import Settings
from tests.soak_clients import served, soak

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]


def test_visitors_who_stay_are_answered_and_those_who_leave_leave_nothing(
    real_settings: Settings,
) -> None:
    where = {
        "RAG_CORPUS": str(real_settings.corpus),
        "RAG_INDEX": str(real_settings.index),
        "RAG_MODEL": "smollm2-135m",
        "RAG_MAX_TOKENS": "16",
        "RAG_CONTEXT_K": "1",
    }
    with served(where) as (url, pid):
        figures = soak(url, pid, seconds=5.0, clients=20)
    assert figures.faults(growth=0.25, slowest=5.0) == []  # the machine may be busy
    assert figures.left
    assert figures.refused
