"""`rag eval`: both systems asked, a stopped run gone on with, runs compared, the report."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.cli import _parser
from rag.errors import ModelError, QuestionError
from rag.evaluation import baseline
from rag.evaluation.aggregate import Prediction, score, summarize
from rag.evaluation.dataset import EvalQuestion, held_out, read_questions
from rag.evaluation.reports import markdown as tabulate
from rag.evaluation.reports.text import render_text
from rag.evaluation.run_folder import run_signature
from rag.evaluation.runner import evaluate
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings
from rag.types import Hit, Passage, Timings
from tests.conftest import READING_ALONE, ROOT

QUESTIONS = [
    {"id": "cost", "question": "What was the cost of the bridge over the Sund?",
     "answers": ["18 million"], "articles": ["bridge"], "kind": "number"},
    {"id": "sank", "question": "When did the ferry Maren sink?",
     "answers": ["3 May"], "articles": ["ferry"], "kind": "date"},
    {"id": "lost", "question": "How much wheat was lost by farmers in <b>Tarn</b>?",
     "answers": ["a third"], "articles": ["wheat"], "kind": "number"},
    {"id": "cook", "question": "Who was the cook of the ferry Maren?", "answerable": False},
    {"id": "open", "question": "What of the farmers in Tarn?"},
]  # fmt: skip
SCRIPT = {
    "cost of the bridge": "Mayor Lena Holt said that the bridge cost 18 million crowns [1].",
    "When did the ferry": "The ferry Maren sank on 3 May [1] [9].",
    "How much wheat": "Farmers in Tarn lost half of their wheat [1].",
    "cook of the ferry": "The passages do not mention a cook [1].",
    "What of the farmers": "Farmers in Tarn lost a third of their wheat [1].",
}


class Counting(ScriptedModel):
    """Fails at the question that holds `stumble`."""

    stumble: str | None = None

    def generate(self, prompt, *, max_tokens, stop="\n", **more):
        if self.stumble and self.stumble in prompt.suffix[-3].text:
            raise ModelError("stopped")
        return super().generate(prompt, max_tokens=max_tokens, stop=stop, **more)


@pytest.fixture
def model():
    return Counting(SCRIPT)


@pytest.fixture
def assistant(toy, monkeypatch, model):
    build_index(toy)
    monkeypatch.setattr("rag.assistant.load_calibration", lambda name: READING_ALONE)
    opened = Assistant.open(toy, load_model=lambda settings: model)
    yield opened
    opened.close()


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, QUESTIONS)))
    return path


def lines(path):
    return [json.loads(each) for each in path.read_text().splitlines()]


def test_a_run_writes_its_files_and_figures(assistant, questions, tmp_path):
    report = evaluate(assistant, questions, tmp_path / "out")
    told = lines(tmp_path / "out/predictions.jsonl")
    assert [each["id"] for each in told] == [each["id"] for each in QUESTIONS]
    assert json.loads((tmp_path / "out/report.json").read_text()) == report
    assert (tmp_path / "out/run.json").exists()
    assert not (tmp_path / "out/baseline.jsonl").exists()
    by_id = {each["id"]: each for each in told}
    assert not by_id["cost"]["abstained"]
    figures = report["figures"]
    assert (report["right"]["of"], report["unscored"]) == (3, 1)
    assert figures["refused_right"]["of"] == 1
    assert figures["recall@10"]["value"] == 1.0
    assert report["questions"] == 5
    assert "baseline" not in report
    for key, told in figures.items():
        assert told["value"] is None or told["low"] <= told["value"] <= told["high"], key


def test_the_baseline_is_asked_in_turn_and_taken_at_its_word(assistant, questions, tmp_path, model):
    report = evaluate(assistant, questions, tmp_path / "out", baseline=True)
    told = {each["id"]: each for each in lines(tmp_path / "out/baseline.jsonl")}
    assert list(told) == [each["id"] for each in QUESTIONS]
    assert told["lost"]["text"] == SCRIPT["How much wheat"]  # wrong, and shown
    assert told["cook"]["abstained"] is True
    assert told["cook"]["citations"] == []
    assert told["sank"]["text"].endswith("[9].")
    assert [each["number"] for each in told["sank"]["citations"]] == [1]
    assert told["sank"]["citations"][0]["quote"] == told["sank"]["passages"][0]["text"]
    assert report["baseline"]["phantom_citations"] == 1
    assert report["baseline"]["right"] == {"n": 2, "of": 3, "share": 0.6667}
    difference = report["difference"]["right"]["value"]
    assert difference == pytest.approx(report["right"]["share"] - 2 / 3, abs=1e-3)
    assert report["difference"]["seconds_ratio"]["value"] > 0
    asked = [each for each in model.prompts if "the bridge over the Sund?" in each]
    assert len(asked) == 2  # once with checks, once without
    assert "instructions alone" in render_text(report)


def test_the_turn_alternates(assistant, questions, tmp_path, monkeypatch):
    order = []
    ours, theirs = Assistant.ask, baseline.ask
    monkeypatch.setattr(Assistant, "ask", lambda s, q: order.append("ours") or ours(s, q))
    monkeypatch.setattr(
        "rag.evaluation.baseline.ask", lambda a, q: order.append("baseline") or theirs(a, q)
    )
    evaluate(assistant, questions, tmp_path / "out", baseline=True, limit=3)
    assert order == ["ours", "baseline", "baseline", "ours", "ours", "baseline"]


def test_a_stopped_run_goes_on(assistant, questions, tmp_path, model):
    out = tmp_path / "out"
    model.stumble = "How much wheat"
    with pytest.raises(ModelError):
        evaluate(assistant, questions, out, baseline=True)
    before = lines(out / "predictions.jsonl"), lines(out / "baseline.jsonl")
    assert [len(each) for each in before] == [2, 2]
    with (out / "predictions.jsonl").open("a") as file:
        file.write('{"id": "lost", "answ')  # cut in half by the stop
    model.stumble, model.prompts, said = None, [], []
    report = evaluate(assistant, questions, out, baseline=True, say=said.append)
    assert lines(out / "predictions.jsonl")[:2] == before[0]
    assert len(lines(out / "predictions.jsonl")) == len(lines(out / "baseline.jsonl")) == 5
    assert not any("cost of the bridge" in asked for asked in model.prompts)
    assert "going on" in said[0]
    assert report["recall"]["10"]["of"] == 3  # of the skipped ones too


def test_a_finished_run_starts_afresh(assistant, questions, tmp_path, model):
    evaluate(assistant, questions, tmp_path / "out", limit=1)
    asked, said = len(model.prompts), []
    evaluate(assistant, questions, tmp_path / "out", limit=1, say=said.append)
    assert (len(model.prompts), said) == (2 * asked, [])
    assert len(lines(tmp_path / "out/predictions.jsonl")) == 1


def test_another_run_starts_afresh_and_says_so(assistant, questions, tmp_path, model):
    out = tmp_path / "out"
    model.stumble = "How much wheat"
    with pytest.raises(ModelError):
        evaluate(assistant, questions, out)
    model.stumble, said = None, []
    evaluate(assistant, questions, out, limit=1, say=said.append)
    assert "starting afresh" in said[0]
    assert "questions_sha256" in said[0]
    assert len(lines(out / "predictions.jsonl")) == 1


def test_unfounded_sentences_are_counted_by_sentence():
    asked = EvalQuestion("1", "What did it cost?", True, ("18 million",), ())
    quote = {"number": 1, "article": "a", "title": "The bridge", "quote": "It cost 18 million."}
    told = ("It cost 18 million.", "Holt paid 25 million.", "It cost 18 million crowns.")
    answer = {
        "text": " ".join(told), "abstained": False, "citations": [quote], "draft": "",
        "sentences": [{"text": text, "citations": [1], "supported": True} for text in told],
    }  # fmt: skip
    report = summarize([score(Prediction(asked, answer, []))])
    figure = report["figures"]["unfounded"]
    assert (figure["n"], figure["of"], figure["value"]) == (1, 3, 0.3333)
    assert report["unfounded_sentences"] == [
        {"id": "1", "sentence": told[1], "absent": ["25 million", "Holt"]}
    ]
    assert report["figures"]["citation_recall"]["value"] == 0.6667
    by_author = score(Prediction(asked, answer, [], {"a": "Lena Holt"}))
    assert by_author.unfounded == ((told[1], ("25 million",)),)


def test_what_makes_a_run_another(toy, questions):
    asked = read_questions(questions)
    one = run_signature(questions, asked, toy, baseline=False)
    assert one == run_signature(questions, asked, replace(toy, threads=7), baseline=False)
    for other in (
        run_signature(questions, asked[1:], toy, baseline=False),
        run_signature(
            questions, [replace(asked[0], answers=("x",)), *asked[1:]], toy, baseline=False
        ),
        run_signature(questions, asked, replace(toy, k=3), baseline=False),
        run_signature(questions, asked, replace(toy, model="other"), baseline=False),
        run_signature(questions, asked, toy, baseline=True),
    ):
        assert other != one


def test_parts_of_the_set(assistant, questions, tmp_path):
    told = {}
    for part in ("held out", "tuning"):
        evaluate(assistant, questions, tmp_path / part, part=part)
        told[part] = [each["id"] for each in lines(tmp_path / part / "predictions.jsonl")]
    assert all(map(held_out, told["held out"]))
    assert sorted(told["held out"] + told["tuning"]) == sorted(each["id"] for each in QUESTIONS)
    assert told["held out"]
    assert told["tuning"]


def test_two_runs_are_compared(assistant, questions, tmp_path, model):
    evaluate(assistant, questions, tmp_path / "old", limit=4)
    model.script = {**SCRIPT, "How much wheat": "Farmers in Tarn lost a third of their wheat [1]."}
    report = evaluate(assistant, questions, tmp_path / "new", against=tmp_path / "old")
    told = report["against"]
    assert told["questions"] == 4
    (flip,) = told["flips"]
    assert (flip["id"], flip["before"], flip["after"]) == ("lost", flip["before"], "right")
    assert flip["before"] in ("wrong", "refused")
    assert told["difference"]["right"]["value"] == 0.3333
    assert f"lost: {flip['before']} -> right" in render_text(report)
    assert "Other outcome: 1" in (tmp_path / "new/report.html").read_text()


def test_an_earlier_run_that_is_none(assistant, questions, tmp_path, model):
    with pytest.raises(QuestionError, match="rag eval"):
        evaluate(assistant, questions, tmp_path / "out", against=tmp_path / "nowhere")
    with pytest.raises(QuestionError, match="writes into"):
        evaluate(assistant, questions, tmp_path / "out", against=tmp_path / "out")
    other = tmp_path / "other"
    other.mkdir()
    row = {"id": "cost", "question": "Another?", "text": "", "abstained": True, "sentences": [],
           "citations": []}  # fmt: skip
    (other / "predictions.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(QuestionError, match="none of its 1 questions"):
        evaluate(assistant, questions, tmp_path / "out", against=other)
    (other / "predictions.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(QuestionError, match="line 1"):
        evaluate(assistant, questions, tmp_path / "out", against=other)
    assert model.prompts == []


def test_the_page_is_whole_and_escaped(assistant, questions, tmp_path):
    evaluate(assistant, questions, tmp_path / "out", baseline=True)
    page = (tmp_path / "out/report.html").read_text()
    assert page.count("<svg") == 1
    assert "in <b>Tarn</b>" not in page
    assert "in &lt;b&gt;Tarn&lt;/b&gt;" in page
    assert not re.search(r"(src|href)=[\"']?https?:", page)
    assert SCRIPT["How much wheat"] in page  # the failure shows its draft
    assert "Not scored, because the set accepts no answer: 1." in page


@pytest.mark.parametrize(
    ("draft", "refused"),
    [
        ("The articles do not say.", True),
        ("The passages do not mention the cook of the ferry.", True),
        ("The provided text does not specify who it was [2].", True),
        ("The information provided doesn’t state this.", True),
        ("The name is not mentioned in the passages.", True),
        ("The price is not explicitly stated in the given articles.", True),
        ("There is no information about the cook.", True),
        ("No information is given.", True),
        ("Passage [2] does not say who.", True),
        ("", True),
        ("Ivo Brandt leads it [1]. The passages do not say since when.", False),
        ("The ministry did not say when it would reopen.", False),
        ("The price was not disclosed by the company.", False),
        ("The mayor said there is no plan to sell the bridge.", False),
        ("It is not known.", True),
        ("Kim sent a text that did not mention the war.", False),
    ],
)
def test_what_counts_as_a_refusal_of_the_baseline(draft, refused):
    assert baseline.is_refusal(draft) is refused


def test_the_baselines_sentences(assistant):
    hits = [Hit(Passage("bridge", 0, 5, "The bridge."), 1.0, 1.0, 1.0)] * 2
    told = baseline.baseline_answer(
        "?", "It cost 18 crowns. [1, 3] It sank [2][1].", hits, assistant.article, Timings()
    )
    assert told["sentences"] == [
        {"text": "It cost 18 crowns.", "citations": [1], "supported": True},
        {"text": "It sank.", "citations": [2, 1], "supported": True},
    ]
    assert told["phantom_citations"] == 1
    assert [each["number"] for each in told["citations"]] == [1, 2]


def test_the_baselines_prompt_is_constant_but_for_the_question():
    one, two = (baseline.baseline_prompt("chatml", q, ["a", "b"]) for q in ("Who?", "Why?"))
    assert one.prefix == two.prefix
    assert one.suffix[0].text == "[1] a\n[2] b\n\nQuestion: Who?"
    assert not any(piece.special for piece in one.suffix[:1])
    bare = baseline.baseline_prompt("gemma", "Who?", ["a"])
    assert any(baseline.INSTRUCTIONS in piece.text for piece in bare.prefix)


def test_the_table_goes_into_a_document(assistant, questions, tmp_path, capsys):
    evaluate(assistant, questions, tmp_path / "seeds", baseline=True)
    document = tmp_path / "quality.md"
    document.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n")
    arguments = [str(tmp_path / "seeds"), "--into", str(document)]
    assert tabulate.main(arguments) == 0
    once = document.read_text()
    assert once.startswith("before\n<!-- figures -->\n**seeds**: 5 questions")
    assert once.endswith("<!-- /figures -->\nafter\n")
    assert "old" not in once
    rows = [line for line in once.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert tabulate.main(arguments) == 0
    assert document.read_text() == once
    for text in ("no marker", "<!-- /figures --><!-- figures -->", once + once):
        document.write_text(text)
        assert tabulate.main(arguments) == 1
        assert document.read_text() == text
    assert tabulate.main([str(tmp_path / "none"), "--into", str(document)]) == 1
    assert "rag eval" in capsys.readouterr().err


def test_flags():
    parse = _parser().parse_args
    assert parse(["eval", "x"]).part is None
    assert parse(["eval", "x", "--held-out", "--baseline"]).part == "held out"
    assert parse(["eval", "x", "--tuning"]).part == "tuning"
    with pytest.raises(SystemExit):
        parse(["eval", "x", "--tuning", "--held-out"])


@pytest.mark.real
def test_with_a_real_model(tmp_path):
    """The tiny model over seeds/: what it writes is poor, what is written down is whole."""
    import os

    loaded = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"})
    settings = replace(
        loaded, corpus=ROOT / "seeds", index=tmp_path / "index", model="smollm2-135m", max_tokens=24
    )
    build_index(settings)
    opened = Assistant.open(settings)
    try:
        report = evaluate(
            opened, ROOT / "tests/questions/seeds.jsonl", tmp_path / "out", limit=2, baseline=True
        )
    finally:
        opened.close()
    assert report["baseline"]["seconds"]["total"]["of"] == 2
    assert report["baseline"]["seconds"]["total"]["median"] > 0
    assert (tmp_path / "out/report.html").stat().st_size > 10_000
