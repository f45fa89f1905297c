"""Prompt lookup decoding (drafting from the passages): its gain here, and what it would change.

    python -m benchmarks.lookup [--model NAME] [--questions N] [--longest N]

In:  questions on `seeds/` of the tuning half, a model that is pulled.
Out: the cost of a batch of n tokens relative to one token; how often the tokens that follow the
     last two or three tokens in the prompt are those of greedy decoding; tokens per second with
     and without; whether the text stays the same.

Source: Saxena, "Prompt Lookup Decoding", 2023. Footnoted does not use it: docs/performance.md says
why. The decoder is kept so that the question can be asked again on another processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from benchmarks.common import (
    describe_machine,
    markdown_table,
    temporary_index,
    tuning_questions,
)
from rag.assistant import Assistant
from rag.models.llm.base import ModelOptions
from rag.models.llm.chat_template import Prompt
from rag.models.llm.local import LocalModel
from rag.models.registry import get_card, verify_model
from rag.prompts.templates import answer_prompt
from rag.settings import Settings


@dataclass
class Decoded:
    """`tokens` of one answer, the `batches` they took, processor `seconds`."""

    tokens: list[int]
    batches: int
    seconds: float
    margins: list[float]  # between the best and the second-best logit of each token


def look_up(context: Sequence[int], longest: int) -> list[int]:
    """The tokens that followed the last three (else two) tokens earlier in `context`."""
    for size in (3, 2):
        tail = list(context[-size:])
        for start in range(len(context) - size - 1, -1, -1):
            if list(context[start : start + size]) == tail:
                return list(context[start + size : start + size + longest])
    return []


class LookupDecoder:
    """Greedy decoding in batches: the next token, and those that were looked up."""

    def __init__(self, model: LocalModel) -> None:
        import llama_cpp

        self._library = llama_cpp
        self._model = model
        self._context = model.engine.raw._ctx.ctx
        self._memory = llama_cpp.llama_get_memory(self._context)

    def batch(self, tokens: Sequence[int], at: int) -> np.ndarray[Any, Any]:
        """Logits after each of `tokens`, the first of them at position `at`."""
        library = self._library
        batch = library.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for number, token in enumerate(tokens):
            batch.token[number], batch.pos[number] = token, at + number
            batch.n_seq_id[number], batch.seq_id[number][0] = 1, 0
            batch.logits[number] = 1
        assert library.llama_decode(self._context, batch) == 0
        size = (self._model.engine.raw.n_vocab(),)
        logits = [
            np.ctypeslib.as_array(library.llama_get_logits_ith(self._context, n), shape=size).copy()
            for n in range(len(tokens))
        ]
        library.llama_batch_free(batch)
        return np.stack(logits)

    def truncate(self, at: int) -> None:
        """Remove the tokens from position `at` on from the KV cache."""
        self._library.llama_memory_seq_rm(self._memory, 0, at, -1)

    def generate(self, prompt: Prompt, max_tokens: int, longest: int) -> Decoded:
        """The greedy answer, up to the end of its line; `longest` 0: one token at a time."""
        model = self._model
        model._process(prompt, max_tokens + longest + 1)
        context = [*model._tokenize(prompt.prefix), *model._tokenize(prompt.suffix)]
        started, batches = time.process_time(), 0
        logits = model.engine.logits().copy()
        tokens: list[int] = []
        margins: list[float] = []
        while len(tokens) < max_tokens:
            token = int(logits.argmax())
            tokens.append(token)
            margins.append(_margin(logits))
            if self._ends(token):
                break
            guess = look_up([*context, *tokens], longest) if longest else []
            at = len(context) + len(tokens) - 1
            rows = self.batch([token, *guess], at)
            batches += 1
            accepted = 0
            while accepted < len(guess) and int(rows[accepted].argmax()) == guess[accepted]:
                if self._ends(guess[accepted]):
                    break
                accepted += 1
            tokens += guess[:accepted]
            margins += map(_margin, rows[:accepted])
            self.truncate(at + 1 + accepted)
            logits = rows[accepted]
        return Decoded(tokens, batches, time.process_time() - started, margins)

    def _ends(self, token: int) -> bool:
        return self._model.engine.ends(token) or b"\n" in self._model.engine.text(token)


def _margin(logits: np.ndarray[Any, Any]) -> float:
    return float(np.diff(np.partition(logits, -2)[-2:])[0])


def share_in_prompt(tokens: Sequence[int], prompt: Sequence[int]) -> float:
    """The share of the answer's runs of four tokens that occur in the prompt."""
    runs = [tuple(tokens[n : n + 4]) for n in range(len(tokens) - 3)]
    prompt_runs = {tuple(prompt[n : n + 4]) for n in range(len(prompt) - 3)}
    return sum(run in prompt_runs for run in runs) / max(1, len(runs))


def batch_costs(decoder: LookupDecoder, prompt: Prompt) -> list[tuple[int, float, float]]:
    """For batches of n tokens: time relative to one token, and how far a logit moves."""
    model = decoder._model
    model._process(prompt, 40)
    at = model.engine.position
    tokens = [int(model.engine.logits().argmax())]
    single_times, single_logits = [], []
    for number in range(8):
        started = time.process_time()
        single_logits.append(decoder.batch(tokens[-1:], at + number)[0])
        single_times.append(time.process_time() - started)
        tokens.append(int(single_logits[-1].argmax()))
    costs = []
    for size in (2, 3, 4, 6, 8):
        times = []
        for _ in range(3):
            decoder.truncate(at)
            started = time.process_time()
            logits = decoder.batch(tokens[:size], at)
            times.append(time.process_time() - started)
        pairs = zip(logits, single_logits, strict=False)
        change = max(float(np.abs(a - b).max()) for a, b in pairs)
        costs.append((size, median(times) / median(single_times), change))
    return costs


def answer_prompts(settings: Settings, questions: int) -> list[Prompt]:
    """The prompts of questions on `seeds/`."""
    assistant = Assistant.open(settings)
    prompts = []
    for each in tuning_questions(questions):
        hits = assistant.search(each.question)[: settings.context_k]
        texts = [hit.passage.text for hit in reversed(hits)]
        prompts.append(answer_prompt("chatml", each.question, texts))
    assistant.close()
    return prompts


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lookup", description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--questions", type=int, default=16)
    parser.add_argument("--longest", type=int, default=3, help="tokens looked up at a time")
    options = parser.parse_args()
    with temporary_index(model=options.model) as settings:
        prompts = answer_prompts(settings, options.questions)
    path = verify_model(get_card(settings.model), settings.models)
    model = LocalModel.open(path, ModelOptions("chatml", settings.context))
    decoder = LookupDecoder(model)
    print(f"{settings.model}; {describe_machine()}\n")
    costs = batch_costs(decoder, prompts[0])
    head = ["tokens in a batch", "time relative to one token", "greatest change of a logit"]
    print(markdown_table(head, costs))
    runs = []
    for prompt in prompts:
        single = decoder.generate(prompt, settings.max_tokens, 0)
        batched = decoder.generate(prompt, settings.max_tokens, options.longest)
        share = share_in_prompt(single.tokens, model._tokenize(prompt.suffix))
        runs.append((share, single, batched))
    runs.sort(key=lambda run: run[0])
    half = len(runs) // 2
    rows = []
    for name, part in (("the half that quotes less", runs[:half]), ("quotes more", runs[half:])):
        tokens = sum(len(single.tokens) for _, single, _ in part)
        speed = sum(len(b.tokens) for *_, b in part) / sum(b.seconds for *_, b in part)
        single_speed = tokens / sum(single.seconds for _, single, _ in part)
        per_batch = sum(len(b.tokens) for *_, b in part) / sum(b.batches for *_, b in part)
        same = sum(single.tokens == batched.tokens for _, single, batched in part)
        near = [margin < 2 * costs[2][2] for _, single, _ in part for margin in single.margins]
        share = sum(share for share, *_ in part) / len(part)
        cells = [name, f"{share:.0%}", tokens, per_batch, speed / single_speed]
        rows.append([*cells, f"{same} of {len(part)}", f"{sum(near) / len(near):.0%}"])
    head = ["answers", "of it quoted", "tokens", "tokens per batch", "speed over one at a time"]
    print("\n" + markdown_table([*head, "same text", "tokens within reach of a flip"], rows))
    model.close()


if __name__ == "__main__":
    main()
