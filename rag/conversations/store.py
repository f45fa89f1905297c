"""The store of conversations: one SQLite file in a folder of its own.

In:  exchanges as they begin and end, verdicts, deletions.
Out: the same again. Left to others: what they mean; the file itself (`rag.conversations.sqlite_file`).

Each call is one transaction, on the disk when it returns. Nothing is made before the first thing
is kept. Tables: conversation(id, owner), exchange(key, record as JSON, conversation),
verdict(exchange, record as JSON), person(owner, keeps).
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.conversations.models import Conversation, Feedback, StoredTurn, from_json, to_json
from rag.conversations.sqlite_file import SQLiteFile
from rag.errors import ConversationError

NAME = "conversations.sqlite"
VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS exchange(
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, record TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE);
CREATE INDEX IF NOT EXISTS exchange_conversation ON exchange(conversation);
CREATE TABLE IF NOT EXISTS verdict(
    exchange TEXT PRIMARY KEY REFERENCES exchange(key) ON DELETE CASCADE, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS person(owner TEXT PRIMARY KEY, keeps INTEGER NOT NULL);
"""
_OWN = "conversation IN (SELECT id FROM conversation WHERE owner=?)"
_READ = (
    "SELECT c.id, c.owner, e.key, e.record, v.record FROM exchange e "
    "JOIN conversation c ON c.id=e.conversation LEFT JOIN verdict v ON v.exchange=e.key"
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
        self._file = SQLiteFile(folder.absolute() / NAME, _SCHEMA, VERSION)
        self.file = self._file.path
        self.close = self._file.close

    # writing

    def begin(self, owner: str, begun: StoredTurn, instead_of: str = "") -> None:
        """Keep a question, at the end of its conversation, in place of the exchange of that key."""
        with self._file.transaction() as transaction:
            whole = (begun.conversation, owner)
            transaction.execute(
                "INSERT INTO conversation(id, owner) VALUES(?,?) ON CONFLICT DO NOTHING", whole
            )
            if not _has(transaction, "SELECT 1 FROM conversation WHERE id=? AND owner=?", whole):
                raise ConversationError("that conversation is another person's: begin a new one")
            transaction.execute(
                "DELETE FROM exchange WHERE key=? AND conversation=?",
                (instead_of, begun.conversation),
            )
            transaction.execute(
                "INSERT INTO exchange(key, conversation, record) VALUES(?,?,?)",
                (begun.key, begun.conversation, _written(begun)),
            )

    def end(self, ended: StoredTurn) -> bool:
        """Keep what came of a question; False where it was deleted meanwhile."""
        with self._file.transaction() as transaction:
            done = transaction.execute(
                "UPDATE exchange SET record=? WHERE key=?", (_written(ended), ended.key)
            )
            return done.rowcount == 1

    def judge(self, owner: str, key: str, verdict: Feedback | None) -> bool:
        """Keep a verdict on an exchange, or take it back; False where it is not kept here."""
        with self._file.transaction() as transaction:
            own = f"SELECT 1 FROM exchange WHERE key=? AND {_OWN}"  # noqa: S608
            if not _has(transaction, own, (key, owner)):
                return False
            transaction.execute("DELETE FROM verdict WHERE exchange=?", (key,))
            if verdict is not None:
                record = json.dumps([verdict.good, verdict.note, verdict.at])
                transaction.execute("INSERT INTO verdict VALUES(?,?)", (key, record))
            return True

    def delete(self, owner: str | None, id: str | None = None) -> int:
        """Delete a conversation of `owner` (`None`: anybody), or all; returns how many."""
        if not self.file.exists():
            return 0
        with self._file.transaction() as transaction:
            done = transaction.execute(
                "DELETE FROM conversation WHERE (?1 IS NULL OR owner=?1) AND (?2 IS NULL OR id=?2)",
                (owner, id),
            )
            return done.rowcount

    def set_keeps(self, owner: str, keeps: bool) -> None:
        """Whether what `owner` asks from now on is to be kept."""
        with self._file.transaction() as transaction:
            transaction.execute("INSERT OR REPLACE INTO person VALUES(?,?)", (owner, int(keeps)))

    # reading

    def keeps(self, owner: str) -> bool:
        """Whether `owner` wants to have things kept; so it is until they say otherwise."""
        found = self._file.rows("SELECT keeps FROM person WHERE owner=?", (owner,))
        return bool(found[0][0]) if found else True

    def conversation(self, id: str, owner: str | None = None) -> Conversation | None:
        """One conversation, where it is kept here and of `owner` (`None`: anybody)."""
        found = self._read("WHERE c.id=?1 AND (?2 IS NULL OR c.owner=?2)", (id, owner))
        return found[0] if found else None

    def conversations(self, owner: str | None = None) -> list[Conversation]:
        """All conversations of `owner` (`None`: everybody's), the one asked in last first."""
        return self._read("WHERE ?1 IS NULL OR c.owner=?1", (owner,))

    def verdicts(self, owner: str, id: str) -> dict[str, Feedback]:
        """The verdicts within one conversation of `owner`, by the key of the exchange."""
        found = self._file.rows(
            "SELECT e.key, v.record FROM verdict v JOIN exchange e ON e.key=v.exchange "
            "JOIN conversation c ON c.id=e.conversation WHERE c.owner=? AND c.id=?",
            (owner, id),
        )
        return {key: Feedback(*json.loads(record)) for key, record in found}

    def judged(self) -> list[StoredTurn]:
        """Every exchange that was judged, in the order of asking."""
        found = self._read("WHERE v.exchange IS NOT NULL", ())
        return sorted((each for one in found for each in one.exchanges), key=lambda e: e.asked)

    def _read(self, where: str, values: tuple[Any, ...]) -> list[Conversation]:
        grouped: dict[tuple[str, str], list[StoredTurn]] = {}
        for id, owner, key, record, verdict in self._file.rows(
            f"{_READ} {where} ORDER BY e.number DESC", values
        ):
            grouped.setdefault((id, owner), []).append(_told(id, key, record, verdict))
        return [Conversation(*head, tuple(reversed(found))) for head, found in grouped.items()]


def _has(transaction: sqlite3.Connection, query: str, values: tuple[Any, ...]) -> bool:
    return transaction.execute(query, values).fetchone() is not None


def _written(exchange: StoredTurn) -> str:
    """JSON in ASCII: also what UTF-8 has no bytes for is kept."""
    told = to_json(replace(exchange, verdict=None))
    return json.dumps({k: v for k, v in told.items() if k not in ("key", "conversation")})


def _told(id: str, key: str, record: str, verdict: str | None) -> StoredTurn:
    try:
        found = from_json(json.loads(record) | {"key": key, "conversation": id})
        return replace(found, verdict=Feedback(*json.loads(verdict)) if verdict else None)
    except (ValueError, KeyError, TypeError) as error:
        fault = f"kept in a form that is not understood ({type(error).__name__})"
        return StoredTurn(key, id, "", "?", "failed", fault=fault)
