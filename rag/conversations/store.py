"""The store of conversations: one SQLite file in a folder of its own.

In:  turns as they begin and end, feedback, deletions.
Out: the same turns, by conversation and owner.
Left to others: the values (`rag.conversations.models`), the tables (`rag.conversations.upgrades`),
the file (`rag.runtime.sqlite_file`).

Each call is one transaction, on the disk when it returns. Nothing is created before the first
turn is stored.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.conversations.models import ChatTurn, Conversation, Feedback, turn_without
from rag.conversations.upgrades import (
    INVALID,
    SCHEMA,
    UPGRADES,
    VERSION,
    feedback_from_record,
    feedback_record,
    turn_from_record,
    turn_record,
)
from rag.errors import ConversationError
from rag.runtime.sqlite_file import Schema, SQLiteFile

NAME = "conversations.sqlite"
_REMEDY = (
    "check the free space and your right to write there, or turn history off with "
    "RAG_KEEP_CONVERSATIONS=no"
)
_OF_OWNER = "conversation IN (SELECT id FROM conversation WHERE owner=?)"
_SELECT = (
    "SELECT c.id, c.owner, t.key, t.record, f.record FROM turn t "
    "JOIN conversation c ON c.id=t.conversation LEFT JOIN feedback f ON f.turn=t.key"
)


def new_id() -> str:
    """An id that nobody guesses: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def now() -> str:
    """The time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class ConversationStore:
    """The store in a folder. May be called from several threads.

    Every call raises `ConversationError`, one line, where the file cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        schema = Schema(VERSION, SCHEMA, UPGRADES, "conversations", ConversationError, _REMEDY)
        self._file = SQLiteFile(folder.absolute() / NAME, schema)
        self.file = self._file.path
        self.close = self._file.close

    # writing

    def begin(self, owner: str, turn: ChatTurn, replaces: str = "") -> None:
        """Store a turn at the end of its conversation, in place of the turn with that key."""
        with self._file.transaction() as transaction:
            conversation = (turn.conversation, owner)
            transaction.execute(
                "INSERT INTO conversation(id, owner) VALUES(?,?) ON CONFLICT DO NOTHING",
                conversation,
            )
            own = "SELECT 1 FROM conversation WHERE id=? AND owner=?"
            if not _exists(transaction, own, conversation):
                raise ConversationError(
                    "that conversation belongs to somebody else: begin a new one"
                )
            transaction.execute(
                "DELETE FROM turn WHERE key=? AND conversation=?", (replaces, turn.conversation)
            )
            transaction.execute(
                "INSERT INTO turn(key, conversation, record) VALUES(?,?,?)",
                (turn.key, turn.conversation, turn_record(turn)),
            )

    def end(self, turn: ChatTurn) -> bool:
        """Store how a turn ended; False where it was deleted meanwhile.

        What it has of articles that were removed since it began is left out.
        """
        if not self.file.exists():
            return False
        with self._file.transaction() as transaction:
            rows = transaction.execute(
                "SELECT article_sha256 FROM removal WHERE turn=?", (turn.key,)
            )
            removed = {digest for (digest,) in rows}
            for article in turn.article_ids if removed else ():
                if _hash(article) in removed:
                    turn = turn_without(turn, article)
            transaction.execute("DELETE FROM removal WHERE turn=?", (turn.key,))
            update = transaction.execute(
                "UPDATE turn SET record=? WHERE key=?", (turn_record(turn), turn.key)
            )
            return update.rowcount == 1

    def rate(self, owner: str, key: str, feedback: Feedback | None) -> bool:
        """Store the feedback on a turn, or take it back; False where the turn is not stored."""
        with self._file.transaction() as transaction:
            own = f"SELECT 1 FROM turn WHERE key=? AND {_OF_OWNER}"  # noqa: S608
            if not _exists(transaction, own, (key, owner)):
                return False
            transaction.execute("DELETE FROM feedback WHERE turn=?", (key,))
            if feedback is not None:
                transaction.execute(
                    "INSERT INTO feedback VALUES(?,?)", (key, feedback_record(feedback))
                )
            return True

    def delete(self, owner: str | None, id: str | None = None) -> int:
        """Delete a conversation of `owner` (`None`: anybody), or all; returns how many."""
        if not self.file.exists():
            return 0
        with self._file.transaction() as transaction:
            deletion = transaction.execute(
                "DELETE FROM conversation WHERE (?1 IS NULL OR owner=?1) AND (?2 IS NULL OR id=?2)",
                (owner, id),
            )
            return deletion.rowcount

    def forget_article(self, id: str) -> int:
        """Remove what answers have of article `id`, everybody's; returns from how many turns.

        An answer that cites it goes with its feedback, the question stays; of others only its
        passages go. So they do from answers that are on their way, when these end.
        """
        if not self.file.exists():
            return 0
        with self._file.transaction() as transaction:
            count = 0
            rows = transaction.execute("SELECT key, conversation, record FROM turn").fetchall()
            for key, conversation, record in rows:
                try:
                    turn = turn_from_record(key, conversation, record)
                except INVALID:
                    continue
                if turn.stage == "interrupted":  # or on its way
                    transaction.execute(
                        "INSERT OR IGNORE INTO removal VALUES(?,?)", (key, _hash(id))
                    )
                left = turn_without(turn, id)
                if left == turn:
                    continue
                count += 1
                transaction.execute(
                    "UPDATE turn SET record=? WHERE key=?", (turn_record(left), key)
                )
                if left.answer is None:
                    transaction.execute("DELETE FROM feedback WHERE turn=?", (key,))
            return count

    def set_history_on(self, owner: str, on: bool) -> None:
        """Whether the questions of `owner` are stored from now on."""
        with self._file.transaction() as transaction:
            transaction.execute("INSERT OR REPLACE INTO owner VALUES(?,?)", (owner, int(on)))

    # reading

    def history_on(self, owner: str) -> bool:
        """Whether the questions of `owner` are stored: yes, until they turn it off."""
        rows = self._file.rows("SELECT history_on FROM owner WHERE name=?", (owner,))
        return bool(rows[0][0]) if rows else True

    def conversation(self, id: str, owner: str | None = None) -> Conversation | None:
        """One conversation of `owner` (`None`: anybody); None where it is not stored."""
        matches = self._select("WHERE c.id=?1 AND (?2 IS NULL OR c.owner=?2)", (id, owner))
        return matches[0] if matches else None

    def conversations(self, owner: str | None = None) -> list[Conversation]:
        """All conversations of `owner` (`None`: everybody's), the latest question first."""
        return self._select("WHERE ?1 IS NULL OR c.owner=?1", (owner,))

    def feedback(self, owner: str, id: str) -> dict[str, Feedback]:
        """The feedback within one conversation of `owner`, by the key of the turn."""
        rows = self._file.rows(
            "SELECT t.key, f.record FROM feedback f JOIN turn t ON t.key=f.turn "
            "JOIN conversation c ON c.id=t.conversation WHERE c.owner=? AND c.id=?",
            (owner, id),
        )
        return {key: feedback_from_record(record) for key, record in rows}

    def rated_turns(self) -> list[ChatTurn]:
        """Every turn with feedback, in the order of asking."""
        conversations = self._select("WHERE f.turn IS NOT NULL", ())
        turns = (turn for each in conversations for turn in each.turns)
        return sorted(turns, key=lambda turn: turn.asked_at)

    def _select(self, where: str, values: tuple[Any, ...]) -> list[Conversation]:
        grouped: dict[tuple[str, str], list[ChatTurn]] = {}
        for id, owner, key, record, feedback in self._file.rows(
            f"{_SELECT} {where} ORDER BY t.number DESC", values
        ):
            grouped.setdefault((id, owner), []).append(_parse(id, key, record, feedback))
        return [Conversation(*head, tuple(reversed(turns))) for head, turns in grouped.items()]


def _hash(article: str) -> str:
    return hashlib.sha256(article.encode("utf-8", "surrogatepass")).hexdigest()


def _exists(transaction: sqlite3.Connection, query: str, values: tuple[Any, ...]) -> bool:
    return transaction.execute(query, values).fetchone() is not None


def _parse(id: str, key: str, record: str, feedback: str | None) -> ChatTurn:
    """The turn of a row; one that says so where the row is broken."""
    try:
        turn = turn_from_record(key, id, record)
        return replace(turn, feedback=feedback_from_record(feedback) if feedback else None)
    except INVALID as error:
        fault = f"its record in the store is invalid ({type(error).__name__})"
        return ChatTurn("?", "failed", fault=fault, key=key, conversation=id)
