"""What a screen reader meets: axe-core over every state of the page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import shots
from tests.web.support import ScriptedAssistant, Visit, serve

pytestmark = pytest.mark.real

WIDTHS = {"desk": (1280, 800, "light"), "dark": (1280, 800, "dark"), "phone": (390, 844, "light")}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    assistant = ScriptedAssistant()
    assistant.go.set()
    running = serve(assistant)
    yield running.url
    running.close()


def findings(page: Any) -> list[tuple[str, str, list[str]]]:
    """Serious and critical findings: rule, what is wrong, where."""
    page.wait_for_timeout(400)  # what fades in has its colour then
    violations = Axe().run(page).response["violations"]
    return [
        (each["id"], each["help"], [node["html"][:200] for node in each["nodes"]][:3])
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("kind", WIDTHS)
def test_axe_finds_nothing_serious_in_any_state_of_the_page(
    browser: Any, url: str, kind: str
) -> None:
    width, height, scheme = WIDTHS[kind]
    here = Visit(browser, url, viewport={"width": width, "height": height}, color_scheme=scheme)
    page = here.page
    serious = {"start": findings(page)}
    page.locator("#filters button").first.click()
    page.get_by_role("textbox", name="From").fill("2024-05")
    serious["filters"] = findings(page)
    here.ask("When did the bridge open?")
    here.wait("whole answer")
    serious["answer"] = findings(page)
    page.locator("#chat a.cite").first.click()
    page.locator("#article-viewer mark:focus").wait_for()
    serious["article"] = findings(page)
    page.keyboard.press("Escape")
    here.ask("And the moon?")
    here.wait("The articles do not say.")
    serious["refusal"] = findings(page)
    page.screenshot(path=shots() / f"axe-{kind}-refusal.png", full_page=True)
    for name in ("Alerts", "Articles", "Conversations", "Evaluate"):
        page.get_by_role("tab", name=name).first.click()
        page.wait_for_timeout(600)
        serious[name] = findings(page)
    page.screenshot(path=shots() / f"axe-{kind}-evaluate.png", full_page=True)
    assert {state: violations for state, violations in serious.items() if violations} == {}
    assert here.errors == []
    here.page.context.close()
