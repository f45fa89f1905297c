"""The training run of the classifier of questions: `python -m rag.training.questions`.

In:  `data/questions.jsonl`, questions written for this, each with its type, the aspect of the
     record it asks for, and the words of its topic; plain questions of the reader's question sets
     (`rag.training.examples`), of which is known only that they ask neither of records nor for an
     overview and the like; the embedder of the catalogue.
Out: `questions.safetensors`, the low-rank update and the heads in float16; before that, figures on
     a tenth of the questions that is held out.
Left to others: what is done with a type (`rag.retrieval.query_plan`).

Some minutes on one core. A run is seeded: on one machine it gives the same weights again. Half of
the questions are read once more in lower case and without their last mark, as people type them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import save

from rag.errors import RagError, TrainingError
from rag.models.catalog import data_folder
from rag.models.encoder import describe_encoder, open_tokenizer
from rag.models.question_classifier import (
    ASPECTS,
    MAX_TOKENS,
    TYPES,
    WEIGHTS,
    QuestionClassifier,
    QuestionNetwork,
    describe_labels,
)
from rag.models.registry import get_card, verify_model
from rag.runtime.atomic_file import write_atomically
from rag.settings import Settings
from rag.training.examples import read_set
from rag.training.low_rank import add_low_rank, low_rank_state
from rag.types import QuestionType, RecordAspect

__all__ = ["LabelledQuestion", "evaluate", "main", "read_questions", "train"]

_RANK = 8
_SCALE = 2.0
_PASSES = 8
_BATCH = 32
_RATE = 1e-3
_WARM_UP = 20  # steps
_DROPOUT = 0.1
_SMOOTHING = 0.05  # of the labels of types
_PLAIN = 3_000  # questions
_PLAIN_SETS = ("squad2_dev", "squad11_dev_rest", "squadshifts_new_wiki", "qamr", "fairytaleqa")
_NOT_PLAIN: frozenset[QuestionType] = frozenset(
    {"collection", "metadata", "overview", "first", "change", "disagreement", "help"}
)
_IGNORED = -100  # label of what has none
_SURE = 0.8  # probability


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, what it asks for, and the words of its topic in it.

    Of a plain question the type is None.
    """

    question: str
    type: QuestionType | None
    topic: str
    aspect: RecordAspect | None = None

    @property
    def is_held_out(self) -> bool:
        """Whether it is of the tenth that is not trained on, by a hash of its words."""
        return hashlib.sha256(self.question.encode()).digest()[0] % 10 == 0

    @property
    def as_typed(self) -> LabelledQuestion:
        """The same in lower case, without its last mark."""
        return replace(
            self, question=self.question.lower().rstrip(" ?.!"), topic=self.topic.lower()
        )


def read_questions() -> list[LabelledQuestion]:
    """The labelled questions.

    Raises:
        TrainingError: one has an unknown type or aspect, or a topic that is not in it.
    """
    text = files("rag.training").joinpath("data/questions.jsonl").read_text(encoding="utf-8")
    questions = [LabelledQuestion(**json.loads(line)) for line in text.splitlines()]
    for each in questions:
        known = each.type in TYPES and each.aspect in (None, *ASPECTS)
        if not known or each.topic not in each.question:
            raise TrainingError(f"the labels of {each.question!r} are wrong: correct them")
    return questions


def draw_plain_questions(folder: Path, rng: random.Random) -> list[str]:
    """Questions for facts, the same number of each set in `folder`.

    Raises:
        TrainingError: a file is missing or malformed.
    """
    each = _PLAIN // len(_PLAIN_SETS)
    chosen: list[str] = []
    for name in _PLAIN_SETS:
        questions = sorted({example.first for example in read_set(folder, name)})
        chosen += rng.sample(questions, min(each, len(questions)))
    return chosen


def train(
    embedder: Path, questions: Sequence[LabelledQuestion], plain: Sequence[str], seed: int = 7
) -> bytes:
    """The weights, as safetensors, of a network that was trained on `questions` and on `plain`
    ones.

    Raises:
        ModelError: the embedder does not load.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)
    network, tokenizer = QuestionNetwork.from_embedder(embedder), open_tokenizer(embedder)
    network.encoder.requires_grad_(False)
    add_low_rank(network, _RANK)
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = _DROPOUT
    trained = [each for each in network.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=_RATE, weight_decay=0.01)
    rows = [_encode(each, tokenizer) for each in questions]
    rows += [_encode(each.as_typed, tokenizer) for each in questions[::2]]
    rows += [_encode(LabelledQuestion(each, None, ""), tokenizer) for each in plain]
    steps = _PASSES * -(-len(rows) // _BATCH)
    batches = (
        chosen[first : first + _BATCH]
        for _ in range(_PASSES)
        for chosen in [rng.sample(rows, len(rows))]
        for first in range(0, len(chosen), _BATCH)
    )
    network.train()
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / _WARM_UP) * (1.0 - step / steps)
        _loss(network, batch).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 50 == 0:
            print(f"step {step} of {steps}", file=sys.stderr, flush=True)
    state = low_rank_state(network)
    metadata = {"format": "pt", "labels": describe_labels()} | describe_encoder(embedder)
    halves = {name: value.detach().to(torch.float16).contiguous() for name, value in state.items()}
    return save(halves, metadata=metadata)


def evaluate(
    classifier: QuestionClassifier, questions: Sequence[LabelledQuestion]
) -> dict[str, float]:
    """Shares of `questions`, 0 to 1: right types; the sure ones, and the right types of these;
    right aspects of those that have one; token F1 of the topics, the mean."""
    read = [(each, classifier.read(each.question)) for each in questions]
    sure = [pair for pair in read if pair[1].probability >= _SURE]
    aspects = [pair for pair in read if pair[0].aspect]
    return {
        "type": _mean(each.type == intent.question_type for each, intent in read),
        "sure": len(sure) / len(read),
        "type_where_sure": _mean(each.type == intent.question_type for each, intent in sure),
        "aspect": _mean(each.aspect == intent.aspect for each, intent in aspects),
        "topic_f1": _mean(_token_f1(each.topic, intent.topic) for each, intent in read),
    }


@dataclass(frozen=True, slots=True)
class _Row:
    ids: list[int]
    topic: list[int]  # 1 for a token of the topic, 0 for another, -100 for none
    type: int
    aspect: int


def _encode(each: LabelledQuestion, tokenizer: Any) -> _Row:
    encoding = tokenizer(
        each.question, truncation=True, max_length=MAX_TOKENS, return_offsets_mapping=True
    )
    first = each.question.index(each.topic)
    last = first + len(each.topic)
    topic = [
        _IGNORED if start == end else int(start >= first and end <= last)
        for start, end in encoding["offset_mapping"]
    ]
    return _Row(
        encoding["input_ids"],
        topic if each.type else [_IGNORED] * len(topic),
        TYPES.index(each.type) if each.type else _IGNORED,
        ASPECTS.index(each.aspect) if each.aspect else _IGNORED,
    )


def _loss(network: QuestionNetwork, batch: Sequence[_Row]) -> Any:
    longest = max(len(row.ids) for row in batch)
    ids, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(2))
    marks = torch.full((len(batch), longest), _IGNORED)
    for n, row in enumerate(batch):
        ids[n, : len(row.ids)] = torch.tensor(row.ids)
        mask[n, : len(row.ids)] = 1
        marks[n, : len(row.ids)] = torch.tensor(row.topic)
    types, aspects, topic = network(ids, mask)
    wanted = torch.tensor([row.type for row in batch])
    special = types.softmax(1)[:, [TYPES.index(each) for each in sorted(_NOT_PLAIN)]].sum(1)
    losses = [
        _entropy(types, wanted, _SMOOTHING),
        _entropy(aspects, torch.tensor([row.aspect for row in batch])),
        _entropy(topic.reshape(-1, 2), marks.reshape(-1)),
        -torch.log1p(-special[wanted == _IGNORED].clamp(max=0.999)).sum() / len(batch),
    ]
    return torch.stack(losses).sum()


def _entropy(logits: torch.Tensor, labels: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """Cross-entropy, the mean over what has a label; 0 where nothing has one."""
    if bool((labels == _IGNORED).all()):
        return logits.sum() * 0.0
    return torch.nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)


def _mean(values: Iterator[float] | Any) -> float:
    listed = [float(each) for each in values]
    return round(sum(listed) / len(listed), 4) if listed else float("nan")


def _token_f1(one: str, other: str) -> float:
    first, second = one.lower().split(), other.lower().split()
    if not first or not second:
        return float(first == second)
    shared = sum(min(first.count(each), second.count(each)) for each in set(first))
    return 2 * shared / (len(first) + len(second))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0, or 1 after one line on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m rag.training.questions",
        description="Train the classifier of questions. See docs/training.md.",
    )
    out = data_folder() / "questions"
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz files")
    parser.add_argument("--out", type=Path, default=out, help="folder of the weights")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use")
    flags = parser.parse_args(arguments)
    try:
        torch.set_num_threads(flags.threads)
        settings = Settings.load()
        embedder = verify_model(get_card(settings.embedder), settings.models)
        questions = read_questions()
        path = cast(Path, flags.out) / WEIGHTS
        path.parent.mkdir(parents=True, exist_ok=True)
        plain = draw_plain_questions(flags.data, random.Random(1))
        trained = [each for each in questions if not each.is_held_out]
        write_atomically(path, train(embedder, trained, plain))
        classifier = QuestionClassifier.open(embedder, path.parent)
        print(json.dumps(evaluate(classifier, [each for each in questions if each.is_held_out])))
    except RagError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
