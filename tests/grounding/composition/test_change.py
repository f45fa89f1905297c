"""What changed between two times."""

from __future__ import annotations

from rag.grounding.composition.change import compose_change
from rag.types import Article
from tests.grounding.composition.judged_passages import material_of
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


def priced(day: str, amount: str) -> Article:
    text = f"The tunnel at Kell is to cost {amount} million crowns."
    return Article(day, "Kell tunnel", text, "Post", day)


def told_of(question: str, *articles: Article) -> list[str]:
    composed = compose_change(material_of(question, articles))
    return [each.text.partition(":")[0] for each in composed.sentences] if composed else []


YEARS = [
    priced(day, amount)
    for day, amount in (
        ("2018-05-01", "20"),
        ("2019-05-01", "30"),
        ("2021-05-01", "41"),
        ("2023-05-01", "50"),
    )
]


def test_a_time_with_two_ends_has_neither_what_was_before_nor_what_came_after() -> None:
    expected = ["Before, on 1 May 2019", "After, on 1 May 2021"]
    for times in ("between 2019 and 2021", "from 2019 to 2021"):
        question = f"What has changed at the tunnel at Kell {times}?"
        assert told_of(question, *YEARS) == expected
    question = "What has changed at the tunnel at Kell between 2018 and 2020?"
    assert told_of(question, *YEARS[2:]) == []
    question = "What has changed at the tunnel at Kell between 2017 and 2020?"
    assert told_of(question, *YEARS) == ["Before, on 1 May 2018", "After, on 1 May 2019"]


def test_a_date_is_no_figure_that_changed() -> None:
    met = [
        Article(
            day, "Kell tunnel", f"The council of the tunnel at Kell met on {meeting}.", "Post", day
        )
        for day, meeting in (("2020-05-04", "3 May"), ("2022-05-10", "9 May"))
    ]
    assert told_of("What has changed at the tunnel at Kell since 2021?", *met) == []


def test_a_word_for_any_matter_is_not_the_thing_that_changed() -> None:
    for word in ("situation", "state"):
        question = f"How has the {word} of the tunnel at Kell changed since 2020?"
        assert told_of(question, *YEARS[1:3]) == ["Before, on 1 May 2019", "After, on 1 May 2021"]
