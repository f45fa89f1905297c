"""Answers for a terminal: the text, its notes, each citation with its quote. Pure functions.

In:  answers; citations. Out: lines (`rag.text.lines`). Left to others: printing (`rag.cli`).
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.grounding.rendering import place_in_words, quote_in_words
from rag.text.lines import INDENT, filled
from rag.types import Answer, Citation


def render(answers: Sequence[Answer]) -> str:
    """One answer; several each behind its question."""
    if len(answers) == 1:
        return render_answer(answers[0]) + "\n"
    questions = [filled(each.question) for each in answers]
    parts = zip(questions, map(render_answer, answers), strict=True)
    return "\n\n\n".join(f"{question}\n\n{answer}" for question, answer in parts) + "\n"


def render_answer(answer: Answer) -> str:
    """The text, its notes, each citation with its quote.

    An abstention is followed by the articles nearest to the question.
    """
    lines = [filled(answer.text)]
    if answer.note:
        lines += ["", filled(answer.note)]
    if answer.abstained:
        nearest = dict.fromkeys(hit.passage.article for hit in answer.passages)
        return "\n".join([*lines, *(["", f"Nearest: {', '.join(nearest)}"] if nearest else [])])
    for each in answer.citations:
        lines += ["", *source_lines(each)]
    return "\n".join(lines)


def source_lines(citation: Citation, details: Sequence[str] = (), indent: str = "") -> list[str]:
    """A citation with its quote: "[1] Headline (outlet, day, id, …)", and the quote below it."""
    head = source_head(citation, [*place_in_words(citation), *details])
    quote = filled(quote_in_words(citation), indent + INDENT)
    return [filled(head, indent + INDENT, indent), quote]


def source_head(citation: Citation, details: Sequence[str] = ()) -> str:
    """The article of a citation: "[1] Headline (outlet, day, id, details)"."""
    record = filter(None, (citation.source, citation.published, citation.article))
    return f"[{citation.number}] {citation.title} ({', '.join([*record, *details])})"
