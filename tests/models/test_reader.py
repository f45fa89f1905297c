"""The reader on odd input and with weights that do not fit. The weights here are untrained."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from rag.errors import ModelError
from rag.models.reader import FROZEN, Reader, ReaderNetwork, open_tokenizer
from rag.models.registry import get_card, verify_model
from rag.settings import Settings

pytestmark = pytest.mark.real

LONG = "The port of Tarn was closed in May. " * 250
JAPANESE = "東京の港は五月に閉鎖された。船長は何も言わなかった。"
PASSAGES = ["The ferry sank.", "", "   ", LONG, JAPANESE, "x", "🚢" * 40, "a" * 3000]


@pytest.fixture(scope="module")
def embedder() -> Path:
    loaded = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"})
    return verify_model(get_card(loaded.embedder), loaded.models)


@pytest.fixture(scope="module")
def weights(embedder, tmp_path_factory) -> Path:
    torch.manual_seed(1)
    state = ReaderNetwork.from_embedder(embedder).state_dict()
    path = tmp_path_factory.mktemp("weights") / "reader.safetensors"
    save_file({k: v.contiguous() for k, v in state.items() if k != FROZEN}, str(path))
    return path


@pytest.fixture(scope="module")
def reader(embedder, weights) -> Reader:
    return Reader.open(embedder, weights)


@pytest.mark.parametrize("question", ["Why", "", "誰が港を閉鎖したか？", "who " * 500])
def test_odd_input_gives_finite_scores_and_spans_inside(reader, question) -> None:
    readings = reader.read(question, PASSAGES)
    assert len(readings) == len(PASSAGES)
    for passage, each in zip(PASSAGES, readings, strict=True):
        assert 0 <= each.start <= each.end <= len(passage)
        assert math.isfinite(each.margin)
        assert math.isfinite(each.answers)
        assert (each.start < each.end) == bool(passage.strip())
    for each in reader.check(question, PASSAGES):
        shares = (each.supported, each.contradicted, each.neither)
        assert sum(shares) == pytest.approx(1)
        assert min(shares) >= 0


def test_no_passages_give_no_readings(reader) -> None:
    assert reader.read("Who?", []) == []
    assert reader.check("It sank.", []) == []


def test_readings_do_not_depend_on_what_is_read_beside_them(reader) -> None:
    together = reader.read("What sank?", PASSAGES)
    for passage, each in zip(PASSAGES, together, strict=True):
        (alone,) = reader.read("What sank?", [passage])
        assert (alone.start, alone.end) == (each.start, each.end)
        assert alone.margin == pytest.approx(each.margin, abs=1e-4)


def test_the_span_is_the_best_pair_of_start_and_end(embedder) -> None:
    """A network that points at the tokens of "sank" and "in"."""
    tokenizer = open_tokenizer(embedder)
    sank, within = tokenizer.convert_tokens_to_ids(["sank", "in"])

    class Pointer(torch.nn.Module):
        def forward(self, ids, mask, types):
            span = torch.stack([(ids == sank).float(), (ids == within).float() * 2], 2)
            span[:, 0] = 0.25
            return span, torch.full((len(ids),), 0.75), torch.zeros(len(ids), 3)

    pointing = Reader(Pointer(), tokenizer)
    (reading,) = pointing.read("What happened?", ["In 1931 the ferry sank off Tarn in May."])
    assert "In 1931 the ferry sank off Tarn in May."[reading.start : reading.end] == (
        "sank off Tarn in"
    )
    assert (reading.margin, reading.answers) == (2.5, 0.75)


def test_weights_that_do_not_load_are_named(embedder, weights, tmp_path) -> None:
    def message(path: Path) -> str:
        with pytest.raises(ModelError) as caught:
            Reader.open(embedder, path)
        line = str(caught.value)
        assert line.startswith(f"the reader in {path} does not load (")
        assert line.endswith("): restore the file, or set RAG_READER=none")
        assert "\n" not in line
        return line

    message(tmp_path / "missing.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(weights.read_bytes()[:100_000])
    message(cut)
    other = tmp_path / "other.safetensors"
    save_file({"layer.weight": torch.zeros(2, 2)}, str(other))
    assert "another network" in message(other)
    save_file({"span.weight": torch.zeros(2, 7)}, str(other))
    message(other)


def test_an_embedder_that_does_not_load_is_named(weights, tmp_path) -> None:
    with pytest.raises(ModelError, match=r"the embedder in .* does not load .*rag doctor"):
        Reader.open(tmp_path, weights)
