"""What the tests of conversations share: two answers, and turns made from them."""

from __future__ import annotations

from dataclasses import replace

from rag.conversations.models import ChatTurn
from rag.conversations.store import ConversationStore, new_id
from rag.types import Answer, Citation, Hit, Passage, Sentence, Timings

TEXT = (
    "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said on 3 May 2024. "
    "She called it a “gift to the town”. Critics put the price at 25 million crowns."
)


def make_answer(question: str, text: str, quote: str, **fields) -> Answer:
    """An answer of one sentence with one citation."""
    start = TEXT.find(quote)
    citation = Citation(
        1, "bridge", "The bridge", "Kurier", "2024-05-03", None, quote, start, start + len(quote)
    )
    passage = Hit(Passage("bridge", 0, len(TEXT), TEXT), 0.03125, 0.7071067811865476, 3.3)
    return Answer(
        **{
            "question": question, "query": question, "text": f"{text} [1]", "abstained": False,
            "reason": None, "sentences": (Sentence(text, (1,), True),), "citations": (citation,),
            "passages": (passage,), "draft": f"{text} [1]",
            "timings": Timings(0.1, None, 1 / 3, 0.2, 0.7), "confidence": 0.93,
            "signals": {"verifier_logit": -1.25, "cosine": 0.1},
        }
        | fields
    )  # fmt: skip


COST = make_answer(
    "How much did the bridge cost?",
    "The bridge cost 18 million crowns.",
    "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said on 3 May 2024.",
)
REFUSED = Answer("And the moon?", "And the moon?", "The articles do not say.", True, "not_stated")


def make_turn(answer: Answer | None, conversation: str = "a" * 16, **fields) -> ChatTurn:
    """A stored turn with this answer; without one the program ended before it."""
    turn = ChatTurn(
        answer.question if answer else "Why?",
        "done" if answer else "interrupted",
        hits=answer.passages if answer else (),
        answer=answer,
        key=new_id(),
        conversation=conversation,
        asked_at="2026-11-22T10:00:00+00:00",
    )
    return replace(turn, **fields)


def put(store: ConversationStore, turn: ChatTurn, owner: str = "") -> ChatTurn:
    """Store a turn as the web chat does: once when it begins, and again when it ended."""
    store.begin(owner, replace(turn, stage="waiting", answer=None, hits=()))
    assert store.end(turn)
    return turn
