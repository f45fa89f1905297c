"""README and docs keep their promises: the commands, settings, links and files exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.cli import build_parser
from rag.settings import PREFIX, RENAMED, RETIRED, Settings, variable
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "models/README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_command_in_the_docs_exists_and_none_is_missing() -> None:
    commands = set(re.findall(r"(?m)(?:^|`|\$ )rag ([a-z]+)", README + COMMANDS))
    asking = {
        "alerts",
        "articles",
        "ask",
        "backup",
        "calibrate",
        "check",
        "collections",
        "doctor",
        "eval",
        "exam",
        "index",
        "models",
        "password",
        "quote",
        "restore",
        "search",
        "serve",
        "timeline",
        "verify",
    }
    assert commands == asking | {"conversations", "feedback"}
    for command in commands:
        with pytest.raises(SystemExit) as caught:
            build_parser().parse_args([command, "--help"])
        assert caught.value.code == 0


def test_every_flag_in_the_docs_exists(capsys: pytest.CaptureFixture[str]) -> None:
    for command, rest in re.findall(r"(?m)^(?:\| `)?rag ([a-z]+)(.*)$", README + COMMANDS):
        has_actions = command in ("articles", "alerts", "collections")
        action = (
            re.match(r" (?:list|show|correct|remove|rename|add|run)\b", rest)
            if has_actions
            else None
        )
        with pytest.raises(SystemExit):
            build_parser().parse_args([command, *(action[0].split() if action else ()), "--help"])
        usage = capsys.readouterr().out
        flags = re.findall(r"--[a-z]+(?:-[a-z]+)*", rest.split("` |")[0].split("#")[0])
        assert [flag for flag in flags if flag not in usage and command != "conversations"] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_in_the_docs_exists(page: Path) -> None:
    names = set(re.findall(rf"\b{PREFIX}[A-Z]+(?:_[A-Z]+)*\b", page.read_text(encoding="utf-8")))
    existing = {variable(name) for name in (*Settings.__dataclass_fields__, *RENAMED, *RETIRED)}
    names -= {"RAG_WORKFLOW_GUIDE"}  # a file of another project (features.md)
    assert names <= existing
    if page.name == "settings.md":
        assert names == existing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_in_the_docs_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(#[^)\s]*)?\)", text):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            headings = re.findall(r"(?m)^#+ (.*)$", file.read_text(encoding="utf-8"))
            slugs = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
            assert anchor[1:] in slugs, anchor


def test_every_file_that_the_contributors_guide_names_exists() -> None:
    guide = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:rag|models|tests|docs)/[\w./-]+)`", guide):
        assert (ROOT / name).exists(), name


def test_every_make_target_in_the_docs_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"(?m)^make ([a-z]+)", page.read_text(encoding="utf-8")):
            assert re.search(rf"(?m)^{target}:", makefile), target
