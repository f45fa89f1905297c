"""Where a quotation stands, in words, for terminal and page. Pure functions.

    verdict_in_words(result)     "Altered: 2 differences from the nearest place."
    difference_in_words(...)     "figure: “41” is “44” in the article"
    speaker_in_words(result)     "Said by Lena Holt, not by Ivo Brandt."

In:  a `QuoteResult`. Out: plain text on one line.
Left to others: layout (`rag.cli.quote`, `rag.web.views.quote`).
"""

from __future__ import annotations

from rag.types import QuoteDifference, QuoteResult


def verdict_in_words(result: QuoteResult) -> str:
    """The verdict, with the number of articles or differences."""
    if result.verdict == "absent":
        return "Absent: no article has this quotation, nor one like it."
    if result.verdict == "altered":
        return f"Altered: {_count(len(result.differences), 'difference')} from the nearest place."
    articles = len({each.article for each in result.citations})
    origins = len(result.origins)
    shared = f", {_count(origins, 'origin')}" if articles > 1 else ""
    return f"Verbatim: word for word in {_count(articles, 'article')}{shared}."


def difference_in_words(difference: QuoteDifference) -> str:
    """What the quotation has and what the article has instead."""
    given, source = difference.given, difference.source_text
    if difference.kind == "joined":
        goes_on = f"; there follows “{source}”" if source else ""
        return f"joined: “{given}” stands in another place{goes_on}"
    if difference.kind == "order":
        return f"order: “{given}”; the article has “{source}”"
    if not given:
        return f"left out: “{source}”"
    if not source:
        return f"added: “{given}” is not in the article"
    return f"{difference.kind}: “{given}”; the article has “{source}”"


def speaker_in_words(result: QuoteResult) -> str:
    """Who says it; whether that is who is named. "" for an absent quotation."""
    if result.verdict == "absent":
        return ""
    if result.speaker is None:
        named = f", so whether it was {result.named} cannot be told" if result.named else ""
        return f"Speaker unknown: the article does not tell who says it{named}."
    if result.speaker_matches is False:
        return f"Said by {result.speaker}, not by {result.named}."
    if result.speaker_matches is None and result.named:
        return f"Said by {result.speaker}; whether that is {result.named} cannot be told."
    as_named = ", as named" if result.speaker_matches else ""
    return f"Said by {result.speaker}{as_named}."


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
