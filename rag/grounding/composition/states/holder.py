"""Who holds an office now, or held it at a stated time.

    compose_holder(material)   "Who is the curator?", "Who was the curator in May 2022?"

In:  a `Material`.
Out: the holder, and who held the office before; None where no office is asked for, or no later
     article tells of another holder: the quotation says all then.
Left to others: who followed on a holder (`rag.grounding.composition.states.succession`).

An office is held by whoever followed last: where an account names its holder, it is looked for who
came after, and so on; nobody comes twice.
"""

from __future__ import annotations

import re
from datetime import date

from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.quotations import Quoted, compose_quotations, published_on
from rag.grounding.composition.states.offices import asks_for_holder, asks_for_holder_now
from rag.grounding.composition.states.state import (
    MIN_SCORE,
    State,
    composed,
    names_subject,
    person_of,
    states,
    with_antecedent,
)
from rag.grounding.composition.states.succession import successor
from rag.text.dates.forms import DATE_PATTERN, date_range, parse_date
from rag.text.names import mentions

_MOST_SUCCESSIONS = 3  # each costs a search
_AT_A_TIME = re.compile(
    rf"(?P<question>who (?:was|were|led|ran|headed|chaired|managed|owned)\b.+?),? "
    rf"(?:in|on|at the (?:end|beginning|start) of) (?P<date>{DATE_PATTERN})\W*",
    re.IGNORECASE,
)


def compose_holder(material: Material) -> Composition | None:
    """Who holds an office now, or held it at a stated time, where that changed; else None."""
    question = material.plan.question
    if not asks_for_holder(question):
        return None
    if asks_for_holder_now(question):
        return _holder_now(material)
    match = _AT_A_TIME.fullmatch(question)
    days = match and date_range(parse_date(match["date"]) or "")
    if not match or not days or material.decide(material.judgement).shown:
        return None
    return _holder_at(material, f"{match['question']}?", days[1])


def _holder_now(material: Material) -> Composition | None:
    judgement = material.judgement
    accounts = list(states(material, judgement))
    if judgement.contradicted or not accounts or not material.decide(judgement).shown:
        return None
    if accounts[0].evidence != judgement.evidence[0]:
        return None
    holder = _last_holder(material, accounts[0], date.max)
    if holder == accounts[0]:
        return None
    return composed(material, holder, _before(holder, accounts, material))


def _holder_at(material: Material, question: str, until: date) -> Composition | None:
    """Who held the office by what was told up to `until`; `question` does not name the time."""
    accounts = [
        state
        for state in states(material, material.judge(question))
        if state.day <= until
        and state.evidence.score >= MIN_SCORE
        and names_subject(question, state)
        and person_of(state)
    ]
    if not accounts:
        return None
    newest = max(accounts, key=lambda each: (each.day, each.evidence.score))
    holder = _last_holder(material, newest, until)
    label = f"Reported {published_on(holder.article)}"
    quoted = Quoted(with_antecedent(holder), label)
    return compose_quotations([quoted], material.article_of)


def _last_holder(material: Material, state: State, until: date) -> State:
    """Who followed last on the holder that `state` names, up to `until`."""
    holders = [state]
    while len(holders) <= _MOST_SUCCESSIONS and (after := successor(material, holders, until)):
        holders.append(after)
    return holders[-1]


def _before(holder: State, accounts: list[State], material: Material) -> State | None:
    """The newest account of somebody else that is not part of what is quoted of `holder`."""
    shown = with_antecedent(holder)
    surname = person_of(holder).rpartition(" ")[2]
    others = [
        each
        for each in accounts
        if each.day < holder.day
        and each.evidence.score >= MIN_SCORE
        and names_subject(material.plan.question, each)
        and not (each.article == holder.article and each.evidence.start >= shown.start)
        and not (surname and mentions(each.evidence.answer, surname))
    ]
    return max(others, key=lambda each: each.day, default=None)
