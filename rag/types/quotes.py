"""Where a quotation stands in the articles, and what is otherwise there.

Left to others: how it is found (`rag.newsroom.quotes`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rag.types.citations import Citation, Origin, citation_values
from rag.types.names import QuoteDifferenceKind, QuoteVerdict


@dataclass(frozen=True, slots=True)
class QuoteDifference:
    """Words of a quotation that its source has otherwise: `given` there, `source_text` here.

    Either may be empty. `given` is the quotation at `[start:end]`. `kind`: "words" or "figure" that
    were changed, "order" of words that stand the other way round, "left out", "added", or "joined":
    what stands in another place, without an ellipsis between.
    """

    kind: QuoteDifferenceKind
    given: str
    source_text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class QuoteResult:
    """Where a quotation stands in the articles, and who says it there.

    `quotation` are the words that were looked for, `named` is whom the user names as the speaker.
    Where it is "verbatim", `citations` are all articles that have it word for word, where it is
    "altered" those that come nearest: of near copies the origin first; of a quotation that was
    joined, each place. `speakers` are who says it in each of them, None where that is not told;
    `speaker` is the first of these who is known, or who is named. `speaker_matches` is None where
    nobody is named, or it cannot be told. `attribution` are the sentences of an article that name
    `speaker`. `origins` are those of the articles cited, with all their copies.
    """

    quotation: str
    verdict: QuoteVerdict
    citations: tuple[Citation, ...] = ()
    differences: tuple[QuoteDifference, ...] = ()
    speaker: str | None = None
    speaker_matches: bool | None = None
    named: str | None = None
    speakers: tuple[str | None, ...] = ()
    attribution: str | None = None
    origins: tuple[Origin, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: each field by its name, tuples as lists."""
        values = asdict(self)
        values["citations"] = list(map(citation_values, values["citations"]))
        values["origins"] = [each.to_dict() for each in self.origins]
        for name in ("differences", "speakers", "origins"):
            values[name] = list(values[name])
        return values
