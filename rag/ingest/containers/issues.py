"""Newspaper issues: which files of a folder or an archive are the pages that a METS file names.

    pages_of_issues(files)          ->  by the name of each METS file, its pages by the path under
                                        which it names them
    pages_by_issue(references, …)   ->  the same by names alone

Left to others: what METS says (`rag.ingest.parsers.digitised.mets`).
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.ingest.document import UnreadableDocument
from rag.ingest.parsers.digitised.mets import is_mets, page_references

if TYPE_CHECKING:
    from rag.ingest.files import CorpusFile

_HEAD = 4096  # bytes in which METS shows itself
_LIMIT = 20_000_000  # bytes of METS in which references are looked for
ISSUES, PAGES = frozenset({"xml", "mets"}), frozenset({"xml", "alto"})
"""The endings of files that may be METS, and of pages."""


def pages_of_issues(files: Sequence[CorpusFile]) -> dict[str, dict[str, CorpusFile]]:
    """The pages of each issue that has some among `files`; none of them is METS itself.

    A page that two issues name is one of the first.
    """
    references = {file.name: _references(file) for file in files if file.extension in ISSUES}
    pages = {f.name: f for f in files if f.extension in PAGES}
    return {
        issue: {reference: pages[name] for reference, name in own.items()}
        for issue, own in pages_by_issue(references, pages).items()
    }


def pages_by_issue(
    references: Mapping[str, Sequence[str]], names: Collection[str]
) -> dict[str, dict[str, str]]:
    """The names of the pages of each issue that has some, by its references to them.

    In: `references` of files by their names, none of what is no METS; `names` of what may be pages.
    """
    free = {name for name in names if not references.get(name)}
    issues: dict[str, dict[str, str]] = {}
    for issue, named in references.items():
        folder = posixpath.dirname(issue)
        paths = {each: posixpath.normpath(posixpath.join(folder, each)) for each in named}
        if own := {each: path for each, path in paths.items() if path in free}:
            free.difference_update(own.values())
            issues[issue] = own
    return issues


def _references(file: CorpusFile) -> list[str]:
    """The files that a METS file names; none where it is no METS, too large, or cannot be opened.

    A file that was looked at and has not changed since is not opened again.
    """
    try:
        now = os.stat(file.path)  # noqa: PTH116 - faster
    except OSError:
        return []
    return _references_as_of(file, (now.st_size, now.st_ino, now.st_mtime_ns, now.st_ctime_ns))


@lru_cache(maxsize=65_536)
def _references_as_of(file: CorpusFile, _state: tuple[int, ...]) -> list[str]:
    try:
        with file.open() as opened:
            head = opened.read(_HEAD)
            data = head + opened.read(_LIMIT) if is_mets(head) else b""
    except (OSError, UnreadableDocument):
        return []
    return page_references(data) if len(data) <= _LIMIT else []
