"""How long it takes until a question can be asked, in new processes.

    python -m benchmarks.startup [--model NAME] [--rounds N]

In:  the articles of `seeds/`, models that are pulled.
Out: seconds, and processor seconds with children, of `import rag`; until embedder, index and model
     are ready, one after another and at the same time as in `rag ask`; of `import gradio`; and of
     `rag serve`, until the browser shows the splash page, and until the chat is there. Medians.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from statistics import median

from benchmarks.common import (
    ROOT,
    describe_machine,
    free_port,
    markdown_table,
    process_seconds,
    temporary_index,
)
from rag.settings import Settings

READY = "from rag import Assistant; a = Assistant.open(ahead={}); a.model(); a.close()"
PROGRAMS = {
    "`import rag`": "import rag",
    "ready to answer, one after another": READY.format(False),
    "ready to answer, at the same time": READY.format(True),
    "`import gradio`": "import gradio",
}
SPLASH, CHAT = "a browser shows the splash page", "the chat is there"
Seconds = tuple[float, float]  # wall time, processor time


def children_seconds() -> float:
    """Processor time of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_program(code: str, environment: dict[str, str]) -> Seconds:
    started, before = time.perf_counter(), children_seconds()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ROOT)
    return time.perf_counter() - started, children_seconds() - before


def open_page(environment: dict[str, str]) -> dict[str, Seconds]:
    """Until the splash page and until the chat; models load in a child, which does not count."""
    port = free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "rag", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=ROOT)
    seconds: dict[str, Seconds] = {}
    try:
        while CHAT not in seconds:
            state = None
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30).close()
                state = CHAT
            except urllib.error.HTTPError:
                state = SPLASH
            except OSError:
                if process.poll() is not None or time.perf_counter() - started > 300:
                    raise
            if state and state not in seconds:
                seconds[state] = time.perf_counter() - started, process_seconds(process.pid)
            time.sleep(0.05)
        return seconds
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    seconds: dict[str, list[Seconds]] = {name: [] for name in (*PROGRAMS, SPLASH, CHAT)}
    with temporary_index(model=options.model) as settings:
        own = {"RAG_INDEX": str(settings.index), "RAG_MODEL": settings.model}
        environment = {**os.environ, **own}
        for _ in range(options.rounds):
            for name, code in PROGRAMS.items():
                seconds[name].append(run_program(code, environment))
            for name, each in open_page(environment).items():
                seconds[name].append(each)
    print(f"{settings.model}; {describe_machine()}\n")
    rows = [
        [name, median(wall for wall, _ in own), median(cpu for _, cpu in own)]
        for name, own in seconds.items()
        if own
    ]
    print(markdown_table(["until", "s", "processor, s"], rows))


if __name__ == "__main__":
    main()
