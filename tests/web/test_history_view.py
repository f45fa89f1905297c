"""Stored conversations without a browser: the list, quotes that moved, storing a turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.conversations.models import ChatTurn, Conversation, Feedback
from rag.conversations.store import ConversationStore
from rag.retrieval.filters import SearchFilter
from rag.types import Answer, Article, Citation, Hit, Passage
from rag.web.services.chat_session import fail_turn, resolve_link, stop_turn
from rag.web.services.citation_status import CHANGED, GONE, MOVED, locate_quote
from rag.web.services.history import NOT_RATED, HistoryService, current_conversation_id
from rag.web.views.history import render_history

TEXT = "Bees dance. The dance tells where. Bees dance."
ARTICLE = Article("bees", "Bees", TEXT)
QUOTE = "The dance tells where."
ANSWER = Answer(
    "How?", "How?", "By a dance. [1]", False, None,
    citations=(Citation(1, "bees", "Bees", None, None, None, QUOTE, 12, 34),),
    passages=(Hit(Passage("bees", 0, 46, TEXT), 0.5, 0.5, 1.0),),
)  # fmt: skip
HOSTILE = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    ("text", "location"),
    [
        (TEXT, (12, 34, "")),
        (f"So. {TEXT}", (16, 38, MOVED)),
        (TEXT.replace("where", "how"), (0, 0, CHANGED)),
        (f"{QUOTE} {QUOTE} {TEXT}", (0, 0, CHANGED)),
        ("", (0, 0, CHANGED)),
        (None, (0, 0, GONE)),
    ],
)
def test_locate_quote_finds_a_quote_unchanged_moved_changed_or_gone(text, location) -> None:
    article = None if text is None else replace(ARTICLE, text=text)
    assert locate_quote(article, 12, 34, QUOTE) == location


def test_render_history_escapes_titles_and_marks_the_current_conversation() -> None:
    one = ChatTurn(
        HOSTILE,
        "done",
        answer=ANSWER,
        key="k",
        conversation="1" * 16,
        asked_at="2026-11-22T10:00:00+00:00",
    )
    other = replace(one, conversation="2" * 16, question="Why?", asked_at="?")
    conversations = [Conversation("1" * 16, "", (one, one)), Conversation("2" * 16, "", (other,))]
    shown = render_history(conversations, "2" * 16, unstored=1, fault="<b>no room</b>")
    assert "<script" not in shown and "&lt;script&gt;" in shown and "&lt;b&gt;no room" in shown
    assert shown.count("aria-current") == 1 and "at an unknown time · 1 question · current" in shown
    assert "22 November 2026" in shown and "2 questions" in shown and "Delete all" in shown
    assert "Current conversation" not in shown
    assert "Current conversation" in render_history(conversations, "", unstored=1)
    assert "Delete" not in render_history(
        [], "", unstored=1
    ) and "No conversation is stored yet" in render_history([], "")


def test_a_turn_is_stored_from_its_beginning_and_opened_as_it_ended(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    articles = {"bees": ARTICLE}
    service = HistoryService(store, articles.get)
    filters = SearchFilter("2024", "", ("K",))
    first, fault = service.begin("jane", (), ChatTurn("How?", filters=filters))
    assert fault == "" and service.open("jane", first.conversation) == (
        replace(first, stage="interrupted"),
    )
    first = replace(first, stage="done", answer=ANSWER, hits=ANSWER.passages, articles=articles)
    assert service.end("jane", first) == ""
    second, _ = service.begin("jane", (first,), ChatTurn("Why?"))
    assert second.conversation == first.conversation and second.key != first.key
    second = fail_turn(second, "the model stopped: ask again")
    assert service.end("jane", second) == ""
    history = service.open("jane", first.conversation)
    assert history == (first, second) and current_conversation_id(history) == first.conversation
    assert service.open("joe", first.conversation) == () == service.open("jane", "")
    assert service.rate("jane", first, Feedback(False)) == ""
    assert service.rate("joe", first, Feedback(True)) == NOT_RATED
    assert service.rate("jane", second, Feedback(True)) == NOT_RATED  # there is no answer
    assert service.thumbs("jane", history) == ["Dislike", None]
    assert service.thumbs("joe", history) == [None, None]
    articles.clear()
    history = service.open("jane", first.conversation)
    assert resolve_link(history, "c1-1") == (None, 0, 0, GONE, QUOTE, None)
    # another try takes its place
    again, _ = service.begin("jane", history[:1], replace(second, stage="searching", fault=""))
    assert [e.question for e in service.open("jane", first.conversation)] == ["How?", "Why?"]
    assert service.open("jane", first.conversation)[1].key == again.key


def test_history_service_writes_nothing_while_history_is_off(tmp_path: Path) -> None:
    turn = ChatTurn("How?")
    disabled = HistoryService(None, lambda _: None)
    unstored, fault = disabled.begin("", (), turn)
    assert (unstored.key, unstored.conversation, fault) == ("", "", "")
    assert disabled.rate("", replace(unstored, answer=ANSWER), None) == NOT_RATED
    store = ConversationStore(tmp_path / "conversations")
    service = HistoryService(store, lambda _: None)
    begun, _ = service.begin("", (), turn)
    store.set_history_on("", False)
    before = store.file.read_bytes()
    done = replace(begun, stage="done", answer=ANSWER)
    assert service.end("", done) == ""
    assert service.begin("", (done,), replace(turn, key=begun.key))[0].key == ""
    assert service.rate("", done, None) == NOT_RATED
    assert store.file.read_bytes() == before and stop_turn(begun).key == begun.key


def test_a_failing_store_is_reported_and_stops_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    service = HistoryService(ConversationStore(tmp_path / "file" / "x"), lambda _: None)
    turn, fault = service.begin("", (), ChatTurn("How?", key="old", conversation="old"))
    assert "cannot be" in fault and "\n" not in fault
    assert (turn.question, turn.key, turn.conversation) == ("How?", "", "")
    assert service.thumbs("", (replace(turn, key="k", conversation="c"),)) == [None]
