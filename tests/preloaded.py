"""Commands of `rag` in processes that need not import the large libraries first.

    run_rag(["ask", "Who?"], environ, folder)   as `subprocess.run` of `python -m rag ask Who?`

Each is a process of its own, forked from one that has done nothing but import them; it has its
own environment, folder, input and output, and runs `python -m rag` from its first line to its
last. How a process starts by itself, in whatever environment, is tested without this.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from rag.models.openmp import use_passive_waiting

_ROOT = Path(__file__).parents[1]


def run_rag(
    arguments: list[str], environ: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command of `rag` in `folder` with this environment alone."""
    with tempfile.TemporaryDirectory() as place:
        output, errors = Path(place, "output"), Path(place, "errors")
        job = {
            "arguments": arguments,
            "environ": environ,
            "folder": str(folder),
            "output": str(output),
            "errors": str(errors),
        }
        code = _server_reply(job)
        return subprocess.CompletedProcess(
            arguments, code, output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        )


@cache
def _server() -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.preloaded"],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},  # this too is read once
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    atexit.register(child.communicate)  # the end of its input ends it
    return child


def _server_reply(job: dict[str, Any]) -> int:
    child = _server()
    assert child.stdin and child.stdout
    child.stdin.write(json.dumps(job) + "\n")
    child.stdin.flush()
    return int(child.stdout.readline())


def _serve() -> None:
    """Fork for each line of the input, one after another, and print the exit status of each."""
    _import_libraries()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_run(json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _import_libraries() -> None:
    use_passive_waiting()  # read once, when the library is loaded

    import bm25s  # noqa: F401
    import chromadb  # noqa: F401
    import sentence_transformers  # noqa: F401

    import rag.assistant
    import rag.cli
    import rag.models.question_classifier
    import rag.models.reader  # noqa: F401


def _run(job: dict[str, Any]) -> int:
    """The exit status of the command, in this process."""
    new = os.O_WRONLY | os.O_CREAT
    for number, path in enumerate((os.devnull, job["output"], job["errors"])):
        os.dup2(os.open(path, new if number else os.O_RDONLY, 0o600), number)
    os.environ.clear()
    os.environ.update(job["environ"])
    os.chdir(job["folder"])
    sys.argv = ["rag", *job["arguments"]]
    sys.path[:0] = [job["folder"], *job["environ"].get("PYTHONPATH", "").split(os.pathsep)]
    try:
        runpy.run_module("rag", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return _ended(end.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _ended(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    _serve()
