"""The quotations in a sentence of a draft, looked up word by word.

    check_quotations(index, sentence, filters)  ->  a `QuotationCheck` for each

In:  an open `Snapshot`, a sentence. Out: as above; places are characters of the sentence.
Left to others: looking one up (`rag.newsroom.quotes`), what the sentence says besides
(`rag.newsroom.drafts.comparison`).

A quotation of fewer than three words is read as plain words: it is mostly a term in quotation
marks.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.errors import QuestionError
from rag.index.snapshot import Snapshot
from rag.newsroom.drafts.result import Difference
from rag.newsroom.quotes.finding import find_quote
from rag.newsroom.quotes.given import read_quotation
from rag.retrieval.filters import SearchFilter
from rag.retrieval.people.wording import QUOTATION
from rag.text.sentences import Span
from rag.types import QuoteResult

_LEAST_WORDS = 3


@dataclass(frozen=True, slots=True)
class QuotationCheck:
    """A quotation at `[start:end]` of a sentence, where it stands, and what is wrong with it."""

    start: int
    end: int
    result: QuoteResult
    differences: tuple[Difference, ...]

    @property
    def span(self) -> Span:
        """Where it stands in the sentence."""
        return self.start, self.end

    @property
    def is_absent(self) -> bool:
        """Whether no article has it, nor one like it."""
        return self.result.verdict == "absent"


def check_quotations(index: Snapshot, sentence: str, filters: SearchFilter) -> list[QuotationCheck]:
    """Each quotation of `sentence`, compared with the articles that `filters` let through.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    checks = []
    for match in QUOTATION.finditer(sentence):
        words = next(filter(None, match.groups()))
        if len(words.split()) < _LEAST_WORDS:
            continue
        start = match.start() + match[0].index(words)
        result = find_quote(index, f"“{words}”", _speaker(sentence), filters)
        checks.append(
            QuotationCheck(
                start, start + len(words), result, tuple(_differences(sentence, start, result))
            )
        )
    return checks


def _speaker(sentence: str) -> str | None:
    """Whom the sentence names as the speaker."""
    try:
        return read_quotation(sentence).speaker
    except QuestionError:  # too long to be looked up
        return None


def _differences(sentence: str, start: int, result: QuoteResult) -> list[Difference]:
    shift = start + max(0, sentence[start:].find(result.quotation))
    if result.verdict == "altered":
        return [
            Difference(
                "quotation", each.given, each.source_text, shift + each.start, shift + each.end
            )
            for each in result.differences
        ]
    if result.verdict == "verbatim" and result.speaker_matches is False:
        named, place = result.named or "", sentence.find(result.named or "\0")
        if place >= 0:
            return [Difference("name", named, result.speaker or "", place, place + len(named))]
    return []
