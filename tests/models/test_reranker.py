"""The reranker: a real cross-encoder with a known head, saved to a folder and loaded from it."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.cli.doctor import check_reranker
from rag.errors import ModelError
from rag.index.build import expected_fingerprint
from rag.models import added
from rag.models.catalog import load_catalogue
from rag.models.opening import open_reranker
from rag.models.protocols import ModelSetup
from rag.models.recommendation import better_models, recommend_models
from rag.models.registry import get_card, verify_model
from rag.models.reranker import Reranker
from rag.runtime.extensions import Extension
from rag.runtime.machine import Machine
from rag.settings import Settings

QUERY = "Who looks after the lighthouse?"
PASSAGES = [
    "The ferry Maren sank on 3 May.",
    "The keeper of the lighthouse of Ulvsund is Ada Lund.",
    "A baker bought bread.",
    "The ferry Maren sank on 3 May.",
]


@pytest.fixture(scope="module")
def plain_folder(real_settings: Settings) -> Path:
    return verify_model(get_card("all-minilm-l6-v2"), real_settings.models)


def pooled(network: Any, tokenizer: Any, passage: str) -> Any:
    """The mean of the last layer over a pair, without sentence-transformers."""
    import torch

    pair = tokenizer(QUERY, passage, return_tensors="pt")
    with torch.inference_mode():
        return network(**pair).last_hidden_state[0].mean(0)


@pytest.fixture(scope="module")
def known(plain_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    """The folder of a cross-encoder whose score is the cosine to the pair with the keeper in it;
    and that score for each passage. Its modules are those of the Ettin rerankers."""
    import torch
    from sentence_transformers import CrossEncoder
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from transformers import AutoModel, AutoTokenizer

    network = AutoModel.from_pretrained(str(plain_folder)).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(plain_folder))
    means = [pooled(network, tokenizer, each) for each in PASSAGES]
    direction = means[1] / means[1].norm()
    head = Dense(
        384, 1, bias=False, activation_function=torch.nn.Identity(), module_output_name="scores"
    )
    head.linear.weight.data = direction[None, :].clone()
    folder = tmp_path_factory.mktemp("known") / "reranker"
    model = CrossEncoder(
        modules=[Transformer(str(plain_folder)), Pooling(384, "mean"), head], device="cpu"
    )
    model.save_pretrained(str(folder))
    return folder, [float(each @ direction) for each in means]


@pytest.fixture(scope="module")
def reranker(known: tuple[Path, list[float]]) -> Reranker:
    return Reranker.open(known[0])


@pytest.mark.real
def test_scores_are_those_of_the_network_before_any_sigmoid(
    reranker: Reranker, known: tuple[Path, list[float]]
) -> None:
    scores = reranker.score(QUERY, PASSAGES)
    assert scores == pytest.approx(known[1], abs=1e-4)
    assert max(scores) == scores[1] > 1, "a sigmoid would be below 1"
    assert scores[0] == scores[3], "the same text has the same score"
    assert reranker.score(QUERY, PASSAGES) == scores
    assert reranker.score(QUERY, []) == []


@pytest.mark.real
def test_several_threads_may_ask_at_once(reranker: Reranker) -> None:
    expected = reranker.score(QUERY, PASSAGES)
    with ThreadPoolExecutor(3) as threads:
        assert all(
            each == expected for each in threads.map(reranker.score, [QUERY] * 3, [PASSAGES] * 3)
        )


@pytest.mark.real
def test_a_folder_is_named_in_the_setting(
    known: tuple[Path, list[float]], indexed_toy: Settings, tmp_path: Path
) -> None:
    folder = known[0]
    card = get_card(str(folder))
    assert (card.kind, card.files[0].path) == ("reranker", "model.safetensors")
    settings = replace(indexed_toy, reranker=str(folder), model="none", models=tmp_path)
    assert expected_fingerprint(settings) == expected_fingerprint(indexed_toy)
    with Assistant.open(settings) as assistant:
        results = assistant.search(QUERY, 9)
        read = [hit.passage.text for hit in results]
    scores = open_reranker(settings).score(QUERY, read)  # type: ignore[union-attr]
    assert len(read) >= 4 and scores == sorted(scores, reverse=True)
    assert str(folder) in check_reranker(settings)


@pytest.mark.real
def test_what_is_no_reranker_is_named(plain_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="it has no head for scores: classifier") as refused:
        Reranker.open(plain_folder)
    assert str(refused.value).endswith("restore it, or set RAG_RERANKER=none")
    with pytest.raises(ModelError, match="does not load"):
        Reranker.open(tmp_path)
    with pytest.raises(ModelError, match=r"reader is no reranker \(it is of the kind reader\)"):
        open_reranker(Settings(reranker="reader"))
    with pytest.raises(ModelError, match="no model 'nowhere'"):
        open_reranker(Settings(reranker="nowhere"))
    with pytest.raises(ModelError, match="type `rag models pull ettin-reranker-17m`"):
        open_reranker(Settings(reranker="ettin-reranker-17m", models=tmp_path))
    assert open_reranker(Settings()) is None


def test_a_cross_encoder_is_told_from_a_reader(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    for network, kind in (
        ("BertForSequenceClassification", "reranker"),
        ("BertForQuestionAnswering", "reader"),
    ):
        config.write_text(json.dumps({"architectures": [network]}))
        assert get_card(str(tmp_path)).kind == kind
    config.write_text("{")
    assert get_card(str(tmp_path)).kind == "reader"


def test_rerankers_are_listed_and_none_is_recommended(tmp_path: Path) -> None:
    settings = Settings(models=tmp_path)
    rows = recommend_models(settings, Machine(16_000_000_000, 8), hub_answers=True)
    listed = [each for each in rows if each.card.kind == "reranker"]
    names = ["ettin-reranker-17m", "ettin-reranker-32m", "ms-marco-minilm-l6-v2"]
    assert [each.card.name for each in listed] == names
    assert all("not measured with Footnoted" in each.card.gain for each in listed)
    assert not any(each.is_best or each.is_in_use for each in listed)
    assert not {*names} & {*better_models(settings)}
    assert all(load_catalogue()[name].licence == "Apache-2.0" for name in names)


class Entry:
    """What an entry point of another package is."""

    def __init__(self, model: object) -> None:
        self._model = model

    def load(self) -> Any:
        return lambda setup: self._model


class Words:
    """Scores by the number of common words."""

    def __init__(self, scores: list[Any] | None = None) -> None:
        self._scores = scores

    def score(self, query: str, passages: list[str]) -> list[Any]:
        words = set(query.lower().split())
        counts = [len(words & set(each.lower().split())) for each in passages]
        return counts if self._scores is None else self._scores


def added_card(model: object, monkeypatch: pytest.MonkeyPatch) -> Any:
    extension = Extension("rerankers", "words", "a-package", "1.0", "a:b", Entry(model))
    offered = lambda kind, own=(): added.FoundExtensions(  # noqa: E731
        {"words": extension} if kind == "rerankers" else {}
    )
    monkeypatch.setattr(added, "find_extensions", offered)
    added.models.cache_clear()
    try:
        return added.card("words")
    finally:
        added.models.cache_clear()


SETUP = ModelSetup(Path("models"), 4096, 0, 1.0)


def test_another_package_may_add_one(monkeypatch: pytest.MonkeyPatch) -> None:
    card = added_card(Words(), monkeypatch)
    assert (card.kind, card.note) == ("reranker", "added by a-package 1.0")
    opened = added.open_reranker(card, SETUP)
    assert opened.score("the lighthouse", PASSAGES) == [1.0, 2.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (object(), "has no method score"),
        (Words([1.0]), "scored 1 of 4 passages"),
        (Words([1.0, math.nan, 0.0, 0.0]), "gave a score that is not finite"),
        (Words(["high"] * 4), "does not score"),
    ],
)
def test_what_is_added_is_checked_at_each_call(
    model: object, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = added_card(model, monkeypatch)
    with pytest.raises(ModelError, match=r"the extension words of a-package 1\.0") as named:
        added.open_reranker(card, SETUP).score(QUERY, PASSAGES)
    assert message in str(named.value)


def test_an_added_embedder_without_queries_embeds_them_as_passages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.conftest import ToyEmbedder

    class Old:
        dimensions, max_tokens = 26, 250
        count = ToyEmbedder.count
        encode = ToyEmbedder.encode

    class New(Old):
        def encode_queries(self, texts: list[str]) -> Any:
            return self.encode([f"zzz {each}" for each in texts])

    for model, same in ((Old(), True), (New(), False)):
        extension = Extension("embedders", "toy", "a-package", "1.0", "a:b", Entry(model))
        card = replace(get_card("all-minilm-l6-v2"), extension=extension)
        embedder = added.open_embedder(card, SETUP)
        equal = (embedder.encode_queries(PASSAGES) == embedder.encode(PASSAGES)).all()
        assert bool(equal) is same

    class Wrong(Old):
        def encode_queries(self, texts: list[str]) -> Any:
            return self.encode(texts)[:, :7]

    extension = Extension("embedders", "toy", "a-package", "1.0", "a:b", Entry(Wrong()))
    card = replace(get_card("all-minilm-l6-v2"), extension=extension)
    with pytest.raises(ModelError, match=r"gave vectors of shape \[4, 7\], not \[4, 26\]"):
        added.open_embedder(card, SETUP).encode_queries(PASSAGES)
