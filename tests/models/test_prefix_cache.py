"""Constant prefixes kept on disk: the same answers to the last bit, and nothing broken is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.models.llm import prefix_cache as room
from rag.models.llm.base import GeneratedToken, ModelOptions
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.client import ModelClient
from rag.models.llm.local import LocalModel
from rag.models.llm.prefix_cache import PrefixCache
from rag.models.registry import get_card, prefix_cache_dir, verify_model
from rag.settings import Settings

TOKENS = [1, 2, 3]
DATA = bytearray(range(256)) * 16
DAMAGE = {
    "empty": lambda whole: b"",
    "checksum alone": lambda whole: whole[:32],
    "cut": lambda whole: whole[:-1],
    "longer": lambda whole: whole + b"\0",
    "one bit": lambda whole: whole[:-9] + bytes([whole[-9] ^ 4]) + whole[-8:],
    "text": lambda whole: b"no state" * 9,
}


def only(folder: Path) -> Path:
    (file,) = folder.rglob("*.*")
    return file


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_not_whole_is_not_read_and_is_written_anew(tmp_path, damage):
    kept = PrefixCache(tmp_path / "model", ["a"])
    kept.put(TOKENS, DATA)
    assert kept.read(TOKENS) == DATA
    file = only(tmp_path)
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert kept.read(TOKENS) is None
    kept.put(TOKENS, DATA)
    assert kept.read(TOKENS) == DATA


def test_a_state_serves_its_own_tokens_model_and_conditions_alone(tmp_path):
    PrefixCache(tmp_path / "model", ["a"]).put(TOKENS, DATA)
    assert PrefixCache(tmp_path / "model", ["a"]).read(TOKENS) == DATA
    assert PrefixCache(tmp_path / "model", ["a"]).read(TOKENS[:2]) is None
    assert PrefixCache(tmp_path / "model", ["b"]).read(TOKENS) is None
    file = only(tmp_path)
    for other, tokens in (("model", [9]), ("other", TOKENS)):
        foreign = PrefixCache(tmp_path / other, ["a"])
        foreign.put(tokens, bytearray(b"x"))
        # under the right name, of another key
        foreign._path(foreign._key(tokens)).write_bytes(file.read_bytes())
        assert foreign.read(tokens) is None


def test_the_folder_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_MAX_BYTES", 3 * len(DATA))
    for number in range(6):
        PrefixCache(tmp_path / f"model{number}", []).put(TOKENS, DATA)
        for file in tmp_path.rglob("*.state"):  # clocks of disks are coarse
            os.utime(file, ns=(file.stat().st_mtime_ns - 10**9,) * 2)
    assert sum(each.stat().st_size for each in tmp_path.rglob("*.state")) <= 3 * len(DATA)
    assert PrefixCache(tmp_path / "model5", []).read(TOKENS) == DATA
    own = PrefixCache(tmp_path / "mine", [])
    for number in range(5):
        own.put([number], DATA)
    assert all(own.read([number]) == DATA for number in range(5))  # what is in use stays


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path):
    (tmp_path / "file").write_text("in the way")
    kept = PrefixCache(tmp_path / "file" / "model", [])
    kept.put(TOKENS, DATA)
    assert kept.read(TOKENS) is None
    kept = PrefixCache(tmp_path / "model", [])
    kept.put(TOKENS, DATA)
    only(tmp_path / "model").unlink()
    kept._path(kept._key(TOKENS)).mkdir()
    kept.put(TOKENS, DATA)
    assert kept.read(TOKENS) is None
    assert [each.suffix for each in (tmp_path / "model").iterdir()] == [".state"]


# long enough for two batches
LONG = PromptSegment(
    " ".join(f"In {year} ship {year % 37} left with {year % 91} men." for year in range(21))
)
ASKED = [
    Prompt((LONG,), (PromptSegment(text),))
    for text in ("\nIn short, the ships", "\nQuestion: how many men? Answer:", "\n1, 2, 3, 4,")
]
Told = list[tuple[list[GeneratedToken], float]]


@pytest.fixture(scope="module")
def models() -> Path:
    return Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"}).models


@pytest.fixture(scope="module")
def path(models: Path) -> Path:
    return verify_model(get_card("smollm2-135m"), models)


def answers(path: Path, folder: Path | None) -> tuple[Told, int]:
    """What a fresh model tells to each prompt, and how many tokens it processed for it."""
    model = LocalModel.open(path, ModelOptions("chatml", 512, prefix_cache=str(folder or "")))
    processed = []
    inner = model.engine.eval
    model.engine.eval = lambda tokens: (processed.extend(tokens), inner(tokens))
    told = []
    for asked in ASKED:
        tokens = list(model.generate(asked, max_tokens=8, stop="\0"))
        told.append((tokens, model.logit_difference(asked, "Yes", "No")))
    model.close()
    return told, len(processed)


@pytest.fixture(scope="module")
def known(path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, int, Path]:
    """Answers after processing, what that took, and a folder in which the state was kept."""
    folder = tmp_path_factory.mktemp("states") / "sha256"
    told, processed = answers(path, None)
    assert answers(path, folder) == (told, processed)
    return told, processed, folder


@pytest.mark.real
def test_an_answer_after_restoring_from_disk_is_the_same_to_the_last_bit(path, known):
    told, processed, folder = known
    restored, fewer = answers(path, folder)
    assert restored == told
    assert processed - fewer > 256  # the prefix was not processed


@pytest.mark.real
def test_a_broken_state_is_processed_anew_and_kept_anew(path, known):
    told, processed, folder = known
    file = only(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert answers(path, folder) == (told, processed)
    assert file.read_bytes() == whole


@pytest.mark.real
def test_a_state_that_the_library_does_not_take_is_processed_anew(path, known, tmp_path):
    told, processed, _ = known
    folder = tmp_path / "sha256"
    model = LocalModel.open(path, ModelOptions("chatml", 512, prefix_cache=str(folder)))
    tokens = model._tokenize(ASKED[0].prefix)
    assert model._prefix_cache is not None
    model._prefix_cache.put(tokens, bytearray(b"whole, of the right key, but no state" * 40))
    model.close()
    assert answers(path, folder) == (told, processed)


@pytest.mark.real
def test_the_child_keeps_states_beside_the_models(path, models, tmp_path):
    folder = prefix_cache_dir(get_card("smollm2-135m"), models)
    assert (
        Path(folder)
        == models.absolute().parent / "states" / get_card("smollm2-135m").files[0].sha256
    )
    for number in range(2):
        model = ModelClient.open(
            path, ModelOptions("chatml", 512, prefix_cache=str(tmp_path / "s"))
        )
        model.prefill(ASKED[0])
        model.close()
        if not number:
            first = only(tmp_path).stat().st_ino
    assert only(tmp_path).stat().st_ino == first  # read, not written again


def test_no_folder_where_no_hash_is_noted(tmp_path):
    file = tmp_path / "models" / "own.gguf"
    file.parent.mkdir()
    file.write_bytes(b"GGUF and more")
    own = get_card(str(file))
    assert prefix_cache_dir(own, tmp_path / "cache") == ""
    verify_model(own, tmp_path / "cache")
    assert Path(prefix_cache_dir(own, tmp_path / "cache")).parent == tmp_path / "states"
    file.write_bytes(b"GGUF and else")
    assert prefix_cache_dir(own, tmp_path / "cache") == ""
