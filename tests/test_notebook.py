"""What a notebook shows of an answer: text, notes and citations, and never foreign markup."""

from __future__ import annotations

from dataclasses import replace

from lxml import html
from markdown_it import MarkdownIt

from rag.types import Answer, AnswerSpan, Citation, Note, Sentence

HOSTILE = (
    "<img src=x onerror=alert(1)> </q></bdi></li><script>alert(1)</script> &lt;b&gt; **bold** `c` "
    "[x](javascript:alert(1)) ![y](http://evil.example/b.png) $$x$$ \\(y\\) # head | a | "
    "http://e.x www.evil.example <http://evil.example>"
)
SOURCE = Citation(
    1, "bridge", "Bridge opens", "Harbour Post", "2024-05-06", "https://h.example/b", "It opened.",
    0, 10, fragment="https://h.example/b#:~:text=It%20opened",
)  # fmt: skip
RECORD = Citation(2, "bridge", "Bridge opens", None, None, None, "Ada Ek", None, None, "author")
ANSWER = Answer(
    "When?",
    "When?",
    "It opened. [1] Ada Ek wrote it. It is so. [1][2]",
    False,
    None,
    (
        Sentence("It opened.", (1,), supported=True),
        Sentence("It sank.", (), supported=False),
        Sentence("Ada Ek wrote it. It is so.", (1, 2), supported=True),
    ),
    (SOURCE, RECORD),
    notes=(Note("other", "A note."),),
)
BAD = replace(
    ANSWER,
    text=f"{HOSTILE} [1]",
    sentences=(Sentence(HOSTILE, (1,), supported=True),),
    notes=(Note("other", HOSTILE),),
    citations=(
        replace(SOURCE, title=HOSTILE, source=HOSTILE, quote=f"1. {HOSTILE}\n\n# two", fragment="",
                url="javascript:alert(1)"),
    ),
)  # fmt: skip


def test_html_has_the_text_the_notes_and_each_citation_with_its_quote() -> None:
    page = html.fromstring(ANSWER._repr_html_())
    assert page.text_content().startswith(f"{ANSWER.text}A note.[1] Bridge opens, Harbour Post")
    assert [each.text_content() for each in page.iter("li")] == [
        "[1] Bridge opens, Harbour Post, 2024-05-06: It opened.",
        "[2] Bridge opens, author: Ada Ek",
    ]
    assert [each.get("href") for each in page.iter("a")] == [SOURCE.fragment]


def test_foreign_text_is_text_in_html() -> None:
    page = html.fromstring(BAD._repr_html_())
    assert {each.tag for each in page.iter()} <= {"div", "p", "bdi", "em", "ul", "li", "q"}
    assert page.text_content().count("<script>alert(1)</script>") == 5
    assert {name for each in page.iter() for name in each.attrib} == {"style"}


def test_markdown_renders_to_the_same_words() -> None:
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(
        ANSWER._repr_markdown_()
    )
    page = html.fromstring(f"<div>{rendered}</div>")
    assert ANSWER.text in page.text_content()
    assert [each.text_content() for each in page.iter("li")] == [
        "[1] Bridge opens, Harbour Post, 2024-05-06: “It opened.”",
        "[2] Bridge opens, author: “Ada Ek”",
    ]
    assert [each.get("href") for each in page.iter("a")] == [SOURCE.fragment]


def test_foreign_text_is_text_in_markdown() -> None:
    markdown = BAD._repr_markdown_()
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown)
    page = html.fromstring(f"<div>{rendered}</div>")
    assert {each.tag for each in page.iter()} == {"div", "p", "em", "ul", "li"}
    assert page.text_content().count("![y](http://evil.example/b.png) $$x$$") == 5
    assert "$" not in markdown and "\\(" not in markdown  # no formulas, where these are rendered


def test_an_abstention_is_its_sentence() -> None:
    refusal = Answer("q", "q", "The articles do not say.", True, "not_stated")
    assert refusal._repr_html_() == "<div><p><bdi>The articles do not say.</bdi></p></div>"
    assert refusal._repr_markdown_() == "The articles do not say&#46;"


def test_spans_are_the_sentences_that_each_citation_supports() -> None:
    first, second = "It opened.", "Ada Ek wrote it. It is so."
    assert ANSWER.spans == (AnswerSpan(1, 0, 10), AnswerSpan(1, 15, 41), AnswerSpan(2, 15, 41))
    assert [ANSWER.text[each.start : each.end] for each in ANSWER.spans] == [first, second, second]
    assert ANSWER.to_dict()["spans"][2] == {"number": 2, "start": 15, "end": 41}
    assert Answer.from_dict(ANSWER.to_dict()) == ANSWER
