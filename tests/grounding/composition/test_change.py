"""What changed between two times."""

from __future__ import annotations

from rag.grounding.composition.change import compose_change
from rag.types import Article
from tests.grounding.composition.material import material_of
from tests.scripted_reader import ScriptedReader

PLAN = Article(
    "plan",
    "Kell tunnel to be dug",
    "The tunnel at Kell is to cost 30 million crowns. It will be long. "
    "The tunnel at Kell will have two lanes for cars and one for bicycles.",
    "Post",
    "2020-04-01",
)
BUILT = Article(
    "built",
    "Kell tunnel opens",
    "The tunnel at Kell cost 41 million crowns in the end. "
    "The tunnel at Kell has two lanes for cars and one for bicycles.",
    "Post",
    "2022-10-01",
)


def texts(question: str, reader: ScriptedReader | None = None) -> list[str]:
    composed = compose_change(material_of(question, [BUILT, PLAN], reader))
    return [each.text for each in composed.sentences] if composed else []


def test_only_what_differs_is_told_side_by_side() -> None:
    assert texts("What has changed at the tunnel at Kell since 2021?") == [
        "Before, on 1 April 2020: “The tunnel at Kell is to cost 30 million crowns.”",
        "After, on 1 October 2022: “The tunnel at Kell cost 41 million crowns in the end.”",
    ]


def test_how_a_thing_changed_is_told_of_that_thing() -> None:
    shown = texts("How has the cost of the tunnel at Kell changed since 2020?")
    assert len(shown) == 2
    assert "30 million" in shown[0]
    assert "41 million" in shown[1]


def test_statements_that_contradict_each_other_differ_without_figures() -> None:
    reader = ScriptedReader({}, contradicted=["lanes for cars"])
    shown = texts("What has changed at the tunnel at Kell since 2021?", reader)
    assert any("has two lanes" in each for each in shown)


def test_nothing_changed_before_the_time_of_the_question() -> None:
    assert texts("What has changed at the tunnel at Kell since 2023?") == []


def test_another_topic_has_no_changes() -> None:
    assert texts("What has changed at the harbour of Sund since 2021?") == []
