"""Apache Annotator for the tests: W3C annotations found by the program that is made for it.

As a program it installs what is missing and prints the path of the bundle. The packages come from
npm, in the versions below, into `.artefacts/annotator`; esbuild makes them one script for a
browser. Without npm, as root on Debian or Ubuntu, `apt-get install npm` is tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".artefacts" / "annotator"
PACKAGES = ("@apache-annotator/dom@0.2.0", "@apache-annotator/selector@0.2.0", "esbuild@0.28.2")
BUNDLE = FOLDER / "annotator.js"
INSTALL_HINT = (
    "no Apache Annotator for the tests of annotations: install npm (your system's package), "
    "then type `.venv/bin/python -m tests.annotator`"
)
_ENTRY = "export * from '@apache-annotator/dom';\n"


def find_bundle() -> Path | None:
    """The script, whose functions are those of the global `annotator`; built if npm is here."""
    if not BUNDLE.exists() and shutil.which("npm"):
        _build()
    return BUNDLE if BUNDLE.exists() else None


def ensure() -> Path | None:
    """The same; npm is installed where it is missing and that is possible."""
    if not BUNDLE.exists() and not shutil.which("npm") and _may_install():
        _quietly(["apt-get", "update", "-qq"])
        _quietly(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "npm"])
    return find_bundle()


def _build() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    entry = FOLDER / "entry.js"
    entry.write_text(_ENTRY)
    flags = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    _quietly(["npm", "install", *flags, "--prefix", str(FOLDER), *PACKAGES])
    esbuild = FOLDER / "node_modules/.bin/esbuild"
    new = BUNDLE.with_suffix(".new")
    _quietly([str(esbuild), str(entry), "--bundle", "--format=iife", "--global-name=annotator",
              f"--outfile={new}"])  # fmt: skip
    if new.exists():
        new.replace(BUNDLE)


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def _quietly(command: list[str]) -> None:
    sys.stderr.write(f"installing Apache Annotator: {' '.join(command[:3])}\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            command,
            check=False,
            timeout=600,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )


if __name__ == "__main__":
    print(ensure() or INSTALL_HINT)
