"""The command line as a person meets it: real processes, exit status, one line a fault."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from rag.cli import main
from tests.conftest import ROOT


def rag(*arguments, cwd=ROOT, **environ):
    done = subprocess.run(
        [sys.executable, "-m", "rag", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "environ", "told"),
    [
        (["index", "--corpus", "nowhere"], {}, "nowhere"),
        (["ask", "Who?"], {}, "type `rag index`"),
        (["ask", "Who?"], {"RAG_COLOUR": "red"}, "unknown setting RAG_COLOUR"),
        (["ask", "Who?"], {"RAG_K": "0"}, "out of range"),
        (["models", "path", "gpt-99"], {}, "gpt-99"),
        (["models", "path"], {"RAG_MODELS": "/nonexistent"}, "rag models pull"),
        (["eval", "nowhere.jsonl"], {}, "type `rag index`"),
    ],
)
def test_a_fault_is_one_line_and_exit_1(tmp_path, arguments, environ, told):
    code, out, err = rag(*arguments, cwd=tmp_path, RAG_INDEX=str(tmp_path / "index"), **environ)
    assert (code, out) == (1, "")
    assert told in err
    assert err.startswith("rag: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["sing"], ["ask"], ["eval", "x", "--limit", "0"], ["serve", "--port", "99999"]],
)
def test_bad_usage_is_exit_2(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = rag("serve", "--port", port, RAG_INDEX=str(tmp_path / "index"))
    assert code == 1
    assert f"port {port} is in use" in err


def test_models_are_listed_with_their_licences():
    code, out, _ = rag("models", "list")
    assert code == 0
    for word in ("qwen2.5-coder-1.5b", "all-minilm-l6-v2", "Apache-2.0", "*  qwen", "hub only"):
        assert word in out
