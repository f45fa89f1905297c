"""The tables of the conversation store, and the steps that lead to them from earlier versions.

In:  a connection, within a transaction.
Out: the tables of `VERSION`; every turn, answer, filter and feedback is what it was.
Left to others: when that happens (`rag.runtime.sqlite_file`), reading and writing rows
(`rag.conversations.store`).

A record is JSON in ASCII, so that text which UTF-8 cannot encode is stored too. One that cannot
be parsed is left as it is: it spoils no other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from rag.conversations.models import ChatTurn, Feedback, feedback_from_json
from rag.errors import QuestionError

VERSION = 3
_REMOVAL = (  # of an article, while an answer was on its way; the hash alone, as the id is to go
    "CREATE TABLE removal(turn TEXT NOT NULL REFERENCES turn(key) ON DELETE CASCADE, "
    "article_sha256 TEXT NOT NULL, PRIMARY KEY(turn, article_sha256))"
)
SCHEMA = (
    "CREATE TABLE conversation("
    "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL)",
    "CREATE TABLE turn("
    "number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, record TEXT NOT NULL, "
    "conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE)",
    "CREATE INDEX turn_conversation ON turn(conversation)",
    "CREATE TABLE feedback("
    "turn TEXT PRIMARY KEY REFERENCES turn(key) ON DELETE CASCADE, record TEXT NOT NULL)",
    "CREATE TABLE owner(name TEXT PRIMARY KEY, history_on INTEGER NOT NULL)",
    _REMOVAL,
)
INVALID = (ValueError, KeyError, TypeError, AttributeError, QuestionError)  # of a broken record


def turn_record(turn: ChatTurn) -> str:
    """The record of a turn; its key, its conversation and its feedback have columns or rows."""
    values = turn.to_json()
    for name in ("key", "conversation", "feedback"):
        del values[name]
    return json.dumps(values)


def turn_from_record(key: str, conversation: str, record: str) -> ChatTurn:
    """The turn that a record holds, without its feedback; one of `INVALID` where it holds none."""
    return ChatTurn.from_json(json.loads(record) | {"key": key, "conversation": conversation})


def feedback_record(feedback: Feedback) -> str:
    """The record of a feedback."""
    values: dict[str, Any] = {"good": feedback.good, "note": feedback.note, "at": feedback.at}
    return json.dumps(values)


def feedback_from_record(record: str) -> Feedback:
    """The feedback that a record holds; one of `INVALID` where it holds none."""
    return feedback_from_json(json.loads(record))


def _to_version_2(connection: sqlite3.Connection) -> None:
    """From version 0.1 of the program: tables and keys have other names, feedback was a list."""
    for statement in (
        "ALTER TABLE exchange RENAME TO turn",
        "DROP INDEX exchange_conversation",
        "CREATE INDEX turn_conversation ON turn(conversation)",
        "ALTER TABLE verdict RENAME TO feedback",
        "ALTER TABLE feedback RENAME COLUMN exchange TO turn",
        "ALTER TABLE person RENAME TO owner",
        "ALTER TABLE owner RENAME COLUMN owner TO name",
        "ALTER TABLE owner RENAME COLUMN keeps TO history_on",
    ):
        connection.execute(statement)
    turns = connection.execute("SELECT key, conversation, record FROM turn").fetchall()
    for key, conversation, record in turns:
        try:
            upgraded = turn_record(turn_from_record(key, conversation, record))
        except INVALID:
            continue
        connection.execute("UPDATE turn SET record=? WHERE key=?", (upgraded, key))
    for turn, record in connection.execute("SELECT turn, record FROM feedback").fetchall():
        try:
            upgraded = feedback_record(feedback_from_record(record))
        except INVALID:
            continue
        connection.execute("UPDATE feedback SET record=? WHERE turn=?", (upgraded, turn))


def _to_version_3(connection: sqlite3.Connection) -> None:
    """What was removed while an answer was on its way."""
    connection.execute(_REMOVAL)


UPGRADES: Mapping[int, Callable[[sqlite3.Connection], None]] = {
    1: _to_version_2,
    2: _to_version_3,
}
