"""The `Answer` that is told: of what was decided on each thing asked, or a refusal in words.

In:  the question and its passages; the decisions, one for each thing asked.
Out: an `Answer`; decisions on the parts of one question as one.
Left to others: deciding (`rag.grounding.review`), which things are asked (`rag.retrieval.retriever`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.grounding.citations import render_with_marks
from rag.grounding.review import ReviewedDraft
from rag.prompts.templates import ABSTENTION_TEXTS
from rag.types import Answer, AnswerTrace, Citation, Note, Reason, Sentence


def abstain(trace: AnswerTrace, reason: Reason, notes: tuple[Note, ...] = ()) -> Answer:
    """The answer that declines to answer, and says why."""
    return Answer.abstain(trace, reason, ABSTENTION_TEXTS[reason], notes)


def assemble_answer(
    trace: AnswerTrace,
    queries: Sequence[str],
    reviews: Sequence[ReviewedDraft],
    notes: tuple[Note, ...] = (),
) -> Answer:
    """The answer made of `reviews`, one for each of the sub-questions `queries`.

    An abstention where none of them has citations. A sub-question without citations beside
    others that have some is named in a note, after `notes` and those of the reviews.
    """
    merged = merge_sub_answers(reviews)
    trace = replace(trace, confidence=merged.confidence, signals=merged.signals)
    if not merged.citations:
        return abstain(trace, "not_stated", notes)
    answered = {query for query, each in zip(queries, reviews, strict=True) if each.citations}
    unanswered = (
        Note("unanswered", f"The articles do not say: “{query}”")
        for query in queries
        if query not in answered
    )
    return Answer.supported(
        trace,
        render_with_marks(merged.sentences),
        merged.sentences,
        merged.citations,
        (*notes, *merged.notes, *unanswered),
    )


def merge_sub_answers(decisions: Sequence[ReviewedDraft]) -> ReviewedDraft:
    """Decisions on the parts of one question as one: the citations numbered anew.

    A sentence that two parts tell is told once. Confidence and signals are those of the least
    sure part that is shown, or of all where none is.
    """
    numbers: dict[tuple[str, int, int], Citation] = {}
    sentences: dict[str, Sentence] = {}
    for each in decisions:
        own = {}
        for told in each.citations:
            new = replace(told, number=len(numbers) + 1)
            own[told.number] = numbers.setdefault((told.article, told.start, told.end), new).number
        for sentence in each.sentences:
            anew = replace(sentence, citations=tuple(own[n] for n in sentence.citations))
            sentences.setdefault(sentence.text, anew)
    cited = [each for each in decisions if each.citations]
    least = min(
        cited or decisions,
        key=lambda each: (each.confidence is None, not each.signals, each.confidence or 0.0),
    )
    return ReviewedDraft(
        tuple(sentences.values()),
        tuple(numbers.values()),
        least.confidence,
        least.signals,
        tuple(dict.fromkeys(note for each in cited for note in each.notes)),
    )
