"""The training run of the reader: `python -m rag.training.reader --data FOLDER`.

In:  a folder of question and claim sets (`rag.training.examples`), the embedder of the catalogue.
Out: checkpoints and a log in the per-user cache; at the end `reader.safetensors`, what training
     changed in float16.
Left to others: how good it is in answers (`rag eval`).

A run is seeded and resumes at its last checkpoint when the same command is typed again. On a
processor it computes in bfloat16 where there are instructions for it; on an accelerator as well.
Dropout is 0 and the word embeddings are frozen: both are slow on a processor (dropout's random
numbers, 11.7 million weights a step), and the frozen table need not be shipped.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from rag.models.reader import FROZEN, ReaderNetwork, open_tokenizer
from rag.models.registry import get_card, verify_model
from rag.runtime.progress import RemainingTime
from rag.settings import Settings
from rag.training.examples import is_held_out, read_examples
from rag.training.features import (
    UNKNOWN,
    Batch,
    Features,
    batches_of_like_length,
    collate,
    encode,
    extend,
)

_CHECKPOINT_SECONDS = 240.0
_LOG_STEPS = 50


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a run depends on; a run resumes only where all of it is the same."""

    share: float = 1.0  # of the examples
    passes: int = 1
    tokens: int = 4096  # a batch
    rate: float = 2e-4  # at its highest
    warm_up: int = 150  # steps
    decay: float = 0.01
    seed: int = 7


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m rag.training.reader", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz files")
    parser.add_argument("--out", type=Path, default=Path.home() / ".cache/rag/training/reader")
    parser.add_argument("--start", type=Path, help="a reader.safetensors to start from")
    for name, value in asdict(TrainingOptions()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, help="stop after so many steps, to try a machine")
    given = parser.parse_args(arguments)
    options = TrainingOptions(**{name: getattr(given, name) for name in asdict(TrainingOptions())})
    torch.set_num_threads(given.threads)
    settings = Settings.load()
    folder = verify_model(get_card(settings.embedder), settings.models)
    given.out.mkdir(parents=True, exist_ok=True)
    run = TrainingRun(folder, given.out, options, given.start)
    run.prepare(given.data)
    run.train(given.steps)
    return 0


class TrainingRun:
    """One run in one folder: `features.pickle`, `checkpoint.pt`, `log.jsonl`, `reader.safetensors`."""

    def __init__(
        self, embedder: Path, out: Path, options: TrainingOptions, start: Path | None = None
    ) -> None:
        self.out, self.options = out, options
        self._embedder, self._start = embedder, start
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.train_rows: list[Features] = []
        self.held_out: list[Features] = []

    def prepare(self, data: Path) -> None:
        """Read and encode the examples, or load them as an earlier call stored them."""
        path = self.out / "features.pickle"
        key = [self.options.share, self.options.seed]
        if path.exists():
            with path.open("rb") as stream:
                stored = pickle.load(stream)  # noqa: S301  (our own file in the per-user cache)
            if stored["key"] == key:
                self.train_rows, self.held_out = stored["train"], stored["held_out"]
                return
        rng = random.Random(self.options.seed)
        tokenizer = open_tokenizer(self._embedder)
        examples = list(read_examples(data, rng, self.options.share))
        train = [each for each in examples if not is_held_out(each)]
        kept_back = [each for each in examples if is_held_out(each)]
        self.train_rows = encode(extend(train, rng, self.options.share), tokenizer, rng)
        self.held_out = encode(kept_back, tokenizer, rng)
        with path.open("wb") as stream:
            pickle.dump({"key": key, "train": self.train_rows, "held_out": self.held_out}, stream)

    def train(self, stop_after: int | None = None) -> None:
        network = ReaderNetwork.from_embedder(self._embedder)
        if self._start is not None:
            from safetensors.torch import load_file

            network.load_state_dict(
                {k: v.float() for k, v in load_file(self._start).items()}, strict=False
            )
        network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        network.to(self.device).train()
        optimizer = _optimizer(network, self.options)
        batches = list(self._batches())
        step, total = 0, len(batches)
        checkpoint = self.out / "checkpoint.pt"
        if checkpoint.exists():
            stored = torch.load(checkpoint, map_location=self.device, weights_only=True)
            if stored["options"] == asdict(self.options):
                network.load_state_dict(stored["network"])
                optimizer.load_state_dict(stored["optimizer"])
                step = stored["step"]
                print(f"resuming at step {step} of {total}", flush=True)
        remaining, saved = RemainingTime(), time.monotonic()
        tokens = sum(len(row.ids) for row in self.train_rows)
        print(f"{len(self.train_rows)} pairs, {tokens:,} tokens, {total} steps", flush=True)
        sums, since = dict[str, float](), time.monotonic()
        begun = step
        while step < total and (stop_after is None or step - begun < stop_after):
            for group in optimizer.param_groups:
                group["lr"] = self.options.rate * _schedule(step, total, self.options.warm_up)
            batch = collate([self.train_rows[n] for n in batches[step]])
            losses = self._losses(network, batch)
            loss = sum(losses.values(), torch.zeros((), device=self.device))
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            if step % _LOG_STEPS == 0:
                rate = _LOG_STEPS / (time.monotonic() - since)
                entry = {"step": step, "of": total, "steps_a_second": round(rate, 2)}
                entry |= {name: round(value / _LOG_STEPS, 3) for name, value in sums.items()}
                left = remaining.estimate("training", step, total)
                print(json.dumps(entry), f"{left / 60:.0f} min left" if left else "", flush=True)
                with (self.out / "log.jsonl").open("a") as log:
                    log.write(json.dumps(entry) + "\n")
                sums, since = {}, time.monotonic()
            if time.monotonic() - saved > _CHECKPOINT_SECONDS:
                self._save(network, optimizer, step)
                saved = time.monotonic()
        self._save(network, optimizer, step)
        self._export(network)
        print(json.dumps(evaluate(network, self.held_out, self.device)), flush=True)

    def _batches(self) -> Iterator[list[int]]:
        rng = random.Random(self.options.seed + 1)
        lengths = [len(row.ids) for row in self.train_rows]
        for _ in range(self.options.passes):
            yield from batches_of_like_length(lengths, self.options.tokens, rng)

    def _losses(self, network: ReaderNetwork, batch: Batch) -> dict[str, torch.Tensor]:
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            span, answers, claim = network(*tensors(batch, self.device))
        return compute_losses(span.float(), answers.float(), claim.float(), batch, self.device)

    def _save(self, network: ReaderNetwork, optimizer: Any, step: int) -> None:
        partial = self.out / "checkpoint.part"
        torch.save(
            {
                "options": asdict(self.options),
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step,
            },
            partial,
        )
        partial.replace(self.out / "checkpoint.pt")

    def _export(self, network: ReaderNetwork) -> None:
        state = {
            name: value.detach().to("cpu", torch.float16).contiguous()
            for name, value in network.state_dict().items()
            if name != FROZEN and value.is_floating_point()
        }
        save_file(state, str(self.out / "reader.safetensors"), metadata={"format": "pt"})


def tensors(batch: Batch, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return tuple(torch.from_numpy(each).to(device) for each in (batch.ids, batch.mask, batch.types))  # type: ignore[return-value]


def compute_losses(
    span: torch.Tensor,
    answers: torch.Tensor,
    claim: torch.Tensor,
    batch: Batch,
    device: torch.device,
) -> dict[str, torch.Tensor]:
    """Mean losses of the three heads over the batch.

    The span loss is the negative log of the probability of all right starts (ends) together, the
    objective of Clark and Gardner (2018) for one passage. A claim that is only known not to be
    supported counts with the probability of both other labels.
    """
    mask = torch.from_numpy(batch.mask).to(device).bool()
    question = torch.from_numpy(batch.types).to(device) == 0
    question[:, 0] = False  # the first token stands for "no answer"
    barred = ~mask | question
    trust = torch.from_numpy(batch.trust).to(device)
    losses = {}
    total = span.new_zeros(len(trust))
    for n, right in enumerate((batch.starts, batch.ends)):
        allowed = torch.from_numpy(right).to(device)
        scores = span[:, :, n].masked_fill(barred, -1e4)
        logs = torch.log_softmax(scores, 1)
        known = allowed.sum(1) > 0
        inside = torch.logsumexp(logs.masked_fill(allowed == 0, -1e4), 1)
        # a label that is wrong with probability 1 - trust: soften the target
        total = total - torch.where(known, inside * trust, torch.zeros_like(inside))
    losses["span"] = total.mean()
    labels = torch.from_numpy(batch.answers).to(device)
    known = labels != UNKNOWN
    target = torch.where(labels == 1, trust, 1 - trust)
    each = torch.nn.functional.binary_cross_entropy_with_logits(answers, target, reduction="none")
    losses["answers"] = (each * known).mean()
    labels = torch.from_numpy(batch.claims).to(device)
    known = labels != UNKNOWN
    logs = torch.log_softmax(claim, 1)
    either = torch.cat([logs, torch.logsumexp(logs[:, 1:], 1, keepdim=True)], 1)
    picked = either.gather(1, labels.clamp(min=0)[:, None])[:, 0]
    losses["claim"] = -(picked * known * trust).mean()
    return losses


def evaluate(
    network: ReaderNetwork, rows: Sequence[Features], device: torch.device
) -> dict[str, float]:
    """Figures on held-out pairs: AUC of answerable against not, spans found, claims right."""
    network.eval()
    answers, labels, spans, claims = [], [], [], []
    order = sorted(range(len(rows)), key=lambda n: len(rows[n].ids))
    for start in range(0, len(order), 64):
        chunk = [rows[n] for n in order[start : start + 64]]
        batch = collate(chunk)
        with torch.no_grad(), torch.autocast(device.type, dtype=torch.bfloat16):
            span, answer, claim = network(*tensors(batch, device))
        span, answer, claim = span.float(), answer.float(), claim.float()
        for n, row in enumerate(chunk):
            if row.answers != UNKNOWN:
                inside = span[n, row.passage_start : len(row.ids) - 1]
                best = float(inside[:, 0].max() + inside[:, 1].max())
                null = float(span[n, 0].sum())
                answers.append((best - null) / 2 + float(answer[n]))
                labels.append(row.answers)
                if row.answers and row.starts and len(row.starts) < 6:
                    s = int(inside[:, 0].argmax()) + row.passage_start
                    spans.append(s in row.starts)
            elif row.claim in (0, 1):
                claims.append((int(claim[n, 0] > claim[n, 1:].max()), 1 - row.claim))
    network.train()
    verdicts, labels_of_claims = np.array([c[0] for c in claims]), np.array([c[1] for c in claims])
    balanced = (
        np.mean([np.mean(verdicts[labels_of_claims == v] == v) for v in (0, 1)])
        if claims
        else math.nan
    )
    return {
        "auc": round(area_under_curve(np.array(answers), np.array(labels)), 4),
        "start_right": round(float(np.mean(spans)), 4),
        "claims_balanced": round(float(balanced), 4),
    }


def area_under_curve(scores: np.ndarray, labels: np.ndarray) -> float:
    """Probability that a positive scores above a negative (Mann and Whitney), ties as a half."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    positive = labels == 1
    p, n = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * n)) if p and n else math.nan


def _optimizer(network: ReaderNetwork, options: TrainingOptions) -> torch.optim.Optimizer:
    plain: list[torch.Tensor] = []
    decayed: list[torch.Tensor] = []
    for parameter in network.parameters():
        if parameter.requires_grad:
            (decayed if parameter.ndim > 1 else plain).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": options.decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.rate, fused=True)


def _schedule(step: int, total: int, warm_up: int) -> float:
    """Linear from 0 up during `warm_up` steps, then linear down to 0."""
    if step < warm_up:
        return (step + 1) / warm_up
    return max(0.0, (total - step) / max(1, total - warm_up))


if __name__ == "__main__":
    sys.exit(main())
