"""What a copy adds to its origin, leaves out and changes, in words.

    differences(origin, copy)   ->  `Difference`s: first what is changed, then added, then left out
    summary(differences)        ->  "2 sentences added, 1 figure changed"

In:  two texts. Sentences are paired by the words that they share, in whatever order they stand;
paired ones are compared word by word.
Left to others: which texts are copies (`rag.text.reuse.overlap`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from rag.text.folding import fold_spaces
from rag.text.reuse.shingles import Word, words_of
from rag.text.sentences import sentence_spans

Kind = Literal["figure", "words", "added", "left out"]
_SAME_SENTENCE = 0.5  # share of the words of two sentences (Dice) from which they are paired
_MOST_SENTENCES = 400  # of each text that are compared


class Difference(NamedTuple):
    """What stands in the origin and in the copy instead; one of them may be empty.

    `kind`: "figure" or "words" within a sentence that both have; "added" and "left out" for whole
    sentences that only one of them has.
    """

    kind: Kind
    origin: str
    copy: str


class _Sentence(NamedTuple):
    text: str
    words: list[Word]

    @property
    def folded(self) -> list[str]:
        return [word.folded for word in self.words]


def differences(origin: str, copy: str) -> list[Difference]:
    """How `copy` differs from `origin`; empty where the same sentences stand in both."""
    ours, theirs = _sentences(origin), _sentences(copy)
    pairs = _paired(ours, theirs)
    changed = [each for n, m in sorted(pairs.items()) for each in _within(ours[n], theirs[m])]
    added = [
        Difference("added", "", each.text)
        for m, each in enumerate(theirs)
        if m not in pairs.values()
    ]
    left_out = [
        Difference("left out", each.text, "") for n, each in enumerate(ours) if n not in pairs
    ]
    return [*changed, *added, *left_out]


def summary(items: Sequence[Difference]) -> str:
    """How many differences there are of each kind; "same words" where there are none."""
    counts = Counter(each.kind for each in items)
    names: tuple[tuple[Kind, str, str], ...] = (
        ("figure", "figure", "changed"),
        ("words", "phrase", "changed"),
        ("added", "sentence", "added"),
        ("left out", "sentence", "left out"),
    )
    parts = [
        f"{counts[kind]} {noun}{'' if counts[kind] == 1 else 's'} {verb}"
        for kind, noun, verb in names
        if counts[kind]
    ]
    return ", ".join(parts) or "same words"


def _sentences(text: str) -> list[_Sentence]:
    pieces = (fold_spaces(text[start:end]) for start, end in sentence_spans(text))
    sentences = (_Sentence(piece, words_of(piece)) for piece in pieces)
    return [each for each in sentences if each.words][:_MOST_SENTENCES]


def _paired(ours: Sequence[_Sentence], theirs: Sequence[_Sentence]) -> dict[int, int]:
    """The number of the sentence of `theirs` that each of `ours` became; the likest first."""
    bags = [Counter(each.folded) for each in theirs]
    likeness = []
    for n, each in enumerate(ours):
        bag = Counter(each.folded)
        for m, other in enumerate(bags):
            shared = 2 * (bag & other).total() / (bag.total() + other.total())
            if shared >= _SAME_SENTENCE:
                likeness.append((-shared, abs(n - m), n, m))
    pairs: dict[int, int] = {}
    for *_, n, m in sorted(likeness):
        if n not in pairs and m not in pairs.values():
            pairs[n] = m
    return pairs


def _within(one: _Sentence, other: _Sentence) -> Iterator[Difference]:
    """What two sentences that are one have differently."""
    matcher = SequenceMatcher(None, one.folded, other.folded, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag != "equal":
            ours, theirs = one.words[start:end], other.words[first:last]
            is_figure = any(word.is_figure for word in (*ours, *theirs))
            kind: Kind = "figure" if is_figure else "words"
            yield Difference(kind, _piece(one, ours), _piece(other, theirs))


def _piece(sentence: _Sentence, words: Sequence[Word]) -> str:
    return sentence.text[words[0].start : words[-1].end] if words else ""
