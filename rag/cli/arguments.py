"""What the parsers of the commands share: how a command is added, common flags, checked numbers.

In:  the parser of `rag`. Out: a parser for each command, with the function that runs it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rag.settings import Settings

__all__ = ["Command", "Commands", "add_index_flag", "port", "positive_int"]

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
    """`--index DIR`."""
    parser.add_argument("--index", type=Path, metavar="DIR", help="folder of the index (RAG_INDEX)")


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
