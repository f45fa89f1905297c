"""Two answers to one question: which facts are new, changed or gone, whatever the wording."""

from __future__ import annotations

import pytest

from rag.newsroom.alerts.comparison import compare_answers
from rag.newsroom.alerts.values import FactChange
from rag.types import Answer, Citation, Origin, Sentence

MILL = "The mill at Torvik will cost 18 million kroner, council leader Astrid Vik said on Tuesday."
DELAY = "The mill at Torvik will not open before June 2025."
QUESTION = "What is known of the mill?"
REFUSAL = Answer(QUESTION, QUESTION, "The articles do not say.", True, "not_stated")


def cite(quote: str, article: str = "mill", start: int = 0, title: str = "") -> Citation:
    title = title or f"Article {article}"
    return Citation(0, article, title, "Fjordposten", None, None, quote, start, start + len(quote))


def answer(*statements: tuple[str, Citation | list[Citation]], origins=()) -> Answer:
    """An answer of these sentences, each with what it cites."""
    citations: list[Citation] = []
    sentences = []
    for text, sources in statements:
        numbers = []
        for each in sources if isinstance(sources, list) else [sources]:
            numbers.append(len(citations) + 1)
            values = {name: getattr(each, name) for name in each.__dataclass_fields__}
            citations.append(Citation(**values | {"number": numbers[-1]}))
        sentences.append(Sentence(text, tuple(numbers), True))
    text = " ".join(each.text for each in sentences)
    return Answer(
        QUESTION, QUESTION, text, False, None, tuple(sentences), tuple(citations), origins=origins
    )


BEFORE = answer(("The mill will cost 18 million kroner, Astrid Vik said.", cite(MILL)))


def facts(before: Answer, after: Answer) -> list[tuple[str, list[FactChange]]]:
    return [(each.kind, list(each.facts)) for each in compare_answers(before, after).changes]


@pytest.mark.parametrize(
    "after",
    [
        answer((f"“{MILL}”", cite(MILL))),
        answer(("According to Vik, the price of the mill is 18,000,000 kroner.", cite(MILL))),
        answer(("It costs 18 million kroner.", cite(MILL))),
        answer(("The mill is at Torvik.", cite(MILL)), ("Its price: 18 million.", cite(MILL))),
        answer(("Council Leader Vik put the cost at 18 million kroner on Tuesday.", cite(MILL))),
        answer(("The mill will cost 18 million kroner.", cite(f"{MILL} {DELAY}"))),
        answer(("The mill will cost 18 million kroner.", cite(MILL, start=400))),
    ],
)
def test_the_same_facts_in_other_words_from_the_same_passage_are_no_change(after: Answer) -> None:
    assert not compare_answers(BEFORE, after)
    assert not compare_answers(after, BEFORE)
    assert compare_answers(BEFORE, after).to_dict()["changes"] == []


@pytest.mark.parametrize(
    ("text", "change"),
    [
        (
            "The mill will cost 21 million kroner, Astrid Vik said.",
            FactChange("figure", "18 million", "21 million"),
        ),
        (
            "The mill will cost 18 million kroner, Oskar Dahl said.",
            FactChange("name", "Astrid Vik", "Oskar Dahl"),
        ),
        (
            "The mill will cost 18 million kroner, Oskar Vik said.",
            FactChange("name", "Astrid Vik", "Oskar Vik"),
        ),
        (
            "The mill will not cost 18 million kroner, Astrid Vik said.",
            FactChange("negation", "cost", "not cost"),
        ),
    ],
)
def test_another_fact_from_the_same_passage_is_a_change(text: str, change: FactChange) -> None:
    edited = cite(text)
    for after in (answer((text, cite(MILL))), answer((text, edited))):
        ((kind, changes),) = facts(BEFORE, after)
        assert kind == "changed"
        assert [(e.kind, e.before) for e in changes] == [(change.kind, change.before)]
        assert change.after in changes[0].after


def test_a_contrary_word_and_another_date_are_changes() -> None:
    place = cite("The ferry was approved on 4 May 2025.")
    before = answer(("The ferry was approved on 4 May 2025.", place))
    rejected = answer(("The ferry was rejected on 4 May.", place))
    assert facts(before, rejected) == [
        ("changed", [FactChange("words", "approved", "rejected")]),
    ]
    later = answer(("The ferry was approved on 6 May 2025.", place))
    assert facts(before, later) == [
        ("changed", [FactChange("date", "4 May 2025", "6 May 2025")]),
    ]
    assert not compare_answers(before, answer(("It was approved on 4 May.", place)))


def test_another_name_at_the_head_of_the_statement_is_a_change_in_any_words() -> None:
    place = cite("Astrid Vik leads the council, and Oskar Dahl the board.")
    before = answer(("“Astrid Vik leads the council, and Oskar Dahl the board.”", place))
    one, other = answer(("Astrid Vik leads it.", place)), answer(("Oskar Dahl is head.", place))
    assert facts(one, other) == [("changed", [FactChange("name", "Astrid Vik", "Oskar Dahl")])]
    assert not compare_answers(before, one) and not compare_answers(before, other)


def test_an_edited_passage_is_a_change_even_where_the_answer_leaves_it_out() -> None:
    text = "The mill will cost 18 million kroner."
    before = answer((text, cite(f"{text} Work begins in May.")))
    assert facts(before, answer((text, cite(f"{text} Work begins in July.")))) == [
        ("changed", [FactChange("date", "May", "July")])
    ]
    moved = answer((text, cite(f"{text} Work starts in May.")))
    assert not compare_answers(before, moved), "words of one sense"
    stopped = answer((text, cite(f"{text} Work was suspended in May.")))
    assert [each.kind for each in compare_answers(before, stopped).changes[0].facts] == ["words"]


def test_an_article_that_contradicts_is_new_and_nothing_else_changed() -> None:
    claim = "Kystavisen has it otherwise: The mill will cost 25 million kroner."
    quote = cite("The mill will cost 25 million kroner.", "rival")
    after = answer((BEFORE.sentences[0].text, cite(MILL)), (claim, quote))
    comparison = compare_answers(BEFORE, after)
    ((kind, changes),) = [(each.kind, each.facts) for each in comparison.changes]
    assert (kind, comparison.changes[0].after, changes) == ("new", claim, ())
    assert (comparison.new_articles, comparison.gone_articles) == (("rival",), ())
    back = compare_answers(after, BEFORE)
    assert [(each.kind, each.before) for each in back.changes] == [("gone", claim)]
    assert (back.new_articles, back.gone_articles) == ((), ("rival",))


def test_an_answer_from_another_article_is_paired_with_the_one_it_replaces() -> None:
    after = answer(
        ("The mill at Torvik will cost 21 million kroner.",
         cite("The mill at Torvik will cost 21 million kroner.", "later", title="Mill dearer"))
    )  # fmt: skip
    comparison = compare_answers(BEFORE, after)
    (change,) = comparison.changes
    assert change.kind == "changed" and change.before == BEFORE.text
    assert change.facts[0] == FactChange("figure", "18 million", "21 million")
    assert change.facts[-1] == FactChange(
        "source", "Article mill (Fjordposten)", "Mill dearer (Fjordposten)"
    )
    assert (comparison.new_articles, comparison.gone_articles) == (("later",), ("mill",))


def test_the_same_statement_from_another_article_is_a_change_of_source_alone() -> None:
    after = answer((BEFORE.sentences[0].text, cite(MILL, "reprint")))
    ((kind, changes),) = facts(BEFORE, after)
    assert (kind, [each.kind for each in changes]) == ("changed", ["source"])
    copies = (Origin("mill", ("mill", "reprint")),)
    same = answer((BEFORE.sentences[0].text, cite(MILL, "reprint")), origins=copies)
    assert not compare_answers(BEFORE, same), "a near copy is the same source"
    both = answer((BEFORE.sentences[0].text, [cite(MILL), cite(MILL, "second")]))
    assert facts(BEFORE, both) == [
        ("new", [FactChange("source", "", "Article second (Fjordposten)")])
    ]
    assert [kind for kind, _ in facts(both, BEFORE)] == ["gone"]


def test_from_refused_to_answered_and_back() -> None:
    comparison = compare_answers(REFUSAL, BEFORE)
    (change,) = comparison.changes
    assert (change.kind, change.facts) == ("new", (FactChange("verdict", "refused", "answered"),))
    assert comparison.new_articles == ("mill",)
    (change,) = compare_answers(BEFORE, REFUSAL).changes
    assert (change.kind, change.facts) == ("gone", (FactChange("verdict", "answered", "refused"),))
    other = Answer(QUESTION, QUESTION, "No article is about that.", True, "not_in_corpus")
    assert not compare_answers(REFUSAL, other), "one refusal states as little as another"


def test_yes_that_becomes_no_is_a_change_of_the_verdict() -> None:
    yes = answer(("Yes.", cite(DELAY)), (f"“{DELAY}”", cite(DELAY)))
    no = answer(("No.", cite(DELAY)), (f"“{DELAY}”", cite(DELAY)))
    assert facts(yes, no) == [("changed", [FactChange("verdict", "yes", "no")])]


def test_a_count_of_articles_changes_with_its_figure() -> None:
    def count(number: int) -> Answer:
        records = [
            Citation(0, f"a{n}", f"A{n}", None, None, None, f"A{n}", None, None, field="title")
            for n in range(number)
        ]
        return answer((f"There are {number} articles.", records))

    assert not compare_answers(count(3), count(3))
    ((kind, changes),) = facts(count(3), count(4))
    assert (kind, changes[0]) == ("changed", FactChange("figure", "3", "4"))
    assert changes[1:] == [FactChange("source", "", "A3")]


def test_of_several_statements_each_finds_its_counterpart() -> None:
    ferry, quay = "The ferry carries 40 cars.", "The quay at Sandnes is 90 metres long."
    before = answer((ferry, cite(ferry, "a")), (quay, cite(quay, "b")))
    longer = "The quay at Sandnes is now 120 metres long."
    bell = "A bell was sold to Bergen."
    after = answer((bell, cite(bell, "c")), (longer, cite(longer, "d")))
    kinds = [
        (each.kind, each.before, each.after) for each in compare_answers(before, after).changes
    ]
    assert kinds == [("changed", quay, longer), ("new", "", bell), ("gone", ferry, "")]
