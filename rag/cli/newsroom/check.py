"""`rag check`: a text of one's own against the articles, sentence by sentence.

In:  flags, a text (txt, md, docx, or stdin), `Settings`. Out: verdicts with their sources, as text,
JSON or an HTML page.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.terminal import print_line
from rag.errors import QuestionError
from rag.newsroom.drafts.result import CheckResult
from rag.settings import Settings

_WIDTH = 88  # characters of a line
_INDENT = " " * 4
_FORMATS = ("text", "json", "html")
_PARSED = ("md", "markdown", "docx")  # the others that are allowed are read as they are
_PLAIN = ("txt", "text", "")


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

    Of Markdown and of a Word file the text without its marks, without the headline.

    Raises:
        QuestionError: the file is missing, of another kind, or cannot be read.
    """
    if name == "-":
        return _decoded(sys.stdin.buffer.read(), "stdin")
    path = Path(name)
    ending = path.suffix.lower().removeprefix(".")
    if ending not in (*_PARSED, *_PLAIN):
        raise QuestionError(f"{name}: give a txt, md or docx file, or - for stdin")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionError(f"{name}: {error.strerror}: give a file that can be read") from error
    return _parsed(ending, data, name) if ending in _PARSED else _decoded(data, name)


def render_check(result: CheckResult) -> str:
    """The verdicts for a terminal: each sentence, what differs, what it rests on."""
    from rag.newsroom.drafts.wording import (
        difference_in_words,
        summary_in_words,
        unsupported_in_words,
        verdict_in_words,
    )

    lines = [summary_in_words(result)]
    for number, each in enumerate(result.sentences, start=1):
        lines += ["", _filled(f"{number}. {verdict_in_words(each.verdict)}: {each.text}", "")]
        if each.verdict == "no_claim":
            continue
        lines += [_filled(f"- {difference_in_words(one)}") for one in each.differences]
        if rest := unsupported_in_words(each, result.text):
            lines.append(_filled(f"- {rest}"))
        for citation in each.citations:
            record = filter(None, (citation.source, citation.published, citation.article))
            lines.append(_filled(f"[{citation.number}] {citation.title} ({', '.join(record)})"))
            lines.append(_filled(f"“{' '.join(citation.quote.split())}”", _INDENT * 2))
    return "\n".join(lines)


def _filled(text: str, indent: str = _INDENT) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _decoded(data: bytes, name: str) -> str:
    from rag.ingest.decoding import decode
    from rag.ingest.document import UnreadableDocument

    try:
        return decode(data).text.replace("\r\n", "\n")
    except UnreadableDocument as error:
        raise QuestionError(f"{name}: {error}: give a text, a md or a docx file") from error


def _parsed(ending: str, data: bytes, name: str) -> str:
    from rag.ingest.document import UnreadableDocument, UnreadPart
    from rag.ingest.sandbox import ParserSandbox

    try:
        with ParserSandbox() as sandbox:
            parts = sandbox.parse(ending, name, data)
    except UnreadableDocument as error:
        raise QuestionError(f"{name}: {error}: save it anew, or give it as a txt file") from error
    return "\n\n".join(each.text for each in parts if not isinstance(each, UnreadPart))


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
