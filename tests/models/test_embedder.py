"""The real embedder: its vectors are those of the library, whatever the precision."""

from __future__ import annotations

import numpy as np
import pytest

from rag.models import embedder as embedder_module
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
def embedder(folder, monkeypatch):
    monkeypatch.setattr(embedder_module, "_BULK_MIN_TEXTS", 8)
    monkeypatch.setattr(embedder_module, "_TRIAL_TEXTS", 3)
    return Embedder.open(folder)


def test_encode_returns_the_vectors_of_the_library_in_order(embedder, monkeypatch):
    monkeypatch.setattr(embedder_module, "supports_bfloat16", lambda: False)
    monkeypatch.setattr(embedder_module, "_FP16_MAX_ROWS", 0)  # float32 throughout
    reference = embedder._model.encode(TEXTS, batch_size=32, normalize_embeddings=True)
    progress = []
    monkeypatch.setattr(embedder_module, "_WINDOW", 5)
    vectors = embedder.encode(TEXTS, progress.append)
    assert vectors.dtype == np.float32
    assert np.abs(vectors - reference).max() < 1e-5
    assert progress == [5, 10, 12]


@pytest.mark.parametrize(
    ("max_time_ratio", "min_cosine", "is_used"),
    [(1e9, 0.999, True), (0.0, 0.999, False), (1e9, 1.1, False)],
)
def test_bfloat16_is_used_only_if_it_is_faster_and_alike(
    embedder, monkeypatch, max_time_ratio, min_cosine, is_used
):
    monkeypatch.setattr(embedder_module, "supports_bfloat16", lambda: True)
    monkeypatch.setattr(embedder_module, "_MAX_TIME_RATIO", max_time_ratio)
    monkeypatch.setattr(embedder_module, "_MIN_COSINE", min_cosine)
    monkeypatch.setattr(embedder_module, "_FP16_MAX_ROWS", 0)
    few = np.concatenate([embedder.encode([text]) for text in TEXTS])  # a question: float32
    many = embedder.encode(TEXTS)
    assert bool(np.abs(many - few).max() > 1e-4) is is_used
    assert float((many * few).sum(axis=1).min()) > 0.999
    assert np.abs(np.linalg.norm(many, axis=1) - 1).max() < 1e-5
    assert np.array_equal(embedder.encode(TEXTS), many)  # there is no second trial


def test_short_input_uses_float16_weights_and_gives_the_same_vectors(folder, monkeypatch):
    import torch

    monkeypatch.setattr(embedder_module, "supports_bfloat16", lambda: False)  # many: float32
    embedder, float32_calls = Embedder.open(folder), []
    if not any(type(each).__name__ == "FP16Linear" for each in embedder._model.modules()):
        with pytest.raises((NotImplementedError, RuntimeError)):  # no kernels for this processor
            torch.ops.quantized.linear_prepack_fp16(torch.ones(2, 2), torch.ones(2))
        return
    for each in embedder._model.modules():
        if isinstance(each, torch.nn.Linear):
            each.register_forward_pre_hook(lambda *_: float32_calls.append(1))
    few = np.concatenate([embedder.encode([text]) for text in TEXTS])
    assert float32_calls == []
    many = embedder.encode(TEXTS * 8)[: len(TEXTS)]
    assert float32_calls
    assert float((few * many).sum(axis=1).min()) > 0.999999


def test_model_is_unchanged_where_torch_has_no_float16_kernels(folder, monkeypatch):
    import torch

    def no_kernel(*_):
        raise NotImplementedError

    monkeypatch.setattr(torch.ops.quantized, "linear_prepack_fp16", no_kernel, raising=False)
    embedder = Embedder.open(folder)
    assert not any(type(each).__name__ == "FP16Linear" for each in embedder._model.modules())
    assert embedder.encode(TEXTS[:1]).shape == (1, 384)


def test_processor_without_bfloat16_gets_no_trial(embedder, monkeypatch):
    monkeypatch.setattr(embedder_module, "supports_bfloat16", lambda: False)
    monkeypatch.setattr(embedder_module, "_timed", None)
    assert len(embedder.encode(TEXTS)) == len(TEXTS)


def test_encoding_a_question_takes_one_core_and_restores_the_thread_count(embedder):
    import threading

    import torch

    thread_counts, cores = [], torch.get_num_threads()
    embedder._model.register_forward_pre_hook(
        lambda *_: thread_counts.append(torch.get_num_threads())
    )
    expected = embedder.encode(TEXTS[:1])
    results: list[np.ndarray] = []
    callers = [
        threading.Thread(target=lambda: results.append(embedder.encode(TEXTS[:1])))
        for _ in range(8)
    ]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert thread_counts == [1] * 9
    assert torch.get_num_threads() == cores
    assert all(np.array_equal(each, expected) for each in results)


def test_counting_changes_nothing_for_a_text_that_is_being_encoded(embedder):
    import threading

    long = "word " * 600  # more than the model takes
    expected, faults, stop = embedder.encode([long]), [], threading.Event()

    def count():
        while not stop.is_set():
            if embedder.count([long]) != [600]:
                faults.append("count")

    counters = [threading.Thread(target=count) for _ in range(2)]
    for each in counters:
        each.start()
    try:
        for _ in range(10):
            assert np.allclose(embedder.encode([long]), expected, atol=1e-5)
    finally:
        stop.set()
        for each in counters:
            each.join()
    assert faults == []
