"""The networks of readers: an encoder with linear heads, and public models for spans.

In:  the folder of an embedder and trained weights over it; or the folder of a public
     question-answering model, which has all of its own.
Out: a network that is ready to read, with its tokenizer.
Left to others: pairs and spans (`rag.models.reader`), training (`rag.training`).

Trained weights hold every layer of the encoder but its table of word embeddings; or, of a larger
encoder, what changes its linear layers (`rag.models.encoder.add_changes`). A large encoder computes
in bfloat16 where the processor has instructions for it: half the memory and half the time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModelForQuestionAnswering

from rag.errors import ModelError
from rag.models.embedder import silence_libraries
from rag.models.encoder import add_changes, open_encoder, open_tokenizer
from rag.models.registry import READER_WEIGHTS
from rag.runtime.memory import release_free_memory

FROZEN = "encoder.embeddings.word_embeddings.weight"
"""The embedder's own table, which is not in the weights."""
_LARGE = 50_000_000  # weights of an encoder from which it computes in bfloat16

AddChanges = Callable[[Any, dict[str, torch.Tensor]], bool]
Logits = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class ReaderNetwork(torch.nn.Module):
    """The encoder with its heads: `span` [b, n, 2], `answers` [b], `claim` [b, 3], all logits."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.span = torch.nn.Linear(size, 2)
        self.answers = torch.nn.Linear(size, 1)
        self.claim = torch.nn.Linear(size, 3)
        self._segments = getattr(encoder.config, "type_vocab_size", 1) > 1
        self._in_bfloat16 = False

    @classmethod
    def from_embedder(cls, folder: Path) -> ReaderNetwork:
        """A network with the embedder's encoder and fresh heads.

        Raises:
            ModelError: the embedder does not load.
        """
        network = cls(open_encoder(folder))
        for name, parameter in network.named_parameters():
            if name.endswith(".bias") and not name.startswith("encoder."):
                torch.nn.init.zeros_(parameter)
            elif not name.startswith("encoder."):
                torch.nn.init.normal_(parameter, std=0.02)
        return network

    def forward(  # noqa: D102
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> Logits:
        # places are counted from the padding in some encoders, so it must be theirs
        ids = ids.masked_fill(mask == 0, self.encoder.config.pad_token_id)
        segments = {"token_type_ids": types} if self._segments else {}
        if not self._in_bfloat16:
            return self._heads(self.encoder(input_ids=ids, attention_mask=mask, **segments))
        with torch.autocast("cpu", torch.bfloat16):
            output = self._heads(self.encoder(input_ids=ids, attention_mask=mask, **segments))
        span, answers, claim = (each.float() for each in output)
        return span, answers, claim

    def for_reading(self) -> ReaderNetwork:
        """This network, ready to read: a large one in bfloat16 where that is quick."""
        size = sum(each.numel() for each in self.encoder.parameters())
        if size >= _LARGE and torch.cpu._is_avx512_bf16_supported():
            for module in self.modules():
                if isinstance(module, torch.nn.Linear | torch.nn.Embedding):
                    module.to(torch.bfloat16)
            for each in self.parameters():  # what is left in float32 would hold the mapped file
                each.data = each.data.clone()
            self._in_bfloat16 = True
            release_free_memory()
        return self.eval()

    def _heads(self, output: Any) -> Logits:
        hidden = output.last_hidden_state
        first = hidden[:, 0]
        return self.span(hidden), self.answers(first).squeeze(-1), self.claim(first)


class PublicNetwork(torch.nn.Module):
    """A public model for extractive question answering, with the outputs of `ReaderNetwork`.

    What it has no head for is not a number (NaN).
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(  # noqa: D102
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> Logits:
        segments = {"token_type_ids": types} if self.model.config.type_vocab_size > 1 else {}
        output = self.model(input_ids=ids, attention_mask=mask, **segments)
        span = torch.stack([output.start_logits, output.end_logits], 2)
        nothing = torch.full((len(ids), 3), torch.nan)
        return span, nothing[:, 0], nothing


def open_network(embedder: Path, folder: Path, advice: str) -> tuple[Any, Any]:
    """The network in `folder`, ready to read, and its tokenizer.

    It is a public model where the folder says so, else weights over the encoder of `embedder`.
    `advice` ends the message where that fails.

    Raises:
        ModelError: the embedder does not load, or the network is missing, cut off, or another kind.
    """
    if (folder / "config.json").is_file():
        return _open_public(folder, advice)
    network = ReaderNetwork.from_embedder(embedder)
    load_weights(network, folder / READER_WEIGHTS, advice)
    return network.for_reading(), open_tokenizer(embedder)


def _open_public(folder: Path, advice: str) -> tuple[PublicNetwork, Any]:
    silence_libraries()
    try:
        model, loading = AutoModelForQuestionAnswering.from_pretrained(
            str(folder), local_files_only=True, output_loading_info=True
        )
        if missing := [name for name in loading["missing_keys"] if name.startswith("qa_outputs")]:
            raise ValueError(f"it has no head for spans: {missing[0]} is missing")
        return PublicNetwork(model.float()).eval(), open_tokenizer(folder)
    except Exception as error:  # transformers raises many kinds
        raise _does_not_load(folder, error, advice) from error


def load_weights(
    network: ReaderNetwork, weights: Path, advice: str, add: AddChanges = add_changes
) -> None:
    """Load trained weights over those of `network`; `advice` ends the message where that fails.

    `add` takes changes of low rank out of a state and says whether there were any.

    Raises:
        ModelError: the weights are missing, cut off, or those of another network.
    """
    try:
        state = {name: value.float() for name, value in load_file(weights).items()}
        trained = {name for name, _ in network.named_parameters()} - {FROZEN}
        if add(network, state):
            trained = {name for name in trained if not name.startswith("encoder.")}
        missing, unexpected = network.load_state_dict(state, strict=False)
        if unexpected or trained & set(missing):
            raise ValueError("it holds the weights of another network")
    except Exception as error:  # safetensors and torch raise many kinds
        raise _does_not_load(weights, error, advice) from error


def _does_not_load(path: Path, error: Exception, advice: str) -> ModelError:
    reason = str(error).partition("\n")[0]
    return ModelError(
        f"the reader in {path} does not load ({type(error).__name__}: {reason}): {advice}"
    )
