"""What a reader makes of a passage: of a question, of a claim, and as evidence.

Left to others: the readers (`rag.models`), what their readings decide (`rag.retrieval.evidence`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpanReading:
    """What the reader makes of one passage as evidence for a question.

    `start` and `end` are characters of the best answer span in the passage's text. `margin` is
    the logit of that span less that of "no answer", `answers` the log odds that the passage
    answers the question at all.
    """

    start: int
    end: int
    margin: float
    answers: float

    @property
    def log_odds(self) -> float:
        """The log odds that the span answers: half the margin, and those of the passage."""
        return self.margin / 2 + self.answers


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """Probabilities, 0 to 1 with sum 1, of what a passage says of a claim."""

    supported: float
    contradicted: float
    neither: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article that was judged to answer: the article's `text` at `[start:end]`.

    The words in it that answer are the article's text at `[answer_start:answer_end]`. `score` is
    the judge's log odds that they do, after retrieval rank and constraints; higher is better.
    """

    article: str
    start: int
    end: int
    text: str
    score: float
    answer_start: int
    answer_end: int

    @property
    def answer(self) -> str:
        """The words that answer."""
        return self.text[self.answer_start - self.start : self.answer_end - self.start]
