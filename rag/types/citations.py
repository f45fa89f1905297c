"""What an answer says, sentence by sentence, and the exact words that each rests on.

Left to others: how they are made (`rag.grounding`), how they are shown (`rag.web`, `rag.export`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from rag.types.names import RecordField


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, without marks; `citations` are numbers of `Answer.citations`."""

    text: str
    citations: tuple[int, ...]
    supported: bool


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of citation `[number]`: `quote` is the article's text at `[start:end]`.

    A *record citation* has a `field`: what it cites is not the text but that field of the article's
    metadata record. `quote` is then its value, and `start` and `end` are None.

    `page` is that of a PDF, a scan or a slide on which the quote begins, from 1. `outlets` are all
    that carry the passage, that of the article first. `author` is as the record has it. `fragment`
    is `url` with the text fragment by which a browser scrolls to the quote (None: `url` is no
    address of the web), `selector` the quote as two selectors of W3C's Web Annotation model, by its
    words (`TextQuoteSelector`) and by its place in the article's text (`TextPositionSelector`); a
    record citation has neither. `where` says where else the text stands, as far as that is known:
    "sender" and "sent" of a mail, "captured" of a saved page, "inner" (the path in the file that
    holds the article), "time" in an interview (h:m:s), "ocr" (the program that recognised the
    characters of a scan). `corrected` names the fields of the record that a person corrected.
    """

    number: int
    article: str
    title: str
    source: str | None
    published: str | None
    url: str | None
    quote: str
    start: int | None
    end: int | None
    field: RecordField | None = None
    page: int | None = None
    outlets: tuple[str, ...] = ()
    where: Mapping[str, str] = dataclass_field(default_factory=dict, hash=False)
    corrected: tuple[RecordField, ...] = ()
    author: str | None = None
    fragment: str | None = None
    selector: tuple[Mapping[str, str | int], ...] = dataclass_field(default=(), hash=False)

    @property
    def span(self) -> tuple[int, int] | None:
        """Where the quote is in the article's text; None for a record citation."""
        return None if self.start is None or self.end is None else (self.start, self.end)


@dataclass(frozen=True, slots=True)
class Origin:
    """An article and all that were made from it: `articles` are their ids, its own first.

    They are near copies of it, but for those of `crediting`: reports in other words that rest on it
    by what they say of themselves ("the Herald reported"). `source` is the outlet or agency that it
    came from: that of `article`, or the one that all of them credit and that has no report here.
    """

    article: str
    articles: tuple[str, ...]
    crediting: tuple[str, ...] = ()
    source: str | None = None

    @property
    def copies(self) -> tuple[str, ...]:
        """The near copies of `article`."""
        return tuple(each for each in self.articles[1:] if each not in self.crediting)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: each field by its name."""
        lists = {"articles": list(self.articles), "crediting": list(self.crediting)}
        return {"article": self.article, "source": self.source, **lists}


def citation_values(citation: Mapping[str, Any]) -> dict[str, Any]:
    """A citation as `dataclasses.asdict` gives it, as JSON values."""
    lists = {name: list(citation[name]) for name in ("outlets", "corrected")}
    selector = [dict(each) for each in citation["selector"]]
    return {**citation, "where": dict(citation["where"]), "selector": selector, **lists}
