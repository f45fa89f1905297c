"""Parts of the benchmarks that need no model, by hand."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import refit
from benchmarks.__main__ import DOCUMENT, MODULES, PARTS
from benchmarks.common import markdown_table, tuning_questions
from benchmarks.lookup import look_up, share_in_prompt
from benchmarks.plots import plot_by_size
from benchmarks.quotation_samples import ALTERED, VERBATIM
from benchmarks.retrieval import SyntheticEmbedder, write_corpus
from rag.evaluation.dataset import held_out
from rag.newsroom.quotes.given import read_quotation
from rag.newsroom.quotes.matching import TextWords, find_verbatim
from tests.conftest import ROOT


def test_each_part_has_a_module_and_a_place_in_the_document():
    document = DOCUMENT.read_text()
    for part in PARTS:
        assert importlib.util.find_spec(f"benchmarks.{MODULES.get(part, part)}")
        assert document.count(f"<!-- {part} -->") == document.count(f"<!-- /{part} -->") == 1


@pytest.mark.parametrize("module", sorted({MODULES.get(part, part) for part in PARTS}))
def test_each_benchmark_describes_itself(module):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", "--help"],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: python -m benchmarks.{module}")


def test_look_up_gives_what_followed_the_last_tokens():
    assert look_up([1, 2, 3, 4, 5, 1, 2, 3], 2) == [4, 5]
    assert look_up([1, 2, 3, 9, 1, 2, 3, 8, 1, 2, 3], 1) == [8]  # the last occurrence counts
    assert look_up([7, 2, 3, 4, 5, 1, 2, 3], 9) == [4, 5, 1, 2, 3]  # two alike, not three
    assert look_up([1, 2, 3], 5) == []
    assert share_in_prompt([1, 2, 3, 4, 5], [0, 1, 2, 3, 4]) == 0.5


def test_tuning_questions_leaves_out_the_held_out_half():
    assert len(tuning_questions(8)) == 8
    assert not any(held_out(each.id) for each in tuning_questions(99))


def test_write_corpus_and_synthetic_embedder_are_deterministic(tmp_path):
    for name in ("a", "b"):
        write_corpus(tmp_path / name, 40)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()
    articles = [json.loads(line) for line in (tmp_path / "a").read_text().splitlines()]
    assert [len(each["text"].split("\n")) for each in articles] == [4] * 10
    embedder = SyntheticEmbedder(np.eye(5, dtype=np.float32))
    texts = [each["text"] for each in articles]
    assert np.array_equal(embedder.encode(texts), embedder.encode(texts))
    assert np.allclose(np.linalg.norm(embedder.encode(texts), axis=1), 1)


def test_markdown_table_writes_floats_with_two_decimals():
    assert markdown_table(["a", "b"], [[1, 2.0], ["x", 0.125]]) == (
        "| a | b |\n| --- | --- |\n| 1 | 2.00 |\n| x | 0.12 |"
    )


def test_plot_by_size_draws_every_line(tmp_path):
    steps = ("build", "search", "add")
    measurements = {n: {step: {"all": 1.0 * n} for step in steps} for n in (10, 100)}
    plot_by_size(measurements, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().count("<path") > 10


@pytest.mark.parametrize("seed", range(5))
def test_samples_of_quotations_are_what_their_kind_says(seed):
    text = "In May the pilot-boat took 1,240 sacks of rye, and he did not count them by hand."
    source = TextWords.of(text)
    for change in VERBATIM.values():
        if changed := change(text, random.Random(seed), ["herring"]):
            assert find_verbatim(read_quotation(changed), source), changed
    for change in ALTERED.values():
        changed = change(text, random.Random(seed), ["herring"])
        assert changed and not find_verbatim(read_quotation(changed), source), changed


def test_refit_certifies_on_other_sets_than_it_fits_on(tmp_path, monkeypatch):
    """Every command is there; a set that is finished is not asked again, a fault ends it all."""
    fitted = {each.name for each in refit.FITTED_ON}
    certified = {each.name for each in refit.CERTIFIED_ON}
    assert not fitted & certified and not {"seeds", "rgb"} & (fitted | certified)
    data = Path("the-data")
    done = tmp_path / "none" / "given" / "kinds"
    done.mkdir(parents=True)
    (done / "report.json").touch()
    *before, last = refit.commands(data, tmp_path, "none")
    sets = [Path(each[2]) for each in before if each[0] == "rag.evaluation.leave_out"]
    assert all(each.is_file() or data in each.parents for each in sets)
    tuning = {each[each.index("--out") + 1] for each in before if "--tuning" in each}
    evaluated = {each[each.index("--out") + 1] for each in before if each[:2] == ["rag", "eval"]}
    parts = [tmp_path / "none" / part for part in ("given", "left-out")]
    runs = {str(part / name) for part in parts for name in fitted | certified}
    assert evaluated == runs - {str(done)}
    assert {Path(each).name for each in tuning} == fitted
    first, _, rest = " ".join(last).partition(" --certify ")
    assert {Path(each).name for each in first.split()[1:]} == fitted and str(done) in first
    names, _, features = rest.partition(" --features ")
    assert {Path(each).name for each in names.split()} == certified and features == "score"
    ran = []

    def run(command, env, check):
        ran.append((env["RAG_MODEL"], env["RAG_MAX_WRONG"], command[2]))
        return subprocess.CompletedProcess(command, 3 if command[2:4] == ["rag", "eval"] else 0)

    monkeypatch.setattr(refit.subprocess, "run", run)
    assert refit.main(["--data", str(data), "--out", str(tmp_path)]) == 3
    assert ran == [("none", "1", each) for each in ("rag.evaluation.leave_out", "rag", "rag")]


def test_no_code_quotes_a_set_that_is_not_read():
    """A rule or an example that was taken from there would make promise and figures untrue."""
    sources = [*ROOT.glob("rag/**/*.py"), *ROOT.glob("rag/**/*.toml"), *ROOT.glob("tests/**/*.py")]
    code = "\n".join(each.read_text(encoding="utf-8") for each in sources)
    labelled = (ROOT / "rag" / "training" / "data" / "questions.jsonl").read_text(encoding="utf-8")
    for name in (*(each.name for each in refit.CERTIFIED_ON), "heights"):
        folder = ROOT / "tests" / "questions" / name
        for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
            question = json.loads(line)["question"]
            if len(question.split()) >= 5:  # "Who wrote it?" may stand anywhere
                assert question not in code and json.dumps(question) not in labelled, folder
