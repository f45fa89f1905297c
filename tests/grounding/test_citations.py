"""A draft with citations: supplementary quotes, attribution, denial, relaxed forms."""

from __future__ import annotations

import pytest

from rag.grounding.citations import build_citations, make_citation, make_record_citation
from rag.grounding.rendering import place_in_words, render_with_marks
from rag.types import Article, Hit, Passage

TEXT = (
    "Mayor Lena Holt opened the bridge on 3 May 1987. It rained. Nobody came by boat. "
    "She said that the bridge had cost 18 million crowns. The port did not close in June."
)
ARTICLE = Article(
    id="bridge", title="A bridge for Osthavn", text=TEXT, source="Kurier", published="1987-05-04"
)


def hit_of(article):
    return Hit(Passage(article.id, 0, len(article.text), article.text), 0.1, 0.5, 1.0)


def cite(article, draft, question):
    return build_citations(question, draft, [hit_of(article)], lambda id: article)


def render(draft, question="What was said?", start=0):
    """The text that is shown of a draft on ARTICLE, whose passage begins at `start`; its quotes."""
    passage = Passage("bridge", start, len(TEXT), TEXT[start:])
    hits = [Hit(passage, 0.1, 0.5, 1.0)]
    cited = build_citations(question, draft, hits, lambda id: ARTICLE)
    for each in cited.citations:
        assert ARTICLE.text[each.start : each.end] == each.quote
    return render_with_marks(cited.sentences), cited.quotes


def test_build_citations_also_quotes_the_sentence_that_names_the_speaker():
    question = "What did Lena Holt say?"
    text, quotes = render("Lena Holt said that the bridge had cost 18 million crowns.", question)
    assert text == "Lena Holt said that the bridge had cost 18 million crowns. [1][2]"
    assert quotes == [
        "She said that the bridge had cost 18 million crowns.",
        "Mayor Lena Holt opened the bridge on 3 May 1987.",
    ]


def test_build_citations_finds_that_sentence_outside_the_passage():
    start = TEXT.index("She said")
    draft = "Lena Holt said that the bridge had cost 18 million crowns."
    text, quotes = render(draft, "What did Lena Holt say?", start)
    assert text.endswith("[1][2]")
    assert quotes[1] == "Mayor Lena Holt opened the bridge on 3 May 1987."


def test_build_citations_need_not_quote_the_outlet():
    text, quotes = render("Kurier wrote that the bridge had cost 18 million crowns.")
    assert quotes == ["She said that the bridge had cost 18 million crowns."]
    assert text.endswith("[1]")


@pytest.mark.parametrize(
    "draft",
    [
        "Lena Holt said that the bridge had cost 19 million crowns.",
        "Ivo Brandt said that the bridge had cost 18 million crowns.",
        "Washington said that the bridge had cost 18 million crowns.",
        "The port closed in June.",
        "Lena Holt did not open the bridge.",
        "Lena Holt opened the bridge on 3 May 1988.",
    ],
)
def test_build_citations_rejects_what_the_article_does_not_say(draft):
    assert render(draft) == ("", [])


def test_build_citations_needs_the_questions_year_in_a_quote():
    question = "What did Lena Holt open in 1986?"
    assert render("Lena Holt opened the bridge in 1986.", question) == ("", [])
    text, quotes = render("Lena Holt opened the bridge in 1987.", "What was opened in 1987?")
    assert text
    assert "1987" in quotes[0]


def test_build_citations_drops_an_unsupported_attribution():
    text, _ = render("The port did not close in June, as reported by Ivo Brandt [1].")
    assert text == "The port did not close in June. [1]"


def test_build_citations_attributes_a_statement_to_its_speaker():
    text = "The talks went on. Ivo Brandt said that the wheat was lost."
    article = Article(id="wheat", title="Wheat", text=text)
    draft = "The wheat was lost [1]."
    cited = cite(article, draft, "What was lost?")
    assert render_with_marks(cited.sentences) == "The wheat was lost, according to Ivo Brandt. [1]"
    assert cited.quotes == ["Ivo Brandt said that the wheat was lost."]
    cited = cite(article, draft, "What did Ivo Brandt say was lost?")
    assert render_with_marks(cited.sentences) == "The wheat was lost. [1]"


def test_build_citations_resolves_a_relative_date_by_the_articles_date():
    text = "Lena Holt opened the bridge last June, and it rained."
    question = "What did Lena Holt open in June 2023?"
    draft = "Lena Holt opened the bridge in June 2023 [1]."
    for published, expected in (("2024-03-01", True), ("2022-03-01", False), (None, False)):
        article = Article(id="a", title="Bridge", text=text, published=published)
        assert bool(cite(article, draft, question).citations) is expected


def test_build_citations_drops_an_unsupported_end():
    end = ", a ten-minute walk north from the Old Mill [1]."
    text, _ = render("Lena Holt opened the bridge on 3 May 1987" + end)
    assert text == "Lena Holt opened the bridge on 3 May 1987. [1]"
    assert render("According to Lena Holt, the old mill burned [1].") == ("", [])


def test_build_citations_drops_a_count_that_only_the_question_has():
    question = "What were the first two gifts that Lena Holt sent?"
    draft = "The first two gifts that Lena Holt sent were wheat and salt [1]."
    for count, subject in (("", "The first gifts"), ("two ", "The first two gifts")):
        text = f"The first {count}gifts that Lena Holt sent were wheat and salt."
        cited = cite(Article(id="a", title="Gifts", text=text), draft, question)
        expected = f"{subject} that Lena Holt sent were wheat and salt. [1]"
        assert render_with_marks(cited.sentences) == expected
        assert cited.citations


def test_build_citations_calls_a_government_as_the_article_does():
    text = "The United States sent 40 tents to the port, the harbour office said."
    article = Article(id="tents", title="Tents", text=text, source="Kurier")
    draft = "Washington sent 40 tents to the port [1]."
    cited = cite(article, draft, "What did Washington send?")
    rendered = render_with_marks(cited.sentences)
    assert rendered.startswith("The United States sent 40 tents to the port")
    assert cited.quotes == [text]


def test_build_citations_tells_whether_a_draft_only_repeats_the_question():
    article = Article(id="ferry", title="Ferry", text="The ferry sank off Osthavn in May.")
    for question, draft, repeats, supported in (
        ("When did the ferry sink?", "The ferry sank in May [1].", False, True),
        ("Where was the ferry that sank in May?", "The ferry sank in May [1].", True, False),
        ("Was it the ferry that sank in May?", "The ferry sank in May [1].", True, True),
    ):
        cited = cite(article, draft, question)
        assert (cited.repeats_question, bool(cited.citations)) == (repeats, supported)


def test_a_citation_says_where_in_its_file_the_quote_stands():
    details = {"places": "0 1, 10 4", "times": "0 00:00:01, 10 00:01:05", "sender": "A <a@x>"}
    article = Article("box.zip!a", "A", "It rained. It snowed.", details=details | {"inner": "a"})
    first, second = make_citation(1, article, 0, 10), make_citation(2, article, 11, 21)
    assert (first.page, first.where["time"]) == (1, "00:00:01")
    assert second.page == 4
    assert second.where == {"sender": "A <a@x>", "inner": "a", "time": "00:01:05"}
    assert place_in_words(second) == ["page 4", "mail from A <a@x>", "at 00:01:05"]
    record = make_record_citation(3, article, "title")
    assert (record.page, record.where) == (None, {"sender": "A <a@x>", "inner": "a"})
    bare = make_citation(1, Article("a", "A", "It rained."), 0, 10)
    assert (bare.page, dict(bare.where), place_in_words(bare)) == (None, {}, [])
