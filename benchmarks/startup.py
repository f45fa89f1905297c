"""How long it takes until something can be asked, in new processes.

    python -m benchmarks.startup [--model NAME] [--rounds N]

In:  the articles of `seeds/`, models that are pulled.
Out: seconds, and the processor's seconds with children, of `import rag`; of embedder, index and
     model ready, one after another and side by side as in `rag ask`; of `import gradio`; and of
     `rag serve`, until the browser shows that it is opening, and until the chat is there. Medians.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

from benchmarks.common import ROOT, free_port, machine, middle, table
from rag.index.build import build_index
from rag.settings import Settings

READY = "from rag import Assistant; a = Assistant.open(ahead={}); a.model(); a.close()"
WAYS = {
    "`import rag`": "import rag",
    "ready to answer, one after another": READY.format(False),
    "ready to answer, side by side": READY.format(True),
    "`import gradio`": "import gradio",
}
DOOR = "a browser shows that the page is opening", "the chat is there"


def ended() -> float:
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


def ran(code: str, environment: dict[str, str]) -> tuple[float, float]:
    begun, used = time.perf_counter(), ended()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ROOT)
    return time.perf_counter() - begun, ended() - used


def page(environment: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Until each of `DOOR`; the models that load behind it are in a child and do not count."""
    port = free_port()
    begun = time.perf_counter()
    command = [sys.executable, "-m", "rag", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=ROOT)
    took: dict[str, tuple[float, float]] = {}
    try:
        while DOOR[1] not in took:
            seen = None
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30).close()
                seen = DOOR[1]
            except urllib.error.HTTPError:
                seen = DOOR[0]
            except OSError:
                if process.poll() is not None or time.perf_counter() - begun > 300:
                    raise
            if seen and seen not in took:
                fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
                used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                took[seen] = time.perf_counter() - begun, used
            time.sleep(0.05)
        return took
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    took |= {name: [] for name in DOOR}
    with tempfile.TemporaryDirectory() as folder:
        plain = replace(Settings.load(), model=options.model, corpus=ROOT / "seeds")
        settings = replace(plain, index=Path(folder) / "index")
        build_index(settings)
        own = {"RAG_INDEX": str(settings.index), "RAG_MODEL": settings.model}
        environment = {**os.environ, **own}
        for _ in range(options.rounds):
            for name, code in WAYS.items():
                took[name].append(ran(code, environment))
            for name, seen in page(environment).items():
                took[name].append(seen)
    print(f"{settings.model}; {machine()}\n")
    rows = [[name, middle(w for w, _ in t), middle(c for _, c in t)] for name, t in took.items()]
    print(table(["until", "s", "processor, s"], rows))


if __name__ == "__main__":
    main()
