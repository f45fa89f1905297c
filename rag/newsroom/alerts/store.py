"""The store of alerts: one SQLite file beside the folder of the index that they are asked of.

    AlertStore.of_index(folder)   the file `<folder>.alerts.sqlite`

In:  questions with their first answers, further answers as they come.
Out: the same alerts with what was found.
Left to others: the file itself (`rag.runtime.sqlite_file`), comparing answers
(`rag.newsroom.alerts.comparison`).

Each call is one transaction, on the disk when it returns. Nothing is created before the first alert
is stored. Answers are stored without the passages that they were made from. What was found stays
until the alert is removed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import AlertError, QuestionError
from rag.newsroom.alerts.comparison import compare_answers
from rag.newsroom.alerts.values import Alert, Comparison, Finding, without_workings
from rag.retrieval.filters import SearchFilter
from rag.runtime.sqlite_file import Schema, SQLiteFile
from rag.types import Answer

_SCHEMA = Schema(
    1,
    (
        "CREATE TABLE alert(number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, "
        "question TEXT NOT NULL, filters TEXT NOT NULL, answer TEXT, asked_at TEXT NOT NULL, "
        "asked_with TEXT NOT NULL)",
        "CREATE TABLE finding(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "alert INTEGER NOT NULL REFERENCES alert(number) ON DELETE CASCADE, at TEXT NOT NULL, "
        "before TEXT, after TEXT, reported INTEGER NOT NULL DEFAULT 0)",
        "CREATE INDEX finding_alert ON finding(alert)",
    ),
    {},
    "alerts",
    AlertError,
)
_INVALID = (ValueError, KeyError, TypeError, AttributeError)  # of a broken record


class AlertStore:
    """The store in a file. May be called from several threads, and used by several programs.

    Every call raises `AlertError`, one line, where the file cannot be read or written. `owner` is
    whose alerts are meant; None: everybody's.
    """

    def __init__(self, file: Path) -> None:
        self._file = SQLiteFile(file.absolute(), _SCHEMA)
        self.file = self._file.path
        self.close = self._file.close

    @classmethod
    def of_index(cls, folder: Path) -> AlertStore:
        """That of the index in `folder`: a file beside it."""
        folder = folder.absolute()
        return cls(folder.with_name(f"{folder.name}.alerts.sqlite"))

    def add(self, owner: str, answer: Answer, filters: SearchFilter, conditions: str) -> int:
        """Keep the question of `answer`, which was given under `conditions`; its number."""
        with self._file.transaction() as transaction:
            added = transaction.execute(
                "INSERT INTO alert(owner, question, filters, answer, asked_at, asked_with) "
                "VALUES(?,?,?,?,?,?)",
                (owner, answer.question, json.dumps(filters.to_dict()), _record(answer), _now(),
                 conditions),
            )  # fmt: skip
            return int(added.lastrowid or 0)

    def remove(self, number: int, owner: str | None = None) -> bool:
        """Remove an alert with all that was found; False where there is none of that number."""
        if not self.file.exists():
            return False
        with self._file.transaction() as transaction:
            removal = transaction.execute(
                "DELETE FROM alert WHERE number=?1 AND (?2 IS NULL OR owner=?2)", (number, owner)
            )
            return removal.rowcount == 1

    def record(self, number: int, answer: Answer, conditions: str) -> bool:
        """Store a further answer; whether its facts differ from those of the last one.

        Of two programs that ask at the same time only the first finds the change.
        """
        with self._file.transaction() as transaction:
            row = transaction.execute(
                "SELECT answer FROM alert WHERE number=?", (number,)
            ).fetchone()
            if row is None:
                return False  # removed meanwhile
            before, after = _answer(row[0]), _record(answer)
            differs = before is not None and bool(compare_answers(before, answer))
            if differs:
                transaction.execute(
                    "INSERT INTO finding(alert, at, before, after) VALUES(?,?,?,?)",
                    (number, _now(), row[0], after),
                )
            transaction.execute(
                "UPDATE alert SET answer=?, asked_at=?, asked_with=? WHERE number=?",
                (after, _now(), conditions, number),
            )
            return differs

    def forget_article(self, id: str) -> int:
        """Remove the answers that cite article `id`, and the changes between them; how many.

        The questions stay, and are due again.
        """
        if not self.file.exists():
            return 0
        with self._file.transaction() as transaction:
            alerts = transaction.execute("SELECT number, answer FROM alert").fetchall()
            gone = [(number,) for number, answer in alerts if _cites(_answer(answer), id)]
            transaction.executemany(
                "UPDATE alert SET answer=NULL, asked_with='' WHERE number=?", gone
            )
            rows = transaction.execute("SELECT id, before, after FROM finding").fetchall()
            changes = [
                (number,)
                for number, *answers in rows
                if any(_cites(_answer(each), id) for each in answers)
            ]
            transaction.executemany("DELETE FROM finding WHERE id=?", changes)
            return len(gone) + len(changes)

    def mark_reported(self, findings: list[Finding]) -> None:
        """These findings have been printed."""
        if findings:
            with self._file.transaction() as transaction:
                transaction.executemany(
                    "UPDATE finding SET reported=1 WHERE id=?", [(each.id,) for each in findings]
                )

    def alerts(self, owner: str | None = None) -> list[Alert]:
        """The alerts in the order of their numbers, each with what was found, newest first."""
        found_of = dict[int, list[Finding]]()
        for row in self._file.rows(
            "SELECT alert, id, at, before, after, reported FROM finding ORDER BY id DESC", ()
        ):
            found_of.setdefault(row[0], []).append(_finding(row[1:]))
        rows = self._file.rows(
            "SELECT number, owner, question, filters, answer, asked_at, asked_with FROM alert "
            "WHERE ?1 IS NULL OR owner=?1 ORDER BY number",
            (owner,),
        )
        return [_alert(row, found_of.get(row[0], [])) for row in rows]


def _alert(row: tuple[Any, ...], findings: list[Finding]) -> Alert:
    number, owner, question, filters, answer, asked_at, asked_with = row
    try:
        limits = SearchFilter.from_dict(json.loads(filters))
    except (*_INVALID, QuestionError) as error:
        raise AlertError(
            f"the filters of alert {number} in the store are invalid ({error}): "
            f"type `rag alerts remove {number}` and add it again"
        ) from None
    return Alert(
        number, owner, question, limits, _answer(answer), asked_at, asked_with, tuple(findings)
    )


def _finding(row: tuple[Any, ...]) -> Finding:
    id, at, before, after, reported = row
    old, new = _answer(before), _answer(after)
    comparison = compare_answers(old, new) if old and new else Comparison()
    return Finding(id, at, old, new, comparison, bool(reported))


def _record(answer: Answer) -> str:
    """The answer as ASCII, so that text which UTF-8 cannot encode is stored too."""
    return json.dumps(without_workings(answer).to_dict())


def _answer(record: str | None) -> Answer | None:
    """The answer of a record; None where there is none, or it is broken: it spoils no other."""
    try:
        return None if record is None else Answer.from_dict(json.loads(record))
    except _INVALID:
        return None


def _cites(answer: Answer | None, article: str) -> bool:
    return answer is not None and any(each.article == article for each in answer.citations)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
