"""A store that version 0.1 wrote is upgraded without loss.

`data/store-0.1.sql` is the dump of a file that the program of version 0.1 wrote, and
`data/store-0.1.json` what the same program exported of it: every conversation as JSON and as
Markdown, the feedback as a question set, and who had turned history off.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.conversations import upgrades
from rag.conversations.export import export_conversation
from rag.conversations.feedback_dataset import to_eval_questions
from rag.conversations.models import ChatTurn, Feedback
from rag.conversations.store import NAME, ConversationStore
from rag.errors import ConversationError
from rag.retrieval.filters import SearchFilter
from rag.types import Answer

DATA = Path(__file__).parent / "data"
EXPORTED: dict[str, Any] = json.loads((DATA / "store-0.1.json").read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the store as version 0.1 left it."""
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.executescript((DATA / "store-0.1.sql").read_text())
    connection.close()
    return tmp_path


def version(folder: Path) -> int:
    connection = sqlite3.connect(folder / NAME)
    ((number,),) = connection.execute("PRAGMA user_version")
    connection.close()
    return int(number)


def test_every_turn_of_version_0_1_comes_out_as_it_was_exported(folder: Path) -> None:
    conversations = ConversationStore(folder).conversations()
    assert [each.id for each in conversations] == [e["id"] for e in EXPORTED["conversations"]]
    for conversation, old in zip(conversations, EXPORTED["conversations"], strict=True):
        assert (conversation.owner, conversation.title) == (old["owner"], old["title"])
        lines = export_conversation(conversation, "markdown").splitlines()
        missing = [each for each in old["markdown"].splitlines() if each not in lines]
        assert missing == []
        for turn, before in zip(conversation.turns, old["exchanges"], strict=True):
            assert (turn.key, turn.conversation) == (before["key"], conversation.id)
            assert (turn.question, turn.asked_at) == (before["question"], before["asked"])
            assert turn.stage == {"begun": "interrupted"}.get(before["stage"], before["stage"])
            assert (turn.draft, turn.fault) == (before["draft"], before["fault"])
            filters = {name: before[name] for name in ("since", "until", "outlets")}
            assert turn.filters.to_dict() == filters
            if before["answer"] is None:
                assert turn.answer is None and turn.hits == ()
            else:
                assert turn.answer is not None and turn.hits == turn.answer.passages
                after = turn.answer.to_dict(all_scores=True)
                assert after["timings"].pop("evidence") is None  # 0.1 had no such time
                for each in after["citations"]:  # nor these
                    later = [each.pop(name) for name in ("field", "page", "where")]
                    later += [each.pop(name) for name in ("outlets", "corrected")]
                    later += [each.pop(name) for name in ("author", "fragment", "selector")]
                    assert later == [None, None, {}, [], [], None, None, []]
                signals = {name: after["signals"][name] for name in before["answer"]["signals"]}
                assert {**after, "signals": signals} | before["answer"] == {
                    **after,
                    "signals": signals,
                }
                assert ChatTurn.from_json(before).answer == turn.answer
            if before["verdict"] is None:
                assert turn.feedback is None
            else:
                assert turn.feedback == Feedback(**before["verdict"])


def test_the_store_of_version_0_1_holds_every_kind_of_turn(folder: Path) -> None:
    turns = [turn for each in ConversationStore(folder).conversations() for turn in each.turns]
    assert {turn.stage for turn in turns} == {"done", "stopped", "failed", "interrupted"}
    answers = [turn.answer for turn in turns if turn.answer]
    assert {answer.reason for answer in answers} == {None, "not_stated", "outside_filter"}
    assert any(len(answer.citations) > 1 and answer.note for answer in answers)
    assert SearchFilter("2023", "2023-12", ("Kurier", "Post <b>")) in [t.filters for t in turns]
    assert {turn.feedback and turn.feedback.good for turn in turns} == {None, True, False}
    assert any(turn.feedback and turn.feedback.note for turn in turns)
    assert any("\ud800" in turn.question for turn in turns)


def test_feedback_of_version_0_1_gives_the_same_question_set(folder: Path) -> None:
    assert list(to_eval_questions(ConversationStore(folder).rated_turns())) == EXPORTED["feedback"]


def test_whoever_turned_history_off_in_version_0_1_has_it_off(folder: Path) -> None:
    store = ConversationStore(folder)
    assert {owner: store.history_on(owner) for owner in EXPORTED["keeps"]} == EXPORTED["keeps"]


def test_an_upgraded_store_is_written_to_as_a_new_one(folder: Path) -> None:
    store = ConversationStore(folder)
    before = store.conversations("")
    turn = replace(before[0].turns[0], key="new", asked_at="2027-01-01T00:00:00+00:00")
    store.begin("", turn)
    assert store.end(replace(turn, draft="Anew")) and store.rate("", "new", Feedback(True))
    assert store.delete("", before[1].id) == 1
    store.close()
    (left,) = ConversationStore(folder).conversations("")
    assert left.turns[:-1] == before[0].turns
    assert (left.turns[-1].draft, left.turns[-1].feedback) == ("Anew", Feedback(True))
    assert version(folder) == upgrades.VERSION
    with sqlite3.connect(folder / NAME) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_an_upgraded_store_has_the_tables_of_a_new_one(folder: Path, tmp_path: Path) -> None:
    def tables(file: Path) -> set[tuple[str, str]]:
        connection = sqlite3.connect(file)
        names = connection.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")
        columns = {
            (name, column[1])
            for (name,) in names.fetchall()
            for column in connection.execute(f"PRAGMA table_info({name})")
        }
        connection.close()
        return columns

    ConversationStore(folder).conversations()
    ConversationStore(tmp_path / "new").begin("", ChatTurn("Why?", key="k", conversation="c"))
    assert tables(folder / NAME) == tables(tmp_path / "new" / NAME)


def test_a_broken_record_of_version_0_1_spoils_no_other(folder: Path) -> None:
    with sqlite3.connect(folder / NAME) as connection:
        connection.execute("UPDATE exchange SET record='{\"x\": 1}' WHERE key LIKE '%1'")
        connection.execute("UPDATE exchange SET record='[]' WHERE key LIKE '%2'")
    connection.close()
    turns = [turn for each in ConversationStore(folder).conversations("") for turn in each.turns]
    broken = [turn.key[-1] for turn in turns if "record in the store is invalid" in turn.fault]
    assert broken == ["1", "2"] and len(turns) == 7


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / NAME).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(Answer, "from_dict", classmethod(lambda *_: 1 / 0))
        with pytest.raises(ZeroDivisionError):
            ConversationStore(folder).conversations()
    assert (folder / NAME).read_bytes() == before and version(folder) == 1
    assert len(ConversationStore(folder).conversations()) == 3


def test_a_store_of_a_later_version_is_refused(folder: Path) -> None:
    with sqlite3.connect(folder / NAME) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(ConversationError, match="later version"):
        ConversationStore(folder).conversations()
