"""Articles to questions: all makers on all sentences, near misses, and a balanced draw.

    make_questions(articles, …)  ->  `Exam`: the questions, how many there might have been

In:  the articles of an index, how many questions are wanted, a seed.
Out: the questions in a fixed order, half of them near misses where there are enough.
Left to others: asking them (`rag.evaluation.exam.run`).
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.evaluation.exam.clauses import clauses_of
from rag.evaluation.exam.names import NamePool
from rag.evaluation.exam.near_misses import near_misses
from rag.evaluation.exam.people import questions_on_people
from rag.evaluation.exam.question import MadeQuestion, is_self_contained
from rag.evaluation.exam.rivals import RivalSearch
from rag.evaluation.exam.sources import SourceSentence, is_readable, sentences_of
from rag.evaluation.exam.statements import questions_of_clause, questions_on_words
from rag.text.folding import fold
from rag.types import Article

__all__ = ["MOST_ARTICLES", "Exam", "make_questions", "questions_of", "sampled"]

MOST_ARTICLES = 300  # that questions are made of; near misses are checked against all


@dataclass(frozen=True, slots=True)
class Exam:
    """Questions that were made: `answerable` and `near_misses`, and of how many articles."""

    answerable: tuple[MadeQuestion, ...]
    near_misses: tuple[MadeQuestion, ...]
    articles: int

    @property
    def questions(self) -> tuple[MadeQuestion, ...]:
        """All of them, answerable ones first."""
        return (*self.answerable, *self.near_misses)


def sampled(ids: Iterable[str], seed: int) -> list[str]:
    """At most `MOST_ARTICLES` of the ids, drawn by SHA-256 of seed and id, in order of ids."""
    drawn = sorted(ids, key=lambda id: hashlib.sha256(f"exam {seed} {id}".encode()).digest())
    return sorted(drawn[:MOST_ARTICLES])


def questions_of(source: SourceSentence) -> Iterator[MadeQuestion]:
    """The questions that one sentence answers and that can be understood alone."""
    candidates = [*questions_on_people(source), *questions_on_words(source)]
    candidates += [each for clause in clauses_of(source) for each in questions_of_clause(clause)]
    yield from filter(is_self_contained, candidates)


def make_questions(
    articles: Sequence[Article],
    every_article: Callable[[], Iterable[Article]],
    count: int,
    seed: int,
) -> Exam:
    """`count` questions of `articles`, or as many as can be made; near misses are half of them.

    `every_article` gives all articles of the index, among which rivals are looked for.
    """
    rng = random.Random(seed)  # noqa: S311 - a draw, no secret
    sources = [
        source for article in articles if is_readable(article) for source in sentences_of(article)
    ]
    candidates = _merged(each for source in sources for each in questions_of(source))
    people = {each.names[0] for each in candidates.values() if each.kind in ("who_is", "how_old")}
    names = NamePool(sources, sorted(people))
    near = [edit for each in candidates.values() for edit in near_misses(each, names, rng)]
    near = [each for each in near if is_self_contained(each)]
    search = RivalSearch([*candidates.values(), *near])
    for article in every_article():
        search.read(article)
    left = search.left()
    rng.shuffle(left)
    answerable = _balanced(_distinct(left), key=lambda each: each.kind)
    texts = {each.question for each in answerable}
    misses = [each for each in left if each.edit and each.original in texts]
    misses = _balanced(list(_one_each(misses)), key=lambda each: f"{each.edit} {each.kind}")
    most = min(len(misses), count // 2)
    chosen = answerable[: count - most]
    return Exam(tuple(chosen), tuple(misses[: max(most, count - len(chosen))]), len(articles))


def _merged(candidates: Iterable[MadeQuestion]) -> dict[str, MadeQuestion]:
    """The questions by their folded text; what any sentence says somebody is may be answered."""
    merged: dict[str, MadeQuestion] = {}
    for each in candidates:
        key = fold(each.question)
        earlier = merged.get(key)
        if earlier is None:
            merged[key] = each
        elif each.kind in ("who_is", "who_said"):
            answers = tuple(dict.fromkeys((*earlier.answers, *each.answers)))
            merged[key] = replace(earlier, answers=answers)
    return merged


def _distinct(left: Iterable[MadeQuestion]) -> list[MadeQuestion]:
    """The answerable questions, one of those that ask for the same with the same names."""
    distinct: dict[object, MadeQuestion] = {}
    for each in left:
        if not each.edit:
            key = (
                each.question if each.kind == "who_said" else (each.kind, each.answers, each.names)
            )
            distinct.setdefault(key, each)
    return list(distinct.values())


def _one_each(misses: Iterable[MadeQuestion]) -> Iterator[MadeQuestion]:
    """One near miss of each sort for a question."""
    seen = set()
    for each in misses:
        key = (each.original, each.edit, each.names[:-1])
        if key not in seen:
            seen.add(key)
            yield each


def _balanced(
    questions: Sequence[MadeQuestion], key: Callable[[MadeQuestion], str]
) -> list[MadeQuestion]:
    """The questions in an order in which kinds and articles take turns."""
    groups: dict[str, list[MadeQuestion]] = defaultdict(list)
    for each in questions:
        groups[key(each)].append(each)
    ordered: list[MadeQuestion] = []
    taken: dict[str, int] = defaultdict(int)
    while any(groups.values()):
        for kind in sorted(groups):
            if groups[kind]:
                best = min(groups[kind], key=lambda each: taken[each.source.article.id])
                groups[kind].remove(best)
                taken[best.source.article.id] += 1
                ordered.append(best)
    return ordered
