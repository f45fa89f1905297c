"""`rag index`: the index is built, or brought up to date with the articles.

In:  paths and flags, `Settings`. Out: the files by verdict, and what changed.
Alerts are asked again at the end (`rag.cli.newsroom.alerts`).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.arguments import Commands, add_index_flag
from rag.cli.newsroom.alerts import ask_after_indexing
from rag.cli.terminal import ProgressBars, print_line, print_message
from rag.errors import CorpusError, IndexFault
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.index.build import Place
    from rag.index.companions.paths import IndexPaths


def add_commands(commands: Commands) -> None:
    """Add the command."""
    index = commands.add(
        "index", _index, "build the index, or bring it up to date with the articles"
    )
    index.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="folder, file or .jsonl dump that is added to the index, if it is no part of it yet",
    )
    index.add_argument("--corpus", type=Path, metavar="PATH", help="the same as PATH (RAG_CORPUS)")
    add_index_flag(index)
    index.add_argument(
        "--replace", action="store_true", help="index these paths alone; what else there is goes"
    )
    index.add_argument(
        "--rebuild", action="store_true", help="build it again, also where settings have changed"
    )
    index.add_argument(
        "--dry-run", action="store_true", help="list what becomes of each file; nothing is indexed"
    )
    index.add_argument(
        "--on",
        choices=("ray",),
        default="",
        help="parse and embed by many workers: on Ray (pip install 'footnoted[ray]')",
    )


def _index(options: argparse.Namespace, settings: Settings) -> int:
    from rag.index.build import paths_to_index

    named = [*([options.corpus] if options.corpus else []), *options.paths]
    if options.replace and not named:
        raise CorpusError("--replace needs the paths that remain: type `rag index --replace PATH`")
    before, after = paths_to_index(settings, named, replace=options.replace)
    if options.replace:
        _print_leaving(settings, _recorded_paths(settings.index), after)
    if options.dry_run:
        return _list_files(before, after)
    build_and_report(
        settings, named, replace=options.replace, rebuild=options.rebuild, on=options.on
    )
    if not (named or settings.has_collection or after.holds(settings.corpus)):
        print_message(f"{settings.corpus} is no part of this index: `rag index PATH` adds a path")
    ask_after_indexing(settings)
    return 0


def build_and_report(
    settings: Settings,
    paths: Sequence[Path],
    *,
    replace: bool = False,
    rebuild: bool = False,
    on: Place = "",
) -> None:
    """Build the index, and print what changed; see `rag.index.build.build_index`."""
    from rag.index.build import build_index
    from rag.ingest.ledger import count_verdicts

    with ProgressBars() as bars:
        report = build_index(
            settings, bars.update, rebuild=rebuild, paths=paths, replace=replace, on=on
        )
    for name, reason in report.skipped:
        print_message(f"skipped: {name}: {reason}")
    for remark in report.remarks():
        print_message(remark)
    print_line(f"files: {count_verdicts(report.ledger)}")
    print_line(str(report))


def _list_files(before: IndexPaths, after: IndexPaths) -> int:
    """Print a line for each file: its verdict, its name, and why; then the counts by verdict."""
    from rag.index.companions.paths import open_corpus
    from rag.ingest.ledger import count_verdicts, ledger

    verdicts = ledger(open_corpus(before, after))
    for each in verdicts:
        print_line(f"{each.verdict}\t{each.name}" + (f"\t{each.detail}" if each.detail else ""))
    print_message(count_verdicts(verdicts))
    return 0


def _recorded_paths(index: Path) -> IndexPaths:
    """What the index is made of; no path where its record is damaged, which `--replace` mends."""
    from rag.index.companions.paths import IndexPaths

    try:
        return IndexPaths.read(index)
    except IndexFault as error:
        print_message(f"not known what the index was made of: {error}")
        return IndexPaths(index.absolute())


def _print_leaving(settings: Settings, before: IndexPaths, after: IndexPaths) -> None:
    """Print which paths leave the index, with their numbers of articles."""
    leaving = before.leaving(after)
    counts = _article_counts(settings, before) if leaving else {}
    for path in leaving:
        count = counts.get(path)
        number = "" if count is None else f" ({count:,} article{'' if count == 1 else 's'})"
        print_message(f"leaves the index: {path}{number}")


def _article_counts(settings: Settings, paths: IndexPaths) -> dict[Path, int]:
    """How many articles the index has of each path; nothing where it cannot be read."""
    from rag.index.documents import open_documents
    from rag.index.snapshots import SnapshotStore

    snapshots = SnapshotStore.of(settings)
    current = snapshots.current_or_none()
    if current is None:
        return {}
    documents = open_documents(current[0], records=snapshots.records)
    try:
        names = [name for name, _ in documents.file_bodies()]
    finally:
        documents.close()
    return Counter(_path_of(name, paths.paths) for name in names)


def _path_of(name: str, paths: Sequence[Path]) -> Path:
    """The path that the corpus file `name` is below: of the first one names are relative."""
    further = (path for path in paths[1:] if Path(name).is_relative_to(path.resolve()))
    return next(further, paths[0])
