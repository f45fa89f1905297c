"""The real embedder: its vectors are those of the library, whichever way they are made."""

from __future__ import annotations

import numpy as np
import pytest

from rag.models import embedder as encoders
from rag.models.embedder import Embedder
from rag.models.registry import get_card, verify_model
from rag.settings import Settings

pytestmark = pytest.mark.real

TEXTS = [f"{'The harbour of Tarn was closed. ' * (1 + n % 4)}Ship {n} left." for n in range(12)]


@pytest.fixture(scope="module")
def folder():
    import os

    models = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"}).models
    return verify_model(get_card("all-minilm-l6-v2"), models)


@pytest.fixture
def encoder(folder, monkeypatch):
    monkeypatch.setattr(encoders, "_MANY", 8)
    monkeypatch.setattr(encoders, "_TRIED", 3)
    return Embedder.open(folder)


def test_vectors_are_the_library_s_own_in_their_order(encoder, monkeypatch):
    monkeypatch.setattr(encoders, "multiplies_bfloat16", lambda: False)
    monkeypatch.setattr(encoders, "_FEW_ROWS", 0)  # float32 throughout
    alone = encoder._model.encode(TEXTS, batch_size=32, normalize_embeddings=True)
    told = []
    monkeypatch.setattr(encoders, "_AT_ONCE", 5)
    made = encoder.encode(TEXTS, told.append)
    assert made.dtype == np.float32
    assert np.abs(made - alone).max() < 1e-5
    assert told == [5, 10, 12]


@pytest.mark.parametrize(
    ("quicker", "same", "taken"), [(1e9, 0.999, True), (0.0, 0.999, False), (1e9, 1.1, False)]
)
def test_bfloat16_only_where_it_is_quicker_and_the_same(encoder, monkeypatch, quicker, same, taken):
    monkeypatch.setattr(encoders, "multiplies_bfloat16", lambda: True)
    monkeypatch.setattr(encoders, "_QUICKER", quicker)
    monkeypatch.setattr(encoders, "_SAME", same)
    monkeypatch.setattr(encoders, "_FEW_ROWS", 0)
    few = np.concatenate([encoder.encode([text]) for text in TEXTS])  # a question: float32
    many = encoder.encode(TEXTS)
    assert bool(np.abs(many - few).max() > 1e-4) is taken
    assert float((many * few).sum(axis=1).min()) > 0.999
    assert np.abs(np.linalg.norm(many, axis=1) - 1).max() < 1e-5
    assert np.array_equal(encoder.encode(TEXTS), many)  # it is not tried again


def test_few_texts_are_multiplied_by_half_the_bytes_and_give_the_same_vectors(folder):
    import torch

    encoder, counted = Embedder.open(folder), []
    if not any(type(each).__name__ == "Light" for each in encoder._model.modules()):
        with pytest.raises((NotImplementedError, RuntimeError)):  # none for this processor
            torch.ops.quantized.linear_prepack_fp16(torch.ones(2, 2), torch.ones(2))
        return
    for each in encoder._model.modules():
        if isinstance(each, torch.nn.Linear):
            each.register_forward_pre_hook(lambda *_: counted.append(1))
    few = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert counted == []
    whole = encoder.encode(TEXTS * 8)[: len(TEXTS)]
    assert counted
    assert float((few * whole).sum(axis=1).min()) > 0.999999


def test_where_torch_has_no_such_kernels_the_model_is_as_it_was(folder, monkeypatch):
    import torch

    def none(*_):
        raise NotImplementedError

    monkeypatch.setattr(torch.ops.quantized, "linear_prepack_fp16", none, raising=False)
    encoder = Embedder.open(folder)
    assert not any(type(each).__name__ == "Light" for each in encoder._model.modules())
    assert encoder.encode(TEXTS[:1]).shape == (1, 384)


def test_a_processor_without_it_is_not_tried(encoder, monkeypatch):
    monkeypatch.setattr(encoders, "multiplies_bfloat16", lambda: False)
    monkeypatch.setattr(encoders, "_timed", None)
    assert len(encoder.encode(TEXTS)) == len(TEXTS)


def test_a_question_takes_one_core_and_gives_the_others_back(encoder):
    import threading

    import torch

    seen, cores = [], torch.get_num_threads()
    encoder._model.register_forward_pre_hook(lambda *_: seen.append(torch.get_num_threads()))
    alone = encoder.encode(TEXTS[:1])
    told: list[np.ndarray] = []
    callers = [
        threading.Thread(target=lambda: told.append(encoder.encode(TEXTS[:1]))) for _ in range(8)
    ]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert seen == [1] * 9
    assert torch.get_num_threads() == cores
    assert all(np.array_equal(each, alone) for each in told)
