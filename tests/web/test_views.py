"""The views as pure functions: foreign text cannot act, citation marks find their cards."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.conversations.models import ChatTurn
from rag.errors import QuestionError
from rag.index.browse import ArticlePage
from rag.ingest.ledger import FileVerdict
from rag.retrieval.filters import SearchFilter
from rag.types import (
    Answer,
    AnswerReady,
    Article,
    Citation,
    DraftToken,
    Evidence,
    EvidenceFound,
    Hit,
    Note,
    Passage,
    Retrieved,
    Sentence,
    Timings,
    Turn,
)
from rag.web.services.app_state import Indexing, Loading, StartupFailed
from rag.web.services.chat_session import (
    answered_turns,
    apply_event,
    fail_turn,
    resolve_link,
    stop_turn,
)
from rag.web.views.article import day, render_article, render_missing, web_address
from rag.web.views.article_list import render_article_list
from rag.web.views.chat import WITHOUT_FILTERS, answer_text, render_messages, timing
from rag.web.views.escape import clean, escape_markdown, strip_invisible
from rag.web.views.promise import render_promise, share_choices
from rag.web.views.sources import render_sources
from rag.web.views.status import render_hint, render_status

TEXT = "Bees dance. The dance tells where. Nobody taught them."
ARTICLE = Article(
    "bees",
    "Bees <b>dance</b>",
    TEXT,
    source="The *Hive*",
    published="2024-03",
    published_basis="inferred: it says so",
    url="https://hive.example/bees?a=1&b=2",
)
HIT = Hit(Passage("bees", 12, 34, TEXT[12:34]), 0.5, 0.6, 2.0)
OTHER = Hit(Passage("bees", 35, 54, TEXT[35:54]), 0.4, 0.5, 1.0)
CITATION = Citation(
    1, "bees", ARTICLE.title, ARTICLE.source, "2024-03", ARTICLE.url, TEXT[16:27], 16, 27
)
ANSWER = Answer(
    question="What does the dance tell?",
    query="What does the dance tell?",
    text="It tells where. [1] See [7].",
    abstained=False,
    reason=None,
    sentences=(Sentence("It tells where.", (1,), True), Sentence("Bees sing.", (), False)),
    citations=(CITATION,),
    passages=(HIT, OTHER),
    draft="It tells where [1]. Bees sing.",
    timings=Timings(0.1, 2.08, 3.0, 0.1, 6.04),
)
DONE = ChatTurn(ANSWER.question, "done", ANSWER.passages, {"bees": ARTICLE}, ANSWER.draft, ANSWER)

DONE_BEFORE = ChatTurn(ANSWER.question, "reading", (HIT, OTHER), {"bees": ARTICLE})

# ------------------------------------------------------------------ foreign text

mark_up = st.text(alphabet="<>&;[]()!*_`~#|$\\-=+.:/@'\"{}%^ \n\t0ab")
anything = st.one_of(st.text(), st.text(st.characters()), mark_up)
PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shown_by_markdown(source: str) -> str:
    """The text that a Markdown renderer shows; fails on any live mark-up but line breaks."""
    tokens = MARKDOWN.parse(source)
    assert [token.type for token in tokens] in (
        [],
        ["paragraph_open", "inline", "paragraph_close"],
    )
    text = ""
    for token in tokens[1].children or [] if tokens else []:
        assert token.type == "text" or (token.type, token.content) == ("html_inline", "<br>")
        text += "\n" if token.type == "html_inline" else token.content
    return text


@settings(max_examples=400, deadline=None)
@given(anything)
@example("<img src=x onerror=alert(1)>")
@example("**bold** _x_ `code` ~~s~~")
@example("[x](javascript:alert(1)) ![y](http://a.example/b.png)")
@example("$$x$$ \\(y\\) \\[z\\]")
@example("# h\n===\n- a\n1. b\n> q\n| a |\n|---|\n```js\n    code")
@example("&lt;script&gt; &#60; &amp;#60;")
@example("www.evil.example http://evil.example me@evil.example")
@example("a\u202eb\u200bc\ufeffd\x00e\u2028f\ud800g")
def test_escape_markdown_makes_text_inert_and_keeps_how_it_reads(text: str) -> None:
    source = escape_markdown(text)
    assert not PUNCTUATION.search(re.sub(r"&#\d+;|<br>", "", source))
    assert html.unescape(source.replace("<br>", "\n")) == strip_invisible(text)
    assert shown_by_markdown(source) == strip_invisible(text)
    source.encode()  # no lone surrogate is left


@settings(max_examples=200, deadline=None)
@given(anything)
def test_templates_escape_text_and_keep_how_it_reads(text: str) -> None:
    escaped = render_hint(text).removeprefix('<p role="alert">').removesuffix("</p>")
    assert not re.search("[<>\"']", escaped)
    assert html.unescape(escaped) == clean(text)


def test_strip_invisible_takes_out_what_cannot_be_seen() -> None:
    assert strip_invisible("  a\u202e\u200b b\t\tc\r\n\n\n\nd \x07") == "a b c\n\nd"
    assert strip_invisible("Ünïcödé “quotes” — naïve 日本 🐝") == "Ünïcödé “quotes” — naïve 日本 🐝"


# ------------------------------------------------------------------ the chat


def test_answer_text_links_known_citations_and_leaves_others_as_text() -> None:
    shown = answer_text(ANSWER, number=3)
    assert re.findall(r'<a class="cite" href="(#[^"]*)"', shown) == ["#c3-1"]
    assert html.unescape(re.sub("<[^>]*>", "", shown)) == "It tells where.\xa0[1] See [7]."
    assert f'title="{escape_markdown(CITATION.quote)}"' in shown


@settings(max_examples=200, deadline=None)
@given(anything, anything)
def test_answer_text_has_no_mark_up_but_its_citation_links(text: str, quote: str) -> None:
    hostile = replace(
        ANSWER, text=text + " [1]", citations=(replace(CITATION, quote=quote, title=text),)
    )
    shown = answer_text(hostile, number=1)
    tags = set(re.findall(r"<[^>]*>", shown)) - {"<br>", "</a>"}
    assert all(re.fullmatch(r'<a class="cite" href="#c1-1" title="[^"<>]*">', tag) for tag in tags)


def test_a_turn_is_two_messages_and_names_its_stage() -> None:
    now = ChatTurn("Why <b>?")
    for stage, words in (
        ("waiting", "Another question is being answered"),
        ("searching", "Searching the articles"),
        ("reading", "Reading 2 passages"),
        ("writing", "Draft"),
        ("stopped", "Stopped"),
        ("failed", "out of luck"),
    ):
        at = replace(now, stage=stage, hits=(HIT, OTHER), draft="It *tells", fault="out of luck")
        question_message, reply = render_messages([at])
        assert (question_message["role"], reply["role"]) == ("user", "assistant")
        question, _, edit = question_message["content"].partition("\n\n")
        assert question == "Why &#60;b&#62;&#63;"
        assert ('title="Why &#60;b&#62;&#63;"' in edit) == (stage in ("stopped", "failed"))
        assert words in html.unescape(reply["content"])
        assert "<b>" not in reply["content"] and "*" not in reply["content"]


def test_the_line_under_an_answer_has_its_timing_and_what_was_left_out() -> None:
    assert timing(ANSWER.timings) == "first word 2.1 s · whole answer 6.0 s"
    assert timing(Timings(total=0.31)) == "0.3 s"
    reply = html.unescape(render_messages([DONE])[1]["content"])
    assert "1 sentence of the draft was left out: no passage supports it</summary><s>" in reply


def test_below_an_answer_it_says_how_sure_it_is_and_what_is_promised() -> None:
    promised = replace(ANSWER, confidence=0.8, max_wrong=0.05)
    reply = html.unescape(render_messages([replace(DONE, answer=promised)])[1]["content"])
    sure = '<span class="fine">Fairly sure: about 80 in 100 answers like this are right. '
    assert sure in reply
    assert "at most 5 in 100 are wrong" in reply and '<span class="fine">first word' in reply
    refusal = replace(promised, abstained=True, reason="not_stated", citations=(), text="No.")
    reply = html.unescape(render_messages([replace(DONE, answer=refusal)])[1]["content"])
    assert "The likeliest answer was withheld: about 80 in 100 like it are right." in reply


def test_the_share_of_the_settings_is_one_of_the_choices() -> None:
    usual = [label for label, _ in share_choices(0.10)]
    assert usual == [
        *(f"Aim: at most {share} in 100 wrong" for share in (1, 5, 10, 20)),
        "Answers: show everything",
    ]
    assert share_choices(0.07)[2] == ("Aim: at most 7 in 100 wrong", 0.07)
    assert len(share_choices(1.0)) == len(usual)


def test_the_line_of_the_promise_is_announced_and_escaped() -> None:
    assert render_promise("<b> is broken") == '<p role="status">&lt;b&gt; is broken</p>'
    assert render_promise("") == ""


def test_a_turn_shows_its_filters_and_an_abstention_offers_to_drop_them() -> None:
    within = replace(DONE, filters=SearchFilter.parse(" 2024 ", None, ["<i>"]))
    question_message, reply = render_messages([within])
    assert 'class="fine">Only from 2024&#44; &#60;i&#62;<' in question_message["content"]
    assert "options" not in reply and "fine" not in render_messages([DONE])[0]["content"]
    refusal = replace(ANSWER, abstained=True, reason="outside_filter", citations=(), text="No.")
    refused = [replace(within, answer=refusal)]
    assert [each["value"] for each in render_messages(refused, ["Or?"])[1]["options"]] == [
        WITHOUT_FILTERS
    ]
    assert "options" not in render_messages([*refused, ChatTurn("Next?")], ["Or?"])[1]


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("not_in_corpus", "Try other words"),
        ("not_stated", "Read the nearest passages"),
        ("outside_filter", "Outside the filters there are passages"),
    ],
)
def test_an_abstention_says_why_and_offers_articles_and_questions(reason: str, advice: str) -> None:
    refusal = replace(ANSWER, abstained=True, reason=reason, citations=(), text="No <i>.")
    now = replace(DONE, answer=refusal)
    reply = render_messages([DONE, now], ["Why do bees <dance>?", DONE.question, "B?", "C?"])[-1]
    shown = reply["content"]
    assert advice in html.unescape(shown) and "No &#60;i&#62;&#46;" in shown
    title = escape_markdown(ARTICLE.title)
    assert re.findall("<a.*?</a>", shown) == [f'<a class="open" href="#p2-1">{title}</a>']
    assert [each["value"] for each in reply["options"]] == ["Why do bees <dance>?", "B?"]
    bare = render_messages([replace(now, hits=(), answer=replace(refusal, passages=()))])[-1]
    assert "<a" not in bare["content"] and "options" not in bare


def test_an_abstention_says_which_constraint_failed_and_folds_the_nearest_passages() -> None:
    failed = Note("constraint", "The nearest articles do not name <b>Ants</b>.")
    other = Note("time_intent", "Of the newest article.")
    refusal = replace(
        ANSWER,
        abstained=True,
        reason="not_stated",
        citations=(),
        text="No.",
        notes=(failed, other),
    )
    shown = html.unescape(render_messages([replace(DONE, answer=refusal)])[-1]["content"])
    assert shown.count("do not name <b>Ants</b>.") == 1
    assert "Of the newest article." in shown
    fold = re.search(r'<details class="nearest"><summary>(.*?)</summary>(.*?)</details>', shown)
    assert fold is not None
    assert fold[1] == "Show the nearest passages anyway"
    assert " ".join(HIT.passage.text.split()) in fold[2]
    assert "<a" not in fold[2]


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        ("May", "", "the start “May” is not a date"),
        ("", "2024-13", "the end “2024-13” is not a date"),
        ("2025", "2024", "the start 2025 is after the end 2024: swap them"),
    ],
)
def test_an_invalid_filter_is_named_by_its_field(since: str, until: str, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        SearchFilter.parse(since, until, [])
    assert SearchFilter.parse(" 2024-06-12", "2024", []) == SearchFilter("2024-06-12", "2024", ())


# ------------------------------------------------------------------ the panel


def test_a_source_card_has_headline_outlet_date_and_the_marked_quote() -> None:
    panel = render_sources([DONE])
    assert 'id="c1-1"' in panel
    assert "Bees &lt;b&gt;dance&lt;/b&gt;" in panel and "<b>" not in panel
    assert "The *Hive*" in panel and "March 2024 (inferred)" in panel
    assert "<blockquote>The <mark>dance tells</mark> where.</blockquote>" in panel
    assert "Also read (1)" in panel and "Nobody taught them." in panel
    assert (
        '<a href="https://hive.example/bees?a=1&amp;b=2" target="_blank" '
        'rel="noopener noreferrer">hive.example</a>' in panel
    )


def test_render_article_shows_the_whole_text_with_the_quote_marked() -> None:
    shown = render_article(ARTICLE, (16, 27), opening=7)
    assert 'Bees dance. The <mark tabindex="-1">dance tells</mark> where. Nobody' in shown
    assert "<h2>Bees &lt;b&gt;dance&lt;/b&gt;</h2>" in shown and 'data-opening="7"' in shown
    assert "The *Hive*" in shown and "March 2024 (inferred)" in shown and "hive.example" in shown
    for start, end in ((0, 0), (5, 400), (-3, 2)):
        assert "<mark" not in render_article(ARTICLE, (start, end), 1)
    assert "is no longer in the index" in render_missing(1)


def test_resolve_link_finds_citations_and_passages_of_their_own_turn() -> None:
    history = (ChatTurn("First?"), DONE)
    assert resolve_link(history, "c2-1") == (ARTICLE, 16, 27, "", "dance tells", None)
    assert resolve_link(history, "p2-2") == (ARTICLE, 35, 54, "", ARTICLE.text[35:54], None)
    for key in ("c1-1", "p1-1", "c2-2", "p2-0", "p2-3", "c0-1", "c3-1", "x", "", "c²-1", "c2-1 "):
        assert resolve_link(history, key) is None


def test_a_quote_that_is_not_in_its_passage_is_shown_alone() -> None:
    moved = replace(ANSWER, citations=(replace(CITATION, start=17, end=28),))
    panel = render_sources([replace(DONE, answer=moved)])
    assert "<blockquote><mark>dance tells</mark></blockquote>" in panel


def test_cards_of_earlier_answers_keep_their_ids() -> None:
    panel = render_sources([DONE, DONE, ChatTurn("And then?")])
    assert re.findall(r'id="(c\d+-\d+)"', panel) == ["c2-1", "c1-1"]
    ids = re.findall(r'id="(c\d+-\d+)"', render_sources([DONE] * 3))
    assert ids == ["c3-1", "c2-1", "c1-1"]


def test_passages_without_an_answer_have_no_numbers() -> None:
    panel = render_sources([replace(DONE, stage="reading", answer=None)])
    assert "Reading these passages" in panel and "number" not in panel and " id=" not in panel


def test_an_abstention_shows_the_nearest_passages() -> None:
    refusal = replace(ANSWER, abstained=True, reason="not_stated", citations=(), text="No.")
    assert "Nearest passages" in render_sources([replace(DONE, answer=refusal)])
    nothing = replace(DONE, hits=(), answer=replace(refusal, passages=()))
    assert "No passage is close" in render_sources([nothing])


OURS = {"h2", "h3", "p", "article", "span", "time", "blockquote", "mark", "details", "summary"}
OURS |= {"section", "div", "button", "a"}
ORIGINAL = r"/original\?article=x$"


@settings(max_examples=150, deadline=None)
@given(anything, anything, anything)
def test_no_foreign_tag_or_address_gets_into_the_html(title: str, text: str, url: str) -> None:
    article = Article("x", title, text, source=title, published=text, url=url)
    hit = Hit(Passage("x", 0, len(text), text), 1.0, 1.0, 1.0)
    citation = Citation(1, "x", title, title, text, url, text, 0, len(text))
    answer = replace(ANSWER, citations=(citation,), passages=(hit,), text="A. [1]")
    panel = render_sources([ChatTurn(title, "done", (hit,), {"x": article}, "", answer)])
    names = set(re.findall(r"</?([a-zA-Z0-9]+)", panel))
    assert names <= OURS
    links = re.findall(r'href="([^"]*)"', panel)
    assert links and all(re.match(f"http|#[cp]1-1$|{ORIGINAL}", each) for each in links)
    whole = render_article(article, (0, len(text)), 1)
    assert set(re.findall(r"</?([a-zA-Z0-9]+)", whole)) <= OURS | {"header"}
    links = re.findall(r'href="([^"]*)"', whole)
    assert all(re.match(f"http|{ORIGINAL}", each) for each in links)
    form = render_article(article, (0, 0), 1, editable=True)
    assert set(re.findall(r"</?([a-zA-Z0-9]+)", form)) <= OURS | {
        "header",
        "form",
        "label",
        "input",
    }
    listed = ArticlePage(((replace(article, id=url), 2, "2026-11-22T16:00:00Z"),), 1)
    rows = render_article_list(listed, text, [FileVerdict(title, "damaged", text)])
    assert "indexed 22 November 2026" in rows
    tags = re.sub(r'data-article="[^"<>]*"', "", rows)
    assert set(re.findall(r"</?([a-zA-Z0-9]+)", tags)) <= OURS | {"ul", "li", "strong"}
    assert html.unescape(re.findall(r'data-article="([^"]*)"', rows)[0]) == url


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://bbc.example/a", "bbc.example"),
        ("http://bbc.example:80/a", "bbc.example"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt://bbc.example/%0aalert(1)", None),
        ("data:text/html,x", None),
        ("//bbc.example/a", None),
        ("https://bbc.example@evil.example/", None),
        ("https://bbc.example/\n", None),
        ("https://[", None),
        ("https:///a", None),
        (None, None),
        ("", None),
    ],
)
def test_only_http_addresses_are_links(url: str | None, host: str | None) -> None:
    assert web_address(url) == host


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2024-03-09", "9 March 2024"),
        ("2024-03-09T10:00:00Z", "9 March 2024"),
        ("2024-03", "March 2024"),
        ("2024", "2024"),
        ("2024-13", "2024-13"),
        ("last week", "last week"),
        (None, ""),
    ],
)
def test_dates_keep_their_precision(published: str | None, shown: str) -> None:
    assert day(published) == shown


# ------------------------------------------------------------------ the steps


def test_apply_event_takes_a_turn_to_its_end() -> None:
    look_up = {"bees": ARTICLE}.get
    now = ChatTurn("What does the dance tell?")
    now = apply_event(now, Retrieved("q", (HIT, OTHER)), look_up)
    assert (now.stage, now.hits, now.articles) == ("reading", (HIT, OTHER), {"bees": ARTICLE})
    for piece in ("It ", "tells"):
        now = apply_event(now, DraftToken(piece), look_up)
    assert (now.stage, now.draft) == ("writing", "It tells")
    assert stop_turn(now).stage == "stopped" and fail_turn(now, "x").fault == "x"
    now = apply_event(now, AnswerReady(ANSWER), look_up)
    assert (now.stage, now.answer, stop_turn(now).stage) == ("done", ANSWER, "done")


def test_evidence_is_shown_as_a_quotation_with_its_answer_marked_until_the_answer_comes() -> None:
    start = HIT.passage.start
    text = HIT.passage.text
    best = Evidence("bees", start, start + len(text), text, 2.0, start + 2, start + 5)
    turn = apply_event(DONE_BEFORE, EvidenceFound((best,), CITATION), {"bees": ARTICLE}.get)
    assert turn.stage == "writing"
    turn = apply_event(turn, DraftToken("Not yet checked"), {}.get)
    reply = html.unescape(render_messages([turn])[1]["content"])
    assert f"“{text[:2]}<mark>{text[2:5]}</mark>{text[5:]}”" in reply
    assert 'href="#p1-1"' in reply
    assert "Not yet checked" not in reply


def test_history_has_only_answered_questions() -> None:
    history = (DONE, ChatTurn("Stopped?", "stopped", draft="Per"), ChatTurn("Next?"))
    assert answered_turns(history) == [Turn.of(ANSWER.question, ANSWER)]
    assert answered_turns(history)[0].articles == ANSWER.quoted_articles != ()


# ------------------------------------------------------------------ the status line


def test_render_status_shows_progress_and_faults() -> None:
    line = render_status(Indexing("reading", 3, 5, 11.2))
    assert "Reading the articles: 3 of 5, about 12 s left" in line
    assert 'max="5" value="3"' in line
    assert "Loading the models" in render_status(Loading())
    line = render_status(StartupFailed("no model <b>: type `rag models pull`"))
    assert "no model &lt;b&gt;: type `rag models pull`" in line and 'role="alert"' in line


WIRE = Article("wire", "A dance <i>told</i>", "…", source="Coast & Wire", published="2024-02-03")


def test_the_card_of_a_near_copy_names_its_origin() -> None:
    copy = replace(ARTICLE, copy_of="wire")
    turn = replace(DONE, articles={"bees": copy, "wire": WIRE})
    panel = render_sources([turn])
    line = "copy of “A dance &lt;i&gt;told&lt;/i&gt;” (Coast &amp; Wire, 3 February 2024)"
    assert panel.count(line) == 2  # of the passage that is cited, and of that only read
    assert "copy of wire" in render_sources([replace(turn, articles={"bees": copy})])
    assert "copy of" not in render_sources([DONE])


def test_the_list_of_articles_marks_near_copies() -> None:
    entries = ((replace(ARTICLE, copy_of="wire"), 2, ""), (WIRE, 1, ""))
    rows = render_article_list(ArticlePage(entries, 2, {"wire": WIRE}), "")
    assert rows.count("copy of “A dance") == 1


def test_an_answer_brings_the_origins_of_its_articles_with_it() -> None:
    articles = {"bees": replace(ARTICLE, copy_of="wire"), "wire": WIRE}
    turn = apply_event(ChatTurn("?"), Retrieved("?", (HIT,)), articles.get)
    assert turn.articles == articles
