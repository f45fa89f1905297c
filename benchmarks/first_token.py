"""How long the first token takes, in a new process and in a warm one; and what the model must do.

    python -m benchmarks.first_token [--model NAME] [--rounds N] [--only first|floor]

In:  the articles of `seeds/`, models that are pulled.
Out: two tables. First token: of the first question of a new process with nothing kept of the
     prompt's constant part, and with it kept on disk; of the same question in a process that has
     answered another; and where its passages were read before.
     Floor: tokens and bytes of one question, and the speed of the library alone, called as its
     manual says with the same file and options, beside that within `Assistant.ask`.

Only ratios carry to another machine, and those between rows of one run; all are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import rag.assistant
from benchmarks.common import ROOT, machine, middle, table, tuning_questions
from rag.assistant import Assistant
from rag.index.build import build_index
from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.models.llm.client import ModelClient
from rag.models.llm.engine import Engine
from rag.models.llm.local import LocalModel
from rag.models.registry import get_card, verify_model
from rag.settings import Settings
from rag.types import Answer, AnswerReady, DraftToken

QUESTION = "What did Kim call Putin?"
BEFORE = "Which company was in the news that the South beamed across the border?"  # elsewhere
WAYS = {  # what was asked before in the process; the first one finds nothing on disk
    "new process, nothing kept": (),
    "new process, constant parts kept on disk": (),
    "warm process": (BEFORE,),
    "warm process, passages read before": (BEFORE, QUESTION),
}


def opened(settings: Settings, states: str) -> Assistant:
    """An assistant that keeps states in a folder of the measurement's own."""
    rag.assistant.prefix_cache_dir = lambda card, models: states  # type: ignore[attr-defined]
    assistant = Assistant.open(settings)
    assistant.always_weigh = True  # the reading too, also of a model that nothing is fitted for
    return assistant


def in_new_process(settings: Settings, states: str, before: Sequence[str]) -> dict[str, Any]:
    """Ask in a process of its own, after the questions `before`; seconds, and the answer."""
    told = {"index": settings.index, "models": settings.models, "model": settings.model}
    names = {name: str(value) for name, value in told.items()}
    order = json.dumps({"states": states, "before": before, **names})
    command = [sys.executable, "-m", "benchmarks.first_token", "--worker", order]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def worker(order: dict[str, Any]) -> None:
    """The other end of `in_new_process`."""
    states, before = order.pop("states"), order.pop("before")
    begun = time.perf_counter()
    assistant = opened(Settings(**order), states)
    ready = time.perf_counter()
    assistant.model()
    loaded = time.perf_counter()
    for question in before:
        assistant.ask(question)
    answer, processor = asked(assistant)
    assistant.close()
    told = {
        "open": ready - begun,
        "load": loaded - ready,
        "first": answer.timings.first_token,
        "processor": processor,
        "check": answer.timings.check,
        "draft": [answer.draft, answer.signals],
    }
    print(json.dumps(told))


def asked(assistant: Assistant) -> tuple[Answer, float]:
    """The answer, and the processor's seconds up to its first token, here and in the child."""
    begun, used, answer = spent(assistant), 0.0, None
    for event in assistant.stream(QUESTION):
        if isinstance(event, DraftToken):
            used = used or spent(assistant) - begun
        elif isinstance(event, AnswerReady):
            answer = event.answer
    assert answer is not None
    return answer, used


def spent(assistant: Assistant) -> float:
    """Seconds of the processor; another program's load does not count. Linux; elsewhere nan."""
    model = assistant.model()
    assert isinstance(model, ModelClient)
    try:
        fields = Path(f"/proc/{model.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    child = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return child + time.process_time()


def first_tokens(settings: Settings, rounds: int) -> None:
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    size = 0
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for way, before in WAYS.items():
                runs[way].append(in_new_process(settings, f"{folder}/states/model", before))
                print(f"round {number + 1} of {rounds}: {way}", file=sys.stderr)
            size = sum(each.stat().st_size for each in Path(folder).rglob("*.state"))
    print(f"\nFirst token of {QUESTION!r}, medians of {rounds}\n")
    rows = []
    for way, told in runs.items():
        row: list[object] = [
            way,
            *(middle(run[name] for run in told) for name in ("load", "first")),
        ]
        for name in ("first", "processor", "check"):
            pairs = zip(told, runs["warm process"], strict=True)
            row.append(middle(run[name] / warm[name] for run, warm in pairs))
        rows.append(row)
    head = "process|load, s|first token, s|over a warm one|processor's time|reading"
    print(table(head.split("|"), rows))
    drafts = [run["draft"] for told in runs.values() for run in told]
    same = all(each == drafts[0] for each in drafts)
    print(f"\nAll {len(drafts)} drafts and signals equal: {same}. Kept: {size / 1e6:.0f} MB.")


def floor(settings: Settings, rounds: int) -> None:
    """Alternately within `Assistant.ask` and by the library alone, on the same prompt."""
    import llama_cpp

    path = verify_model(get_card(settings.model), settings.models)
    cores = os.cpu_count() or 1
    raw = llama_cpp.Llama(
        str(path), n_ctx=settings.context, n_batch=256, n_ubatch=256, n_threads=cores,
        n_threads_batch=cores, flash_attn=True, verbose=False,
    )  # fmt: skip
    local = LocalModel(Engine(raw, []), "chatml")  # for its tokeniser
    with tempfile.TemporaryDirectory() as folder:
        assistant = opened(settings, f"{folder}/states/model")
        seen: dict[str, Prompt] = {}
        inner = assistant.model()
        pieces: list[float] = []
        write, leaning = inner.generate, inner.logit_difference

        def writing(prompt: Prompt, **more: Any) -> Iterator[GeneratedToken]:
            seen["answer"] = prompt
            pieces[:] = [time.perf_counter()]
            for token in write(prompt, **more):
                if token.text:
                    pieces.append(time.perf_counter())
                yield token

        def reading(prompt: Prompt, *more: Any) -> float:
            seen["reading"] = prompt
            return leaning(prompt, *more)

        inner.generate, inner.logit_difference = writing, reading  # type: ignore[method-assign]
        assistant.ask(QUESTION)  # warm
        ours, alone = [], []
        for question in tuning_questions(rounds):  # passages that were not read before
            assistant.ask(question.question)
            prompt = seen["answer"]
            constant, rest = local._tokenised(prompt.prefix), local._tokenised(prompt.suffix)
            ours.append(speeds(pieces, len(rest)))
            raw.reset()
            raw.eval(constant)
            times = [time.perf_counter()]
            for _token in raw.generate([*constant, *rest], temp=0.0):
                times.append(time.perf_counter())
                if len(times) == len(pieces):
                    break
            alone.append(speeds(times, len(rest)))
        assistant.close()
    print("\nWhat one question takes\n\n| | constant | passages and question |\n|---|---|---|")
    for name, prompt in seen.items():
        kept, new = local._tokenised(prompt.prefix), local._tokenised(prompt.suffix)
        print(f"| {name}, tokens | {len(kept)} (restored) | {len(new)} |")
    weights = weights_read(path)
    print(f"\nWeights read per generated token: {weights / 1e6:.0f} MB.\n")
    print("| tokens a second | the library alone | within ask | ratio |\n|---|---|---|---|")
    for column, name in enumerate(("prompt", "generation")):
        a, b = middle(each[column] for each in alone), middle(each[column] for each in ours)
        ratio = middle(x[column] / y[column] for x, y in zip(ours, alone, strict=True))
        print(f"| {name} | {a:.1f} | {b:.1f} | {ratio:.2f} |")
    local.close()


def speeds(times: list[float], prompt: int) -> tuple[float, float]:
    """Tokens a second: of the prompt, of what follows; from the start and each token's time."""
    return prompt / (times[1] - times[0]), (len(times) - 2) / (times[-1] - times[1])


def weights_read(path: Path) -> int:
    """Bytes of all tensors but a table of embeddings that is no output head: one row is read."""
    sizes = tensors(path)
    table = sizes.get("token_embd.weight", 0) if "output.weight" in sizes else 0
    return sum(sizes.values()) - table


def tensors(path: Path) -> dict[str, int]:
    """Name and bytes of each tensor of a GGUF file, as its header tells."""
    with path.open("rb") as file:
        _, _, count, pairs = _take(file, "<4sIQQ")
        for _ in range(pairs):
            _text(file)
            _value(file, *_take(file, "<I"))
        starts = {}
        for _ in range(count):
            name = _text(file)
            (dimensions,) = _take(file, "<I")
            _take(file, f"<{dimensions}QI")
            starts[name] = _take(file, "<Q")[0]
        body = (file.tell() + 31) // 32 * 32
    ends = [*sorted(starts.values())[1:], path.stat().st_size - body]
    size = {start: end - start for start, end in zip(sorted(starts.values()), ends, strict=True)}
    return {name: size[start] for name, start in starts.items()}


def _take(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _text(file: BinaryIO) -> str:
    return file.read(_take(file, "<Q")[0]).decode()


def _value(file: BinaryIO, kind: int) -> None:
    """Skip a value: 8 is text, 9 a list, the others numbers."""
    if kind == 8:
        _text(file)
    elif kind == 9:
        inner, count = _take(file, "<IQ")
        for _ in range(count):
            _value(file, inner)
    else:
        file.read((1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8)[kind])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_token")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("first", "floor"), help="one of the two tables")
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker)
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = replace(Settings.load(), model=options.model, corpus=ROOT / "seeds")
        settings = replace(plain, index=Path(folder) / "index")
        build_index(settings)
        print(f"{settings.model}; {machine()}")
        if options.only != "floor":
            first_tokens(settings, options.rounds)
        if options.only != "first":
            floor(settings, options.rounds)


if __name__ == "__main__":
    main()
