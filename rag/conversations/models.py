"""What is kept of a conversation, as frozen values, and the same as plain JSON values.

In:  questions and `Answer`s.
Out: `StoredTurn`, `Conversation`; dicts, from which the equal value is read.

Nothing of an `Answer` is lost: its passages have all their scores here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from rag.types import Answer, Citation, Hit, Note, Passage, Sentence, Timings

Stage = Literal["begun", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thinks of an answer; `at` is ISO 8601, UTC."""

    good: bool
    note: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One question and what came of it; `asked` is ISO 8601, UTC.

    `stage` is "begun" where nobody lived to tell how it ended. `since`, `until` and `outlets` are
    what it was asked within; `fault` is one line.
    """

    key: str
    conversation: str
    asked: str
    question: str
    stage: Stage = "begun"
    since: str = ""
    until: str = ""
    outlets: tuple[str, ...] = ()
    draft: str = ""
    fault: str = ""
    answer: Answer | None = None
    verdict: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Exchanges in their order, at least one; `owner` is empty where nobody logs in."""

    id: str
    owner: str
    exchanges: tuple[StoredTurn, ...]

    @property
    def title(self) -> str:
        """The first question, on one line."""
        return " ".join(self.exchanges[0].question.split())


def to_json(kept: StoredTurn) -> dict[str, Any]:
    """An exchange as JSON values; `kept` reads them."""
    told = asdict(kept) | {"answer": None if kept.answer is None else answer_to_json(kept.answer)}
    return told | {"outlets": list(kept.outlets)}


def from_json(told: Mapping[str, Any]) -> StoredTurn:
    """The exchange that `plain` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    known = _known(StoredTurn, told)
    answer, verdict = told.get("answer"), told.get("verdict")
    return StoredTurn(
        **known
        | {
            "outlets": tuple(told.get("outlets", ())),
            "answer": None if answer is None else answer_from_json(answer),
            "verdict": None if verdict is None else Feedback(**_known(Feedback, verdict)),
        }
    )


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """`Answer.to_dict()` with every score of each passage: `answer_from` reads the equal value."""
    told = answer.to_dict()
    for each, hit in zip(told["passages"], answer.passages, strict=True):
        each |= {"cosine": hit.cosine, "keyword": hit.keyword}
    return told | {"signals": dict(answer.signals)}


def answer_from_json(told: Mapping[str, Any]) -> Answer:
    """The answer that `plain_answer` wrote. Raises as `kept` does."""
    return Answer(
        **_known(Answer, told)
        | {
            "sentences": tuple(
                Sentence(**_known(Sentence, each) | {"citations": tuple(each["citations"])})
                for each in told["sentences"]
            ),
            "citations": tuple(Citation(**_known(Citation, each)) for each in told["citations"]),
            "passages": tuple(
                Hit(
                    Passage(each["article"], each["start"], each["end"], each["text"]),
                    *(each[score] for score in ("score", "cosine", "keyword")),
                )
                for each in told["passages"]
            ),
            "notes": tuple(Note(each["kind"], each["text"]) for each in _notes(told)),
            "timings": Timings(**_known(Timings, told["timings"])),
        }
    )


def _notes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The notes of an answer; version 0.1 stored their joined texts alone."""
    joined = values.get("note")
    return list(values.get("notes", [{"kind": "other", "text": joined}] if joined else []))


def _known(kind: type, told: Mapping[str, Any]) -> dict[str, Any]:
    """What `kind` has a field for: a later version may have written more."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in told.items() if name in names}
