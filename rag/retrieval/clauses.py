"""Clauses of a question that have no subject of their own, completed from the first one.

    complete_clause(first, clause, answer)  ->  a clause that can stand alone, or None
    without_source_request(question)        ->  the question without ", and according to whom?"

In:  "To whom was the bell sold" and "for how much?"; what answers the first, where it is known.
Out: "For how much was the bell sold?". Left to others: finding the clauses
(`rag.retrieval.query_plan`), pronouns (`rag.retrieval.references`), who says what is quoted
(`rag.grounding.composition.named_source`). Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.retrieval.references import (
    only_person,
    refers_back,
    resolve_reference,
    with_context,
)
from rag.text.citation_marks import EARLIER, strip_citation_marks
from rag.text.names import NAME_WORD, extract_names
from rag.text.stemming import stem_tokens
from rag.types import Turn

_PREPOSITION = r"(?:in|for|from|under|by|at|on|to|since|until|till|with|of|after|before|over)"
_AUXILIARY = (
    r"(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
)
_DETAIL = re.compile(
    rf"{_PREPOSITION} (?:what|which|how|whom|when)\b[^,?]*"
    r"|when|where|why|how|how \w+(?: \w+)?",
    re.IGNORECASE,
)
_ASKING = re.compile(  # the subject is behind the auxiliary verb
    rf"(?:{_PREPOSITION} )?(?:who|whom|whose|what|which|when|where|why|how)\b(?: \w+){{0,3}}? "
    rf"(?P<rest>{_AUXILIARY}\b.+)",
    re.IGNORECASE,
)
_SUBJECT_ASKED = re.compile(  # "How many nests of petrels were counted"
    r"(?:how many|which|what) (?P<noun>\w+(?: \w+){0,5}?) (?P<verb>is|are|was|were|has|have|had) "
    r"(?P<rest>(?!(?:the|an?|its|his|her|their|it|he|she|they|there)\b|(?-i:[A-Z])).+)",
    re.IGNORECASE,
)
_WHO = re.compile(rf"(?:who|which \w+) (?:(?P<aux>{_AUXILIARY}) )?(?P<rest>.+)", re.IGNORECASE)
_FIGURE = r"(?:the|that|this) (?:figure|number|count|total|sum|estimate|price|amount)"
_SOURCE_REQUEST = re.compile(
    r",? (?:and )?(?:according to (?:whom?|which source|what source)"
    rf"|who (?:says|said|claims|claimed|gives|gave|stated|states) (?:so|that|it|this|{_FIGURE})"
    rf"|says who|whose (?:figure|number|count|estimate|word) (?:is|was) (?:that|it|this)"
    r"|(?:on|by|in) whose (?:word|words|authority|account|count|estimate|reckoning)"
    rf"|(?:who|what) (?:is|was) the source(?: (?:of|for) (?:that|it|this|{_FIGURE}))?)\W*$",
    re.IGNORECASE,
)
_NAME = re.compile(rf"(?:[Tt]he )?{NAME_WORD}(?: {NAME_WORD})*")
_MOST_STEMS = 2  # of a clause that only adds a detail: "in what year", "under what fine"


def complete_clause(first: str, clause: str, answer: str = "") -> str | None:
    """`clause` as a question that can stand alone; `first` is the clause that it follows.

    A detail ("and in what year?") takes the predicate of `first`, a pronoun what it means in
    `first` or in `answer`, the words that answer `first`. None where a detail finds none.
    """
    bare = clause.strip(" ,;?")
    if adds_a_detail(bare):
        return _with_predicate(first.strip(" ,;?"), bare, answer)
    if len(bare.split()) <= 2:
        return None
    resolved = resolve_reference(clause, [Turn(first, answer)])
    return resolved or with_context(clause, first) or clause


def without_source_request(question: str) -> str:
    """`question` without a last part that asks who says so; as it is where it has none.

    Who says a thing stands beside it, so that part is no question of its own: a search for it
    finds whatever else somebody says.
    """
    match = _SOURCE_REQUEST.search(question)
    rest = question[: match.start()].rstrip(" ,") if match else ""
    return f"{rest}?" if len(rest.split()) > 2 else question


def leans_on_first(clause: str) -> bool:
    """Whether `clause` cannot be understood without the one it follows, or names nothing."""
    bare = clause.strip(" ,;?")
    return adds_a_detail(bare) or refers_back(bare) or not extract_names(bare)


def complete_follow_up(question: str, history: Sequence[Turn]) -> str | None:
    """A follow-up that can stand alone, by what the turns of `history` leave no doubt of.

    A detail ("By how much?") takes the predicate of the last question, "she" a person of the last
    turns, "Who came second?" what the last question is about.
    """
    earlier, answer, _ = history[-1]
    bare = re.sub(r"^(?:and|but|so)\s+", "", question.strip(" ,;?"), flags=re.IGNORECASE)
    if adds_a_detail(bare):
        known = strip_citation_marks(answer, EARLIER).strip(" .")
        whole = _with_predicate(earlier.strip(" ,;?"), bare, known)
        return whole and f"{whole[:1].upper()}{whole[1:]}?"
    return resolve_reference(question, history) or with_context(question, earlier)


def adds_a_detail(clause: str) -> bool:
    """Whether `clause` asks for a detail of what stands before it, and has no predicate."""
    return (
        bool(_DETAIL.fullmatch(clause))
        and not re.search(rf"\b{_AUXILIARY}\b", clause)
        and len(stem_tokens([clause])[0]) <= _MOST_STEMS
    )


def _with_predicate(first: str, detail: str, answer: str) -> str | None:
    if subject := _SUBJECT_ASKED.fullmatch(first):
        return f"{detail} {subject['verb']} the {subject['noun']} {subject['rest']}"
    if who := _WHO.fullmatch(first):
        name = answer if _NAME.fullmatch(answer) else only_person(answer, first)
        if not name:
            return f"{first}, and {detail}"
        if who["aux"]:
            return f"{detail} {who['aux']} {name} {who['rest']}"
        return f"{detail} was it that {name} {who['rest']}"
    asking = _ASKING.fullmatch(first)
    return asking and f"{detail} {asking['rest']}"
