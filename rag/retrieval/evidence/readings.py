"""What the reader finds in passages, each read behind what is known of its article.

In:  a question, passages with their articles, a `PassageReader`.
Out: for each passage a `SpanReading` of the question as typed, or of it without a year or a word of
     time that its article answers.
Left to others: what a reading is worth (`rag.retrieval.evidence.candidates`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from rag.prompts.injection import without_orders
from rag.retrieval.constraints import Constraints
from rag.retrieval.temporal import without_latest
from rag.text.dates.forms import format_date
from rag.text.dates.years import accordance, reported_years, without_year
from rag.text.questions.answer_types import lacks_figure
from rag.text.sentences import sentence_spans
from rag.types import Article, SpanReading

NO_FIGURE_PENALTY = 3.0
"""Log odds, where a figure is asked for and the words found have none."""
_HOPELESS = -3.0  # log odds below which no other sentence of the passage is looked for


class PassageReader(Protocol):
    """What is needed of `rag.models.reader.Reader`."""

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str]
    ) -> Sequence[SpanReading]:
        """The best answer span in each of `passages`, which are read behind their `records`."""


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage as it is read: its text without orders, what is known of its article."""

    text: str
    record: str
    article: Article

    def accordance(self, years: frozenset[str], reading: SpanReading) -> int:
        """Whether the sentence in which `reading` finds the answer is of one of `years`."""
        sentence = self.text[slice(*sentence_of(self.text, reading.start, reading.end))]
        return accordance(years, sentence, self.text, self.article)


def read_passages(
    question: str, passages: Sequence[ReadPassage], constraints: Constraints, reader: PassageReader
) -> list[SpanReading]:
    """What the reader finds in `passages`.

    What is of the year asked for says so nowhere, mostly: that is known of its article, and the
    question is put to it without its year as well. The surer reading counts.
    """

    def read(question: str, which: Sequence[int]) -> Sequence[SpanReading]:
        each = [passages[n] for n in which]
        return reader.read(question, [one.text for one in each], [one.record for one in each])

    readings = list(read(question, range(len(passages))))
    years, timeless = constraints.years, without_year(question)
    of_year = [n for n, each in enumerate(passages) if years & reported_years(each.article)]
    if timeless is not None and of_year:
        for n, reading in zip(of_year, read(timeless, of_year), strict=True):
            is_surer = reading.log_odds > readings[n].log_odds
            if is_surer and passages[n].accordance(years, reading) == 1:
                readings[n] = reading
    if (of_any_day := without_latest(question)) is not None:  # the order is by day then
        others = read(of_any_day, range(len(passages)))
        pairs = zip(readings, others, strict=True)
        readings = [max(pair, key=attrgetter("log_odds")) for pair in pairs]
    return [
        _with_figure(question, passage, reading, reader)
        for passage, reading in zip(passages, readings, strict=True)
    ]


def record_prefix(article: Article) -> str:
    """What the reader reads before a passage: "Headline (7 February 2021). "."""
    day = format_date(article.published or "")
    title = without_orders(article.title).strip()
    if title and day:
        return f"{title} ({day}). "
    return f"{title}. " if title else f"({day}). " if day else ""


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentences of `text` that hold `[start:end]`, without white space around them."""
    spans = [
        span for span in sentence_spans(text) if span[1] > start and span[0] < max(end, start + 1)
    ]
    first, last = (spans[0][0], spans[-1][1]) if spans else (0, len(text))
    inside = text[first:last]
    return first + len(inside) - len(inside.lstrip()), last - (len(inside) - len(inside.rstrip()))


def _with_figure(
    question: str, passage: ReadPassage, reading: SpanReading, reader: PassageReader
) -> SpanReading:
    """`reading`; where it lacks a figure that is asked for, one in another sentence, if nearly
    as sure."""
    text = passage.text
    if reading.log_odds < _HOPELESS or not lacks_figure(
        question, text[reading.start : reading.end]
    ):
        return reading
    start, end = sentence_of(text, reading.start, reading.end)
    rest = text[:start] + " " * (end - start) + text[end:]
    other = reader.read(question, [rest], [passage.record])[0]
    if lacks_figure(question, rest[other.start : other.end]):
        return reading
    return other if other.log_odds > reading.log_odds - NO_FIGURE_PENALTY else reading
