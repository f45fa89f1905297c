"""`rag conversations`, and the setting that turns history off."""

from __future__ import annotations

import json

import pytest

from rag.cli import main
from rag.conversations.export import export_conversation
from rag.conversations.models import (
    ChatTurn,
    Conversation,
)
from rag.conversations.store import ConversationStore
from rag.errors import SettingsError
from rag.export import FORMATS
from rag.settings import Settings
from tests.conversations.support import COST, make_turn, put


def test_rag_conversations_lists_exports_and_deletes(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "conversations"))

    def rag(*words: str) -> tuple[int, str, str]:
        status = main(["conversations", *words])
        out, err = capsys.readouterr()
        return status, out, err

    assert rag() == (0, f"no conversation is stored in {tmp_path / 'conversations'}\n", "")
    assert not (tmp_path / "conversations").exists()
    store = ConversationStore(tmp_path / "conversations")
    turn = put(store, make_turn(COST))
    put(store, make_turn(COST, "b" * 16), "jane")
    status, out, _ = rag("list")
    assert status == 0
    assert out.splitlines() == [
        f"{'b' * 16}  2026-11-22 10:00    1  jane  How much did the bridge cost?",
        f"{'a' * 16}  2026-11-22 10:00    1  How much did the bridge cost?",
    ]
    status, out, _ = rag("export", "a" * 16)
    conversation = Conversation("a" * 16, "", (turn,))
    assert (status, out) == (0, export_conversation(conversation, "markdown"))
    for name in FORMATS:
        status, out, _ = rag("export", "a" * 16, "--format", name)
        assert (status, out) == (0, export_conversation(conversation, name).rstrip("\n") + "\n")
    status, out, _ = rag("export", "a" * 16, "--json")
    assert ChatTurn.from_json(json.loads(out)["turns"][0]) == turn
    for wrong in (["export"], ["export", "c" * 16], ["delete"], ["delete", "c" * 16]):
        status, out, err = rag(*wrong)
        assert (status, out, err.count("\n")) == (1, "", 1) and "rag conversations" in err
    assert rag("delete", "a" * 16) == (0, "deleted: 1\n", "")
    assert rag("delete", "all") == (0, "deleted: 1\n", "")
    assert store.conversations() == []


def test_keep_conversations_is_yes_or_no() -> None:
    assert Settings.load({}).keep_conversations is True
    assert Settings.load({"RAG_KEEP_CONVERSATIONS": "no"}).keep_conversations is False
    assert Settings.load({"RAG_KEEP_CONVERSATIONS": "1"}).keep_conversations is True
    with pytest.raises(SettingsError, match="RAG_KEEP_CONVERSATIONS='maybe' is neither yes nor no"):
        Settings.load({"RAG_KEEP_CONVERSATIONS": "maybe"})
