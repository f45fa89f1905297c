"""Installs the packages of this folder as a person would, offline, into a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.preloaded import run_rag

_INSTALL = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")


def install(name: str, into: Path, *, version: str = "", as_name: str = "") -> Path:
    """Install the package `name` into the new folder `into`, of another version or name."""
    source = into.with_name(f"{into.name}-source")
    shutil.copytree(Path(__file__).parent / name, source)
    project = source / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    if version:
        text = text.replace('version = "1.0"', f'version = "{version}"')
    if as_name:
        text = text.replace('name = "footnoted-example"', f'name = "{as_name}"')
    project.write_text(text, encoding="utf-8")
    command = [sys.executable, *_INSTALL, "--target", str(into), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return into


def rag(
    folder: Path, *arguments: str, packages: tuple[Path, ...] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder`, with the packages in these folders installed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    models = {name: os.environ[name] for name in ("RAG_MODELS",) if name in os.environ}
    path = os.pathsep.join(map(str, (*packages, ROOT)))
    return run_rag([*arguments], {**environ, **models, "PYTHONPATH": path, **settings}, folder)
