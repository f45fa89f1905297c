"""The `Answer`, assembled from the reviewed drafts of its sub-questions.

In:  an `AnswerTrace`; the reviews, one for each sub-question.
Out: an `Answer`; the reviews of several sub-questions merged into one.
Left to others: the reviews (`rag.grounding.review`), the sub-questions
(`rag.retrieval.query_plan`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.grounding.rendering import render_with_marks
from rag.grounding.review import ReviewedDraft
from rag.text.languages import ENGLISH
from rag.text.messages import message
from rag.types import Answer, AnswerTrace, Citation, Note, Sentence

_LIKELY = 0.5  # confidence


def assemble_answer(
    trace: AnswerTrace,
    queries: Sequence[str],
    reviews: Sequence[ReviewedDraft],
    notes: tuple[Note, ...] = (),
    language: str = ENGLISH,
) -> Answer:
    """The answer made of `reviews`, one for each of the sub-questions `queries`.

    An abstention where none of them has citations. A sub-question without citations beside
    others that have some is named in a note, after `notes` and those of the reviews. `language` is
    that of refusals and notes.
    """
    merged = merge_sub_answers(reviews)
    trace = replace(trace, confidence=merged.confidence, signals=merged.signals)
    if not merged.citations:
        return Answer.abstain(trace, "not_stated", message("not_stated", language), notes)
    shown = tuple(each.text for each in merged.sentences if each.supported)
    answered = {query for query, each in zip(queries, reviews, strict=True) if each.citations}
    unanswered = dict.fromkeys(
        Note("unanswered", message("unanswered", language, question=query))
        for query, each in zip(queries, reviews, strict=True)
        if query not in answered and not _is_shown(each, shown)
    )
    return Answer.supported(
        trace,
        render_with_marks(merged.sentences),
        merged.sentences,
        merged.citations,
        (*notes, *merged.notes, *unanswered),
        merged.max_wrong,
    )


def join_answers(
    parts: Sequence[tuple[Answer, Sequence[str]]], trace: Answer, language: str = ENGLISH
) -> Answer:
    """The answers to the parts of a question as one, in order; with each the questions it is to.

    A note names what is not answered where others are, and another what a record lacks. All that is
    not shown is as in `trace`.
    """
    shown = [answer for answer, _ in parts if not answer.abstained]
    if not shown:
        return replace(trace, notes=_once(*(answer.notes for answer, _ in parts)))
    merged = merge_sub_answers(
        [
            ReviewedDraft(each.sentences, each.citations, each.confidence, each.signals)
            for each in shown
        ]
    )
    unanswered = [
        Note("unanswered", message("unanswered", language, question=question))
        for answer, questions in parts
        for question in questions
        if answer.abstained
    ]
    abstained = (answer for answer, _ in parts if answer.abstained)
    lacking = [note for each in abstained for note in each.notes if note.kind == "records"]
    return replace(
        trace,
        text=render_with_marks(merged.sentences),
        abstained=False,
        reason=None,
        sentences=merged.sentences,
        citations=merged.citations,
        confidence=merged.confidence,
        signals=merged.signals,
        notes=_once(*(each.notes for each in shown), unanswered, lacking),
        max_wrong=None,
    )


def _once(*notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(note for each in notes for note in each))


def merge_sub_answers(reviews: Sequence[ReviewedDraft]) -> ReviewedDraft:
    """The reviews of the sub-questions of one question as one, its citations renumbered.

    A sentence that two of them share appears once, and is shown where one of them shows it.
    Confidence and signals are those of the least
    confident review that is shown, or of all where none is. What is promised is promised for
    questions that ask one thing: of several reviews nothing is.
    """
    citations: dict[Citation, Citation] = {}
    sentences: dict[str, Sentence] = {}
    for each in reviews:
        renumbered = {}
        for citation in each.citations:
            new = citations.setdefault(
                replace(citation, number=0), replace(citation, number=len(citations) + 1)
            )
            renumbered[citation.number] = new.number
        for sentence in each.sentences:
            numbers = tuple(renumbered[number] for number in sentence.citations)
            _add(sentences, replace(sentence, citations=numbers))
    with_citations = [each for each in reviews if each.citations]
    least = min(
        with_citations or reviews,
        key=lambda each: (each.confidence is None, not each.signals, each.confidence or 0.0),
    )
    return ReviewedDraft(
        tuple(sentences.values()),
        tuple(citations.values()),
        least.confidence,
        least.signals,
        tuple(dict.fromkeys(note for each in with_citations for note in each.notes)),
        least.max_wrong if len(reviews) == 1 else None,
    )


def _add(sentences: dict[str, Sentence], sentence: Sentence) -> None:
    """Put `sentence` with the others, or in the place of one that quotes the same.

    Of two that do, one that is shown stays, and of these one with a date before the quotation.
    """
    for known in sentences.values():
        if known.text.endswith(sentence.text) or sentence.text.endswith(known.text):
            better = max(known, sentence, key=lambda each: (each.supported, len(each.text)))
            numbers = tuple(dict.fromkeys((*known.citations, *sentence.citations)))
            key = next(key for key, each in sentences.items() if each is known)
            sentences[key] = replace(better, citations=numbers)
            return
    sentences[sentence.text] = sentence


def _is_shown(review: ReviewedDraft, shown: Sequence[str]) -> bool:
    """Whether what `review` withholds, though it is likely, is shown as it answers another part."""
    return (review.confidence or 0.0) >= _LIKELY and any(
        text.endswith(each.text) or each.text.endswith(text)
        for each in review.sentences
        for text in shown
    )
