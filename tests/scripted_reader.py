"""A reader that follows a script: for tests of what is done with its readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.types import ClaimReading, SpanReading

MARGIN = 6.0  # half of it, and the log odds of the answer head, are the score of a scripted answer


@dataclass
class ScriptedReader:
    """Finds `answers[phrase]` in every passage, for a question that contains the phrase.

    A claim that contains one of `contradicted` contradicts its passage. `questions` and `claims`
    are those that it was given.
    """

    answers: Mapping[str, str]
    contradicted: Sequence[str] = ()
    questions: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str]
    ) -> list[SpanReading]:
        self.questions.append(question)
        answer = next((text for phrase, text in self.answers.items() if phrase in question), "")
        return [self._reading(passage, answer) for passage in passages]

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        self.claims.append(claim)
        bad = any(each in claim for each in self.contradicted)
        return [ClaimReading(0.05, 0.9, 0.05) if bad else ClaimReading(0.9, 0.05, 0.05)] * len(
            passages
        )

    def _reading(self, passage: str, answer: str) -> SpanReading:
        start = passage.find(answer) if answer else -1
        if start < 0:
            return SpanReading(0, 1, -MARGIN, -MARGIN / 2)
        return SpanReading(start, start + len(answer), MARGIN, MARGIN / 2)
