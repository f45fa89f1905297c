"""What is measured, as small pure functions over one question and its answer.

In:  a `Question` and the plain form of an `Answer` (`Answer.to_dict()`).
Out: numbers and booleans; `None` where a thing does not apply to the question.

Sources: string normalisation after SQuAD (Rajpurkar et al., 2016); recall@k as the share of
questions for which one of the first k passages holds an accepted string.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rag.evaluate.questions import Question
from rag.types import Passage

_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normal(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces.

    Hyphens part words; separators within figures vanish ("7,000" is "7000").
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"(?<=\d)[,.](?=\d)", "", text)
    text = re.sub(r"['’]", "", text)
    text = re.sub(r"[^\w\s]", " ", text)
    return " ".join(_ARTICLES.sub(" ", text).split())


def holds(text: str, accepted: Iterable[str]) -> bool:
    """Whether one of the accepted strings stands in `text` as whole words, in normal form."""
    padded = f" {normal(text)} "
    return any(f" {normal(string)} " in padded for string in accepted if normal(string))


def states(question: Question, text: str) -> bool:
    """Whether `text` states what is accepted: every group of `parts`, else any of `answers`."""
    if question.parts:
        return all(holds(text, group) for group in question.parts)
    return holds(text, question.answers)


def scored(question: Question) -> bool:
    """Whether there is anything that an answer could state rightly."""
    return bool(question.answers) and question.answerable is not False


def right(question: Question, answer: Mapping[str, Any]) -> bool | None:
    """The shown answer states what is accepted; None where nothing would be right."""
    if not scored(question):
        return None
    return not answer["abstained"] and states(question, answer["text"])


def cited_right(question: Question, answer: Mapping[str, Any]) -> bool | None:
    """Right, and the cited quotes state it too; None as for `right`."""
    if (stated := right(question, answer)) is None:
        return None
    return stated and states(question, " ".join(each["quote"] for each in answer["citations"]))


def found(question: Question, ranked: Sequence[Passage], k: int) -> bool | None:
    """The first `k` passages state what is accepted, in an article that holds the answer."""
    if not scored(question):
        return None
    passages = [
        each.text
        for each in ranked[:k]
        if not question.articles or each.article in question.articles
    ]
    return states(question, " ".join(passages))


def refused_right(question: Question, answer: Mapping[str, Any]) -> bool | None:
    """An unanswerable question was refused; None for other questions."""
    return bool(answer["abstained"]) if question.answerable is False else None


def refused_wrong(question: Question, answer: Mapping[str, Any]) -> bool | None:
    """An answerable question was refused; None for other questions."""
    return bool(answer["abstained"]) if question.answerable else None


def share(values: Iterable[bool | None]) -> dict[str, float | int | None]:
    """Count and share of the true among those that apply: {"n", "of", "share"}."""
    told = [value for value in values if value is not None]
    return {
        "n": sum(told),
        "of": len(told),
        "share": round(sum(told) / len(told), 4) if told else None,
    }


def spread(seconds: Sequence[float | None]) -> dict[str, float | int | None]:
    """Median and 95th percentile (nearest rank) of the values that are there."""
    told = sorted(value for value in seconds if value is not None)
    if not told:
        return {"of": 0, "median": None, "p95": None}
    rank = max(0, -(-95 * len(told) // 100) - 1)
    return {
        "of": len(told),
        "median": round(statistics.median(told), 3),
        "p95": round(told[rank], 3),
    }
