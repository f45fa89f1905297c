"""`rag articles remove`: an article goes from the corpus, the index, and all that keeps it.

In:  flags, `Settings`. Out: what was removed, and from where.
Left to others: the file (`rag.ingest.corpus_edit`), the index (`rag.index.build`), what is kept
besides (`rag.conversations.removal`).

The article leaves the index before anything else, so that nothing can quote it again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.newsroom.alerts import ask_after_indexing
from rag.cli.terminal import ProgressBars, print_line, print_message
from rag.errors import CorpusError, QuestionError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.ingest.files import CorpusFile


def add_arguments(remove: argparse.ArgumentParser) -> None:
    """The arguments of the action."""
    remove.add_argument("id", metavar="ID", help="as listed")
    remove.add_argument(
        "--delete", action="store_true", help="delete its file; else it is moved to .removed"
    )
    remove.add_argument(
        "--also",
        action="append",
        type=Path,
        default=[],
        metavar="PATH",
        help="also receipts and .jsonl answers here: a file, or a folder (may be repeated)",
    )


def remove(options: argparse.Namespace, settings: Settings) -> int:
    """Remove an article everywhere.

    Raises:
        QuestionError: neither the index nor anything else has an article of that id.
        CorpusError: it has no file of its own, or is the last one; nothing was removed.
    """
    from rag.conversations.removal import forget_article, forget_in_files

    for path in options.also:
        if not path.exists():
            raise CorpusError(f"--also {path} is not there: name a file or a folder")
    file = _file_of(settings, options.id)
    if file is not None:
        _remove_file(options, settings, file)
    forgotten = forget_article(settings, options.id)
    files = forget_in_files(options.also, options.id)
    if file is None and not forgotten and not files:
        raise QuestionError(
            f"no article “{options.id[:200]}” in the index, and nothing keeps one of that id: "
            "`rag articles list` has them all"
        )
    print_line(f"answers and corrections removed: {forgotten}")
    for path in files:
        print_line(f"removed from: {path}")
    ask_after_indexing(settings)
    if not options.also:
        print_message("receipts and exported answers are where you wrote them: --also PATH")
    return 0


def _file_of(settings: Settings, id: str) -> CorpusFile | None:
    """The file of an article; None where the index has none of that id.

    Raises:
        CorpusError: its file is gone (`rag index` takes it out), or it is the last article.
    """
    from rag.index.companions.originals import find_original, paths_of
    from rag.index.documents import open_documents
    from rag.index.snapshots import SnapshotStore

    snapshots = SnapshotStore.of(settings)
    current = snapshots.current()
    if current is None:
        return None
    documents = open_documents(current, records=snapshots.records)
    try:
        ids = documents.article_metadata()
        if id not in ids:
            return None
        if len(ids) == 1:
            raise CorpusError(f"{id} is the last article: add another first")
        return find_original(documents, paths_of(settings.index, settings.corpus), id)
    finally:
        documents.close()


def _remove_file(options: argparse.Namespace, settings: Settings, file: CorpusFile) -> None:
    from rag.index.build import build_index
    from rag.ingest.corpus_edit import remove_article

    moved_to = remove_article(file, options.id)
    try:
        with ProgressBars() as bars:
            report = build_index(settings, bars.update)
    except BaseException:
        moved_to.rename(file.path)  # the index still has it: the command can be given again
        raise
    print_line(str(report))
    if report.not_removed:
        print_message(f"its vectors go with the next `rag index`: {report.not_removed}")
    if options.delete:
        moved_to.unlink()
        print_line(f"deleted: {file.path}")
    else:
        print_line(f"its file is now {moved_to}: put it back to undo, or delete it")
