"""Stages: their seconds, their errors, who gets to know of them, whose context they stay in."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Generator
from contextvars import ContextVar

import pytest

from rag.runtime.observability.stages import (
    Stage,
    in_own_context,
    observed_by,
    stage,
)
from tests.conftest import ROOT

CURRENT: ContextVar[str] = ContextVar("current", default="nothing")


def test_a_stage_is_timed_and_told_of_when_it_ends() -> None:
    seen: list[Stage] = []
    with observed_by(seen.append):
        with stage("outer", model="tiny") as outer, stage("inner", texts=3, unknown=None) as inner:
            assert seen == []
            assert inner.seconds >= 0
        assert [each.name for each in seen] == ["inner", "outer"]
        outer.count(passages=2)
    with stage("later"):
        pass
    assert seen == [inner, outer]
    assert outer.seconds >= inner.seconds
    assert outer.seconds == outer.seconds, "once it has ended, its length stays"
    assert inner.known == {"texts": 3}
    assert outer.attributes == {"model": "tiny", "passages": 2}


def test_an_error_is_named_by_its_class_and_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rag")
    seen: list[Stage] = []
    error = ValueError("of a private question")
    with pytest.raises(ValueError, match="private"), observed_by(seen.append), stage("check"):
        raise error
    assert [each.error for each in seen] == ["ValueError"]
    (record,) = caplog.records
    assert record.getMessage().startswith("check ended by ValueError in 0.0")
    assert "private" not in str(vars(record))


def test_only_what_occurs_once_is_logged_as_information(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rag")
    with stage("read"), stage("parse", detail=True):
        pass
    assert [each.fields["stage"] for each in caplog.records] == ["read"]
    caplog.set_level(logging.DEBUG, "rag")
    with stage("parse", detail=True):
        pass
    assert caplog.records[-1].fields["stage"] == "parse"


def test_a_generator_leaves_the_context_of_its_caller_alone() -> None:
    ended: list[str] = []

    def steps() -> Generator[int]:
        token = CURRENT.set("mine")
        try:
            yield 1
            assert CURRENT.get() == "mine", "it finds its own again"
            yield 2
        finally:
            CURRENT.reset(token)  # fails in another context than that of `set`
            ended.append(CURRENT.get())

    isolated = in_own_context(steps())
    for _ in isolated:
        assert CURRENT.get() == "nothing"
    closed = in_own_context(steps())
    next(closed)
    closed.close()
    assert ended == ["nothing", "nothing"]


def test_without_a_set_up_nothing_of_telemetry_is_imported() -> None:
    line = (
        "import sys; from rag.runtime.observability.stages import stage\n"
        "with stage('x'): pass\n"
        "names = {n.split('.')[0] for n in sys.modules}\n"
        "print(sorted(names & {'opentelemetry', 'prometheus_client'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "[]\n"
