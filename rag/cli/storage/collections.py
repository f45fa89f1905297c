"""`rag collections`: several collections side by side, each chosen by its name.

In:  flags, `Settings`. Out: the names, with what each holds; what was added, renamed or removed.
Left to others: the folders (`rag.conversations.collections`), indexing (`rag.cli.index`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rag.cli.arguments import Commands
from rag.cli.index import build_and_report
from rag.cli.terminal import print_line, print_message
from rag.errors import CollectionError
from rag.settings import DEFAULT_COLLECTION, Settings


def add_commands(commands: Commands) -> None:
    """Add the command, with its actions."""
    parser = commands.add("collections", _list, "collections of articles, side by side")
    actions = parser.add_subparsers(metavar="ACTION")

    def add(name: str, run: object, help: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=help, description=help)
        action.set_defaults(command=run)
        return action

    add("list", _list, "the collections, each with its articles, its size and its paths")
    adding = add("add", _add, "add a collection, and index its articles")
    adding.add_argument("name", metavar="NAME", help="letters, digits, - and _")
    adding.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="folder, file or .jsonl dump"
    )
    adding.add_argument(
        "--corpus", dest="corpora", action="append", type=Path, default=[], metavar="PATH",
        help="the same as PATH (may be repeated)",
    )  # fmt: skip
    renaming = add("rename", _rename, "give a collection another name")
    renaming.add_argument("name", metavar="NAME")
    renaming.add_argument("new", metavar="NEW")
    removal = add("remove", _remove, "remove a collection; the files of its articles stay")
    removal.add_argument("name", metavar="NAME")
    removal.add_argument(
        "--yes", action="store_true", help="also conversations, alerts and corrections that it has"
    )


def _list(options: argparse.Namespace, settings: Settings) -> int:
    from rag.conversations.collections import contents_of
    from rag.index.companions.collections import collection_names
    from rag.index.companions.paths import IndexPaths

    base = _of_no_collection(settings)
    for name in (DEFAULT_COLLECTION, *collection_names(settings.collections)):
        own = base.of(name)
        paths = ", ".join(map(str, IndexPaths.read(own.index).paths)) or "-"
        print_line(f"{name}\t{contents_of(own)}\t{paths}")
    print_message("`rag ask --collection NAME …` asks one of them; `rag collections add` adds one")
    return 0


def _add(options: argparse.Namespace, settings: Settings) -> int:
    from rag.conversations.collections import added_collection

    if not (paths := [*options.corpora, *options.paths]):
        raise CollectionError(
            "a collection is made of articles: type `rag collections add NAME PATH`"
        )
    with added_collection(_of_no_collection(settings), options.name) as own:
        build_and_report(own, paths)
    print_message(f"added: `rag ask --collection {options.name} …` asks it")
    return 0


def _rename(options: argparse.Namespace, settings: Settings) -> int:
    from rag.conversations.collections import rename_collection

    rename_collection(_of_no_collection(settings), options.name, options.new)
    print_line(f"{options.name} is now {options.new}")
    return 0


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    from rag.conversations.collections import remove_collection

    own = _of_no_collection(settings)
    contents = remove_collection(own, options.name, with_history=options.yes)
    print_line(f"removed: {options.name} ({contents}); the files of its articles are untouched")
    return 0


def _of_no_collection(settings: Settings) -> Settings:
    """`settings` of the default collection, whichever they name."""
    if not settings.has_collection:
        return settings
    return Settings.load(collection=DEFAULT_COLLECTION)
