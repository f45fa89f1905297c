"""Which models fit which machine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rag.models.catalog import Hub, ModelCard, ModelFile, Packages, load_catalogue
from rag.models.recommendation import Recommendation, better_models, recommend
from rag.runtime.machine import Machine, this_machine
from rag.settings import Settings

GB = 1_000_000_000
LAPTOP = Machine(16 * GB, 8)
CATALOGUE = list(load_catalogue().values())


def card(name: str, kind: str = "llm", size: int = GB, **more: object) -> ModelCard:
    files = (ModelFile(f"{name}.gguf"),)
    base = ModelCard(name, kind, name, "MIT", "chatml", "", None, files, Hub("a/b"))
    return replace(base, approx_size=size, memory=2 * size, **more)  # type: ignore[arg-type]


NOW = card("now", packages=Packages("p", "1", "m"))
READER = card("reader", "reader", GB // 10, packages=Packages("p", "1", "m"))
BETTER = card("better", size=2 * GB, gain="fewer errors (somebody, 2026)")
OTHER = card("other", size=GB, gain="fewer still (somebody, 2026)")


def ask(*cards: ModelCard, machine: Machine = LAPTOP, hub: bool = True) -> list[Recommendation]:
    in_use = {"llm": NOW, "reader": READER}
    return recommend([NOW, READER, *cards], in_use, {}, machine, hub_answers=hub)


def best(verdicts: list[Recommendation]) -> list[str]:
    return [each.card.name for each in verdicts if each.is_best]


def obstacle(verdicts: list[Recommendation], name: str) -> str:
    (one,) = (each for each in verdicts if each.card.name == name)
    return one.obstacle


def test_the_first_that_gains_something_and_fits_is_the_one_to_take() -> None:
    assert best(ask(BETTER, OTHER)) == ["better"]
    assert best(ask(OTHER, BETTER)) == ["other"]
    assert best(ask(card("unknown", gain=""))) == []


def test_a_model_in_use_that_gains_something_is_kept() -> None:
    verdicts = recommend([NOW, BETTER, OTHER], {"llm": BETTER}, {}, LAPTOP, hub_answers=True)
    assert best(verdicts) == []
    assert [each.card.name for each in verdicts if each.is_in_use] == ["better"]


def test_what_cannot_be_had_is_told() -> None:
    verdicts = ask(BETTER, hub=False)
    assert (best(verdicts), obstacle(verdicts, "better")) == ([], "the model hub does not answer")
    assert obstacle(verdicts, "now") == ""
    here = recommend([NOW, BETTER], {"llm": NOW}, {"better": True}, LAPTOP, hub_answers=False)
    assert best(here) == ["better"]


def test_a_model_that_does_not_fit_in_memory_makes_room_for_the_next() -> None:
    verdicts = ask(BETTER, OTHER, machine=Machine(6 * GB, 8))
    assert obstacle(verdicts, "better") == "wants a machine with 7 GB of memory"
    assert best(verdicts) == ["other"]
    assert obstacle(ask(BETTER, machine=Machine(0, 8)), "better") == "", "unknown memory"


@pytest.mark.parametrize(
    ("machine", "slow"),
    [(Machine(16 * GB, 2), True), (LAPTOP, False), (Machine(16 * GB, 2, True), False)],
)
def test_a_slower_model_wants_cores_or_an_accelerator(machine: Machine, slow: bool) -> None:
    verdicts = ask(BETTER, machine=machine)
    assert obstacle(verdicts, "better") == (
        "too slow on 2 cores without an accelerator" if slow else ""
    )
    assert [each.times for each in verdicts] == [1.0, 2.0, None]


def test_every_model_of_the_catalogue_says_what_memory_it_takes() -> None:
    assert [each.name for each in CATALOGUE if not each.memory and each.kind != "classifier"] == []
    for each in CATALOGUE:
        assert not each.gain or re.search(r" \(.+\)", each.gain), f"who says so of {each.name}?"


def test_the_machine_has_what_the_process_may_use() -> None:
    machine = this_machine()
    assert machine.memory > GB // 2 and machine.cores >= 1 and not machine.has_accelerator


def test_what_is_worth_a_line_at_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("rag.models.recommendation.this_machine", lambda: LAPTOP)
    settings = Settings(models=tmp_path)
    assert better_models(settings) == ["qwen3-4b-instruct"], "no embedder: it takes another index"
    assert better_models(replace(settings, model="qwen3-4b-instruct")) == []
    assert better_models(replace(settings, reader="reader", model="none")) == ["reader-large"]
    assert better_models(replace(settings, model="unknown")) == []
    monkeypatch.setattr("rag.models.recommendation.this_machine", lambda: Machine(16 * GB, 2))
    assert better_models(settings) == []
