"""Apache Annotator for the tests: W3C annotations found by the program that is made for it.

As a program it installs what is missing and prints the path of the bundle. The packages come from
npm, in the versions below, into `.artefacts/annotator`; esbuild makes them one script for a
browser. Without npm, as root on Debian or Ubuntu, `apt-get install npm` is tried.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.installing import apt_install, npm_install, quietly

FOLDER = Path(__file__).parents[1] / ".artefacts" / "annotator"
PACKAGES = ("@apache-annotator/dom@0.2.0", "@apache-annotator/selector@0.2.0", "esbuild@0.28.2")
BUNDLE = FOLDER / "annotator.js"
INSTALL_HINT = (
    "no Apache Annotator for the tests of annotations: install npm (your system's package), "
    "then type `.venv/bin/python -m tests.annotator`"
)
_PURPOSE = "Apache Annotator"
_ENTRY = "export * from '@apache-annotator/dom';\n"


def find_bundle() -> Path | None:
    """The script, whose functions are those of the global `annotator`; built if npm is here."""
    if not BUNDLE.exists() and shutil.which("npm"):
        _build()
    return BUNDLE if BUNDLE.exists() else None


def ensure() -> Path | None:
    """The same; npm is installed where it is missing and that is possible."""
    if not BUNDLE.exists() and not shutil.which("npm"):
        apt_install(_PURPOSE, "npm")
    return find_bundle()


def _build() -> None:
    npm_install(_PURPOSE, FOLDER, *PACKAGES)
    entry = FOLDER / "entry.js"
    entry.write_text(_ENTRY)
    esbuild = FOLDER / "node_modules/.bin/esbuild"
    new = BUNDLE.with_suffix(".new")
    options = ["--bundle", "--format=iife", "--global-name=annotator", f"--outfile={new}"]
    quietly(_PURPOSE, [str(esbuild), str(entry), *options])
    if new.exists():
        new.replace(BUNDLE)


if __name__ == "__main__":
    print(ensure() or INSTALL_HINT)
