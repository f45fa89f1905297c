"""The account of another article beside the answer to a question for a fact, unasked.

    pair_features(question, best, other, rank)  ->  what the two accounts have in common
    other_probability(features)                 ->  how likely the other is another account of it
    with_other_account(cited, ...)              ->  the answer and, after it, that account

In:  an answer that was made from the best evidence of a `Judgement`.
Out: the same, and where another article answers otherwise, its sentence, cited. "… has it
     otherwise" where figures or dates exclude each other, else "Compare …".
Left to others: accounts and whether they exclude each other (`rag.grounding.composition.accounts`).

Whether the best words of another article are another answer to the question, or a figure of
something else, a logistic regression judges. It was fitted on questions to which two articles of
invented collections give other answers, and on such as have one answer
(`python -m benchmarks.other_accounts`). No other account is a correction, what a correction
replaces, the sum of a part, or what says the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from rag.grounding.citations import ArticleLookup, CitedDraft
from rag.grounding.composition.accounts import (
    MEASURES,
    TOTAL,
    Account,
    accounts_of,
    agree,
    clauses_with_figures,
    comparable_figures,
    exclude,
    is_correction,
    replaces,
    stems_of,
    tell_of_one_matter,
)
from rag.grounding.conflicts import Conflict
from rag.grounding.quotation import ClaimReader
from rag.grounding.rendering import append_conflict
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.evidence.readings import record_prefix
from rag.text.names import extract_names
from rag.text.questions.answer_types import TIME_TYPES, expected_answer_type
from rag.text.senses import senses_of
from rag.types import Article

LEAST_PROBABILITY = 0.35
"""From which another account is shown: of those two in three are one (docs/quality.md)."""
WEIGHTS: Mapping[str, float] = {
    "score": 0.165,
    "rank": -0.408,
    "asks_time": 1.186,
    "shared_names": 0.268,
    "shared_stems": 0.133,
    "both_named": 1.754,
    "ratio": 3.416,
    "days_apart": -0.686,
}
BIAS = -1.214
_MOST_RANK = 8
_MOST_DAYS = 3000
_UNKNOWN_DAYS = 30  # between accounts of which one has no date
_SUPPORTED = 0.6  # probability from which one account is taken to say what the other does


def pair_features(question: str, best: Account, other: Account, rank: int) -> dict[str, float]:
    """What tells another account of what `question` asks from one of something else.

    score         the reader's, of the other
    rank          its place in the order of the evidence, counted from 0
    asks_time     1.0 where a date is asked for, else 0.0
    shared_names  names of both articles, as a share of those of the article that has fewer
    shared_stems  stems of the question in the other sentence
    both_named    1.0 where the words that answer are names in both, else 0.0
    ratio         the smaller of two figures that can be compared by the larger, the nearest pair
    days_apart    logarithm of one more than the days between the accounts
    """
    names = [_names_of(each.article) for each in (best, other)]
    figures = [
        tuple(sorted((abs(float(a.value)), abs(float(b.value)))))
        for a, b in comparable_figures(question, best, other)
    ]
    days = [abs((a - b).days) for a in best.days for b in other.days]
    answers = [extract_names(f"of {each.evidence.answer}") for each in (best, other)]
    return {
        "score": other.evidence.score,
        "rank": float(min(rank, _MOST_RANK)),
        "asks_time": float(expected_answer_type(question) in TIME_TYPES),
        "shared_names": len(names[0] & names[1]) / max(1, min(map(len, names))),
        "shared_stems": float(len(stems_of(question) & stems_of(other.evidence.text))),
        "both_named": float(all(answers)),
        "ratio": max((low / high for low, high in figures if high), default=0.0),
        "days_apart": math.log1p(min([*(days or [_UNKNOWN_DAYS]), _MOST_DAYS])),
    }


def other_probability(features: Mapping[str, float]) -> float:
    """How likely the two accounts answer one question otherwise, between 0 and 1."""
    odds = BIAS + sum(weight * features[name] for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-odds))


def candidates(
    judgement: Judgement, article_of: ArticleLookup
) -> tuple[Account, tuple[tuple[int, Account], ...]]:
    """The best account, and the best one of each other article with its rank.

    Raises:
        IndexError: the judgement has no evidence.
    """
    first = judgement.evidence[0]
    ranked: dict[str, tuple[int, Account]] = {}
    for rank, each in enumerate(judgement.evidence):
        if each.article != first.article:
            ranked.setdefault(each.article, (rank, Account(each, article_of(each.article))))
    return Account(first, article_of(first.article)), tuple(ranked.values())


def is_no_account(question: str, best: Account, other: Account) -> bool:
    """Whether `other` is of another matter, says the same or nothing of the kind, is a correction
    or what one replaces, or is of a part where the best is of all."""
    texts = [each.evidence.text for each in (best, other)]
    is_total = [TOTAL.search(text) is not None for text in texts]
    return bool(
        not tell_of_one_matter(question, best, other)
        or agree(question, best, other)
        or (best.figures(question) and not comparable_figures(question, best, other))
        or any(map(is_correction, texts))
        or is_total[0] != is_total[1]
        or replaces(best, other)
    )


def other_account(
    question: str, judgement: Judgement, article_of: ArticleLookup, reader: ClaimReader
) -> Account | None:
    """The likeliest account of another article that answers `question` otherwise; or None."""
    accounts = accounts_of(question, judgement, article_of)
    if not accounts or accounts[0].evidence != judgement.evidence[0]:
        return None  # that is a line of place and date
    best, others = candidates(judgement, article_of)
    likely = [
        (other_probability(pair_features(question, best, each, rank)), each)
        for rank, each in others
        if not is_no_account(question, best, each)
    ]
    likely = [each for each in likely if each[0] >= LEAST_PROBABILITY]
    ordered = [each for _, each in sorted(likely, key=lambda pair: -pair[0])]
    ordered += _counted_elsewhere(question, best, judgement, article_of)
    return next((each for each in ordered if not _says_so(best, each, reader)), None)


def with_other_account(
    cited: CitedDraft,
    question: str,
    judgement: Judgement,
    article_of: ArticleLookup,
    reader: ClaimReader,
) -> CitedDraft:
    """`cited`, and after it the account of another article, if there is one."""
    other = other_account(question, judgement, article_of, reader)
    if other is None or other.article.id in {each.article for each in cited.citations}:
        return cited
    evidence = other.evidence
    best = Account(judgement.evidence[0], article_of(judgement.evidence[0].article))
    excludes = exclude(question, best, other)
    conflict = Conflict(evidence.article, evidence.start, evidence.end, evidence.text, excludes)
    return append_conflict(cited, conflict, other.article)


def _counted_elsewhere(
    question: str, best: Account, judgement: Judgement, article_of: ArticleLookup
) -> list[Account]:
    """Clauses of other articles that count what the question asks the number of, and otherwise.

    The reader took other words of their passages for the answer. "87 passengers and six crew on
    board" and "91 passengers were aboard" have a word in common beside what they count, and neither
    is twice the other: "three passengers" are some of them.
    """
    figures = [each for each in best.figures(question) if each.counted in stems_of(question)]
    if len(figures) != 1 or figures[0].counted in MEASURES:
        return []
    own, words = figures[0], _names(best.evidence.text) - _names(figures[0].counted)
    accounts: list[Account] = []
    for hit, evidence in zip(judgement.hits, judgement.evidence, strict=True):
        if evidence.article == best.article.id:
            continue
        for each in clauses_with_figures(question, hit, evidence.score, article_of):
            others = [other for other in each.figures(question) if other.counted == own.counted]
            if (
                len(others) == 1
                and max(own.value, others[0].value) < 2 * min(own.value, others[0].value)
                and words & _names(each.evidence.answer)
                and exclude(question, best, each)
            ):
                accounts.append(each)
    return accounts


def _names(text: str) -> frozenset[str]:
    """The names of the senses of `text`, figures left out."""
    return frozenset(each.name for each in senses_of(text) if not each.name[:1].isdigit())


def _says_so(one: Account, other: Account, reader: ClaimReader) -> bool:
    premise = record_prefix(other.article) + other.evidence.text
    return reader.check(one.evidence.text, [premise])[0].supported >= _SUPPORTED


def _names_of(article: Article) -> frozenset[str]:
    return frozenset(extract_names(f"{article.title}. {article.text}"))
