"""Whether the articles agree, and the accounts on which that rests.

    compose_disagreement(material)  ->  "The articles differ." or "The articles agree.", and the
                                        accounts, each by its outlet and day, quoted and cited

In:  a `Material` whose question asks whether, or how, accounts differ.
Out: a `Composition`; None where no article tells of the thing, or the accounts can neither be said
     to differ nor to agree.
Left to others: which accounts exclude each other (`rag.grounding.composition.accounts`), what of a
question is put to each article (`rag.retrieval.query_plan`).

What the accounts are to be compared in is put to the articles as a question of its own: "Do the
articles agree on how many were hurt?" asks "How many were hurt?". Where it is no figure and no fact
("the flood"), what the articles count is compared; that they agree is never said then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.grounding.composition.accounts import (
    AGREE,
    DIFFER,
    Account,
    accounts_of,
    agree,
    differ,
    differing_figures,
    only_account,
    side_by_side,
    tell_of_one_matter,
)
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.statement import question_of
from rag.grounding.composition.yes_no import stance_of
from rag.grounding.quotation import ClaimReader
from rag.retrieval.query_plan import as_question
from rag.text.questions.answer_types import is_yes_no_question

_MOST = 4  # accounts that are shown
_MOST_PAIRS = 3  # of accounts, where the question names no figure
_BROAD = "What is said about"  # asks for no figure of its own
_ABOUT = re.compile(
    r"\b(?:agree|disagree|differ|differing|contradict(?: each other| one another)?|in agreement|"
    r"at odds)(?: with (?:each other|one another))?,? "
    r"(?:about|on|over|as to|in|regarding|concerning|when it comes to) (?P<matter>.+)",
    re.I,
)
_WHETHER = re.compile(r"(?:whether|if) (?P<clause>.+)", re.I)
_INTERROGATIVE = re.compile(
    r"(?:(?:by|in|to|at|for) )?(?:what|which|who|whom|whose|when|where|how|why)\b", re.I
)
_NUMBER_OF = re.compile(r"(?:the )?(?:numbers?|count|total) of (?P<things>.+)", re.I)
_MEASURE = re.compile(
    r"(?:the |its |their )?(?:\w+ )?(?:age|amount|cause|cost|damage|date|day|depth|distance|height|"
    r"length|loss(?:es)?|price|profit|reason|share|size|speed|sum|time|toll|value|weight|width|year)"
    r"s?\b",
    re.I,
)


def compose_disagreement(material: Material) -> Composition | None:
    """Whether the accounts of what the question names agree, with the accounts."""
    question = matter_of(material.plan.question) or material.plan.whole.text
    judgement = material.judge(question)
    if not judgement.evidence or judgement.contradicted:
        return None
    if question.startswith(_BROAD):
        pairs = differing_figures(question, judgement, material.article_of)[:_MOST_PAIRS]
        return side_by_side(DIFFER, [each for pair in pairs for each in pair]) if pairs else None
    if not material.decide(judgement).shown:
        return None
    accounts = accounts_of(question, judgement, material.article_of)
    return _compared(question, accounts, material.reader) if accounts else None


def _compared(
    question: str, accounts: Sequence[Account], reader: ClaimReader
) -> Composition | None:
    """Whether the best of `accounts`, which comes first, and the others answer alike."""
    best, *others = accounts
    others = [each for each in others if tell_of_one_matter(question, best, each)]
    if is_yes_no_question(question):
        stances = {each: stance_of(question, each, reader) for each in (best, *others)}
        contrary = [each for each in others if {stances[best], stances[each]} == {"yes", "no"}]
        same = [each for each in others if stances[best] and stances[each] == stances[best]]
    else:
        contrary = [each for each in others if differ(question, best, each)]
        same = [each for each in others if agree(question, best, each)]
    if contrary:
        return side_by_side(DIFFER, (best, *contrary)[:_MOST])
    if same:
        return side_by_side(AGREE, (best, same[0]))
    return None if others else only_account(best)


def matter_of(question: str) -> str | None:
    """What accounts are to be compared in, as a question; None where it is not said.

    "Do the reports differ on the number of dead?" gives "How many dead were there?".
    """
    about = _ABOUT.search(question)
    if about is None:
        return None
    matter = about["matter"].strip(" ?.")
    if whether := _WHETHER.fullmatch(matter):
        return question_of(whether["clause"])
    if _INTERROGATIVE.match(matter):
        return as_question(matter)
    if number := _NUMBER_OF.fullmatch(matter):
        return f"How many {number['things']} were there?"
    return f"What was {matter}?" if _MEASURE.match(matter) else f"{_BROAD} {matter}?"
