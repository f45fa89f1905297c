"""The latest state of a matter that changed, and what it was before.

    compose_latest(material)   "What is the latest count of the sick?"

In:  a `Material` whose question asks for a state of now.
Out: the latest state, and the one before it where an earlier article tells of another; None where
     the matter was never told otherwise: the quotation says all then.
Left to others: which account answers best, and the order by time (`rag.retrieval.evidence`); who
holds an office (`rag.grounding.composition.states.holder`).
"""

from __future__ import annotations

from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.states.state import (
    MIN_SCORE,
    State,
    composed,
    names_subject,
    states,
)
from rag.retrieval.evidence.candidates import Saying
from rag.text.names import extract_names
from rag.text.numbers import number_forms


def compose_latest(material: Material) -> Composition | None:
    """The latest state and the one before; None where no earlier article has it otherwise."""
    judgement = material.judgement
    accounts = list(states(material, judgement))
    if judgement.contradicted or not accounts or accounts[0].evidence != judgement.evidence[0]:
        return None
    if not material.decide(judgement).shown:
        return None
    before = _otherwise(material.plan.question, accounts[0], accounts[1:])
    return composed(material, accounts[0], before) if before else None


def _otherwise(question: str, latest: State, others: list[State]) -> State | None:
    """The newest account older than `latest` that answers with something else of its kind."""
    now = Saying.parse(latest.evidence.answer)
    earlier = [
        each
        for each in others
        if each.day < latest.day
        and each.evidence.score >= MIN_SCORE
        and names_subject(question, each)
        and _is_of_one_kind(latest.evidence.answer, each.evidence.answer)
        and not Saying.parse(each.evidence.answer).agrees(now)
    ]
    return max(earlier, key=lambda each: each.day, default=None)


def _is_of_one_kind(one: str, other: str) -> bool:
    """Whether both answers are figures, or both are names: else they do not answer alike."""
    if number_forms(one) or number_forms(other):
        return bool(number_forms(one)) and bool(number_forms(other))
    return bool(extract_names(f"of {one}")) == bool(extract_names(f"of {other}"))
