"""What the articles say of a text of the user's: the values that `rag.check` returns. Frozen.

    CheckResult  ->  its CheckedSentences, each with Differences and Citations

In:  nothing. Out: values and their JSON.
Left to others: how they come about (`rag.newsroom.drafts.checking`), display (`rag.cli`,
`rag.export`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rag.types import Article, Citation, citation_values

if TYPE_CHECKING:
    from rag.text.sentences import Span

Verdict = Literal["supported", "contradicted", "not_found", "no_claim"]
DifferenceKind = Literal[
    "figure", "date", "name", "role", "negation", "words", "order", "quotation"
]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a text has at `[start:end]`, and what the article that is cited has instead."""

    kind: DifferenceKind
    given: str
    source_text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of the text, which has it at `[start:end]`, and what the articles say of it.

    "supported": one article has all that it states, as `citations` show. "contradicted": one has it
    otherwise, as `differences` tell. "not_found": no article has all of it. "no_claim": it states
    nothing that could be checked. `unsupported` are the parts that no article has, or has
    otherwise, as spans of the text. `score` is the share of what it states that the nearest article
    has, 0 to 1.
    """

    text: str
    start: int
    end: int
    verdict: Verdict
    score: float = 0.0
    unsupported: tuple[Span, ...] = ()
    citations: tuple[Citation, ...] = ()
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A text, its sentences in order, and the articles that they cite, by id.

    A quote has one number, wherever it is cited.
    """

    text: str
    sentences: tuple[CheckedSentence, ...]
    articles: Mapping[str, Article] = field(default_factory=dict, hash=False)

    def count(self, verdict: Verdict) -> int:
        """How many sentences have this verdict."""
        return sum(each.verdict == verdict for each in self.sentences)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the sentences, each field by its name, tuples as lists."""
        return {"sentences": list(map(_values, self.sentences))}


def _values(sentence: CheckedSentence) -> dict[str, Any]:
    values = asdict(sentence)
    values["unsupported"] = [list(each) for each in sentence.unsupported]
    values["citations"] = list(map(citation_values, values["citations"]))
    values["differences"] = list(values["differences"])
    return values
