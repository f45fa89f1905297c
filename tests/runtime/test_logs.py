"""RAG_LOG=json: each line on stderr is an object, whoever wrote it; text stays as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.settings import Settings
from tests.conftest import ROOT

NOISE = """
import logging, sys, threading, traceback, warnings
from rag.runtime.observability.logs import json_lines, notify
from rag.runtime.observability.stages import stage
library = logging.getLogger("library")
own = logging.StreamHandler(sys.stderr)
own.setFormatter(logging.Formatter("%(levelname)s in plain text: %(message)s"))
library.addHandler(own)
library.propagate = False
def fail():
    raise KeyError("of a thread")
with json_lines(True):
    library.warning("full of %s", "eels")
    logging.getLogger("rag.web").info("for those who run it")
    logging.getLogger("library").info("too much")
    warnings.warn("old")
    with stage("embed", texts=2):
        pass
    notify("rag: a line of ours", logging.WARNING)
    sys.stderr.write("half a ")
    print("line", file=sys.stderr)
    print("\\x1b[31mbar 1\\rbar 2\\x1b[0m\\n", file=sys.stderr)
    try:
        fail()
    except KeyError:
        library.exception("caught")
        traceback.print_exc()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    raise ValueError("nobody\\ncatches it")
"""


def objects(stderr: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in stderr.splitlines()]
    assert all(list(each)[:4] == ["time", "level", "logger", "message"] for each in lines), stderr
    return lines


def test_every_line_is_an_object_whoever_wrote_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOISE], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (1, "")
    lines = objects(done.stderr)
    moment = datetime.fromisoformat(lines[0]["time"])
    assert abs((datetime.now(moment.tzinfo) - moment).total_seconds()) < 600
    lines_in_short = [(each["logger"], each["level"], each["message"]) for each in lines]
    assert lines_in_short[:2] == [
        ("library", "warning", "full of eels"),
        ("rag.web", "info", "for those who run it"),
    ]
    assert lines_in_short[2][:2] == ("py.warnings", "warning")
    assert "UserWarning: old" in lines_in_short[2][2]
    assert (lines[3]["stage"], lines[3]["texts"]) == ("embed", 2)
    assert 0 <= lines[3]["seconds"] < 1
    assert lines_in_short[4:8] == [
        ("rag", "warning", "a line of ours"),
        ("stderr", "info", "half a line"),
        ("stderr", "info", "bar 1"),
        ("stderr", "info", "bar 2"),
    ]
    assert lines_in_short[8:] == [
        ("library", "error", "caught"),
        ("stderr", "error", "KeyError: 'of a thread'"),
        ("rag", "error", "a thread was stopped by an error"),
        ("rag", "critical", "stopped by an error that has no name"),
    ]
    for line in lines[8:]:
        assert line["traceback"].startswith("Traceback (most recent call last):\n  File")
    assert lines[-1]["traceback"].endswith("ValueError: nobody\ncatches it")


def rag(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    models = {name: os.environ[name] for name in ("RAG_MODELS",) if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        env={**environ, **models, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def test_errors_and_usage_of_commands_are_objects_too(tmp_path: Path) -> None:
    missing = rag(tmp_path, "ask", "Who?", RAG_LOG="json", RAG_MODEL="none")
    assert missing.returncode == 1
    assert [(each["level"], each["logger"]) for each in objects(missing.stderr)][-1] == (
        "error",
        "rag",
    )
    assert "there is no index" in objects(missing.stderr)[-1]["message"]
    usage = rag(tmp_path, "ask", "Who?", "--colour", RAG_LOG="json")
    assert usage.returncode == 2
    assert "unrecognized arguments: --colour" in objects(usage.stderr)[-1]["message"]
    renamed = rag(tmp_path, "search", "x", RAG_LOG="json", RAG_KEEP="no")
    assert objects(renamed.stderr)[0]["message"].startswith("rag: RAG_KEEP is now")
    unknown = rag(tmp_path, "doctor", RAG_LOG="xml")
    assert unknown.stderr == "rag: RAG_LOG=xml is not known: give one of text, json\n"
    assert rag(tmp_path, "ask", "Who?").stderr.startswith("rag: ")


@pytest.mark.real
def test_the_page_writes_objects_from_its_start_to_its_end(corpus: Path, tmp_path: Path) -> None:
    inherited = {k: v for k, v in os.environ.items() if k == "RAG_MODELS" or k[:4] != "RAG_"}
    settings = {"RAG_LOG": "json", "RAG_MODEL": "none", "RAG_READER": "none"}
    port = free_port()
    serving = subprocess.Popen(
        [sys.executable, "-m", "rag", "serve", "--port", str(port)],
        env={**inherited, **settings, "RAG_CORPUS": str(corpus), "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert serving.stderr is not None
    lines = []
    try:
        for line in serving.stderr:
            lines.append(line)
            if '"stage": "load"' in line:  # nothing is left to be started
                break
        serving.send_signal(signal.SIGINT)
        serving.wait(60)
    finally:
        serving.kill()
    lines += serving.stderr.readlines()
    assert serving.returncode == 0, lines
    messages = [each["message"] for each in objects("".join(lines))]
    assert f"Footnoted is open at http://127.0.0.1:{port} (Ctrl-C ends it)" in messages
    assert "Closing." in messages


@pytest.mark.real
def test_indexing_and_asking_tell_their_stages(corpus: Path, tmp_path: Path) -> None:
    quiet = {"RAG_LOG": "json", "RAG_MODEL": "none", "RAG_READER": "reader"}
    done = rag(tmp_path, "index", str(corpus), **quiet)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("4 added")
    lines = objects(done.stderr)
    stages = [each["stage"] for each in lines if "seconds" in each]
    assert stages == ["read", "embed", "compare", "derive", "verify", "publish", "index"]
    assert [each["done"] for each in lines if each.get("stage") == "reading"][-1] == 4
    index = next(each for each in lines if each.get("stage") == "index")
    assert (index["added"], index["files"], index["embedder"]) == (4, 4, Settings().embedder)
    done = rag(tmp_path, "ask", "What was the cost of the bridge over the Sund?", **quiet)
    assert done.returncode == 0, done.stderr
    lines = objects(done.stderr)
    seconds = {each["stage"]: each["seconds"] for each in lines if "seconds" in each}
    assert {"load", "retrieve", "embed", "evidence", "answer"} <= seconds.keys()
    assert seconds["answer"] >= seconds["retrieve"] + seconds["evidence"]
    assert seconds["retrieve"] >= seconds["embed"]
    answer = next(each for each in lines if each.get("stage") == "answer")
    assert (answer["outcome"], answer["citations"]) == ("answered", 1)
    assert "Sund" not in json.dumps([each for each in lines if "stage" in each])
