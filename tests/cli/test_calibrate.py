"""`rag calibrate` over a toy index: asks, certifies, writes; a plain no; the thumbs of the chat."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.conversations.models import Feedback
from rag.conversations.store import ConversationStore
from rag.grounding.calibration import own_calibration_file, read_calibrations
from rag.grounding.confidence_text import confidence_in_words
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings
from tests.conversations.support import make_turn, put

COST = "What was the cost of the bridge over the Sund?"
SANK = "When did the ferry Maren sink?"
SCRIPT = {
    "cost of the bridge": "Mayor Lena Holt said that the bridge cost 18 million crowns [1].",
    "When did the ferry": "The ferry Maren sank on 3 May [1].",
}
Calibrate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """Unsure of the ferry, sure of all else."""
    model = ScriptedModel(SCRIPT)
    model.unsupported = "ferry"
    monkeypatch.setattr("rag.assistant.build_check.load_model", lambda *_, **__: model)
    return model


@pytest.fixture
def calibrate(
    indexed_toy: Settings,
    model: ScriptedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Calibrate:
    """Runs `rag calibrate` on the toy index; status, stdout, stderr."""
    monkeypatch.setenv("RAG_INDEX", str(indexed_toy.index))
    monkeypatch.setenv("RAG_READER", "none")  # the toy embedder has no encoder for one
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "conversations"))

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["calibrate", "--out", str(tmp_path / "run"), *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def write_questions(path: Path, right: int, wrong: int) -> Path:
    """Questions of which the model answers so many right and so many wrong."""
    rows = [{"id": f"cost{n}", "question": COST, "answers": ["18 million"]} for n in range(right)]
    rows += [{"id": f"sank{n}", "question": SANK, "answers": ["4 June"]} for n in range(wrong)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def ask(settings: Settings, model: ScriptedModel, question: str):
    assistant = Assistant.open(settings, load_model=lambda _: model)
    answer = assistant.ask(question)
    assistant.close()
    return answer


def test_it_writes_a_calibration_that_keeps_the_promise(calibrate, indexed_toy, model, tmp_path):
    questions = write_questions(tmp_path / "own.jsonl", right=80, wrong=40)
    status, out, _ = calibrate(questions)
    assert status == 0
    assert "of the answers shown at most 10 in 100 are wrong, at 95% confidence" in out
    assert "own: coverage" in out and "0 wrong; 0 of" in out
    file = own_calibration_file(indexed_toy.index)
    assert f"written: {file}" in out
    assert read_calibrations(file)[indexed_toy.model].threshold(0.1).certified

    right = ask(indexed_toy, model, COST)
    assert right.max_wrong == 0.1
    assert "at most 10 in 100 are wrong, for collections like those" in confidence_in_words(right)
    wrong = ask(indexed_toy, model, SANK)
    assert (wrong.abstained, wrong.max_wrong) == (True, None)
    assert confidence_in_words(wrong).startswith("The likeliest answer was withheld: about ")
    everything = ask(replace(indexed_toy, max_wrong=1.0), model, SANK)
    assert (everything.abstained, everything.max_wrong) == (False, None)
    both = ask(indexed_toy, model, "What was the cost of the bridge, and who paid for it?")
    assert both.max_wrong is None  # promised for questions that ask one thing


def test_ask_says_on_stderr_how_sure_it_is_and_what_is_promised(calibrate, capsys, tmp_path):
    calibrate(write_questions(tmp_path / "own.jsonl", right=80, wrong=40))
    assert main(["ask", COST]) == 0
    out, err = capsys.readouterr()
    assert "Promise" not in out
    words = " ".join(err.split())
    assert (
        words.startswith("Sure: about ") and "The wording was checked against the words of" in words
    )
    assert words.endswith("for collections like those it was measured on.")
    assert main(["ask", "--json", COST]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["max_wrong"], err) == (0.1, "")


def test_answers_that_it_has_are_not_asked_again(calibrate, model, tmp_path):
    questions = write_questions(tmp_path / "own.jsonl", right=80, wrong=40)
    assert calibrate(questions, "--dry-run")[0] == 0
    asked_before = len(model.prompts)
    assert asked_before == 120
    status, out, err = calibrate(questions, "--dry-run", "--wrong", "0.2", "--level", "0.9")
    assert status == 0
    assert len(model.prompts) == asked_before
    assert "resuming" in err
    assert "at most 20 in 100 are wrong, at 90% confidence" in out


def test_a_dry_run_writes_nothing(calibrate, indexed_toy, tmp_path):
    questions = write_questions(tmp_path / "own.jsonl", right=80, wrong=40)
    status, out, _ = calibrate(questions, "--dry-run")
    file = own_calibration_file(indexed_toy.index)
    assert (status, file.exists()) == (0, False)
    assert f"not written (--dry-run): {file}" in out


def test_too_few_questions_are_a_plain_no_with_how_many_are_needed(
    calibrate, indexed_toy, tmp_path
):
    status, out, _ = calibrate(write_questions(tmp_path / "own.jsonl", right=20, wrong=0))
    assert status == 1
    assert "no: that of the answers shown at most 10 in 100 are wrong cannot be promised" in out
    assert "needed, if none of those shown is wrong: 29 shown, so about" in out
    assert out.endswith("nothing was changed\n")
    assert not own_calibration_file(indexed_toy.index).exists()


def test_another_share_says_which_setting_uses_it(calibrate, tmp_path):
    questions = write_questions(tmp_path / "own.jsonl", right=80, wrong=40)
    assert (
        "set RAG_MAX_WRONG=0.2 to use it: it is 0.1 now"
        in calibrate(questions, "--wrong", "0.2")[1]
    )


def test_thumbs_of_the_chat_count_where_their_answers_have_features(
    calibrate, indexed_toy, model, tmp_path
):
    everything = replace(indexed_toy, max_wrong=1.0)
    right, wrong = ask(everything, model, COST), ask(everything, model, SANK)
    assert right.signals and wrong.signals
    store = ConversationStore(tmp_path / "conversations")
    rated = [(right, True)] * 90 + [(wrong, False)] * 40 + [(replace(right, signals={}), True)] * 3
    for number, (answer, good) in enumerate(rated):
        turn = put(store, make_turn(answer, key=f"turn{number}"))
        store.rate("", turn.key, Feedback(good))
    status, out, err = calibrate("--feedback")
    assert status == 0, out
    assert "rated answers of the chat: 130 of 133 count as labels" in err
    assert "left out: 3 that were stored without the features" in err
    assert "feedback: coverage" in out


def test_without_anything_to_calibrate_on_it_says_what_to_type(calibrate):
    status, out, err = calibrate()
    assert (status, out) == (1, "")
    assert err == "rag: nothing to calibrate on: name QUESTIONS.jsonl, or give --feedback\n"
    assert "too few to fit" in calibrate("--feedback")[1]


@pytest.mark.parametrize("flags", [["--wrong", "0.5"], ["--wrong", "x"], ["--level", "1"]])
def test_bad_shares_are_bad_usage(flags):
    with pytest.raises(SystemExit) as caught:
        main(["calibrate", "q.jsonl", *flags])
    assert caught.value.code == 2
