"""`rag articles` and what it corrects, over a real index: the list, the text, filters, records."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.index.build import build_index
from rag.retrieval.filters import SearchFilter
from tests.ingest.documents import pdf


@pytest.fixture
def run(indexed_toy, monkeypatch, capsys):
    """Runs `rag` over the toy index; exit status, stdout, stderr."""
    monkeypatch.setenv("RAG_INDEX", str(indexed_toy.index))
    monkeypatch.setenv("RAG_CORPUS", str(indexed_toy.corpus))
    capsys.readouterr()

    def call(*arguments):
        code = main(arguments)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def settings(indexed_toy):
    return replace(indexed_toy, model="none")


def test_the_list_is_newest_first_and_filtered(run):
    code, out, err = run("articles", "list")
    assert code == 0
    assert [line.split("\t")[:2] for line in out.splitlines()] == [
        ["ferry", "2024-06"],
        ["bridge", "2024-05-01"],
        ["wheat", "2023-07-09"],
        ["wheat2", "-"],
    ]
    assert err == "4 of 4 articles\n"
    assert run("articles", "list", "--since", "2024")[2] == "2 of 4 articles\n"
    code, _, err = run("articles", "list", "--outlet", "Kurir")
    assert code == 1 and "“Kurier”" in err


def test_a_correction_counts_at_once_and_is_marked(run):
    code, out, _ = run("articles", "correct", "bridge", "published=2022-10-08", "outlet=Post")
    assert code == 0
    assert out.splitlines() == [
        "bridge: published is now 2022-10-08; its file says 2024-05-01",
        "bridge: outlet is now Post; its file says Kurier",
    ]
    _, out, _ = run("articles", "list", "--until", "2022", "--outlet", "Post")
    *record, correction = out.rstrip("\n").split("\t")
    assert record == ["bridge", "2022-10-08", "Post", "The bridge"]
    assert correction == "(day of publication and outlet corrected by hand)"
    (record,) = json.loads(run("articles", "list", "--outlet", "Post", "--json")[1])
    assert record["corrected"] == {"published": "2024-05-01", "source": "Kurier"}
    assert (record["published"], record["published_basis"]) == ("2022-10-08", "corrected by hand")
    shown = run("articles", "show", "bridge")[1].splitlines()
    assert "published: 2022-10-08 (corrected by hand; its file says 2024-05-01)" in shown


def test_a_correction_is_taken_back_field_by_field(run):
    run("articles", "correct", "bridge", "published=2022", "author=Ane Moe")
    assert run("articles", "correct", "bridge", "--undo", "published")[0] == 0
    (record,) = json.loads(run("articles", "list", "--author", "Moe", "--json")[1])
    assert (record["published"], record["author"]) == ("2024-05-01", "Ane Moe")
    code, out, _ = run("articles", "correct", "bridge", "--undo")
    assert (code, out) == (0, "bridge: author as its file says again\n")
    assert run("articles", "correct", "bridge", "--undo")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("brige", "published=2022"), "no article “brige” in the index; the closest: bridge"),
        (("bridge", "publised=2022"), "no field “publised”: the closest is published"),
        (("bridge", "published=soon"), "“soon” is no date"),
        (("bridge",), "nothing to correct"),
        (("bridge", "author=A", "--undo"), "give no FIELD=VALUE beside it"),
    ],
)
def test_what_cannot_be_corrected_is_said_and_changes_nothing(run, indexed_toy, arguments, message):
    code, out, err = run("articles", "correct", *arguments)
    assert (code, out) == (1, "")
    assert message in err and err.count("\n") == 1
    assert not indexed_toy.index.with_name("index.corrections.json").exists()


def test_nothing_is_corrected_where_one_of_several_values_is_wrong(run, indexed_toy):
    assert run("articles", "correct", "bridge", "author=Ane Moe", "published=soon")[0] == 1
    assert not indexed_toy.index.with_name("index.corrections.json").exists()


def test_corrections_outlive_every_later_indexing(run, settings):
    run("articles", "correct", "ferry", "published=1921-05-04")
    file = settings.corpus / "ferry.md"
    content = file.read_text()

    def day():
        listed = json.loads(run("articles", "list", "--json")[1])
        return next((each["published"] for each in listed if each["id"] == "ferry"), None)

    build_index(settings, rebuild=True)
    assert day() == "1921-05-04"
    file.write_text(content.replace("Nine", "Ten"))
    build_index(settings)
    assert day() == "1921-05-04"
    file.unlink()
    build_index(settings)
    assert day() is None
    assert "corrected, but not in the index now: ferry" in run("articles", "list")[2]
    file.write_text(content)
    build_index(settings, paths=[settings.corpus], replace=True)
    assert day() == "1921-05-04"


def test_an_open_assistant_uses_a_correction_at_once(settings, run):
    assistant = Assistant.open(settings)
    try:
        question = "When was “The bridge” published?"
        assert "1 May 2024" in assistant.ask(question).text
        assistant.correct("bridge", {"published": "2022-10-08"})
        answer = assistant.ask(question)
        assert "8 October 2022" in answer.text
        (citation,) = answer.citations
        assert (citation.field, citation.quote) == ("published", "2022-10-08")
        assert citation.corrected == ("published",)
        (note,) = [each for each in answer.notes if each.kind == "corrected"]
        assert note.text == (
            "The day of publication of “The bridge” was corrected by hand; the article's file says "
            "1 May 2024."
        )
        in_2022 = assistant.find_passages("bridge", filters=SearchFilter("2022", "2022"))
        assert {hit.passage.article for hit in in_2022.hits} == {"bridge"}
        assert [each.id for each, *_ in assistant.articles.find("Kurier").entries][-2] == "bridge"
        assistant.correct("bridge", {"source": "Tower Gazette"})
        assert [e.id for e, *_ in assistant.articles.find("tower gazette").entries] == ["bridge"]
        assistant.undo_corrections("bridge")
        assert "1 May 2024" in assistant.ask(question).text
    finally:
        assistant.close()


def test_a_text_is_shown_page_by_page_with_what_was_left_out(run, settings):
    pages = [
        ["Harbour Post", "The harbour of Sund was dredged in May, the master said."],
        ["Harbour Post", "Nine barges of mud were towed out to the sea by night."],
        ["Harbour Post", "Nobody knows who paid for it."],
    ]
    (settings.corpus / "harbour.pdf").write_bytes(pdf(pages))
    build_index(settings)
    shown = run("articles", "show", "harbour")[1]
    text = shown[shown.index("--- page 1") :]
    assert text.index("dredged") < text.index("--- page 2") < text.index("barges")
    assert text.index("barges") < text.index("--- page 3") < text.index("Nobody")
    values = json.loads(run("articles", "show", "harbour", "--json")[1])
    starts = [values["text"][page["start"] :][:4] for page in values["pages"]]
    assert starts[1:] == ["Nine", "Nobo"]
    assert "Harbour Post" in values["left_out"]
    assert not any("dredged" in each for each in values["left_out"])
    assert values["file"] == str(settings.corpus / "harbour.pdf")


def test_tables_are_shown_as_they_are_quoted(run, settings):
    page = (
        "<html><body><article><h1>Catch of the week</h1><p>The boats of Osby landed less than in "
        "the week before, the harbour said on Monday.</p><table><tr><th>Boat</th><th>Cod</th></tr>"
        "<tr><td>Maren</td><td>410</td></tr><tr><td>Sund</td><td>95</td></tr></table>"
        "<p>The season ends in June.</p></article></body></html>"
    )
    (settings.corpus / "catch.html").write_text(page)
    build_index(settings)
    values = json.loads(run("articles", "show", "catch", "--json")[1])
    ((start, end),) = [(each["start"], each["end"]) for each in values["tables"]]
    rows = values["text"][start:end].split("\n")
    assert "Maren" in rows[-2] and "410" in rows[-2] and "95" in rows[-1]
    assert values["pages"] == []


def test_an_unknown_article_is_not_shown(run):
    code, _, err = run("articles", "show", "whet")
    assert code == 1 and "the closest: wheat" in err


def test_copies_are_named_with_what_differs(run, settings):
    report = (
        "The slate roof of the old customs house fell in on Tuesday night after three days of "
        "snow, and nobody was inside, said the clerk.\n\nRepairs will cost 90,000 crowns and take "
        "until the end of the summer, an engineer estimates."
    )
    reprint = report.replace("90,000", "95,000") + "\n\nIt will snow again on Sunday."
    for name, day, text in (("wire", "2024-02-01", report), ("reprint", "2024-02-02", reprint)):
        (settings.corpus / f"{name}.md").write_text(
            f"---\ntitle: Roof\nsource: On {name}\npublished: {day}\n---\n{text}\n"
        )
    build_index(settings)
    rows = {
        row.split("\t")[0]: row.split("\t")[4:] for row in run("articles", "list")[1].splitlines()
    }
    assert rows["reprint"] == ["(copy of wire)"]
    assert rows["wire"] == rows["bridge"] == []
    shown = run("articles", "show", "reprint")[1].splitlines()
    start = shown.index(
        "copy of: wire “Roof” (On wire, 2024-02-01); 1 figure changed, 1 sentence added"
    )
    assert shown[start + 1 : start + 3] == [
        "  90,000 → 95,000",
        "  added: It will snow again on Sunday.",
    ]
    origin = run("articles", "show", "wire")[1]
    assert "copied by: reprint “Roof” (On reprint, 2024-02-02); 1 figure changed" in origin
    values = json.loads(run("articles", "show", "reprint", "--json")[1])
    assert (values["copy_of"], values["copies"]) == ("wire", [])
    assert values["differences"][0] == {"kind": "figure", "origin": "90,000", "copy": "95,000"}
    assert json.loads(run("articles", "show", "wire", "--json")[1])["copies"] == ["reprint"]
    other = run("articles", "show", "bridge")[1]
    assert "copy of" not in other and "copied by" not in other
