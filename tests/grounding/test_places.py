"""Where a citation stands: the page of a PDF, a mail, a capture, other outlets, corrections."""

from __future__ import annotations

import pytest

from rag.grounding.citations import make_citation, make_record_citation, page_at
from rag.grounding.rendering import correction_notes, place_in_words
from rag.types import Answer, Article, Citation
from tests.ingest.documents import parse_file, pdf


def test_the_page_is_the_one_on_which_the_quote_begins():
    article = Article("a", "A", "One. Two. Three.", details={"pages": "0 5 5 10"})
    pages = [page_at(article, place) for place in (0, 4, 5, 9, 10, 15)]
    assert pages == [1, 1, 3, 3, 4, 4]
    assert page_at(Article("b", "B", "One."), 0) is None
    assert make_citation(1, article, 10, 16).page == 4
    assert make_record_citation(1, article, "title").page is None


def test_a_paragraph_that_goes_on_has_both_its_pages(tmp_path):
    first = ["The harbour of Osby is old.", "The council decided on Monday that the old harbour is"]
    second = ["closed to every boat and that the new one comes late.", "Nobody had asked for it."]
    article = parse_file(
        tmp_path, "plan.pdf", pdf([first, second, ["The end of it came in June."]])
    )

    def page_of(words):
        return page_at(article, article.text.index(words))

    assert "harbour is closed to every boat" in article.text
    words = ("The council decided", "closed to every", "Nobody had", "The end")
    assert [page_of(each) for each in words] == [1, 2, 2, 3]


def test_a_mail_a_capture_and_a_page_are_told_in_words():
    citation = make_citation(
        1,
        Article(
            "m",
            "M",
            "Text.",
            source="Post",
            details={
                "sender": "Ane Moe <ane@sund.example>",
                "sent": "2024-05-03T10:15:00+02:00",
                "captured": "2024-05-04T08:30:00+00:00",
                "time": "00:01:12",
                "inner": "letters/a",
                "encoding": "latin-1",
            },
        ),
        0,
        5,
    )
    assert dict(citation.where) == {
        "sender": "Ane Moe <ane@sund.example>",
        "sent": "2024-05-03T10:15:00+02:00",
        "captured": "2024-05-04T08:30:00+00:00",
        "inner": "letters/a",
        "time": "00:01:12",
    }
    assert place_in_words(citation) == [
        "mail from Ane Moe <ane@sund.example> of 3 May 2024",
        "captured 4 May 2024, 08:30 UTC",
        "at 00:01:12",
    ]


@pytest.mark.parametrize(
    ("outlets", "words"),
    [(("Post",), []), (("Post", "Agency", "Kurier"), ["also in Agency, Kurier"]), ((), [])],
)
def test_other_outlets_of_the_passage_are_named(outlets, words):
    citation = Citation(1, "a", "A", "Post", None, None, "Text.", 0, 5, outlets=outlets)
    assert place_in_words(citation) == words


def test_a_note_says_what_the_file_has_of_a_corrected_field_that_is_cited():
    article = Article(
        "a", "Storm", "Text.", "Post", None, None, corrected={"published": "2023", "source": None}
    )
    citations = [make_record_citation(n, article, f) for n, f in ((1, "source"), (2, "title"))]
    (note,) = correction_notes(citations, lambda id: article)
    assert (note.kind, note.text) == (
        "corrected",
        "The outlet of “Storm” was corrected by hand; the article's file states none.",
    )
    assert place_in_words(citations[1]) == ["day of publication and outlet corrected by hand"]
    assert correction_notes([make_citation(1, article, 0, 5)], lambda id: article) == ()


def test_places_survive_json():
    article = Article("a", "A", "Text.", "Post", details={"pages": "0", "sender": "Ane"})
    citation = make_citation(1, article, 0, 5)
    answer = Answer("Q?", "Q?", "“Text.” [1]", False, None, citations=(citation,))
    values = answer.to_dict()
    (plain,) = values["citations"]
    assert plain["page"] == 1
    assert (plain["where"], plain["outlets"], plain["corrected"]) == (
        {"sender": "Ane"},
        ["Post"],
        [],
    )
    assert Answer.from_dict(values).citations == (citation,)
    del plain["where"], plain["outlets"], plain["corrected"], plain["page"]
    assert Answer.from_dict(values).citations[0].outlets == ()  # as an earlier version stored it
