"""What is measured on one question, as small pure functions.

In:  a `Question`, the plain form of an `Answer` (`Answer.to_dict()`), the passages as ranked.
Out: booleans and numbers from 0 to 1; `None` where a thing does not apply to the question.
Left to others: citations (`rag.evaluation.citation_metrics`), averages (`rag.evaluation.bootstrap`).

Sources: normal form and token F1 of SQuAD (Rajpurkar et al., EMNLP 2016; with refusals as in
SQuAD 2.0, Rajpurkar, Jia and Liang, ACL 2018); reciprocal rank (Voorhees, TREC-8, 1999); nDCG
(Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 2002).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from rag.evaluation.dataset import EvalQuestion
from rag.text.citation_marks import PREDICTION, strip_citation_marks
from rag.text.folding import fold_compatible
from rag.types import Passage

DEPTH = 10  # passages that retrieval is scored on, however many the model is shown

_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalize(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces.

    Hyphens part words; separators within figures vanish ("7,000" is "7000").
    """
    text = fold_compatible(text).lower()
    text = re.sub(r"(?<=\d)[,.](?=\d)", "", text)
    text = re.sub(r"['’]", "", text)
    text = re.sub(r"[^\w\s]", " ", text)
    return " ".join(_ARTICLES.sub(" ", text).split())


def contains_any(text: str, accepted: Iterable[str]) -> bool:
    """Whether one of the accepted strings stands in `text` as whole words, in normal form."""
    padded = f" {normalize(text)} "
    return any(f" {normalize(string)} " in padded for string in accepted if normalize(string))


def contains_answer(question: EvalQuestion, text: str) -> bool:
    """Whether `text` states what is accepted: every group of `parts`, else any of `answers`."""
    if question.parts:
        return all(contains_any(text, group) for group in question.parts)
    return contains_any(text, question.answers)


def has_accepted_answer(question: EvalQuestion) -> bool:
    """Whether there is anything that an answer could state rightly."""
    return bool(question.answers or question.parts) and question.answerable is not False


def is_correct(question: EvalQuestion, answer: Mapping[str, Any]) -> bool | None:
    """The shown answer states what is accepted; None where nothing would be right."""
    if not has_accepted_answer(question):
        return None
    return not answer["abstained"] and contains_answer(
        question, strip_citation_marks(answer["text"], PREDICTION)
    )


def is_correct_and_cited(question: EvalQuestion, answer: Mapping[str, Any]) -> bool | None:
    """Right, and the cited quotes state it too; None as for `right`."""
    if (stated := is_correct(question, answer)) is None:
        return None
    return stated and contains_answer(
        question, " ".join(each["quote"] for each in answer["citations"])
    )


def recall_at_k(question: EvalQuestion, ranked: Sequence[Passage], k: int) -> bool | None:
    """Recall@k of one question: the first `k` passages state all that is accepted.

    Only passages of an article that holds the answer count, where the set names such.
    """
    if not has_accepted_answer(question):
        return None
    own = (each.text for each in ranked[:k] if _is_of(question, each))
    return contains_answer(question, " ".join(own))


def is_relevant(question: EvalQuestion, passage: Passage) -> bool:
    """It stands in an article that holds the answer and holds an accepted string, of any part."""
    accepted = [each for group in question.parts for each in group] or question.answers
    return _is_of(question, passage) and contains_any(passage.text, accepted)


def reciprocal_rank(
    question: EvalQuestion, ranked: Sequence[Passage], k: int = DEPTH
) -> float | None:
    """1 / rank of the first relevant of the first `k` passages, else 0 (their mean is MRR@k)."""
    if not has_accepted_answer(question):
        return None
    ranks = (n for n, each in enumerate(ranked[:k], start=1) if is_relevant(question, each))
    return 1 / first if (first := next(ranks, None)) else 0.0


def ndcg(question: EvalQuestion, ranked: Sequence[Passage], k: int = DEPTH) -> float | None:
    """nDCG@k with gains 0 and 1, discount log2(rank + 1); 0 where none of `k` is relevant.

    The ideal order is that of the relevant ones among the first `k`: what the index holds
    beyond them is not judged (recall@k tells of that).
    """
    if not has_accepted_answer(question):
        return None
    gains = [is_relevant(question, each) for each in ranked[:k]]
    ideal = _dcg(sorted(gains, reverse=True))
    return _dcg(gains) / ideal if ideal else 0.0


def token_f1(question: EvalQuestion, answer: Mapping[str, Any]) -> float | None:
    """SQuAD's F1 of the shown words against the accepted string that fits best.

    Where every part is asked for, against one string of each, joined. Where nothing is to be
    said, 1 for a refusal. Whole sentences score low against a bare name: compare, do not judge.
    """
    if question.answerable is False:
        return float(answer["abstained"])
    if not has_accepted_answer(question):
        return None
    if answer["abstained"]:
        return 0.0
    joined = [" ".join(each) for each in product(*question.parts)]
    accepted = joined if question.parts else question.answers
    return max(
        _f1(normalize(strip_citation_marks(answer["text"], PREDICTION)), normalize(string))
        for string in accepted
    )


def balanced_accuracy_parts(
    question: EvalQuestion, answer: Mapping[str, Any]
) -> tuple[bool | None, bool | None]:
    """For balanced accuracy: an answerable one answered right; an unanswerable one refused."""
    return is_correct(question, answer), correct_abstention(question, answer)


def wrong_if_answered(question: EvalQuestion, answer: Mapping[str, Any]) -> bool | None:
    """Whether answering is or would have been wrong; a refused question is judged by its draft."""
    if question.answerable is False:
        return True
    if not has_accepted_answer(question):
        return None
    text = answer["draft"] if answer["abstained"] else answer["text"]
    return not contains_answer(question, strip_citation_marks(text, PREDICTION))


def correct_abstention(question: EvalQuestion, answer: Mapping[str, Any]) -> bool | None:
    """An unanswerable question was refused; None for other questions."""
    return bool(answer["abstained"]) if question.answerable is False else None


def false_abstention(question: EvalQuestion, answer: Mapping[str, Any]) -> bool | None:
    """An answerable question was refused; None for other questions."""
    return bool(answer["abstained"]) if question.answerable else None


def _is_of(question: EvalQuestion, passage: Passage) -> bool:
    return not question.articles or passage.article in question.articles


def _dcg(gains: Sequence[bool]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _f1(told: str, wanted: str) -> float:
    ours, theirs = told.split(), wanted.split()
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0
