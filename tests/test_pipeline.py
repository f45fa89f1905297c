"""From question to answer with a scripted reader: quotations, wordings, refusals, constraints."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.errors import ModelError, QuestionError
from rag.grounding.calibration import Calibration, RiskThreshold, judges_key
from rag.grounding.confidence_text import confidence_in_words
from rag.grounding.review import EXTRACTIVE_NOTE
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel
from rag.retrieval.filters import SearchFilter
from rag.text.messages import message
from rag.types import AnswerReady, DraftToken, EvidenceFound, Retrieved
from tests.scripted_reader import MARGIN, ScriptedReader

BRIDGE = "“The bridge over the Sund cost 18 million crowns, mayor Lena Holt said.” [1]"
FERRY = "“The ferry Maren sank on 3 May. Nine sailors were saved, police said.” [1]"
SCRIPT = {
    "cost of the bridge": "Mayor Lena Holt said that the bridge cost 18 million crowns [1].",
    "price of the bridge": "The bridge over the Sund cost 25 million crowns [1].",
    "sink": "The ferry Maren sank on 3 May [1].",
}
FAIRLY_SURE = Calibration(  # 0.88 for what the scripted reader finds, 0.12 for all else
    features=("margin",),
    means=(0.0,),
    scales=(MARGIN / 2,),
    weights=(2.0,),
    bias=0.0,
    thresholds=(
        RiskThreshold(0.01, 0.999),
        RiskThreshold(0.1, 0.5, 0.1),
    ),
)
BOTH = Calibration(  # 0.98 where the draft says the same, 0.27 where it does not
    features=("margin", "agreement"),
    means=(0.0, 0.5),
    scales=(MARGIN / 2, 0.5),
    weights=(1.0, 2.5),
    bias=0.5,
    thresholds=(RiskThreshold(0.1, 0.9, 0.1),),
)
ANSWERS = {"of the bridge": "18 million crowns", "sink": "3 May", "mayor": "Lena Holt"}


@pytest.fixture
def reader():
    return ScriptedReader(ANSWERS)


@pytest.fixture
def open_assistant(indexed_toy, monkeypatch, reader):
    """Opens the toy index with the scripted reader, and a model by its script or `none`."""
    monkeypatch.setattr(
        "rag.assistant.open_reader", lambda settings, embedder: (reader, settings.reader)
    )
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    opened = []

    def open_with(script=None):
        settings = replace(indexed_toy, reader="reader")
        settings = settings if script else replace(settings, model="none")
        model = ScriptedModel(script or {})
        opened.append(Assistant.open(settings, load_model=lambda _: model))
        return opened[-1]

    yield open_with
    for each in opened:
        each.close()


def test_without_a_language_model_the_answer_is_the_sentence_that_answers(open_assistant):
    answer = open_assistant().ask("What was the cost of the bridge over the Sund?")
    assert answer.text == BRIDGE
    (citation,) = answer.citations
    assert citation.article == "bridge"
    assert citation.quote == BRIDGE[1:-5]
    best = answer.evidence[0]
    assert (best.article, best.answer) == ("bridge", "18 million crowns")
    assert (best.start, best.end) == (citation.start, citation.end)
    assert answer.timings.evidence is not None
    assert 0 < answer.timings.evidence <= answer.timings.total
    assert answer.draft == ""


def test_evidence_comes_before_the_first_token_of_the_draft(open_assistant):
    assistant = open_assistant(SCRIPT)
    events = list(assistant.stream("What was the cost of the bridge over the Sund?"))
    kinds = [type(each) for each in events]
    assert kinds[:2] == [Retrieved, EvidenceFound]
    assert set(kinds[2:-1]) == {DraftToken}
    assert kinds[-1] is AnswerReady
    assert events[1].citation.quote == BRIDGE[1:-5]
    assert events[1].evidence[0].answer == "18 million crowns"
    assert [each.article for each in events[1].evidence] == ["bridge"]  # not what was only near
    assert events[1].evidence == events[-1].answer.evidence


def test_a_draft_that_says_the_same_takes_the_place_of_the_quotation(open_assistant):
    answer = open_assistant(SCRIPT).ask("What was the cost of the bridge over the Sund?")
    assert answer.text == "Mayor Lena Holt said that the bridge cost 18 million crowns. [1]"
    assert answer.notes == ()


def test_a_draft_that_says_something_else_leaves_the_quotation(open_assistant):
    answer = open_assistant(SCRIPT).ask("What was the price of the bridge over the Sund?")
    assert (answer.text, answer.notes) == (BRIDGE, (EXTRACTIVE_NOTE,))
    assert "25 million" in answer.draft


def test_a_draft_that_breaks_off_leaves_the_quotation(open_assistant):
    script = {"mayor": "Mayor Lena Holt said [1]."}  # what did she say?
    answer = open_assistant(script).ask("Who is the mayor of Sund?")
    assert answer.draft == script["mayor"]
    assert (answer.text, answer.notes) == (BRIDGE, (EXTRACTIVE_NOTE,))


def test_a_draft_that_contradicts_its_quote_leaves_the_quotation(open_assistant, reader):
    reader.contradicted = ("Mayor",)
    answer = open_assistant(SCRIPT).ask("What was the cost of the bridge over the Sund?")
    assert (answer.text, answer.notes) == (BRIDGE, (EXTRACTIVE_NOTE,))
    assert reader.claims == ["Mayor Lena Holt said that the bridge cost 18 million crowns."]


@pytest.fixture
def second_opinions(monkeypatch, indexed_toy):
    """A calibration of the reader alone, and one of reader and model, which decides."""
    alone = replace(FAIRLY_SURE, thresholds=(RiskThreshold(0.1, 0.9, 0.1),))
    both = {f"reader:reader+{indexed_toy.model}": BOTH}

    def use(calibrations):
        monkeypatch.setattr(
            "rag.pipeline.tools.load_calibration", lambda judges, index: calibrations.get(judges)
        )

    use({"reader:reader": alone, **both})

    def use_others(reader_alone=FAIRLY_SURE, of_both=BOTH):  # sure of itself from 0.5
        use({"reader:reader": reader_alone, f"reader:reader+{indexed_toy.model}": of_both})

    return use_others


def test_a_draft_that_says_the_same_makes_a_doubtful_quotation_an_answer(
    open_assistant, second_opinions
):
    assistant = open_assistant(SCRIPT)
    events = list(assistant.stream("What was the cost of the bridge over the Sund?"))
    assert events[1].citation.quote == BRIDGE[1:-5]  # likely, which is why it is told of
    assert open_assistant().ask(events[-1].answer.question).abstained  # but not sure enough alone
    answer = events[-1].answer
    assert answer.text == "Mayor Lena Holt said that the bridge cost 18 million crowns. [1]"
    assert (round(answer.confidence, 2), answer.max_wrong) == (0.98, 0.1)
    assert answer.signals["agreement"] == 1.0
    assert "verifier_logit" not in answer.signals  # its judgement costs a prompt and counts nothing
    assert "claim_support" not in answer.signals  # nor does a reading of the draft
    assert [each.article for each in answer.evidence] == ["bridge"]


def test_a_draft_that_says_something_else_withholds_a_doubtful_quotation(
    open_assistant, second_opinions
):
    answer = open_assistant(SCRIPT).ask("What was the price of the bridge over the Sund?")
    assert (answer.abstained, answer.reason, answer.citations) == (True, "not_stated", ())
    assert answer.signals["agreement"] == 0.0
    assert answer.draft == BRIDGE[:-4]  # what was withheld, not what was drafted


def test_the_second_opinion_decides_also_where_the_reader_alone_is_sure(
    open_assistant, second_opinions
):
    second_opinions()
    assistant = open_assistant(SCRIPT)
    events = list(assistant.stream("What was the price of the bridge over the Sund?"))
    assert type(events[1]) is EvidenceFound
    assert events[-1].answer.abstained
    quotations_alone = open_assistant().ask("What was the price of the bridge over the Sund?")
    assert quotations_alone.text == BRIDGE


def test_what_the_reader_takes_for_hopeless_needs_no_second_opinion(
    open_assistant, second_opinions
):
    assistant = open_assistant(SCRIPT)
    events = list(assistant.stream("Who was the cook of the ferry Maren?"))
    assert [type(each) for each in events] == [Retrieved, AnswerReady]
    assert assistant.ask("Who was the cook of the ferry Maren?", max_wrong=1.0).abstained
    assert assistant.model().prompts == []


def test_the_language_model_judges_its_draft_where_that_counts(open_assistant, second_opinions):
    with_verifier = replace(
        BOTH,
        features=("margin", "verifier_logit", "claim_support"),
        means=(0.0, 0.0, 0.0),
        scales=(MARGIN / 2, 5.0, 5.0),
        weights=(1.0, 2.5, 0.0),
    )
    second_opinions(of_both=with_verifier)
    assistant = open_assistant(SCRIPT)
    answer = assistant.ask("What was the cost of the bridge over the Sund?")
    assert (answer.abstained, answer.signals["verifier_logit"]) == (False, 5.0)
    assert math.isclose(answer.signals["claim_support"], math.log(0.9 / 0.1), abs_tol=0.01)
    assistant.model().log_odds = -5.0
    assert assistant.ask("What was the cost of the bridge over the Sund?").abstained


def test_a_draft_that_could_change_nothing_is_not_written(open_assistant, second_opinions):
    out_of_reach = replace(BOTH, thresholds=(RiskThreshold(0.1, 0.99, 0.1),))
    second_opinions(of_both=out_of_reach)  # 0.98 is the most that a draft can make of it
    assistant = open_assistant(SCRIPT)
    events = list(assistant.stream("What was the cost of the bridge over the Sund?"))
    assert [type(each) for each in events] == [Retrieved, AnswerReady]
    assert events[-1].answer.abstained
    assert assistant.model().prompts == []


def test_the_reader_alone_decides_beside_a_language_model_without_a_calibration(
    open_assistant, monkeypatch
):
    alone = {"reader:reader": FAIRLY_SURE}
    monkeypatch.setattr(
        "rag.pipeline.tools.load_calibration", lambda judges, index: alone.get(judges)
    )
    assistant = open_assistant(SCRIPT)
    answer = assistant.ask("What was the price of the bridge over the Sund?")
    assert (answer.text, round(answer.confidence, 2)) == (BRIDGE, 0.88)  # the draft says otherwise
    assert "agreement" not in answer.signals
    drafts = len(assistant.model().prompts)
    assert assistant.ask("What was the price of the bridge?", max_wrong=0.01).abstained
    assert len(assistant.model().prompts) == drafts  # what is refused is not worded


PAID = "Was the price of the bridge paid by the mayor?"  # no article says yes or no to it


@pytest.mark.parametrize("script", [None, SCRIPT])
def test_a_question_for_yes_or_no_is_refused_where_neither_can_be_composed(open_assistant, script):
    assistant = open_assistant(script)
    events = list(assistant.stream(PAID))
    assert [type(each) for each in events] == [Retrieved, AnswerReady]
    answer = events[-1].answer
    assert (answer.question_type, answer.abstained, answer.reason) == ("yes_no", True, "not_stated")
    assert (answer.citations, answer.confidence) == ((), None)
    assert answer.evidence[0].answer == "18 million crowns"  # the reader was sure of this
    assert assistant.ask(PAID, max_wrong=1.0).abstained
    assert script is None or assistant.model().prompts == []


def test_a_part_that_asks_for_yes_or_no_takes_no_other_part_with_it(open_assistant):
    question = f"{PAID[:-1]}, and when did the ferry Maren sink?"
    answer = open_assistant().ask(question)
    assert (answer.question_type, answer.abstained) == ("yes_no", False)
    assert FERRY.replace("[1]", "[2]") in answer.text


def test_a_count_that_nothing_is_composed_for_is_quoted(open_assistant, reader):
    reader.answers = {"sailors": "Nine sailors"}
    answer = open_assistant().ask("How many sailors of the ferry Maren were saved?")
    assert answer.question_type == "count"
    assert answer.text == FERRY
    assert answer.evidence[0].answer == "Nine sailors"


def test_a_composed_answer_comes_at_once(open_assistant, reader):
    reader.contradicted = ("not",)  # that it did not sink
    assistant = open_assistant(SCRIPT)
    events = list(assistant.stream("Did the ferry Maren sink on 3 May?"))
    assert [type(each) for each in events] == [Retrieved, AnswerReady]
    answer = events[-1].answer
    assert answer.text == f"Yes: {FERRY}"
    assert answer.evidence[0].answer == "3 May"
    assert (answer.draft, answer.max_wrong) == ("", None)
    assert 0 < answer.timings.evidence <= answer.timings.total
    assert assistant.model().prompts == []


def test_a_composed_answer_respects_the_share_that_may_be_wrong(
    open_assistant, reader, monkeypatch
):
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: FAIRLY_SURE)
    reader.contradicted = ("not",)
    assistant, question = open_assistant(), "Did the ferry Maren sink on 3 May?"
    usual = assistant.ask(question)
    assert usual.text == f"Yes: {FERRY}"
    assert (round(usual.confidence, 2), usual.max_wrong) == (0.88, None)  # and no promise
    assert assistant.ask(question, max_wrong=0.01).abstained


def test_a_question_that_nothing_answers_is_refused_before_any_draft(open_assistant):
    assistant = open_assistant(SCRIPT)
    events = list(assistant.stream("Who was the cook of the ferry Maren?"))
    assert [type(each) for each in events] == [Retrieved, AnswerReady]
    answer = events[-1].answer
    assert (answer.reason, answer.text) == ("not_stated", message("not_stated"))
    assert assistant.model().prompts == []


def test_a_question_about_something_else_is_refused_as_such(open_assistant):
    answer = open_assistant().ask("Zyzzyva quux?")
    assert answer.reason == "not_in_corpus"


def test_a_refusal_says_that_the_filters_exclude_the_answer(open_assistant):
    question, filters = "When did the ferry Maren sink?", SearchFilter.parse("2024-07", None, None)
    assistant = open_assistant()
    assert assistant.ask(question).text.startswith("“The ferry Maren sank on 3 May.")
    assert assistant.ask(question, filters=filters).reason == "outside_filter"


def test_each_question_may_allow_another_share_of_wrong_answers(open_assistant, monkeypatch):
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: FAIRLY_SURE)
    assistant, question = open_assistant(), "What was the cost of the bridge over the Sund?"
    usual = assistant.ask(question)
    assert (usual.text, usual.max_wrong) == (BRIDGE, 0.1)
    strict = assistant.ask(question, max_wrong=0.01)
    assert (strict.abstained, strict.reason, strict.max_wrong) == (True, "not_stated", None)
    assert strict.confidence == usual.confidence
    everything = assistant.ask("Who was the cook of the ferry Maren?", max_wrong=1.0)
    assert (everything.abstained, everything.max_wrong) == (False, None)
    assert assistant.ask("Who was the cook of the ferry Maren?").abstained
    assert assistant.calibration() is FAIRLY_SURE
    with pytest.raises(QuestionError, match="max_wrong=2 is out of range: give a share"):
        assistant.ask(question, max_wrong=2)


def test_a_year_that_the_article_contradicts_is_no_evidence(open_assistant):
    assistant = open_assistant()
    assert not assistant.ask("What was the cost of the bridge in 2024?").abstained
    assert assistant.ask("What was the cost of the bridge in 2019?").abstained


def test_a_second_article_with_the_same_answer_is_a_witness(
    open_assistant, indexed_toy, corpus_add
):
    alone = open_assistant().ask("What was the cost of the bridge over the Sund?")
    corpus_add("audit", "An audit found that the bridge over the Sund cost 18 million crowns.")
    both = open_assistant().ask("What was the cost of the bridge over the Sund?")
    assert (alone.signals["witnesses"], both.signals["witnesses"]) == (0.0, 1.0)
    assert both.evidence[0].score > alone.evidence[0].score


@pytest.fixture
def corpus_add(indexed_toy):
    def add(name, text, published=None):
        date = f"published: '{published}'\n" if published else ""
        (indexed_toy.corpus / f"{name}.md").write_text(f"---\ntitle: {name}\n{date}---\n{text}\n")
        build_index(indexed_toy)

    return add


def test_a_part_that_is_withheld_is_named_beside_one_that_is_shown(open_assistant):
    answer = open_assistant().ask("When did the ferry Maren sink, and who built the ferry Maren?")
    assert [each.supported for each in answer.sentences if each.citations] == [True]
    assert [each.kind for each in answer.notes] == ["unanswered"]
    assert len(answer.citations) == 1


def test_a_sentence_withheld_for_one_part_is_shown_where_it_answers_another(
    open_assistant, monkeypatch, reader
):
    """The part in doubt comes first, so that its sentence, not shown, is known before the other."""
    reader.answers = {"saved": "Nine sailors", "sink": "3 May"}
    doubtful = replace(
        FAIRLY_SURE, features=("answer_type",), means=(0.5,), scales=(0.5,), weights=(4.0,)
    )
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: doubtful)
    monkeypatch.setattr(
        "rag.retrieval.evidence.judgement.matches_answer_type",
        lambda question, text: "sink" in question,
    )
    answer = open_assistant().ask("How many were saved, and when did the ferry Maren sink?")
    assert answer.text == FERRY
    assert [each.quote for each in answer.citations] == [FERRY[1:-5]]
    assert [each.kind for each in answer.notes] == ["unanswered"]


def test_a_clause_is_completed_by_what_answers_the_first(open_assistant, reader):
    reader.answers = {"Who said": "Lena Holt", "How old is Lena Holt": "18 million"}
    open_assistant().ask("Who said what the bridge over the Sund cost, and how old is she?")
    assert reader.questions[-1] == "How old is Lena Holt?"


def test_a_clause_whose_first_part_nothing_answers_is_not_shown(open_assistant, reader):
    reader.answers = {"How old is she": "18 million"}
    answer = open_assistant().ask("Who painted the bridge over the Sund, and how old is she?")
    assert answer.abstained


def test_a_follow_up_without_a_language_model_is_searched_with_the_question_before(open_assistant):
    history = [("When did the ferry Maren sink?", "On 3 May. [1]")]
    answer = open_assistant().ask("How many were saved?", history=history)
    assert answer.query == "When did the ferry Maren sink? How many were saved?"


def test_model_none_names_the_setting_where_a_model_is_needed(open_assistant):
    assistant = open_assistant()
    assistant.warm_up()
    assert assistant.suggest_questions() == []
    assert list(assistant.prefill(lambda: False)) == []
    with pytest.raises(ModelError, match="RAG_MODEL=none"):
        assistant.model()


def test_neither_reader_nor_model_is_an_error(open_assistant, monkeypatch):
    monkeypatch.setattr("rag.assistant.open_reader", lambda *_: (None, "none"))
    with pytest.raises(ModelError, match="RAG_READER or RAG_MODEL"):
        open_assistant().ask("When did the ferry Maren sink?")


def test_an_answer_with_evidence_comes_back_from_json(open_assistant):
    answer = open_assistant().ask("When did the ferry Maren sink?")
    values = json.loads(json.dumps(answer.to_dict(all_scores=True)))
    assert type(answer).from_dict(values) == answer
    assert values["evidence"][0]["article"] == "ferry"
    assert {"article", "start", "end", "text", "score"} <= set(values["evidence"][0])


def test_a_day_that_is_only_named_in_an_article_without_a_day_is_said_not_to_be_known(
    open_assistant, reader, corpus_add
):
    corpus_add("fair", "The fair in Tarn opened on Friday.", published="2024-05")
    reader.answers = {"fair": "on Friday"}
    answer = open_assistant({}).ask("When did the fair in Tarn open?")
    assert answer.text == "“The fair in Tarn opened on Friday.” [1]"
    assert [each.kind for each in answer.notes if each.kind == "date"] == ["date"]
    assert "only that it is of May 2024" in answer.note


def test_a_month_is_no_answer_where_a_day_is_asked_for(open_assistant, reader, corpus_add):
    corpus_add("fair", "The fair in Tarn opened in March.", published="2024-05-15")
    reader.answers = {"fair": "in March"}
    assistant = open_assistant({})
    assert assistant.ask("When did the fair in Tarn open?").text.startswith("March 2024: ")
    refusal = assistant.ask("On what day did the fair in Tarn open?")
    assert refusal.abstained and not refusal.citations
    assert "“The fair in Tarn opened in March.”" in refusal.note


def test_an_abstention_names_the_constraint_that_failed(open_assistant):
    answer = open_assistant({}).ask("What did the harbour of Xanadu cost?")
    assert answer.abstained
    (note,) = answer.notes
    assert note.kind == "constraint"
    assert note.text.startswith("The nearest articles do not name Xanadu.")


def test_a_day_that_is_only_named_is_written_out_from_the_day_of_publication(
    open_assistant, reader, corpus_add
):
    corpus_add("fair", "The fair in Tarn opened on Friday.", published="2024-05-15")
    reader.answers = {"fair": "on Friday"}
    answer = open_assistant({"fair": "The fair in Tarn opened on Friday [1]."}).ask(
        "When did the fair in Tarn open?"
    )
    assert answer.text == "Friday, 10 May 2024: “The fair in Tarn opened on Friday.” [1]"
    assert answer.citations[0].quote == "The fair in Tarn opened on Friday."


def test_an_answer_names_the_origins_of_what_says_the_same(indexed_toy, open_assistant):
    report = (
        "Lena Holt has been mayor of Tarn since the spring, and nobody stood against her.\n\n"
        "The council met for the first time on Tuesday in the old customs house, where the roof "
        "was mended last year for the third time, and chose a clerk and two auditors.\n"
    )
    others = {
        "wire": ("2024-01-02", report),
        "copy": ("2024-01-05", report.replace("spring", "summer").replace("Tuesday", "Wednesday")),
        "own": ("2024-01-03", "The mayor of Tarn is called Lena Holt. She likes boats.\n"),
    }
    for name, (day, text) in others.items():
        (indexed_toy.corpus / f"{name}.md").write_text(
            f"---\ntitle: On {name}\npublished: {day}\n---\n{text}"
        )
    build_index(indexed_toy)
    answer = open_assistant().ask("Who is the mayor of Tarn?")
    origins = {each.article: each.articles for each in answer.origins}
    assert origins["wire"] == ("wire", "copy")
    assert origins["own"] == ("own",)
    assert "copy" not in origins
    assert answer.to_dict()["origins"][0]["article"] in origins


def test_a_refusal_has_no_origins(open_assistant):
    assert open_assistant().ask("Who won the chess cup of Velm?").origins == ()


@pytest.mark.parametrize("end", ["…", "...", "… [+4231 chars]"])
def test_nothing_is_promised_of_a_text_that_breaks_off(
    end, indexed_toy, open_assistant, monkeypatch
):
    """What the shipped calibration promises was measured on whole articles."""
    bridge = indexed_toy.corpus / "bridge.md"
    whole = bridge.read_text(encoding="utf-8").rstrip()
    bridge.write_text(f"{whole} The mayor added that the toll{end}", encoding="utf-8")
    build_index(indexed_toy)
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: FAIRLY_SURE)
    assistant, question = open_assistant(), "What was the cost of the bridge over the Sund?"
    answer = assistant.ask(question)
    assert (answer.text, answer.max_wrong) == (BRIDGE, None)
    assert confidence_in_words(answer).endswith(
        "No limit on wrong answers is promised: it rests on a text that breaks off, and how sure "
        "it is was measured on whole articles."
    )
    assert assistant.ask("When did the ferry Maren sink?").max_wrong == 0.1
    without_promise = confidence_in_words(assistant.ask(question, max_wrong=1.0))
    assert without_promise.endswith("No limit on wrong answers is promised.")
    judged = {
        judges_key("reader", "none"): FAIRLY_SURE
    }  # by `rag calibrate`, on answers from this index
    monkeypatch.setattr("rag.pipeline.tools.read_calibrations", lambda file: judged)
    assert assistant.ask(question).max_wrong == 0.1
