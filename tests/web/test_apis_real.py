"""`rag serve --programs` as it is started, with a small real model: the examples of the docs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import httpx
import pytest
from gradio_client import Client
from openai import OpenAI

from benchmarks.common import free_port
from rag.settings import Settings
from tests.conftest import ROOT

pytestmark = pytest.mark.real

DOC = (ROOT / "docs" / "programs.md").read_text()
QUESTION = "What did Kim call Putin?"
SMALL = "smollm2-135m"


@dataclass
class Served:
    url: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def served(real_settings: Settings) -> Iterator[Served]:
    settings = replace(real_settings, model=SMALL, reader="reader", max_tokens=16)
    names = ("corpus", "index", "models", "model", "reader", "max_tokens")
    environment = {
        **os.environ,
        **{f"RAG_{name.upper()}": str(getattr(settings, name)) for name in names},
    }
    port = free_port()
    command = [sys.executable, "-m", "rag", "serve", "--port", str(port)]
    command += ["--programs", "api,mcp,openai"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE) as child:
        try:
            url = f"http://127.0.0.1:{port}"
            end = time.monotonic() + 300
            while not _is_ready(url):
                assert child.poll() is None and time.monotonic() < end
                time.sleep(0.5)
            yield Served(url, environment)
        finally:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=60)
    assert child.returncode == 0


def _is_ready(url: str) -> bool:
    body = {"model": "footnoted", "messages": [{"role": "user", "content": QUESTION}]}
    try:
        return httpx.post(f"{url}/v1/chat/completions", json=body, timeout=300).status_code == 200
    except httpx.TransportError:
        return False


@cache
def gradio_answer(url: str, since: str = "") -> dict[str, Any]:
    """What Gradio's client gets."""
    client = Client(url, verbose=False, analytics_enabled=False)
    answer: dict[str, Any] = client.predict(QUESTION, since=since, api_name="/answer")
    return answer


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "timings"}


def test_every_api_returns_the_object_of_rag_ask_json(served: Served) -> None:
    command = [sys.executable, "-m", "rag", "ask", "--json", QUESTION]
    done = subprocess.run(
        command, env=served.environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    printed = timeless(json.loads(done.stdout))
    answer = gradio_answer(served.url)
    assert timeless(answer) == printed
    assert list(answer) == list(json.loads(done.stdout))  # the order of the fields, too
    openai = OpenAI(base_url=f"{served.url}/v1", api_key="none")
    completed: Any = openai.chat.completions.create(
        model="footnoted", messages=[{"role": "user", "content": QUESTION}]
    )
    assert timeless(completed.footnoted) == printed
    assert completed.choices[0].message.content == printed["text"]


def test_the_docs_name_every_field_of_an_answer(served: Served) -> None:
    table = DOC.split("## The answer")[1].split("## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(gradio_answer(served.url))
    cited = re.search(r"\| `citations` \| (.*?);", table)
    assert cited
    named = set(re.findall(r"`(\w+)`", cited[1]))
    fields = {"number", "article", "title", "source", "published", "url", "quote", "start", "end"}
    assert named == fields - {"start", "end"}


PYTHON = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)


@pytest.mark.parametrize("example", PYTHON, ids=range(len(PYTHON)))
def test_the_examples_of_the_docs_run(served: Served, example: str) -> None:
    assert "http://127.0.0.1:7860" in example
    program = example.replace("http://127.0.0.1:7860", served.url)
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    answer = gradio_answer(served.url, "2024" if "2024" in example else "")
    assert answer["text"] in done.stdout
    if "citation" in example:
        assert all(each["quote"] in done.stdout for each in answer["citations"])


def test_the_docs_have_an_example_of_each_client() -> None:
    for library in ("gradio_client", "mcp", "openai"):
        assert any(f"from {library} import" in each for each in PYTHON)


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_the_curl_example_of_the_docs_runs(served: Served) -> None:
    (example,) = re.findall(r"```\n(curl .*?)```", DOC, re.DOTALL)
    done = subprocess.run(
        ["bash", "-c", example.replace("http://127.0.0.1:7860", served.url)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert json.loads(done.stdout)["footnoted"]["question"] == QUESTION
