"""From the model's draft to sentences that are supported, each with its quote. Pure functions.

In:  a draft with [n] markers; the passages it was written from.
Out: claims with valid numbers; for each, whether a passage supports it, and the smallest run of
     whole sentences of the passage that does.
Left to others: numbering citations (`rag.grounding.citations`), wording refusals (`rag.prompts.templates`).

A claim is supported by a quote when every figure, quotation and name it brings stands there,
and enough of its words do. Words that the question already held count for little: they are not
evidence. A claim that the passages it names do not support is given to the one that does best,
or else dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.grounding.claims import Claim
from rag.text.folding import fold_quotes, fold_spaces
from rag.text.names import (
    expand_short_forms,
    extract_full_names,
    extract_names,
    mentions,
    opening_name,
    short_forms,
)
from rag.text.numbers import extract_numbers, number_forms
from rag.text.polarity import polarity_mismatch
from rag.text.sentences import Span, sentence_spans
from rag.text.stemming import stem_tokens

_QUOTED = re.compile(r"[\"“”]([^\"“”]{3,400})[\"“”]")


MIN_SHARE = 0.5  # part of a claim's words that must stand in the quote
MIN_NEWS = 0.6  # the same of the words that the question did not hold
_ADDS = 0.15  # of those words, what a further passage must add to be cited too
_IN_QUOTE = {"mention": "name", "known": "figure"}  # what these must be in a quote
_EXACT = ("figure", "quotation", "name")
_LONGEST_QUOTE = 3  # sentences
_PER_SENTENCE = 0.08  # what a further sentence in a quote must add


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """A run of sentences of a passage and what of a claim it holds (stems, figures, …)."""

    passage: int
    span: Span  # within the passage's text
    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a quote must hold for a claim: parts marked so that they can be counted together."""

    words: frozenset[str]  # stems and figures of the claim
    news: frozenset[str]  # those that the question did not hold
    exact: frozenset[str]  # figures, quotations and names, all of which must stand there: a name
    # or figure of the question ("mention", "known") in the article, any other in the quote
    question: frozenset[str]  # stems of the question: they only help to choose between quotes
    full: tuple[str, ...] = ()  # names of several words, as the claim writes them

    def met(self, held: frozenset[str]) -> bool:
        """Whether what quotes hold together supports the claim."""
        return (
            self.exact <= held
            and _share(self.words, held) >= MIN_SHARE
            and _share(self.news, held) >= MIN_NEWS
        )

    def worth(self, held: frozenset[str]) -> float:
        """For choosing between quotes: more is better."""
        return (
            _share(self.words, held)
            + _share(self.news, held)
            + 2 * _share(self.exact, held)
            + 0.3 * _share(self.question, held)
        )


def find_support(
    claim: Claim, passages: Sequence[str], question: str = "", around: Sequence[str] | None = None
) -> tuple[QuoteMatch, ...]:
    """The quotes that carry `claim`, first those of the passages it names, in its order.

    `around` holds for each passage the text it stands in (default: the passage itself). Only
    passages that the claim names may carry it together: two that happen to share its words may
    speak of two things. Empty where nothing supports the claim.
    """
    needs = requirements_of(claim.text, question)
    runs = [
        best_run(needs, text, whole, number)
        for number, (text, whole) in enumerate(zip(passages, around or passages, strict=True))
    ]

    def quoted(carried: Sequence[QuoteMatch]) -> str:
        return "\n".join(passages[run.passage][slice(*run.span)] for run in carried)

    own = _joined(needs, [runs[number] for number in claim.passages])
    if own and not polarity_mismatch(claim.text, quoted(own)):
        return own
    for run in sorted(runs, key=lambda run: (-needs.worth(run.held), run.passage)):
        if needs.met(run.held) and not polarity_mismatch(claim.text, quoted([run])):
            return (run,)
    return ()


def supplementary_spans(
    claim: str,
    question: str,
    own: Sequence[str],
    article: str,
    near: Span,
    record: str = "",
) -> list[Span] | None:
    """Sentences of `article` that hold the names and figures of `claim` which `own` lacks.

    `own` are the quotes that carry the claim, `near` where the first of them stands in the
    article, `record` its title, outlet, author and date: what stands there need not be quoted.
    Of several sentences the nearest is taken, one before the quote rather than one after it.
    None where something stands nowhere.
    """
    marks = (each.partition(" ") for each in requirements_of(claim, question).exact)
    wanted = frozenset(f"{_IN_QUOTE.get(kind, kind)} {value}" for kind, _, value in marks)
    told = "\n".join((*own, record))
    first = opening_name(claim)  # a name, unless the article has it in lower case
    if first and not re.search(rf"\b{re.escape(first.lower())}", f"{article}\n{question}"):
        wanted |= {f"name {first}"}
    missing = wanted - _exact_in(wanted, told, _EXACT)
    if not missing:
        return []
    held = {
        span: _exact_in(missing, article[slice(*span)], _EXACT)
        for span in (_trimmed(article, each) for each in sentence_spans(article))
    }
    chosen: set[Span] = set()
    for mark in sorted(missing):
        bearers = [span for span, marks in held.items() if mark in marks]
        if not bearers:
            return None
        if not chosen.intersection(bearers):
            chosen.add(min(bearers, key=lambda span: _distance(span, near)))
    return sorted(chosen)


def _distance(span: Span, near: Span) -> int:
    """Characters between the two; a sentence that comes after counts twice as far."""
    return near[0] - span[1] if span[1] <= near[0] else 2 * (span[0] - near[1])


def distinct(claims: Sequence[Claim], question: str) -> list[Claim]:
    """The claims without those that only repeat what earlier ones and the question said."""
    said = set(stem_tokens([question])[0])
    kept: list[Claim] = []
    for claim in claims:
        words = set(stem_tokens([claim.text])[0])
        if not kept or words - said:
            kept.append(claim)
        said |= words
    return kept


def is_new(claims: Sequence[str], question: str) -> bool:
    """Whether the claims together say anything that `question` did not."""
    asked = frozenset(stem_tokens([question])[0])
    return any(not asked >= frozenset(words) for words in stem_tokens(list(claims)))


def requirements_of(claim: str, question: str = "") -> Requirements:
    """What must stand in a quote for `claim`, given that `question` was asked."""
    words, asked = (_words(each) for each in stem_tokens([claim, question]))
    names = extract_names(claim)
    asked_figures = number_forms(question)
    figures = extract_numbers(claim)
    known = frozenset(f"known {figure}" for figure in figures & asked_figures)
    new = frozenset(f"figure {figure}" for figure in figures - asked_figures)
    exact = {
        *(known | new),
        *(f"quotation {quoted}" for quoted in extract_quotations(claim)),
        *(f"mention {name}" for name in names),
        *(f"name {name}" for name in names if not mentions(question, name)),
    }
    full = extract_full_names(claim)
    return Requirements(words | known | new, (words - asked) | new, frozenset(exact), asked, full)


def best_run(needs: Requirements, passage: str, article: str = "", number: int = 0) -> QuoteMatch:
    """The smallest run of whole sentences of `passage` that holds most of `needs`."""
    spans = [_trimmed(passage, span) for span in sentence_spans(passage)]
    words = [frozenset(each) for each in stem_tokens([passage[a:b] for a, b in spans])]
    whole = article or passage
    around = _exact_in(needs.exact, whole, ("mention", "known"))
    known_as = short_forms(needs.full, whole)
    best, best_rank = QuoteMatch(number, (0, 0), frozenset()), (False, -_LONGEST_QUOTE, -1.0)
    for first in range(len(spans)):
        stemmed: frozenset[str] = frozenset()
        for last in range(first, min(first + _LONGEST_QUOTE, len(spans))):
            stemmed |= words[last]
            span = (spans[first][0], spans[last][1])
            quote = passage[span[0] : span[1]]
            held = stemmed | around | _exact_in(needs.exact, quote, _EXACT)
            held |= frozenset(f"name {word}" for word in expand_short_forms(known_as, quote))
            met, longer = needs.met(held), last - first
            # of the quotes that support the claim one of the fewest sentences, else the nearest
            rank = (met, -longer if met else 0, needs.worth(held) - _PER_SENTENCE * longer)
            if rank > best_rank:
                best, best_rank = QuoteMatch(number, span, held), rank
    return best


def extract_quotations(text: str) -> tuple[str, ...]:
    """What stands between quotation marks, in plain form; single words are left to the words."""
    plain = (_plain(quoted) for quoted in _QUOTED.findall(text))
    return tuple(quoted for quoted in plain if " " in quoted)


def _words(stemmed: Sequence[str]) -> frozenset[str]:
    """Stems without figures: those are compared as figures ("72" is in "72nd")."""
    return frozenset(word for word in stemmed if not any(map(str.isdigit, word)))


def _exact_in(wanted: frozenset[str], text: str, kinds: tuple[str, ...]) -> frozenset[str]:
    """Those of the marked figures, quotations and names, of these kinds, that stand in `text`."""
    figures, plain = number_forms(text), _plain(text)

    def there(kind: str, value: str) -> bool:
        if kind in ("figure", "known"):
            return value in figures
        return value in plain if kind == "quotation" else mentions(text, value)

    marked = ((each, *each.split(" ", 1)) for each in wanted)
    return frozenset(each for each, kind, value in marked if kind in kinds and there(kind, value))


def _joined(needs: Requirements, runs: Sequence[QuoteMatch]) -> tuple[QuoteMatch, ...]:
    """Those of `runs` that add to what the better ones hold, if together they meet `needs`."""
    kept: list[QuoteMatch] = []
    held: frozenset[str] = frozenset()
    for run in sorted(runs, key=lambda run: -needs.worth(run.held)):
        more = _share(needs.news, held | run.held) - _share(needs.news, held)
        if not kept or more >= _ADDS:
            kept.append(run)
            held |= run.held
    return tuple(run for run in runs if run in kept) if kept and needs.met(held) else ()


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 1.0


def _plain(text: str) -> str:
    """Lower case, straight marks, single spaces, no punctuation at the ends."""
    return fold_spaces(fold_quotes(text.lower())).strip(" .,;:!?\"'")


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    bare = text[start:end].rstrip()
    return start + len(bare) - len(bare.lstrip()), start + len(bare)
