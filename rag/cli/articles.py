"""`rag articles`: what is stored of the articles is listed, shown, corrected, removed.

In:  flags, `Settings`. Out: articles as text or JSON; corrections in the file beside the index.
Left to others: removal (`rag.cli.storage.removal`), corrections
(`rag.index.companions.corrections`), what of a file was not stored
(`rag.index.companions.originals`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.copies import copies_as_json, copies_in_words
from rag.cli.storage import removal
from rag.cli.terminal import print_line, print_message
from rag.errors import CorrectionError, QuestionError
from rag.settings import Settings
from rag.types import Article

if TYPE_CHECKING:
    from rag.index.companions.originals import Inspection
    from rag.index.snapshot import Snapshot

_ALL = ""  # `--undo` without a field
_MOST_LEFT_OUT = 200  # pieces that are printed


def add_commands(commands: Commands) -> None:
    """Add the command, with its actions."""
    articles = commands.add("articles", _list, "list, show or correct what is stored of articles")
    actions = articles.add_subparsers(required=True, metavar="ACTION")

    def add(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        parser = actions.add_parser(name, help=help, description=help)
        parser.set_defaults(command=run)
        add_index_flag(parser)
        return parser

    listing = add("list", _list, "the articles, newest first; corrected fields and copies marked")
    add_filter_flags(listing)
    listing.add_argument("--json", action="store_true", help="print the records as JSON")
    show = add("show", _show, "the text as it is quoted, and what of the file was left out")
    show.add_argument("id", metavar="ID", help="as listed")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    correct = add("correct", _correct, "correct fields of a record; outlives every later indexing")
    correct.add_argument("id", metavar="ID", help="as listed")
    correct.add_argument(
        "changes",
        nargs="*",
        metavar="FIELD=VALUE",
        help="published, outlet, author or headline; as published=2022-10-08, author=unknown",
    )
    correct.add_argument(
        "--undo",
        nargs="?",
        const=_ALL,
        metavar="FIELD",
        help="take back the correction of a field, or of all",
    )

    removal.add_arguments(add("remove", removal.remove, "remove an article from all that keeps it"))


def render_record(article: Article) -> list[str]:
    """What is known of an article beside its text, a line each; corrected fields are marked."""
    from rag.index.companions.fields import FIELD_NAMES

    lines = [f"id: {article.id}"]
    for field, name in FIELD_NAMES.items():
        value = getattr(article, field)
        basis = article.published_basis if field == "published" and value else None
        notes = [basis] if basis and field not in article.corrected else []
        if field in article.corrected:
            stated = article.corrected[field]
            notes.append(f"corrected by hand; its file says {stated or 'nothing'}")
        if value or notes:
            suffix = f" ({'; '.join(notes)})" if notes else ""
            lines.append(f"{name}: {value or 'unknown'}{suffix}")
    lines += [f"address: {article.url}"] if article.url else []
    details = article.details.items()
    lines += [f"{key}: {value}" for key, value in details if key not in ("places", "times")]
    return lines


def render_inspection(inspection: Inspection, copies: Sequence[str] = ()) -> str:
    """An article for a terminal: its record, its text page by page, what was left out.

    `copies` are lines on the articles that it shares an origin with.
    """
    article = inspection.article
    lines = [*render_record(article), *copies]
    if inspection.file:
        lines.append(f"file: {inspection.file.path}")
    lines += ["", *_paged(inspection)]
    if inspection.left_out is None:
        return "\n".join([*lines, "", f"--- left out: not known ({inspection.problem})"])
    lines += ["", f"--- left out: {len(inspection.left_out) or 'nothing'}"]
    lines += inspection.left_out[:_MOST_LEFT_OUT]
    if len(inspection.left_out) > _MOST_LEFT_OUT:
        more = len(inspection.left_out) - _MOST_LEFT_OUT
        lines.append(f"… and {more:,} more: `rag articles show ID --json` has them all")
    return "\n".join(lines)


def _paged(inspection: Inspection) -> Iterator[str]:
    """The text, each page or slide behind a line with its number."""
    text, pages = inspection.article.text, inspection.pages
    first = min((page.start for page in pages), default=len(text))
    if before := text[:first].strip("\n"):
        yield before
    for page in pages:
        yield f"--- page {page.number}"
        if part := text[page.start : page.end].strip("\n"):
            yield part


def _as_json(article: Article) -> dict[str, Any]:
    """The record of an article as JSON values."""
    names = ("id", "title", "source", "published", "published_basis", "author", "url")
    values = {name: getattr(article, name) for name in names}
    own = {"details": dict(article.details), "corrected": dict(article.corrected)}
    return {**values, **own, "copy_of": article.copy_of}


@contextmanager
def _opened(settings: Settings) -> Iterator[Snapshot]:
    """The index with its corrections; no model is loaded.

    Raises:
        IndexFault: there is none, or it is damaged, or was built with other settings.
    """
    from rag.index.build import expected_fingerprint
    from rag.index.snapshots import SnapshotStore

    snapshots = SnapshotStore.of(settings)
    snapshot = snapshots.open_current(expected_fingerprint(settings))
    try:
        yield snapshot
    finally:
        snapshot.close()


def _list(options: argparse.Namespace, settings: Settings) -> int:
    from rag.index.browse import newest_first
    from rag.retrieval.index_filter import require_known_names

    filters = filters_of(options)
    with _opened(settings) as index:
        require_known_names(index, filters)
        records = [
            replace(each, copy_of=index.origins.origin_of(id))
            for id, each in index.documents.article_metadata().items()
        ]
        allowed = index.facets.allowed_rows(filters.matches)
        missing = index.documents.corrections.by_article.keys() - {each.id for each in records}
    articles = [each for each in newest_first(records) if each.id in allowed]
    for id in sorted(missing):
        print_message(f"corrected, but not in the index now: {id}")
    if options.json:
        print_line(json.dumps([_as_json(each) for each in articles], ensure_ascii=False, indent=1))
        return 0
    for each in articles:
        print_line(_row(each))
    print_message(f"{len(articles):,} of {len(records):,} articles")
    return 0


def _row(article: Article) -> str:
    from rag.grounding.rendering import correction_in_words

    values = (article.id, article.published or "-", article.source or "-", article.title)
    correction = correction_in_words(tuple(article.corrected))
    origin = f"copy of {article.copy_of}" if article.copy_of else ""
    notes = [f"({each})" for each in (correction, origin) if each]
    return "\t".join([*values, *notes])


def _show(options: argparse.Namespace, settings: Settings) -> int:
    from rag.index.companions.originals import inspect_article, paths_of

    with _opened(settings) as index:
        _require_article(index, options.id)
        paths = paths_of(settings.index, settings.corpus)
        inspection = inspect_article(index.documents, paths, options.id)
        in_words = [] if options.json else copies_in_words(index, options.id)
        as_json = copies_as_json(index, options.id) if options.json else {}
    if not options.json:
        print_line(render_inspection(inspection, in_words))
        return 0
    pages = [
        {"page": page.number, "start": page.start, "end": page.end} for page in inspection.pages
    ]
    values = {
        **_as_json(inspection.article),
        **as_json,
        "text": inspection.article.text,
        "pages": pages,
        "tables": [each._asdict() for each in inspection.tables],
        "file": inspection.file.path if inspection.file else None,
        "left_out": None if inspection.left_out is None else list(inspection.left_out),
        "problem": inspection.problem or None,
    }
    print_line(json.dumps(values, ensure_ascii=False, indent=1))
    return 0


def _correct(options: argparse.Namespace, settings: Settings) -> int:
    from rag.index.companions.fields import FIELD_NAMES, parse_changes, parse_field
    from rag.index.snapshots import corrections_of

    store = corrections_of(settings)
    if options.undo is not None and options.changes:
        raise CorrectionError("--undo takes back a correction: give no FIELD=VALUE beside it")
    if options.undo is not None:
        field = parse_field(options.undo) if options.undo != _ALL else None
        if options.id not in store.read().by_article:
            with _opened(settings) as index:
                _require_article(index, options.id)
        names = ", ".join(FIELD_NAMES[each] for each in store.undo(options.id, field))
        print_line(f"{options.id}: {names} as its file says again")
        return 0
    changes = parse_changes(options.changes)
    if not changes:
        raise CorrectionError("nothing to correct: give FIELD=VALUE, as published=2022-10-08")
    with _opened(settings) as index:
        before = _require_article(index, options.id)
    store.correct(options.id, changes)
    for each, value in changes.items():
        stated = before.corrected.get(each, getattr(before, each))
        print_line(
            f"{options.id}: {FIELD_NAMES[each]} is now {value or 'unknown'}; "
            f"its file says {stated or 'nothing'}"
        )
    return 0


def _require_article(index: Snapshot, id: str) -> Article:
    """The record of article `id`.

    Raises:
        QuestionError: there is none; the message has the closest ids.
    """
    from rag.text.nearest import closest_names

    try:
        return index.documents.article(id)
    except KeyError:
        closest = ", ".join(closest_names(id, index.documents.article_metadata()))
        hint = f"the closest: {closest}" if closest else "`rag articles list` has them all"
        raise QuestionError(f"no article “{id[:200]}” in the index; {hint}") from None
