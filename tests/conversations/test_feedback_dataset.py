"""Rated answers as lines of a question set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.cli import main
from rag.conversations.feedback_dataset import accepted_answers, to_eval_questions
from rag.conversations.models import (
    Feedback,
)
from rag.conversations.store import ConversationStore
from rag.evaluation.dataset import read_questions
from rag.retrieval.filters import SearchFilter
from tests.conversations.support import COST, REFUSED, TEXT, make_answer, make_turn, put


@pytest.mark.parametrize(
    ("question", "sentence", "strings"),
    [
        ("How much did the bridge cost?", "The bridge cost 18 million crowns.", ["18 million"]),
        ("When did Holt speak?", "Lena Holt said so on 3 May 2024.", ["3 May 2024"]),
        ("Who told the cost?", "It was mayor Lena Holt who said so.", ["Lena Holt"]),
        ("What did she call it?", "She called it a “gift to the town”.", ["gift to the town"]),
        ("What did critics say?", "Critics put the price at 25 million crowns.",
         ["put the price at 25 million crowns"]),
        ("How much, 18 million crowns?", "It cost 18 million crowns.", []),
        ("What of it?", "There was some debate.", []),
    ],
)  # fmt: skip
def test_accepted_answers_occur_in_answer_and_quote(question, sentence, strings) -> None:
    answer = make_answer(question, sentence, TEXT)
    assert accepted_answers(answer) == strings
    assert all(each in answer.text and each in TEXT for each in strings)


def test_feedback_becomes_a_question_set(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "conversations"))
    assert main(["feedback"]) == 1 and "no answer was rated" in capsys.readouterr().err
    store = ConversationStore(tmp_path / "conversations")
    follow_up = replace(COST, question="And its cost?")  # searched as COST.query
    answers = (follow_up, COST, REFUSED, REFUSED, REFUSED, COST)
    since = ("", "", "", "2024", "", "")
    good, bad, right_refusal, filtered, wrong_refusal, unrated = (
        put(store, make_turn(each, filters=SearchFilter(day)))
        for each, day in zip(answers, since, strict=True)
    )
    for each, up in ((good, True), (bad, False), (right_refusal, True), (filtered, True)):
        store.rate("", each.key, Feedback(up, "the note" if each is bad else ""))
    store.rate("", wrong_refusal.key, Feedback(False))
    file = tmp_path / "set.jsonl"
    assert main(["feedback", "--export", str(file)]) == 0
    assert f"`rag eval {file}` asks them" in capsys.readouterr().out
    questions = {each.id: each for each in read_questions(file)}
    assert list(questions) == [e.key for e in (good, bad, right_refusal, filtered, wrong_refusal)]
    up = questions[good.key]
    assert (up.question, up.answerable, up.answers, up.articles) == (
        "How much did the bridge cost?", True, ("18 million",), ("bridge",),
    )  # fmt: skip
    down = questions[bad.key]
    assert (down.question, down.answerable, down.answers, down.articles) == (
        "How much did the bridge cost?", None, (), (),
    )  # fmt: skip
    assert [questions[e.key].answerable for e in (right_refusal, filtered, wrong_refusal)] == [
        False, None, None,
    ]  # fmt: skip
    first, second, *_ = map(json.loads, file.read_text().splitlines())
    assert first["asked"] == "And its cost?" and "note" not in first
    assert (second["note"], second["said"], second["kind"]) == ("the note", COST.text, "thumb down")
    assert unrated.key not in file.read_text()
    assert main(["feedback"]) == 0
    assert capsys.readouterr().out == file.read_text()
    assert [line["id"] for line in to_eval_questions(store.rated_turns())] == list(questions)
