"""`rag search`: the passages for a query, without an answer.

In:  flags, `Settings`. Out: passages as text or JSON.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from rag.cli.arguments import (
    Commands,
    add_filter_flags,
    add_index_flag,
    filters_of,
    positive_int,
)
from rag.cli.terminal import print_line, print_message
from rag.settings import Settings
from rag.text.lines import INDENT, filled
from rag.types import SearchResult


def add_commands(commands: Commands) -> None:
    """Add the command."""
    search = commands.add("search", _search, "find passages; no language model is loaded")
    search.add_argument(
        "query",
        nargs="+",
        metavar="QUERY",
        help='one argument, or words after --; with operators such as "a phrase" and -word',
    )
    search.add_argument("--k", type=positive_int, metavar="N", help="how many passages (RAG_K)")
    search.add_argument("--json", action="store_true", help="print the passages as JSON")
    search.add_argument(
        "--not",
        dest="excluded",
        action="append",
        default=[],
        metavar="WORD",
        help="only passages without this word or phrase (may be repeated)",
    )
    add_filter_flags(search)
    add_index_flag(search)


def render_result(result: SearchResult) -> str:
    """Passages for a terminal, best first, each behind the record of its article."""
    lines = [filled(note.text) for note in result.notes]
    for number, hit in enumerate(result.hits, start=1):
        article = result.articles[hit.passage.article]
        details = ", ".join(filter(None, (article.source, article.published, article.id)))
        text = " ".join(hit.passage.text.split())
        lines += [
            *([""] if lines else []),
            f"{number}. {article.title} ({details})",
            filled(text, INDENT),
        ]
    return "\n".join(lines)


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant, without_models

    filters = replace(filters_of(options), excluded=tuple(options.excluded))
    assistant = Assistant.open(without_models(settings))
    result = assistant.find_passages(" ".join(options.query), options.k, filters)
    assistant.close()
    if options.json:
        print_line(json.dumps(result.to_dict(), ensure_ascii=False, indent=1))
    elif result.hits:
        print_line(render_result(result))
    else:
        for line in (*(note.text for note in result.notes), "no passage matches: ask for less"):
            print_message(line)
    return 0
