"""From question to answer, with a scripted model and a toy embedder."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.errors import IndexFault, QuestionError
from rag.grounding.answer import merge_sub_answers
from rag.grounding.review import EXTRACTIVE_NOTE, ReviewedDraft
from rag.grounding.verifier import VerificationPolicy
from rag.index.build import build_index
from rag.index.snapshot import Snapshot
from rag.models.llm.scripted import ScriptedModel
from rag.retrieval.filters import SearchFilter
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.text.messages import message
from rag.types import AnswerReady, Citation, DraftToken, Retrieved, Sentence
from tests.conftest import VERIFIER_ALONE

SCRIPT = {
    "cost of the bridge": "Mayor Lena Holt said that the bridge cost 18 million crowns [1].",
    "toll of the bridge": "The bridge over the Sund cost 18 million crowns [1]. " * 9,
    "price of the bridge": "The bridge over the Sund cost 19 million crowns [1].",
    "Question: What became of the ferry Maren": "The ferry Maren sank on 3 May [9].",
    "Question: Who leads the union": "Ivo Brandt leads the union.",
    "Question: Who founded the union": "Ivo Brandt founded the union in 1931 [1].",
    "Last question: and when did it sink": "When did the ferry Maren sink?",
    "When did the ferry Maren sink": "The ferry Maren sank on 3 May [1].",
}


@pytest.fixture
def assistant(indexed_toy, monkeypatch):
    model = ScriptedModel(SCRIPT)
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    opened = Assistant.open(indexed_toy, load_model=lambda settings: model)
    yield opened
    opened.close()


def check(assistant, answer):
    """The invariants of the contract."""
    numbers = {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)}
    assert numbers == {each.number for each in answer.citations}
    for each in answer.citations:
        assert assistant.article(each.article).text[each.start : each.end] == each.quote
    if answer.abstained:
        assert answer.citations == ()
        assert answer.text == message(answer.reason)
    json.dumps(answer.to_dict())


def test_an_answer_cites_the_sentence_that_supports_it(assistant):
    answer = assistant.ask("What was the cost of the bridge over the Sund?")
    check(assistant, answer)
    assert answer.text == "Mayor Lena Holt said that the bridge cost 18 million crowns. [1]"
    (citation,) = answer.citations
    assert (
        citation.quote == "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said."
    )
    assert (citation.article, citation.source, citation.published) == (
        "bridge",
        "Kurier",
        "2024-05-01",
    )
    assert answer.draft.endswith("[1].")


def test_stream_yields_passages_then_tokens_then_the_answer(assistant):
    events = list(assistant.stream("What was the cost of the bridge over the Sund?"))
    assert isinstance(events[0], Retrieved)
    assert isinstance(events[-1], AnswerReady)
    assert all(isinstance(event, DraftToken) for event in events[1:-1])
    assert "".join(event.text for event in events[1:-1]) == events[-1].answer.draft
    assert events[0].passages == events[-1].answer.passages


def test_a_long_draft_is_cut_after_three_sentences(assistant):
    answer = assistant.ask("What was the toll of the bridge over the Sund?")
    check(assistant, answer)
    assert answer.draft.count("[1]") == 3
    assert len(answer.sentences) == 1


def test_an_invented_amount_is_not_shown(assistant):
    answer = assistant.ask("What was the price of the bridge over the Sund?")
    check(assistant, answer)
    assert (answer.abstained, answer.reason) == (True, "not_stated")
    assert "19" in answer.draft


def test_an_invented_citation_mark_is_replaced_by_the_passage_that_supports_the_sentence(assistant):
    answer = assistant.ask("What became of the ferry Maren and who leads the union in Tarn?")
    check(assistant, answer)
    assert [each.article for each in answer.citations] == ["ferry", "wheat"]
    assert [sentence.citations for sentence in answer.sentences] == [(1,), (2,)]


def test_an_answer_of_low_confidence_is_extractive(assistant):
    assistant.model().log_odds = 0.3  # a probability of 0.57
    answer = assistant.ask("What was the cost of the bridge over the Sund?")
    check(assistant, answer)
    extractive = "“The bridge over the Sund cost 18 million crowns, mayor Lena Holt said.” [1]"
    assert (answer.text, answer.notes) == (extractive, (EXTRACTIVE_NOTE,))
    assistant.model().log_odds = 0.5  # 0.62
    sure = assistant.ask("What was the cost of the bridge over the Sund?")
    assert sure.text.startswith("Mayor Lena Holt said")
    assert (sure.citations, sure.notes) == (answer.citations, ())


def test_an_answer_without_the_count_asked_for_is_extractive(assistant):
    assistant.model().script = {
        "Maren": "Sailors of the ferry Maren were saved, police said [1].",
        "Tarn": "Farmers in Tarn lost much of their wheat [1].",
    }
    answer = assistant.ask("How many sailors of the ferry Maren were saved?")
    check(assistant, answer)
    assert "Nine sailors were saved, police said.”" in answer.text
    assert answer.notes == (EXTRACTIVE_NOTE,)
    assistant.model().prompts.clear()
    neither = assistant.ask("When was the wheat in Tarn lost?")
    check(assistant, neither)
    assert (neither.reason, neither.draft) == ("not_stated", assistant.model().script["Tarn"])


def test_an_answer_to_a_yes_or_no_question_is_extractive(assistant):
    assistant.model().script = {"union": "Ivo Brandt leads the union [1]."}
    answer = assistant.ask("Does Ivo Brandt lead the union in Tarn?")
    check(assistant, answer)
    assert answer.text == "“Ivo Brandt leads the union.” [1]"
    assert answer.notes == (EXTRACTIVE_NOTE,)
    repeated = assistant.ask("What union in Tarn does Ivo Brandt lead?")
    check(assistant, repeated)
    assert repeated.abstained


def test_each_sub_question_is_answered_from_its_own_passages(assistant):
    events = list(
        assistant.stream("What became of the ferry Maren, and who founded the union in Tarn?")
    )
    answer = events[-1].answer
    check(assistant, answer)
    assert answer.text == "The ferry Maren sank on 3 May. [1]"
    assert answer.note == "The articles do not say: “Who founded the union in Tarn?”"
    assert "".join(each.text for each in events if isinstance(each, DraftToken)) == answer.draft
    assert answer.draft.endswith("3 May [9]. Ivo Brandt founded the union in 1931 [1].")
    assert {hit.passage.article for hit in answer.passages} >= {"ferry", "wheat"}
    assert events[0].passages == answer.passages
    neither = assistant.ask("What was the price of the bridge, and who founded the union in Tarn?")
    check(assistant, neither)
    assert (neither.abstained, neither.notes) == (True, ())


def test_merge_sub_answers_renumbers_citations():
    def part(article, text, confidence):
        citation = Citation(1, article, article, None, None, None, text, 0, len(text))
        return ReviewedDraft(
            (Sentence(text, (1,), True),), (citation,), confidence, {"verifier_logit": confidence}
        )

    both = [part("a", "It sank.", 0.9), part("b", "It burned.", 0.7), part("a", "It sank.", 0.8)]
    one = merge_sub_answers([*both, ReviewedDraft(confidence=0.1, signals={"verifier_logit": 0.1})])
    assert [(each.text, each.citations) for each in one.sentences] == [
        ("It sank.", (1,)),
        ("It burned.", (2,)),
    ]
    assert [(each.number, each.article) for each in one.citations] == [(1, "a"), (2, "b")]
    assert (one.confidence, one.signals) == (0.7, {"verifier_logit": 0.7})
    assert merge_sub_answers([ReviewedDraft(confidence=0.1), ReviewedDraft()]).confidence == 0.1
    assert merge_sub_answers(both[:1]) == both[0]


def test_a_question_outside_the_corpus_loads_no_model(assistant):
    answer = assistant.ask("Zebra quagga okapi?")
    check(assistant, answer)
    assert (answer.reason, answer.draft) == ("not_in_corpus", "")
    assert assistant._models.model is None


@pytest.mark.parametrize(
    "filters",
    [
        {"since": "2025"},
        {"until": "2020-01"},
        {"filters": SearchFilter(not_outlets=("kurier",))},
        {"filters": SearchFilter(excluded=("crowns",))},
    ],
)
def test_an_abstention_says_that_the_filters_exclude_the_answer(assistant, filters):
    answer = assistant.ask("What was the cost of the bridge over the Sund?", **filters)
    check(assistant, answer)
    assert answer.reason == "outside_filter"


def test_an_outlet_that_no_article_has_is_refused_with_the_closest(assistant):
    message = "no article is of the outlet “Courier”: the closest that articles have: “Kurier”"
    for ask in (
        lambda: assistant.ask("What did the bridge cost?", outlets=["Courier"]),
        lambda: assistant.ask("What did the bridge cost? -outlet:Courier"),
        lambda: assistant.find_passages("bridge outlet:Courier"),
    ):
        with pytest.raises(QuestionError, match=message):
            ask()


def test_operators_limit_the_passages_and_are_no_part_of_the_question(assistant):
    question = 'What was the cost of the bridge over the Sund? "million crowns" -wheat until:2024'
    answer = assistant.ask(question)
    check(assistant, answer)
    assert answer.question == question
    assert answer.query == "What was the cost of the bridge over the Sund?"
    assert answer.text == "Mayor Lena Holt said that the bridge cost 18 million crowns. [1]"
    assert {hit.passage.article for hit in answer.passages} == {"bridge"}
    assert assistant.ask(f"{answer.query} -crowns").reason == "outside_filter"


def test_the_ids_of_all_articles_are_given_and_each_opens(assistant):
    assert assistant.article_ids() == ["bridge", "ferry", "wheat", "wheat2"]
    assert {assistant.article(id).id for id in assistant.article_ids()} == {
        *("bridge", "ferry", "wheat", "wheat2")
    }


def test_find_passages_gives_them_with_the_records_of_their_articles(assistant):
    result = assistant.find_passages("wheat OR ferry -union", 5)
    assert (result.question, result.query) == ("wheat OR ferry -union", "wheat ferry")
    assert sorted(hit.passage.article for hit in result.hits) == ["ferry", "wheat2"]
    assert sorted(result.articles) == ["ferry", "wheat2"]
    first, *_ = result.to_dict()["passages"]
    article = assistant.article(first["article"])
    assert article.text[first["start"] : first["end"]] == first["text"]
    assert first["source"] == "Kurier"
    assert set(first) == {
        *("article", "start", "end", "text", "score"),
        *("title", "source", "published", "author", "url"),
    }
    json.dumps(result.to_dict())


def test_a_slip_in_a_name_is_searched_for_as_the_nearest_name_with_a_note(assistant, monkeypatch):
    typed = "Does Ivo Brantd lead the union in Tarn?"
    monkeypatch.setattr(
        assistant._retriever.embedder, "count", lambda texts: [2 for _ in texts], raising=False
    )
    assistant.model().script = {"union": "Ivo Brandt leads the union [1]."}
    answer = assistant.ask(typed)
    check(assistant, answer)
    assert (answer.question, answer.query) == (typed, "Does Ivo Brandt lead the union in Tarn?")
    assert answer.text == "“Ivo Brandt leads the union.” [1]"
    assert [each.kind for each in answer.notes] == ["spelling", "extractive"]
    assert answer.notes[0].text == "No article has “Brantd”; searched for “Brandt”."
    quoted = assistant.find_passages('union "Ivo Brantd"')
    assert (quoted.query, quoted.hits, quoted.notes) == ("union Ivo Brantd", (), ())


def test_ask_searches_within_its_filters_in_either_form(assistant):
    question = "What was the cost of the bridge over the Sund?"
    answer = assistant.ask(question, since="2024-05", until="2024-05-31", outlets=["kurier"])
    assert {hit.passage.article for hit in answer.passages} == {"bridge"}
    assert not answer.abstained
    filters = SearchFilter("2024-05", "2024-05-31", ("kurier",))
    assert assistant.ask(question, filters=filters).passages == answer.passages
    with pytest.raises(QuestionError, match="give one or the other"):
        assistant.ask(question, filters=filters, since="2024")


def test_a_follow_up_is_rewritten_before_the_search(assistant):
    history = [("What became of the ferry Maren?", "The ferry Maren sank. [1]")]
    answer = assistant.ask("and when did it sink?", history=history)
    check(assistant, answer)
    assert (answer.question, answer.query) == (
        "and when did it sink?",
        "When did the ferry Maren sink?",
    )
    assert answer.text == "The ferry Maren sank on 3 May. [1]"


def test_a_self_contained_question_is_not_rewritten(assistant):
    question = "What was the cost of the bridge over the Sund?"
    answer = assistant.ask(question, history=[("Who?", "Someone.")])
    assert answer.query == question


def test_a_cancelled_stream_ends_without_an_answer(assistant):
    events = []
    cancel = CancelToken(lambda: len(events) >= 3)
    stream = assistant.stream("What was the cost of the bridge over the Sund?", cancel=cancel)
    with pytest.raises(Cancelled):
        for event in stream:
            events.append(event)
    assert len(events) == 3
    assert not any(isinstance(event, AnswerReady) for event in events)


@pytest.mark.parametrize("question", ["", " \n", "?!", "x" * 1_000_000])
def test_ask_rejects_what_is_not_a_question(assistant, question):
    with pytest.raises(QuestionError):
        assistant.ask(question)


def test_a_new_snapshot_is_opened_at_the_next_call(assistant, indexed_toy):
    assert assistant.counts == (4, 4)
    (indexed_toy.corpus / "mine.txt").write_text(
        "The mine in Osthavn was closed. Karl Vik said so."
    )
    build_index(indexed_toy)
    assert assistant.counts == (5, 5)
    assert assistant.search("Who closed the mine in Osthavn?", 1)[0].passage.article == "mine"


def test_search_with_k_beyond_the_corpus_returns_every_passage(assistant):
    assert len(assistant.search("the bridge", 20)) == 4


def test_open_rejects_an_index_built_with_other_settings(assistant, indexed_toy):
    with pytest.raises(IndexFault, match="rag index --rebuild"):
        Assistant.open(replace(indexed_toy, passage_tokens=60))


def test_open_says_how_to_make_a_missing_index(toy):
    with pytest.raises(IndexFault, match="type `rag index`"):
        Assistant.open(toy)


def test_an_answer_that_the_verifier_doubts_is_withheld(assistant):
    sure = assistant.ask("What was the cost of the bridge over the Sund?")
    assert sure.confidence == pytest.approx(1 / (1 + 2.718281828**-5.0))
    assistant.model().unsupported = "cost of the bridge"
    doubted = assistant.ask("What was the cost of the bridge over the Sund?")
    check(assistant, doubted)
    assert doubted.abstained
    assert doubted.reason == "not_stated"
    assert doubted.confidence < 0.1
    assert doubted.signals["verifier_logit"] == -5.0
    assert doubted.draft == sure.draft
    assert doubted.passages


def test_a_smaller_max_wrong_raises_the_threshold(assistant):
    question = "What was the cost of the bridge over the Sund?"
    assert not assistant.ask(question).abstained
    assistant.settings = replace(assistant.settings, max_wrong=0.01)
    assert assistant.ask(question).abstained


def test_without_a_calibration_support_alone_decides(assistant, monkeypatch):
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    assistant.model().unsupported = "cost of the bridge"
    answer = assistant.ask("What was the cost of the bridge over the Sund?")
    assert not answer.abstained
    assert answer.confidence is None
    assert answer.signals == {}
    verified = assistant.ask(
        "What was the cost of the bridge over the Sund?", verify=VerificationPolicy.ALWAYS
    )
    assert verified.text == answer.text
    assert verified.signals["verifier_logit"] == -5.0


def test_a_conflicting_account_is_appended(toy, monkeypatch, corpus):
    text = "The bridge over the Sund cost 31 million crowns, an audit found."
    (corpus / "audit.md").write_text(f"---\ntitle: An audit\nsource: Nordpress\n---\n{text}\n")
    build_index(toy)
    model = ScriptedModel(SCRIPT)
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    opened = Assistant.open(toy, load_model=lambda settings: model)
    answer = opened.ask("What was the cost of the bridge over the Sund?")
    check(opened, answer)
    assert answer.text.endswith(f"Nordpress has it otherwise: {text} [2]")
    assert [each.article for each in answer.citations] == ["bridge", "audit"]
    model.unsupported = f"Answer: {text}"
    assert len(opened.ask("What was the cost of the bridge over the Sund?").citations) == 1
    opened.close()


def test_a_comparison_answers_for_each_article(toy, monkeypatch, corpus):
    text = "The bridge over the Sund cost 31 million crowns, an audit found."
    (corpus / "audit.md").write_text(f"---\ntitle: An audit\nsource: Nordpress\n---\n{text}\n")
    build_index(toy)
    model = ScriptedModel(
        {"audit found": "The bridge over the Sund cost 31 million crowns [1].", **SCRIPT}
    )
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    # the articles need not hold the words "by the different accounts"
    opened = Assistant.open(toy, load_model=lambda settings: model)
    answer = opened.ask("What was the cost of the bridge over the Sund, by the different accounts?")
    check(opened, answer)
    supported = {sentence.text for sentence in answer.sentences if sentence.supported}
    assert "Kurier: Mayor Lena Holt said that the bridge cost 18 million crowns." in supported
    assert "Nordpress: The bridge over the Sund cost 31 million crowns." in supported
    assert answer.notes == ()  # a third article that does not say is not mentioned
    assert {each.article for each in answer.citations} == {"bridge", "audit"}
    opened.close()


def test_a_snapshot_that_is_replaced_while_it_is_opened(indexed_toy, monkeypatch):
    open_snapshot, names = Snapshot.open, []

    def opened(folder, *_):
        names.append(folder.name)
        if len(names) == 1:  # another is published, and the one with the changed text is deleted
            (indexed_toy.corpus / "ferry.md").write_text(
                "# The ferry Sol\n\nThe ferry Sol never sank.\n"
            )
            build_index(indexed_toy)
        return open_snapshot(folder)

    monkeypatch.setattr(Snapshot, "open", opened)
    assistant = Assistant.open(indexed_toy)
    assert names == ["gen-000001", "gen-000002"]
    assert any("Sol" in each.passage.text for each in assistant.search("Did the ferry Sol sink?"))
    assistant.close()


def test_prefill_processes_the_newest_passages_until_the_cache_is_full(assistant):
    model = assistant.model()
    everything = [each.text for each in assistant.articles.passages()]
    dates = [
        assistant.article(each.article).published or "" for each in assistant.articles.passages()
    ]
    assert dates == sorted(dates, reverse=True)
    assert len(everything) == assistant.counts[1]
    list(assistant.prefill(lambda: False))
    assert model.prefilled == everything
    model.prefilled.clear()
    model.prefill_capacity = 2
    list(assistant.prefill(lambda: False))
    assert model.prefilled == everything[:2]


def test_prefill_repeats_a_passage_that_was_interrupted(assistant):
    model = assistant.model()
    busy = iter([True, True])
    steps = assistant.prefill(lambda: next(busy, False))
    next(steps)
    first = model.prefilled[0]
    assert model.prefilled == [first]
    list(steps)
    assert model.prefilled.count(first) > 1
    assert set(model.prefilled) == {each.text for each in assistant.articles.passages()}
