"""The report as a page and as the table of a document."""

from __future__ import annotations

import re

import pytest

from rag.evaluation.reports import markdown
from rag.evaluation.runner import EvaluationOptions, evaluate
from tests.evaluation.conftest import SCRIPT


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
    rows = [line for line in once.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert markdown.main(arguments) == 0
    assert document.read_text() == once
    for text in ("no marker", "<!-- /figures --><!-- figures -->", once + once):
        document.write_text(text)
        assert markdown.main(arguments) == 1
        assert document.read_text() == text
    assert markdown.main([str(tmp_path / "none"), "--into", str(document)]) == 1
    assert "rag eval" in capsys.readouterr().err
