"""The wheel holds what `rag` needs, and nothing else; it works away from a clone.

That it can be installed and serves is tried by `python -m tests.wheel`, which takes minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.wheel import build, environment

SHIPPED = "rag/data/"  # what stands in models/ of a clone


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer does."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build(folder)) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def files(folder: Path) -> set[str]:
    """The files below it, without what Python compiled."""
    return {
        each.relative_to(folder).as_posix()
        for each in folder.rglob("*")
        if each.is_file() and each.suffix != ".pyc"
    }


def test_it_holds_every_file_of_the_package_and_nothing_else(unpacked: Path) -> None:
    inside = files(unpacked)
    package = {f"rag/{name}" for name in files(ROOT / "rag")}
    assert {each for each in inside if each.startswith("rag/")} - package == {
        f"{SHIPPED}{each}"
        for each in (
            "catalogue.toml",
            "confidence.json",
            "questions/README.md",
            "questions/questions.safetensors",
            "reader/README.md",
            "reader/reader.safetensors",
            "reader-large/README.md",
            "reader-large/reader.safetensors",
        )
    }
    assert package - inside == set()
    rest = {each.split("/")[0].partition("-")[0] for each in inside if not each.startswith("rag/")}
    assert rest == {"footnoted"}  # the record of the installation
    assert "rag/py.typed" in inside


def test_weights_in_it_are_our_own_alone(unpacked: Path) -> None:
    catalogue = tomllib.loads((unpacked / SHIPPED / "catalogue.toml").read_text(encoding="utf-8"))
    own = {card["name"] for card in catalogue["model"] if not {"hub", "packages"} & card.keys()}
    assert own == {"reader", "reader-large", "questions"}
    weights = [name for name in files(unpacked) if name.endswith((".safetensors", ".gguf", ".bin"))]
    assert {Path(name).parent.name for name in weights} == own
    size = sum((unpacked / name).stat().st_size for name in files(unpacked))
    assert size < 45e6, f"{size / 1e6:.0f} MB"


def test_its_record_names_the_program_and_no_file_of_a_clone(unpacked: Path) -> None:
    record = next(unpacked.glob("footnoted-*.dist-info"))
    assert "rag = rag.cli:main" in (record / "entry_points.txt").read_text(encoding="utf-8")
    text = (record / "METADATA").read_text(encoding="utf-8")
    assert "Requires-Python: >=3.11" in text and "Provides-Extra: mcp" in text
    assert (record / "licenses" / "LICENSE").is_file()


def run(site: Path, folder: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    code = "import sys; from rag.cli import main; raise SystemExit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment(PYTHONPATH=str(site), RAG_MODELS=str(folder / "models"), RAG_MODEL="none"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_away_from_a_clone_it_finds_its_data_and_says_what_to_type(
    unpacked: Path, tmp_path: Path
) -> None:
    models = run(unpacked, tmp_path, ["models", "list"])
    shipped = [line.split()[1] for line in models.stdout.splitlines() if " shipped " in line]
    assert (shipped, models.returncode) == (["reader", "reader-large", "questions"], 0)
    index = run(unpacked, tmp_path, ["index"])
    assert index.returncode == 1
    assert index.stderr == (
        "rag: no articles are named yet: type `rag index PATH`, with the folder that they are in\n"
    )


def test_a_build_that_fails_there_names_no_makefile(unpacked: Path) -> None:
    code = "from rag.native.build import _again; print(_again())"
    output = subprocess.run(
        [sys.executable, "-c", code],
        cwd=unpacked,
        env=environment(PYTHONPATH=str(unpacked)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output == f"type {sys.executable} -m rag.native --rebuild\n"
