"""Edit and ask again, in a real browser: a question comes back exactly as it was typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.support import HOSTILE, ScriptedAssistant, Visit, serve

pytestmark = pytest.mark.real


@pytest.fixture
def assistant() -> ScriptedAssistant:
    scripted = ScriptedAssistant()
    scripted.go.set()
    return scripted


@pytest.fixture
def here(browser: Any, assistant: ScriptedAssistant) -> Iterator[Visit]:
    running = serve(assistant)
    visit = Visit(browser, running.url)
    yield visit
    assert visit.errors == []
    visit.page.context.close()
    running.close()


def test_a_question_is_edited_and_asked_again(here: Visit, assistant: ScriptedAssistant) -> None:
    here.ask("When did the bridge open?")
    here.wait("whole answer")
    here.page.get_by_role("link", name="Edit").focus()
    here.page.keyboard.press("Enter")
    box = here.page.locator("#question textarea")
    assert box.input_value() == "When did the bridge open?"
    assert box.evaluate("each => each === document.activeElement")
    box.press("End")
    box.press("Backspace")
    box.type(" to ships?")
    box.press("Enter")
    here.page.locator("#chat .user").get_by_text("open to ships?").wait_for()
    here.page.wait_for_function("document.querySelectorAll('#chat a.edit').length === 2")
    questions = [question for question, _ in assistant.questions]
    assert questions == ["When did the bridge open?", "When did the bridge open to ships?"]


def test_a_hostile_question_is_edited_as_text(here: Visit) -> None:
    here.ask(HOSTILE)
    here.page.get_by_role("link", name="Edit").click()
    assert here.page.locator("#question textarea").input_value() == HOSTILE
