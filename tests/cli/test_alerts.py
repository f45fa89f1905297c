"""`rag alerts`: questions asked again after the index has changed, and what is printed of it."""

from __future__ import annotations

import json

import pytest

from rag.cli import main
from rag.newsroom.alerts.store import AlertStore
from tests.scripted_reader import ScriptedReader

COST = "What was the cost of the bridge over the Sund?"
LOCK = "Who paid for the lock of Osby?"


@pytest.fixture
def run(indexed_toy, monkeypatch, capsys):
    """Runs `rag` over the toy index without a language model; exit status, stdout, stderr."""
    reader = ScriptedReader({"cost of the bridge": "million crowns, mayor", "Osby": "farmers of"})
    monkeypatch.setattr(
        "rag.assistant.open_reader", lambda settings, embedder: (reader, settings.reader)
    )
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    monkeypatch.setenv("RAG_INDEX", str(indexed_toy.index))
    monkeypatch.setenv("RAG_CORPUS", str(indexed_toy.corpus))
    monkeypatch.setenv("RAG_MODEL", "none")

    def call(*arguments):
        status = main(list(map(str, arguments)))
        return status, *capsys.readouterr()

    call.corpus = indexed_toy.corpus
    call.store = AlertStore.of_index(indexed_toy.index)
    call.reader = reader
    return call


def edit(corpus, old, new):
    file = corpus / "bridge.md"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def changes_of(out):
    """The changes of each alert, by number."""
    return {
        alert["number"]: [
            (change["kind"], [(fact["kind"], fact["before"], fact["after"])
             for fact in change["facts"]])
            for finding in alert["findings"]
            for change in finding["changes"]
        ]
        for alert in json.loads(out)["alerts"]
    }  # fmt: skip


def test_a_changed_figure_is_printed_once_with_both_answers(run):
    status, out, err = run("alerts", "add", *COST.split())
    assert status == 0 and "18 million crowns" in out and "alert 1: " in err
    assert run("alerts", "run", "--exit-code") == (0, "", "alerts: 0 of 1 changed\n")
    edit(run.corpus, "18 million", "21 million")
    status, out, err = run("index")
    assert "1 changed" in out
    assert err.splitlines()[-1] == (
        "alerts: 1 asked again, 1 changed; `rag alerts run` prints what"
    )
    questions = len(run.reader.questions)
    status, out, err = run("alerts", "run", "--json", "--exit-code")
    assert (status, err) == (3, "alerts: 1 of 1 changed\n")
    assert len(run.reader.questions) == questions, "it was asked by `rag index`"
    assert changes_of(out) == {1: [("changed", [("figure", "18 million", "21 million")])]}
    ((finding,),) = [alert["findings"] for alert in json.loads(out)["alerts"]]
    assert "18 million crowns" in finding["before"]["text"]
    assert "21 million crowns" in finding["after"]["text"]
    assert run("alerts", "run", "--exit-code") == (0, "", "alerts: 0 of 1 changed\n")
    status, out, _ = run("alerts", "list")
    assert out.startswith("1\tchanged on ") and out.endswith(f"\t{COST}\n")
    (alert,) = json.loads(run("alerts", "list", "--json")[1])
    assert len(alert["findings"]) == 1 and "21 million" in alert["answer"]["text"]


def test_the_text_has_the_two_answers_under_what_changed(run):
    run("alerts", "add", COST)
    edit(run.corpus, "18 million", "21 million")
    run("index")
    status, out, _ = run("alerts", "run")
    assert status == 0
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0] == f"1\t{COST}"
    assert lines[1] == "Changed: figure: “18 million” is now “21 million”"
    before, now = lines.index("before:"), next(n for n, e in enumerate(lines) if e[:5] == "now (")
    assert "18 million" in lines[before + 1] and "21 million" in lines[now + 1]
    assert any("[1] The bridge (Kurier" in line for line in lines[now:])


def test_other_words_of_an_article_around_the_passage_are_no_change(run):
    run("alerts", "add", COST)
    edit(run.corpus, "Critics put the price at 25", "Some put the price at 26")
    edit(run.corpus, "---\nThe bridge", "---\nIt rained all day. The bridge")
    assert "1 changed" in run("index")[1]
    assert run("alerts", "run", "--exit-code") == (0, "", "alerts: 0 of 1 changed\n")


def test_an_article_that_goes_and_one_that_comes(run):
    run("alerts", "add", COST)
    run("alerts", "add", LOCK)
    bridge = (run.corpus / "bridge.md").read_text()
    (run.corpus / "bridge.md").unlink()
    (run.corpus / "lock.md").write_text("---\ntitle: The lock\n---\nThe farmers of Osby paid.\n")
    run("index")
    status, out, _ = run("alerts", "run", "--json", "--exit-code")
    assert status == 3
    assert changes_of(out) == {
        1: [("gone", [("verdict", "answered", "refused")])],
        2: [("new", [("verdict", "refused", "answered")])],
    }
    findings = {each["number"]: each["findings"][0] for each in json.loads(out)["alerts"]}
    assert findings[1]["gone_articles"] == ["bridge"] and findings[2]["new_articles"] == ["lock"]
    (run.corpus / "bridge.md").write_text(bridge)
    run("index")
    _, out, _ = run("alerts", "run", "--json")
    assert changes_of(out) == {1: [("new", [("verdict", "refused", "answered")])], 2: []}


def test_a_question_that_can_no_longer_be_asked_is_named_and_keeps_its_answer(run):
    run("alerts", "add", COST, "--outlet", "Kurier")
    for file in run.corpus.iterdir():
        file.write_text(file.read_text().replace("source: Kurier", "source: Herald"))
    run("index")
    status, out, err = run("alerts", "run", "--json")
    assert status == 1 and "alert 1 was not asked again: " in err and "Kurier" in err
    (alert,) = json.loads(out)["alerts"]
    assert "Kurier" in alert["fault"] and "18 million" in alert["answer"]["text"]
    assert alert["filters"]["outlets"] == ["Kurier"] and not alert["changed"]


def test_a_corrected_record_is_asked_about_again(run):
    run("alerts", "add", "When was the article “The bridge” published?")
    run("articles", "correct", "bridge", "published=2024-05-02")
    status, out, _ = run("alerts", "run", "--json", "--exit-code")
    assert status == 3
    assert [kind for kind, _ in changes_of(out)[1]] == ["changed"]


def test_alerts_are_removed_by_number_and_nothing_is_created_before_the_first(run):
    assert not run.store.file.exists()
    for words in (("list",), ("run",)):
        status, out, err = run("alerts", *words)
        assert (status, out) == (0, "") and err
    assert not run.store.file.exists()
    run("alerts", "add", COST)
    assert run.store.file.stat().st_mode & 0o077 == 0
    status, out, err = run("alerts", "remove", 7)
    assert (status, out) == (1, "") and "rag alerts list" in err and err.count("\n") == 1
    assert run("alerts", "remove", 1) == (0, "removed: alert 1\n", "")
    assert run.store.alerts() == []
    status, _, err = run("alerts", "add", " ")
    assert status == 1 and run.store.alerts() == []


def test_a_fault_of_the_alerts_is_no_fault_of_the_index(run):
    run.store.file.write_bytes(b"this is no database at all" * 100)
    edit(run.corpus, "18 million", "21 million")
    status, out, err = run("index")
    assert status == 0 and "1 changed" in out
    assert "alerts were not asked again: alerts cannot be read in" in err
    assert run("alerts", "run")[0] == 1
