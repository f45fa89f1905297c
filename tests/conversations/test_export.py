"""A conversation as Markdown with footnotes, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from markdown_it import MarkdownIt

from rag.conversations.export import as_json, export_conversation, file_name
from rag.conversations.models import (
    ChatTurn,
    Conversation,
    Feedback,
)
from rag.retrieval.filters import SearchFilter
from tests.conversations.support import COST, REFUSED, TEXT, make_turn

HOW_SURE = (
    "*Sure: about 93 in 100 answers like this are right. The wording was checked against the words "
    "of one article. No limit on wrong answers is promised.*\n\n"
)


def markdown(conversation: Conversation) -> str:
    return export_conversation(conversation, "markdown")


HOSTILE = (
    "<img src=x onerror=alert(1)> **b** [x](javascript:alert(1)) ![y](http://evil.example) `c` # h "
    "http://evil.example/a www.evil.example &lt;i&gt; \\* ~s~ ^f^ | $$x$$"
)


def test_markdown_has_a_footnote_for_each_citation() -> None:
    more = make_turn(COST, filters=SearchFilter("2024", "", ("Kurier",)))
    whole = Conversation(
        "x",
        "",
        (
            more,
            make_turn(REFUSED),
            make_turn(COST),
            make_turn(None, stage="stopped", draft="Unchecked"),
        ),
    )
    note = (
        "The bridge, Kurier, 2024-05-03, characters 0 to 84 of bridge: “The bridge over the Sund "
        "cost 18 million crowns, mayor Lena Holt said on 3 May 2024.”"
    )
    assert markdown(whole) == (
        "# How much did the bridge cost?\n\n"
        "## How much did the bridge cost?\n\n"
        "*Asked on 2026-11-22 10:00 UTC, only from 2024, Kurier*\n\n"
        f"The bridge cost 18 million crowns.[^1]\n\n{HOW_SURE}"
        "## And the moon?\n\n*Asked on 2026-11-22 10:00 UTC*\n\nThe articles do not say.\n\n"
        "## How much did the bridge cost?\n\n*Asked on 2026-11-22 10:00 UTC*\n\n"
        f"The bridge cost 18 million crowns.[^2]\n\n{HOW_SURE}"
        "## Why?\n\n*Asked on 2026-11-22 10:00 UTC*\n\n"
        "*Stopped before the answer was checked.*\n\n"
        f"[^1]: {note}\n\n[^2]: {note}\n"
    )
    start, end = 0, 84
    assert TEXT[start:end] == COST.citations[0].quote


def test_markdown_escapes_all_foreign_text() -> None:
    foreign = dict.fromkeys(("title", "source", "quote"), HOSTILE) | {"url": "javascript:x"}
    bad = replace(COST.citations[0], **foreign)
    turn = make_turn(replace(COST, text=f"1. {HOSTILE} [1]", citations=(bad,)))
    failed = make_turn(None, fault=HOSTILE, stage="failed")
    whole = Conversation("x", "", (replace(turn, question=f"- {HOSTILE}"), failed))
    shown = MarkdownIt("commonmark").render(markdown(whole))
    for tag in ("<img", "<a", "<strong", "<code", "<li", "<ol", "<script"):
        assert tag not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") == 7
    good = replace(COST.citations[0], url="https://harbour.example/b?a=1&b=2")
    assert "<https://harbour.example/b?a=1&b=2>" in markdown(
        Conversation("x", "", (make_turn(replace(COST, citations=(good,))),))
    )


def test_json_export_is_lossless_and_file_names_are_plain() -> None:
    rated = make_turn(COST, feedback=Feedback(False, "no", "2026"))
    whole = Conversation("x", "", (rated, make_turn(REFUSED)))
    exported = json.loads(as_json(whole))
    assert tuple(map(ChatTurn.from_json, exported["turns"])) == whole.turns
    assert tuple(map(ChatTurn.from_json, exported["exchanges"])) == whole.turns
    keys_of_0_1 = {"asked", "verdict", "since", "until", "outlets", "stage", "answer"}
    assert all(keys_of_0_1 <= turn.keys() for turn in exported["exchanges"])
    assert exported["turns"][0]["answer"]["citations"][0]["start"] == 0
    assert file_name(whole, "markdown") == "how-much-did-the-bridge-cost.md"
    odd = Conversation("x", "", (make_turn(None, question="../../etc/<passwd> " + "wörd " * 90),))
    assert file_name(odd, "json") == "etc-passwd-" + "-".join(["w", "rd"] * 10) + ".json"


def test_a_record_citation_names_its_field() -> None:
    of_record = replace(COST.citations[0], quote="Ada Ek", start=None, end=None, field="author")
    turn = make_turn(replace(COST, citations=(of_record,)))
    assert markdown(Conversation("x", "", (turn,))).endswith(
        "[^1]: The bridge, Kurier, 2024-05-03, record of bridge: Author “Ada Ek”\n"
    )
