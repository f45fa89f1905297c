"""Finding the quotes that support a claim. Pure functions.

    find_support(claim, passages, ...)  ->  `QuoteMatch`es: the smallest runs of whole sentences
                                            that support the claim, or none
    supplementary_spans(...)            ->  further sentences of the article that name what a
                                            quote only refers to

A quote supports a claim when it contains every number, quotation and name that the claim brings,
and enough of its words. Words that the question already had count for little: they are no
evidence. A claim that the passages it cites do not support goes to the passage that supports it
best, or else has no support.
Left to others: what a quote must contain (`rag.grounding.requirements`), numbering citations
(`rag.grounding.citations`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.grounding.claims import Claim
from rag.grounding.requirements import ARTICLE_KINDS, Requirements, facts_in, requirements_of
from rag.text.names import expand_short_forms, opening_name, short_forms
from rag.text.polarity import polarity_mismatch
from rag.text.sentences import Span, sentence_spans
from rag.text.stemming import stem_tokens

_MIN_GAIN = 0.15  # share of the new terms that a further passage must add to be cited too
_MAX_SENTENCES = 3  # of a quote
_SENTENCE_COST = 0.08  # score that a further sentence of a quote must add


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """A run of sentences of a passage, and what it contains of a claim (stems and facts)."""

    passage: int
    span: Span  # within the passage's text
    contents: frozenset[str]


def find_support(
    claim: Claim, passages: Sequence[str], question: str = "", contexts: Sequence[str] | None = None
) -> tuple[QuoteMatch, ...]:
    """The quotes that support `claim`, first those of the passages it cites, in its order.

    `contexts` has for each passage the text it is part of (default: the passage itself). Only
    passages that the claim cites may support it together: two that happen to share its words may
    be about two things. Empty where nothing supports the claim.
    """
    requirements = requirements_of(claim.text, question)
    runs = [
        best_run(requirements, passage, context, number)
        for number, (passage, context) in enumerate(
            zip(passages, contexts or passages, strict=True)
        )
    ]

    def quoted(matches: Sequence[QuoteMatch]) -> str:
        return "\n".join(passages[match.passage][slice(*match.span)] for match in matches)

    cited = _combine(requirements, [runs[number] for number in claim.passages])
    if cited and not polarity_mismatch(claim.text, quoted(cited)):
        return cited
    for run in sorted(runs, key=lambda run: (-requirements.score(run.contents), run.passage)):
        supports = requirements.are_met_by(run.contents)
        if supports and not polarity_mismatch(claim.text, quoted([run])):
            return (run,)
    return ()


def best_run(
    requirements: Requirements, passage: str, context: str = "", number: int = 0
) -> QuoteMatch:
    """The smallest run of whole sentences of `passage` that contains most of `requirements`.

    `context` is the text that the passage is part of, `number` the place of the passage.
    """
    spans = [_trimmed(passage, span) for span in sentence_spans(passage)]
    stems = [frozenset(each) for each in stem_tokens([passage[a:b] for a, b in spans])]
    context = context or passage
    context_facts = facts_in(requirements.facts, context, ARTICLE_KINDS)
    forms = short_forms(requirements.full_names, context)
    best, best_rank = QuoteMatch(number, (0, 0), frozenset()), (False, -_MAX_SENTENCES, -1.0)
    for first in range(len(spans)):
        run_stems: frozenset[str] = frozenset()
        for last in range(first, min(first + _MAX_SENTENCES, len(spans))):
            run_stems |= stems[last]
            span = (spans[first][0], spans[last][1])
            quote = passage[span[0] : span[1]]
            contents = run_stems | context_facts | facts_in(requirements.facts, quote)
            contents |= frozenset(f"name {word}" for word in expand_short_forms(forms, quote))
            met, longer = requirements.are_met_by(contents), last - first
            # of quotes that support the claim the one of fewest sentences, else the closest
            score = requirements.score(contents) - _SENTENCE_COST * longer
            rank = (met, -longer if met else 0, score)
            if rank > best_rank:
                best, best_rank = QuoteMatch(number, span, contents), rank
    return best


def supplementary_spans(
    claim: str,
    question: str,
    quotes: Sequence[str],
    article: str,
    near: Span,
    record: str = "",
) -> list[Span] | None:
    """Sentences of `article` that contain the names and numbers of `claim` which `quotes` lack.

    `near` is where the first quote is in the article, `record` the article's title, outlet,
    author and date: what these contain need not be quoted. Of several sentences the nearest is
    chosen, one before the quote rather than one after it. None where a name or a number is
    nowhere in the article.
    """
    facts = requirements_of(claim, question).quotable_facts()
    first = opening_name(claim)  # a name, unless the article has it in lower case
    if first and not re.search(rf"\b{re.escape(first.lower())}", f"{article}\n{question}"):
        facts |= {f"name {first}"}
    missing = facts - facts_in(facts, "\n".join((*quotes, record)))
    if not missing:
        return []
    contents = {
        span: facts_in(missing, article[slice(*span)])
        for span in (_trimmed(article, each) for each in sentence_spans(article))
    }
    spans: set[Span] = set()
    for fact in sorted(missing):
        candidates = [span for span, contained in contents.items() if fact in contained]
        if not candidates:
            return None
        if not spans.intersection(candidates):
            spans.add(min(candidates, key=lambda span: _distance(span, near)))
    return sorted(spans)


def _distance(span: Span, near: Span) -> int:
    """Characters between the two; a sentence that comes after counts twice as far."""
    return near[0] - span[1] if span[1] <= near[0] else 2 * (span[0] - near[1])


def _combine(requirements: Requirements, runs: Sequence[QuoteMatch]) -> tuple[QuoteMatch, ...]:
    """Those of `runs` that add to better ones, if together they meet `requirements`."""
    useful: list[QuoteMatch] = []
    contents: frozenset[str] = frozenset()
    for run in sorted(runs, key=lambda run: -requirements.score(run.contents)):
        coverage = requirements.new_coverage(contents)
        gain = requirements.new_coverage(contents | run.contents) - coverage
        if not useful or gain >= _MIN_GAIN:
            useful.append(run)
            contents |= run.contents
    supports = bool(useful) and requirements.are_met_by(contents)
    return tuple(run for run in runs if run in useful) if supports else ()


def _trimmed(text: str, span: Span) -> Span:
    """`span` without the white space at its ends."""
    start, end = span
    bare = text[start:end].rstrip()
    return start + len(bare) - len(bare.lstrip()), start + len(bare)
