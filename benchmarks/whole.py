"""Whole answers: ours, the naive way, and a peer that a person would pick.

    python -m benchmarks.whole [--model NAME] [--questions N] [--environment FOLDER]

In:  questions on `seeds/` of the tuning half; a model that is pulled; the package index, for the
     peer's environment (made in FOLDER where it is not there).
Out: for each question, and at the median, seconds to the first token and to the end, and the
     processor's seconds, of each way.
     ours: `Assistant.ask`, warm, with the check of the draft; and the same where the passages
     were read ahead, as in the web chat while nobody asks. naive: the same prompt as one text,
     processed anew each time by `llama_cpp.Llama` as it comes, without a check. peer:
     `benchmarks.peer`. All with the same model file and build of llama.cpp.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.common import ROOT, machine, middle, table, tuning_questions
from benchmarks.first_token import opened, spent
from rag.assistant import Assistant
from rag.index.build import build_index
from rag.models.registry import get_card, verify_model
from rag.prompts.templates import answer_prompt
from rag.settings import Settings
from rag.types import AnswerReady, DraftToken

PEER = "llama-index-core>=0.14,<0.15"


class Told(NamedTuple):
    """An answer; seconds to its first token (nan: not told) and end; the processor's seconds."""

    text: str
    first: float
    whole: float
    processor: float


def environment(folder: Path) -> Path:
    """The interpreter of the peer's environment, which sees what is installed here too."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        (site,) = folder.glob("lib/python*/site-packages")
        here = next(each for each in sys.path if each.endswith("site-packages"))
        (site / "zz-footnoted.pth").write_text(here)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PEER], check=True)
    return python


def ours(assistant: Assistant, questions: list[str]) -> list[Told]:
    assistant.warm_up()
    told = []
    for question in questions:
        wall, cpu, first, text = time.perf_counter(), spent(assistant), math.nan, ""
        for event in assistant.stream(question):
            if isinstance(event, DraftToken) and math.isnan(first):
                first = time.perf_counter() - wall
            elif isinstance(event, AnswerReady):
                text = event.answer.text
        told.append(Told(text, first, time.perf_counter() - wall, spent(assistant) - cpu))
        print(f"ours: {told[-1]}", file=sys.stderr, flush=True)
    return told


def naive(assistant: Assistant, questions: list[str]) -> list[Told]:
    import llama_cpp

    settings = assistant.settings
    path = verify_model(get_card(settings.model), settings.models)
    llama: Any = llama_cpp.Llama(str(path), n_ctx=settings.context, verbose=False)
    told = []
    for question in questions:
        wall, cpu = time.perf_counter(), time.process_time()
        texts = [hit.passage.text for hit in assistant.search(question)[::-1]]
        asked = answer_prompt("chatml", question, texts)
        prompt = "".join(piece.text for piece in (*asked.prefix, *asked.suffix))
        llama.reset()  # else it would keep what it can of the last prompt
        first, text = math.nan, ""
        for made in llama.create_completion(
            prompt, max_tokens=settings.max_tokens, temperature=0.0, stop=["\n"], stream=True
        ):
            first = time.perf_counter() - wall if math.isnan(first) else first
            text += made["choices"][0]["text"]
        told.append(Told(text, first, time.perf_counter() - wall, time.process_time() - cpu))
        print(f"naive: {told[-1]}", file=sys.stderr, flush=True)
    llama.close()
    return told


def peer(settings: Settings, python: Path, questions: list[str]) -> list[Told]:
    order = {
        "gguf": str(verify_model(get_card(settings.model), settings.models)),
        "embedder": str(verify_model(get_card(settings.embedder), settings.models)),
        "corpus": str(settings.corpus),
        "questions": questions,
    }
    done = subprocess.run(
        [str(python), "-m", "benchmarks.peer", json.dumps(order)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    every = json.loads(done.stdout.splitlines()[-1])
    return [Told(text, math.nan, wall, cpu) for text, wall, cpu in every]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--environment", type=Path, default=ROOT / ".rag" / "peer")
    options = parser.parse_args()
    python = environment(options.environment)
    questions = [each.question for each in tuning_questions(options.questions)]
    told: dict[str, list[Told]] = {}
    with tempfile.TemporaryDirectory() as folder:
        plain = replace(Settings.load(), model=options.model, corpus=ROOT / "seeds")
        settings = replace(plain, index=Path(folder) / "index")
        build_index(settings)
        assistant = opened(settings, f"{folder}/states/model")
        told["ours"] = ours(assistant, questions)
        begun = time.perf_counter()
        passages = sum(1 for _ in assistant.prefill(lambda: False))
        ahead = time.perf_counter() - begun
        told["ours, passages read ahead"] = ours(assistant, questions)
        told["naive"] = naive(assistant, questions)
        assistant.close()
        told["peer"] = peer(settings, python, questions)
    print(f"{settings.model}; {machine()}; {passages} passages read ahead in {ahead:.0f} s\n")
    rows = []
    for name, run in told.items():
        row: list[object] = [name]
        for column in ("first", "whole", "processor"):
            pairs = [
                (getattr(a, column), getattr(b, column))
                for a, b in zip(told["ours"], run, strict=True)
            ]
            row += [middle(theirs for _, theirs in pairs), middle(a / b for a, b in pairs)]
        rows.append(["not told" if str(cell) == "nan" else cell for cell in row])
    head = "way|first token, s|ours over it|whole answer, s|ours over it|processor, s|ours over it"
    print(table(head.split("|"), rows))


if __name__ == "__main__":
    main()
