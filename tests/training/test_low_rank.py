"""Low-rank changes: nothing changes at first, and what is stored gives the same network again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import MPNetConfig, MPNetModel

from rag.errors import ModelError
from rag.models.reader_network import FROZEN, ReaderNetwork, load_weights
from rag.training.low_rank import add_low_rank, low_rank_state, take_up_changes


def small_network() -> ReaderNetwork:
    torch.manual_seed(2)
    config = MPNetConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=24, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    return ReaderNetwork(MPNetModel(config, add_pooling_layer=False)).eval()


def logits(network: ReaderNetwork) -> torch.Tensor:
    ids = torch.arange(4, 24).reshape(2, 10)
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    with torch.no_grad():
        span, answers, _ = network(ids, mask, torch.zeros_like(ids))
    return torch.cat([span[mask == 1].flatten(), answers])


def test_what_is_stored_gives_the_same_network(tmp_path: Path) -> None:
    network = small_network()
    before = logits(network)
    add_low_rank(network, 4)
    assert torch.equal(logits(network), before)
    trained = {name for name, each in network.named_parameters() if each.requires_grad}
    assert not any(name.endswith((".linear.weight", FROZEN)) for name in trained)
    assert len(trained) == 2 * 2 * 6 + 6  # two matrices a layer; weights and biases of three heads
    for name, each in network.named_parameters():
        if name in trained:
            each.data += 0.1 * torch.randn_like(each)
    state = {k: v.detach().contiguous() for k, v in low_rank_state(network).items()}
    save_file(state, tmp_path / "reader.safetensors")
    restored = small_network()
    load_weights(restored, tmp_path / "reader.safetensors", "restore it")
    assert torch.allclose(logits(restored), logits(network), atol=1e-5)
    assert not torch.allclose(logits(restored), before, atol=1e-2)


def trained_state(rank: int = 4) -> dict[str, torch.Tensor]:
    network = small_network()
    add_low_rank(network, rank)
    for each in network.parameters():
        each.data += 0.1 * torch.randn_like(each) * each.requires_grad
    return {k: v.detach().contiguous() for k, v in low_rank_state(network).items()}


@pytest.mark.parametrize("rank", [4, 6])
def test_a_run_from_given_changes_stores_them_too(tmp_path: Path, rank: int) -> None:
    save_file(trained_state(), tmp_path / "first.safetensors")
    network = small_network()
    add_low_rank(network, rank)
    load_weights(network, tmp_path / "first.safetensors", "restore it", take_up_changes)
    first = small_network()
    load_weights(first, tmp_path / "first.safetensors", "restore it")
    assert torch.allclose(logits(network), logits(first), atol=1e-5)
    for name, each in network.named_parameters():
        if name.endswith("up.weight"):
            each.data += 0.1
    state = {k: v.detach().contiguous() for k, v in low_rank_state(network).items()}
    save_file(state, tmp_path / "second.safetensors")
    second = small_network()
    load_weights(second, tmp_path / "second.safetensors", "restore it")
    assert torch.allclose(logits(second), logits(network), atol=1e-4)
    assert not torch.allclose(logits(second), logits(first), atol=1e-2)


def test_changes_that_cannot_be_taken_up_are_refused(tmp_path: Path) -> None:
    network = small_network()
    add_low_rank(network, 2)
    save_file(trained_state(), tmp_path / "higher.safetensors")
    with pytest.raises(ModelError, match="have rank 4: give that, or a higher one"):
        load_weights(network, tmp_path / "higher.safetensors", "restore it", take_up_changes)
    whole = {k: v.contiguous() for k, v in small_network().state_dict().items()}
    save_file(whole, tmp_path / "whole.safetensors")
    with pytest.raises(ModelError, match="changes the whole encoder"):
        load_weights(network, tmp_path / "whole.safetensors", "restore it", take_up_changes)


def test_padding_changes_nothing() -> None:
    """Places are counted from the padding, which is not 0 in this kind of encoder."""
    network = small_network()
    ids, types = torch.arange(4, 14)[None], torch.zeros(1, 10, dtype=torch.long)
    alone = network(ids[:, :7], torch.ones(1, 7), types[:, :7])[0]
    padded = network(ids, torch.tensor([[1] * 7 + [0] * 3]), types)[0]
    assert torch.allclose(padded[:, :7], alone, atol=1e-5)


@pytest.mark.parametrize("missing", ["claim.weight", "span.weight"])
def test_weights_without_a_head_are_refused(tmp_path: Path, missing: str) -> None:
    state = {k: v.contiguous() for k, v in small_network().state_dict().items() if k != missing}
    save_file(state, tmp_path / "reader.safetensors")
    with pytest.raises(Exception, match="weights of another network"):
        load_weights(small_network(), tmp_path / "reader.safetensors", "restore it")
