"""From the model's draft to sentences that are supported, each with its quote. Pure functions.

In:  a draft with [n] markers; the passages it was written from.
Out: claims with valid numbers; for each, whether a passage supports it, and the smallest run of
     whole sentences of the passage that does.
Left to others: numbering citations and wording refusals (`rag.assistant`).

A claim is supported by a passage when every figure and every quotation of the claim stands in
one run of sentences of it, and enough of the claim's words do. A claim whose own passage does
not support it is given to the retrieved passage that supports it best, or else dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.passages import Span, sentence_spans
from rag.words import stems

_MARKER = re.compile(r"\[\s*(?:passages?\s*)?(\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*)\s*\]", re.I)
_AFTER_STOP = re.compile(r"([.!?][\"”’']?)((?:\s*\[[^\][]{1,30}\])+)")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_QUOTED = re.compile(r"[\"“”]([^\"“”]{3,400})[\"“”]")

MIN_SUPPORT = 0.5  # part of a claim's words that must stand in the quote
_LONGEST_QUOTE = 3  # sentences
_PER_SENTENCE = 0.08  # what a further sentence in a quote must add in support


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft without its markers, and the passages it names (from 0)."""

    text: str
    passages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """How well a run of sentences carries a claim. `span` counts within the passage's text."""

    passage: int
    span: Span
    share: float  # of the claim's words, 0 to 1
    exact: bool  # every figure and quotation of the claim stands in it

    @property
    def holds(self) -> bool:
        """Whether it may be cited."""
        return self.exact and self.share >= MIN_SUPPORT


def claims_of(draft: str, passages: int) -> list[Claim]:
    """Split a draft into sentences; keep the markers that name one of `passages` passages.

    A marker after the full stop belongs to the sentence before it. Numbers that name no passage
    are dropped.
    """
    moved = _AFTER_STOP.sub(lambda m: f"{m[2]}{m[1]}", " ".join(draft.split()))
    claims = []
    for start, end in sentence_spans(moved):
        sentence = moved[start:end]
        named = [n - 1 for marker in _MARKER.finditer(sentence) for n in _numbers(marker[1])]
        text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_MARKER.sub(" ", sentence).split()))
        valid = tuple(dict.fromkeys(n for n in named if 0 <= n < passages))
        if re.search(r"\w", text):
            claims.append(Claim(text, valid))
        elif claims and valid:  # a line of markers alone belongs to what stands before it
            merged = tuple(dict.fromkeys((*claims[-1].passages, *valid)))
            claims[-1] = Claim(claims[-1].text, merged)
    return claims


def supports(claim: Claim, passages: Sequence[str]) -> tuple[Support, ...]:
    """The quotes that carry `claim`, in the order in which it names its passages.

    Empty where neither the passages it names nor any other supports it.
    """
    found = [support(claim.text, passages[n], n) for n in claim.passages]
    kept = tuple(each for each in found if each.holds)
    if kept:
        return kept
    others = [support(claim.text, text, n) for n, text in enumerate(passages)]
    best = max((each for each in others if each.holds), key=lambda s: s.share, default=None)
    return () if best is None else (best,)


def support(claim: str, passage: str, number: int = 0) -> Support:
    """The smallest run of whole sentences of `passage` that carries `claim` best."""
    wanted = frozenset(stems([claim])[0])
    figures, quotes = figures_in(claim), quotations_in(claim)
    spans = [_trimmed(passage, span) for span in sentence_spans(passage)]
    words = [frozenset(each) for each in stems([passage[a:b] for a, b in spans])]
    best = Support(number, (0, 0), 0.0, False)
    best_worth = -1.0
    for first in range(len(spans)):
        held: frozenset[str] = frozenset()
        for last in range(first, min(first + _LONGEST_QUOTE, len(spans))):
            held |= words[last]
            span = (spans[first][0], spans[last][1])
            text = passage[span[0] : span[1]]
            exact = figures <= figures_in(text) and all(q in _plain(text) for q in quotes)
            share = len(wanted & held) / len(wanted) if wanted else 0.0
            worth = share + exact - _PER_SENTENCE * (last - first)
            if worth > best_worth + 1e-9:
                best, best_worth = Support(number, span, share, exact), worth
    return best


def figures_in(text: str) -> frozenset[str]:
    """Figures as written, without thousands' separators: "7,000" is "7000"."""
    return frozenset(_normal(figure) for figure in _FIGURE.findall(text))


def quotations_in(text: str) -> tuple[str, ...]:
    """What stands between quotation marks, in plain form; single words are left to the words."""
    plain = (_plain(quoted) for quoted in _QUOTED.findall(text))
    return tuple(quoted for quoted in plain if " " in quoted)


def coverage(passages: Sequence[str], rarity: Mapping[str, float]) -> float:
    """Part of a query's stems (the keys of `rarity`, weighted by it) that stand in `passages`."""
    wanted = frozenset(rarity)
    held = frozenset(word for words in stems(list(passages)) for word in words)
    total = sum(rarity[word] for word in wanted)
    return sum(rarity[word] for word in wanted & held) / total if total else 0.0


def _numbers(marker: str) -> list[int]:
    parts = re.split(r"\s*[,;]\s*", marker)
    numbers: list[int] = []
    for part in parts:
        ends = [int(each) for each in re.split(r"\s*[\u2013-]\s*", part) if each]
        numbers += list(range(ends[0], min(ends[-1], ends[0] + 20) + 1)) if ends else []
    return numbers


def _normal(figure: str) -> str:
    return re.sub(r",(?=\d{3}(?!\d))", "", figure)


def _plain(text: str) -> str:
    """Lower case, straight marks, single spaces, no punctuation at the ends."""
    folded = text.lower().translate(str.maketrans("“”‘’\u00a0", "\"\"'' "))
    return " ".join(folded.split()).strip(" .,;:!?\"'")


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
