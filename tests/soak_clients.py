"""Many clients at once at the real page, a third of whom disconnect before their answer ends.

    python -m tests.soak_clients --seconds 60 --clients 20

Serves `seeds/` with the small model in a process of its own and talks to it as a browser does.
Prints its measurements. Exit status 1 if a promise is broken: an accepted question without its
answer, a refusal after more than 1 s, memory that grows by more than 5 %, a job that remains.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.common import free_port
from tests.conftest import ROOT

_CLOCK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SETTLING = 60.0  # seconds for the queue to empty, and again for the model to become idle
_DISCONNECT_EVERY = 3  # every third client disconnects


@dataclass
class Figures:
    """Measurements of one run. Times in seconds, memory in bytes."""

    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    disconnected: int = 0
    failures: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)  # of server and model, once a second
    jobs: int = -1  # waiting or running once all clients have disconnected
    busy: float = -1.0  # processor seconds of the idle model within 2 s

    @property
    def growth(self) -> float:
        """Relative growth of memory from the second fifth of the run to the last."""
        fifth = max(1, len(self.memory) // 5)
        early = statistics.median(self.memory[fifth : 2 * fifth] or self.memory)
        return statistics.median(self.memory[-fifth:]) / early - 1.0

    def faults(self, growth: float = 0.05, slowest: float = 1.0) -> list[str]:
        """One message for each broken promise."""
        slow = max(self.refused, default=0.0)
        checks = [
            (bool(self.failures), f"{len(self.failures)} accepted questions without an answer"),
            (not self.answered, "nothing was answered"),
            (slow > slowest, f"a refusal took {slow:.2f} s"),
            (self.growth > growth, f"memory grew by {self.growth:.1%}"),
            (self.jobs != 0, f"{self.jobs} jobs remain"),
            (self.busy > 0.5, f"the idle model uses {self.busy:.1f} s of processor time in 2 s"),
        ]
        return [message for is_broken, message in checks if is_broken] + self.failures[:5]

    def __str__(self) -> str:
        """The measurements, one line for each kind."""
        return (
            f"answered {len(self.answered)}, median {statistics.median(self.answered):.1f} s, "
            f"longest {max(self.answered):.1f} s\n"
            f"refused {len(self.refused)}, slowest {max(self.refused, default=0.0):.2f} s\n"
            f"disconnected before the end {self.disconnected}\n"
            f"memory {self.memory[0] / 1e6:,.0f} MB at first, {self.memory[-1] / 1e6:,.0f} MB at "
            f"last, {self.growth:+.1%} from the second fifth to the last\n"
            f"jobs that remain {self.jobs}; "
            f"processor time of the idle model in 2 s: {self.busy:.2f} s"
        )


@contextlib.contextmanager
def running_server(environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The page in a process of its own, ready for questions: its URL and process id."""
    port = free_port()
    command = [sys.executable, "-m", "rag", "serve", "--port", str(port)]
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith("RAG_") or k == "RAG_MODELS"
    }
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, env={**inherited, **environment}, stderr=log, cwd=ROOT)
        try:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 600
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    refusal = Visitor(url).ask("Are you there?")
                    if refusal != "Not ready yet: one moment.":
                        break
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(f"the page is not ready: {log.read()[-2000:]}")
                time.sleep(0.5)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(30)


class Visitor:
    """The browser's side of one question: a new session of Gradio's queue."""

    def __init__(self, url: str) -> None:
        self._api = f"{url}/gradio_api"
        self._session = uuid.uuid4().hex[:12]
        self._http = httpx.Client(timeout=httpx.Timeout(300.0, connect=30.0))
        config = self._http.get(f"{url}/config").raise_for_status().json()
        self._events = {each["api_name"]: each for each in config["dependencies"]}

    def ask(self, question: str) -> str:
        """Send the question. An empty string if it was accepted, else the reason why not."""
        try:
            *_, message = self._run("ask", [question, None, "", "", []])  # no date or outlet filter
        except httpx.HTTPStatusError as error:
            return f"{error.response.status_code} {error.response.text[:100]}"
        ticket, *_, hint = message["output"]["data"]
        return "" if isinstance(ticket, int) else str(hint).removesuffix("</p>").rpartition(">")[2]

    def reply(self, patience: float = 300.0) -> Iterator[dict[str, Any]]:
        """The messages of the growing answer, the complete one last.

        Raises:
            httpx.ReadTimeout: no message for `patience` seconds.
        """
        yield from self._run("reply", [None, None], patience)

    def _run(self, name: str, data: list[Any], patience: float = 300.0) -> Iterator[dict[str, Any]]:
        body = {"data": data, "fn_index": self._events[name]["id"], "session_hash": self._session}
        self._http.post(f"{self._api}/queue/join", json=body).raise_for_status()
        stream = self._http.stream(
            "GET",
            f"{self._api}/queue/data",
            params={"session_hash": self._session},
            timeout=httpx.Timeout(patience, connect=30.0),
        )
        with stream as lines:
            for line in lines.iter_lines():
                message = json.loads(line[6:]) if line.startswith("data: ") else {}
                if message.get("msg") in ("process_generating", "process_completed"):
                    yield message

    def close(self) -> None:
        """Disconnect, whatever is still to come."""
        self._http.close()


def soak(url: str, pid: int, seconds: float, clients: int, seed: int = 7) -> Figures:
    """Let `clients` ask for `seconds`; each asks again once it is answered or refused."""
    figures, deadline = Figures(), time.monotonic() + seconds
    lines = (ROOT / "tests/questions/seeds.jsonl").read_text().splitlines()
    questions = [json.loads(line)["question"] for line in lines]

    def visit(number: int) -> None:
        rng = random.Random(seed * 1000 + number)
        while time.monotonic() < deadline:
            visitor = Visitor(url)
            start = time.monotonic()
            try:
                refusal = visitor.ask(rng.choice(questions))
                if refusal:
                    figures.refused.append(time.monotonic() - start)
                    if "Too many questions" not in refusal:
                        figures.failures.append(refusal)
                    time.sleep(rng.uniform(0.5, 1.5))
                elif number % _DISCONNECT_EVERY == 0:
                    _disconnect(visitor, rng.uniform(0.0, 6.0))
                    figures.disconnected += 1
                else:
                    answer = [json.dumps(each) for each in visitor.reply()][-1]
                    is_complete = 'class=\\"fine\\"' in answer and 'class=\\"fault\\"' not in answer
                    figures.answered.append(time.monotonic() - start)
                    if not is_complete:
                        figures.failures.append(answer[:300])
            except (httpx.HTTPError, IndexError) as error:
                figures.failures.append(f"{type(error).__name__}: {error}")
            finally:
                visitor.close()

    threads = [threading.Thread(target=visit, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        figures.memory.append(sum(map(_memory, (pid, *_children(pid)))))
        time.sleep(1.0)
    _measure_idle(url, pid, figures)
    return figures


def _disconnect(visitor: Visitor, after: float) -> None:
    """Read the answer for `after` seconds, then stop in the middle of it."""
    deadline = time.monotonic() + after
    with contextlib.suppress(httpx.ReadTimeout):
        for _ in visitor.reply(max(0.05, after)):
            if time.monotonic() > deadline:
                return


def _measure_idle(url: str, pid: int, figures: Figures) -> None:
    """Measure what remains once all clients have disconnected."""
    deadline = time.monotonic() + _SETTLING
    while figures.jobs != 0 and time.monotonic() < deadline:
        time.sleep(0.5)
        figures.jobs = httpx.get(f"{url}/gradio_api/queue/status").json()["queue_size"]
    (child,) = _children(pid)
    # Its own deadline: the queue is empty before the model has read its last prompt to the end,
    # and on a busy machine the queue may have taken nearly all of the first.
    deadline = time.monotonic() + _SETTLING
    while time.monotonic() < deadline:
        before = _seconds(child)
        time.sleep(2.0)
        figures.busy = _seconds(child) - before
        if figures.busy < 0.1:
            break


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(each) for task in tasks for each in task.read_text().split()]


def _memory(pid: int) -> int:
    """Bytes of private memory; file pages vary with whatever else the machine does."""
    try:
        _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        return (resident - shared) * _PAGE
    except OSError:
        return 0


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK


def main() -> int:
    """Serve `seeds/`, run the clients, print the measurements; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--model", default="smollm2-135m")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "RAG_CORPUS": str(ROOT / "seeds"),
            "RAG_INDEX": f"{folder}/index",
            "RAG_CONVERSATIONS": f"{folder}/conversations",
        }
        with running_server({**environment, "RAG_MODEL": options.model}) as (url, pid):
            figures = soak(url, pid, options.seconds, options.clients)
    print(figures)
    for fault in figures.faults():
        print(f"BROKEN PROMISE: {fault}", file=sys.stderr)
    return 1 if figures.faults() else 0


if __name__ == "__main__":
    raise SystemExit(main())
