"""What a question asks for, as a small trained model reads it.

In:  the embedder's folder (tokenizer, encoder) and the classifier's weights.
Out: for a question an `Intent`: its type, what it asks of the record, the words of its topic.
Left to others: what follows from an intent (`rag.retrieval.query_plan`), training
(`rag.training.questions`).

The encoder is the embedder's, its linear layers changed (`rag.models.encoder.add_changes`). Three
linear heads: the type and the request from the first token beside the mean of all, the topic from
each token.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from rag.errors import ModelError
from rag.models.encoder import add_changes, open_encoder, open_tokenizer
from rag.types import Intent, QuestionType, RecordAspect

_KNOWN = 256  # questions whose intent is kept
WEIGHTS = "questions.safetensors"  # in the folder of the classifier
TYPES: tuple[QuestionType, ...] = get_args(QuestionType)
ASPECTS: tuple[RecordAspect, ...] = get_args(RecordAspect)
MAX_TOKENS = 128  # a longer question is read up to here


class QuestionNetwork(torch.nn.Module):
    """The encoder with its heads: `types` [b, types], `aspects` [b, aspects], `topic` [b, n, 2]."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.types = torch.nn.Linear(2 * size, len(TYPES))
        self.aspects = torch.nn.Linear(2 * size, len(ASPECTS))
        self.topic = torch.nn.Linear(size, 2)

    @classmethod
    def from_embedder(cls, folder: Path) -> QuestionNetwork:
        """A network with the embedder's encoder and fresh heads.

        Raises:
            ModelError: the embedder does not load.
        """
        return cls(open_encoder(folder))

    def forward(  # noqa: D102
        self, ids: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        whole = torch.cat([hidden[:, 0], mean], 1)
        return self.types(whole), self.aspects(whole), self.topic(hidden)


class QuestionClassifier:
    """Reads questions, on one core. Safe to call from several threads."""

    def __init__(self, network: QuestionNetwork, tokenizer: Any) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._known = lru_cache(maxsize=_KNOWN)(self._read)  # turns of a conversation come again

    @classmethod
    def open(cls, embedder: Path, folder: Path) -> QuestionClassifier:
        """The classifier in `folder`, over the encoder in the folder `embedder`.

        Raises:
            ModelError: the embedder does not load, or the weights are missing, cut off, or those of
                another network.
        """
        network = QuestionNetwork.from_embedder(embedder)
        load_weights(network, folder / WEIGHTS)
        return cls(network, open_tokenizer(embedder))

    def read(self, question: str) -> Intent:
        """What `question` asks for; of the last few, as it was read before."""
        return self._known(question)

    def _read(self, question: str) -> Intent:
        encoding = self._tokenizer(
            question, truncation=True, max_length=MAX_TOKENS, return_offsets_mapping=True
        )
        ids = torch.tensor([encoding["input_ids"]])
        with self._lock, torch.inference_mode():
            types, aspects, topic = self._network(ids, torch.ones_like(ids))
        shares = types[0].softmax(0)
        best = int(shares.argmax())
        of_records = TYPES[best] in ("collection", "metadata")
        return Intent(
            TYPES[best],
            float(shares[best]),
            ASPECTS[int(aspects[0].argmax())] if of_records else None,
            _topic(question, encoding["offset_mapping"], topic[0].argmax(1).tolist()),
        )


def load_weights(network: QuestionNetwork, weights: Path) -> None:
    """Load trained weights: the heads, and the low-rank updates, which are added to the encoder.

    Raises:
        ModelError: the weights are missing, cut off, or those of another network.
    """
    try:
        state = {name: value.float() for name, value in load_file(weights).items()}
        with safe_open(weights, "pt") as file:
            labels = file.metadata()["labels"]
        if labels != describe_labels():
            raise ValueError("it was trained for other types of questions")
        add_changes(network, state)
        missing, unexpected = network.load_state_dict(state, strict=False)
        if unexpected or any(not each.startswith("encoder.") for each in missing):
            raise ValueError("it holds the weights of another network")
    except Exception as error:  # safetensors and torch raise many kinds
        reason = str(error).partition("\n")[0]
        raise ModelError(
            f"the classifier of questions in {weights} does not load "
            f"({type(error).__name__}: {reason}): restore it"
        ) from error


def describe_labels() -> str:
    """The names of types and aspects in the order of the heads' outputs."""
    return " ".join(map(str, (*TYPES, "|", *ASPECTS)))


def _topic(question: str, offsets: Sequence[tuple[int, int]], marks: Sequence[int]) -> str:
    """The words of `question` from the first token that is marked to the last."""
    marked = [span for span, mark in zip(offsets, marks, strict=True) if mark and span[0] < span[1]]
    return question[marked[0][0] : marked[-1][1]] if marked else ""
