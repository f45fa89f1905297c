"""What other tests rely on to fail: measures of growth, and commands in forked processes."""

from __future__ import annotations

import os
from pathlib import Path

from tests.conftest import ROOT
from tests.growing import grows_linearly
from tests.preloaded import run_rag


def test_what_grows_with_the_square_is_found() -> None:
    text = "word " * 40_000
    assert grows_linearly(lambda size: text[:size].split(), 200_000)
    assert not grows_linearly(lambda size: [text[:at].split() for at in range(size)], 8_000)


def test_a_forked_command_has_its_own_arguments_folder_output_and_exit_status(
    tmp_path: Path,
) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "RAG_INDEX": "nowhere/index"}
    missing = run_rag(["articles", "list"], environ, tmp_path)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith(f"rag: there is no index in {tmp_path}/nowhere/index")
    wrong = run_rag(["articles", "list", "--colour"], environ, tmp_path)
    assert wrong.returncode == 2
    assert "unrecognized arguments: --colour" in wrong.stderr
    version = run_rag(["--version"], environ, tmp_path)
    assert version.returncode == 0 and version.stdout.startswith("footnoted ")
    assert version.stderr == ""
    assert Path.cwd() != tmp_path
