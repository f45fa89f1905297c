"""A checked draft in words, for terminal and page. Pure functions.

    summary_in_words(result)     "2 sentences: 1 supported, 1 contradicted, …"
    verdict_in_words(verdict)    "Not found"
    difference_in_words(...)     "figure: “41”; the article has “44”"

In:  a `CheckResult` or a part of it. Out: plain text on one line.
Left to others: layout (`rag.cli.newsroom.check`, `rag.export.checked_draft`).
"""

from __future__ import annotations

from typing import get_args

from rag.newsroom.drafts.result import CheckedSentence, CheckResult, Difference, Verdict

_WORDS: dict[Verdict, str] = {
    "supported": "Supported",
    "contradicted": "Contradicted",
    "not_found": "Not found",
    "no_claim": "No claim",
}


def verdict_in_words(verdict: Verdict) -> str:
    """The verdict as a label."""
    return _WORDS[verdict]


def summary_in_words(result: CheckResult) -> str:
    """How many sentences have which verdict."""
    total = len(result.sentences)
    counts = [
        f"{result.count(verdict):,} {verdict_in_words(verdict).lower()}"
        for verdict in get_args(Verdict)
    ]
    return f"{total:,} {'sentence' if total == 1 else 'sentences'}: {', '.join(counts)}."


def difference_in_words(difference: Difference) -> str:
    """What the text has and what the article has instead."""
    given, source = difference.given, difference.source_text
    if not given:
        return f"{difference.kind}: the article has “{source}” here"
    if not source:
        return f"{difference.kind}: “{given}” is not in the article"
    return f"{difference.kind}: “{given}”; the article has “{source}”"


def unsupported_in_words(sentence: CheckedSentence, text: str) -> str:
    """The parts that no article has: "not in the articles: “in the barn”, “Coombe”"; "" for none.

    What differs is told by the differences.
    """
    differing = {(each.start, each.end) for each in sentence.differences}
    parts = [f"“{text[slice(*span)]}”" for span in sentence.unsupported if span not in differing]
    return f"not in the articles: {', '.join(parts)}" if parts else ""
