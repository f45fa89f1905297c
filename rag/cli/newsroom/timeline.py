"""`rag timeline`: dated statements on a topic, oldest first.

In:  flags, `Settings`. Out: the timeline with its sources, as text or JSON.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.terminal import print_line
from rag.settings import Settings
from rag.text.lines import INDENT, WIDTH, filled

if TYPE_CHECKING:
    from rag.newsroom.timelines.values import Timeline

_DATE_WIDTH = 18  # "27 September 2023 "


def add_commands(commands: Commands) -> None:
    """Add the command."""
    timeline = commands.add(
        "timeline", _timeline, "dated statements on a topic, oldest first, each cited"
    )
    timeline.add_argument(
        "topic", nargs="+", metavar="TOPIC", help="a few words; operators as in a search"
    )
    timeline.add_argument("--json", action="store_true", help="print the timeline as JSON")
    add_filter_flags(timeline)
    add_index_flag(timeline)


def render_timeline(timeline: Timeline) -> str:
    """The timeline for a terminal: entries, figures that changed, notes, sources."""
    from rag.export.text import source_head
    from rag.newsroom.timelines.wording import changes_in_words, summary_in_words

    lines = [summary_in_words(timeline), ""]
    lines += _entries(timeline)
    if timeline.changes:
        lines += ["", "Figures that changed:"]
        lines += [filled(each, INDENT, "  - ") for each in changes_in_words(timeline)]
    lines += [line for note in timeline.notes for line in ("", filled(note.text))]
    cited = {each.number: each for entry in timeline.entries for each in entry.citations}
    copies = {copy: each.article for each in timeline.origins for copy in each.copies}
    sources = []
    for _, each in sorted(cited.items()):
        origin = copies.get(each.article)
        sources.append(source_head(each, [f"copy of {origin}"] if origin else []))
    return "\n".join([*lines, *(["", *sources] if sources else [])])


def _entries(timeline: Timeline) -> Iterator[str]:
    """The lines of the entries, joined at the left where they are in conflict."""
    from rag.newsroom.timelines.wording import (
        basis_in_words,
        conflict_lines,
        date_in_words,
        numbers_of,
        outlet_of,
    )
    from rag.text.folding import fold_spaces

    joints = conflict_lines(len(timeline.entries), timeline.conflicts)
    for entry, (first, later) in zip(timeline.entries, joints, strict=True):
        edge = len(first) + bool(first)
        context = f"({fold_spaces(entry.context)}) " if entry.context else ""
        text = f"{context}{fold_spaces(entry.text)} {numbers_of(entry)}"
        text += f" ({outlet_of(entry)}; {basis_in_words(entry)})"
        wrapped = textwrap.wrap(text, WIDTH - _DATE_WIDTH - edge)
        for n, line in enumerate(wrapped):
            date = "" if n else date_in_words(entry)
            yield f"{(later if n else first):{edge}}{date:{_DATE_WIDTH}}{line}"


def _timeline(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant, without_models

    filters = filters_of(options)
    assistant = Assistant.open(without_models(settings))
    try:
        timeline = assistant.timeline(" ".join(options.topic), filters)
    finally:
        assistant.close()
    if options.json:
        print_line(json.dumps(timeline.to_dict(), ensure_ascii=False, indent=1))
    else:
        print_line(render_timeline(timeline))
    return 0
