"""`rag check`: a text of one's own against the articles, sentence by sentence.

In:  flags, a text (txt, md, docx, or stdin), `Settings`. Out: verdicts with their sources, as text,
JSON or an HTML page.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.terminal import print_line
from rag.errors import QuestionError
from rag.newsroom.drafts.result import CheckResult
from rag.settings import Settings
from rag.text.lines import INDENT, filled

_FORMATS = ("text", "json", "html")


def add_commands(commands: Commands) -> None:
    """Add the command."""
    check = commands.add(
        "check", _check, "check a text of your own against the articles, sentence by sentence"
    )
    check.add_argument("file", metavar="FILE|-", help="txt, md or docx; - reads stdin")
    check.add_argument(
        "--format", choices=_FORMATS, default="text", help="how it is printed (default: text)"
    )
    add_filter_flags(check)
    add_index_flag(check)


def read_draft(name: str) -> str:
    """The text of a file, or of stdin for "-".

    Raises:
        QuestionError: the file is missing, of another kind, or cannot be read.
    """
    from rag.newsroom.drafts.draft_file import draft_text, require_draft_name

    if name == "-":
        return draft_text("stdin", sys.stdin.buffer.read())
    require_draft_name(name)
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise QuestionError(f"{name}: {error.strerror}: give a file that can be read") from error
    return draft_text(name, data)


def render_check(result: CheckResult) -> str:
    """The verdicts for a terminal: each sentence, what differs, what it rests on."""
    from rag.export.text import source_lines
    from rag.newsroom.drafts.wording import (
        difference_in_words,
        summary_in_words,
        unsupported_in_words,
        verdict_in_words,
    )

    lines = [summary_in_words(result)]
    for number, each in enumerate(result.sentences, start=1):
        lines += ["", filled(f"{number}. {verdict_in_words(each.verdict)}: {each.text}")]
        if each.verdict == "no_claim":
            continue
        lines += [filled(f"- {difference_in_words(one)}", INDENT) for one in each.differences]
        if rest := unsupported_in_words(each, result.text):
            lines.append(filled(f"- {rest}", INDENT))
        for citation in each.citations:
            lines += source_lines(citation, indent=INDENT)
    return "\n".join(lines)


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant

    filters, text = filters_of(options), read_draft(options.file)
    assistant = Assistant.open(replace(settings, model="none"))
    try:
        result = assistant.check(text, filters)
    finally:
        assistant.close()
    if options.format == "json":
        print_line(json.dumps(result.to_dict(), ensure_ascii=False, indent=1))
    elif options.format == "html":
        from rag.export.checked_draft import render_checked_draft

        name = "Text from stdin" if options.file == "-" else Path(options.file).name
        print_line(render_checked_draft(result, name))
    else:
        print_line(render_check(result))
    return 0
