"""From a checked draft to sentences and quotes: companions, attribution, denial."""

from __future__ import annotations

import pytest

from rag.grounding.citations import build_citations, render_with_marks
from rag.text.names import normalize_metonyms
from rag.types import Article, Hit, Passage

TEXT = (
    "Mayor Lena Holt opened the bridge on 3 May 1987. It rained. Nobody came by boat. "
    "She said that the bridge had cost 18 million crowns. The port did not close in June."
)
ARTICLE = Article(
    id="bridge", title="A bridge for Osthavn", text=TEXT, source="Kurier", published="1987-05-04"
)


def answered(draft, question="What was said?", start=0):
    passage = Passage("bridge", start, len(TEXT), TEXT[start:])
    hits = [Hit(passage, 0.1, 0.5, 1.0)]
    sentences, citations = build_citations(question, draft, hits, lambda id: ARTICLE)
    for each in citations:
        assert ARTICLE.text[each.start : each.end] == each.quote
    return render_with_marks(sentences), [each.quote for each in citations]


def test_the_sentence_that_names_her_is_quoted_too():
    question = "What did Lena Holt say?"
    text, quotes = answered("Lena Holt said that the bridge had cost 18 million crowns.", question)
    assert text == "Lena Holt said that the bridge had cost 18 million crowns. [1][2]"
    assert quotes == [
        "She said that the bridge had cost 18 million crowns.",
        "Mayor Lena Holt opened the bridge on 3 May 1987.",
    ]


def test_it_may_stand_outside_the_passage():
    start = TEXT.index("She said")
    draft = "Lena Holt said that the bridge had cost 18 million crowns."
    text, quotes = answered(draft, "What did Lena Holt say?", start)
    assert text.endswith("[1][2]")
    assert quotes[1] == "Mayor Lena Holt opened the bridge on 3 May 1987."


def test_what_the_record_holds_need_not_be_quoted():
    text, quotes = answered("Kurier wrote that the bridge had cost 18 million crowns.")
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
def test_what_the_article_does_not_say_is_not_shown(draft):
    assert answered(draft) == ("", [])


def test_a_year_of_the_question_must_stand_there_too():
    question = "What did Lena Holt open in 1986?"
    assert answered("Lena Holt opened the bridge in 1986.", question) == ("", [])
    text, quotes = answered("Lena Holt opened the bridge in 1987.", "What was opened in 1987?")
    assert text
    assert "1987" in quotes[0]


def test_an_attribution_that_is_not_borne_out_is_cut():
    text, _ = answered("The port did not close in June, as reported by Ivo Brandt [1].")
    assert text == "The port did not close in June. [1]"


def test_what_a_source_says_is_not_told_as_fact():
    article = "The talks went on. Ivo Brandt said that the wheat was lost."
    hits = [Hit(Passage("wheat", 0, len(article), article), 0.1, 0.5, 1.0)]
    of = Article(id="wheat", title="Wheat", text=article)
    sentences, citations = build_citations(
        "What was lost?", "The wheat was lost [1].", hits, lambda id: of
    )
    assert render_with_marks(sentences) == "The wheat was lost, according to Ivo Brandt. [1]"
    assert [each.quote for each in citations] == ["Ivo Brandt said that the wheat was lost."]
    question = "What did Ivo Brandt say was lost?"
    sentences, _ = build_citations(question, "The wheat was lost [1].", hits, lambda id: of)
    assert render_with_marks(sentences) == "The wheat was lost. [1]"


def test_a_loose_date_is_read_against_the_articles_date():
    text = "Lena Holt opened the bridge last June, and it rained."
    hits = [Hit(Passage("a", 0, len(text), text), 0.1, 0.5, 1.0)]
    question = "What did Lena Holt open in June 2023?"
    draft = "Lena Holt opened the bridge in June 2023 [1]."
    for published, expected in (("2024-03-01", True), ("2022-03-01", False), (None, False)):
        of = Article(id="a", title="Bridge", text=text, published=published)
        _, citations = build_citations(question, draft, hits, lambda id, of=of: of)
        assert bool(citations) is expected


def test_an_end_that_is_not_borne_out_is_cut():
    end = ", a ten-minute walk north from the Old Mill [1]."
    text, _ = answered("Lena Holt opened the bridge on 3 May 1987" + end)
    assert text == "Lena Holt opened the bridge on 3 May 1987. [1]"
    assert answered("According to Lena Holt, the old mill burned [1].") == ("", [])


def test_a_count_that_the_question_brought_is_not_told():
    question = "What were the first two gifts that Lena Holt sent?"
    draft = "The first two gifts that Lena Holt sent were wheat and salt [1]."
    for counted, told in (("", "The first gifts"), ("two ", "The first two gifts")):
        text = f"The first {counted}gifts that Lena Holt sent were wheat and salt."
        of = Article(id="a", title="Gifts", text=text)
        hits = [Hit(Passage("a", 0, len(text), text), 0.1, 0.5, 1.0)]
        sentences, citations = build_citations(question, draft, hits, lambda id, of=of: of)
        assert (
            render_with_marks(sentences) == f"{told} that Lena Holt sent were wheat and salt. [1]"
        )
        assert citations


@pytest.mark.parametrize(
    ("sentence", "question", "told"),
    [
        (
            "Washington said that it had sent 40 tents.",
            "What did Washington send?",
            "The United States said that it had sent 40 tents.",
        ),
        ("Tents came from South Korea.", "What came from South Korea?", "Tents came from Seoul."),
        ("Tents came from Oslo.", "What came from Oslo?", "Tents came from Oslo."),
        ("Washington paid Moscow.", "Who paid Moscow?", "Washington paid Moscow."),
        ("George Washington paid.", "What did George Washington pay?", "George Washington paid."),
        ("Washington paid.", "What did the Washington Post say was paid?", "Washington paid."),
        ("South America paid.", "What did South America pay?", "South America paid."),
        (
            "A Washington-based firm paid.",
            "Who paid in Washington?",
            "A Washington-based firm paid.",
        ),
        ("In Washington, it said so.", "Who in Washington?", "In the United States, it said so."),
        ("The Kremlin denied it.", "What did the Kremlin deny?", "The Kremlin denied it."),
    ],
)
def test_a_government_is_called_as_the_article_calls_it(sentence, question, told):
    article = (
        "The United States said it. Seoul sent tents. Moscow, for Russia, paid. Sweden did not. "
        "In late May the Kremlin denied it."
    )
    assert normalize_metonyms(sentence, question, article) == told


def test_an_answer_about_washington_is_cited_where_the_article_says_united_states():
    text = "The United States sent 40 tents to the port, the harbour office said."
    article = Article(id="tents", title="Tents", text=text, source="Kurier")
    hits = [Hit(Passage("tents", 0, len(text), text), 0.1, 0.5, 1.0)]
    draft = "Washington sent 40 tents to the port [1]."
    sentences, citations = build_citations(
        "What did Washington send?", draft, hits, lambda id: article
    )
    assert render_with_marks(sentences).startswith("The United States sent 40 tents to the port")
    assert [each.quote for each in citations] == [text]
