"""Bulk indexing with Ray itself: two workers, the real embedder, `rag index --on ray` as typed."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.bulk import compare
from rag.errors import IndexFault
from rag.index.build import build_index
from rag.index.bulk import ray_process
from rag.models import embedder
from rag.settings import Settings
from tests.conftest import ROOT, write_corpus

pytestmark = pytest.mark.real
LOCAL = {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1 in /proc/net
SESSIONS: dict[Path, set[int]] = {}  # of Ray, by the folder of a run
SECONDS = 420  # of a run: Ray starts slowly where the machine is busy


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Of a corpus of files, a dump and what cannot be read; no index yet."""
    folder = tmp_path_factory.mktemp("bulk")
    corpus = write_corpus(folder / "corpus")
    (corpus / "copy.md").write_bytes((corpus / "ferry.md").read_bytes())
    (corpus / "empty.txt").touch()
    draw = random.Random(3)
    words = ["quay", "ferry", "mayor", "storm", "grain", "price", "vote", "road", "Tarn", "Osby"]
    lines = [
        {"id": f"d{n}", "title": f"On {n}", "text": " ".join(
            " ".join(draw.choices(words, k=draw.randint(4, 30))).capitalize() + "."
            for _ in range(draw.randint(9, 30)))}
        for n in range(70)
    ]  # fmt: skip
    (corpus / "dump.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    models = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"}).models
    return Settings(
        corpus=corpus,
        index=folder / "one",
        models=models,
        embedder="all-minilm-l6-v2",
        passage_tokens=60,
    )


def start(settings, index):
    """`rag index --on ray`, begun as in a shell: a process group of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RAY_")},
        "PYTHONPATH": str(ROOT),
        "BULK_TEST": str(index.parent),
        "RAG_MODELS": str(settings.models),
        "RAG_EMBEDDER": settings.embedder,
        "RAG_PASSAGE_TOKENS": str(settings.passage_tokens),
    }
    command = ["index", str(settings.corpus), "--index", str(index), "--on", "ray"]
    return subprocess.Popen(
        [sys.executable, "-m", "rag", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        process_group=0,
    )


def parts(index, kind):
    return {each: each.stat().st_ino for each in (index / "parts").glob(f"{kind}-*.parquet")}


def wait_for(condition, run=None):
    deadline = time.monotonic() + SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline
        assert run is None or run.poll() is None, run.communicate()
        time.sleep(0.05)
    return result


def processes(folder, name=b""):
    """Ids of the processes of a run, with `name` in their command.

    They have its environment; but Ray's write their titles over it, and have its session.
    """
    mark, own, here = f"BULK_TEST={folder}".encode(), [], os.getsid(0)
    sessions = SESSIONS.setdefault(folder, set())
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            session = int((process / "stat").read_text().rpartition(")")[2].split()[3])
            command = (process / "cmdline").read_bytes()  # empty where it has ended
            is_marked = mark in (process / "environ").read_bytes()
            sessions |= {session} - {here} if is_marked else set()
            if name in command and command and (is_marked or session in sessions):
                own.append(int(process.name))
    return own


def listeners(pids):
    """Local addresses, other than those of this machine alone, at which processes listen."""
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            with suppress(OSError):
                inodes.add(str(link.readlink()))
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                addresses.add(fields[1].split(":")[0])
    return addresses


def use_precision(monkeypatch, precision):
    """Have this process choose a precision, as its trial might."""
    monkeypatch.setattr(embedder, "supports_bfloat16", lambda: precision == "bfloat16")
    monkeypatch.setattr(embedder, "_MAX_TIME_RATIO", 1e9)


def test_a_killed_run_goes_on_and_ends_in_the_index_of_one_process(settings, tmp_path, monkeypatch):
    index = tmp_path / "ray"
    run = start(settings, index)
    wait_for(lambda: len(parts(index, "vectors")) >= 1, run)
    assert listeners(processes(tmp_path)) <= LOCAL
    run.kill()
    assert run.wait() == -signal.SIGKILL
    wait_for(lambda: not processes(tmp_path))
    assert not (index / "CURRENT").exists()
    before = {kind: parts(index, kind) for kind in ("parsed", "vectors")}
    left = Path((index / "parts/ray-folder").read_text())
    use_precision(monkeypatch, (index / "parts/precision").read_text())

    run = start(settings, index)
    workers = wait_for(lambda: processes(tmp_path, b"PassageWorker"), run)
    assert not left.exists()
    os.kill(workers[0], signal.SIGKILL)  # it is replaced
    wait_for(lambda: len(parts(index, "vectors")) > len(before["vectors"]), run)
    for kind, files in before.items():
        assert parts(index, kind).items() >= files.items()  # none of them is made anew
    output, messages = run.communicate(timeout=SECONDS)
    assert run.returncode == 0, messages
    assert output.splitlines()[-1].startswith("75 added, 0 changed")
    assert "skipped: empty.txt: empty" in messages
    build_index(settings)
    differing, cosine, identical = compare(settings, replace(settings, index=index))
    assert differing == []
    assert cosine >= 0.9999
    assert identical
    assert not (index / "parts").exists()
    assert not processes(tmp_path)


def test_ctrl_c_ends_ray_and_leaves_nothing_of_it(settings, tmp_path):
    index = tmp_path / "ray"
    run = start(settings, index)
    note = index / "parts/ray-folder"
    folder = Path(wait_for(lambda: note.is_file() and note.read_text(), run))
    wait_for(lambda: processes(tmp_path, b"raylet"), run)
    run.send_signal(signal.SIGINT)
    output, messages = run.communicate(timeout=60)
    assert (run.returncode, output) == (1, "")
    assert messages.endswith("rag: stopped\n")
    assert not processes(tmp_path)
    assert not folder.exists()


class _Hidden:
    """As if a package were not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "ray":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_without_ray_one_line_says_what_to_type(toy, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [_Hidden(), *sys.meta_path])
    for name in [name for name in sys.modules if name.split(".")[0] == "ray"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(IndexFault, match=r"pip install 'footnoted\[ray\]'") as caught:
        build_index(toy, on="ray")
    assert "\n" not in str(caught.value)
    assert not (toy.index / "CURRENT").exists()


@pytest.mark.parametrize("address", ["ray://127.0.0.1:10001", "auto", "host", "127.0.0.1:x"])
def test_an_address_that_is_none(toy, monkeypatch, address):
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(IndexFault, match=r"is no HOST:PORT .*`unset RAY_ADDRESS`"):
        build_index(toy, on="ray")


def test_a_cluster_that_is_not_there(toy, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    with pytest.raises(IndexFault, match=r"no Ray cluster answers .*refused.*`unset RAY_ADDRESS`"):
        build_index(toy, on="ray")


def test_a_cluster_that_does_not_answer(toy, monkeypatch):
    monkeypatch.setattr(ray_process, "START_SECONDS", 4.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{silent.getsockname()[1]}")
        before = threading.active_count()
        with pytest.raises(IndexFault, match="Ray did not answer for 4 s: type `rag index --on"):
            build_index(toy, on="ray")
    wait_for(lambda: threading.active_count() <= before)
