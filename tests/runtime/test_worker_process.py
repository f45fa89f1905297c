"""A worker imports what its parent imports, ends with it, and says how it ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rag.runtime.worker_process import Worker, describe_exit, last_line
from tests.conftest import ROOT


def test_worker_imports_from_the_path_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("NAME = 'imported'")
    monkeypatch.syspath_prepend(tmp_path)
    code = "import only_here, os; print(only_here.NAME, *sys.argv[1:], os.environ['MORE'])"
    result = Worker(code, ("a b", "…"), {"MORE": "1"}).run(60)
    assert (result.stdout.strip(), result.stderr) == ("imported a b … 1", "")


def test_worker_imports_rag_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(ROOT)])
    result = Worker("import rag; print(rag.__file__)").run(60)
    assert Path(result.stdout.strip()) == ROOT / "rag" / "__init__.py"


def test_isolated_worker_prefers_the_standard_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "colorsys.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    assert Worker("import colorsys").run(60).returncode == 7
    assert Worker("import colorsys", isolated=True).run(60).returncode == 0


def test_take_stdout_leaves_the_pipe_to_replies() -> None:
    code = (
        "from rag.runtime.worker_process import take_stdout; replies = take_stdout(); "
        "print('chatter', flush=True); replies.write(b'reply')"
    )
    result = Worker(code).run(60)
    assert (result.stdout, result.stderr) == ("reply", "chatter\n")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends it on Linux alone")
def test_worker_ends_with_its_parent() -> None:
    code = (
        "from rag.runtime.worker_process import Worker; "
        "child = Worker('import time; print(1, flush=True); time.sleep(60)').start(); "
        "child.stdout.readline(); print(child.pid, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        watch = os.pidfd_open(child)
        parent.kill()
        assert select.select([watch], [], [], 20)[0]
        os.close(watch)


def test_describe_exit_names_signals() -> None:
    assert describe_exit(-signal.SIGSEGV) == "SIGSEGV"
    assert describe_exit(-200) == "signal 200"
    assert describe_exit(3) == "exit status 3"


def test_last_line_is_printable_and_short() -> None:
    assert last_line("first\n\x1b[31mlast \x07line\n \n") == "[31mlast line"
    assert last_line("") == ""
    assert len(last_line("x" * 1000)) == 120
