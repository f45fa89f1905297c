"""Which module composes the answer to a question, by its type.

In:  a `Material`.
Out: a `Composition`, or None where nothing is to be composed.
Left to others: each type of answer, in a module of its own beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rag.grounding.composition.arithmetic.calculation import compose_calculation
from rag.grounding.composition.change import compose_change
from rag.grounding.composition.disagreement import compose_both_sides, compose_disagreement
from rag.grounding.composition.enumeration import compose_list
from rag.grounding.composition.first import compose_first
from rag.grounding.composition.latest import compose_holder, compose_latest
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.overviews.overview import compose_overview
from rag.grounding.composition.yes_no import compose_yes_no
from rag.types import QuestionType

Composer = Callable[[Material], Composition | None]

COMPOSERS: Mapping[QuestionType, Composer] = {
    "overview": compose_overview,
    "latest": compose_latest,
    "who": compose_holder,
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


def compose(material: Material) -> Composition | None:
    """The composed answer, where the type of the question has one and there is enough for it."""
    question_type = material.plan.question_type
    composer = COMPOSERS.get(question_type)
    composed = None if composer is None else composer(material)
    if composed is None and question_type not in COMPOSED_ONLY:
        return compose_both_sides(material)
    return composed
