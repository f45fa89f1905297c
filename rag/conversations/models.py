"""A turn of a chat and a conversation as frozen values, and the JSON form of a turn.

In:  questions, `Answer`s, feedback.
Out: `ChatTurn`, `Conversation`; dicts of plain JSON values, and the equal turn from them.

The store, exports, the feedback dataset and the web chat all use these. Left to others: the steps
from event to event (`rag.web.services.chat_session`), storing (`rag.conversations.store`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from rag.newsroom.alerts.wording import ANSWER_REMOVED
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.types import Answer, Article, Evidence, Hit

Stage = Literal[
    "waiting", "searching", "reading", "writing", "done", "stopped", "failed", "interrupted"
]
UNDER_WAY: tuple[Stage, ...] = ("waiting", "searching", "reading", "writing")
_OLD_STAGES: dict[str, Stage] = {"begun": "interrupted"}  # as version 0.1 wrote it


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thinks of an answer; `at` is ISO 8601, UTC."""

    good: bool
    note: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One question and its answer so far.

    `evidence` is shown while the language model is at work; it is not stored, since the answer has
    it too. `hits` are the passages shown beside it, best first; `articles` holds the articles of
    those and of the citations, by id. `fault` is one line. `key` and `conversation` are the ids
    under which it is stored, `asked_at` is ISO 8601, UTC; all three are empty where it is not
    stored. The stage "interrupted" means that the program ended before the answer did.
    """

    question: str
    stage: Stage = "searching"
    hits: tuple[Hit, ...] = ()
    articles: Mapping[str, Article] = field(default_factory=dict)
    draft: str = ""
    answer: Answer | None = None
    fault: str = ""
    filters: SearchFilter = NO_FILTER
    key: str = ""
    conversation: str = ""
    asked_at: str = ""
    feedback: Feedback | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def article_ids(self) -> frozenset[str]:
        """The ids of all articles that the answer cites or shows."""
        shown = [each.passage.article for each in self.hits]
        if self.answer is not None:
            answer = self.answer
            shown += [each.passage.article for each in answer.passages]
            shown += [each.article for each in answer.citations]
            shown += [each.article for each in answer.evidence]
        return frozenset(shown)

    @property
    def is_queued(self) -> bool:
        """Whether nothing has begun to answer it."""
        return self.stage in ("waiting", "searching")

    @property
    def under_way(self) -> bool:
        """Whether an answer is still to come."""
        return self.stage in UNDER_WAY

    def to_json(self) -> dict[str, Any]:
        """The turn as JSON values, with every score of the answer's passages.

        A turn that is under way is written as "interrupted", which it is unless its end is
        written too. `articles` are left out: whoever reads the turn looks them up in the index.
        So are `hits`, which are those of the answer.
        """
        return {
            "key": self.key,
            "conversation": self.conversation,
            "asked_at": self.asked_at,
            "question": self.question,
            "stage": "interrupted" if self.under_way else self.stage,
            "filters": self.filters.to_dict(),
            "draft": self.draft,
            "fault": self.fault,
            "answer": None if self.answer is None else self.answer.to_dict(all_scores=True),
            "feedback": None if self.feedback is None else asdict(self.feedback),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ChatTurn:
        """The turn that `to_json` wrote, also that of version 0.1; unknown keys are ignored.

        Version 0.1 wrote `asked` for `asked_at`, `verdict` for `feedback`, and the fields of
        `filters` beside the others.

        Raises:
            KeyError, TypeError, ValueError, QuestionError: `values` are not those of a turn.
        """
        answer = values.get("answer")
        answer = None if answer is None else Answer.from_dict(answer)
        feedback = values.get("feedback", values.get("verdict"))
        stage = values.get("stage", "interrupted")
        return cls(
            question=values["question"],
            stage=_OLD_STAGES.get(stage, stage),
            hits=() if answer is None else answer.passages,
            draft=values.get("draft", ""),
            answer=answer,
            fault=values.get("fault", ""),
            filters=SearchFilter.from_dict(values.get("filters", values)),
            key=values["key"],
            conversation=values["conversation"],
            asked_at=values["asked_at"] if "asked_at" in values else values["asked"],
            feedback=None if feedback is None else feedback_from_json(feedback),
        )


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in their order, at least one; `owner` is empty where nobody logs in."""

    id: str
    owner: str
    turns: tuple[ChatTurn, ...]

    @property
    def title(self) -> str:
        """The first question, on one line."""
        return " ".join(self.turns[0].question.split())


def answer_without(answer: Answer, article: str) -> Answer | None:
    """The answer without the passages of the article of that id; None where it cites the article.

    The same answer where it has nothing of it.
    """
    if any(each.article == article for each in answer.citations):
        return None
    passages = tuple(each for each in answer.passages if each.passage.article != article)
    evidence = tuple(each for each in answer.evidence if each.article != article)
    if (passages, evidence) == (answer.passages, answer.evidence):
        return answer
    return replace(answer, passages=passages, evidence=evidence, draft="")


def turn_without(turn: ChatTurn, article: str) -> ChatTurn:
    """The turn without what its answer has of an article; the question stays."""
    if turn.answer is None:  # what was streamed of it may be of any article
        return replace(turn, draft="") if turn.draft else turn
    answer = answer_without(turn.answer, article)
    if answer == turn.answer:
        return turn
    if answer is None:
        return replace(turn, stage="failed", answer=None, hits=(), draft="", fault=ANSWER_REMOVED)
    return replace(turn, answer=answer, hits=answer.passages, draft="")


def feedback_from_json(values: Mapping[str, Any] | list[Any]) -> Feedback:
    """The feedback whose fields are `values`, by name or, as in the store of 0.1, in order.

    Raises:
        TypeError: they are not those of a feedback.
    """
    if isinstance(values, list):
        return Feedback(*values)
    names = {each.name for each in fields(Feedback)}
    return Feedback(**{name: value for name, value in values.items() if name in names})
