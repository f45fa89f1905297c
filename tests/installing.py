"""What the tests need of other programs, installed where that is possible without asking.

    apt_install("a browser", "chromium")    by apt-get, as root on Debian or Ubuntu
    npm_install(folder, "name@1.0")         by npm, if it is here
    quietly("a browser", command)           a command whose failure shows in what is missing then

A line on stderr says what is being installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_NPM_FLAGS = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")


def may_apt_install() -> bool:
    """Whether packages of the system can be installed from here."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def apt_install(purpose: str, *packages: str) -> None:
    """Install packages of the system; nothing where that is not possible."""
    if may_apt_install():
        quietly(purpose, ["apt-get", "update", "-qq"])
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        quietly(purpose, [*install, *packages])


def npm_install(purpose: str, folder: Path, *packages: str) -> None:
    """Install packages of npm into the new `folder`; nothing where there is no npm."""
    if shutil.which("npm"):
        folder.mkdir(parents=True, exist_ok=True)
        quietly(purpose, ["npm", "install", *_NPM_FLAGS, "--prefix", str(folder), *packages])


def quietly(purpose: str, command: list[str], seconds: int = 600) -> None:
    """Run a command; what it says is not shown, nor does it matter how it ends."""
    sys.stderr.write(f"installing {purpose}: {' '.join(command[:3])}\n")
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            command,
            check=False,
            timeout=seconds,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
