"""The reader on odd input and with weights that do not fit. The weights here are untrained."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertModel,
    RobertaConfig,
    RobertaForQuestionAnswering,
    RobertaTokenizerFast,
)

from rag.errors import ModelError
from rag.models.encoder import find_encoder, open_tokenizer
from rag.models.reader import Reader
from rag.models.reader_network import FROZEN, ReaderNetwork
from rag.models.registry import READER_WEIGHTS, get_card, verify_model
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
    folder = tmp_path_factory.mktemp("weights")
    trained = {k: v.contiguous() for k, v in state.items() if k != FROZEN}
    save_file(trained, str(folder / READER_WEIGHTS))
    return folder


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
    path = tmp_path / READER_WEIGHTS
    assert message(embedder, tmp_path).startswith(f"the reader in {path} does not load (")
    path.write_bytes((weights / READER_WEIGHTS).read_bytes()[:100_000])
    message(embedder, tmp_path)
    save_file({"layer.weight": torch.zeros(2, 2)}, str(path))
    assert "another network" in message(embedder, tmp_path)
    save_file({"span.weight": torch.zeros(2, 7)}, str(path))
    message(embedder, tmp_path)


def message(embedder: Path, folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Reader.open(embedder, folder)
    line = str(caught.value)
    assert line.endswith("): restore it, or set RAG_READER=none")
    assert "\n" not in line
    return line


def small_bert(embedder: Path, folder: Path) -> None:
    """A BERT with the embedder's words, as a public model would lie on disk."""
    tokenizer = open_tokenizer(embedder)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16,
    )  # fmt: skip
    BertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def small_roberta(embedder: Path, folder: Path) -> None:
    """A RoBERTa: other special tokens, one kind of segment, places counted from its padding."""
    alphabet = sorted(ByteLevel.alphabet())
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    words = {word: n for n, word in enumerate([*special, *alphabet])}
    tokenizer = RobertaTokenizerFast(vocab=words, merges=[])
    config = RobertaConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, type_vocab_size=1, pad_token_id=1, max_position_embeddings=300,
    )  # fmt: skip
    RobertaForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.mark.parametrize("make", [small_bert, small_roberta])
def test_a_public_model_reads_and_says_nothing_of_claims(embedder, tmp_path, make) -> None:
    torch.manual_seed(3)
    make(embedder, tmp_path)
    card = get_card(str(tmp_path))
    assert (card.kind, verify_model(card, tmp_path / "cache")) == ("reader", tmp_path)
    public = Reader.open(embedder, tmp_path)
    together = public.read("What sank?", PASSAGES)
    for passage, each in zip(PASSAGES, together, strict=True):
        assert 0 <= each.start <= each.end <= len(passage)
        assert each.answers in (each.margin / 2, each.margin)  # the latter: nothing to read
        (alone,) = public.read("What sank?", [passage])
        assert alone.margin == pytest.approx(each.margin, abs=1e-4)
    (claim,) = public.check("It sank.", ["The ferry sank."])
    assert (claim.supported, claim.contradicted, claim.neither) == pytest.approx((0, 0, 1))


def test_a_public_model_without_a_head_for_spans_is_named(embedder, tmp_path) -> None:
    small_bert(embedder, tmp_path)
    config = BertConfig.from_pretrained(tmp_path)
    BertModel(config).save_pretrained(tmp_path)
    assert "no head for spans" in message(embedder, tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"cut off")
    assert f"the reader in {tmp_path} does not load" in message(embedder, tmp_path)


def test_an_embedder_that_does_not_load_is_named(weights, tmp_path) -> None:
    with pytest.raises(ModelError, match=r"the embedder in .* does not load .*rag doctor"):
        Reader.open(tmp_path, weights)


def test_weights_that_name_half_of_their_encoder_name_none(tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / READER_WEIGHTS, {"encoder": "all-minilm-l6-v2"})
    assert find_encoder(tmp_path / "reader.safetensors") is None
