"""From a draft to what is shown: checked, weighed, and told beside another article's account.

In:  a draft, the evidence it was written from, what confidence was fitted.
Out: `Decision`: sentences and citations to show, or none; confidence and signals.
Left to others: the check (`rag.citing`), the weights (`rag.confidence`), telling it, or refusing
     in words (`rag.answers`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.accounts import other_account
from rag.citing import cited, in_quotes, with_account
from rag.confidence import Fitted, read, signals
from rag.grounding import is_new
from rag.kinds import plainly_unanswered
from rag.model_process import ModelProcess
from rag.retrieve import Evidence
from rag.types import Article, Citation, Hit, Sentence

_SURE = 0.6  # probability of being right below which the quotes are shown, not the draft
IN_THEIR_WORDS = (
    "A whole sentence in quotation marks is the article's own: the model was not sure enough of "
    "its wording."
)

Cancelled = Callable[[], bool] | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a draft. Without citations nothing is shown. `note` is for the reader."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float | None = None
    signals: dict[str, float] = field(default_factory=dict)
    note: str = ""


def given(evidence: Evidence, k_one: int) -> tuple[Hit, ...]:
    """The passages that the model reads, in its order: the best stands next to the question.

    The best `k_one`: the time to the first word is that of reading them.
    """
    return evidence.hits[:k_one][::-1]


def decide(
    model: ModelProcess,
    query: str,
    draft: str,
    evidence: Evidence,
    passages: Sequence[Hit],
    article_of: Callable[[str], Article],
    *,
    least: float,
    fitted: Fitted | None,
    right_withheld: float,
    always_weigh: bool = False,
    cancelled: Cancelled = None,
) -> Decision:
    """Check `draft`, written from `passages`, and decide whether it may be shown.

    `least` is the log-probability of its least likely token.

    What passes the check is withheld where its confidence is below the threshold that costs at
    most the share `right_withheld` of right answers. With nothing fitted the check decides alone.
    What is less than sure is told in the words of its quotes: no claim of the model's own is shown.
    So is an answer that only repeats the question, and one that leaves out the time or the count
    that is asked for and its quotes hold; where they do not, there is no answer.

    Raises:
        ModelError: the model failed while reading.
    """
    sentences, citations = cited(query, draft, passages, article_of)
    if not citations:
        return Decision(sentences)
    note = ""
    told = " ".join(each.text for each in sentences if each.supported)
    if plainly_unanswered(query, told) or not is_new([told], query):
        if plainly_unanswered(query, " ".join(each.quote for each in citations)):
            return Decision()
        sentences, note = in_quotes(sentences, citations), IN_THEIR_WORDS
    if not (fitted or always_weigh):
        return Decision(sentences, citations, note=note)
    weighed = signals(model, query, sentences, citations, evidence, least, cancelled)
    if fitted is None:
        return Decision(sentences, citations, signals=weighed, note=note)
    confidence = fitted.probability(weighed)
    threshold = fitted.threshold(right_withheld)
    if confidence < threshold:
        return Decision(confidence=confidence, signals=weighed)
    first = next(each.text for each in sentences if each.supported)
    own = [each.article for each in citations]
    if confidence < _SURE and not note:
        sentences, note = in_quotes(sentences, citations), IN_THEIR_WORDS
    other = other_account(first, query, evidence.rarity, evidence.hits, own)
    if other:  # would it be shown, were it the answer?
        reading = read(model, query, [other.text], other.text, cancelled)
        if fitted.probability({**weighed, "reading": reading}) >= threshold:
            hit = evidence.hits[other.hit]
            of = article_of(hit.passage.article)
            sentences, citations = with_account(sentences, citations, hit, other, of)
    return Decision(sentences, citations, confidence, weighed, note)
