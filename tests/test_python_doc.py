"""The examples of docs/python.md run as they stand, with real models."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.settings import Settings
from tests.conftest import ROOT

pytestmark = pytest.mark.real

DOC = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
EXPECTED = "closest comrade"


@pytest.fixture(scope="module")
def environment(real_settings: Settings) -> dict[str, str]:
    settings = replace(real_settings, model="smollm2-135m", reader="reader")
    names = ("corpus", "index", "models", "model", "reader")
    values = {f"RAG_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**os.environ, **values, "PYTHONPATH": str(ROOT)}


def example(part: str) -> str:
    """The one example that has `part`."""
    (result,) = (each for each in EXAMPLES if part in each)
    return result


def lines_of(program: str, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", program],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_first_example_prints_the_answer_and_its_citations(
    environment: dict[str, str],
) -> None:
    text, *citations = lines_of(example('since="2024")'), environment)
    assert EXPECTED in text and text.endswith("[1]")
    assert citations[0].startswith("1 ") and EXPECTED in citations[0]


def test_the_example_of_an_assistant_closes_it(environment: dict[str, str]) -> None:
    text, counts = lines_of(example("assistant.counts"), environment)
    assert EXPECTED in text
    assert counts.startswith("(5, ")


def test_the_example_of_events_prints_what_the_page_says(environment: dict[str, str]) -> None:
    printed = lines_of(example("case rag.DraftToken"), environment)
    kinds = list(dict.fromkeys(line.partition(":")[0] for line in printed))
    shown = DOC.split("prints\n\n```\n")[1].split("```")[0].splitlines()
    assert kinds == list(dict.fromkeys(line.partition(":")[0] for line in shown if ":" in line))
    assert kinds == ["retrieved", "evidence", "draft", "answer"]
    assert printed[0] == shown[0]
    assert printed[1].startswith(shown[1].removesuffix(" …"))
    assert printed[2] == shown[2]
    assert EXPECTED in printed[-1]


def test_the_example_of_asyncio_answers_both_and_leaves_the_third(
    environment: dict[str, str],
) -> None:
    first, second, third = lines_of(example("asyncio.gather"), environment)
    assert EXPECTED in first
    assert second.startswith("There are 5 articles")
    assert third == "too late"


def test_the_example_of_processes_answers_in_another(
    environment: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "processes.py"  # spawn runs the file again
    script.write_text(example("multiprocessing"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "Kim" in done.stdout or "Putin" in done.stdout


def test_the_example_of_langchain_prints_passages(environment: dict[str, str]) -> None:
    assert EXPECTED in "".join(lines_of(example("integrations.langchain"), environment))


def test_the_example_of_llama_index_prints_the_answer_and_its_sources(
    environment: dict[str, str],
) -> None:
    text, *sources, count = lines_of(example("integrations.llama_index"), environment)
    assert EXPECTED in text and text.endswith("[1]")
    assert sources[0].startswith("1 ") and EXPECTED in "".join(sources)
    assert count == "3"


def test_the_example_of_a_search_finds_passages_with_the_phrase(
    environment: dict[str, str],
) -> None:
    *passages, count = lines_of(example("rag.search('"), environment)
    assert any("North Korea" in line for line in passages)
    assert not any("Seoul" in line for line in passages)
    assert int(count) > 0
