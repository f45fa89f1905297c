"""The report as a page and as the table of a document."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from rag.evaluation.aggregate import OUTCOME_LABELS
from rag.evaluation.prediction import Prediction
from rag.evaluation.reports import markdown
from rag.evaluation.reports.html import failure_reason
from rag.evaluation.reports.text import render_text
from rag.evaluation.runner import EvaluationOptions, evaluate
from tests.evaluation.conftest import SCRIPT
from tests.evaluation.examples import answer_of, eval_question
from tests.evaluation.test_runner import OF_VERSION_0_1


@pytest.fixture
def folder(assistant, questions, tmp_path):
    """The folder of a finished run with the baseline."""
    evaluate(assistant, questions, tmp_path / "seeds", EvaluationOptions(baseline=True))
    return tmp_path / "seeds"


def test_report_page_is_self_contained_and_escaped(folder):
    page = (folder / "report.html").read_text()
    assert page.count("<svg") == 1
    assert "in <b>Tarn</b>" not in page
    assert "in &lt;b&gt;Tarn&lt;/b&gt;" in page
    assert not re.search(r"(src|href)=[\"']?https?:", page)
    assert SCRIPT["How much wheat"] in page  # the failure shows its draft
    assert "Not scored, because the set accepts no answer: 1." in page


def test_markdown_replaces_the_table_of_a_document(folder, tmp_path, capsys):
    document = tmp_path / "quality.md"
    document.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n")
    arguments = [str(folder), "--into", str(document)]
    assert markdown.main(arguments) == 0
    once = document.read_text()
    assert once.startswith("before\n<!-- figures -->\n**seeds**: 5 questions")
    assert once.endswith("<!-- /figures -->\nafter\n")
    assert "old" not in once
    tables = [part for part in once.split("\n\n") if part.startswith("|")]
    assert len(tables) == 2  # the metrics, and the outcomes by kind
    for table in tables:
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in rows}) == 1
    assert markdown.main(arguments) == 0
    assert document.read_text() == once
    for text in ("no marker", "<!-- /figures --><!-- figures -->", once + once):
        document.write_text(text)
        assert markdown.main(arguments) == 1
        assert document.read_text() == text
    assert markdown.main([str(tmp_path / "none"), "--into", str(document)]) == 1
    assert "rag eval" in capsys.readouterr().err


def test_every_report_has_the_same_metrics_in_the_same_words(folder):
    """The set has answerable and unanswerable questions, so that every outcome applies."""
    report = json.loads((folder / "report.json").read_text())
    texts = {
        "terminal": render_text(report),
        "page": (folder / "report.html").read_text(),
        "document": markdown.render_markdown("seeds", report),
    }
    words = [
        *OUTCOME_LABELS.values(), "AURC", "risk at coverage", "risk of what is shown",
        "first cited words", "refusal", "recall@3",
    ]  # fmt: skip
    for name, text in texts.items():
        for word in words:
            assert word in text, (name, word)
        assert "after the reader" not in text, name  # there was none


def test_reports_have_a_row_for_each_kind(folder):
    report = json.loads((folder / "report.json").read_text())
    report["by_kind"]["date"]["crag"] = {"n": -1, "of": 2, "share": -0.5}
    (row,) = (line for line in render_text(report).splitlines() if line.startswith("date "))
    assert re.split(" {2,}", row) == ["date", "1", *["1 of 1"] * 2, *["0 of 1"] * 3, "-0.50"]
    table = markdown.render_markdown("seeds", report)
    assert "| date | 1 | 1 of 1 | 1 of 1 | 0 of 1 | 0 of 1 |  | 0 of 1 | -0.50 |" in table
    assert "<td>date</td><td>1</td><td>1 of 1</td>" in (folder / "report.html").read_text()


def test_markdown_reads_a_report_of_version_0_1():
    report = json.loads((OF_VERSION_0_1 / "report.json").read_text())
    table = markdown.render_markdown("old", report)
    assert "| right (accepted string in the answer) | 0.667 [0.000, 1.000] of 3 |" in table
    assert "wrong shown" not in table  # it was not measured
    assert "CRAG" not in table


def test_failure_reason_by_outcome():
    def reason(question, answer):
        return failure_reason(Prediction(question, answer))

    assert reason(eval_question(), answer_of()) == ""
    assert reason(eval_question(must_not=("men",)), answer_of("7,000 men")).startswith("wrong")
    premise = eval_question(answerable=False, answers=(), also_right=("nobody",))
    assert reason(premise, answer_of("Nobody.")) == ""
    assert reason(premise, answer_of("Two.")) == "answered, but the articles do not say"
    uncited = answer_of(quotes=("some men",))
    assert reason(eval_question(), uncited) == "right, but the quotes do not hold it"
    derived = eval_question(kind="metadata")
    assert reason(derived, uncited) == ""
    other = replace(derived, articles=("b",))
    assert reason(other, uncited) == "right, but none of its articles is cited"
