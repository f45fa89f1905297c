"""`Containerfile` is read by a linter and a parser; what it promises is in it.

That it builds and serves is tried by `python -m tests.container`, which takes minutes.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import PurePath

import dockerfile
import pytest

from rag.cli import build_parser
from rag.settings import PREFIX, Settings, variable
from rag.web.middleware.login import HEALTH_PATH
from tests.conftest import ROOT
from tests.container import FILE, LINT_HINT, find_linter

COMMANDS = dockerfile.parse_file(str(FILE))


def stages() -> list[list[dockerfile.Command]]:
    parts: list[list[dockerfile.Command]] = []
    for command in COMMANDS:
        if command.cmd.lower() == "from":
            parts.append([])
        if parts:
            parts[-1].append(command)
    return parts


def last(name: str) -> dockerfile.Command:
    """The instruction of that name in the stage that becomes the image."""
    (command,) = (each for each in stages()[-1] if each.cmd.lower() == name)
    return command


def test_a_linter_has_nothing_to_say(tmp_path) -> None:
    linter = find_linter()
    if linter is None:
        pytest.skip(LINT_HINT)
    result = subprocess.run([linter, "lint", FILE], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
    (tmp_path / "bad").write_text(
        FILE.read_text().replace("HEALTHCHECK --interval", "HEALTHCHECK --intervl")
    )
    result = subprocess.run([linter, "lint", tmp_path / "bad"], capture_output=True, check=False)
    assert result.returncode == 1  # it would


def test_the_image_has_no_compiler_no_root_and_one_port() -> None:
    build, image = stages()
    assert (build[0].value, image[0].value) == (("${BASE}", "AS", "build"), ("${BASE}",))
    user = last("user").value[0]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)  # by number: whoever runs it can check it
    place = [each.cmd.lower() for each in image]
    assert place.index("user") < place.index("entrypoint")
    assert not {"run", "copy", "add"} & set(place[place.index("user") :])
    assert "add" not in {each.cmd.lower() for each in COMMANDS}
    for each in image:
        assert not re.search(r"g\+\+|gcc|build-essential|cmake", " ".join(each.value)), (
            each.original
        )
    assert last("expose").value == ("7860",)
    assert last("volume").value == ("/data", "/cache")


def test_no_registry_and_no_address_is_named() -> None:
    text = FILE.read_text(encoding="utf-8")
    (base,) = (
        each.value[0] for each in COMMANDS if each.cmd.lower() == "arg" and "BASE" in each.value[0]
    )
    assert base == "BASE=python:3.11-slim"
    addresses = set(re.findall(r"https?://[^\s'\"]+", text))
    assert addresses == {f"http://127.0.0.1:7860{HEALTH_PATH}"}


def test_every_command_that_runs_is_sound_shell() -> None:
    for each in COMMANDS:
        if each.cmd.lower() == "run":
            checked = subprocess.run(
                ["sh", "-n", "-c", each.value[0]], capture_output=True, check=False
            )
            assert checked.returncode == 0, each.original
            assert "apt-get install" not in each.value[0] or "rm -rf /var/lib/apt" in each.value[0]


def test_it_starts_what_the_command_line_knows() -> None:
    assert last("entrypoint").value == ("rag",)
    options = build_parser().parse_args(list(last("cmd").value))
    assert (options.host, options.port) == ("0.0.0.0", 7860)
    pairs = last("env").value
    environment = (
        dict(zip(pairs[::3], pairs[1::3], strict=True))
        if "=" in pairs[2::3]
        else dict(zip(pairs[::2], pairs[1::2], strict=True))
    )
    settings = {name for name in environment if name.startswith(PREFIX)}
    known = {variable(name) for name in Settings.__dataclass_fields__}
    assert settings <= known and "RAG_AUTH_FILE" in settings
    own = {name: str(value).strip('"') for name, value in environment.items() if name in settings}
    assert str(Settings.load(own).models).startswith("/cache/")
    # what stands beside the models is in the volume too (`rag.models.registry.build_check_dir`)
    assert str(Settings.load(own).models.parent) == "/cache"


def test_its_health_is_the_one_of_the_page() -> None:
    text = last("healthcheck").original
    (command,) = re.findall(r"CMD (\[.*\])", text)
    python, flag, code = json.loads(command)
    assert (python, flag) == ("python", "-c")
    compile(code, "health", "exec")
    assert f"127.0.0.1:7860{HEALTH_PATH}" in code


def test_what_it_copies_is_sent_and_all_that_the_wheel_is_made_of() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    sent = [PurePath(rule[1:]) for rule in rules if rule.startswith("!")]
    copied = [
        source for each in stages()[0] if each.cmd.lower() == "copy" for source in each.value[:-1]
    ]
    for source in copied:
        assert (ROOT / source).exists()
        assert any(PurePath(source).is_relative_to(k) or k.is_relative_to(source) for k in sent), (
            source
        )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for source in (*included, "rag", "README.md", "LICENSE", "constraints.txt"):
        assert any(PurePath(source).is_relative_to(each) for each in sent), source
    for never in ("seeds", "tests", ".git", ".venv", ".rag", "models/some.gguf"):
        assert not any(fnmatch(never, str(each)) for each in sent), never
