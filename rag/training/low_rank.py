"""Low-rank changes of an encoder's linear layers (LoRA, Hu et al. 2021), to train a large one.

    add_low_rank(network, rank)   every linear layer of the encoder is frozen, beside a change
    low_rank_state(network)       the changes and the heads, as `add_changes` takes them
    take_up_changes(network, state)    go on from changes of an earlier run

In:  a network with an `encoder`, the rank. Out: the same network; its state as tensors by name.
Left to others: steps and files (`rag.training.reader`, `rag.training.questions`), adding the
changes to the weights (`rag.models.encoder`).
"""

from __future__ import annotations

from typing import Any

import torch

from rag.models.encoder import DOWN, UP

_SCALE = 2.0  # of a change: a higher one learns faster at the same rate


class LowRankLinear(torch.nn.Module):
    """A frozen linear layer, and a product of two thin matrices that changes it; 0 at first."""

    def __init__(self, linear: torch.nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.down = torch.nn.Linear(linear.in_features, rank, bias=False)
        self.up = torch.nn.Linear(rank, linear.out_features, bias=False)
        torch.nn.init.zeros_(self.up.weight)

    def forward(self, values: torch.Tensor) -> torch.Tensor:  # noqa: D102
        changed: torch.Tensor = self.linear(values) + _SCALE * self.up(self.down(values))
        return changed


def add_low_rank(network: Any, rank: int) -> None:
    """Freeze the encoder, and add to each of its linear layers a change of `rank`."""
    for each in network.encoder.parameters():
        each.requires_grad_(False)
    linear = [(n, m) for n, m in network.encoder.named_modules() if isinstance(m, torch.nn.Linear)]
    for name, module in linear:
        parent, _, own = name.rpartition(".")
        setattr(network.encoder.get_submodule(parent), own, LowRankLinear(module, rank))


def take_up_changes(network: Any, state: dict[str, torch.Tensor]) -> bool:
    """Take the thin matrices out of `state` and go on from them in the layers of `network`.

    What `network` has of rank beyond theirs changes nothing at first. For
    `rag.models.reader_network.load_weights`, in place of `add_changes`, which would add them to
    frozen weights: those are not among what training changed, and so would be lost.

    Raises:
        ValueError: there are none, or they have a higher rank.
        AttributeError, KeyError: they are not of this network.
    """
    names = [name.removesuffix(UP) for name in state if name.endswith(UP)]
    if not names:
        raise ValueError("it changes the whole encoder, and no rank")
    for name in names:
        down, up = state.pop(name + DOWN), state.pop(name + UP)
        layer = network.get_submodule(name)
        if len(down) > layer.down.out_features:
            raise ValueError(f"its changes have rank {len(down)}: give that, or a higher one")
        layer.down.weight.data[: len(down)] = down
        layer.up.weight.data[:, : len(down)] = up / _SCALE
    return True


def low_rank_state(network: Any) -> dict[str, torch.Tensor]:
    """What training changed: the thin matrices by the names of their layers, and the heads."""
    state = {}
    for name, module in network.named_modules():
        if isinstance(module, LowRankLinear):
            state[name + DOWN] = module.down.weight
            state[name + UP] = _SCALE * module.up.weight
    for name, value in network.named_parameters():
        if not name.startswith("encoder."):
            state[name] = value
    return state
