"""`rag ask --file`: the questions of a file, asked one after the other.

In:  flags, `Settings`. Out: a file of answers, or answers on stdout; progress on stderr.
Left to others: reading questions, what of them is answered already, the forms of the file
(`rag.export.batch`).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from rag.cli.arguments import filters_of
from rag.cli.terminal import ProgressBars, print_line, print_message
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.export.batch.answer_log import AnswerLog


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Ask the questions of `options.file`; 1 where one of them could not be answered."""
    from rag.assistant import Assistant
    from rag.export.batch.answer_log import AnswerLog, conditions_of
    from rag.export.batch.asking import ask_all
    from rag.export.batch.printing import print_entries
    from rag.export.batch.question_file import read_questions
    from rag.export.batch.table import require_known_ending, write_table

    questions, filters = read_questions(options.file), filters_of(options)
    log = None
    if options.out:
        require_known_ending(options.out)
        log = AnswerLog.open(options.out, conditions_of(settings, filters))
        _print_state(log, questions)
    assistant = cache(lambda: Assistant.open(settings, preload=True))  # if there is a new question
    with ProgressBars() as bars:
        entries = ask_all(
            questions,
            lambda question: assistant().ask(question, filters=filters),
            log,
            lambda done, total: bars.update("questions", done, total),
        )
    if options.out:
        write_table(options.out, entries)
        print_message(f"answers: {options.out}")
    else:
        print_line(print_entries(entries, options.format or "text").rstrip("\n"))
    faults = [each for each in entries if each.answer is None]
    for each in faults:
        print_message(f"not answered: {each.question[:200]}: {each.fault}")
    return 1 if faults else 0


def _print_state(log: AnswerLog, questions: Sequence[str]) -> None:
    """Say what is answered already, and where answers are kept until the end."""
    there = len(log.answered.keys() & set(questions))
    if there:
        print_message(f"{there:,} of {len(set(questions)):,} questions are answered in {log.path}")
    if log.foreign:
        print_message(
            f"{log.foreign:,} answers in {log.path} were given with other settings, filters or "
            "another index, and are kept: name another --out to ask again"
        )
    if log.path != log.out:
        print_message(f"each answer is kept in {log.path} as it comes; a later run goes on from it")
