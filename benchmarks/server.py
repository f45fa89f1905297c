"""A language model server beside the local model: the same answers, and several clients at once.

    python -m benchmarks.server same    [--limit N] [--model NAME]
    python -m benchmarks.server clients [--limit N] [--model NAME] [--clients 8]
                                        [--corpus PATH --questions FILE]

In:  questions on `seeds/`, or on the articles in PATH, of the tuning half, half of them without an
     answer in `same`; a model that is pulled; the server in RAG_LLM_URL, which has to run that
     model under that name, else `llama_cpp.server`, started here.
Out: `same`: for how many questions verdict, citations and text are those of the local model, and
     how each other one differs. `clients`: all ask at once, first a question each that is not
     measured; answers per minute, errors by kind and seconds per answer, through the local queue
     and through the server.

`llama_cpp.server` answers one request at a time; a server of two slots is `llama-server -np 2`.
The 24 questions on `seeds/` share 37 passages, which the local model reads once and a server again
and again; questions on a collection of usual size share few.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.common import (
    ROOT,
    describe_machine,
    free_port,
    markdown_table,
    open_assistant,
    temporary_index,
)
from rag.assistant import Assistant
from rag.errors import RagError
from rag.evaluation.dataset import EvalQuestion, read_questions, select
from rag.models.registry import get_card, verify_model
from rag.settings import Settings
from rag.types import Answer

_START_SECONDS = 300.0


@contextmanager
def llama_cpp_server(path: Path, name: str, context: int = 4096, key: str = "") -> Iterator[str]:
    """The address of a `llama_cpp.server` with the model in `path`, under `name`.

    Raises:
        RuntimeError: it did not start; with the end of what it printed.
    """
    port = free_port()
    flags = {
        "model": path,
        "model_alias": name,
        "host": "127.0.0.1",
        "port": port,
        "n_ctx": context,
        "logits_all": "true",  # without it there are no log-probabilities
        "interrupt_requests": "false",  # else each request ends the one before
        **({"api_key": key} if key else {}),
    }
    command = [sys.executable, "-m", "llama_cpp.server"]
    command += [str(part) for flag, value in flags.items() for part in (f"--{flag}", value)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output: list[str] = []
    threading.Thread(target=lambda: output.extend(process.stdout or ()), daemon=True).start()
    try:
        _await_start(process, f"http://127.0.0.1:{port}/v1/models", output)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_start(process: subprocess.Popen[str], url: str, output: Sequence[str]) -> None:
    limit = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < limit:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return  # it wants a key
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("llama_cpp.server did not start:\n" + "".join(output[-20:]))


@contextmanager
def both(model: str, corpus: Path) -> Iterator[tuple[Settings, Settings]]:
    """Settings over `corpus` with the local model, and with the same on a server."""
    with temporary_index(corpus, model=model, llm_url="", llm_model="", llm_key="") as settings:
        outside = Settings.load()
        named = replace(settings, llm_model=outside.llm_model or model, llm_key=outside.llm_key)
        if outside.llm_url:
            yield settings, replace(named, llm_url=outside.llm_url)
            return
        path = verify_model(get_card(model), settings.models)
        with llama_cpp_server(path, named.llm_model, settings.context) as url:
            yield settings, replace(named, llm_url=url)


def choose(questions: Path, limit: int, *, answerable_alone: bool) -> list[EvalQuestion]:
    every = read_questions(questions)
    wanted = [each for each in every if each.answerable or not answerable_alone]
    return select(wanted, split="tuning", sample=limit)


def verdict(answer: Answer) -> str:
    """Whether it was refused and why, or what is cited."""
    if answer.abstained:
        return f"refused ({answer.reason})"
    return ", ".join(f"{each.article} {each.start}-{each.end}" for each in answer.citations)


def compare(options: argparse.Namespace) -> None:
    with both(options.model, options.corpus) as (local, server):
        chosen = choose(options.questions, options.limit, answerable_alone=False)
        answers: list[list[Answer | RagError]] = []
        for settings in (local, server):
            assistant = open_assistant(settings)
            answers.append([_ask(assistant, each.question) for each in chosen])
            assistant.close()
    same_verdict = same_text = 0
    for question, here, there in zip(chosen, *answers, strict=True):
        if isinstance(here, RagError) or isinstance(there, RagError):
            print(f"- {question.question}\n  here: {here}\n  server: {there}")
            continue
        is_same = verdict(here) == verdict(there)
        same_verdict += is_same
        same_text += here.text == there.text
        if not is_same:
            print(f"- {question.question}")
            for place, answer in (("here", here), ("server", there)):
                print(f"  {place}: {verdict(answer)}; draft: {answer.draft!r}; {answer.signals}")
    print(f"\n{options.model}; {describe_machine()}\n")
    print(f"same verdict and citations: {same_verdict} of {len(chosen)}; same text: {same_text}")


def _ask(assistant: Assistant, question: str) -> Answer | RagError:
    try:
        return assistant.ask(question)
    except RagError as error:
        return error


def measure(options: argparse.Namespace) -> None:
    wanted = options.limit + options.clients
    chosen = choose(options.questions, wanted, answerable_alone=True)
    texts = [each.question for each in chosen]
    texts, others = texts[: options.limit], texts[options.limit :]
    rows = []
    with both(options.model, options.corpus) as both_settings:
        for name, settings in zip(("local queue", "server"), both_settings, strict=True):
            assistant = open_assistant(settings)
            assistant.warm_up()
            _ask_at_once(assistant, others, options.clients)  # each slot reads the examples once
            rows.append([name, *_ask_at_once(assistant, texts, options.clients)])
            assistant.close()
    print(f"{options.model}, {options.clients} clients; {describe_machine()}\n")
    head = ["", "questions", "answers per minute", "errors", "seconds: least, median, most"]
    print(markdown_table(head, rows))


def _ask_at_once(assistant: Assistant, texts: list[str], clients: int) -> list[object]:
    seconds: list[float] = []
    errors: Counter[str] = Counter()
    left, lock = iter(texts), threading.Lock()

    def client() -> None:
        while True:
            with lock:
                question = next(left, None)
            if question is None:
                return
            started = time.perf_counter()
            outcome = _ask(assistant, question)
            with lock:
                if isinstance(outcome, RagError):
                    errors[getattr(outcome, "kind", type(outcome).__name__)] += 1
                else:
                    seconds.append(time.perf_counter() - started)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = 60 * len(seconds) / (time.perf_counter() - started)
    ordered = sorted(seconds) or [float("nan")]
    spread = f"{ordered[0]:.1f}, {median(ordered):.1f}, {ordered[-1]:.1f}"
    listed = ", ".join(f"{kind} {count}" for kind, count in errors.items()) or "none"
    return [len(texts), rate, listed, spread]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.add_argument("what", choices=("same", "clients"))
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--limit", type=int, default=20, help="questions")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--corpus", type=Path, default=ROOT / "seeds", help="articles")
    own = ROOT / "tests" / "questions" / "seeds.jsonl"
    parser.add_argument("--questions", type=Path, default=own, help="a question set on them")
    options = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if options.what == "same":
        compare(options)
    else:
        measure(options)


if __name__ == "__main__":
    main()
