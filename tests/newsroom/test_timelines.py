"""Timelines over an index: entries and dates, copies, conflicts, figures that changed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.newsroom.timelines.values import Timeline, TimelineEntry
from rag.newsroom.timelines.wording import changes_in_words, conflict_lines, summary_in_words
from rag.retrieval.filters import SearchFilter
from tests.newsroom.lock import lock_assistant


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with lock_assistant(tmp_path_factory.mktemp("lock")) as (_, opened):
        yield opened


@pytest.fixture(scope="module")
def timeline(assistant: Assistant) -> Timeline:
    return assistant.timeline("Ostrey lock")


def entry(timeline: Timeline, words: str) -> TimelineEntry:
    (only,) = [each for each in timeline.entries if words in each.text]
    return only


def test_entries_stand_oldest_first_with_their_dates(timeline: Timeline):
    dated = [(each.date, each.precision, each.citations[0].article) for each in timeline.entries]
    assert dated == [
        ("1898", "year", "crack"),
        ("1931-06-06", "day", "note"),
        ("2022-03-08", "day", "crack"),
        ("2022-03-09", "day", "crack"),
        ("2022-03-09", "day", "queue"),
        ("2022-03-10", "day", "crack"),
        ("2022-03-10", "day", "crack"),
        ("2022-03-10", "day", "queue"),
        ("2022-09-01", "day", "dearer"),
        ("2023-05", "month", "dearer"),
    ]


def test_a_date_comes_from_the_text_or_else_from_the_day_of_publication(timeline: Timeline):
    shut = entry(timeline, "was shut")
    assert (shut.basis, shut.date_words) == ("text", "Tuesday")
    cost = entry(timeline, "2 million")
    assert (cost.basis, cost.date_words, cost.date) == ("published", "", "2022-03-10")


def test_the_text_is_the_articles_own_and_cited(assistant: Assistant, timeline: Timeline):
    for each in timeline.entries:
        for citation in each.citations:
            text = assistant.article(citation.article).text
            assert text[citation.start : citation.end] == citation.quote
            assert citation.quote == " ".join(filter(None, (each.context, each.text)))
    numbers = [each.number for entry in timeline.entries for each in entry.citations]
    assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1))


def test_a_statement_and_its_reprint_are_one_entry_dated_by_the_origin(timeline: Timeline):
    cited = [each.article for each in entry(timeline, "was shut").citations]
    assert cited == ["crack", "crack-copy"]
    assert [each.articles for each in timeline.origins if len(each.articles) > 1] == [
        ("crack", "crack-copy")
    ]


def test_a_reprint_counts_its_days_from_those_of_its_origin(assistant: Assistant):
    alone = assistant.timeline("Ostrey lock", SearchFilter(outlets=("Vale Echo",)))
    assert entry(alone, "was shut").date == "2022-03-08"


def test_a_sentence_that_leans_on_another_has_it_as_its_context(timeline: Timeline):
    last = timeline.entries[-1]
    assert last.context.startswith("The repair of the lock")
    assert last.text == "It is to open again in May 2023, with a new gate."


def test_speech_needs_a_speaker_and_other_topics_are_left_out(timeline: Timeline):
    assert "said keeper Ulla Brandt" in entry(timeline, "groan").text
    assert not any("Nobody" in each.text or "choir" in each.text for each in timeline.entries)


def test_other_figures_of_one_thing_at_one_time_are_in_conflict(timeline: Timeline):
    ((one, other),) = timeline.conflicts
    assert "40 boats" in timeline.entries[one].text
    assert "65 boats" in timeline.entries[other].text


def test_figures_that_changed_stand_side_by_side(timeline: Timeline):
    (change,) = timeline.changes
    assert change.figures == ("2 million crowns", "3.4 million crowns")
    assert [timeline.entries[n].date for n in change.entries] == ["2022-03-10", "2022-09-01"]
    (line,) = changes_in_words(timeline)
    assert line.startswith("2 million crowns (10 March 2022) [")


def test_an_article_without_a_day_gives_whole_dates_and_a_note(timeline: Timeline):
    assert entry(timeline, "was widened").date == "1931-06-06"
    assert ["day of publication is not known" in each.text for each in timeline.notes] == [True]


def test_filters_and_operators_limit_the_articles(assistant: Assistant):
    later = assistant.timeline("Ostrey lock", SearchFilter(since="2022-06"))
    assert {each.citations[0].article for each in later.entries} == {"dearer"}
    typed = assistant.timeline('Ostrey lock outlet:"Fen Herald"')
    assert {each.citations[0].article for each in typed.entries} == {"queue"}
    with pytest.raises(QuestionError, match="no article is of the outlet"):
        assistant.timeline("Ostrey lock", SearchFilter(outlets=("Nowhere Times",)))


def test_a_topic_may_be_typed_as_a_question(assistant: Assistant, timeline: Timeline):
    assert assistant.timeline("What is known about the Ostrey lock?").entries == timeline.entries


def test_a_topic_that_no_article_has_gives_no_entries(assistant: Assistant):
    empty = assistant.timeline("the comet of Zanzibar")
    assert empty.entries == empty.conflicts == empty.changes == ()
    assert summary_in_words(empty) == "No article has a dated statement on “comet of Zanzibar”."


def test_json_has_the_fields_of_the_contract(timeline: Timeline):
    values = json.loads(json.dumps(timeline.to_dict()))
    first = values["entries"][0]
    assert (first["date"], first["precision"]) == ("1898", "year")
    assert first["citations"][0]["article"] == "crack"
    assert values["conflicts"] == [list(pair) for pair in timeline.conflicts]


def test_conflicts_are_joined_by_lines():
    assert conflict_lines(4, [(0, 2), (1, 3)]) == [
        ("┌ ", "│ "),
        ("│┌", "││"),
        ("└│", " │"),
        (" └", "  "),
    ]
    assert conflict_lines(4, [(0, 1), (2, 3)]) == [("┌", "│"), ("└", " "), ("┌", "│"), ("└", " ")]
    assert conflict_lines(1, []) == [("", "")]
