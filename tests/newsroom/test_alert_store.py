"""The store of alerts: private, whole after a kill, one finding for one change."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import AlertError, ModelUnavailable, QuestionError
from rag.newsroom.alerts.asking import ask_again, is_due
from rag.newsroom.alerts.store import AlertStore
from rag.newsroom.alerts.values import without_workings
from rag.retrieval.filters import NO_FILTER, SearchFilter
from tests.conftest import ROOT
from tests.conversations.support import COST, make_answer

DEARER = make_answer(
    COST.question,
    "The bridge cost 25 million crowns.",
    "Critics put the price at 25 million crowns.",
)


@pytest.fixture
def store(tmp_path: Path) -> AlertStore:
    return AlertStore.of_index(tmp_path / "index")


def test_an_alert_comes_back_without_the_passages_of_its_answer(store: AlertStore) -> None:
    filters = SearchFilter("2024", "", ("Kurier",))
    number = store.add("jane", COST, filters, "first")
    store.close()
    (alert,) = AlertStore(store.file).alerts()
    assert (alert.number, alert.owner, alert.question) == (number, "jane", COST.question)
    assert (alert.filters, alert.asked_with, alert.findings) == (filters, "first", ())
    assert alert.answer == without_workings(COST)
    assert alert.answer.passages == () and COST.passages[0].passage.text not in alert.answer.text
    assert store.file.stat().st_mode & 0o777 == 0o600
    assert store.alerts("joe") == [] and not store.remove(number, "joe")
    assert store.remove(number, "jane") and store.alerts() == []


def test_two_programs_that_ask_at_once_find_a_change_once(store: AlertStore) -> None:
    number = store.add("", COST, NO_FILTER, "old")
    assert store.record(number, DEARER, "new") and not store.record(number, DEARER, "new")
    (alert,) = store.alerts()
    (finding,) = alert.findings
    assert (finding.before, finding.after) == (without_workings(COST), without_workings(DEARER))
    assert [each.kind for each in finding.comparison.changes] == ["changed"]
    assert not finding.is_reported
    store.mark_reported([finding])
    assert store.alerts()[0].findings[0].is_reported
    assert not store.record(number + 1, COST, "new"), "it was removed meanwhile"


def test_only_what_may_have_changed_is_due_and_a_fault_keeps_the_answer(store: AlertStore) -> None:
    for question in ("one", "two", "three"):
        store.add("", make_answer(question, "It is 1.", "x"), NO_FILTER, "old")

    def ask(question: str, filters: SearchFilter):
        if question == "two":
            raise QuestionError("no article has the outlet")
        return make_answer(question, "It is 1." if question == "one" else "It is 3.", "x")

    due = [each for each in store.alerts() if is_due(each, lambda _: "new")]
    seen: list[tuple[int, int]] = []
    outcome = ask_again(store, due, ask, lambda _: "new", lambda *step: seen.append(step))
    assert (outcome.asked_count, outcome.changed) == (3, (3,))
    assert outcome.faults == {2: "no article has the outlet"}
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    left = [each.number for each in store.alerts() if is_due(each, lambda _: "new")]
    assert left == [2], "it is asked again by the next run"


def test_a_run_that_ends_early_has_stored_what_it_answered(store: AlertStore) -> None:
    for question in ("one", "two", "three"):
        store.add("", make_answer(question, "It is 1.", "x"), NO_FILTER, "old")

    def ask(question: str, filters: SearchFilter):
        if question == "two":
            raise ModelUnavailable("the model is not there")
        return make_answer(question, "It is 2.", "x")

    with pytest.raises(ModelUnavailable):
        ask_again(store, store.alerts(), ask, lambda _: "new")
    assert [len(each.findings) for each in store.alerts()] == [1, 0, 0]
    assert [each.number for each in store.alerts() if is_due(each, lambda _: "new")] == [2, 3]


WRITER = """
import sys, pathlib
from rag.newsroom.alerts.store import AlertStore
from tests.newsroom.test_alert_store import COST, DEARER
store = AlertStore(pathlib.Path(sys.argv[1]))
for n in range(10**9):
    store.record(1, DEARER if n % 2 == 0 else COST, str(n))
    print(n, flush=True)
"""


def test_a_killed_writer_leaves_every_finding_that_it_stored(store: AlertStore) -> None:
    store.add("", COST, NO_FILTER, "old")
    written = 0
    for lines in (3, 8, 15):
        command = [sys.executable, "-c", WRITER, str(store.file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
            assert child.stdout
            for _ in range(lines):
                child.stdout.readline()
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read()
        (alert,) = store.alerts()
        written += lines - 1  # at the start of a run the answer may be the last one of before
        assert len(alert.findings) >= written + rest.count("\n") - 1
        assert alert.answer == alert.findings[0].after
        store.close()
        with sqlite3.connect(store.file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()


def test_a_damaged_store_is_named_and_a_broken_answer_spoils_no_other(store: AlertStore) -> None:
    first = store.add("", COST, NO_FILTER, "old")
    store.add("", COST, NO_FILTER, "old")
    store.close()
    with sqlite3.connect(store.file) as connection:
        connection.execute("UPDATE alert SET answer='{\"x\": 1}' WHERE number=?", (first,))
    connection.close()
    assert [each.answer is None for each in store.alerts()] == [True, False]
    assert not store.record(first, DEARER, "new"), "there is nothing to compare it with"
    assert store.alerts()[0].answer == without_workings(DEARER)
    store.close()
    store.file.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(AlertError, match=r"^alerts cannot be read in .* move the file away"):
        store.alerts()
    assert store.file.read_bytes().startswith(b"this is no database")
