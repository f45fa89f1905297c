"""The training run: it resumes bit for bit, and says in one line why it cannot."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rag.training import reader
from rag.training.reader import main

SMALL = ["--share", "0.002", "--tokens", "512", "--warm-up", "2", "--threads", "1"]


def run(data: Path, out: Path, *flags: str) -> int:
    return main(["--data", str(data), "--out", str(out), *SMALL, *flags])


@pytest.fixture(autouse=True)
def _restore_threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory) -> Path:
    """The folder of six steps in one go."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    assert run(data, folder, "--steps", "6") == 0
    return folder


@pytest.mark.real
def test_a_resumed_run_gives_the_same_weights(data, finished, tmp_path, capsys) -> None:
    assert run(data, tmp_path, "--steps", "3") == 0
    after_three = load_file(tmp_path / "reader.safetensors")
    capsys.readouterr()
    assert run(data, tmp_path, "--steps", "3") == 0
    output = capsys.readouterr().out.splitlines()
    assert output[0].startswith("resuming at step 3 of ")
    figures = json.loads(output[-1])
    assert set(figures) == {"auc", "start_right", "claims_balanced"}
    assert all(0 <= value <= 1 for value in figures.values())
    whole = torch.load(finished / "checkpoint.pt", weights_only=True)
    parts = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert whole["step"] == parts["step"] == 6
    for name, value in whole["network"].items():
        assert torch.equal(value, parts["network"][name]), name
    weights = load_file(tmp_path / "reader.safetensors")
    assert not torch.equal(weights["span.weight"], after_three["span.weight"])
    assert reader.FROZEN not in weights
    assert {value.dtype for value in weights.values()} == {torch.float16}


@pytest.mark.real
def test_a_run_with_other_options_is_refused(data, finished, tmp_path, capsys) -> None:
    before = (finished / "checkpoint.pt").read_bytes()
    assert run(data, finished, "--rate", "1e-4") == 1
    line = capsys.readouterr().err
    assert "holds a run with other options (rate 0.0002, now 0.0001)" in line
    assert "--out" in line
    assert run(data, finished, "--start", str(finished / "reader.safetensors")) == 1
    assert "other options (start , now " in capsys.readouterr().err
    assert (finished / "checkpoint.pt").read_bytes() == before


@pytest.mark.real
def test_given_weights_are_the_start(data, finished, tmp_path, capsys) -> None:
    start = finished / "reader.safetensors"
    assert run(data, tmp_path, "--steps", "0", "--start", str(start)) == 0
    given, exported = load_file(start), load_file(tmp_path / "reader.safetensors")
    assert all(torch.equal(given[name], exported[name]) for name in given)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(start.read_bytes()[:5000])
    capsys.readouterr()
    assert run(data, tmp_path / "other", "--start", str(cut)) == 1
    line = capsys.readouterr().err
    assert f"the reader in {cut} does not load" in line
    assert line.endswith("give other weights with --start, or none\n")


@pytest.mark.real
def test_a_run_of_low_rank_goes_on_from_another(data, tmp_path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(data, first, "--steps", "2", "--rank", "4") == 0
    start = first / "reader.safetensors"
    assert run(data, second, "--steps", "0", "--rank", "4", "--start", str(start)) == 0
    given, exported = load_file(start), load_file(second / "reader.safetensors")
    assert given.keys() == exported.keys()
    assert all(torch.allclose(given[name], exported[name], atol=1e-3) for name in given)


@pytest.mark.real
def test_a_checkpoint_that_is_cut_off_is_named(data, finished, tmp_path, capsys) -> None:
    content = (finished / "checkpoint.pt").read_bytes()
    for part in (b"", content[: len(content) // 2], b"no checkpoint"):
        (tmp_path / "checkpoint.pt").write_bytes(part)
        assert run(data, tmp_path) == 1
        line = capsys.readouterr().err
        assert line.startswith(f"error: the checkpoint {tmp_path / 'checkpoint.pt'} cannot be read")
        assert "delete it to start over" in line
        assert line.count("\n") == 1


@pytest.mark.real
def test_an_output_folder_that_cannot_be_written_is_named(data, tmp_path, capsys) -> None:
    (tmp_path / "file").touch()
    assert run(data, tmp_path / "file" / "run") == 1
    line = capsys.readouterr().err
    assert line.startswith(f"error: the folder {tmp_path / 'file' / 'run'} cannot be written")
    assert line.endswith("give another with --out\n")


def test_a_missing_folder_of_data_is_named(tmp_path, capsys) -> None:
    assert run(tmp_path / "nowhere", tmp_path / "out") == 1
    assert capsys.readouterr().err == (
        f"error: no folder {tmp_path / 'nowhere'}: "
        "give the folder of the question and claim sets with --data\n"
    )
    assert not (tmp_path / "out").exists()


def test_missing_start_weights_are_named(data, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(reader, "verify_model", lambda card, models: Path("unused"))
    assert run(data, tmp_path, "--start", str(tmp_path / "none.safetensors")) == 1
    assert "none.safetensors cannot be read (No such file or directory)" in capsys.readouterr().err


def test_what_cannot_be_written_during_a_run_is_named() -> None:
    message = r"a/b cannot be written .*type the same command"
    with pytest.raises(reader.TrainingError, match=message), reader._writing(Path("a/b")):
        raise OSError(28, os.strerror(28))


def test_the_learning_rate_rises_and_falls_linearly() -> None:
    rates = [reader._schedule(step, 10, 4) for step in range(11)]
    assert rates == pytest.approx([0.25, 0.5, 0.75, 1, 1, 5 / 6, 4 / 6, 0.5, 2 / 6, 1 / 6, 0])


def test_the_help_explains_every_flag(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for flag in ("data", "out", "start", "share", "passes", "tokens", "rate", "warm-up", "decay"):
        assert f"--{flag} " in text
    assert "learning rate at its highest (default: 0.0002)" in text
