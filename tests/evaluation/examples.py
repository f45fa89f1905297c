"""Questions and answers by hand, for the tests of the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.evaluation.dataset import EvalQuestion
from rag.types import Answer, Citation, Sentence


def eval_question(**fields: Any) -> EvalQuestion:
    """A question that accepts "7,000" from article "a", with other fields as given."""
    defaults = {
        "id": "1",
        "question": "?",
        "answerable": True,
        "answers": ("7,000",),
        "articles": ("a",),
    }
    return EvalQuestion(**{**defaults, **fields})


def cite(number: int, quote: str, **fields: Any) -> Citation:
    defaults = {"article": "a", "title": "", "source": None, "published": None, "url": None}
    return Citation(number, **{**defaults, **fields}, quote=quote, start=0, end=len(quote))


def answer_of(
    text: str = "It was 7000 [1].",
    quotes: Sequence[str] = ("7,000 men",),
    sentences: Sequence[Sentence] = (),
    **fields: Any,
) -> Answer:
    """An answer that shows `text` and cites `quotes` by the numbers from 1 on."""
    citations = tuple(cite(n, quote) for n, quote in enumerate(quotes, start=1))
    defaults = {"abstained": False, "reason": None, "citations": citations}
    return Answer("?", "?", text, sentences=tuple(sentences), **{**defaults, **fields})
