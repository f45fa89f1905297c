"""Answers as Markdown, HTML, JSON and W3C annotations: what is there, and that nothing is live."""

from __future__ import annotations

import json
from dataclasses import replace

import lxml.html
import pytest
from markdown_it import MarkdownIt

from rag.export import export_answers
from rag.export.dossier import Entry
from rag.export.html import render_dossier
from rag.types import Answer, Note
from tests.export.support import ANSWER, HEBREW, MARKS, SAMPLES, answer_of

REFUSED = Answer(
    "And <b>why</b>?", "why", "The articles do not say.", True, "not_stated",
    notes=(Note("constraint", "None has & says “why”."),),
)  # fmt: skip


def page_of(*answers):
    return lxml.html.fromstring(export_answers(answers, "html"))


def text_of(element) -> str:
    return " ".join(element.text_content().split())


def test_html_has_question_answer_quotes_and_sources():
    page = page_of(ANSWER, REFUSED)
    assert [text_of(each) for each in page.iter("h2")] == ["What happened?", "And <b>why</b>?"]
    assert text_of(page.find(".//h1")) == "2 questions and their answers"
    assert text_of(page.find_class("answer")[0]) == ANSWER.text
    quotes = [each.text_content() for each in page.iter("q")]
    assert quotes == [each.quote for each in ANSWER.citations]
    titles = [text_of(each) for each in page.iter("h3")]
    assert titles[:3] == ["Ferry sinks", f"All of {MARKS}", HEBREW]
    marks = page.find_class("answer")[0].findall("a")
    assert [each.text for each in marks] == [f"[{n}]" for n in range(1, len(quotes) + 1)]
    assert all(page.get_element_by_id(each.get("href")[1:]) is not None for each in marks)
    assert "None has & says “why”." in [text_of(each) for each in page.find_class("remark")]


def test_html_links_to_the_quote_and_loads_nothing():
    page = page_of(ANSWER)
    links = [each.get("href") for each in page.iterfind(".//h3/a")]
    assert links == [each.fragment or each.url for each in ANSWER.citations if each.url]
    assert all(each.startswith("https://") for each in links)
    assert not list(page.iter("script", "img", "link", "iframe", "b"))
    odd = replace(SAMPLES[0].article, url="javascript:alert(1)")
    assert not page_of(answer_of(odd)).findall(".//h3/a")


def test_a_single_answer_has_its_question_for_a_heading():
    page = page_of(REFUSED)
    assert page.find(".//h1") is None
    assert page.find(".//title").text == REFUSED.question


def test_a_question_without_an_answer_says_why():
    page = lxml.html.fromstring(render_dossier("Two", [Entry("What?", None, "the model stopped")]))
    assert [text_of(each) for each in page.find_class("remark")] == ["the model stopped"]


def test_markdown_shows_every_mark_as_it_is_and_makes_nothing_live():
    source = export_answers([ANSWER, REFUSED], "markdown")
    shown = lxml.html.fromstring(MarkdownIt("commonmark").render(source))
    text = text_of(shown)
    for sample in SAMPLES:
        assert " ".join(sample.article.text.split()) in text
        assert " ".join((sample.article.author or "").split()) in text
    hrefs = [each.get("href") for each in shown.iter("a")]
    assert all(each.startswith("https://") for each in hrefs)
    assert len(hrefs) == 3  # two addresses, one of them cited twice
    assert not list(shown.iter("img", "b", "strong", "code", "script"))
    assert [text_of(each) for each in shown.iter("h2")] == ["What happened?", "And <b>why</b>?"]
    numbers = range(1, len(ANSWER.citations) + 1)
    assert all(source.count(f"[^{n}]") == 2 for n in numbers)


def test_json_is_one_object_or_a_list_and_gives_the_answers_back():
    assert Answer.from_dict(json.loads(export_answers(ANSWER, "json"))) == ANSWER
    values = json.loads(export_answers([ANSWER, REFUSED], "json"))
    assert list(map(Answer.from_dict, values)) == [ANSWER, REFUSED]


def test_a_citation_has_its_selectors_in_json():
    ferry, *_, record = json.loads(export_answers(ANSWER, "json"))["citations"]
    assert ferry["author"] == "Ana Lucía van der Meer, Mary O’Brien-Lee"
    assert ferry["fragment"] == (
        "https://kurier.example/a_b?x=1&y=50%25;z=~u#top:~:text=The%20ferry%20sank%20on%20Monday."
    )
    assert ferry["selector"] == [
        {
            "type": "TextQuoteSelector",
            "exact": "The ferry sank on Monday.",
            "prefix": "",
            "suffix": "",
        },
        {"type": "TextPositionSelector", "start": 0, "end": 25},
    ]
    assert (record["field"], record["fragment"], record["selector"]) == ("author", None, [])


def test_annotations_have_the_shape_that_the_standard_asks_for():
    collection = json.loads(export_answers(ANSWER, "w3c"))
    assert collection["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert collection["type"] == "AnnotationCollection"
    items = collection["first"]["items"]
    assert collection["total"] == len(items) == len(ANSWER.citations)
    assert {each["type"] for each in items} == {"Annotation"}
    ids = [each["id"] for each in items] + [collection["id"], collection["first"]["id"]]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith("urn:uuid:") for each in ids)
    exact = [
        each["target"]["selector"][0]["exact"] for each in items if "selector" in each["target"]
    ]
    assert exact == [each.article.text for each in SAMPLES]
    assert [each["body"]["value"] for each in items] == [each.text for each in ANSWER.sentences]
    assert items[3]["target"]["source"] == "zh/%E6%B8%AF%E5%8F%A3"  # no address: the id
    assert "selector" not in items[-1]["target"]  # of the record
    again = json.loads(export_answers(ANSWER, "w3c"))
    assert again == collection


def test_a_citation_that_was_stored_without_selectors_is_selected_by_its_words_and_place():
    old = replace(ANSWER, citations=tuple(replace(each, selector=()) for each in ANSWER.citations))
    items = json.loads(export_answers(old, "w3c"))["first"]["items"]
    for citation, item in zip(old.citations, items, strict=True):
        if citation.field:
            assert "selector" not in item["target"]
            continue
        assert item["target"]["selector"] == [
            {"type": "TextQuoteSelector", "exact": citation.quote},
            {"type": "TextPositionSelector", "start": citation.start, "end": citation.end},
        ]


@pytest.mark.parametrize("name", ["text", "markdown", "html", "w3c"])
def test_several_answers_are_one_file(name):
    text = export_answers([ANSWER, answer_of(SAMPLES[2].article, question="מתי?")], name)
    assert "What happened?" in text
    assert "מתי?" in text
