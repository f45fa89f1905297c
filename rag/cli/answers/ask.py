"""`rag ask`.

In:  flags, `Settings`; a question in words, or from stdin. Out: an answer in one of the formats of
     `rag.export`, perhaps with a receipt.
Left to others: a file of questions (`rag.cli.answers.batch`).
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.answers import batch
from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.terminal import print_line, print_message
from rag.errors import QuestionError
from rag.export import FORMATS, export_answers
from rag.settings import Settings
from rag.text.lines import filled
from rag.types import Answer, AnswerReady, EvidenceFound

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.retrieval.filters import SearchFilter

_OF_CITATIONS = ("csl-json", "ris", "bibtex", "w3c")  # formats that hold nothing but citations


def add_commands(commands: Commands) -> None:
    """Add the command."""
    ask = commands.add("ask", _ask, "answer one question, or a file of questions")
    ask.add_argument(
        "question",
        nargs="*",
        metavar="QUESTION",
        help="in words, with or without quotation marks; - reads it from stdin",
    )
    ask.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="ask the questions of a file: one a line, or the column `question` of a .csv",
    )
    ask.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="with --file: write the answers to this .jsonl, .csv, .md or .html; "
        "the same command resumes a run that was stopped",
    )
    add_index_flag(ask)
    add_filter_flags(ask)
    formats = ask.add_mutually_exclusive_group()
    formats.add_argument("--format", choices=tuple(FORMATS), help="default: text")
    formats.add_argument(
        "--json", dest="format", action="store_const", const="json", help="same as --format json"
    )
    ask.add_argument(
        "--receipt", type=Path, metavar="FILE", help="write what `rag verify` checks later"
    )
    ask.add_argument(
        "--sign", type=Path, metavar="KEY", help="sign the receipt with this SSH key of yours"
    )
    ask.set_defaults(usage_error=ask.error)


def render_evidence(event: EvidenceFound) -> str:
    """The quotation that is printed on stderr while the language model is asked."""
    details = ", ".join(filter(None, (event.citation.source, event.citation.published)))
    where = f" ({details})" if details else ""
    quote = f"“{' '.join(event.citation.quote.split())}” {event.citation.title}{where}"
    return filled(f"found: {quote}; asking the language model")


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    if fault := _wrong_usage(options):
        options.usage_error(fault)
    if server := settings.vectors_elsewhere:
        print_message(f"vectors: on the Chroma server {server}; that of the question is sent there")
    if database := settings.record_elsewhere:
        print_message(f"articles: in {database}")
    if options.file is not None:
        return batch.run(options, settings)
    return _ask_one(options, settings)


def _wrong_usage(options: argparse.Namespace) -> str:
    """What is wrong with a combination of arguments; empty where nothing is."""
    many = options.file is not None
    faults = (
        (many and options.question, "--file has the questions: give none beside it"),
        (many and options.receipt, "--receipt is of one question: leave out --file"),
        (not many and not options.question, 'give a question, such as: rag ask "Who said …?"'),
        (not many and options.out, "--out is for the answers of --file: for one answer use > FILE"),
        (options.out and options.format, "the ending of --out says the format: leave out --format"),
        (options.sign and not options.receipt, "--sign signs a receipt: give --receipt FILE too"),
    )
    return next((fault for is_wrong, fault in faults if is_wrong), "")


def _ask_one(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant
    from rag.grounding.confidence_text import confidence_in_words

    question, filters = _question(options.question), filters_of(options)
    if options.receipt:
        _require_writable(options.receipt)
    if options.sign:
        _require_key(options.sign)
    assistant = Assistant.open(settings, preload=True)
    is_text = options.format in (None, "text")
    for event in assistant.stream(question, filters=filters):
        if isinstance(event, EvidenceFound) and settings.words_answers and is_text:
            print_message(render_evidence(event))
        if isinstance(event, AnswerReady):
            answer = event.answer
    print_line(export_answers(answer, options.format or "text").rstrip("\n"))
    if is_text and (how_sure := confidence_in_words(answer)):
        print_message(filled(how_sure))
    if options.format in _OF_CITATIONS and not answer.citations:
        print_message(f"nothing is cited: {textwrap.shorten(answer.text, 200)}")
    if options.receipt:
        _write_receipt(options, assistant, answer, filters)
    return 0


def _question(words: list[str]) -> str:
    """The question that the arguments give, or stdin."""
    if words != ["-"]:
        return " ".join(words)
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise QuestionError("the question on stdin is not UTF-8: save it as UTF-8") from None


def _require_writable(path: Path) -> None:
    """A receipt is not written over what is no receipt. Raises `ExportError`."""
    from rag.export.receipts.receipt import read_receipt

    if path.exists():
        read_receipt(path)


def _require_key(key: Path) -> None:
    """What is to sign later is a key, and there is a program for it. Raises `ExportError`."""
    from rag.export.receipts.signature import key_fingerprint

    key_fingerprint(key)


def _write_receipt(
    options: argparse.Namespace, assistant: Assistant, answer: Answer, filters: SearchFilter
) -> None:
    from rag.export.receipts.receipt import make_receipt, write_receipt
    from rag.export.receipts.signature import sign_receipt

    receipt = make_receipt(assistant, answer, filters)
    if options.sign:
        receipt = sign_receipt(receipt, options.sign)
    write_receipt(options.receipt, receipt)
    signer = f", signed by {receipt.signer}" if receipt.signer else ", not signed"
    print_message(f"receipt: {options.receipt}{signer}; `rag verify {options.receipt}` checks it")
