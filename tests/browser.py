"""A real browser for the tests, installed if there is none. As a program it prints its path.

Tried in this order: playwright's own Chromium, one in PATH, `playwright install chromium`,
and, as root on Debian or Ubuntu, `apt-get install chromium`.
Screenshots go to `.artefacts/`, for people to look at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SHOTS = Path(__file__).parents[1] / ".artefacts"
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

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next(filter(None, map(shutil.which, NAMES)), None)


def ensure() -> str:
    """The path of a browser, which is installed if there is none.

    Raises:
        SystemExit: it cannot be installed; the message says what to type.
    """
    path = executable()
    if path:
        return path
    _quietly([sys.executable, "-m", "playwright", "install", "chromium"], seconds=240)
    path = executable()
    if path:
        return path
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _quietly(["apt-get", "update", "-qq"], seconds=180, env=environment)
        _quietly(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
            seconds=600,
            env=environment,
        )
        path = executable()
        if path:
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

    path = ensure()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _quietly(command: list[str], seconds: int, **options: Any) -> None:
    sys.stderr.write(f"installing a browser: {' '.join(command[-3:])}\n")
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            command,
            check=False,
            timeout=seconds,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )


if __name__ == "__main__":
    print(ensure())
