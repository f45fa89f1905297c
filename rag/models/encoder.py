"""The encoders that our own models are trained over: opened, named, changed.

In:  the folder of an embedder; weights that name one in their metadata.
Out: its encoder and tokenizer; its name and SHA-256; the encoder with its linear layers changed.
Left to others: the heads (`rag.models.reader_network`, `rag.models.question_classifier`).

A change of a linear layer is a product of two thin matrices (LoRA, Hu et al. 2021), which is added
to its weights when they are loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoModel, AutoTokenizer

from rag.errors import ModelError
from rag.models.embedder import silence_libraries
from rag.models.registry import digest

DOWN, UP = ".down", ".up"
"""Suffixes of the thin matrices [rank, in] and [out, rank] that change the layer of that name."""


def open_encoder(folder: Path) -> Any:
    """The encoder of the embedder in `folder`, without dropout, in float32.

    Raises:
        ModelError: it does not load.
    """
    silence_libraries()
    try:
        config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
        return AutoModel.from_pretrained(
            str(folder), config=config, add_pooling_layer=False, local_files_only=True
        ).float()
    except Exception as error:  # transformers raises many kinds
        raise ModelError(
            f"the embedder in {folder} does not load as an encoder "
            f"({type(error).__name__}: {error}): type `rag doctor`"
        ) from error


def open_tokenizer(folder: Path) -> Any:
    """The fast tokenizer of the embedder in `folder`; it warns of no length, we cut ourselves."""
    return AutoTokenizer.from_pretrained(
        str(folder), local_files_only=True, model_max_length=1_000_000
    )


def describe_encoder(embedder: Path) -> dict[str, str]:
    """The encoder in the folder `embedder`, as the metadata of weights that are trained over it."""
    return {"encoder": embedder.name, "encoder_sha256": digest(embedder / "model.safetensors")}


def find_encoder(weights: Path) -> tuple[str, str] | None:
    """Name and SHA-256 of the embedder that these weights were trained over.

    None where there are no such weights, or they do not say: then they have an encoder of their
    own, or loading them says what is wrong.
    """
    try:
        with safe_open(weights, "pt") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError):
        return None
    name, sha256 = metadata.get("encoder"), metadata.get("encoder_sha256")
    return (name, sha256) if name and sha256 else None


def add_changes(network: torch.nn.Module, state: dict[str, torch.Tensor]) -> bool:
    """Take the thin matrices out of `state` and add their products to the layers of `network`.

    Whether there were any.

    Raises:
        AttributeError, KeyError, RuntimeError: they are not of this network.
    """
    names = [name.removesuffix(UP) for name in state if name.endswith(UP)]
    for name in names:
        change = state.pop(name + UP) @ state.pop(name + DOWN)
        weight = network.get_parameter(f"{name}.weight")
        weight.data = weight.data + change  # in place it would be written to the mapped file
    return bool(names)
