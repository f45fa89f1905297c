"""`rag ask`: the quotation on stderr while the language model is asked, the answer on stdout."""

from __future__ import annotations

import io
import json

import pytest

from rag.cli import main
from rag.cli.answers.ask import render_evidence
from rag.export import FORMATS, export_answers
from rag.types import Answer, Citation, Evidence, EvidenceFound
from tests.cli.conftest import COST, WORDING
from tests.ingest.documents import pdf

FOUND = "found: “The bridge over the Sund cost 18 million crowns, mayor Lena Holt said.” The bridge"


def event_of(quote, title="The bridge", source=None, published=None):
    citation = Citation(1, "a", title, source, published, None, quote, 0, len(quote))
    evidence = Evidence("a", 0, len(quote), quote, 1.0, 0, len(quote))
    return EvidenceFound((evidence,), citation)


@pytest.mark.parametrize(
    ("source", "published", "record"),
    [
        ("Kurier", "2024-05-01", " (Kurier, 2024-05-01)"),
        (None, "2024-05", " (2024-05)"),
        ("Kurier", None, " (Kurier)"),
        (None, None, ""),
    ],
)
def test_a_quotation_is_told_with_what_is_known_of_its_article(source, published, record):
    text = render_evidence(event_of("It cost\n18 million.", "The bridge", source, published))
    assert " ".join(text.split()) == (
        f"found: “It cost 18 million.” The bridge{record}; asking the language model"
    )


def test_a_long_quotation_is_wrapped():
    lines = render_evidence(event_of("It cost 18 million. " * 20)).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 88


def test_the_quotation_is_printed_to_stderr_before_the_answer(ask):
    out, err = ask(COST)
    assert out.startswith(f"{WORDING}. [1]")
    assert " ".join(err.split()).startswith(f"{FOUND} (Kurier, 2024-05-01); asking the language")


def test_no_quotation_is_printed_where_none_is_asked_about_or_json_is_wanted(ask):
    assert "found: " not in ask(COST, model="none").err
    out, err = ask(COST, "--json")
    assert (err, json.loads(out)["abstained"]) == ("", False)


def test_a_citation_names_its_page_and_the_other_outlets(ask, indexed_toy, capsys):
    (indexed_toy.corpus / "reprint.md").write_text(
        (indexed_toy.corpus / "bridge.md").read_text().replace("Kurier", "Nordpress")
    )
    pages = [["The plan of Osby, of May.", "It is late."], ["The lock of Osby cost 7 crowns."]]
    (indexed_toy.corpus / "lock.pdf").write_bytes(pdf(pages))
    assert main(["index", str(indexed_toy.corpus)]) == 0
    capsys.readouterr()
    (citation,) = json.loads(ask(COST, "--json", model="none").out)["citations"]
    assert (citation["source"], citation["outlets"]) == ("Kurier", ["Kurier", "Nordpress"])
    assert (citation["page"], citation["where"], citation["corrected"]) == (None, {}, [])
    assert "(Kurier, 2024-05-01, bridge, also in Nordpress)" in ask(COST, model="none").out
    question = "What did the lock of Osby cost?"
    (citation,) = json.loads(ask(question, "--json", model="none").out)["citations"]
    assert (citation["article"], citation["page"], citation["outlets"]) == ("lock", 2, [])
    assert "(lock, page 2)" in ask(question, model="none").out


def test_a_question_needs_no_quotation_marks(ask):
    quoted = json.loads(ask(COST, "--json", model="none").out)
    for words in (COST.split(), ["--", *COST.split()]):
        values = json.loads(ask("--json", *words, model="none").out)
        assert (values["question"], values["text"]) == (COST, quoted["text"])


def test_a_dash_reads_the_question_from_stdin(ask, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("What was the cost of the\nbridge over the Sund?\n")
    )
    assert json.loads(ask("-", "--json", model="none").out)["question"] == COST


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a question"),
        (["Why?", "--file", "q.txt"], "--file has the questions"),
        (["Why?", "--out", "a.md"], "for one answer use > FILE"),
        (["--file", "q.txt", "--receipt", "r"], "--receipt is of one question"),
        (["--file", "q.txt", "--out", "a.md", "--format", "ris"], "the ending of --out"),
        (["Why?", "--sign", "key"], "--sign signs a receipt"),
        (["Why?", "--format", "docx"], "invalid choice"),
        (["Why?", "--json", "--format", "ris"], "not allowed with"),
    ],
)
def test_arguments_that_do_not_fit_are_wrong_usage(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["ask", *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", list(FORMATS))
def test_each_format_is_what_python_writes(ask, name):
    answer = Answer.from_dict(json.loads(ask(COST, "--json", model="none").out))
    out, err = ask(COST, "--format", name, model="none")
    if name != "json":  # it has times
        assert out.rstrip("\n") == export_answers(answer, name).rstrip("\n")
    assert bool(err) == (name == "text")


def test_what_cites_nothing_says_so(ask):
    out, err = ask("What did the moon cost?", "--format", "bibtex", model="none")
    assert out.strip() == ""
    assert err.startswith("nothing is cited: ")
