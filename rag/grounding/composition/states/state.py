"""A dated account of a state, and how the latest and the one before are shown.

    states(material, judgement)          ->  the dated accounts, in the order of the judgement
    person_of(state)                     ->  the only full name in the words that answer, else ""
    composed(material, latest, before)   ->  "Now, reported on …: … Before, reported on …: …"

In:  evidence and its article.
Out: as above.
Left to others: which state is the latest (`latest`, `holder`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.overviews.standalone import stands_alone
from rag.grounding.composition.quotations import Quoted, compose_quotations, published_on
from rag.retrieval.constraints import constraints_of
from rag.retrieval.evidence.judgement import Judgement
from rag.text.dates.forms import date_range
from rag.text.names import extract_full_names
from rag.text.sentences import sentence_spans
from rag.types import Article, Evidence

MIN_SCORE = 1.0
"""Log odds from which another account is evidence."""
_MOST_BEFORE = 2  # sentences that are quoted before one that leans on them


@dataclass(frozen=True, slots=True)
class State:
    """A state of the matter, as an article tells it; `day` is the last on which it appeared."""

    evidence: Evidence
    article: Article
    day: date


def states(material: Material, judgement: Judgement) -> Iterator[State]:
    """The dated accounts of `judgement`, in its order."""
    for evidence in judgement.evidence:
        article = material.article_of(evidence.article)
        if days := date_range(article.published or ""):
            yield State(evidence, article, days[1])


def person_of(state: State) -> str:
    """The only full name in the words that answer, else ""."""
    names = extract_full_names(state.evidence.answer)
    return names[0] if len(names) == 1 else ""


def names_subject(question: str, state: State) -> bool:
    """Whether the article has all names of the question."""
    article = state.article
    text = "\n".join(filter(None, (article.title, article.source, article.text)))
    return constraints_of(question).missing_names(text) == 0.0


def with_antecedent(state: State) -> Evidence:
    """The sentence that answers; with those before it where it leans on them."""
    evidence, text = state.evidence, state.article.text
    spans = [span for span in sentence_spans(text) if span[1] <= evidence.start]
    start = evidence.start
    for first, last in reversed(spans[-_MOST_BEFORE:]):
        if stands_alone(text[start : evidence.end]):
            break
        start = first + len(text[first:last]) - len(text[first:last].lstrip())
    return replace(evidence, start=start, text=text[start : evidence.end])


def composed(material: Material, latest: State, before: State | None) -> Composition:
    """`latest`, quoted as what is so now, and `before` it, each by its day."""
    quoted = [Quoted(with_antecedent(latest), f"Now, reported {published_on(latest.article)}")]
    if before:
        label = f"Before, reported {published_on(before.article)}"
        quoted.append(Quoted(with_antecedent(before), label))
    confidence = material.decide(material.judgement).confidence
    return compose_quotations(quoted, material.article_of, confidence)
