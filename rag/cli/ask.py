"""`rag ask`.

In:  flags, `Settings`. Out: an answer as text or JSON.
"""

from __future__ import annotations

import argparse
import json
import textwrap

from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.terminal import print_line, print_message
from rag.settings import Settings
from rag.types import Answer, AnswerReady, EvidenceFound

_WIDTH = 88  # characters of a line


def add_commands(commands: Commands) -> None:
    """Add the command."""
    ask = commands.add("ask", _ask, "answer one question")
    ask.add_argument("question", metavar="QUESTION")
    add_index_flag(ask)
    add_filter_flags(ask)
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def render_answer(answer: Answer) -> str:
    """An answer for a terminal: the text, its notes, each citation with its quote.

    An abstention is followed by the articles nearest to the question.
    """
    from rag.grounding.rendering import place_in_words, quote_in_words

    lines = [textwrap.fill(answer.text, _WIDTH)]
    if answer.note:
        lines += ["", textwrap.fill(answer.note, _WIDTH)]
    if answer.abstained:
        nearest = dict.fromkeys(hit.passage.article for hit in answer.passages)
        return "\n".join([*lines, *(["", f"Nearest: {', '.join(nearest)}"] if nearest else [])])
    indent = " " * 4
    for each in answer.citations:
        record = filter(None, (each.source, each.published, each.article))
        details = ", ".join([*record, *place_in_words(each)])
        quote = quote_in_words(each)
        lines += [
            "",
            f"[{each.number}] {each.title} ({details})",
            textwrap.fill(quote, _WIDTH, initial_indent=indent, subsequent_indent=indent),
        ]
    return "\n".join(lines)


def render_evidence(event: EvidenceFound) -> str:
    """The quotation that is printed on stderr while the language model is asked."""
    details = ", ".join(filter(None, (event.citation.source, event.citation.published)))
    where = f" ({details})" if details else ""
    quote = f"“{' '.join(event.citation.quote.split())}” {event.citation.title}{where}"
    return textwrap.fill(f"found: {quote}; asking the language model", _WIDTH)


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant
    from rag.grounding.confidence_text import confidence_in_words

    filters = filters_of(options)
    assistant = Assistant.open(settings, preload=True)
    for event in assistant.stream(options.question, filters=filters):
        if isinstance(event, EvidenceFound) and settings.words_answers and not options.json:
            print_message(render_evidence(event))
        if isinstance(event, AnswerReady):
            answer = event.answer
    if options.json:
        print_line(json.dumps(answer.to_dict(), ensure_ascii=False, indent=1))
    else:
        print_line(render_answer(answer))
        if how_sure := confidence_in_words(answer):
            print_message(textwrap.fill(how_sure, _WIDTH))
    return 0
