"""The simulation of a growing index follows the merge policy and adds up; its benchmark resumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import scale
from benchmarks.growth import Costs, Publication, publications, simulate
from rag.index.merge_policy import SMALL, segments_to_keep

FREE = Costs(start=0, add=0, write=0, insert=0, power=0)


def test_every_passage_is_in_one_segment_and_segments_stay_few() -> None:
    for batch in (1, 100, SMALL, 7_000):
        total = 0
        for number, each in enumerate(publications(40 * batch, batch), 1):
            total = number * batch
            assert each.segment <= total
            assert batch <= each.inserted <= each.segment
            assert 1 <= each.segments <= 8
        assert total == 40 * batch


def test_the_first_publications_by_hand() -> None:
    # below SMALL all is merged, and the old graph extended; at SMALL a segment is left alone
    first = list(publications(4_000, 1_000))
    assert first == [
        Publication(1_000, 1_000, 1_000, 1),
        Publication(1_000, 2_000, 1_000, 1),
        Publication(1_000, 3_000, 1_000, 1),  # 2,000 are fewer than four times what is new
        Publication(1_000, 4_000, 1_000, 1),
    ]
    assert segments_to_keep([4_000], 1_000) == 1
    assert list(publications(5_000, 1_000))[-1] == Publication(1_000, 1_000, 1_000, 2)


def test_costs_add_up() -> None:
    growth = simulate(10_000, 1_000, Costs(start=2, add=0, write=0, insert=0, power=0))
    assert (growth.publications, growth.passages) == (10, 10_000)
    assert growth.seconds == 20 and growth.median_seconds == growth.most_seconds == 2
    written = simulate(10_000, 1_000, Costs(start=0, add=0, write=1, insert=0, power=0))
    assert written.seconds == pytest.approx(written.rewriting * 10_000)
    put = simulate(10_000, 1_000, Costs(start=0, add=0, write=0, insert=1, power=0))
    assert put.seconds == pytest.approx(put.inserting * 10_000)
    new = simulate(10_000, 1_000, Costs(start=0, add=1, write=0, insert=0, power=0))
    assert new.seconds == pytest.approx(10_000)  # each is new once
    steeper = simulate(10_000, 1_000, Costs(start=0, add=0, write=0, insert=1, power=0.3))
    assert steeper.seconds > put.seconds


def test_rewriting_grows_with_the_logarithm_and_no_faster() -> None:
    """What a merge tree promises: ten times the size costs a few more writings of each passage."""
    small, large = (simulate(size, 1_000, FREE) for size in (100_000, 1_000_000))
    assert large.rewriting < 2 * small.rewriting
    assert large.most_segments <= 8


def test_a_stopped_run_resumes_and_never_measures_half_an_index(tmp_path, monkeypatch) -> None:
    """Steps that are done are not repeated; an index whose build was stopped is built anew."""
    started: list[str] = []

    def step(module: str, job: dict[str, object]) -> dict[str, float]:
        name = f"{job.get('passages', '')} {job['step']}".strip()
        started.append(name)
        folder = Path(str(job["folder"]))
        if name == "10 build":
            assert not (folder / "index" / "half").exists()
            (folder / "index").mkdir()
            if len(started) == 2:
                (folder / "index" / "half").touch()
                raise KeyboardInterrupt
        return {"all": 1.0}

    monkeypatch.setattr(scale, "run_in_new_process", step)
    with pytest.raises(KeyboardInterrupt):
        scale.run([10], tmp_path / "state.json")
    state = scale.run([10], tmp_path / "state.json")
    assert started == ["sample", "10 build", "10 build", "10 search", "10 add"]
    assert set(state) == {"sample", "10 build", "10 search", "10 add"}
    assert scale.run([10], tmp_path / "state.json") == state
    assert len(started) == 5 and not (tmp_path / "10").exists()


def test_slopes_are_those_of_the_numbers() -> None:
    factor, power = scale.slope([10, 100, 1_000], [3.0, 30.0, 300.0])
    assert (factor, power) == (pytest.approx(0.3), pytest.approx(1.0))
    assert scale.slope([10, 100, 1_000], [5.0, 5.0, float("nan")])[1] == pytest.approx(0.0)
