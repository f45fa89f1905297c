"""Metrics of a run and changes between two runs."""

from __future__ import annotations

import json

from rag.evaluation.aggregate import COMPARED_METRICS, outcome, score, summarize
from rag.evaluation.dataset import EvalQuestion, read_questions
from rag.evaluation.prediction import Prediction, from_record
from rag.types import Sentence
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


def test_outcome_of_each_kind():
    assert outcome(eval_question(), answer_of()) == "right"
    assert outcome(eval_question(), answer_of("It was 8.")) == "wrong"
    assert outcome(eval_question(), answer_of(abstained=True)) == "refused"
    assert outcome(eval_question(answerable=False), answer_of()) == "answered"


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
        for key in COMPARED_METRICS:
            assert summary["figures"][key] == old["figures"][key], key
        for key in summary.keys() - {"figures", "recall"}:
            assert json.loads(json.dumps(summary[key])) == old[key], key
