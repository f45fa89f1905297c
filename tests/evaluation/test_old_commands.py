"""Commands of version 0.1 that keep working under their old names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rag.evaluate.fit", "rag.evaluation.calibrate"),
        ("rag.evaluate.tabulate", "rag.evaluation.reports.markdown"),
    ],
)
def test_old_command_names_the_new_one_and_runs_it(tmp_path, old, new):
    done = subprocess.run(
        [sys.executable, "-m", old, str(tmp_path), "--into", str(tmp_path / "x")],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    first, second = done.stderr.splitlines()
    assert first == f"rag: {old} is now {new}"
    assert second.startswith(f"rag: {tmp_path} has no ")  # what the new command says
    assert done.returncode == 1
