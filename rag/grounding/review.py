"""From a draft to what is shown: checked, weighed, and told beside another article's account.

In:  a draft, the evidence it was written from, what confidence was fitted.
Out: `ReviewedDraft`: sentences and citations to show, or none; confidence and signals.
Left to others: the check (`rag.grounding.citations`), the weights (`rag.grounding.verifier`), telling it, or refusing
     in words (`rag.grounding.answer`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.grounding.calibration import Calibration
from rag.grounding.citations import append_conflict, as_extractive, build_citations
from rag.grounding.conflicts import find_conflict
from rag.grounding.support import is_new
from rag.grounding.verifier import confidence_features, verify_support
from rag.models.llm.base import LanguageModel
from rag.retrieval.search import RetrievalResult
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.answer_types import lacks_answer_type
from rag.types import Article, Citation, Hit, Note, Sentence

_SURE = 0.6  # probability of being right below which the quotes are shown, not the draft
EXTRACTIVE_NOTE = Note(
    "extractive",
    "A whole sentence in quotation marks is the article's own: the model was not sure enough of "
    "its wording.",
)


@dataclass(frozen=True, slots=True)
class ReviewedDraft:
    """What became of a draft. Without citations nothing is shown. `notes` are for the person who asked."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float | None = None
    signals: dict[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def context_order(evidence: RetrievalResult, k_one: int) -> tuple[Hit, ...]:
    """The passages that the model reads, in its order: the best stands next to the question.

    The best `k_one`: the time to the first word is that of reading them.
    """
    return evidence.hits[:k_one][::-1]


def review_draft(
    model: LanguageModel,
    query: str,
    draft: str,
    evidence: RetrievalResult,
    passages: Sequence[Hit],
    article_of: Callable[[str], Article],
    *,
    least: float,
    fitted: Calibration | None,
    right_withheld: float,
    always_weigh: bool = False,
    cancel: CancelToken = NEVER,
) -> ReviewedDraft:
    """Check `draft`, written from `passages`, and decide whether it may be shown.

    `least` is the log-probability of its least likely token.

    What passes the check is withheld where its confidence is below the threshold that costs at
    most the share `right_withheld` of right answers. With nothing fitted the check decides alone.
    What is less than sure is told in the words of its quotes: no claim of the model's own is shown.
    So is an answer that only repeats the question, and one that leaves out the time or the count
    that is asked for and its quotes hold; where they do not, there is no answer.

    Raises:
        ModelError: the model failed while reading.
        Cancelled: `cancel` was cancelled.
    """
    sentences, citations = build_citations(query, draft, passages, article_of)
    if not citations:
        return ReviewedDraft(sentences)
    notes: tuple[Note, ...] = ()
    told = " ".join(each.text for each in sentences if each.supported)
    if lacks_answer_type(query, told) or not is_new([told], query):
        if lacks_answer_type(query, " ".join(each.quote for each in citations)):
            return ReviewedDraft()
        sentences, notes = as_extractive(sentences, citations), (EXTRACTIVE_NOTE,)
    if not (fitted or always_weigh):
        return ReviewedDraft(sentences, citations, notes=notes)
    weighed = confidence_features(model, query, sentences, citations, evidence, least, cancel)
    if fitted is None:
        return ReviewedDraft(sentences, citations, signals=weighed, notes=notes)
    confidence = fitted.probability(weighed)
    threshold = fitted.threshold(right_withheld)
    if confidence < threshold:
        return ReviewedDraft(confidence=confidence, signals=weighed)
    first = next(each.text for each in sentences if each.supported)
    own = [each.article for each in citations]
    if confidence < _SURE and not notes:
        sentences, notes = as_extractive(sentences, citations), (EXTRACTIVE_NOTE,)
    other = find_conflict(first, query, evidence.idf, evidence.hits, own)
    if other:  # would it be shown, were it the answer?
        reading = verify_support(model, query, [other.text], other.text, cancel)
        if fitted.probability({**weighed, "reading": reading}) >= threshold:
            hit = evidence.hits[other.hit]
            of = article_of(hit.passage.article)
            sentences, citations = append_conflict(sentences, citations, hit, other, of)
    return ReviewedDraft(sentences, citations, confidence, weighed, notes)
