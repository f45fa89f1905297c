"""Alerts asked again, one after the other; each answer is stored as soon as it is there.

    ask_again(store, alerts, ask)  ->  `Outcome`: what could not be asked

In:  alerts of a store, a function that answers a question. Out: as above; what was found is in the
store.
Left to others: which alerts are due (`is_due`), opening an assistant (`rag.cli`, `rag.web`).

A run that is stopped or killed has stored what it answered; the next one asks the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.errors import ModelCrashed, QuestionError
from rag.newsroom.alerts.store import AlertStore
from rag.newsroom.alerts.values import Alert
from rag.retrieval.filters import SearchFilter
from rag.types import Answer

Ask = Callable[[str, SearchFilter], Answer]
Conditions = Callable[[SearchFilter], str]  # a hash of index, settings and filters


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many alerts were asked, the numbers of those that changed, and the faults of others."""

    asked_count: int = 0
    changed: tuple[int, ...] = ()
    faults: dict[int, str] = field(default_factory=dict)


def is_due(alert: Alert, conditions: Conditions) -> bool:
    """Whether index or settings have changed since the alert was last asked."""
    return alert.asked_with != conditions(alert.filters)


def ask_again(
    store: AlertStore,
    alerts: Sequence[Alert],
    ask: Ask,
    conditions: Conditions,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Ask `alerts`, and store their answers.

    A question that can no longer be asked (its filter names an outlet that no article has now), and
    one during which the model stopped, keeps its last answer and has a fault. `progress` is told
    how many are done of how many.

    Raises:
        AlertError: an answer cannot be stored.
        ModelError, IndexFault: nothing can be answered now.
    """
    changed, faults = list[int](), dict[int, str]()
    for done, alert in enumerate(alerts):
        progress(done, len(alerts))
        current = conditions(alert.filters)  # before: a change meanwhile makes it due again
        try:
            answer = ask(alert.question, alert.filters)
        except (QuestionError, ModelCrashed) as error:
            faults[alert.number] = str(error)
            continue
        if store.record(alert.number, answer, current):
            changed.append(alert.number)
    if alerts:
        progress(len(alerts), len(alerts))
    return Outcome(len(alerts), tuple(changed), faults)
