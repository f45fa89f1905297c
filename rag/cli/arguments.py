"""What the parsers of the commands share: how a command is added, common flags, checked numbers.

In:  the parser of `rag`. Out: a parser for each command, with the function that runs it; messages
     whose commands to type next repeat the flags that name an index.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.settings import Settings

if TYPE_CHECKING:
    from rag.retrieval.filters import SearchFilter

__all__ = [
    "WITH_AN_INDEX",
    "Command",
    "Commands",
    "add_collection_flag",
    "add_filter_flags",
    "add_index_flag",
    "filters_of",
    "port",
    "positive_int",
    "repeat_flags",
]

WITH_AN_INDEX = (
    "index", "ask", "verify", "search", "quote", "check", "timeline", "alerts", "articles", "eval",
    "exam", "calibrate", "doctor", "serve", "backup", "restore",
)  # fmt: skip
"""The commands that take `--index` and `--collection`, or whose parts do."""

_TYPED = re.compile(r"`rag (\w+)([^`]*)`")

Command = Callable[[argparse.Namespace, Settings], int]  # returns the exit status


class Commands:
    """The commands of `rag`, each with a parser and the function that runs it."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(self, name: str, run: Command, help: str) -> argparse.ArgumentParser:
        """Add a command; returns its parser, for its arguments."""
        parser = self._subparsers.add_parser(name, help=help, description=help)
        parser.set_defaults(command=run)
        return parser


def add_index_flag(parser: argparse.ArgumentParser) -> None:
    """`--index DIR` and `--collection NAME`."""
    parser.add_argument("--index", type=Path, metavar="DIR", help="folder of the index (RAG_INDEX)")
    add_collection_flag(parser)


def add_collection_flag(parser: argparse.ArgumentParser) -> None:
    """`--collection NAME`: one that is there (`options.needs_collection`)."""
    parser.add_argument(
        "--collection", metavar="NAME", help="a collection by its name (RAG_COLLECTION)"
    )
    parser.set_defaults(needs_collection=True)


def add_filter_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that limit what is searched; `filters_of` reads them."""
    parser.add_argument(
        "--since", default="", metavar="DATE", help="only articles from this day, month or year"
    )
    parser.add_argument(
        "--until", default="", metavar="DATE", help="only articles up to this day, month or year"
    )
    for flag, what in (
        ("--outlet", "only this outlet"),
        ("--not-outlet", "any other outlet"),
        ("--author", "only this author"),
        ("--folder", "only this folder of the corpus"),
    ):
        parser.add_argument(
            flag, action="append", default=[], metavar="NAME", help=f"{what} (may be repeated)"
        )


def filters_of(options: argparse.Namespace) -> SearchFilter:
    """The search filter that the flags of `add_filter_flags` give.

    Raises:
        QuestionError: a date is malformed, or `--since` is after `--until`.
    """
    from rag.retrieval.filters import SearchFilter

    return SearchFilter(
        since=options.since.strip(),
        until=options.until.strip(),
        outlets=tuple(options.outlet),
        not_outlets=tuple(options.not_outlet),
        authors=tuple(options.author),
        folders=tuple(options.folder),
    )


def positive_int(text: str) -> int:
    """An integer of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number of at least 1")
    return number


def port(text: str) -> int:
    """A TCP port."""
    number = int(text)
    if not 0 < number < 65_536:
        raise argparse.ArgumentTypeError("give a port from 1 to 65535")
    return number


def repeat_flags(message: str, options: argparse.Namespace) -> str:
    """`message`, whose commands repeat the flags by which `options` name an index."""
    given = {name: getattr(options, name, None) for name in ("index", "collection")}

    def repeated(match: re.Match[str]) -> str:
        command, rest = match.groups()
        if command not in WITH_AN_INDEX:
            return match[0]
        flags = "".join(
            f" --{name} {shlex.quote(str(value))}"
            for name, value in given.items()
            if value is not None and f"--{name}" not in rest
        )
        return f"`rag {command}{rest}{flags}`"

    return _TYPED.sub(repeated, message)
