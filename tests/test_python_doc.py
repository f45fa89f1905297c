"""The examples of docs/python.md run as they stand, with real models."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
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
    settings = replace(real_settings, model="smollm2-135m", reader="reader", max_tokens=40)
    names = ("corpus", "index", "models", "model", "reader", "max_tokens")
    values = {f"RAG_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**os.environ, **values, "PYTHONPATH": str(ROOT)}


# All examples in one process, as in a notebook; each with names of its own.
_RUN_ALL = """
import json, sys
for number, example in enumerate(json.load(sys.stdin)):
    print(f"<<{number}>>")
    exec(compile(example, f"example {number}", "exec"), {"__name__": "__main__"})
"""


@pytest.fixture(scope="module")
def lines_of(environment: dict[str, str]) -> Callable[[str], list[str]]:
    """What the one example that has a given part prints."""
    examples = [each for each in EXAMPLES if "multiprocessing" not in each]
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", _RUN_ALL],
        env=environment,
        input=json.dumps(examples),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    _, *printed = re.split(r"^<<\d+>>\n", done.stdout, flags=re.MULTILINE)

    def lines(part: str) -> list[str]:
        (result,) = (text for each, text in zip(examples, printed, strict=True) if part in each)
        return result.splitlines()

    return lines


def test_the_first_example_prints_the_answer_and_its_citations(
    lines_of: Callable[[str], list[str]],
) -> None:
    text, *citations = lines_of('since="2024")')
    assert EXPECTED in text and text.endswith("[1]")
    assert citations[0].startswith("1 ") and EXPECTED in citations[0]


def test_the_example_of_an_assistant_closes_it(lines_of: Callable[[str], list[str]]) -> None:
    text, counts = lines_of("assistant.counts")
    assert EXPECTED in text
    assert counts.startswith("(5, ")


def test_the_example_of_events_prints_what_the_page_says(
    lines_of: Callable[[str], list[str]],
) -> None:
    printed = lines_of("case rag.DraftToken")
    kinds = list(dict.fromkeys(line.partition(":")[0] for line in printed))
    shown = DOC.split("prints\n\n```\n")[1].split("```")[0].splitlines()
    assert kinds == list(dict.fromkeys(line.partition(":")[0] for line in shown if ":" in line))
    assert kinds == ["retrieved", "evidence", "draft", "answer"]
    assert printed[0] == shown[0]
    assert printed[1].startswith(shown[1].removesuffix(" …"))
    assert printed[2] == shown[2]
    assert EXPECTED in printed[-1]


def test_the_example_of_asyncio_answers_both_and_leaves_the_third(
    lines_of: Callable[[str], list[str]],
) -> None:
    first, second, third = lines_of("asyncio.gather")
    assert EXPECTED in first
    assert second.startswith("There are 5 articles")
    assert third == "too late"


def test_the_example_of_processes_answers_in_another(
    environment: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "processes.py"  # spawn runs the file again
    (program,) = (each for each in EXAMPLES if "multiprocessing" in each)
    script.write_text(program, encoding="utf-8")
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


def test_the_example_of_langchain_prints_passages(lines_of: Callable[[str], list[str]]) -> None:
    assert EXPECTED in "".join(lines_of("integrations.langchain"))


def test_the_example_of_llama_index_prints_the_answer_and_its_sources(
    lines_of: Callable[[str], list[str]],
) -> None:
    text, *sources, count = lines_of("integrations.llama_index")
    assert EXPECTED in text and text.endswith("[1]")
    assert sources[0].startswith("1 ") and EXPECTED in "".join(sources)
    assert count == "3"


def test_the_example_of_a_search_finds_passages_with_the_phrase(
    lines_of: Callable[[str], list[str]],
) -> None:
    *passages, count = lines_of("rag.search('")
    assert any("North Korea" in line for line in passages)
    assert not any("Seoul" in line for line in passages)
    assert int(count) > 0
