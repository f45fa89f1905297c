"""Several people at once: how many answers a minute, and how long each one waits.

    python -m benchmarks.load [--model NAME] [--clients 1 2 4 8] [--each N]

In:  questions on `seeds/` of the tuning half; a model that is pulled.
Out: a row for each number of clients, who all ask at once, through the one line that leads to
     the model: answers a minute, and the processor's seconds for one; the wait for the first token
     and for the whole answer, of the luckiest and the unluckiest; and, for the same questions,
     whether each got the text that it gets alone.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.common import ROOT, machine, middle, table, tuning_questions
from benchmarks.first_token import opened, spent
from rag.assistant import Assistant
from rag.index.build import build_index
from rag.settings import Settings
from rag.types import AnswerReady, DraftToken


@dataclass(frozen=True)
class Served:
    """One answer: seconds from the asking to the first token and to the end."""

    client: int
    question: str
    first: float
    whole: float
    text: str


def ask(assistant: Assistant, client: int, question: str) -> Served:
    begun = time.perf_counter()
    first = 0.0
    for event in assistant.stream(question):
        if isinstance(event, DraftToken):
            first = first or time.perf_counter() - begun
        elif isinstance(event, AnswerReady):
            whole = time.perf_counter() - begun
            return Served(client, question, first or whole, whole, event.answer.text)
    raise AssertionError("nobody stops it")


def at_once(assistant: Assistant, clients: int, each: int, questions: list[str]) -> list[Served]:
    served: list[Served] = []
    begin = threading.Barrier(clients)

    def client(number: int) -> None:
        begin.wait()
        for turn in range(each):
            question = questions[(number + turn * clients) % len(questions)]
            served.append(ask(assistant, number, question))

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return served


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--each", type=int, default=1, help="questions of each client")
    options = parser.parse_args()
    questions = [each.question for each in tuning_questions(8)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        plain = replace(Settings.load(), model=options.model, corpus=ROOT / "seeds")
        settings = replace(plain, index=Path(folder) / "index")
        build_index(settings)
        assistant = opened(settings, f"{folder}/states/model")
        assistant.warm_up()
        alone: dict[str, str] = {}
        for clients in options.clients:
            begun, used = time.perf_counter(), spent(assistant)
            served = at_once(assistant, clients, options.each, questions)
            wall, cpu = time.perf_counter() - begun, spent(assistant) - used
            firsts = sorted(each.first for each in served)
            wholes = sorted(each.whole for each in served)
            same = [alone.setdefault(each.question, each.text) == each.text for each in served]
            spans = [f"{s[0]:.1f} / {middle(s):.1f} / {s[-1]:.1f}" for s in (firsts, wholes)]
            speeds = [60 * len(served) / wall, cpu / len(served)]
            rows.append([clients, *speeds, *spans, f"{sum(same)} of {len(same)}"])
        assistant.close()
    print(f"{settings.model}; {machine()}\n")
    head = "clients|answers a minute|processor, s an answer|first token, s: least, middle, most"
    print(table([*head.split("|"), "whole answer, s", "same text"], rows))


if __name__ == "__main__":
    main()
