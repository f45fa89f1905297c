"""The container: its file read by a linter, and built and tried where buildah can be had.

    python -m tests.container           builds the image and tries it: minutes, and many more
                                        where the cache of `python -m rag.native` has no llama.cpp
                                        for this machine; a second run takes layers of the first
    python -m tests.container --lint    installs the linter alone, for the tests

The image that `Containerfile` names comes from a registry, which a test machine need not reach: a
base of Debian with Python, made by mmdebstrap, takes its place. The build needs root (buildah
without name spaces: isolation by chroot), the network, and what pip is configured with here. As
root on Debian or Ubuntu, what is missing is installed. `make soak` runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import free_port
from rag.native.build import pinned_version, wheel_folder
from tests.installing import apt_install, npm_install
from tests.wheel import ARTICLES, QUESTION, say

ROOT = Path(__file__).parents[1]
FILE = ROOT / "Containerfile"
LINT_HINT = (
    "no linter for Containerfile: install npm (your system's package), then type "
    "`.venv/bin/python -m tests.container --lint`"
)
BUILD_HINT = "as root on Debian, type `apt-get install buildah mmdebstrap`; elsewhere not possible"
_LINTER = ROOT / ".artefacts" / "dockerfile-utils"
_PACKAGE = "dockerfile-utils@0.16.3"
_BASE, _IMAGE = "localhost/footnoted-base:3.11", "localhost/footnoted:trial"
_HERE = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}


def find_linter() -> Path | None:
    """The linter dockerfile-utils; installed if npm is here."""
    program = _LINTER / "node_modules" / ".bin" / "dockerfile-utils"
    if not program.exists():
        npm_install("a linter", _LINTER, _PACKAGE)
    return program if program.exists() else None


def _buildah(*arguments: str | Path, shown: bool = False) -> str:
    result = subprocess.run(
        ["buildah", *map(str, arguments)],
        env={**os.environ, **_HERE},
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    output = result.stdout or ""
    assert result.returncode == 0, f"buildah {arguments[0]}: {output[-3000:]}"
    return output.strip()


def make_base(folder: Path) -> None:
    """An image with what `python:3.11-slim` has of what is used: Debian 12 and `python`."""
    if _BASE in _buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines():
        return
    say("making the base: Debian 12 with Python")
    tar = folder / "base.tar"
    packages = "--include=python3,python3-venv,ca-certificates"
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", packages, "bookworm", tar], check=True
    )
    (folder / "Base").write_text(
        "FROM scratch\nADD base.tar /\nRUN ln -s /usr/bin/python3 /usr/local/bin/python\n"
    )
    _buildah("bud", "--tag", _BASE, "--file", folder / "Base", folder)


def pip_mounts() -> list[str]:
    """What pip is configured with on this machine: its files, and the folders that they name."""
    pip = [sys.executable, "-m", "pip", "config"]
    text = subprocess.run([*pip, "debug"], capture_output=True, text=True, check=True).stdout
    files = [line.strip().partition(",")[0] for line in text.splitlines() if "exists: True" in line]
    text = subprocess.run([*pip, "list"], capture_output=True, text=True, check=True).stdout
    words = text.replace("'", " ").replace("=", " ").replace("\\n", " ").split()
    places = [Path(each.removeprefix("file://")) for each in words]
    folders = {Path(*each.parts[:3]) for each in places if each.is_absolute() and each.exists()}
    mounts = [*map(Path, files), *sorted(folders), Path("/etc/ssl/certs")]
    return [part for each in dict.fromkeys(mounts) for part in ("-v", f"{each}:{each}:ro")]


def build() -> None:
    """The image, from the working tree."""
    say("building the image")
    cached = wheel_folder(pinned_version(ROOT / "constraints.txt"))
    mounts = pip_mounts()
    if cached.is_dir():  # the compiler that made it is that of the base
        say("llama.cpp from the cache of this machine")
        mounts += ["-v", f"{cached.parent}:/root/.cache/rag/wheels:ro"]
    _buildah(
        *("bud", "--format", "docker", "--network", "host", "--layers"),
        *("--build-arg", f"BASE={_BASE}", *mounts, "--tag", _IMAGE, "--file", FILE, ROOT),
        shown=True,
    )


_TRIAL = """
set -eu
test "$(id -u)" = 10001
test "$(pwd)" = /data
! command -v g++
! touch /opt/footnoted/x 2>/dev/null
rag --version
if rag serve --host 0.0.0.0 --port PORT; then exit 7; fi   # no accounts: refused
printf 'correct horse\\n' | rag password jane >> users
rag index
rag ask "QUESTION"
rag serve --host 0.0.0.0 --port PORT &
server=$!
for second in $(seq 180); do
  if HEALTH; then echo healthy; break; fi
  sleep 1
done
HEALTH
python -c "import urllib.request as r; print(r.urlopen('http://127.0.0.1:PORT/').read())" \
  | grep -q assword
kill -TERM $server
wait $server
echo the end
"""


def try_it(folder: Path, models: Path) -> None:
    """Index, ask and serve in the container as the user of the image."""
    articles = folder / "articles"
    articles.mkdir()
    for name, text in ARTICLES.items():
        (articles / name).write_text(text, encoding="utf-8")
    config = json.loads(_buildah("inspect", "--type", "image", _IMAGE))["Docker"]["config"]
    kind, *health = config["Healthcheck"]["Test"]
    assert kind == "CMD"
    port = str(free_port())
    command = " ".join(f"'{each}'" for each in health[:2]) + f' "{health[2]}" 2>/dev/null'
    script = _TRIAL.replace("HEALTH", command.replace("7860", port))
    script = script.replace("PORT", port).replace("QUESTION", QUESTION)
    container = _buildah("from", "--pull-never", _IMAGE)
    try:
        output = _buildah(
            *("run", "--network", "host", "--env", "RAG_MODEL=none"),
            *("-v", f"{articles}:/articles:ro", "-v", f"{models}:/cache/models:ro"),
            *(container, "--", "sh", "-c", script),
        )
    finally:
        _buildah("rm", container)
    say(output)
    for line in ("RAG_AUTH_FILE", "14 million crowns", "healthy", "the end"):
        assert line in output, line


def main() -> int:
    """Lint alone, or build and try. Exit status 0; 1 with what is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.container", description=__doc__)
    default = Path(os.environ.get("RAG_MODELS") or Path.home() / ".cache" / "rag" / "models")
    parser.add_argument("--models", type=Path, default=default, help="folder with the weights")
    parser.add_argument("--lint", action="store_true", help="install the linter, and no more")
    options = parser.parse_args()
    if options.lint:
        if not find_linter():
            apt_install("a linter", "npm")
        say(str(find_linter() or LINT_HINT))
        return 0
    if not (shutil.which("buildah") and shutil.which("mmdebstrap")):
        apt_install("a builder", "buildah", "mmdebstrap")
    if not (shutil.which("buildah") and shutil.which("mmdebstrap")):
        say(f"no container is built: {BUILD_HINT}")
        return 1
    with tempfile.TemporaryDirectory(prefix="container-trial-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        make_base(folder)
        build()
        try_it(folder, options.models)
    sys.stdout.write("1 passed, 0 failed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
