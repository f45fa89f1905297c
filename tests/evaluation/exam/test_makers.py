"""Questions made of sentences: which, with which answer, and where none may be made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.evaluation.exam.makers import Exam, make_questions, questions_of, sampled
from rag.evaluation.metrics import contains_any
from rag.types import Article
from tests.evaluation.exam.conftest import article

SENTENCES = [
    # when and where
    ("The Kestrel Point was built in 1996 and may carry up to 400 people.",
     "When was the Kestrel Point built?", "1996"),
    ("Marek Dal has died in Osby on 3 May.", "When did Marek Dal die in Osby?", "3 May"),
    ("Founded in 1903, Halvard Ferries links seven islands.",
     "When was Halvard Ferries founded?", "1903"),
    ("Lena Holt, the mayor of Tarn, opened the gate. She was born in Osby in 1961.",
     "When was Lena Holt born in Osby?", "1961"),
    ("The composer Ivo Brandt was born in Osby in 1931.", "Where was Ivo Brandt born?", "Osby"),
    # figures
    ("Halvard Ferries links seven islands and carried 612,000 passengers in 2019.",
     "How many passengers did Halvard Ferries carry in 2019?", "612,000"),
    ("Halvard Ferries links seven islands and carried 612,000 passengers in 2019.",
     "How many islands does Halvard Ferries link?", "seven"),
    ("Halvard Ferries will invest 4.2 million florins in new steering gear.",
     "How much will Halvard Ferries invest in new steering gear?", "4.2 million"),
    ("More than 9,000 containers from Tarn, likely filled with aid, reached Osby in March.",
     "How many containers from Tarn reached Osby in March?", "9,000"),
    # who
    ("Åkerlund Board signed a contract to buy the mill from Corvane Group on Friday.",
     "Who signed a contract to buy the mill from Corvane Group?", "Åkerlund Board"),
    ("Desmond Achterberg, coxswain of the Tarnsey boat, said so.",
     "Who is the coxswain of the Tarnsey boat?", "Desmond Achterberg"),
    ("Desmond Achterberg, coxswain of the Tarnsey boat, said so.",
     "Who is Desmond Achterberg?", "coxswain"),
    ("Sunniva Rask, who has commanded the Kestrel Point for eleven years, was the last to leave.",
     "Who has commanded the Kestrel Point for eleven years?", "Sunniva Rask"),
    ("The ferry Maren Oddie was built in 1996.", "When was the ferry Maren Oddie built?", "1996"),
    ("The cox, Jorunn Pask, 19, was the youngest.", "How old is Jorunn Pask?", "19"),
    # what was said
    ("“The sea was kind to us,” said Desmond Achterberg, the coxswain.",
     "Who said “The sea was kind to us”?", "Desmond Achterberg"),
    ("Lena Holt, the mayor, said that Halvard Ferries had paid for the bell and the clock.",
     "What did Lena Holt say about Halvard Ferries?", "paid for the bell and the clock"),
    ("It was sent by the Korean Central News Agency (KCNA) on Monday.",
     "What does KCNA stand for?", "Korean Central News Agency"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "question", "answer"), SENTENCES)
def test_a_question_of_each_kind(sentence, text: str, question: str, answer: str) -> None:
    answers = {each.question: each.answers for each in questions_of(sentence(text))}
    assert question in answers, sorted(answers)
    assert answer in answers[question]


@pytest.mark.parametrize(
    "text",
    [
        "It was built in 1996.",  # what
        "The council bought the mill for 27 million crowns.",  # which council
        "Halvard Ferries denied that it had paid 27 million crowns for the mill.",
        "Halvard Ferries may build five ships at Tarn.",
        "If Halvard Ferries builds five ships, Tarn will cheer.",
        "Halvard Ferries has not bought five ships for Tarn.",
        "On Friday the ships of the line were sold.",
        "She won the Row in 2018.",  # nobody is named before
        "Halvard Ferries bought a mill that nobody else wanted.",  # which one
    ],
)
def test_no_question_where_it_would_be_in_doubt(sentence, text: str) -> None:
    assert [each.question for each in questions_of(sentence(text))] == []


def test_corrections_lines_and_other_languages_are_left_alone() -> None:
    articles = [
        article("Correction: Lena Holt, 61, is the mayor of Tarn.", id="c"),
        article("Die Moorbahn wurde 1968 stillgelegt. Jörg Wüstenhagen, 70, ist Vorsitzender."),
        article("Halvard Ferries was founded in 1903\nand has a long", id="b"),
    ]
    exam = make_questions(articles, lambda: articles, 10, 1)
    assert exam == Exam((), (), 3)


@pytest.fixture(scope="module")
def exams(collections) -> dict[str, Exam]:
    return {
        name: make_questions(articles, lambda articles=articles: articles, 60, 1)
        for name, articles in collections.items()
    }


@pytest.mark.parametrize("name", ["newsroom", "islands"])
def test_half_are_near_misses_of_several_kinds(exams, name: str) -> None:
    exam = exams[name]
    assert (len(exam.answerable), len(exam.near_misses)) == (30, 30)
    assert len({each.kind for each in exam.answerable}) >= 5
    assert len({each.edit for each in exam.near_misses}) >= 3
    questions = [each.question for each in exam.questions]
    assert len(set(questions)) == len(questions)


@pytest.mark.parametrize("name", ["newsroom", "islands"])
def test_every_answer_is_in_the_article_that_it_names(exams, name: str) -> None:
    for each in exams[name].answerable:
        assert contains_any(each.source.article.text, each.answers), each.question
        assert each.source.text in each.source.article.text


@pytest.mark.parametrize("name", ["newsroom", "islands"])
def test_a_near_miss_differs_from_its_question_and_has_no_answer(exams, name: str) -> None:
    for each in exams[name].near_misses:
        assert each.answers == ()
        assert each.question != each.original
        same = set(each.question.split()) & set(each.original.split())
        assert len(same) >= len(each.original.split()) / 2, each.question


def test_the_same_seed_gives_the_same_questions_and_another_others(collections) -> None:
    articles = collections["newsroom"]

    def exam(seed: int) -> list[str]:
        drawn = make_questions(articles, lambda: articles, 20, seed)
        return [each.question for each in drawn.questions]

    assert exam(1) == exam(1)
    assert set(exam(1)) != set(exam(2))


def test_a_question_that_another_article_answers_otherwise_is_not_asked() -> None:
    one = article("The harbour was full. Halvard Ferries carried 612,000 passengers in 2019.")
    other = article("In 2019 the company carried 598,000 passengers. Halvard paid.", id="b")
    question = "How many passengers did Halvard Ferries carry in 2019?"

    def questions(*articles: Article) -> list[str]:
        exam = make_questions(articles, lambda: articles, 10, 1)
        return [each.question for each in exam.answerable]

    assert question in questions(one)
    assert question not in questions(one, other)
    assert question in questions(one, replace(one, id="c"))  # a copy says the same


def test_of_a_large_index_some_articles_are_drawn_the_same_each_time() -> None:
    ids = [f"article{n}" for n in range(1000)]
    assert sampled(ids, 1) == sampled(reversed(ids), 1)
    assert len(sampled(ids, 1)) == 300
    assert sampled(ids, 1) != sampled(ids, 2)
