"""What an error says to type next is for the index that the command was about."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from rag.cli import build_parser, main
from rag.cli.arguments import WITH_AN_INDEX, repeat_flags

DAMAGED = "the index is damaged: type `rag index --rebuild`, or `rag models`"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({}, DAMAGED),
        (
            {"collection": "port"},
            "the index is damaged: type `rag index --rebuild --collection port`, or `rag models`",
        ),
        (
            {"index": Path("my index")},
            "the index is damaged: type `rag index --rebuild --index 'my index'`, or `rag models`",
        ),
    ],
)
def test_a_command_to_type_names_the_same_index(flags: dict[str, object], message: str) -> None:
    options = argparse.Namespace(**{"index": None, "collection": None, **flags})
    assert repeat_flags(DAMAGED, options) == message


def test_a_flag_that_is_there_is_not_repeated() -> None:
    named = "no articles yet: type `rag index PATH --collection port`"
    assert repeat_flags(named, argparse.Namespace(collection="port")) == named


def parts(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of a parser, by name; none below the last."""
    below = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return {name: part for each in below for name, part in each.choices.items()}


def takes_the_flags(parser: argparse.ArgumentParser) -> bool:
    here = {"--index", "--collection"} <= set(parser._option_string_actions)
    return here or any(map(takes_the_flags, parts(parser).values()))


def test_the_commands_are_those_that_take_the_flags() -> None:
    takers = {name for name, parser in parts(build_parser()).items() if takes_the_flags(parser)}
    assert takers == set(WITH_AN_INDEX)


def test_the_command_line_repeats_the_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "anything", "--index", str(tmp_path / "none")]) == 1
    assert f"`rag index --index {tmp_path / 'none'}`" in capsys.readouterr().err
