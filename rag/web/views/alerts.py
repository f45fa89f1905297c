"""The alerts as a list: from values to HTML (`templates/alerts.html`).

In:  alerts with what was found; whether they are being asked.
Out: HTML: the answer before and the answer now side by side, with what changed; an article is a
     button that opens it at the quotation.
Left to others: changes in words (`rag.newsroom.alerts.wording`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.grounding.rendering import quote_in_words
from rag.newsroom.alerts.values import Alert, Finding
from rag.newsroom.alerts.wording import (
    answer_in_words,
    change_in_words,
    change_label,
    state_in_words,
)
from rag.types import Answer, Article, Citation
from rag.web.services.alert_runner import AlertStatus
from rag.web.services.citation_status import locate_citation
from rag.web.views.article import day
from rag.web.views.escape import quantity, strip_invisible
from rag.web.views.templates import render

LEAD = (
    '<p class="lead">A question that you keep here is asked again after each indexing. You see '
    "what of its answer is new, changed or gone; another wording of the same facts is no change."
    "</p>"
)
NONE = "No question is kept yet."

FindArticle = Callable[[str], Article | None]  # by id


class _Source(NamedTuple):
    """A cited article: where its quotation stands now, and a notice where that is elsewhere."""

    number: int
    article: str
    title: str
    details: str
    quote: str
    start: int
    end: int
    notice: str


class _Side(NamedTuple):
    """One answer."""

    label: str
    text: str
    sources: list[_Source]


class _Row(NamedTuple):
    """An alert; `sides` has its answer, or the one before and the one now."""

    number: int
    question: str
    state: str
    changes: Sequence[tuple[str, str, str]]  # kind, label, what differs
    sides: list[_Side]
    earlier: list[tuple[str, list[str]]]  # earlier changes, by day
    fault: str


def render_alerts(alerts: Sequence[Alert], status: AlertStatus, find_article: FindArticle) -> str:
    """The list, the alerts that changed last first."""
    changed_first = sorted(
        alerts, key=lambda each: each.findings[0].at if each.findings else "", reverse=True
    )
    faults = dict(status.faults)
    count = quantity(len(alerts), "question")
    return render(
        "alerts.html",
        summary=f"{count}, stored on this machine" if alerts else NONE,
        busy=status.is_busy,
        fault=status.fault,
        rows=[_row(each, faults.get(each.number, ""), find_article) for each in changed_first],
    )


def _row(alert: Alert, fault: str, find_article: FindArticle) -> _Row:
    limits = f" · only {alert.filters.describe()}" if alert.filters else ""
    sides, changes = [_side("Answer", alert.answer, find_article)], []
    if alert.findings:
        last = alert.findings[0]
        changes = [
            (each.kind, change_label(each.kind), change_in_words(each))
            for each in last.comparison.changes
        ]
        sides = [
            _side("Before", last.before, find_article),
            _side(f"Since {day(last.at[:10])}", last.after, find_article),
        ]
    return _Row(
        alert.number,
        strip_invisible(alert.question),
        strip_invisible(f"{state_in_words(alert)}{limits}"),
        changes,
        sides,
        [_earlier(each) for each in alert.findings[1:]],
        fault,
    )


def _earlier(finding: Finding) -> tuple[str, list[str]]:
    lines = [
        f"{change_label(each.kind)}: {change_in_words(each)}" for each in finding.comparison.changes
    ]
    return day(finding.at[:10]), [*lines, f"Answer since: {answer_in_words(finding.after)}"]


def _side(label: str, answer: Answer | None, find_article: FindArticle) -> _Side:
    citations = answer.citations if answer else ()
    return _Side(
        label, answer_in_words(answer), [_source(each, find_article) for each in citations]
    )


def _source(citation: Citation, find_article: FindArticle) -> _Source:
    start, end, notice = locate_citation(find_article(citation.article), citation)
    details = [citation.source, day(citation.published) if citation.published else None]
    return _Source(
        citation.number,
        citation.article,
        strip_invisible(citation.title) or "Untitled",
        strip_invisible(", ".join(filter(None, details))),
        quote_in_words(citation),
        start,
        end,
        notice,
    )
