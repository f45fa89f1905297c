"""Whole answers: ours, a naive script, and a peer that a person would pick.

    python -m benchmarks.whole [--model NAME] [--questions N] [--environment FOLDER]

In:  questions on `seeds/` of the tuning half; a model that is pulled; the package index, for the
     peer's environment (made in FOLDER where it is not there).
Out: for each system, at the median of the questions, seconds to the first token and to the end,
     and processor seconds.
     ours: `Assistant.ask`, warm, with the check of the draft; and the same where the passages
     were prefilled, as the web chat does while nobody asks. naive: the same prompt as one text,
     processed from its start each time by `llama_cpp.Llama` with its defaults, without a check.
     peer: `benchmarks.peer`. All with the same model file and build of llama.cpp.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.common import (
    ROOT,
    VERIFY,
    describe_machine,
    markdown_table,
    open_assistant,
    processor_seconds,
    temporary_index,
    tuning_questions,
)
from rag.assistant import Assistant
from rag.models.registry import get_card, verify_model
from rag.prompts.templates import answer_prompt
from rag.settings import Settings
from rag.types import AnswerReady, DraftToken

PEER = "llama-index-core>=0.14,<0.15"


class TimedAnswer(NamedTuple):
    """An answer; seconds to its first token (nan: unknown) and to its end; processor seconds."""

    text: str
    first_token: float
    total: float
    processor: float


def peer_python(folder: Path) -> Path:
    """The interpreter of the peer's environment, which sees what is installed here too."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        (site,) = folder.glob("lib/python*/site-packages")
        here = next(each for each in sys.path if each.endswith("site-packages"))
        (site / "zz-footnoted.pth").write_text(here)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PEER], check=True)
    return python


def ask_ours(assistant: Assistant, questions: list[str]) -> list[TimedAnswer]:
    assistant.warm_up(VERIFY)
    answers = []
    for question in questions:
        wall, cpu = time.perf_counter(), processor_seconds(assistant)
        first_token, text = math.nan, ""
        for event in assistant.stream(question, verify=VERIFY):
            if isinstance(event, DraftToken) and math.isnan(first_token):
                first_token = time.perf_counter() - wall
            elif isinstance(event, AnswerReady):
                text = event.answer.text
        wall, cpu = time.perf_counter() - wall, processor_seconds(assistant) - cpu
        answers.append(TimedAnswer(text, first_token, wall, cpu))
        print(f"ours: {answers[-1]}", file=sys.stderr, flush=True)
    return answers


def ask_naive(assistant: Assistant, questions: list[str]) -> list[TimedAnswer]:
    import llama_cpp

    settings = assistant.settings
    path = verify_model(get_card(settings.model), settings.models)
    llama: Any = llama_cpp.Llama(str(path), n_ctx=settings.context, verbose=False)
    answers = []
    for question in questions:
        wall, cpu = time.perf_counter(), time.process_time()
        passages = [hit.passage.text for hit in assistant.search(question)[::-1]]
        segments = answer_prompt("chatml", question, passages)
        prompt = "".join(each.text for each in (*segments.prefix, *segments.suffix))
        llama.reset()  # else it would reuse what it can of the last prompt
        first_token, text = math.nan, ""
        for chunk in llama.create_completion(
            prompt, max_tokens=settings.max_tokens, temperature=0.0, stop=["\n"], stream=True
        ):
            if math.isnan(first_token):
                first_token = time.perf_counter() - wall
            text += chunk["choices"][0]["text"]
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        answers.append(TimedAnswer(text, first_token, wall, cpu))
        print(f"naive: {answers[-1]}", file=sys.stderr, flush=True)
    llama.close()
    return answers


def ask_peer(settings: Settings, python: Path, questions: list[str]) -> list[TimedAnswer]:
    job = {
        "gguf": str(verify_model(get_card(settings.model), settings.models)),
        "embedder": str(verify_model(get_card(settings.embedder), settings.models)),
        "corpus": str(settings.corpus),
        "questions": questions,
    }
    done = subprocess.run(
        [str(python), "-m", "benchmarks.peer", json.dumps(job)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    answers = json.loads(done.stdout.splitlines()[-1])
    return [TimedAnswer(text, math.nan, wall, cpu) for text, wall, cpu in answers]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole", description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--environment", type=Path, default=ROOT / ".rag" / "peer")
    options = parser.parse_args()
    python = peer_python(options.environment)
    questions = [each.question for each in tuning_questions(options.questions)]
    answers: dict[str, list[TimedAnswer]] = {}
    with temporary_index(model=options.model) as settings:
        assistant = open_assistant(settings)
        answers["ours"] = ask_ours(assistant, questions)
        started = time.perf_counter()
        passages = sum(1 for _ in assistant.prefill(lambda: False))
        prefill = time.perf_counter() - started
        answers["ours, passages prefilled"] = ask_ours(assistant, questions)
        answers["naive"] = ask_naive(assistant, questions)
        assistant.close()
        answers["peer"] = ask_peer(settings, python, questions)
    machine = describe_machine()
    print(f"{settings.model}; {machine}; {passages} passages prefilled in {prefill:.0f} s\n")
    rows = []
    for name, own in answers.items():
        row: list[object] = [name]
        for column in ("first_token", "total", "processor"):
            pairs = [
                (getattr(a, column), getattr(b, column))
                for a, b in zip(answers["ours"], own, strict=True)
            ]
            row += [median(theirs for _, theirs in pairs), median(a / b for a, b in pairs)]
        rows.append(["unknown" if str(cell) == "nan" else cell for cell in row])
    head = (
        "system|first token, s|ours over it|whole answer, s|ours over it|processor, s|ours over it"
    )
    print(markdown_table(head.split("|"), rows))


if __name__ == "__main__":
    main()
