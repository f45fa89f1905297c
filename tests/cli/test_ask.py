"""`rag ask`: the quotation on stderr while the language model is asked, the answer on stdout."""

from __future__ import annotations

import json

import pytest

from rag.cli import main
from rag.cli.ask import render_evidence
from rag.models.llm.scripted import ScriptedModel
from rag.types import Citation, Evidence, EvidenceFound
from tests.ingest.documents import pdf
from tests.scripted_reader import ScriptedReader

COST = "What was the cost of the bridge over the Sund?"
WORDING = "Mayor Lena Holt said that the bridge cost 18 million crowns"
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


@pytest.fixture
def ask(indexed_toy, monkeypatch, capsys):
    """Runs `rag ask` over the toy index with a scripted reader and model; stdout, stderr."""
    model, reader = (
        ScriptedModel({"bridge": f"{WORDING} [1]."}),
        ScriptedReader({"cost of the bridge": "18 million crowns", "lock of Osby": "7 crowns"}),
    )
    monkeypatch.setattr("rag.assistant.build_check.load_model", lambda *_, **__: model)
    monkeypatch.setattr("rag.assistant.open_reader", lambda settings, embedder: reader)
    monkeypatch.setattr("rag.pipeline.load_calibration", lambda judges, index: None)
    monkeypatch.setenv("RAG_INDEX", str(indexed_toy.index))

    def run(*arguments, model="qwen2.5-coder-1.5b"):
        monkeypatch.setenv("RAG_MODEL", model)
        assert main(["ask", *arguments]) == 0
        return capsys.readouterr()

    return run


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
