"""How long a person at the page waits, from Enter on, in a real browser.

    python -m benchmarks.page [--model NAME] [--questions N]

In:  the articles of `seeds/`, models that are pulled; questions of the tuning half.
Out: seconds from Enter to the sources, to the first word of the draft and to the checked answer,
     for the first question and for later ones; in how many answers one click on a citation opens
     its article with the passage marked.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import Any

from benchmarks.common import (
    describe_machine,
    free_port,
    markdown_table,
    temporary_index,
    tuning_questions,
)
from rag.settings import Settings
from rag.web.server import start
from rag.web.services.app_state import AppState
from tests.browser import launch_browser

TIMEOUT = 300_000  # milliseconds
STAGES = {
    "sources": "#sources .card",
    "first word": "#chat .draft, #chat .bot.message a.cite",
    "whole answer": "text=whole answer",
}


def stage_seconds(page: Any, question: str) -> list[float]:
    """Seconds from Enter to each of `STAGES`, in a conversation of its own."""
    page.fill("#question textarea", question)
    started = time.perf_counter()
    page.keyboard.press("Enter")
    seconds = []
    for selector in STAGES.values():
        page.wait_for_selector(selector, timeout=TIMEOUT)
        seconds.append(time.perf_counter() - started)
    return seconds


def opens_marked_passage(page: Any) -> bool:
    """Whether a click on the first citation opens its article with the passage marked."""
    page.locator("#chat a.cite").first.click()
    page.wait_for_timeout(2000)
    return bool(page.locator("#article-viewer article mark").first.is_visible())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--questions", type=int, default=6)
    options = parser.parse_args()
    seconds: list[list[float]] = []
    opens: list[bool] = []
    with temporary_index(model=options.model, keep_conversations=False) as settings:
        server = start(AppState(settings), port=free_port())
        try:
            with launch_browser() as browser:
                for each in tuning_questions(options.questions):
                    page = browser.new_page(viewport={"width": 1280, "height": 860})
                    page.goto(server.url)
                    page.wait_for_selector("#question textarea:enabled", timeout=TIMEOUT)
                    seconds.append(stage_seconds(page, each.question))
                    if page.locator("#chat a.cite").count():
                        opens.append(opens_marked_passage(page))
                    page.close()
        finally:
            server.close()
    print(f"{settings.model}; {describe_machine()}\n")
    first, later = seconds[0], seconds[1:] or seconds
    rows = [
        [stage, first[at], median(each[at] for each in later), max(each[at] for each in later)]
        for at, stage in enumerate(STAGES)
    ]
    head = ["from Enter to, s", "first question", f"{len(later)} later ones, median", "slowest"]
    print(markdown_table(head, rows))
    print(f"\nOne click on a citation opened its passage in {sum(opens)} of {len(opens)} answers.")


if __name__ == "__main__":
    main()
