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
from rag.prompts.templates import REFUSALS
from rag.types import Answer, Citation, Hit, Reason, Sentence, Timings


def abstain(
    question: str,
    query: str,
    reason: Reason,
    hits: tuple[Hit, ...],
    timings: Timings,
    note: str = "",
    draft: str = "",
) -> Answer:
    """The answer that says the articles do not say, and why."""
    return Answer(
        question=question,
        query=query,
        text=REFUSALS[reason],
        abstained=True,
        reason=reason,
        passages=hits,
        draft=draft,
        timings=timings,
        note=note,
    )


def assemble_answer(
    refused: Answer, asked: Sequence[str], decisions: Sequence[ReviewedDraft]
) -> Answer:
    """What was decided on each of the things `asked`, told in place of `refused`.

    `refused` itself where nothing is to be shown. A thing that no decision answers is named in
    the note.
    """
    decision = merge_sub_answers(decisions)
    weighed = replace(refused, confidence=decision.confidence, signals=decision.signals)
    if not decision.citations:
        return weighed
    said = {query for query, each in zip(asked, decisions, strict=True) if each.citations}
    unsaid = [f"The articles do not say: “{query}”" for query in asked if query not in said]
    return replace(
        weighed,
        note=" ".join(filter(None, (refused.note, decision.note, *unsaid))),
        text=render_with_marks(decision.sentences),
        abstained=False,
        reason=None,
        sentences=decision.sentences,
        citations=decision.citations,
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
        " ".join(dict.fromkeys(each.note for each in cited if each.note)),
    )
