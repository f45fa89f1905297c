"""Near misses: questions that one change makes unanswerable.

    near_misses(base, names, rng)  ->  its edits: another name, year, figure, role, or relation

In:  a `MadeQuestion`; the names of the corpus. Out: `MadeQuestion`s without an answer.
Left to others: whether some article answers one all the same (`rag.evaluation.exam.rivals`); edits
that training makes too (`rag.text.questions.near_misses`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from rag.evaluation.exam.names import NamePool
from rag.evaluation.exam.question import MadeQuestion
from rag.evaluation.exam.rivals import distinctive_words
from rag.evaluation.exam.sources import content_words
from rag.retrieval.people.mentions import is_title
from rag.text.dates.forms import MONTH
from rag.text.folding import fold
from rag.text.names import mentions, metonyms
from rag.text.questions.near_misses import (
    figure_edit,
    relation_edits,
    replace_word,
    year_edits,
)

__all__ = ["near_misses"]

_TRIES = 60  # names that are compared with one
_TAKEN = 3  # of them, the most alike, that are checked
_ROLES = (
    *("treasurer", "deputy chairman", "founder", "secretary", "spokesman", "chief lawyer"),
    "auditor",
)
_TWO_WORDS = re.compile(  # not "Kim Il-sung", of which the surname is first, nor "von Braun"
    r"(?!(?:Prime|Vice|Saint|St|King|Queen|Pope|Prince|Princess|Emperor|Empress|Sultan)\b)"
    r"[^\W\d_a-zß-ÿ]\w+ [^\W_]+(?:-[A-ZÀ-Þ]\w+)?"
)
_OF_TIME = re.compile(
    rf" (?:hours?|minutes?|seconds?|percent|per cent|a\.?m|p\.?m|{MONTH})\b|[,-]", re.I
)
_ROLE = re.compile(  # of a body, which may have others
    r"^Who is the (?P<role>(?:[\w’'-]+ )*?(?:director|chairman|chairwoman|chair|executive|engineer|"
    r"secretary|spokes\w+|manager|president|treasurer|owner|editor|founder|officer|head|leader)) "
    r"(?:of|for|at) "
)
_NOT_CHANGED = frozenset(  # a change of these may change nothing, or the sense
    re.findall(
        r"[\w-]+",
        "born is was did were does can with always never inside outside day left old new more most "
        "director captain president author mayor",
    )
)


def near_misses(base: MadeQuestion, names: NamePool, rng: random.Random) -> Iterator[MadeQuestion]:
    """The near misses of an answerable question, as many as its words give."""
    if base.kind == "who_said":
        return
    yield from _other_names(base, names, rng)
    yield from _other_year(base, rng)
    yield from _other_figure(base, rng)
    yield from _other_role(base, names, rng)
    if base.kind not in ("who_is", "how_old", "stands_for"):
        yield from _other_relation(base)


def _other_names(base: MadeQuestion, names: NamePool, rng: random.Random) -> Iterator[MadeQuestion]:
    for name in base.names:
        pool = names.like(name)
        if re.search(rf"\b(?:in|at|near|on|off) (?:the )?{re.escape(name)}", base.question):
            pool = [each for each in pool if not names.stand_together(name, each)]
        drawn = rng.sample(pool, min(_TRIES, len(pool)))
        given = f"{base.question} {' '.join(base.answers)} {base.source.text}"
        words = frozenset(fold(given).split())
        fitting = [
            each
            for each in drawn
            if not distinctive_words(each) & words and _may_stand_for(each, given)
        ]
        for other in names.nearest(name, fitting)[:_TAKEN]:
            if base.kind == "who_is":  # nobody has the name of two people's halves
                if not all(map(_has_first_name, (other, name))):
                    continue
                other = f"{other.split()[0]} {name.split()[-1]}"  # noqa: PLW2901
            rest = tuple(each for each in base.names if each != name)
            needed = frozenset([fold(other)]) if base.kind == "who_is" else frozenset()
            question = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", other, base.question, count=1)
            yield _near_miss(base, "name", question, (*rest, other), needed)


def _has_first_name(name: str) -> bool:
    """Whether a name is a first name and a surname, not a title and one."""
    first = name.partition(" ")[0]
    return bool(_TWO_WORDS.fullmatch(name)) and not is_title(first)


def _may_stand_for(other: str, given: str) -> bool:
    """Whether `other` is another's name than those of `given`, in whatever form it has them."""
    if any(other in group and any(each in given for each in group) for group in _governments()):
        return False
    return not any(mentions(given, word) for word in other.split() if len(word) > 3)


@lru_cache(maxsize=1)
def _governments() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(n.removeprefix("the ") for n in group) for group in metonyms())


def _other_year(base: MadeQuestion, rng: random.Random) -> Iterator[MadeQuestion]:
    edit = year_edits(base.question)
    if edit:
        latest = base.source.article.published or base.question[edit.start : edit.end]
        past = [year for year in edit.others if year <= latest]
        for year in rng.sample(past, min(3, len(past))):
            yield _near_miss(base, "year", edit.apply(base.question, year), base.names, {year})


def _other_figure(base: MadeQuestion, rng: random.Random) -> Iterator[MadeQuestion]:
    edit = figure_edit(base.question, rng)
    if edit is None or _OF_TIME.match(base.question, edit.end):
        return
    if not re.search(r"(?<![\w-])[A-ZÀ-Þ][\w.-]* $", base.question[: edit.start]):  # "Level 3"
        other = edit.others[0]
        question = edit.apply(base.question, other)
        yield _near_miss(base, "figure", question, base.names, {fold(other)})


def _other_role(base: MadeQuestion, names: NamePool, rng: random.Random) -> Iterator[MadeQuestion]:
    match = _ROLE.match(base.question)
    if match is None or any(map(names.is_person, base.names)):
        return
    for role in rng.sample(_ROLES, 3):
        if role.split()[-1] not in match["role"]:
            question = base.question.replace(match["role"], role, 1)
            yield _near_miss(base, "role", question, base.names, content_words(role))


def _other_relation(base: MadeQuestion) -> Iterator[MadeQuestion]:
    for old, new in relation_edits(base.question):
        if old in _NOT_CHANGED or new.endswith("n't") or old[0].isupper():
            continue
        question = replace_word(base.question, old, new)
        if not re.search(rf"(?<![\w'-]){re.escape(old)}(?![\w'-])", base.question):
            continue  # with a capital it is part of a name
        yield _near_miss(base, "relation", question, base.names, content_words(new))


def _near_miss(
    base: MadeQuestion,
    edit: str,
    question: str,
    names: tuple[str, ...],
    needed: frozenset[str] | set[str],
) -> MadeQuestion:
    return replace(
        base,
        question=question,
        answers=(),
        names=names,
        edit=edit,
        original=base.question,
        needed=frozenset(needed),
    )
