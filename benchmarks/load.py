"""Several clients at once: answers per minute, and how long each one waits.

    python -m benchmarks.load [--model NAME] [--clients 1 2 4 8] [--each N]

In:  questions on `seeds/` of the tuning half; a model that is pulled.
Out: one row per number of clients, who all ask at once, through the one queue for the model:
     answers per minute, and processor seconds per answer; the wait for the first token and for the
     whole answer, least, median and most; and in how many answers the text is the one that the
     same question gets alone.
"""

from __future__ import annotations

import argparse
import threading
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.common import (
    VERIFY,
    describe_machine,
    markdown_table,
    open_assistant,
    processor_seconds,
    temporary_index,
    tuning_questions,
)
from rag.assistant import Assistant
from rag.settings import Settings
from rag.types import AnswerReady, DraftToken


@dataclass(frozen=True)
class TimedAnswer:
    """An answer; seconds from the question to its first token and to its end."""

    question: str
    first_token: float
    total: float
    text: str


def ask(assistant: Assistant, question: str) -> TimedAnswer:
    started = time.perf_counter()
    first_token = 0.0
    for event in assistant.stream(question, verify=VERIFY):
        if isinstance(event, DraftToken):
            first_token = first_token or time.perf_counter() - started
        elif isinstance(event, AnswerReady):
            total = time.perf_counter() - started
            return TimedAnswer(question, first_token or total, total, event.answer.text)
    raise AssertionError("a stream that is not cancelled ends in AnswerReady")


def ask_at_once(
    assistant: Assistant, clients: int, each: int, questions: list[str]
) -> list[TimedAnswer]:
    """The answers to `each` questions of every client."""
    answers: list[TimedAnswer] = []
    barrier = threading.Barrier(clients)

    def client(number: int) -> None:
        barrier.wait()
        for turn in range(each):
            question = questions[(number + turn * clients) % len(questions)]
            answers.append(ask(assistant, question))

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--each", type=int, default=1, help="questions of each client")
    options = parser.parse_args()
    questions = [each.question for each in tuning_questions(8)]
    rows = []
    with temporary_index(model=options.model) as settings:
        assistant = open_assistant(settings)
        assistant.warm_up(VERIFY)
        alone: dict[str, str] = {}
        for clients in options.clients:
            wall, cpu = time.perf_counter(), processor_seconds(assistant)
            answers = ask_at_once(assistant, clients, options.each, questions)
            wall, cpu = time.perf_counter() - wall, processor_seconds(assistant) - cpu
            first_tokens = sorted(each.first_token for each in answers)
            totals = sorted(each.total for each in answers)
            same = [alone.setdefault(each.question, each.text) == each.text for each in answers]
            waits = [f"{s[0]:.1f} / {median(s):.1f} / {s[-1]:.1f}" for s in (first_tokens, totals)]
            rates = [60 * len(answers) / wall, cpu / len(answers)]
            rows.append([clients, *rates, *waits, f"{sum(same)} of {len(same)}"])
        assistant.close()
    print(f"{settings.model}; {describe_machine()}\n")
    head = "clients|answers per minute|processor s per answer|first token, s: least, median, most"
    print(markdown_table([*head.split("|"), "whole answer, s", "same text"], rows))


if __name__ == "__main__":
    main()
