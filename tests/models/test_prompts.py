"""Embedders with prompts: a real model whose folder has some, and one whose catalogue entry has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.errors import IndexFault, ModelError
from rag.index import manifest
from rag.index.build import build_index, expected_fingerprint
from rag.index.passages import EmbedderSource
from rag.index.snapshots import SnapshotStore
from rag.models.catalog import NO_PROMPTS, EmbeddingPrompts, load_catalogue
from rag.models.embedder import Embedder
from rag.models.opening import embedding_prompts, open_embedder
from rag.models.registry import LIBRARY_CONFIG, get_card, verify_model
from rag.newsroom.drafts.nearness import Nearness
from rag.retrieval.retriever import RetrievalSettings, Retriever
from rag.retrieval.search import embed_query
from rag.settings import Settings
from tests.conftest import ToyEmbedder

TEXTS = ["The ferry Maren sank on 3 May.", "Nine sailors were saved, police said."]
QUESTION = ["When did the ferry sink?"]
OWN = EmbeddingPrompts("task: search result | query: ", "title: none | text: ")
BGE = "bge-small-en-v1.5"  # its files have the names of those of all-minilm-l6-v2, none is pinned


@pytest.fixture(scope="module")
def plain_folder(real_settings: Settings) -> Path:
    return verify_model(get_card("all-minilm-l6-v2"), real_settings.models)


@pytest.fixture(scope="module")
def plain(plain_folder: Path) -> Embedder:
    return Embedder.open(plain_folder)


@pytest.fixture(scope="module")
def saved(plain_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model saved again by the library, with prompts in its configuration."""
    from sentence_transformers import SentenceTransformer

    folder = tmp_path_factory.mktemp("saved") / BGE
    prompts = {"query": OWN.query, "document": OWN.document}
    model = SentenceTransformer(str(plain_folder), device="cpu", prompts=prompts)
    model.save_pretrained(str(folder))
    for name in ("vocab.txt", "special_tokens_map.json"):  # no longer written, but in the list
        shutil.copy(plain_folder / name, folder / name)
    return folder


@pytest.fixture
def models(plain_folder: Path, tmp_path: Path) -> Path:
    """A cache in which a model of the catalogue has a folder without prompts."""
    shutil.copytree(plain_folder, tmp_path / "models" / BGE, copy_function=_link)
    return tmp_path / "models"


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(Path(source).resolve())


def write_prompts(models: Path, prompts: dict[str, str]) -> None:
    file = models / BGE / LIBRARY_CONFIG
    file.unlink()
    file.write_text(json.dumps({"prompts": prompts}))
    (models / f"{BGE}.verified").unlink(missing_ok=True)  # as if it were pulled again


@pytest.mark.real
def test_without_prompts_every_vector_is_to_the_last_bit_what_it_was(plain: Embedder) -> None:
    import torch

    model = plain._model
    torch.set_num_threads(1)
    with torch.inference_mode():
        output = model(model.preprocess(TEXTS))["sentence_embedding"]
        before = np.asarray(torch.nn.functional.normalize(output))
    torch.set_num_threads(plain._default_threads)
    assert (plain.encode(TEXTS) == before).all()
    assert (plain.encode_queries(TEXTS) == before).all()
    many = [f"{text} {n}" for n in range(5) for text in TEXTS]
    assert (
        plain._encode(many) == model.encode(many, batch_size=8, normalize_embeddings=True)
    ).all()
    assert plain.max_tokens == 254


@pytest.mark.real
def test_the_prompts_of_a_folder_stand_before_queries_and_documents(
    saved: Path, plain: Embedder
) -> None:
    card = get_card(BGE)
    assert embedding_prompts(card, saved.parent) == OWN, "not those of the catalogue"
    embedder = open_embedder(Settings(models=saved.parent, embedder=BGE))
    for given, prompt, encode in (
        (TEXTS, OWN.document, embedder.encode),
        (QUESTION, OWN.query, embedder.encode_queries),
    ):
        whole = plain.encode([prompt + text for text in given])
        assert np.abs(encode(given) - whole).max() < 1e-5
        assert (encode(given) * plain.encode(given)).sum(1).max() < 0.999
    many = [f"{text} {n}" for n in range(40) for text in TEXTS]  # from 64 on in another way
    exact = plain._encode([OWN.document + text for text in many])
    assert (embedder.encode(many) * exact).sum(1).min() > 0.999
    assert embedder.count(TEXTS) == plain.count(TEXTS), "of the text alone"


@pytest.mark.real
def test_the_prompts_of_the_catalogue_count_where_the_folder_has_none(
    models: Path, plain: Embedder
) -> None:
    card = get_card(BGE)
    assert embedding_prompts(card, models) == card.prompts
    assert card.prompts.query and not card.prompts.document
    embedder = open_embedder(Settings(models=models, embedder=BGE))
    assert (embedder.encode(TEXTS) == plain.encode(TEXTS)).all()
    whole = plain.encode([card.prompts.query + text for text in QUESTION])
    assert np.abs(embedder.encode_queries(QUESTION) - whole).max() < 1e-5
    assert embedding_prompts(card, models / "elsewhere") == card.prompts, "nor is there a folder"


@pytest.mark.real
def test_room_for_the_prompt_is_left_in_a_passage(saved: Path, plain: Embedder) -> None:
    embedder = Embedder.open(saved, OWN)
    assert embedder.max_tokens == plain.max_tokens - plain.count([OWN.document])[0]
    words = ["harbour"] * embedder.max_tokens
    assert embedder.count([" ".join(words)]) == [embedder.max_tokens]
    one, other, longer = (
        embedder.encode([" ".join([*words[:-1], *end])])[0]
        for end in (["harbour"], ["bread"], ["harbour", "bread"])
    )
    assert one @ other < 0.9999, "the last word is read"
    assert one @ longer > 0.9999, "one more is not"
    card = get_card(BGE)
    EmbedderSource(embedder, card, embedder.max_tokens)
    with pytest.raises(ModelError, match=f"set RAG_PASSAGE_TOKENS={embedder.max_tokens}$"):
        EmbedderSource(embedder, card, embedder.max_tokens + 1)


@pytest.mark.real
def test_an_index_remembers_what_stood_before_its_passages(
    models: Path, plain: Embedder, corpus: Path, tmp_path: Path
) -> None:
    settings = Settings(
        corpus=corpus, index=tmp_path / "index", models=models, embedder=BGE,
        model="none", reader="none",
    )  # fmt: skip
    write_prompts(models, {"query": "query: ", "passage": "passage: "})
    build_index(settings)
    assert expected_fingerprint(settings).document_prompt == "passage: "
    with Assistant.open(settings) as assistant:
        index = assistant._snapshot()
        stored = index.documents.passages([int(row) for row in index.rows])
        for passage, vector in stored.values():
            whole = plain.encode([f"passage: {passage.text}"])[0]
            assert np.abs(vector - whole).max() < 1e-5
        assert assistant.search("When did the ferry sink?", 1)[0].passage.article == "ferry"
    write_prompts(models, {"query": "question: ", "passage": "passage: "})
    Assistant.open(settings).close()  # what stands before a query is not in the index
    write_prompts(models, {"document": "text: "})
    with pytest.raises(IndexFault, match="“passage: ” before each passage, now it is “text: ”"):
        Assistant.open(settings)
    with pytest.raises(IndexFault, match="type `rag index --rebuild`"):
        build_index(settings)


def test_an_index_of_before_has_no_prompt_and_stays_valid(indexed_toy: Settings) -> None:
    expected = expected_fingerprint(indexed_toy)
    assert expected.document_prompt == ""
    folder = SnapshotStore.of(indexed_toy).require_compatible(expected)
    file = folder / manifest.NAME
    content = json.loads(file.read_text())
    del content["fingerprint"]["document_prompt"]
    file.write_text(json.dumps(content))
    assert manifest.is_intact(folder, expected)
    assert build_index(indexed_toy).unchanged == 4
    assert SnapshotStore.of(indexed_toy).require_compatible(expected) == folder


class Recorder(ToyEmbedder):
    """Remembers as what each text was embedded."""

    def __init__(self) -> None:
        self.documents: list[str] = []
        self.queries: list[str] = []

    def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        self.documents += texts
        return super().encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        self.queries += texts
        return super().encode(texts)


def test_queries_are_queries_and_all_else_is_a_document() -> None:
    recorder = Recorder()
    embed_query(recorder, QUESTION)
    assert (recorder.queries, recorder.documents) == (QUESTION, [])
    EmbedderSource(recorder, get_card(BGE), 120).encode(TEXTS)
    assert recorder.documents == TEXTS
    recorder.documents.clear()
    Retriever(recorder, RetrievalSettings(4, 3, 3)).similarity("a", ["b"])
    Nearness(recorder).of("c", ["d"])
    assert (recorder.queries, recorder.documents) == (QUESTION, ["a", "b", "c", "d"])


def test_a_broken_configuration_is_named(tmp_path: Path) -> None:
    folder = tmp_path / BGE
    folder.mkdir()
    for content, prompts in (
        ('{"prompts": {"query": null, "document": ""}}', get_card(BGE).prompts),
        ('{"prompts": {"document": "d: ", "passage": "p: "}}', EmbeddingPrompts("", "d: ")),
        ('{"prompts": {"corpus": "c: ", "STS": "s: "}}', EmbeddingPrompts("", "c: ")),
    ):
        (folder / LIBRARY_CONFIG).write_text(content)
        assert embedding_prompts(get_card(BGE), tmp_path) == prompts
    for content in ("[]", "{", '{"prompts": 3}'):
        (folder / LIBRARY_CONFIG).write_text(content)
        with pytest.raises(ModelError, match=f"type `rag models pull {BGE}`"):
            embedding_prompts(get_card(BGE), tmp_path)


def test_prompts_are_those_of_embedders(tmp_path: Path) -> None:
    known = load_catalogue()
    assert known["all-minilm-l6-v2"].prompts == NO_PROMPTS
    file = tmp_path / "catalogue.toml"
    entry = (
        '[[model]]\nname = "a"\nkind = "{}"\ntitle = "a"\nlicence = "MIT"\nsize = 1\nnote = ""\n'
        'files = [{{ path = "a" }}]\nprompts = {}\n'
    )
    for kind, prompts in (("reader", '{ query = "q: " }'), ("embedder", "{ query = 3 }")):
        file.write_text(entry.format(kind, prompts))
        with pytest.raises(ModelError, match="prompts are texts, and those of an embedder"):
            load_catalogue(file)
    file.write_text(entry.format("embedder", '{ document = "d: " }'))
    assert load_catalogue(file)["a"].prompts == EmbeddingPrompts("", "d: ")
    assert replace(known[BGE], prompts=NO_PROMPTS).prompts == EmbeddingPrompts()
