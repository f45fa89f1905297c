"""The time to the first token, in a new process and in a warm one; and what the model must do.

    python -m benchmarks.first_token [--model NAME] [--rounds N] [--only first|floor]

In:  the articles of `seeds/`, models that are pulled.
Out: two tables. First token: of the first question of a new process with an empty prompt-prefix
     cache, and with the cache on disk; of the same question in a process that has answered
     another; and in one that has processed its passages before.
     Floor: tokens and bytes of one question, and the speed of the library alone, called as its
     manual says with the same file and options, beside that within `Assistant.ask`.

Only ratios between rows of one run carry to another machine; all values are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.common import (
    VERIFY,
    describe_machine,
    markdown_table,
    open_assistant,
    processor_seconds,
    run_in_new_process,
    temporary_index,
    tuning_questions,
)
from benchmarks.gguf import bytes_per_token
from rag.assistant import Assistant
from rag.models.llm.base import GeneratedToken, LanguageModel
from rag.models.llm.chat_template import Prompt
from rag.models.llm.engine import Engine
from rag.models.llm.local import LocalModel
from rag.models.registry import get_card, verify_model
from rag.settings import Settings
from rag.types import Answer, AnswerReady, DraftToken

QUESTION = "What did Kim call Putin?"
OTHER_QUESTION = "Which company was in the news that the South beamed across the border?"
PROCESSES = {  # what the process has answered before; the first one finds no cache on disk
    "new process, empty cache": (),
    "new process, prompt prefixes cached on disk": (),
    "warm process": (OTHER_QUESTION,),
    "warm process, passages processed before": (OTHER_QUESTION, QUESTION),
}


def measure_process(settings: Settings, cache: str, earlier: Sequence[str]) -> dict[str, Any]:
    """Ask in a new process, after the questions `earlier`: seconds, and the answer's draft."""
    names = {name: str(getattr(settings, name)) for name in ("index", "models", "model")}
    job = {"cache": cache, "earlier": earlier, **names}
    return run_in_new_process("benchmarks.first_token", job)


def worker(job: dict[str, Any]) -> None:
    """The other end of `measure_process`."""
    cache, earlier = job.pop("cache"), job.pop("earlier")
    started = time.perf_counter()
    assistant = open_assistant(Settings(**job), cache)
    opened = time.perf_counter()
    assistant.model()
    loaded = time.perf_counter()
    for question in earlier:
        assistant.ask(question, verify=VERIFY)
    answer, processor = ask(assistant)
    assistant.close()
    result = {
        "open": opened - started,
        "load": loaded - opened,
        "first": answer.timings.first_token,
        "processor": processor,
        "check": answer.timings.check,
        "draft": [answer.draft, dict(answer.signals)],
    }
    print(json.dumps(result))


def ask(assistant: Assistant) -> tuple[Answer, float]:
    """The answer, and the processor seconds up to its first token, here and in the model."""
    started, seconds, answer = processor_seconds(assistant), 0.0, None
    for event in assistant.stream(QUESTION, verify=VERIFY):
        if isinstance(event, DraftToken):
            seconds = seconds or processor_seconds(assistant) - started
        elif isinstance(event, AnswerReady):
            answer = event.answer
    assert answer is not None
    return answer, seconds


def print_first_tokens(settings: Settings, rounds: int) -> None:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in PROCESSES}
    size = 0
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for name, earlier in PROCESSES.items():
                runs[name].append(measure_process(settings, f"{folder}/states/model", earlier))
                print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            size = sum(each.stat().st_size for each in Path(folder).rglob("*.state"))
    print(f"\nFirst token of {QUESTION!r}, medians of {rounds}\n")
    rows = []
    for name, own in runs.items():
        row: list[object] = [name, *(median(run[key] for run in own) for key in ("load", "first"))]
        for key in ("first", "processor", "check"):
            pairs = zip(own, runs["warm process"], strict=True)
            row.append(median(run[key] / warm[key] for run, warm in pairs))
        rows.append(row)
    head = "process|load, s|first token, s|over a warm one|processor time|verification"
    print(markdown_table(head.split("|"), rows))
    drafts = [run["draft"] for own in runs.values() for run in own]
    same = all(each == drafts[0] for each in drafts)
    print(f"\nAll {len(drafts)} drafts and signals equal: {same}. Cache: {size / 1e6:.0f} MB.")


@dataclass
class RecordingModel:
    """Passes calls on to `model`; records its last prompts, and the times of its last tokens."""

    model: LanguageModel
    prompts: dict[str, Prompt] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def generate(self, prompt: Prompt, **options: Any) -> Generator[GeneratedToken]:
        self.prompts["answer"] = prompt
        self.times[:] = [time.perf_counter()]
        for token in self.model.generate(prompt, **options):
            if token.text:
                self.times.append(time.perf_counter())
            yield token

    def logit_difference(self, prompt: Prompt, *words: str, **options: Any) -> float | None:
        self.prompts["verification"] = prompt
        return self.model.logit_difference(prompt, *words, **options)


def print_floor(settings: Settings, rounds: int) -> None:
    """In turn within `Assistant.ask` and by the library alone, on the same prompt."""
    import llama_cpp

    path = verify_model(get_card(settings.model), settings.models)
    cores = os.cpu_count() or 1
    llama = llama_cpp.Llama(
        str(path), n_ctx=settings.context, n_batch=256, n_ubatch=256, n_threads=cores,
        n_threads_batch=cores, flash_attn=True, verbose=False,
    )  # fmt: skip
    local = LocalModel(Engine(llama, []), "chatml")  # for its tokenizer
    assistant = open_assistant(settings)
    recorder = RecordingModel(assistant.model())
    assistant._models.model = recorder  # type: ignore[assignment]
    assistant.ask(QUESTION, verify=VERIFY)  # warm
    ours, alone = [], []
    for question in tuning_questions(rounds):  # with passages that were not processed before
        assistant.ask(question.question, verify=VERIFY)
        prompt = recorder.prompts["answer"]
        prefix, suffix = local._tokenize(prompt.prefix), local._tokenize(prompt.suffix)
        ours.append(tokens_per_second(recorder.times, len(suffix)))
        llama.reset()
        llama.eval(prefix)
        times = [time.perf_counter()]
        for _token in llama.generate([*prefix, *suffix], temp=0.0):
            times.append(time.perf_counter())
            if len(times) == len(recorder.times):
                break
        alone.append(tokens_per_second(times, len(suffix)))
    assistant.close()
    print("\nWhat one question takes\n")
    rows: list[list[object]] = []
    for name, prompt in recorder.prompts.items():
        prefix, suffix = local._tokenize(prompt.prefix), local._tokenize(prompt.suffix)
        rows.append([f"{name}, tokens", f"{len(prefix)} (restored)", len(suffix)])
    print(markdown_table(["", "prompt prefix", "passages and question"], rows))
    print(f"\nWeights read per generated token: {bytes_per_token(path) / 1e6:.0f} MB.\n")
    rows = []
    for column, name in enumerate(("prompt", "generation")):
        ratios = (a[column] / b[column] for a, b in zip(ours, alone, strict=True))
        speeds = [median(each[column] for each in system) for system in (alone, ours)]
        rows.append([name, *(f"{speed:.1f}" for speed in speeds), median(ratios)])
    print(markdown_table(["tokens per second", "the library alone", "within ask", "ratio"], rows))
    local.close()


def tokens_per_second(times: list[float], prompt: int) -> tuple[float, float]:
    """Of the prompt and of the generation, from the time of the start and of each token."""
    return prompt / (times[1] - times[0]), (len(times) - 2) / (times[-1] - times[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_token", description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("first", "floor"), help="one of the two tables")
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker)
        return
    with temporary_index(model=options.model) as settings:
        print(f"{settings.model}; {describe_machine()}")
        if options.only != "floor":
            print_first_tokens(settings, options.rounds)
        if options.only != "first":
            print_floor(settings, options.rounds)


if __name__ == "__main__":
    main()
