"""What a person at the page waits for, from Enter on, in a real browser.

    python -m benchmarks.page [--model NAME] [--questions N]

In:  the articles of `seeds/`, models that are pulled; questions of the tuning half.
Out: seconds from Enter to the sources, to the first word of the draft and to the checked answer,
     for the first question and for later ones; in how many answers one click on a mark opens the
     marked passage in its article.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, free_port, machine, middle, table, tuning_questions
from rag.index.build import build_index
from rag.settings import Settings
from rag.web.server import start
from rag.web.services.app_state import AppState
from tests.browser import opened

PATIENCE = 300_000  # milliseconds
STAGES = {
    "sources": "#sources .card",
    "first word": "#chat .draft, #chat .bot.message a.cite",
    "whole answer": "text=whole answer",
}


def asked(page: Any, question: str) -> list[float]:
    """Seconds from Enter to each of `STAGES`, in a conversation of its own."""
    page.fill("#question textarea", question)
    begun = time.perf_counter()
    page.keyboard.press("Enter")
    seconds = []
    for selector in STAGES.values():
        page.wait_for_selector(selector, timeout=PATIENCE)
        seconds.append(time.perf_counter() - begun)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--questions", type=int, default=6)
    options = parser.parse_args()
    took: list[list[float]] = []
    answered = opens = 0
    with tempfile.TemporaryDirectory() as folder:
        own = replace(
            Settings.load(), model=options.model, corpus=ROOT / "seeds", keep_conversations=False
        )
        settings = replace(own, index=Path(folder) / "index")
        build_index(settings)
        port = free_port()
        running = start(AppState(settings), port=port)
        try:
            with opened() as browser:
                for each in tuning_questions(options.questions):
                    page = browser.new_page(viewport={"width": 1280, "height": 860})
                    page.goto(running.url)
                    page.wait_for_selector("#question textarea:enabled", timeout=PATIENCE)
                    took.append(asked(page, each.question))
                    if page.locator("#chat a.cite").count():
                        answered += 1
                        page.locator("#chat a.cite").first.click()
                        page.wait_for_timeout(2000)
                        opens += page.locator("#reader article mark").first.is_visible()
                    page.close()
        finally:
            running.close()
    print(f"{settings.model}; {machine()}\n")
    first, later = took[0], took[1:]
    rows = [
        [stage, first[at], middle(each[at] for each in later), max(each[at] for each in later)]
        for at, stage in enumerate(STAGES)
    ]
    head = ["from Enter to, s", "first question", f"{len(later)} later ones, median", "slowest"]
    print(table(head, rows))
    print(f"\nOne click on a mark opened its passage, marked, in {opens} of {answered} answers.")


if __name__ == "__main__":
    main()
