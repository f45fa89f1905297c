"""A real browser for the tests, installed if there is none. As a program it prints its path.

Tried in this order: the headless Chromium of the system, which opens a page with an eighth of the
work, as root on Debian or Ubuntu installed with `apt-get install chromium-headless-shell`;
playwright's own Chromium; one in PATH; `playwright install chromium`; `apt-get install chromium`.
Screenshots go to `.artefacts/`, for people to look at.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.installing import apt_install, quietly

SHOTS = Path(__file__).parents[1] / ".artefacts"
HEADLESS = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
INSTALL_HINT = (
    "no Chromium for the browser tests: type `.venv/bin/playwright install --with-deps chromium`, "
    "or install your system's chromium package"
)


def executable() -> str | None:
    """The path of a browser on this machine, or `None`."""
    from playwright.sync_api import sync_playwright

    if headless := shutil.which(HEADLESS):
        return headless
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next(filter(None, map(shutil.which, NAMES)), None)


def ensure() -> str:
    """The path of a browser: the headless one, which is installed where it can be, else another.

    Raises:
        SystemExit: it cannot be installed; the message says what to type.
    """
    if not shutil.which(HEADLESS):
        apt_install("a browser", HEADLESS)
    if path := executable():
        return path
    quietly("a browser", [sys.executable, "-m", "playwright", "install", "chromium"], seconds=240)
    if path := executable():
        return path
    apt_install("a browser", "chromium")
    if path := executable():
        return path
    raise SystemExit(INSTALL_HINT)


def shots() -> Path:
    """The folder for screenshots, created if it is missing."""
    SHOTS.mkdir(exist_ok=True)
    return SHOTS


@contextmanager
def launch_browser() -> Iterator[Any]:
    """A headless browser of playwright's sync API."""
    from playwright.sync_api import sync_playwright

    path = executable() or ensure()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    print(ensure())
