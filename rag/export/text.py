"""Answers for a terminal: the text, its notes, each citation with its quote. Pure functions.

In:  answers. Out: lines of at most 88 characters. Left to others: printing (`rag.cli.ask`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rag.grounding.rendering import place_in_words, quote_in_words
from rag.types import Answer

WIDTH = 88  # characters of a line


def render(answers: Sequence[Answer]) -> str:
    """One answer; several each behind its question."""
    if len(answers) == 1:
        return render_answer(answers[0]) + "\n"
    questions = [textwrap.fill(each.question, WIDTH) for each in answers]
    parts = zip(questions, map(render_answer, answers), strict=True)
    return "\n\n\n".join(f"{question}\n\n{answer}" for question, answer in parts) + "\n"


def render_answer(answer: Answer) -> str:
    """The text, its notes, each citation with its quote.

    An abstention is followed by the articles nearest to the question.
    """
    lines = [textwrap.fill(answer.text, WIDTH)]
    if answer.note:
        lines += ["", textwrap.fill(answer.note, WIDTH)]
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
            textwrap.fill(quote, WIDTH, initial_indent=indent, subsequent_indent=indent),
        ]
    return "\n".join(lines)
