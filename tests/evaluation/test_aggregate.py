"""Metrics of a run and changes between two runs."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

from rag.evaluation.aggregate import OUTCOME_LABELS, compare, score, seconds, summarize
from rag.evaluation.dataset import EvalQuestion, read_questions
from rag.evaluation.prediction import Prediction, from_record
from rag.types import Passage, Sentence, Timings
from tests.evaluation.examples import answer_of, cite, eval_question
from tests.evaluation.test_runner import OF_VERSION_0_1


def test_summarize_counts_unsupported_facts_by_sentence():
    question = EvalQuestion("1", "What did it cost?", True, ("18 million",), ())
    quote = cite(1, "It cost 18 million.", title="The bridge")
    texts = ("It cost 18 million.", "Holt paid 25 million.", "It cost 18 million crowns.")
    answer = answer_of(
        " ".join(texts),
        citations=(quote,),
        sentences=[Sentence(text, (1,), supported=True) for text in texts],
    )
    report = summarize([score(Prediction(question, answer))])
    estimate = report["figures"]["unfounded"]
    assert (estimate["n"], estimate["of"], estimate["value"]) == (1, 3, 0.3333)
    assert report["unfounded_sentences"] == [
        {"id": "1", "sentence": texts[1], "absent": ["25 million", "Holt"]}
    ]
    assert report["figures"]["citation_recall"]["value"] == 0.6667
    scored = score(Prediction(question, answer, authors={"a": "Lena Holt"}))
    assert scored.unsupported == ((texts[1], ("25 million",)),)


REFUSAL = {"text": "The articles do not say.", "quotes": (), "abstained": True}


def predictions() -> list[Prediction]:
    """Six answerable questions, three unanswerable ones, one of which the set says nothing."""
    unanswerable = {"answerable": False, "answers": (), "articles": ()}
    premise = {**unanswerable, "kind": "premise", "also_right": ("nobody",)}
    cases = [
        ({"kind": "fact"}, answer_of(confidence=0.9)),
        ({"kind": "fact"}, answer_of(quotes=("some men",), confidence=0.8)),
        ({"kind": "fact"}, answer_of("It was 8 [1].", confidence=0.7)),
        ({"kind": "fact"}, answer_of(**REFUSAL, draft="It was 8.", confidence=0.1)),
        ({"kind": "trap", "must_not": ("6,214",)}, answer_of("7000 or 6214.", confidence=0.6)),
        ({"kind": "trap"}, answer_of(**REFUSAL, draft="It was 7000.", confidence=0.2)),
        (premise, answer_of("Nobody came [1].", confidence=0.5)),
        (premise, answer_of("Two came [1].", confidence=0.4)),
        ({**unanswerable, "kind": "premise"}, answer_of(**REFUSAL, confidence=0.3)),
        ({"answers": (), "answerable": None}, answer_of("Some came [1].", confidence=0.95)),
    ]
    return [
        Prediction(eval_question(id=str(n), **fields), answer)
        for n, (fields, answer) in enumerate(cases)
    ]


def test_summarize_by_hand():
    report = summarize([score(each) for each in predictions()])
    figures = report["figures"]
    counts = {name: (figures[name]["n"], figures[name]["of"]) for name in OUTCOME_LABELS}
    assert counts == {
        "right": (2, 6),
        "cited_right": (1, 6),
        "wrong_shown": (2, 6),
        "refused_wrong": (2, 6),
        "refused_right": (2, 3),
        "wrong_among_shown": (3, 6),
        "crag": (-1, 9),  # two right, three wrong
    }
    assert figures["crag"]["value"] == -0.1111
    assert figures["crag"]["low"] < figures["crag"]["value"] < figures["crag"]["high"]
    curve = report["risk_coverage"]  # wrong by confidence: 0 0 1 1 0 1 1 0 1
    assert [risk for _, risk in curve["curve"]] == [
        0.0, 0.0, 0.3333, 0.5, 0.4, 0.5, 0.5714, 0.5, 0.5556,
    ]  # fmt: skip
    assert curve["aurc"] == 0.3734  # 3.3604 / 9
    assert (curve["coverage"], curve["risk"]) == (0.6667, 0.5)


def test_answers_with_a_promise_are_counted_apart():
    every = predictions()
    promised = [
        each._replace(answer=replace(each.answer, max_wrong=0.1)) if n in (0, 2, 3, 9) else each
        for n, each in enumerate(every)
    ]  # a right one, a wrong one, a refusal, one that the set says nothing of
    figure = summarize([score(each) for each in promised])["figures"]["wrong_among_promised"]
    assert (figure["n"], figure["of"]) == (1, 2)
    figure = summarize([score(each) for each in every])["figures"]["wrong_among_promised"]
    assert (figure["of"], figure["value"]) == (0, None)


def test_summarize_by_kind_by_hand():
    report = summarize([score(each) for each in predictions()])
    fact = {"n": 2, "of": 4, "share": 0.5}
    one = {"n": 1, "of": 4, "share": 0.25}
    assert list(report["by_kind"]) == ["fact", "premise", "trap"]
    assert report["by_kind"]["fact"] == {
        "questions": 4,
        "right": fact,
        "cited_right": one,
        "wrong_shown": one,
        "refused_wrong": one,
        "refused_right": {"n": 0, "of": 0, "share": None},
        "wrong_among_shown": {"n": 1, "of": 3, "share": 0.3333},
        "crag": one,
    }
    assert report["by_kind"]["premise"]["refused_right"] == {"n": 2, "of": 3, "share": 0.6667}
    assert report["by_kind"]["trap"]["crag"] == {"n": -1, "of": 2, "share": -0.5}
    assert report["cited_right_by_kind"]["fact"] == one  # the key of version 0.1


def test_compare_subtracts_the_outcomes():
    scored = [score(each) for each in predictions()]
    refusals = [
        score(each._replace(answer=answer_of(**REFUSAL))) for each in predictions()
    ]  # a system that refuses everything has a CRAG score of 0
    difference = compare(scored, refusals)
    assert difference["crag"]["value"] == -0.1111
    assert difference["wrong_shown"]["value"] == 0.3333
    assert difference["wrong_among_shown"]["value"] is None


def test_recall_before_and_after_the_reader():
    ranked = [Passage("a", n, n + 1, text) for n, text in enumerate(("x", "y", "7,000 men"))]
    prediction = Prediction(eval_question(), answer_of(), ranked)
    figures = summarize([score(prediction)])["figures"]
    assert [figures[f"recall@{k}"]["value"] for k in (1, 3, 10)] == [0, 1, 1]
    assert figures["recall@1_reader"]["value"] is None
    reader = summarize([score(prediction._replace(reranked=ranked[::-1]))])["figures"]
    assert [reader[f"recall@{k}"]["value"] for k in (1, 3, 10)] == [0, 1, 1]
    assert [reader[f"recall@{k}_reader"]["value"] for k in (1, 3, 10)] == [1, 1, 1]
    nothing = summarize([score(prediction._replace(reranked=()))])["figures"]
    assert nothing["recall@10_reader"]["value"] == 0


def test_seconds_to_the_first_cited_words():
    shown = Prediction(eval_question(), answer_of(timings=Timings(first_token=2.0, total=5.0)))
    assert seconds(shown, "first_cited") == 5.0
    assert seconds(shown, "refusal") is None
    assert seconds(shown, "first_token") == 2.0
    refused = shown._replace(answer=answer_of(**REFUSAL, timings=Timings(total=3.0)))
    assert seconds(refused, "first_cited") is None
    assert seconds(refused, "refusal") == 3.0
    earlier = SimpleNamespace(evidence=0.5, total=5.0)
    assert seconds(shown._replace(answer=answer_of(timings=earlier)), "first_cited") == 0.5
    report = summarize([score(each) for each in (shown, shown, refused)])
    assert report["seconds"]["first_cited"] == {"of": 2, "median": 5.0, "p95": 5.0}
    assert report["seconds"]["refusal"] == {"of": 1, "median": 3.0, "p95": 3.0}


def test_summarize_gives_a_run_of_version_0_1_the_metrics_that_it_had(questions):
    """All but those of the ranking, which a run does not store."""
    by_id = {each.id: each for each in read_questions(questions)}
    for name, section in (("predictions.jsonl", None), ("baseline.jsonl", "baseline")):
        lines = (OF_VERSION_0_1 / name).read_text().splitlines()
        predictions = [from_record(json.loads(line)) for line in lines]
        summary = summarize(
            [score(each._replace(question=by_id[each.question.id])) for each in predictions]
        )
        report = json.loads((OF_VERSION_0_1 / "report.json").read_text())
        old = report[section] if section else report
        for key, estimate in old["figures"].items():
            if not key.startswith(("recall", "mrr", "ndcg")):
                assert summary["figures"][key] == estimate, key
        for stage, percentiles in old["seconds"].items():
            assert summary["seconds"][stage] == percentiles, stage
        for key in (old.keys() & summary.keys()) - {"figures", "recall", "seconds"}:
            assert json.loads(json.dumps(summary[key])) == old[key], key
