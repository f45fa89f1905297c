"""The prefix cache on disk: answers stay the same to the last bit, broken states are ignored."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.models.llm import prefix_cache
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
def test_damaged_state_is_ignored_and_written_again(tmp_path, damage):
    cache = PrefixCache(tmp_path / "model", ["a"])
    cache.put(TOKENS, DATA)
    assert cache.read(TOKENS) == DATA
    file = only(tmp_path)
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert cache.read(TOKENS) is None
    cache.put(TOKENS, DATA)
    assert cache.read(TOKENS) == DATA


def test_state_is_valid_for_its_own_tokens_model_and_settings_only(tmp_path):
    PrefixCache(tmp_path / "model", ["a"]).put(TOKENS, DATA)
    assert PrefixCache(tmp_path / "model", ["a"]).read(TOKENS) == DATA
    assert PrefixCache(tmp_path / "model", ["a"]).read(TOKENS[:2]) is None
    assert PrefixCache(tmp_path / "model", ["b"]).read(TOKENS) is None
    file = only(tmp_path)
    for other, tokens in (("model", [9]), ("other", TOKENS)):
        foreign = PrefixCache(tmp_path / other, ["a"])
        foreign.put(tokens, bytearray(b"x"))
        # the right file name, but the content of another key
        foreign._path(foreign._key(tokens)).write_bytes(file.read_bytes())
        assert foreign.read(tokens) is None


def test_folder_of_states_is_limited_except_for_states_in_use(tmp_path, monkeypatch):
    monkeypatch.setattr(prefix_cache, "_MAX_BYTES", 3 * len(DATA))
    for number in range(6):
        PrefixCache(tmp_path / f"model{number}", []).put(TOKENS, DATA)
        for file in tmp_path.rglob("*.state"):  # file times are coarse
            os.utime(file, ns=(file.stat().st_mtime_ns - 10**9,) * 2)
    assert sum(each.stat().st_size for each in tmp_path.rglob("*.state")) <= 3 * len(DATA)
    assert PrefixCache(tmp_path / "model5", []).read(TOKENS) == DATA
    own = PrefixCache(tmp_path / "mine", [])
    for number in range(5):
        own.put([number], DATA)
    assert all(own.read([number]) == DATA for number in range(5))


def test_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = PrefixCache(tmp_path / "file" / "model", [])
    cache.put(TOKENS, DATA)
    assert cache.read(TOKENS) is None
    cache = PrefixCache(tmp_path / "model", [])
    cache.put(TOKENS, DATA)
    only(tmp_path / "model").unlink()
    cache._path(cache._key(TOKENS)).mkdir()
    cache.put(TOKENS, DATA)
    assert cache.read(TOKENS) is None
    assert [each.suffix for each in (tmp_path / "model").iterdir()] == [".state"]


# long enough for two batches
LONG = PromptSegment(
    " ".join(f"In {year} ship {year % 37} left with {year % 91} men." for year in range(21))
)
PROMPTS = [
    Prompt((LONG,), (PromptSegment(text),))
    for text in ("\nIn short, the ships", "\nQuestion: how many men? Answer:", "\n1, 2, 3, 4,")
]
Results = list[tuple[list[GeneratedToken], float]]


@pytest.fixture(scope="module")
def models() -> Path:
    return Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"}).models


@pytest.fixture(scope="module")
def path(models: Path) -> Path:
    return verify_model(get_card("smollm2-135m"), models)


def answers(path: Path, folder: Path | None) -> tuple[Results, int]:
    """What a new model answers to each prompt, and how many tokens it evaluated for that."""
    model = LocalModel.open(path, ModelOptions("chatml", 512, prefix_cache=str(folder or "")))
    processed = []
    inner = model.engine.eval
    model.engine.eval = lambda tokens: (processed.extend(tokens), inner(tokens))
    results = []
    for prompt in PROMPTS:
        tokens = list(model.generate(prompt, max_tokens=8, stop="\0"))
        results.append((tokens, model.logit_difference(prompt, "Yes", "No")))
    model.close()
    return results, len(processed)


@pytest.fixture(scope="module")
def reference(path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, int, Path]:
    """Answers without a cached state, the number of tokens evaluated, a folder with the state."""
    folder = tmp_path_factory.mktemp("states") / "sha256"
    results, processed = answers(path, None)
    assert answers(path, folder) == (results, processed)
    return results, processed, folder


@pytest.mark.real
def test_answer_from_a_restored_state_is_the_same_to_the_last_bit(path, reference):
    results, processed, folder = reference
    restored, fewer = answers(path, folder)
    assert restored == results
    assert processed - fewer > 256  # the prefix was not evaluated


@pytest.mark.real
def test_broken_state_is_evaluated_and_stored_again(path, reference):
    results, processed, folder = reference
    file = only(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert answers(path, folder) == (results, processed)
    assert file.read_bytes() == whole


@pytest.mark.real
def test_state_that_the_library_rejects_is_evaluated_again(path, reference, tmp_path):
    results, processed, _ = reference
    folder = tmp_path / "sha256"
    model = LocalModel.open(path, ModelOptions("chatml", 512, prefix_cache=str(folder)))
    tokens = model._tokenize(PROMPTS[0].prefix)
    assert model._prefix_cache is not None
    model._prefix_cache.put(tokens, bytearray(b"intact, of the right key, but no state" * 40))
    model.close()
    assert answers(path, folder) == (results, processed)


@pytest.mark.real
def test_worker_stores_states_beside_the_models(path, models, tmp_path):
    folder = prefix_cache_dir(get_card("smollm2-135m"), models)
    assert (
        Path(folder)
        == models.absolute().parent / "states" / get_card("smollm2-135m").files[0].sha256
    )
    for number in range(2):
        model = ModelClient.open(
            path, ModelOptions("chatml", 512, prefix_cache=str(tmp_path / "s"))
        )
        model.prefill(PROMPTS[0])
        model.close()
        if not number:
            first = only(tmp_path).stat().st_ino
    assert only(tmp_path).stat().st_ino == first  # it was read, not written again


def test_prefix_cache_dir_is_empty_without_a_valid_stamp(tmp_path):
    file = tmp_path / "models" / "own.gguf"
    file.parent.mkdir()
    file.write_bytes(b"GGUF and more")
    own = get_card(str(file))
    assert prefix_cache_dir(own, tmp_path / "cache") == ""
    verify_model(own, tmp_path / "cache")
    assert Path(prefix_cache_dir(own, tmp_path / "cache")).parent == tmp_path / "states"
    file.write_bytes(b"GGUF and else")
    assert prefix_cache_dir(own, tmp_path / "cache") == ""
