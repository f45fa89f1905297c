"""`rag backup` and `rag restore`: a collection as one file, and back.

In:  flags, `Settings`. Out: what the file holds.
Left to others: the file (`rag.conversations.backup`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.arguments import Commands, add_index_flag
from rag.cli.terminal import print_line, print_message
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.conversations.backup import Contents


def add_commands(commands: Commands) -> None:
    """Add both commands."""
    for name, run, help in (
        ("backup", _backup, "write index, corrections, alerts and conversations to one file"),
        ("restore", _restore, "restore what rag backup wrote, where nothing is yet"),
    ):
        parser = commands.add(name, run, help)
        parser.add_argument("file", type=Path, metavar="FILE")
        add_index_flag(parser)
    parser.set_defaults(needs_collection=False)  # restoring adds it


def _backup(options: argparse.Namespace, settings: Settings) -> int:
    from rag.conversations.backup import write_backup

    contents = write_backup(settings, options.file)
    print_line(f"{options.file}: {_in_words(contents)}")
    print_message("the files of the articles are not in it: keep a copy of their folder")
    return 0


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    from rag.conversations.backup import restore_backup
    from rag.index.companions.collections import require_free_name
    from rag.index.companions.paths import IndexPaths

    if settings.has_collection:
        require_free_name(settings, settings.collection)
    contents = restore_backup(settings, options.file)
    print_line(f"restored to {settings.index}: {_in_words(contents)}, of {contents.made_at[:10]}")
    for path in IndexPaths.read(settings.index).paths:
        there = "" if path.exists() else " (not there: `rag index --replace PATH` names another)"
        print_message(f"the next `rag index` reads {path}{there}")
    return 0


def _in_words(contents: Contents) -> str:
    size = sum(each.size for each in contents.files.values()) / 1e6
    return f"{', '.join(contents.parts)} ({len(contents.files):,} files, {size:,.1f} MB)"
