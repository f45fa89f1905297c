"""Two answers to one question beside each other, by their facts rather than by their wording.

    compare_answers(before, after)  ->  `Comparison`, false where both state the same

In:  two answers. Out: the statements that are new, were changed, or are gone.
Left to others: which facts of two texts differ (`rag.newsroom.alerts.facts`). Pure functions.

Statements that cite the same passage are compared with one another, however many sentences each
answer makes of it: as long as the passage is the same, another wording is no change, nor is a
detail of it that one of them leaves out. Where the passage itself was edited, any other fact or
word of it is a change. Statements that share no passage are paired by what they tell of; what has
no counterpart is new, or gone. Near copies of one origin are one source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from rag.newsroom.alerts.facts import differing_facts, differing_words
from rag.newsroom.alerts.values import AnswerChange, ChangeKind, Comparison, FactChange
from rag.newsroom.drafts.matching import is_same_sense
from rag.text.folding import fold, has_phrase
from rag.text.senses import senses_of
from rag.types import Answer, Citation

_STANCE = re.compile(r"(?:yes|no)\b", re.I)
_LEAST_SHARED = 0.3  # of the words of the shorter statement, from which two tell of one thing
_ORDER: tuple[ChangeKind, ...] = ("changed", "new", "gone")


class _Statement(NamedTuple):
    """A sentence of the answer before or after, and what it cites."""

    is_after: bool
    text: str
    citations: tuple[Citation, ...]


class _Sides(NamedTuple):
    """Statements of both answers that belong together."""

    before: list[_Statement]
    after: list[_Statement]


def compare_answers(before: Answer, after: Answer) -> Comparison:
    """What `after` states otherwise than `before`, its forerunner."""
    cited = [{each.article for each in answer.citations} for answer in (before, after)]
    changes = sorted(_changes(before, after), key=lambda each: _ORDER.index(each.kind))
    if not changes:
        return Comparison()
    return Comparison(
        tuple(changes), tuple(sorted(cited[1] - cited[0])), tuple(sorted(cited[0] - cited[1]))
    )


def _changes(before: Answer, after: Answer) -> list[AnswerChange]:
    if before.abstained and after.abstained:
        return []
    stances = _stance(before), _stance(after)
    verdict = [FactChange("verdict", *stances)] if stances[0] != stances[1] else []
    if before.abstained or after.abstained:
        kind: ChangeKind = "new" if before.abstained else "gone"
        return [AnswerChange(kind, before.text, after.text, tuple(verdict))]
    whole = [AnswerChange("changed", before.text, after.text, tuple(verdict))] if verdict else []
    statements = [*_statements(before, is_after=False), *_statements(after, is_after=True)]
    if not statements and fold(before.text) != fold(after.text):
        return [AnswerChange("changed", before.text, after.text)]
    origins = _origins((before, after))
    changes, left = list[AnswerChange](), _Sides([], [])
    for group in _grouped(statements, origins):
        if group.before and group.after:
            changes += _compare_group(group, origins)
        else:
            left.before.extend(group.before)
            left.after.extend(group.after)
    are_alone = len(statements) == 2
    return [*whole, *changes, *_compare_left(left, origins, are_alone=are_alone)]


def _stance(answer: Answer) -> str:
    if answer.abstained:
        return "refused"
    match = _STANCE.match(answer.text)
    return match[0].lower() if match else "answered"


def _statements(answer: Answer, *, is_after: bool) -> list[_Statement]:
    by_number = {each.number: each for each in answer.citations}
    return [
        _Statement(is_after, each.text, tuple(by_number[n] for n in each.citations))
        for each in answer.sentences
        if each.supported
    ]


def _origins(answers: Iterable[Answer]) -> dict[str, str]:
    """The origin of each near copy, by article id."""
    return {
        copy: origin.article
        for answer in answers
        for origin in answer.origins
        for copy in origin.copies
    }


# statements of one passage


def _grouped(statements: Sequence[_Statement], origins: dict[str, str]) -> list[_Sides]:
    """Groups of statements that are joined by passages that they share."""
    groups = [{n} for n in range(len(statements))]
    for one, other in combinations(range(len(statements)), 2):
        if _share_a_passage(statements[one], statements[other], origins):
            first, second = (next(g for g in groups if n in g) for n in (one, other))
            if first is not second:
                first |= second
                groups.remove(second)
    members = ([statements[n] for n in sorted(group)] for group in groups)
    return [
        _Sides([e for e in each if not e.is_after], [e for e in each if e.is_after])
        for each in members
    ]


def _share_a_passage(one: _Statement, other: _Statement, origins: dict[str, str]) -> bool:
    return any(
        _is_same_text(a, b, origins) or _overlap(a, b)
        for a in one.citations
        for b in other.citations
    )


def _is_same_text(one: Citation, other: Citation, origins: dict[str, str]) -> bool:
    """Whether one quote has all of the other, in one article or near copies of it."""
    if _origin(one, origins) != _origin(other, origins) or one.field != other.field:
        return False
    if one.field is not None:
        return True  # a value that changed differs in the statement, too
    first, second = fold(one.quote), fold(other.quote)
    return has_phrase(first, second) or has_phrase(second, first)


def _overlap(one: Citation, other: Citation) -> bool:
    """Whether both quote one place of an article, perhaps as it was before and after an edit."""
    if one.article != other.article or one.span is None or other.span is None:
        return False
    return max(one.span[0], other.span[0]) < min(one.span[1], other.span[1])


def _origin(citation: Citation, origins: dict[str, str]) -> str:
    return origins.get(citation.article, citation.article)


def _compare_group(group: _Sides, origins: dict[str, str]) -> list[AnswerChange]:
    """What differs between the statements of one passage."""
    texts = _joined(group.before), _joined(group.after)
    facts = differing_facts(*texts, _quotes(group))
    edited = _edited(group, origins)
    if edited and not facts:
        facts = differing_facts(*edited, is_strict=True) or differing_words(*edited)
    sources = _source_change(group, origins)
    if not facts and sources is None:
        return []
    kind: ChangeKind = "changed"
    if not facts and sources is not None:
        kind = "new" if not sources.before else "gone" if not sources.after else "changed"
    return [AnswerChange(kind, *texts, (*facts, *([sources] if sources else [])))]


def _edited(group: _Sides, origins: dict[str, str]) -> tuple[str, str] | None:
    """The quotes at places whose text is another now, before and after; None where none is."""
    old, new = (list(_citations(side)) for side in group)
    gone = [a for a in old if not any(_is_as_it_was(a, b, origins) for b in new)]
    added = [b for b in new if not any(_is_as_it_was(a, b, origins) for a in old)]
    pairs = [(a.quote, b.quote) for a in gone for b in added if _overlap(a, b)]
    if not pairs:
        return None
    before, after = (" ".join(dict.fromkeys(quotes)) for quotes in zip(*pairs, strict=True))
    return before, after


def _is_as_it_was(one: Citation, other: Citation, origins: dict[str, str]) -> bool:
    """Whether two quotes have the same text, or what they share of one place is the same."""
    if _is_same_text(one, other, origins):
        return True
    if not _overlap(one, other) or one.span is None or other.span is None:
        return False
    start, end = max(one.span[0], other.span[0]), min(one.span[1], other.span[1])
    first, second = (
        each.quote[start - span[0] : end - span[0]]
        for each, span in ((one, one.span), (other, other.span))
    )
    return first == second


def _source_change(group: _Sides, origins: dict[str, str]) -> FactChange | None:
    """The articles that only one side cites; None where both cite the same."""
    sides = [{_origin(each, origins): each for each in _citations(side)} for side in group]
    gone = [each for origin, each in sides[0].items() if origin not in sides[1]]
    added = [each for origin, each in sides[1].items() if origin not in sides[0]]
    if not gone and not added:
        return None
    return FactChange("source", _names(gone), _names(added))


def _names(citations: Iterable[Citation]) -> str:
    return "; ".join(
        f"{each.title} ({each.source})" if each.source else each.title for each in citations
    )


# statements without a common passage


def _compare_left(left: _Sides, origins: dict[str, str], *, are_alone: bool) -> list[AnswerChange]:
    """Pairs of statements that tell of one thing; then those that are new, and those gone.

    Where each answer has a single statement, they answer one question (`are_alone`).
    """
    before, after, changes = list(left.before), list(left.after), list[AnswerChange]()
    while before and after:
        one, other = max(
            ((a, b) for a in before for b in after), key=lambda pair: _shared_words(*pair)
        )
        if not are_alone and _shared_words(one, other) < _LEAST_SHARED:
            break
        before.remove(one)
        after.remove(other)
        changes += _compare_pair(_Sides([one], [other]), origins)
    changes += [AnswerChange("new", after=each.text) for each in after]
    return [*changes, *(AnswerChange("gone", before=each.text) for each in before)]


def _compare_pair(pair: _Sides, origins: dict[str, str]) -> list[AnswerChange]:
    """What differs between two statements from other passages: at least that."""
    texts = _joined(pair.before), _joined(pair.after)
    facts = differing_facts(*texts, _quotes(pair), is_strict=True)
    source = _source_change(pair, origins)
    if source is None and not facts:
        source = FactChange("source", *(f"“{_quotes_of(side)}”" for side in pair))
    return [AnswerChange("changed", *texts, (*facts, *([source] if source else [])))]


def _shared_words(one: _Statement, other: _Statement) -> float:
    """The share of the words of the shorter statement that the other has, 0 to 1."""
    first, second = senses_of(one.text), senses_of(other.text)
    shorter, longer = sorted((first, second), key=len)
    shared = [each for each in shorter if any(is_same_sense(each, word) for word in longer)]
    return len(shared) / len(shorter) if shorter else 0.0


def _joined(statements: Iterable[_Statement]) -> str:
    return " ".join(each.text for each in statements)


def _citations(statements: Iterable[_Statement]) -> Iterable[Citation]:
    return (citation for each in statements for citation in each.citations)


def _quotes(sides: _Sides) -> list[str]:
    return [each.quote for side in sides for each in _citations(side)]


def _quotes_of(statements: Iterable[_Statement]) -> str:
    return " ".join(" ".join(each.quote.split()) for each in _citations(statements))
