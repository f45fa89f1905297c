"""The wheel: built, and tried as a person would try it, in an environment of its own.

    python -m tests.wheel [--models FOLDER]     builds it, installs it with what it needs (minutes;
                                                llama.cpp from the cache of `python -m rag.native`,
                                                where it is there), then runs `rag` in an empty
                                                folder: models, doctor, index, search, ask, exam,
                                                eval, the page with all its APIs, its health

Out: a line a step, and `1 passed, 0 failed`; an error where one step fails. `make soak` runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import httpx

from benchmarks.common import free_port
from rag.native.build import pinned_version, wheel_folder

ROOT = Path(__file__).parents[1]
ARTICLES = {
    "ferry.md": "---\ntitle: Ferry sinks off Orrin\nsource: Orrin Herald\n---\n"
    "The ferry Kestrel Point sank off Orrin on 3 May 2024 with 41 people on board. All of them "
    "were saved by the coast guard, said harbour master Ane Moe.\n",
    "bridge.txt": "New bridge opens in Trusk\n\nThe swing bridge at Trusk opened on 12 June 2024. "
    "It cost 14 million crowns. Mayor Lena Holt said it would shorten the way by an hour.\n",
}
QUESTION = "How much did the swing bridge at Trusk cost?"


def build(folder: Path) -> Path:
    """The wheel of the working tree, built into `folder`, without anything from outside."""
    from hatchling.build import build_wheel

    with chdir(ROOT):
        return folder / build_wheel(str(folder))


def environment(**more: str) -> dict[str, str]:
    """The environment of a person: nothing of ours in it, and `more`."""
    ours = ("RAG_", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


class Installed:
    """`rag` as it was installed into the environment at `prefix`, run in the folder `home`."""

    def __init__(self, prefix: Path, home: Path, models: Path) -> None:
        self.home, self.models = home, models
        self._python = prefix / "bin" / "python"
        self._rag = prefix / "bin" / "rag"

    def run(self, *arguments: str, status: int = 0, **settings: str) -> str:
        """What a command prints; it must end with `status`."""
        result = subprocess.run(
            [self._rag, *arguments],
            cwd=self.home,
            env=environment(RAG_MODELS=str(self.models), RAG_MODEL="none") | settings,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        output = f"{result.stdout}{result.stderr}"
        assert result.returncode == status, f"rag {' '.join(arguments)}: {output}"
        for hint in ("make setup", "make run", "Traceback", str(ROOT)):
            assert hint not in output, f"rag {' '.join(arguments)} speaks of {hint}: {output}"
        say(f"rag {' '.join(arguments)}")
        return output

    @contextmanager
    def serve(self, *arguments: str) -> Iterator[str]:
        """The address of the page."""
        port = str(free_port())
        with (self.home / "serve.log").open("wb") as log:
            server = subprocess.Popen(
                [self._rag, "serve", "--port", port, *arguments],
                cwd=self.home,
                env=environment(RAG_MODELS=str(self.models), RAG_MODEL="none"),
                stdout=log,
                stderr=log,
            )
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                assert server.wait(60) == 0


def say(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def install(wheel: Path, prefix: Path) -> None:
    """An environment with the wheel and the extra `mcp`, in the versions of constraints.txt."""
    constraints = ROOT / "constraints.txt"
    subprocess.run([sys.executable, "-m", "venv", prefix], check=True)
    command = [prefix / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile"]
    command += ["--disable-pip-version-check", "--constraint", constraints]
    if (cached := wheel_folder(pinned_version(constraints))).is_dir():
        command += ["--find-links", cached]
    started = time.monotonic()
    subprocess.run([*command, f"{wheel}[mcp]"], env=environment(), check=True)
    how = "from the cache" if cached.is_dir() else "compiled"
    say(f"installed in {time.monotonic() - started:.0f} s, llama.cpp {how}")


def status_of(url: str, wanted: str, seconds: float = 180.0) -> dict[str, str]:
    """What `/health` says, once it is `wanted` or the time is over."""
    end, answer = time.monotonic() + seconds, {}
    while answer.get("status") != wanted and time.monotonic() < end:
        time.sleep(0.5)
        try:
            answer = httpx.get(f"{url}/health", timeout=5).json()
        except (httpx.HTTPError, ValueError):
            continue  # not yet there; or the splash, which answers everything
    return answer


def try_without_articles(rag: Installed) -> None:
    """In an empty folder: what is missing is named with what to type."""
    assert rag.run("--version").startswith("footnoted ")
    assert "type `rag index PATH`" in rag.run("index", status=1)
    assert "type `rag index`" in rag.run("ask", QUESTION, status=1)
    listed = rag.run("models", "list")
    shipped = {line.split()[1] for line in listed.splitlines() if " shipped " in line}
    assert shipped == {"reader", "reader-large", "questions"}, listed
    with rag.serve() as url:
        assert status_of(url, "failed") == {"status": "failed"}
        assert httpx.get(url).status_code == 200


def try_with_articles(rag: Installed) -> None:
    """Index, commands, question sets."""
    folder = rag.home / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert "2 articles" in rag.run("index", "articles")
    assert "Trusk" in rag.run("search", "bridge")
    assert "14 million crowns" in rag.run("ask", QUESTION)
    assert "erbatim" in rag.run("quote", "All of them were saved by the coast guard")
    rag.run("exam", "--n", "4", "--out", "exam")
    rag.run("eval", "exam/questions.jsonl", "--out", "scores")
    assert (rag.home / "scores" / "report.html").stat().st_size > 10_000
    assert "FAULT" not in rag.run("doctor")


def try_the_page(rag: Installed) -> None:
    """The page, what it loads, and every API."""
    with rag.serve("--apis", "api,mcp,openai") as url:
        assert status_of(url, "ready") == {"status": "ready"}
        page = httpx.get(url).text
        assert "Footnoted" in page
        body = {"model": "footnoted", "messages": [{"role": "user", "content": QUESTION}]}
        answer = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=120).json()
        assert "14 million crowns" in answer["choices"][0]["message"]["content"]
        hello = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-03-26",
                "capabilities": {},
                "clientInfo": {"name": "trial", "version": "1"},
            },
        }
        accept = {"accept": "application/json, text/event-stream"}
        mcp = httpx.post(f"{url}/gradio_api/mcp/", json=hello, headers=accept, timeout=60)
        assert mcp.status_code == 200 and "footnoted" in mcp.text.lower(), mcp.text
    say("the page, its health, chat completions, MCP")


def main() -> int:
    """Run the trial. Exit status 0; an assertion that fails says what did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.wheel", description=__doc__)
    default = Path(os.environ.get("RAG_MODELS") or Path.home() / ".cache" / "rag" / "models")
    parser.add_argument("--models", type=Path, default=default, help="folder with the weights")
    parser.add_argument("--prefix", type=Path, help="an environment that has it installed already")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="footnoted-wheel-"))
    try:
        prefix = options.prefix
        if prefix is None:
            wheel, prefix = build(folder), folder / "environment"
            say(f"{wheel.name}: {wheel.stat().st_size / 1e6:.0f} MB")
            install(wheel, prefix)
        (home := folder / "home").mkdir()
        rag = Installed(prefix, home, options.models)
        try_without_articles(rag)
        try_with_articles(rag)
        try_the_page(rag)
        sys.stdout.write(f"{json.dumps(sorted(each.name for each in home.iterdir()))}\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write("1 passed, 0 failed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
