"""`rag exam` on the command line: what it prints, and what it says of odd input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.cli import main
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings


@pytest.fixture
def exam(
    indexed_for_exam: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """Runs `rag exam` over five small articles; status, stdout, stderr."""
    model = ScriptedModel({"Halvard": "Halvard Ferries carried 612,000 passengers in 2019 [1]."})
    monkeypatch.setattr("rag.assistant.build_check.load_model", lambda *_, **__: model)
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    monkeypatch.setenv("RAG_INDEX", str(indexed_for_exam.index))
    monkeypatch.setenv("RAG_READER", "none")  # the toy embedder has no encoder for one

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["exam", "--out", str(tmp_path / "exam"), *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def test_it_prints_counts_and_says_that_a_machine_made_them(exam, tmp_path):
    status, out, err = exam("--n", 6)
    assert status == 0
    assert out.startswith("exam of 6 questions from 5 articles (seed 1), made by machine\n")
    assert "\nanswerable         3   right " in out
    assert "\nnear misses        3   refused rightly " in out
    assert "nobody has checked them" in " ".join(out.split())
    assert "rag calibrate QUESTIONS.jsonl" in out
    assert out.endswith(f"report: {tmp_path / 'exam/report.html'}\n")
    assert "articles read" in err
    assert "questions" in err


def test_the_same_command_gives_the_same_exam_and_another_seed_another(exam, tmp_path):
    path = tmp_path / "exam/questions.jsonl"
    exam("--n", 6)
    first = path.read_text()
    exam("--n", 6)
    assert path.read_text() == first
    exam("--n", 6, "--seed", 2)
    assert path.read_text() != first


def test_json_holds_the_result_and_nothing_else(exam, tmp_path):
    status, out, _ = exam("--n", 6, "--json")
    result = json.loads(out)
    assert status == 0
    assert set(result) == {
        "articles", "seed", "answerable", "near_misses", "faults", "report", "remark",
    }  # fmt: skip
    assert sum(result["answerable"].values()) + sum(result["near_misses"].values()) == 6
    assert result["remark"].startswith("made by machine")


@pytest.mark.parametrize("count", ["0", "-3", "many"])
def test_a_number_below_one_is_bad_usage(count, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["exam", "--n", count])
    assert caught.value.code == 2
    assert "--n" in capsys.readouterr().err


def test_a_folder_with_something_else_and_a_missing_index_are_errors(exam, tmp_path, capsys):
    out = tmp_path / "exam"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    status, printed, err = exam()
    assert (status, printed) == (1, "")
    assert err == (
        f"rag: --out {out} holds something else than an exam (notes.txt): name a new folder\n"
    )
    (out / "notes.txt").unlink()
    status, printed, err = exam("--index", tmp_path / "none")
    assert (status, printed) == (1, "")
    assert err.startswith("rag: ") and err.count("\n") == 1 and "rag index" in err
