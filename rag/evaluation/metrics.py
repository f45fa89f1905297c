"""What is measured on one question, as small pure functions.

Of each question there is one `outcome`; shares of right, wrong and refused answers and the CRAG
score are made of it.

In:  an `EvalQuestion`, the `Answer` to it, the passages in the order of retrieval.
Out: booleans, and numbers from 0 to 1; `None` where a metric does not apply to the question.
Left to others: citations (`rag.evaluation.citation_metrics`), averages and intervals
(`rag.evaluation.bootstrap`).

Sources: normal form and token F1 of SQuAD (Rajpurkar et al., EMNLP 2016; abstentions as in
SQuAD 2.0, Rajpurkar, Jia and Liang, ACL 2018); reciprocal rank (Voorhees, TREC-8, 1999); nDCG
(Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 2002); CRAG
score (Yang et al., "CRAG - Comprehensive RAG Benchmark", NeurIPS 2024; without its half points).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from rag.evaluation.dataset import EvalQuestion
from rag.text.citation_marks import PREDICTION, strip_citation_marks
from rag.text.folding import fold_compatible
from rag.types import Answer, Passage

DEPTH = 10  # passages that retrieval is scored on, however many of them the prompt holds

Outcome = Literal["right", "wrong", "refused", "corrected", "answered"]
"""What became of a question: "corrected" is an unanswerable one whose premise the answer sets
right, "answered" one that got an answer where the set does not say what is right."""

DERIVED_KINDS = frozenset({"when_absolute", "comparison", "metadata", "collection"})
"""Kinds of questions whose accepted strings need not be in the text of an article: dates counted
from the day of publication, sums and differences, what the metadata record says."""

_ARTICLES = re.compile(r"\b(a|an|the)\b")
# Thai and Lao, Burmese, Khmer, kana, Han: scripts that put no spaces between words
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
)


def normalize(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces.

    Beyond SQuAD, hyphens separate words, and separators within numbers are dropped ("7,000"
    becomes "7000").
    """
    text = fold_compatible(text).lower()
    text = re.sub(r"(?<=\d)[,.](?=\d)", "", text)
    text = re.sub(r"['’]", "", text)
    text = re.sub(r"[^\w\s]", " ", text)
    return " ".join(_ARTICLES.sub(" ", text).split())


def contains_any(text: str, accepted: Iterable[str]) -> bool:
    """Whether `text` contains one of the accepted strings, in normal form.

    As whole words; a string in a script that puts no spaces between words may be anywhere, but
    not within a longer number.
    """
    normal = normalize(text)
    return any(_contains(normal, string) for each in accepted if (string := normalize(each)))


def contains_answer(question: EvalQuestion, text: str) -> bool:
    """Whether `text` states what is accepted: every group of `parts`, else any of `answers`."""
    if question.parts:
        return all(contains_any(text, group) for group in question.parts)
    return contains_any(text, question.answers)


def has_accepted_answer(question: EvalQuestion) -> bool:
    """Whether the set names a correct answer to the question."""
    return bool(question.answers or question.parts) and question.answerable is not False


def is_derived(question: EvalQuestion) -> bool:
    """Whether evidence is judged by its article, since no text needs to hold the answer."""
    return question.kind in DERIVED_KINDS and bool(question.articles)


def outcome(question: EvalQuestion, answer: Answer) -> Outcome:
    """What became of the question."""
    if answer.abstained:
        return "refused"
    correct = _is_correct_text(question, answer.text)
    if question.answerable is False:
        return "corrected" if correct else "wrong"
    if not has_accepted_answer(question):
        return "answered"
    return "right" if correct else "wrong"


def is_correct(question: EvalQuestion, answer: Answer) -> bool | None:
    """Whether the shown answer states what is accepted and nothing that must not be in it.

    None without an accepted answer.
    """
    if not has_accepted_answer(question):
        return None
    return outcome(question, answer) == "right"


def is_correct_and_cited(question: EvalQuestion, answer: Answer) -> bool | None:
    """Whether it is correct and the cited quotes state it too; None as for `is_correct`.

    Where the answer is derived, one of the articles that hold it must be cited instead.
    """
    if not (correct := is_correct(question, answer)):
        return correct
    if is_derived(question):
        return any(each.article in question.articles for each in answer.citations)
    return contains_answer(question, " ".join(each.quote for each in answer.citations))


def is_wrong(question: EvalQuestion, answer: Answer) -> bool | None:
    """Whether a wrong answer is shown to an answerable question; None as for `is_correct`."""
    if not has_accepted_answer(question):
        return None
    return outcome(question, answer) == "wrong"


def is_wrong_if_shown(question: EvalQuestion, answer: Answer) -> bool | None:
    """Whether what is shown is wrong; None for an abstention, or if the set does not say.

    The mean is the risk of selective prediction, 1 less the precision of what is shown.
    """
    result = outcome(question, answer)
    return None if result in ("refused", "answered") else result == "wrong"


def is_wrong_if_promised(question: EvalQuestion, answer: Answer) -> bool | None:
    """As `is_wrong_if_shown`, of answers that carry a promise alone.

    The mean is what `Answer.max_wrong` is to be an upper limit of.
    """
    return None if answer.max_wrong is None else is_wrong_if_shown(question, answer)


def crag_score(question: EvalQuestion, answer: Answer) -> int | None:
    """CRAG's score of one question: right 1, wrong -1, refused 0; None if the set does not say.

    A refusal scores 0 even where nothing else could be right, and so does an answer that sets
    the premise right: a system that refuses everything has 0.
    """
    if question.answerable is not False and not has_accepted_answer(question):
        return None
    return {"right": 1, "wrong": -1}.get(outcome(question, answer), 0)


def recall_at_k(question: EvalQuestion, ranked: Sequence[Passage], k: int) -> bool | None:
    """Recall@k of one question: the first `k` passages together state all that is accepted.

    Where the set names the articles that hold the answer, only their passages count; where the
    answer is derived, one such passage is enough.
    """
    if not has_accepted_answer(question):
        return None
    texts = [each.text for each in ranked[:k] if _in_gold_article(question, each)]
    return bool(texts) if is_derived(question) else contains_answer(question, " ".join(texts))


def is_relevant(question: EvalQuestion, passage: Passage) -> bool:
    """Whether a passage of an article with the answer contains an accepted string, of any part.

    Where the answer is derived, each passage of such an article is relevant.
    """
    accepted = [each for group in question.parts for each in group] or question.answers
    return _in_gold_article(question, passage) and (
        is_derived(question) or contains_any(passage.text, accepted)
    )


def reciprocal_rank(
    question: EvalQuestion, ranked: Sequence[Passage], k: int = DEPTH
) -> float | None:
    """1 / rank of the first relevant of the first `k` passages, else 0 (the mean is MRR@k)."""
    if not has_accepted_answer(question):
        return None
    ranks = (n for n, each in enumerate(ranked[:k], start=1) if is_relevant(question, each))
    return 1 / first if (first := next(ranks, None)) else 0.0


def ndcg(question: EvalQuestion, ranked: Sequence[Passage], k: int = DEPTH) -> float | None:
    """nDCG@k with gains 0 and 1 and discount log2(rank + 1); 0 where none of `k` is relevant.

    The ideal order is that of the relevant passages among the first `k`: what else the index
    holds is not judged (recall@k measures that).
    """
    if not has_accepted_answer(question):
        return None
    gains = [is_relevant(question, each) for each in ranked[:k]]
    ideal = _dcg(sorted(gains, reverse=True))
    return _dcg(gains) / ideal if ideal else 0.0


def token_f1(question: EvalQuestion, answer: Answer) -> float | None:
    """SQuAD's token F1 of the shown text against the accepted string that fits best.

    With `parts`, against the best string of each, joined. For an unanswerable question, 1 for a
    correct abstention. Whole sentences score low against a bare name: use it to compare systems
    only.
    """
    if question.answerable is False:
        return float(outcome(question, answer) != "wrong")
    if not has_accepted_answer(question):
        return None
    if answer.abstained:
        return 0.0
    text = normalize(strip_citation_marks(answer.text, PREDICTION))
    best = [max(part, key=lambda each: _f1(text, normalize(each))) for part in question.parts]
    accepted = [" ".join(best)] if best else question.answers
    return max(_f1(text, normalize(string)) for string in accepted)


def balanced_accuracy_parts(
    question: EvalQuestion, answer: Answer
) -> tuple[bool | None, bool | None]:
    """The two terms of balanced accuracy: a correct answer, and a correct abstention."""
    return is_correct(question, answer), correct_abstention(question, answer)


def wrong_if_answered(question: EvalQuestion, answer: Answer) -> bool | None:
    """Whether the answer is wrong, or would have been: an abstention is judged by its draft.

    None if the set does not say.
    """
    if question.answerable is not False and not has_accepted_answer(question):
        return None
    return not _is_correct_text(question, answer.draft if answer.abstained else answer.text)


def correct_abstention(question: EvalQuestion, answer: Answer) -> bool | None:
    """Whether an unanswerable question was refused or its premise set right; else None."""
    return outcome(question, answer) != "wrong" if question.answerable is False else None


def false_abstention(question: EvalQuestion, answer: Answer) -> bool | None:
    """Whether an answerable question was not answered; None for other questions."""
    return answer.abstained if question.answerable else None


def _is_correct_text(question: EvalQuestion, text: str) -> bool:
    """Whether `text`, as an answer to the question, would be correct."""
    text = strip_citation_marks(text, PREDICTION)
    if contains_any(text, question.must_not):
        return False
    if question.answerable is False:
        return contains_any(text, question.also_right)
    return contains_answer(question, text)


def _contains(text: str, string: str) -> bool:
    """Whether `text` contains `string`, both in normal form, as `contains_any` says."""
    if not _UNSPACED.search(string):
        return f" {string} " in f" {text} "
    before = r"(?<!\d)" if string[0].isdigit() else ""
    after = r"(?!\d)" if string[-1].isdigit() else ""
    return bool(re.search(before + re.escape(string) + after, text))


def _in_gold_article(question: EvalQuestion, passage: Passage) -> bool:
    return not question.articles or passage.article in question.articles


def _dcg(gains: Sequence[bool]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _f1(predicted: str, accepted: str) -> float:
    ours, theirs = predicted.split(), accepted.split()
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0
