"""Clauses of a question that have no subject of their own, completed from the first one.

    complete_clause(first, clause)  ->  a clause that can stand alone, or None

In:  "To whom was the bell sold" and "for how much?". Out: "For how much was the bell sold?".
Left to others: finding the clauses (`rag.retrieval.query_plan`). Pure functions.
"""

from __future__ import annotations

import re

from rag.retrieval.references import resolve_reference
from rag.text.stemming import stem_tokens

_PREPOSITION = r"(?:in|for|from|under|by|at|on|to|since|until|till|with|of|after|before)"
_AUXILIARY = (
    r"(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
)
_DETAIL = re.compile(
    rf"{_PREPOSITION} (?:what|which|how|whom|when)\b[^,?]*"
    r"|when|where|why|how|how (?:many|much|long|often|far)(?: \w+)?",
    re.IGNORECASE,
)
_ASKING = re.compile(
    rf"(?:{_PREPOSITION} )?(?:who|whom|whose|what|which|when|where|why|how)\b(?: \w+){{0,3}}? "
    rf"(?P<rest>{_AUXILIARY}\b.+)",
    re.IGNORECASE,
)
_MOST_STEMS = 1  # of a clause that only adds a detail: "in what year", "under what fine"


def complete_clause(first: str, clause: str) -> str | None:
    """`clause` as a question that can stand alone; `first` is the clause that it follows.

    A detail ("and in what year?") takes the predicate of `first`, a pronoun ("when is he to stand
    trial?") its only full name. None where neither is found.
    """
    bare = clause.strip(" ,;?")
    if adds_a_detail(bare):
        asking = _ASKING.fullmatch(first.strip(" ,;?"))
        return asking and f"{bare} {asking['rest']}"
    if len(bare.split()) <= 2:
        return None
    return resolve_reference(clause, [(first, "")]) or clause


def adds_a_detail(clause: str) -> bool:
    """Whether `clause` asks for a detail of what stands before it, and has no predicate."""
    return (
        bool(_DETAIL.fullmatch(clause))
        and not re.search(rf"\b{_AUXILIARY}\b", clause)
        and len(stem_tokens([clause])[0]) <= _MOST_STEMS
    )
