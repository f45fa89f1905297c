"""Where a quotation stands, as HTML (`templates/quote.html`).

In:  a `QuoteResult`. Out: HTML; an article is a button that opens it at the quotation.
Left to others: the words of verdict, differences and speaker (`rag.newsroom.quotes.wording`).
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.grounding.rendering import place_in_words
from rag.newsroom.quotes.wording import difference_in_words, speaker_in_words, verdict_in_words
from rag.types import QuoteResult
from rag.web.views.newsroom.source_card import SourceCard, source_card
from rag.web.views.templates import render

LEAD = (
    '<p class="lead">Paste a quotation: it is looked for word for word, then with changes. '
    "No language model takes part.</p>"
)


def render_quote(result: QuoteResult) -> str:
    """The verdict, the quotation with its differences marked, and its articles."""
    return render(
        "quote.html",
        result=result,
        verdict=verdict_in_words(result),
        speaker=speaker_in_words(result),
        pieces=list(_pieces(result)),
        differences=[difference_in_words(each) for each in result.differences],
        cards=list(_cards(result)),
    )


def _pieces(result: QuoteResult) -> Iterator[tuple[str, bool]]:
    """The quotation in pieces, each with whether it differs from its source."""
    text, place = result.quotation, 0
    for each in sorted(result.differences, key=lambda each: each.start):
        start = max(place, each.start)
        if start < each.end:
            yield text[place:start], False
            yield text[start : each.end], True
            place = each.end
    yield text[place:], False


def _cards(result: QuoteResult) -> Iterator[SourceCard]:
    copies = {copy: each.article for each in result.origins for copy in each.copies}
    for citation, name in zip(result.citations, result.speakers, strict=True):
        origin = copies.get(citation.article)
        details = [
            *place_in_words(citation),
            *([f"copy of {origin}"] if origin else []),
            *([f"said by {name}"] if name and name != result.speaker else []),
        ]
        yield source_card(citation, details)
