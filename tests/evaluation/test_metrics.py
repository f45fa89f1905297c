"""Metrics of one question, each computed by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.evaluation import metrics
from rag.types import Passage
from tests.evaluation.examples import answer_of, eval_question


@pytest.mark.parametrize(
    ("text", "accepted", "expected"),
    [
        ("He sent 7,000 men", ["7000"], True),
        ("The “closest comrade”", ["closest comrade"], True),
        ("It was Kim Jong-un.", ["Kim Jong Un"], True),
        ("seventeen", ["seven"], False),
        ("It is the U.S.", ["U.S."], True),
        ("anything", [""], False),
        ("An apple", ["the apple"], True),
        ("Das Café öffnet.", ["cafe"], False),
        ("総事業費は48億円で、2019年に", ["48億円"], True),
        ("総事業費は148億円です", ["48億円"], False),
        ("総事業費は48億円です", ["億円", "二百"], True),
        ("委员会由议会建立", ["委员会"], True),
        ("委员由议会选出", ["委员会"], False),
    ],
)
def test_contains_any_compares_whole_words_in_normal_form(text, accepted, expected):
    assert metrics.contains_any(text, accepted) is expected


def test_is_correct_reads_the_text_and_is_correct_and_cited_the_quotes_too():
    assert metrics.is_correct(eval_question(), answer_of()) is True
    assert metrics.is_correct_and_cited(eval_question(), answer_of(quotes=("some men",))) is False
    assert metrics.is_correct(eval_question(), answer_of(abstained=True)) is False
    assert metrics.is_correct(eval_question(answers=()), answer_of()) is None


def test_is_correct_requires_every_part():
    two = eval_question(answers=("7,000", "Tarn"), parts=(("7,000",), ("Tarn",)))
    assert metrics.is_correct(two, answer_of()) is False
    assert metrics.is_correct(two, answer_of("7,000 in Tarn [1].")) is True


def test_an_answer_with_a_string_of_must_not_is_wrong():
    trap = eval_question(must_not=("6,214", "Pires"))
    assert metrics.is_correct(trap, answer_of("It was 7000 [1].")) is True
    both = answer_of("It was 7000, after 6214 the year before [1].")
    assert metrics.is_correct(trap, both) is False
    assert metrics.is_correct_and_cited(trap, both) is False
    assert metrics.outcome(trap, both) == "wrong"
    assert metrics.is_correct(trap, answer_of("It was 7000 [6214].")) is True  # a citation
    quote = ("7,000 men, 6,214 the year before",)
    assert metrics.is_correct_and_cited(trap, answer_of(quotes=quote)) is True


def test_an_answer_that_sets_the_premise_right_is_as_good_as_a_refusal():
    premise = eval_question(
        answerable=False, answers=(), also_right=("nobody", "no deaths"), must_not=("three",)
    )
    corrected = answer_of("Nobody drowned [1].")
    assert metrics.outcome(premise, corrected) == "corrected"
    assert metrics.correct_abstention(premise, corrected) is True
    assert metrics.token_f1(premise, corrected) == 1.0
    assert metrics.wrong_if_answered(premise, corrected) is False
    assert metrics.correct_abstention(premise, answer_of("Nobody, then three [1].")) is False
    assert metrics.correct_abstention(premise, answer_of("Two drowned [1].")) is False
    withheld = answer_of("The articles do not say.", abstained=True, draft="Two drowned [1].")
    assert metrics.correct_abstention(premise, withheld) is True
    assert metrics.wrong_if_answered(premise, withheld) is True


UNANSWERABLE = {"answerable": False, "answers": (), "also_right": ("nobody",)}


@pytest.mark.parametrize(
    ("question", "answer", "outcome", "wrong", "wrong_if_shown", "crag"),
    [
        ({}, answer_of(), "right", False, False, 1),
        ({}, answer_of("It was 8."), "wrong", True, True, -1),
        ({}, answer_of(abstained=True), "refused", False, None, 0),
        (UNANSWERABLE, answer_of(), "wrong", None, True, -1),
        (UNANSWERABLE, answer_of("Nobody."), "corrected", None, False, 0),
        (UNANSWERABLE, answer_of(abstained=True), "refused", None, None, 0),
        ({"answers": (), "answerable": None}, answer_of(), "answered", None, None, None),
    ],
)
def test_outcome_and_what_is_made_of_it(question, answer, outcome, wrong, wrong_if_shown, crag):
    question = eval_question(**question)
    assert metrics.outcome(question, answer) == outcome
    assert metrics.is_wrong(question, answer) is wrong
    assert metrics.is_wrong_if_shown(question, answer) is wrong_if_shown
    assert metrics.crag_score(question, answer) == crag


def test_a_derived_answer_is_cited_right_by_its_article():
    days = eval_question(kind="comparison", answers=("13 days",), articles=("a", "b"))
    right = answer_of("13 days [1].", quotes=("From 1 May to 14 May.",))  # of article a
    assert metrics.is_correct_and_cited(days, right) is True
    assert metrics.is_correct_and_cited(replace(days, kind="fact"), right) is False
    assert metrics.is_correct_and_cited(replace(days, articles=("c",)), right) is False
    assert metrics.is_correct_and_cited(replace(days, articles=()), right) is False
    assert metrics.is_correct_and_cited(days, answer_of("12 days [1].")) is False
    ranked = [Passage("c", 0, 9, "13 days"), Passage("b", 0, 9, "From 1 May.")]
    assert metrics.recall_at_k(days, ranked, 1) is False
    assert metrics.recall_at_k(days, ranked, 2) is True
    assert metrics.reciprocal_rank(days, ranked) == 1 / 2
    assert metrics.recall_at_k(replace(days, kind="fact"), ranked, 2) is False


def test_recall_at_k_counts_passages_of_gold_articles_up_to_rank_k():
    ranked = [Passage("b", 0, 5, "7,000"), Passage("a", 0, 5, "7,000")]
    assert metrics.recall_at_k(eval_question(), ranked, 1) is False
    assert metrics.recall_at_k(eval_question(), ranked, 2) is True


def test_abstention_metrics_are_none_for_questions_of_the_other_kind():
    assert (
        metrics.correct_abstention(eval_question(answerable=False), answer_of(abstained=True))
        is True
    )
    assert metrics.correct_abstention(eval_question(), answer_of(abstained=True)) is None
    assert metrics.false_abstention(eval_question(), answer_of(abstained=True)) is True
    assert (
        metrics.false_abstention(eval_question(answerable=None), answer_of(abstained=True)) is None
    )


def test_is_correct_ignores_numbers_in_citation_marks():
    seven = eval_question(answers=("7",))
    assert metrics.is_correct(seven, answer_of("Many men came [7].")) is False
    assert metrics.is_correct(seven, answer_of("Many men came [1, 7].")) is False
    assert metrics.is_correct(seven, answer_of("All 7 came [1].")) is True


def passages(*texts: str):
    return [Passage("a", n, n + 1, text) for n, text in enumerate(texts)]


def test_reciprocal_rank_by_hand():
    ranked = passages("x", "7,000 men", "7000")
    assert metrics.reciprocal_rank(eval_question(), ranked) == 1 / 2
    assert metrics.reciprocal_rank(eval_question(), ranked, 1) == 0.0
    assert metrics.reciprocal_rank(eval_question(articles=("b",)), ranked) == 0.0
    assert metrics.reciprocal_rank(eval_question(answerable=False), ranked) is None


def test_ndcg_by_hand():
    # gains 0 1 1: (1/log2 3 + 1/log2 4) / (1/log2 2 + 1/log2 3) = 1.13093 / 1.63093
    ranked = passages("x", "7,000 men", "7000")
    assert metrics.ndcg(eval_question(), ranked) == pytest.approx(0.693426, abs=1e-6)
    assert metrics.ndcg(eval_question(), ranked[1:]) == 1.0
    assert metrics.ndcg(eval_question(), passages("x", "y")) == 0.0
    assert metrics.ndcg(eval_question(answers=()), ranked) is None


def test_ndcg_equals_that_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    gains = [0, 1, 0, 0, 1, 1, 0]
    ranked = passages(*("7000" if gain else "x" for gain in gains))
    expected = sklearn.ndcg_score([gains], [list(range(len(gains), 0, -1))], k=10)
    assert metrics.ndcg(eval_question(), ranked) == pytest.approx(expected)


def test_is_relevant_accepts_a_passage_with_one_part():
    two = eval_question(answers=(), parts=(("7,000",), ("Tarn", "Tarn town")))
    assert metrics.is_relevant(two, Passage("a", 0, 1, "in Tarn")) is True
    assert metrics.recall_at_k(two, passages("in Tarn"), 1) is False
    assert metrics.recall_at_k(two, passages("in Tarn", "7,000"), 2) is True


def test_token_f1_by_hand():
    # "it was 7000" against "7000": precision 1/3, recall 1
    assert metrics.token_f1(eval_question(), answer_of("It was 7000 [1].")) == 0.5
    best = eval_question(answers=("Tarn", "it was in Tarn"))
    assert metrics.token_f1(best, answer_of("It was in Tarn. [1]")) == 1.0
    assert metrics.token_f1(eval_question(), answer_of(abstained=True)) == 0.0
    assert metrics.token_f1(eval_question(), answer_of("no")) == 0.0
    assert metrics.token_f1(eval_question(answerable=False), answer_of()) == 0.0
    assert metrics.token_f1(eval_question(answerable=False), answer_of(abstained=True)) == 1.0
    assert metrics.token_f1(eval_question(answers=()), answer_of()) is None
    two = eval_question(parts=(("7,000", "seven"), ("Tarn",)))
    assert metrics.token_f1(two, answer_of("7,000 Tarn")) == 1.0
    # "men tarn" against "7000 tarn" or "seven tarn": one of two each way
    assert metrics.token_f1(two, answer_of("men Tarn")) == 0.5


def test_token_f1_of_many_groups_does_not_try_every_combination():
    parts = tuple(tuple(f"word{n} {m}" for m in range(30)) for n in range(9))  # 30 ** 9 of them
    answer = answer_of(" ".join(f"word{n} 7" for n in range(9)))
    assert metrics.token_f1(eval_question(answers=(), parts=parts), answer) == 1.0


def test_wrong_if_answered_judges_an_abstention_by_its_draft():
    abstention = answer_of("The articles do not say.", abstained=True, draft="7,000 [2]")
    assert metrics.wrong_if_answered(eval_question(), abstention) is False
    assert metrics.wrong_if_answered(eval_question(), replace(abstention, draft="8,000")) is True
    assert metrics.wrong_if_answered(eval_question(answerable=False), abstention) is True
    unscored = eval_question(answers=(), answerable=None)
    assert metrics.wrong_if_answered(unscored, abstention) is None
