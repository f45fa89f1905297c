"""Which module composes the answer to a question, by its type.

In:  a `Material`.
Out: a `Composition`, or None where nothing is to be composed.
Left to others: each type of answer, in a module of its own beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rag.grounding.composition.arithmetic.calculation import compose_calculation
from rag.grounding.composition.arithmetic.query import parse_calculation
from rag.grounding.composition.change import compose_change
from rag.grounding.composition.disagreement import compose_disagreement
from rag.grounding.composition.enumeration import compose_list
from rag.grounding.composition.first import compose_first
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.overviews.overview import compose_overview
from rag.grounding.composition.states.holder import compose_holder
from rag.grounding.composition.states.latest import compose_latest
from rag.grounding.composition.yes_no import compose_yes_no
from rag.retrieval.query_plan import QueryPlan
from rag.text.questions.several import asks_for_several
from rag.types import QuestionType

Composer = Callable[[Material], Composition | None]

COMPOSERS: Mapping[QuestionType, Composer] = {
    "overview": compose_overview,
    "latest": compose_latest,
    "first": compose_first,
    "change": compose_change,
    "comparison": compose_calculation,
    "count": compose_calculation,
    "list": compose_list,
    "quantity": compose_calculation,
    "disagreement": compose_disagreement,
    "yes_no": compose_yes_no,
}
"""By type of question; a type that has none is answered with a quotation."""

COMPOSED_ONLY: frozenset[QuestionType] = frozenset(
    {"comparison", "yes_no", "overview", "disagreement", "change"}
)
"""Types to which one bare quotation is no answer: where none is composed, they are refused."""


def is_composed_only(plan: QueryPlan) -> bool:
    """Whether one bare quotation is no answer: by the type, or since it is to be calculated."""
    if plan.question_type in COMPOSED_ONLY:
        return True
    query = parse_calculation(plan.question)
    return query is not None and query.operation != "sum"


_FACTS: frozenset[QuestionType] = frozenset({"fact", "who", "when", "latest", "list", "count"})


def compose(material: Material) -> Composition | None:
    """The composed answer, where the type of the question has one and there is enough for it.

    A question for a fact that wants something calculated, asks who holds an office, or for several,
    has it as well.
    """
    composers = [COMPOSERS.get(material.plan.question_type)]
    if material.plan.question_type in _FACTS:
        composers = [compose_calculation, compose_holder, *composers]
        if asks_for_several(material.plan.question):
            composers.append(compose_list)
    composed = (each(material) for each in dict.fromkeys(composers) if each is not None)
    return next((each for each in composed if each is not None), None)
