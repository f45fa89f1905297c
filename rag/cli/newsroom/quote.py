"""`rag quote`: where a quotation stands, and who says it there.

In:  flags, `Settings`. Out: the verdict with its sources, as text or JSON.
"""

from __future__ import annotations

import argparse
import json

from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.terminal import print_line
from rag.settings import Settings
from rag.text.lines import INDENT, filled
from rag.types import QuoteResult


def add_commands(commands: Commands) -> None:
    """Add the command."""
    quote = commands.add(
        "quote", _quote, "where a quotation stands: word for word, altered, or nowhere"
    )
    quote.add_argument(
        "text",
        nargs="+",
        metavar="TEXT",
        help="the words that were said; may name the speaker: “…”, said X",
    )
    quote.add_argument("--speaker", metavar="NAME", help="who is said to have said it")
    quote.add_argument("--json", action="store_true", help="print the result as JSON")
    add_filter_flags(quote)
    add_index_flag(quote)


def render_quote(result: QuoteResult) -> str:
    """The verdict for a terminal: differences, speaker, each article with its own words."""
    from rag.export.text import source_lines
    from rag.newsroom.quotes.wording import (
        difference_in_words,
        speaker_in_words,
        verdict_in_words,
    )

    lines = [verdict_in_words(result)]
    lines += [filled(difference_in_words(each), INDENT, "  - ") for each in result.differences]
    if speaker := speaker_in_words(result):
        lines.append(filled(speaker))
    if result.attribution:
        lines.append(filled(result.attribution, INDENT))
    copies = {copy: each.article for each in result.origins for copy in each.copies}
    for citation, name in zip(result.citations, result.speakers, strict=True):
        origin = copies.get(citation.article)
        lines += ["", *source_lines(citation, [f"copy of {origin}"] if origin else [])]
        if name and name != result.speaker:
            lines.append(f"{INDENT}said by {name}")
        if citation.url:
            lines.append(f"{INDENT}{citation.url}")
    return "\n".join(lines)


def _quote(options: argparse.Namespace, settings: Settings) -> int:
    from rag.index.build import expected_fingerprint
    from rag.index.snapshots import SnapshotStore
    from rag.newsroom.quotes.finding import find_quote

    filters = filters_of(options)
    snapshots = SnapshotStore.of(settings)
    index = snapshots.open_current(expected_fingerprint(settings))
    try:
        result = find_quote(index, " ".join(options.text), options.speaker, filters)
    finally:
        index.close()
    if options.json:
        print_line(json.dumps(result.to_dict(), ensure_ascii=False, indent=1))
    else:
        print_line(render_quote(result))
    return 0
