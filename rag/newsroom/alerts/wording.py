"""What has changed in an answer, in words, for terminal and page. Pure functions.

    state_in_words(alert)      "changed on 29 November 2026", "no change since …"
    change_in_words(change)    "figure: “18” is now “21”; source: …"
    answer_in_words(answer)    the text of an answer, or that it was removed

In:  an `Alert` or a part of it. Out: plain text on one line.
Left to others: layout (`rag.cli.newsroom.alerts`, `rag.web.views.alerts`).
"""

from __future__ import annotations

from rag.newsroom.alerts.values import Alert, AnswerChange, ChangeKind, FactChange
from rag.text.dates.forms import format_date
from rag.types import Answer

_LABELS: dict[ChangeKind, str] = {"new": "New", "changed": "Changed", "gone": "Gone"}
ANSWER_REMOVED = "This answer was removed with an article that it cited."


def state_in_words(alert: Alert) -> str:
    """When its answer was last asked for and last changed."""
    last = f"asked on {format_date(alert.asked_at[:10])}"
    if alert.findings:
        return f"changed on {format_date(alert.findings[0].at[:10])}, {last}"
    return f"no change so far, {last}"


def change_label(kind: ChangeKind) -> str:
    """The kind of a change as a label."""
    return _LABELS[kind]


def change_in_words(change: AnswerChange) -> str:
    """The facts that differ; else the statement that is new, or gone."""
    if change.facts:
        return "; ".join(map(_fact_in_words, change.facts))
    return f"“{' '.join((change.after or change.before).split())}”"


def answer_in_words(answer: Answer | None) -> str:
    """The text of an answer with its marks, on one line."""
    return ANSWER_REMOVED if answer is None else " ".join(answer.text.split())


def _fact_in_words(fact: FactChange) -> str:
    if fact.before and fact.after:
        return f"{fact.kind}: “{fact.before}” is now “{fact.after}”"
    if fact.after:
        return f"{fact.kind}: “{fact.after}” is new"
    return f"{fact.kind}: “{fact.before}” is gone"
