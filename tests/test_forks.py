"""A fork of a process that has an assistant open: a named error, and no harm to the parent."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from rag.settings import Settings
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system"),
]

QUESTION = "What did Kim call Putin?"
START = f"""
import multiprocessing, os, sys
import rag
from rag.errors import ForkedProcess
QUESTION = {QUESTION!r}

def in_a_fork(work):
    # 0 where `work` returned; the child ends as a program does, with all its clean-up
    child = os.fork()
    if child == 0:
        work()
        sys.exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def run(program: str, settings: Settings) -> list[str]:
    names = ("corpus", "index", "models", "model", "reader", "max_tokens")
    values = {f"RAG_{name.upper()}": str(getattr(settings, name)) for name in names}
    done = subprocess.run(
        [sys.executable, "-c", START + program],
        env={**os.environ, **values, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def settings(real_settings: Settings) -> Settings:
    return replace(real_settings, model="smollm2-135m", reader="reader", max_tokens=16)


def test_every_use_in_a_fork_is_a_named_error_and_the_parent_goes_on(settings: Settings) -> None:
    program = """
assistant = rag.Assistant.open()
print(assistant.ask(QUESTION).abstained, flush=True)

def use():
    uses = [
        lambda: assistant.ask(QUESTION), lambda: assistant.find_passages(QUESTION),
        lambda: assistant.quote("closest comrade"), lambda: assistant.timeline("Kim"),
        lambda: list(assistant.check_steps("Kim called him.")), lambda: assistant.counts,
        lambda: assistant.article("001_ce06e966fef7977f"), lambda: assistant.model(),
        lambda: rag.answer(QUESTION), lambda: rag.search(QUESTION), lambda: rag.Assistant.open(),
    ]
    for each in uses:
        try:
            each()
        except ForkedProcess as error:
            print(str(error).splitlines() == [str(error)], flush=True)
    assistant.close()

print(in_a_fork(use), flush=True)
process = multiprocessing.get_context("fork").Process(target=use)
process.start()
process.join()
print(process.exitcode, assistant.ask(QUESTION).abstained, flush=True)
"""
    first, *printed = run(program, settings)
    assert first == "False"
    assert printed == [*["True"] * 11, "0", *["True"] * 11, "0 False"]


def test_a_fork_before_the_first_question_is_like_any_process(settings: Settings) -> None:
    program = """
def use():
    print(rag.answer(QUESTION).abstained, flush=True)

print(in_a_fork(use), flush=True)
use()
"""
    assert run(program, settings) == ["False", "0", "False"]
