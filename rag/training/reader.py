"""The training run of the reader: `python -m rag.training.reader --data FOLDER`.

In:  a folder of question and claim sets (`rag.training.examples`), an embedder of the catalogue.
Out: features, checkpoints and a log in a folder of the per-user cache; at the end
     `reader.safetensors`, what training changed in float16.
Left to others: how good it is in answers (`rag eval`).

A run is seeded and resumes at its last checkpoint when the same command is typed again. On a
processor it computes in bfloat16 where there are instructions for it; on an accelerator as well.
Dropout is 0 and the word embeddings are frozen: both are slow on a processor (dropout's random
numbers, 11.7 million weights a step), and the frozen table need not be shipped. Of a large encoder
low-rank changes alone are trained and stored (`rag.training.low_rank`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from rag.errors import RagError, TrainingError
from rag.models.encoder import add_changes, describe_encoder, open_tokenizer
from rag.models.reader_network import FROZEN, ReaderNetwork, load_weights
from rag.models.registry import get_card, verify_model
from rag.runtime.atomic_file import atomic_writer, write_atomically
from rag.runtime.progress import RemainingTime
from rag.settings import Settings
from rag.training.examples import MIXES, check_folder, is_held_out, read_examples
from rag.training.features import (
    MAX_TOKENS,
    FeatureSet,
    batches_of_like_length,
    collate,
    encode,
    extend,
)
from rag.training.losses import compute_losses
from rag.training.low_rank import add_low_rank, low_rank_state, take_up_changes
from rag.training.measures import evaluate, read_batch

__all__ = ["TrainingOptions", "TrainingRun", "main"]

_LOSS_WEIGHTS = {"span": 1.0, "answers": 2.0, "claim": 1.0}
_CHECKPOINT_SECONDS = 240.0
_LOG_STEPS = 50
_DESCRIPTION = """Train the reader, the small model that judges which words of a passage answer a
question. The same command, typed again, resumes at the last checkpoint. See docs/training.md."""
_HELP = {
    "encoder": "the embedder that the reader starts from, a name from `rag models list`",
    "rank": "train changes of this rank in the linear layers of the encoder; 0: all its layers",
    "mix": f"which examples: {' or '.join(MIXES)}",
    "share": "share of the examples, 0 to 1",
    "passes": "how often each example is read",
    "tokens": "tokens of a batch, padding included",
    "rate": "learning rate at its highest",
    "warm_up": "steps until the learning rate is at its highest",
    "decay": "weight decay",
    "seed": "of the draw of examples and their order",
}


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a run depends on; a run resumes only where all of it is the same.

    `encoder` names the embedder that it starts from, `rank` is that of the changes in its linear
    layers (0: all layers are trained), `mix` names the examples (`rag.training.examples.MIXES`), of
    which `share` is taken; `tokens` are those of a batch, `rate` the learning rate at its highest,
    `warm_up` the steps until then, `start` the SHA-256 of the weights that it starts from.
    """

    encoder: str = "all-minilm-l6-v2"
    rank: int = 0
    mix: str = "whole"
    share: float = 1.0
    passes: int = 1
    tokens: int = 4096
    rate: float = 2e-4
    warm_up: int = 150
    decay: float = 0.01
    seed: int = 7
    start: str = ""


class TrainingRun:
    """One run in the folder `out`, as far as it is.

    The folder holds `features.npz`, `checkpoint.pt`, `log.jsonl` and `reader.safetensors`.
    """

    def __init__(
        self, embedder: Path, out: Path, options: TrainingOptions, start: Path | None = None
    ) -> None:
        """Open the folder, with the checkpoint in it if there is one.

        Raises:
            TrainingError: the folder cannot be written, belongs to a run with other options, or
                its checkpoint is cut off.
            ModelError: the embedder or the weights in `start` do not load.
        """
        self.options, self._out, self._embedder = options, out, embedder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        _make_folder(out)
        self._encoder = describe_encoder(embedder)
        checkpoint = self._load_checkpoint()
        torch.manual_seed(options.seed)  # of the fresh heads
        network = ReaderNetwork.from_embedder(embedder)
        network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        if options.rank:
            add_low_rank(network, options.rank)
        if start is not None and not checkpoint:
            add = take_up_changes if options.rank else add_changes
            load_weights(network, start, "give other weights with --start, or none", add)
        self.network = network.to(self.device).train()
        self._optimizer = _make_optimizer(network, options)
        self.step = 0
        if checkpoint:
            self.network.load_state_dict(checkpoint["network"])
            self._optimizer.load_state_dict(checkpoint["optimizer"])
            self.step = checkpoint["step"]

    def prepare(self, data: Path) -> FeatureSet:
        """Read and encode the examples of `data`, or load them as an earlier call stored them.

        Raises:
            TrainingError: the data are missing or malformed, or other data were stored.
        """
        path = self._out / "features.npz"
        key = {
            "data": check_folder(data, self.options.mix),
            "encoder": self.options.encoder,
            "mix": self.options.mix,
            "share": self.options.share,
            "seed": self.options.seed,
            "tokens of a pair": MAX_TOKENS,
        }
        if path.exists():
            features, stored_key = FeatureSet.load(path)
            self._refuse_other(stored_key, key)
            return features
        rng = random.Random(self.options.seed)
        tokenizer = open_tokenizer(self._embedder)
        mix, share = MIXES[self.options.mix], self.options.share
        examples = list(read_examples(data, rng, share, self.options.mix))
        train = [each for each in examples if not is_held_out(each)]
        held_out = [each for each in examples if is_held_out(each)]
        train_rows = encode(extend(train, rng, mix.additions, share), tokenizer, rng)
        features = FeatureSet(train_rows, encode(held_out, tokenizer, rng))
        with _writing(path):
            features.save(path, key)
        return features

    def train(self, features: FeatureSet, most_steps: int | None = None) -> dict[str, float]:
        """Go on until all steps are done, or `most_steps` of them; figures on held-out pairs.

        Raises:
            TrainingError: a checkpoint or the weights cannot be written.
        """
        batches = self._batches(features)
        total = len(batches)
        last = total if most_steps is None else min(total, self.step + most_steps)
        if self.step:
            _print(f"resuming at step {self.step} of {total}")
        tokens = sum(len(row.ids) for row in features.train)
        _print(f"{len(features.train):,} pairs, {tokens:,} tokens, {total} steps")
        log, saved = _Log(self._out / "log.jsonl", total), time.monotonic()
        while self.step < last:
            rows = [features.train[n] for n in batches[self.step]]
            log.add(self.step + 1, self._take_step(rows, total))
            self.step += 1
            if time.monotonic() - saved > _CHECKPOINT_SECONDS:
                self._save_checkpoint()
                saved = time.monotonic()
        self._save_checkpoint()
        self._export()
        return evaluate(self.network, features.held_out, self.device)

    def _take_step(self, rows: Sequence[Any], total: int) -> dict[str, float]:
        for group in self._optimizer.param_groups:
            group["lr"] = self.options.rate * _schedule(self.step, total, self.options.warm_up)
        batch = collate(rows)
        losses = compute_losses(*read_batch(self.network, batch, self.device), batch)
        loss = sum(
            (_LOSS_WEIGHTS[name] * value for name, value in losses.items()),
            torch.zeros((), device=self.device),
        )
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _batches(self, features: FeatureSet) -> list[list[int]]:
        """Row numbers of every step, the same in every run of one seed."""
        rng = random.Random(self.options.seed + 1)
        lengths = [len(row.ids) for row in features.train]
        return [
            batch
            for _ in range(self.options.passes)
            for batch in batches_of_like_length(lengths, self.options.tokens, rng)
        ]

    def _load_checkpoint(self) -> dict[str, Any]:
        path = self._out / "checkpoint.pt"
        if not path.exists():
            return {}
        try:
            stored = dict(torch.load(path, map_location=self.device, weights_only=True))
            options = asdict(TrainingOptions()) | stored["options"]  # older runs stored fewer
        except Exception as error:  # torch raises many kinds
            reason = str(error).partition("\n")[0][:120]
            raise TrainingError(
                f"the checkpoint {path} cannot be read ({type(error).__name__}: {reason}): "
                "delete it to start over, or give another folder with --out"
            ) from error
        self._refuse_other(options, asdict(self.options))
        return stored

    def _refuse_other(self, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
        different = [name for name in wanted if stored.get(name) != wanted[name]]
        if different:
            pairs = [f"{name} {stored.get(name)}, now {wanted[name]}" for name in different]
            raise TrainingError(
                f"{self._out} holds a run with other options ({'; '.join(pairs)}): repeat them to "
                "resume it, or give another folder with --out"
            )

    def _save_checkpoint(self) -> None:
        path = self._out / "checkpoint.pt"
        content = {
            "options": asdict(self.options),
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
        }
        with _writing(path), atomic_writer(path) as file:
            torch.save(content, file)

    def _export(self) -> None:
        path = self._out / "reader.safetensors"
        trained = low_rank_state(self.network) if self.options.rank else self.network.state_dict()
        state = {
            name: value.detach().to("cpu", torch.float16).contiguous()
            for name, value in trained.items()
            if name != FROZEN and value.is_floating_point()
        }
        with _writing(path):
            write_atomically(path, save(state, metadata={"format": "pt"} | self._encoder))


class _Log:
    """Mean losses of every 50 steps: a line of `log.jsonl`, and the same with the time left."""

    def __init__(self, path: Path, total: int) -> None:
        self._path, self._total = path, total
        self._remaining = RemainingTime()
        self._clear()

    def add(self, step: int, losses: dict[str, float]) -> None:
        """Count the losses of `step`, which is done."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._steps += 1
        if step % _LOG_STEPS == 0:
            self._write(step)
            self._clear()

    def _clear(self) -> None:
        self._sums: dict[str, float] = {}
        self._steps, self._since = 0, time.monotonic()

    def _write(self, step: int) -> None:
        pace = round(self._steps / (time.monotonic() - self._since), 2)
        entry = {"step": step, "of": self._total, "steps_a_second": pace}
        entry |= {name: round(value / self._steps, 3) for name, value in self._sums.items()}
        left = self._remaining.estimate("training", step, self._total)
        _print(json.dumps(entry) + (f" {left / 60:.0f} min left" if left else ""))
        with _writing(self._path), self._path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What fails to be written in the block becomes one line with the path."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # torch's writer raises the latter
        raise TrainingError(
            f"{path} cannot be written ({error}): free space or rights there, "
            "then type the same command again"
        ) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0, or 1 after one line on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m rag.training.reader",
        description=_DESCRIPTION,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    out = Path.home() / ".cache/rag/training/reader"
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz files")
    parser.add_argument("--out", type=Path, default=out, help="folder of this run")
    parser.add_argument("--start", type=Path, help="a reader.safetensors to start from")
    for name, help_text in _HELP.items():
        value = getattr(TrainingOptions(), name)
        choices = tuple(MIXES) if name == "mix" else None
        parser.add_argument(
            f"--{name}".replace("_", "-"),
            type=type(value),
            default=value,
            help=help_text,
            choices=choices,
        )
    cores = torch.get_num_threads()
    parser.add_argument("--threads", type=int, default=cores, help="processor cores to use")
    parser.add_argument("--steps", type=int, help="stop after so many steps, to try a machine")
    flags = parser.parse_args(arguments)
    try:
        torch.set_num_threads(flags.threads)
        _train(flags)
    except RagError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(flags: argparse.Namespace) -> None:
    check_folder(flags.data, flags.mix)
    embedder = verify_model(get_card(flags.encoder), Settings.load().models)
    values = {name: getattr(flags, name) for name in _HELP}
    options = TrainingOptions(**values, start=_sha256(flags.start))
    run = TrainingRun(embedder, flags.out, options, flags.start)
    _print(json.dumps(run.train(run.prepare(flags.data), flags.steps)))


def _sha256(path: Path | None) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be read ({error.strerror}): give the weights of a reader with --start"
        ) from error


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        write_atomically(path / ".writable", "")
        (path / ".writable").unlink()
    except OSError as error:
        raise TrainingError(
            f"the folder {path} cannot be written ({error.strerror}): give another with --out"
        ) from error


def _make_optimizer(network: ReaderNetwork, options: TrainingOptions) -> torch.optim.Optimizer:
    """AdamW; no decay of biases and normalisations."""
    parameters = [each for each in network.parameters() if each.requires_grad]
    groups = [
        {"params": [each for each in parameters if each.ndim > 1], "weight_decay": options.decay},
        {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.rate, fused=True)


def _schedule(step: int, total: int, warm_up: int) -> float:
    """Linear from 0 up during `warm_up` steps, then linear down to 0."""
    if step < warm_up:
        return (step + 1) / warm_up
    return max(0.0, (total - step) / max(1, total - warm_up))


def _print(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
