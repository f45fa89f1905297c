"""The order that a reranker gives: pure, and within a search over the toy index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.errors import ModelError
from rag.models.llm.scripted import ScriptedModel
from rag.retrieval import reranking
from rag.retrieval.reranking import CANDIDATES, Reranking, reordered
from rag.retrieval.search import WEIGHTS, reciprocal_rank_fusion
from rag.runtime.observability.stages import Stage, observed_by, stage
from rag.settings import Settings
from rag.types import Hit, Passage

ASKED = "What was the cost of the bridge over the Sund?"


def hits(*texts: str) -> list[Hit]:
    return [
        Hit(Passage(text, 0, len(text), text), 1 / (60 + n), 0.5, 0.0)
        for n, text in enumerate(texts, 1)
    ]


def texts(ordered_hits: Sequence[Hit]) -> str:
    return "".join(hit.passage.text for hit in ordered_hits)


def test_hits_are_ordered_by_score_and_ties_stay_in_the_fused_order() -> None:
    given = hits(*"abcde")
    assert texts(reordered(given, [1.0, 3.0, 1.0, 3.0, 2.0])) == "bdeac"
    assert texts(reordered(given, [0.0] * 5)) == "abcde"
    assert texts(reordered(given, [1.0, 2.0])) == "bacde", "what was not scored stays behind"
    assert reordered([], []) == []
    assert texts(given) == "abcde"


def test_scores_fall_from_place_to_place_as_where_all_rankings_agree() -> None:
    scores = [hit.score for hit in reordered(hits(*"abc"), [1.0, 1.0, 2.0])]
    agreed = reciprocal_rank_fusion([[0, 1, 2], [0, 1, 2]], WEIGHTS)
    assert scores == [agreed[n] for n in range(3)]
    assert scores == sorted(set(scores), reverse=True)


class Shortest:
    """Takes the shortest passage for the most relevant; remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        with stage("rerank", model="shortest", passages=len(passages)):
            self.calls.append((query, list(passages)))
            return [-float(len(each)) for each in passages]


def test_no_more_candidates_are_read_than_said() -> None:
    reader = Shortest()
    many = hits(*("x" * (200 - n) for n in range(CANDIDATES + 5)))
    ordered_hits = Reranking(reader).rerank("a question", many)
    assert [len(given) for _, given in reader.calls] == [CANDIDATES]
    assert [len(hit.passage.text) for hit in ordered_hits[:2]] == [171, 172]
    assert [hit.passage.text for hit in ordered_hits[CANDIDATES:]] == [
        hit.passage.text for hit in many[CANDIDATES:]
    ]
    assert Reranking(reader).rerank("a question", []) == []


@pytest.fixture
def opened(indexed_toy: Settings, monkeypatch: pytest.MonkeyPatch):
    """Assistants over the toy index, with this reranker or none."""
    assistants = []

    def call(reranker: Shortest | None, **changes: object) -> Assistant:
        monkeypatch.setattr("rag.assistant.open_reranker", lambda settings: reranker)
        name = "ettin-reranker-17m" if reranker else "none"  # the name of one that knows English
        settings = replace(indexed_toy, reranker=name, **changes)  # type: ignore[arg-type]
        assistants.append(
            Assistant.open(settings, load_model=lambda _: ScriptedModel({"cost": "It cost."}))
        )
        return assistants[-1]

    yield call
    for each in assistants:
        each.close()


def test_a_search_and_a_question_have_its_order(opened) -> None:
    reranker, stages = Shortest(), list[Stage]()
    plain, ordered = opened(None), opened(reranker)
    fused = plain.search(ASKED, 20)
    ordered_hits = ordered.search(ASKED, 20)
    assert {hit.passage.id for hit in ordered_hits} == {hit.passage.id for hit in fused}
    lengths = [len(hit.passage.text) for hit in ordered_hits]
    assert lengths == sorted(lengths) != [len(hit.passage.text) for hit in fused]
    assert [query for query, _ in reranker.calls] == [ASKED]
    with observed_by(stages.append):
        answer = ordered.ask(ASKED)
    assert answer.passages[0].passage == ordered_hits[0].passage
    seconds = {each.name: each for each in stages}
    assert seconds["rerank"].attributes["passages"] == len(fused)
    assert 0 < seconds["rerank"].seconds <= seconds["retrieve"].seconds
    assert answer.timings.retrieve >= seconds["rerank"].seconds
    assert seconds["answer"].attributes["reranker"] == "ettin-reranker-17m"
    assert ordered.ask(ASKED).passages == answer.passages, "and has it again"


def test_every_part_of_a_question_is_ordered_by_itself(opened) -> None:
    reranker = Shortest()
    question = "When did the ferry Maren sink, and who leads the union?"
    opened(reranker).ask(question)
    assert reranker.calls[0][0] == question
    assert len(reranker.calls) == 3


def test_what_gathers_a_topic_and_other_languages_do_without_it(opened) -> None:
    reranker = Shortest()
    assistant = opened(reranker)
    assistant.timeline("the bridge over the Sund")
    assistant.check("The bridge over the Sund cost 18 million crowns.")
    assistant.search("Was hat die Brücke über den Sund gekostet und wer hat sie bezahlt?", 5)
    assert reranker.calls == []


def test_a_failure_is_named_and_an_index_does_not_depend_on_it(opened) -> None:
    class Broken(Shortest):
        def score(self, query: str, passages: Sequence[str]) -> list[float]:
            raise ModelError("the reranker gave a score that is not finite: type `rag doctor`")

    with pytest.raises(ModelError, match="type `rag doctor`"):
        opened(Broken()).search(ASKED)
    assert reranking.CANDIDATES >= 12, "as many as the reader reads"
