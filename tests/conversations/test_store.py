"""The store of conversations: lossless, private, intact after a kill or on a full disk."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.conversations.export import as_json
from rag.conversations.models import (
    Conversation,
    Feedback,
)
from rag.conversations.store import NAME, ConversationStore
from rag.errors import ConversationError
from rag.retrieval.filters import SearchFilter
from tests.conftest import ROOT
from tests.conversations.support import COST, REFUSED, make_turn, put


def test_stored_conversations_are_private_and_there_again(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "conversations")
    assert store.conversations() == [] and not (tmp_path / "conversations").exists()
    first = put(store, make_turn(COST, filters=SearchFilter("2024", "", ("Kurier", "Post"))))
    second = put(store, make_turn(REFUSED))
    other = put(store, make_turn(COST, "b" * 16))
    store.close()
    again = ConversationStore(tmp_path / "conversations")
    assert again.conversations() == [
        Conversation("b" * 16, "", (other,)),
        Conversation("a" * 16, "", (first, second)),
    ]
    if os.name == "posix":
        assert (tmp_path / "conversations").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "conversations" / NAME).stat().st_mode & 0o777 == 0o600
        (tmp_path / "conversations" / NAME).chmod(0o644)
        assert ConversationStore(tmp_path / "conversations").conversation("a" * 16) is not None
        assert (tmp_path / "conversations" / NAME).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "conversations").iterdir()] == [NAME]


def test_an_answer_on_its_way_does_not_bring_a_removed_article_back(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    turn = make_turn(COST)
    store.begin("", replace(turn, stage="waiting", answer=None, hits=()))
    assert store.forget_article("bridge") == 0  # nothing is stored of it yet
    assert b"bridge" not in store.file.read_bytes().replace(b"the bridge", b"")
    assert store.end(turn)
    (stored,) = store.conversations()[0].turns
    assert (stored.stage, stored.answer, stored.question) == ("failed", None, turn.question)
    # one that is asked afterwards, of an article that was added again, is stored
    again = put(store, make_turn(COST))
    assert store.conversations()[0].turns[1] == again
    # and one that only shows passages of it loses these
    other = make_turn(replace(REFUSED, passages=COST.passages))
    store.begin("", replace(other, stage="waiting", answer=None, hits=()))
    store.forget_article("bridge")
    assert store.end(other)
    left = store.conversations()[0].turns[2].answer
    assert left is not None and left.passages == ()


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60), st.text(max_size=60))
def test_any_text_comes_back_unchanged(question: str, note: str) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        store = ConversationStore(Path(folder))
        turn = put(store, make_turn(None, question=question, draft=note, stage="stopped"))
        store.rate("", turn.key, Feedback(False, question))
        (conversation,) = store.conversations()
        assert conversation.turns == (replace(turn, feedback=Feedback(False, question)),)
        as_json(conversation).encode()
        store.close()


def test_a_retry_replaces_the_turn_and_its_feedback(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    first, last = put(store, make_turn(COST)), put(store, make_turn(REFUSED))
    assert store.rate("", last.key, Feedback(False)) and store.rate("", first.key, Feedback(True))
    retry = make_turn(None)
    store.begin("", retry, replaces=last.key)
    conversation = store.conversation("a" * 16)
    assert conversation and conversation.turns == (replace(first, feedback=Feedback(True)), retry)
    assert not store.end(last) and not store.rate("", last.key, Feedback(True))
    assert store.rate("", first.key, None) and store.rated_turns() == []


def test_conversations_of_other_owners_are_out_of_reach(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    hers = put(store, make_turn(COST), "jane")
    put(store, make_turn(COST, "b" * 16), "joe")
    assert [each.id for each in store.conversations("joe")] == ["b" * 16]
    assert store.conversation("a" * 16, "joe") is None
    assert not store.rate("joe", hers.key, Feedback(False))
    assert store.delete("joe", "a" * 16) == 0
    with pytest.raises(ConversationError, match="belongs to somebody else"):
        store.begin("joe", make_turn(None))
    store.set_history_on("joe", False)
    assert (store.history_on("jane"), store.history_on("joe")) == (True, False)
    assert store.delete("joe") == 1
    assert [each.owner for each in store.conversations()] == ["jane"]


def test_deleted_conversations_leave_the_disk(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    secret = replace(COST, question="the zebra question")
    turn = put(store, make_turn(secret))
    put(store, make_turn(COST, "b" * 16))
    store.rate("", turn.key, Feedback(True, "a zebra note"))

    def on_disk() -> bytes:
        return b"".join(each.read_bytes() for each in tmp_path.iterdir())

    assert on_disk().count(b"zebra") >= 2
    assert store.delete("", "a" * 16) == 1
    assert b"zebra" not in on_disk() and b"18 million" in on_disk()
    assert store.delete("") == 1 and b"18 million" not in on_disk()
    assert store.rated_turns() == [] and store.delete("") == 0


WRITER = """
import sys
from rag.conversations.store import ConversationStore
from tests.conversations.support import COST, make_turn
from rag.errors import RagError
store, owner = ConversationStore(__import__("pathlib").Path(sys.argv[1])), sys.argv[2]
if len(sys.argv) > 3:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    for n in range(int(sys.argv[4]) if len(sys.argv) > 4 else 10**9):
        one = make_turn(COST, owner * 16)
        store.begin("", one)
        print("begun", one.key, flush=True)
        store.end(one)
        print("ended", one.key, flush=True)
except RagError as error:
    print(f"fault {error}", flush=True)
"""


def writer(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def keys(output: str, event: str) -> list[str]:
    """The keys of the turns that a writer reported, whole lines alone."""
    whole = (each.split() for each in output.splitlines(keepends=True) if each.endswith("\n"))
    return [words[1] for words in whole if words[0] == event]


def is_intact(folder: Path) -> bool:
    with sqlite3.connect(folder / NAME) as connection:
        result = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return result == [("ok",)]


def test_a_killed_writer_loses_nothing_that_it_stored(tmp_path: Path) -> None:
    ended: list[str] = []
    for after in (1, 7, 20, 33):
        with writer(tmp_path, "a") as child:
            assert child.stdout
            output = "".join(child.stdout.readline() for _ in range(after))
            child.send_signal(signal.SIGKILL)
            output += child.stdout.read()
            assert child.wait(60) == -signal.SIGKILL
        ended += keys(output, "ended")
        store = ConversationStore(tmp_path)
        (conversation,) = store.conversations()
        stored = {each.key: each for each in conversation.turns}
        assert set(ended) <= set(stored)
        assert all(stored[key].answer == COST for key in ended)
        assert set(keys(output, "begun")) <= set(stored)
        assert all(each.answer in (None, COST) for each in stored.values())
        store.close()
        assert is_intact(tmp_path)
    assert len(ended) >= 20


def test_two_processes_share_a_store(tmp_path: Path) -> None:
    children = [writer(tmp_path, owner, 2**30, 15) for owner in "ab"]
    outputs = [child.communicate(timeout=120)[0] for child in children]
    assert [len(keys(each, "ended")) for each in outputs] == [15, 15], outputs
    conversations = ConversationStore(tmp_path).conversations()
    assert sorted(len(each.turns) for each in conversations) == [15, 15]


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no such limit here")
@pytest.mark.parametrize("size", [1_000, 30_000, 130_001])
def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path, size: int) -> None:
    before = put(ConversationStore(tmp_path), make_turn(COST, "b" * 16))
    with writer(tmp_path, "a", size, 100_000) as child:
        output = child.communicate(timeout=120)[0]
    (fault,) = (line for line in output.splitlines() if line.startswith("fault"))
    assert "conversations cannot be stored in" in fault and "RAG_KEEP_CONVERSATIONS=no" in fault
    assert is_intact(tmp_path)
    store = ConversationStore(tmp_path)
    assert store.conversation("b" * 16) == Conversation("b" * 16, "", (before,))
    conversation = store.conversation("a" * 16)
    assert {e.key for e in (conversation.turns if conversation else ())} >= set(
        keys(output, "ended")
    )
    put(store, make_turn(COST, "c" * 16))


def test_a_damaged_store_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"this is no database at all" * 100)
    store = ConversationStore(tmp_path)
    for call in (store.conversations, lambda: store.begin("", make_turn(None)), store.rated_turns):
        with pytest.raises(ConversationError, match="move the file away") as caught:
            call()
        assert "\n" not in str(caught.value)
    assert (tmp_path / NAME).read_bytes().startswith(b"this is no database")
    (tmp_path / NAME).unlink()
    put(store, make_turn(COST))
    assert len(store.conversations()) == 1, "a store that was moved away is created again"
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(ConversationError, match="later version"):
        ConversationStore(tmp_path).conversations()


def test_a_broken_record_spoils_no_other(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    first, second = put(store, make_turn(COST)), put(store, make_turn(COST))
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("UPDATE turn SET record='{\"x\": 1}' WHERE key=?", (first.key,))
    (conversation,) = store.conversations()
    assert (
        "record in the store is invalid" in conversation.turns[0].fault
        and conversation.turns[1] == second
    )


def test_a_folder_that_cannot_be_created_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ConversationError, match=r"your right to write there, .* RAG_KEEP_CONVERSATIONS=no"
    ):
        ConversationStore(tmp_path / "file" / "conversations").begin("", make_turn(None))
