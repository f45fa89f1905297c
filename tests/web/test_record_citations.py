"""Record citations on the page: the mark, the card, the article at its head, what has changed."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from rag.conversations.models import ChatTurn
from rag.grounding.citations import make_record_citation
from rag.types import Answer, AnswerReady, Article, Sentence
from rag.web.handlers.articles import ArticleViewer
from rag.web.services.chat_session import apply_event, resolve_link
from rag.web.services.citation_status import GONE, RECORD_CHANGED, locate_citation
from rag.web.views.chat import render_messages
from rag.web.views.sources import render_sources

ARTICLE = Article("bees", "Bees dance", "The dance tells where.", "The Hive", "2024-03-05")
ARTICLE = replace(ARTICLE, author="Ada <b>Ek</b>")
CITATION = make_record_citation(1, ARTICLE, "author")
ANSWER = Answer(
    question="Who wrote about bees?",
    query="Who wrote about bees?",
    text="“Bees dance” was written by Ada Ek. [1]",
    abstained=False,
    reason=None,
    sentences=(Sentence("“Bees dance” was written by Ada Ek.", (1,), True),),
    citations=(CITATION,),
    question_type="metadata",
)


def look_up(id: str) -> Article | None:
    return ARTICLE if id == "bees" else None


@pytest.fixture
def turn() -> ChatTurn:
    return apply_event(ChatTurn(ANSWER.question), AnswerReady(ANSWER), look_up)


def shown(markup: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", markup))


def test_a_record_citation_quotes_the_field() -> None:
    assert (CITATION.field, CITATION.quote) == ("author", "Ada <b>Ek</b>")
    assert CITATION.start is CITATION.end is CITATION.span is None
    assert make_record_citation(2, Article("x", "X", "x"), "source").quote == ""


def test_the_turn_has_the_articles_of_record_citations(turn: ChatTurn) -> None:
    assert (turn.stage, turn.articles) == ("done", {"bees": ARTICLE})


def test_the_mark_names_the_field(turn: ChatTurn) -> None:
    reply = render_messages([turn])[1]["content"]
    (link,) = re.findall(r'<a class="cite" href="#c1-1" title="([^"]*)">', reply)
    assert html.unescape(link) == "Author: Ada <b>Ek</b>"
    assert "#articles" not in reply


def test_an_answer_about_the_collection_leads_to_the_list(turn: ChatTurn) -> None:
    collection = replace(turn, answer=replace(ANSWER, question_type="collection"))
    assert '<a class="list" href="#articles">' in render_messages([collection])[1]["content"]


def test_the_card_shows_the_field_marked(turn: ChatTurn) -> None:
    card = render_sources([turn])
    (quote,) = re.findall("<blockquote>(.*?)</blockquote>", card)
    assert shown(quote) == "Author: Ada <b>Ek</b>"
    assert quote.count("<mark>") == 1
    assert "<b>" not in quote


class _Event:
    def __init__(self, key: str) -> None:
        self._data = {"key": key, "time": 7}


def test_the_article_opens_at_its_head_with_the_field_marked(turn: ChatTurn) -> None:
    page = ArticleViewer(None).open((turn,), _Event("c1-1"))  # type: ignore[arg-type]
    assert re.findall('<mark tabindex="-1">(.*?)</mark>', page) == ["Ada &lt;b&gt;Ek&lt;/b&gt;"]
    assert page.index("Author:") < page.index("The dance tells where.")
    assert "fault" not in page


def test_a_changed_or_missing_record_is_said_to_be_so(turn: ChatTurn) -> None:
    assert locate_citation(ARTICLE, CITATION) == (0, 0, "")
    changed = replace(ARTICLE, author="Bo Ask")
    assert locate_citation(changed, CITATION) == (0, 0, RECORD_CHANGED)
    assert locate_citation(None, CITATION) == (0, 0, GONE)
    reopened = replace(turn, articles={"bees": changed})
    target = resolve_link((reopened,), "c1-1")
    assert target is not None
    assert (target.notice, target.field, target.text) == (
        RECORD_CHANGED,
        "author",
        "Ada <b>Ek</b>",
    )
    assert RECORD_CHANGED in render_sources([reopened])
