"""The values of alerts: frozen, compared by content.

    Alert       a question that is kept, with its last answer
    Finding     an answer and the one before it, which differ in what they state
    Comparison  in what they differ: `AnswerChange`s, each with its `FactChange`s

In:  nothing. Out: values and their JSON form.
Left to others: how answers are compared (`rag.newsroom.alerts.comparison`), display (`wording`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.types import Answer, Timings

ChangeKind = Literal["new", "changed", "gone"]
FactKind = Literal["verdict", "figure", "date", "name", "negation", "words", "source"]


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact as it was and as it is; either is empty where there was none, or is none now."""

    kind: FactKind
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A statement of an answer that is new, was changed, or is gone.

    `before` and `after` are the statement in the words of the two answers, `facts` what differs.
    """

    kind: ChangeKind
    before: str = ""
    after: str = ""
    facts: tuple[FactChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """In what two answers differ; false where they state the same from the same passages.

    `new_articles` and `gone_articles` are the ids of those that only one of them cites.
    """

    changes: tuple[AnswerChange, ...] = ()
    new_articles: tuple[str, ...] = ()
    gone_articles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: each field by its name, tuples as lists."""
        changes = [
            {**asdict(each), "facts": [asdict(fact) for fact in each.facts]}
            for each in self.changes
        ]
        articles = {name: list(getattr(self, name)) for name in ("new_articles", "gone_articles")}
        return {"changes": changes, **articles}


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer whose facts differ from those of the answer before it.

    `at` is when it was found, ISO 8601 in UTC. Either answer is None where it was removed since,
    with an article that it cites. `is_reported`: `rag alerts run` has printed it.
    """

    id: int
    at: str
    before: Answer | None
    after: Answer | None
    comparison: Comparison = Comparison()
    is_reported: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the answers have the fields of `rag ask --json`."""
        return {
            "at": self.at,
            **self.comparison.to_dict(),
            "before": None if self.before is None else self.before.to_dict(),
            "after": None if self.after is None else self.after.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """A question that is asked again after the index has changed.

    `number` is what people call it by; `owner` is empty where nobody logs in. `answer` is the last
    one, given at `asked_at` (ISO 8601, UTC) under the conditions `asked_with`, a hash; it is None
    where it was removed with an article that it cites. `findings` are the newest first.
    """

    number: int
    owner: str
    question: str
    filters: SearchFilter = NO_FILTER
    answer: Answer | None = None
    asked_at: str = ""
    asked_with: str = ""
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values, without the findings."""
        return {
            "number": self.number,
            "owner": self.owner,
            "question": self.question,
            "filters": self.filters.to_dict(),
            "asked_at": self.asked_at,
            "answer": None if self.answer is None else self.answer.to_dict(),
        }


def without_workings(answer: Answer) -> Answer:
    """The answer without what it was made from: what is kept of it is what it shows and cites."""
    return replace(answer, passages=(), evidence=(), draft="", signals={}, timings=Timings())
