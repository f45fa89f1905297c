"""Yes or no, and the sentence that shows it.

    compose_yes_no(material)  ->  `No: “Nobody was hurt.” [1]`, or both sides where articles differ

In:  a `Material` whose question asks for yes or no.
Out: a `Composition`; None where no sentence says for certain which of the two.
Left to others: which passages are about it (`rag.retrieval.evidence`), what a sentence says to the
question (`rag.grounding.composition.stance`), whether two articles tell of one matter
(`rag.grounding.composition.accounts`).

The sentence that answers best is asked first. It decides where it would be shown as a quotation.
It and the other sentences of the best passages decide as well where they speak to the question by
their words: they have what it asks whether it is so, or the contrary, and enough of the rest; or
they are negated and, to the reader, exclude the statement. Where fewer than one answer in ten may
be wrong, words alone decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rag.grounding.citations import make_citation
from rag.grounding.composition.accounts import (
    DIFFER,
    Account,
    accounts_of,
    side_by_side,
    tell_of_one_matter,
)
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.stance import Case, Stance, case_of, stance_of
from rag.grounding.rendering import in_quotation_marks
from rag.text.sentences import sentence_spans
from rag.types import Evidence, Hit, Sentence

_MIN_SCORES: Mapping[Stance, float] = {"yes": 2.0, "no": 0.5}
"""Log odds from which the sentence that answers best decides."""
_MIN_SCORE_TO_DIFFER = 3.0  # the same for an article that says the contrary
_MIN_SCORE_BY_WORDS = -6.0  # the same for one that negates the question in all its words
_MIN_SCORES_BY_HEAD: Mapping[Stance, float] = {"yes": 1.0, "no": -4.0}
"""The same for a sentence that has what the question asks for or the contrary."""
_MIN_SCORE_EXCLUDED = -2.0  # the same for a negated sentence that, to the reader, excludes it
_MIN_COVERAGE: Mapping[Stance, float] = {"yes": 0.99, "no": 0.4}
"""Share of the question's other words that such a sentence has, with what stands around it."""
_LEAST_SHARE = 0.1  # of answers that may be wrong, from which words are enough without the reader
_PASSAGES = 4  # of which every sentence is asked


def compose_yes_no(material: Material) -> Composition | None:
    """The answer to a question for yes or no, where an article settles it."""
    judgement = material.judgement
    if not judgement.evidence or judgement.contradicted:
        return None
    verdict = material.decide(judgement)
    words_are_enough = material.max_wrong >= _LEAST_SHARE
    for case in _cases(material):
        is_best = case.account.evidence is judgement.evidence[0]
        stance = case.stance()
        if stance and (
            (words_are_enough and _speaks_for_itself(case, stance))
            or (is_best and verdict.shown and case.account.evidence.score >= _MIN_SCORES[stance])
        ):
            composed = _with_contrary(material, case.account, stance)
            return replace(composed, confidence=verdict.confidence) if is_best else composed
    return None


def _cases(material: Material) -> Iterator[Case]:
    """The question beside the sentence that answers best, and the others of the best passages."""
    question, judgement = material.plan.question, material.judgement
    scored = list(zip(judgement.hits, judgement.evidence, strict=True))
    own = [each for _, each in scored]
    others = [each for hit, best in scored[:_PASSAGES] for each in _sentences(hit, best)]
    for evidence in (*own[:1], *others, *own[1:]):
        account = Account(evidence, material.article_of(evidence.article))
        if case := case_of(question, account, material.reader):
            yield case


def _sentences(hit: Hit, best: Evidence) -> list[Evidence]:
    """The sentences of a passage, each as what answers, after `best`, which the reader chose."""
    passage = hit.passage
    others = []
    for first, last in sentence_spans(passage.text):
        text = passage.text[first:last].strip()
        start = passage.start + passage.text.index(text, first)
        end = start + len(text)
        if (start, end) != (best.start, best.end):
            whole = replace(best, start=start, end=end, text=text)
            others.append(replace(whole, answer_start=start, answer_end=end))
    return [best, *others]


def _speaks_for_itself(case: Case, stance: Stance) -> bool:
    """Whether the words of a sentence, or the reader, make its stance certain enough."""
    score = case.account.evidence.score
    if stance == "no" and score >= _MIN_SCORE_BY_WORDS and case.negates_word_by_word():
        return True
    if case.has_head and case.coverage >= _MIN_COVERAGE[stance]:
        is_whole = stance == "no" and case.coverage >= _MIN_COVERAGE["yes"]
        return score >= (_MIN_SCORE_BY_WORDS if is_whole else _MIN_SCORES_BY_HEAD[stance])
    return stance == "no" and score >= _MIN_SCORE_EXCLUDED and case.excludes


def _with_contrary(material: Material, best: Account, stance: Stance) -> Composition:
    """What `best` says, and beside it another article that says the contrary."""
    question, reader = material.plan.question, material.reader
    for other in accounts_of(question, material.judgement, material.article_of):
        if (
            other.article.id != best.article.id
            and other.evidence.score >= _MIN_SCORE_TO_DIFFER
            and tell_of_one_matter(question, best, other)
            and stance_of(question, other, reader) not in (stance, None)
        ):
            return side_by_side(DIFFER, (best, other))
    evidence = best.evidence
    text = f"{stance.capitalize()}: {in_quotation_marks(evidence.text)}"
    citation = make_citation(1, best.article, evidence.start, evidence.end)
    return Composition((Sentence(text, (1,), supported=True),), (citation,), (evidence,))
