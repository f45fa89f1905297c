from __future__ import annotations

import json

import pytest

from rag.errors import QuestionError
from rag.evaluation import bootstrap as intervals
from rag.evaluation import metrics
from rag.evaluation.dataset import EvalQuestion, held_out, read_questions, select, spread_sample
from rag.types import Passage


def question(**more) -> EvalQuestion:
    told = {
        "id": "1",
        "question": "?",
        "answerable": True,
        "answers": ("7,000",),
        "articles": ("a",),
    }
    return EvalQuestion(**{**told, **more})


def answer(text="It was 7000 [1].", quotes=("7,000 men",), abstained=False):
    return {
        "text": text,
        "abstained": abstained,
        "reason": None,
        "citations": [{"quote": quote} for quote in quotes],
    }


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
    ],
)
def test_holds(text, accepted, expected):
    assert metrics.contains_any(text, accepted) is expected


def test_right_and_cited_right():
    assert metrics.is_correct(question(), answer()) is True
    assert metrics.is_correct_and_cited(question(), answer(quotes=("some men",))) is False
    assert metrics.is_correct(question(), answer(abstained=True)) is False
    assert metrics.is_correct(question(answers=()), answer()) is None


def test_every_part_must_be_stated():
    two = question(answers=("7,000", "Tarn"), parts=(("7,000",), ("Tarn",)))
    assert metrics.is_correct(two, answer()) is False
    assert metrics.is_correct(two, answer("7,000 in Tarn [1].")) is True


def test_found_looks_at_the_right_article_and_rank():
    ranked = [Passage("b", 0, 5, "7,000"), Passage("a", 0, 5, "7,000")]
    assert metrics.recall_at_k(question(), ranked, 1) is False
    assert metrics.recall_at_k(question(), ranked, 2) is True


def test_refusals_count_where_they_apply():
    assert metrics.correct_abstention(question(answerable=False), answer(abstained=True)) is True
    assert metrics.correct_abstention(question(), answer(abstained=True)) is None
    assert metrics.false_abstention(question(), answer(abstained=True)) is True
    assert metrics.false_abstention(question(answerable=None), answer(abstained=True)) is None


def test_a_citation_marker_is_no_answer():
    seven = question(answers=("7",))
    assert metrics.is_correct(seven, answer("Many men came [7].")) is False
    assert metrics.is_correct(seven, answer("Many men came [1, 7].")) is False
    assert metrics.is_correct(seven, answer("All 7 came [1].")) is True


def passages(*texts):
    return [Passage("a", n, n + 1, text) for n, text in enumerate(texts)]


def test_reciprocal_rank_by_hand():
    ranked = passages("x", "7,000 men", "7000")
    assert metrics.reciprocal_rank(question(), ranked) == 1 / 2
    assert metrics.reciprocal_rank(question(), ranked, 1) == 0.0
    assert metrics.reciprocal_rank(question(articles=("b",)), ranked) == 0.0
    assert metrics.reciprocal_rank(question(answerable=False), ranked) is None


def test_ndcg_by_hand():
    # gains 0 1 1: (1/log2 3 + 1/log2 4) / (1/log2 2 + 1/log2 3) = 1.13093 / 1.63093
    ranked = passages("x", "7,000 men", "7000")
    assert metrics.ndcg(question(), ranked) == pytest.approx(0.693426, abs=1e-6)
    assert metrics.ndcg(question(), ranked[1:]) == 1.0
    assert metrics.ndcg(question(), passages("x", "y")) == 0.0
    assert metrics.ndcg(question(answers=()), ranked) is None


def test_ndcg_is_that_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    gains = [0, 1, 0, 0, 1, 1, 0]
    ranked = passages(*("7000" if gain else "x" for gain in gains))
    theirs = sklearn.ndcg_score([gains], [list(range(len(gains), 0, -1))], k=10)
    assert metrics.ndcg(question(), ranked) == pytest.approx(theirs)


def test_a_passage_of_one_part_is_relevant():
    two = question(answers=(), parts=(("7,000",), ("Tarn", "Tarn town")))
    assert metrics.is_relevant(two, Passage("a", 0, 1, "in Tarn")) is True
    assert metrics.recall_at_k(two, passages("in Tarn"), 1) is False
    assert metrics.recall_at_k(two, passages("in Tarn", "7,000"), 2) is True


def test_token_f1_by_hand():
    # "it was 7000" against "7000": precision 1/3, recall 1
    assert metrics.token_f1(question(), answer("It was 7000 [1].")) == 0.5
    best = question(answers=("Tarn", "it was in Tarn"))
    assert metrics.token_f1(best, answer("It was in Tarn. [1]")) == 1.0
    assert metrics.token_f1(question(), answer(abstained=True)) == 0.0
    assert metrics.token_f1(question(), answer("no")) == 0.0
    assert metrics.token_f1(question(answerable=False), answer()) == 0.0
    assert metrics.token_f1(question(answerable=False), answer(abstained=True)) == 1.0
    assert metrics.token_f1(question(answers=()), answer()) is None
    two = question(parts=(("7,000", "seven"), ("Tarn",)))
    assert metrics.token_f1(two, answer("7,000 Tarn")) == 1.0
    # "men tarn" against "7000 tarn" or "seven tarn": one of two each way
    assert metrics.token_f1(two, answer("men Tarn")) == 0.5


def test_a_refused_question_is_judged_by_its_draft():
    refused = {**answer("The articles do not say.", abstained=True), "draft": "7,000 [2]"}
    assert metrics.wrong_if_answered(question(), refused) is False
    assert metrics.wrong_if_answered(question(), {**refused, "draft": "8,000"}) is True
    assert metrics.wrong_if_answered(question(answerable=False), refused) is True
    assert metrics.wrong_if_answered(question(answers=(), answerable=None), refused) is None


def parts(*values):
    return [((0.0, 0.0) if v is None else (float(v), 1.0),) for v in values]


def test_a_figure_by_hand():
    told = intervals.bootstrap_ci(parts(1, None, 0, 1))
    assert (told["n"], told["of"], told["value"]) == (2, 3, 0.6667)
    assert intervals.bootstrap_ci([])["value"] is None
    assert intervals.bootstrap_ci(parts(None))["value"] is None
    # sentences: 1 of 2 and 0 of 3 are 1 of 5, not the mean of 1/2 and 0
    assert intervals.bootstrap_ci([((1, 2),), ((0, 3),)])["value"] == 0.2
    # balanced accuracy: 1 of 2 right, 3 of 4 refused: the mean of 0.5 and 0.75
    yes, no = (1.0, 1.0), (0.0, 0.0)
    rows = [(yes, no), ((0, 1), no), *[(no, yes)] * 3, (no, (0, 1))]
    assert intervals.bootstrap_ci(rows)["value"] == 0.625


def test_an_interval_is_that_of_the_binomial_and_the_same_each_time():
    # 50 of 100: 0.5 ± 1.96 · sqrt(0.25 / 100)
    told = intervals.bootstrap_ci(parts(*[1, 0] * 50))
    assert told["low"] == pytest.approx(0.402, abs=0.01)
    assert told["high"] == pytest.approx(0.598, abs=0.01)
    assert told == intervals.bootstrap_ci(parts(*[1, 0] * 50))


def test_none_in_a_hundred_is_not_certainty():
    told = intervals.bootstrap_ci(parts(*[0] * 100))
    assert (told["low"], told["high"]) == (0.0, 0.0362)  # 1 - 0.025 ** (1 / 100)
    assert intervals.bootstrap_ci(parts(*[1] * 100))["low"] == 0.9638


def test_a_difference_is_paired():
    ours, other = parts(*[1, 0] * 50), parts(*[1, 0] * 49, 0, 0)
    told = intervals.paired_difference(ours, other)
    assert (told["of"], told["value"], told["low"]) == (100, 0.01, 0.0)
    assert told["high"] <= 0.04  # unpaired it would be about 0.15
    assert intervals.paired_difference(parts(None), parts(None))["value"] is None
    with pytest.raises(ValueError, match="1 questions against 2"):
        intervals.paired_difference(parts(1), parts(1, 0))


def test_a_ratio_by_hand():
    assert intervals.ratio([2.0, 4.0], [1.0, 2.0]) == {
        "of": 2, "value": 2.0, "low": 2.0, "high": 2.0,
    }  # fmt: skip
    assert intervals.ratio([], [])["value"] is None


def test_risk_and_coverage_by_hand():
    # by confidence: right, wrong, right, and without one: wrong
    judged = [(None, True, False), (0.9, False, True), (0.2, False, False), (0.5, True, True)]
    told = intervals.risk_coverage(judged)
    assert told["curve"] == [[0.25, 0.0], [0.5, 0.5], [0.75, 0.3333], [1.0, 0.5]]
    assert told["aurc"] == 0.3333  # (0 + 1/2 + 1/3 + 1/2) / 4
    assert (told["coverage"], told["risk"]) == (0.5, 0.5)  # two answered, one of them wrong
    assert told["without_confidence"] == 1
    assert intervals.risk_coverage([])["aurc"] is None


def test_ties_of_confidence_do_not_depend_on_the_order():
    judged = [(0.5, True, True), (0.5, False, True)]
    told = intervals.risk_coverage(judged)
    assert told["curve"] == [[0.5, 0.5], [1.0, 0.5]]
    assert told == intervals.risk_coverage(judged[::-1])


def test_spread_by_hand():
    assert intervals.latency_percentiles([3.0, 1.0, None, 2.0]) == {
        "of": 3,
        "median": 2.0,
        "p95": 3.0,
    }
    assert intervals.latency_percentiles([float(n) for n in range(1, 101)])["p95"] == 95.0


def test_a_set_is_read(tmp_path):
    path = tmp_path / "set.jsonl"
    lines = [
        {"question": "Who?", "answers": ["Kim"], "article": "a", "id": "x"},
        {"question": "Why?", "answerable": False, "articles": []},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    first, second = read_questions(path)
    assert (first.id, first.articles, first.answerable) == ("x", ("a",), True)
    assert (second.id, second.answerable) == ("2", False)


def test_the_split_is_fixed_and_about_half():
    assert [held_out(id) for id in ("s001", "s002", "s003", "s004")] == [False, False, True, True]
    assert 450 < sum(held_out(str(n)) for n in range(1_000)) < 550


def test_a_sample_is_spread_and_keeps_the_order():
    questions = [question(id=str(n)) for n in range(100)]
    drawn = spread_sample(questions, 10)
    assert drawn == sorted(drawn, key=lambda q: int(q.id))
    assert len(drawn) == 10
    assert spread_sample(questions[::-1], 10) == drawn[::-1]
    assert int(drawn[-1].id) > 50


def test_the_part_is_taken_before_the_sample():
    questions = [question(id=str(n)) for n in range(100)]
    kept = select(questions, part="held out", drawn=10)
    assert len(kept) == 10
    assert all(held_out(each.id) for each in kept)
    rest = select(questions, part="tuning")
    assert not any(held_out(each.id) for each in rest)
    assert len(rest) + len(select(questions, part="held out")) == 100
    assert [each.id for each in select(questions, limit=2)] == ["0", "1"]
    with pytest.raises(QuestionError, match="--held-out"):
        select([question(id="s001")], part="held out")


@pytest.mark.parametrize(
    "text",
    ["", "not json", '{"id": 1}', "[]", '{"question": "a?", "id": 1}\n{"question": "b?", "id": 1}'],
)
def test_a_broken_set_is_refused(tmp_path, text):
    path = tmp_path / "set.jsonl"
    path.write_text(text)
    with pytest.raises(QuestionError):
        read_questions(path)
