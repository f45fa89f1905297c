"""A reader without weights: a passage answers as far as it has the words of the question."""

import re
from collections.abc import Sequence

from rag.models.protocols import ModelSetup
from rag.types import ClaimReading, SpanReading


class OverlapReader:
    """The answer span is the sentence with most of the question's words."""

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        return [self._read(_words(question), passage) for passage in passages]

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        words = _words(claim)
        shares = [len(words & _words(each)) / max(1, len(words)) for each in passages]
        return [ClaimReading(share, 0.0, 1 - share) for share in shares]

    def _read(self, wanted: set[str], passage: str) -> SpanReading:
        sentences = re.finditer(r"[^.!?]+[.!?]?", passage)
        best = max(sentences, key=lambda each: len(wanted & _words(each[0])))
        share = len(wanted & _words(best[0])) / max(1, len(wanted))
        start = best.start() + len(best[0]) - len(best[0].lstrip())
        return SpanReading(start, best.end(), margin=8 * share - 4, answers=8 * share - 4)


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


def open_reader(setup: ModelSetup) -> OverlapReader:
    return OverlapReader()


open_reader.languages = ("en",)
