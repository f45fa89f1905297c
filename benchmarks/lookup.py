"""Drafting from the passages (prompt lookup): what it would give here, and what it would change.

    python -m benchmarks.lookup [--model NAME] [--questions N] [--longest N]

In:  questions on `seeds/` of the tuning half, a model that is pulled.
Out: what a batch of n tokens costs beside one token; how often the words that follow the last
     two or three tokens in the prompt are what greedy decoding writes; tokens a second with and
     without; whether the text stays the same.

The product does not draft: see docs/performance.md for why. The decoder is here so that the
question can be asked again on another processor.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import ROOT, machine, middle, table, tuning_questions
from rag.assistant import Assistant
from rag.index.build import build_index
from rag.models.llm.chat_template import Prompt
from rag.models.llm.local import LocalModel
from rag.models.registry import get_card, verify_model
from rag.prompts import templates as prompt
from rag.settings import Settings


@dataclass
class Written:
    """`tokens` of one answer; the `batches` they took; the processor's `seconds`."""

    tokens: list[int]
    batches: int
    seconds: float
    margins: list[float]  # between the best and the second token, where both are known


def looked_up(context: Sequence[int], longest: int) -> list[int]:
    """What followed when the last three (else two) tokens stood in `context` before."""
    for size in (3, 2):
        tail = list(context[-size:])
        for start in range(len(context) - size - 1, -1, -1):
            if list(context[start : start + size]) == tail:
                return list(context[start + size : start + size + longest])
    return []


class Drafter:
    """Greedy decoding of batches: the token that is sure and those that were looked up."""

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
        told = [
            np.ctypeslib.as_array(library.llama_get_logits_ith(self._context, n), shape=size).copy()
            for n in range(len(tokens))
        ]
        library.llama_batch_free(batch)
        return np.stack(told)

    def forget(self, at: int) -> None:
        self._library.llama_memory_seq_rm(self._memory, 0, at, -1)

    def write(self, asked: Prompt, most: int, longest: int) -> Written:
        """The greedy answer, up to the end of its line; `longest` 0: one token at a time."""
        model = self._model
        model._process(asked, most + longest + 1)
        seen = [*model._tokenised(asked.prefix), *model._tokenised(asked.suffix)]
        begun, batches = time.process_time(), 0
        logits = model.engine.logits().copy()
        tokens: list[int] = []
        margins: list[float] = []
        while len(tokens) < most:
            sure = int(logits.argmax())
            tokens.append(sure)
            margins.append(float(np.diff(np.partition(logits, -2)[-2:])[0]))
            if self._over(sure):
                break
            guess = looked_up([*seen, *tokens], longest) if longest else []
            at = len(seen) + len(tokens) - 1
            told = self.batch([sure, *guess], at)
            batches += 1
            held = 0
            while held < len(guess) and int(told[held].argmax()) == guess[held]:
                if self._over(guess[held]):
                    break
                held += 1
            tokens += guess[:held]
            margins += [float(np.diff(np.partition(each, -2)[-2:])[0]) for each in told[:held]]
            self.forget(at + 1 + held)
            logits = told[held]
        return Written(tokens, batches, time.process_time() - begun, margins)

    def _over(self, token: int) -> bool:
        return self._model.engine.ends(token) or b"\n" in self._model.engine.text(token)


def quoted(tokens: Sequence[int], asked: Sequence[int]) -> float:
    """Part of the answer's runs of four tokens that stand in the prompt."""
    runs = [tuple(tokens[n : n + 4]) for n in range(len(tokens) - 3)]
    there = {tuple(asked[n : n + 4]) for n in range(len(asked) - 3)}
    return sum(run in there for run in runs) / max(1, len(runs))


def costs(drafter: Drafter, asked: Prompt) -> list[tuple[int, float, float]]:
    """For batches of n tokens: time beside one of one token, and how far a logit moves."""
    model = drafter._model
    model._process(asked, 40)
    at = model.engine.position
    tokens = [int(model.engine.logits().argmax())]
    single, alone = [], []
    for number in range(8):
        begun = time.process_time()
        alone.append(drafter.batch(tokens[-1:], at + number)[0])
        single.append(time.process_time() - begun)
        tokens.append(int(alone[-1].argmax()))
    rows = []
    for size in (2, 3, 4, 6, 8):
        took = []
        for _ in range(3):
            drafter.forget(at)
            begun = time.process_time()
            told = drafter.batch(tokens[:size], at)
            took.append(time.process_time() - begun)
        moved = max(float(np.abs(a - b).max()) for a, b in zip(told, alone, strict=False))
        rows.append((size, middle(took) / middle(single), moved))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lookup")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--questions", type=int, default=16)
    parser.add_argument("--longest", type=int, default=3, help="tokens looked up at a time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plain = replace(Settings.load(), model=options.model, corpus=ROOT / "seeds")
        settings = replace(plain, index=Path(folder) / "index")
        build_index(settings)
        assistant = Assistant.open(settings)
        prompts = []
        for each in tuning_questions(options.questions):
            hits = assistant.search(each.question)[: settings.context_k]
            texts = [hit.passage.text for hit in reversed(hits)]
            prompts.append(prompt.answer_prompt("chatml", each.question, texts))
        assistant.close()
    path = verify_model(get_card(settings.model), settings.models)
    model = LocalModel.open(path, frame="chatml", context=settings.context)
    drafter = Drafter(model)
    print(f"{settings.model}; {machine()}\n")
    rows = costs(drafter, prompts[0])
    head = ["tokens in a batch", "time beside one token", "greatest change of a logit"]
    print(table(head, rows))
    runs = []
    for asked in prompts:
        one = drafter.write(asked, settings.max_tokens, 0)
        many = drafter.write(asked, settings.max_tokens, options.longest)
        share = quoted(one.tokens, model._tokenised(asked.suffix))
        runs.append((share, one, many))
    runs.sort(key=lambda run: run[0])
    half = len(runs) // 2
    lines = []
    for name, part in (("the half that quotes less", runs[:half]), ("quotes more", runs[half:])):
        tokens = sum(len(one.tokens) for _, one, _ in part)
        speed = sum(len(many.tokens) for *_, many in part) / sum(m.seconds for *_, m in part)
        alone = tokens / sum(one.seconds for _, one, _ in part)
        per = sum(len(m.tokens) for *_, m in part) / sum(m.batches for *_, m in part)
        same = sum(one.tokens == many.tokens for _, one, many in part)
        near = [margin < 2 * rows[2][2] for _, one, _ in part for margin in one.margins]
        share = sum(s for s, *_ in part) / len(part)
        cells = [name, f"{share:.0%}", tokens, per, speed / alone, f"{same} of {len(part)}"]
        lines.append([*cells, f"{sum(near) / len(near):.0%}"])
    head = ["answers", "of it quoted", "tokens", "tokens a batch", "speed beside one at a time"]
    print("\n" + table([*head, "same text", "tokens within reach of a flip"], lines))
    model.close()


if __name__ == "__main__":
    main()
