"""The README keeps its promises: its commands, settings and files exist."""

from __future__ import annotations

import re

import pytest

from rag.cli import _parser
from rag.settings import PREFIX, Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()


def test_every_command_of_the_readme_is_one():
    commands = set(re.findall(r"(?m)(?:^|`|\$ )rag ([a-z]+)", README))
    asking = {"ask", "doctor", "eval", "index", "models", "password", "serve"}
    assert commands == asking | {"conversations", "feedback"}
    for command in commands:
        with pytest.raises(SystemExit) as caught:
            _parser().parse_args([command, "--help"])
        assert caught.value.code == 0


def test_every_flag_of_the_readme_is_one(capsys):
    for command, rest in re.findall(r"(?m)^rag ([a-z]+)(.*)$", README):
        with pytest.raises(SystemExit):
            _parser().parse_args([command, "--help"])
        told = capsys.readouterr().out
        assert all(flag in told for flag in re.findall(r"--[a-z]+", rest))


def test_every_setting_of_the_readme_is_one_and_none_is_missing():
    named = set(re.findall(rf"{PREFIX}[A-Z_]+", README))
    assert named == {PREFIX + name.upper() for name in Settings.__dataclass_fields__}


def test_every_link_of_the_readme_leads_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?m)^make ([a-z]+)", README):
        assert re.search(rf"(?m)^{target}:", makefile), target
