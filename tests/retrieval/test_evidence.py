"""Which passage is taken to answer, among several that a scripted reader finds to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from rag.retrieval.evidence.candidates import Saying
from rag.retrieval.evidence.judgement import Judgement, judge_passages
from rag.retrieval.evidence.readings import PassageReader
from rag.retrieval.search import RetrievalResult
from rag.types import Article, Hit, Passage, SpanReading


@dataclass
class PointingReader:
    """Reads in each passage the words given for it, with their margin; nothing in others."""

    spans: Mapping[str, float]

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str]
    ) -> list[SpanReading]:
        return [self._reading(passage) for passage in passages]

    def _reading(self, passage: str) -> SpanReading:
        for words, margin in self.spans.items():
            if (start := passage.find(words)) >= 0:
                return SpanReading(start, start + len(words), margin, margin / 2)
        return SpanReading(0, 1, -6.0, -3.0)


def judge(question: str, texts: Sequence[str], spans: Mapping[str, float]) -> Judgement:
    """Passages of one article each, in fused order."""
    hits = [Hit(Passage(str(n), 0, len(t), t), 1.0, 0.5, 1.0) for n, t in enumerate(texts)]
    result = RetrievalResult.from_hits(hits, {})
    articles = {str(n): Article(str(n), "", text) for n, text in enumerate(texts)}
    return judge_passages(question, result, PointingReader(spans), articles.__getitem__)


def test_a_fuller_date_that_agrees_comes_first() -> None:
    judgement = judge(
        "When was the port of Tarn opened?",
        ["It was opened in June of 1931.", "The port opened on 3 June 1931.", "On 4 May 1950."],
        {"June of 1931": 6.0, "3 June 1931": 4.0, "4 May 1950": 5.0},
    )
    assert judgement.evidence[0].answer == "3 June 1931"
    assert judgement.signals["witnesses"] == 1.0


def test_a_fuller_date_that_hardly_answers_stays_behind() -> None:
    judgement = judge(
        "When was the port of Tarn opened?",
        ["It was opened in June of 1931.", "The ferry sank on 3 June 1931."],
        {"June of 1931": 6.0, "3 June 1931": 0.5},
    )
    assert judgement.evidence[0].answer == "June of 1931"


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Lena Holt", "mayor Lena Holt", True),
        ("Lena Holt", "Marek Dal", False),
        ("June 1931", "3 June 1931", True),
        ("3 June", "4 June", False),
        ("June 1931", "July 1931", False),
        ("", "", False),
    ],
)
def test_spans_that_say_the_same(one: str, other: str, agree: bool) -> None:
    assert Saying.parse(one).agrees(Saying.parse(other)) is agree
    assert Saying.parse(other).agrees(Saying.parse(one)) is agree


def test_a_rule_for_people_takes_the_place_of_a_weak_span() -> None:
    judgement = judge(
        "Who is Lena Holt?",
        ["Lena Holt came on Friday.", "It sank, said the harbour master, Lena Holt."],
        {"on Friday": -1.0, "It sank": -2.0},
    )
    best = judgement.evidence[0]
    assert best.answer == "the harbour master"
    assert best.text == "It sank, said the harbour master, Lena Holt."
    assert best.score > 0 > judgement.evidence[1].score
    assert judgement.signals["margin"] == -1.0  # the reader's own


def test_who_denied_is_named_in_the_passage_before() -> None:
    text = "Lena Holt, the mayor, came at noon. She denied that the pumps had failed."
    start = text.index("She")
    hit = Hit(Passage("a", start, len(text), text[start:]), 1.0, 0.5, 1.0)
    result = RetrievalResult.from_hits([hit], {})
    judgement = judge_passages(
        "Who denied that the pumps had failed?",
        result,
        PointingReader({"pumps": -1.0}),
        lambda _: Article("a", "", text),
    )
    best = judgement.evidence[0]
    assert (best.answer, best.text, best.start) == ("Lena Holt", text, 0)
    assert text[best.answer_start : best.answer_end] == best.answer


def test_a_sentence_without_the_quotation_is_not_who_said_it() -> None:
    question = "Who said “we shall all be home by Easter”?"
    sentence = "“It will rain,” said Lena Holt."
    judgement = judge(question, [sentence], {"Lena Holt": 2.0})
    assert judgement.evidence[0].score < 0


def test_of_several_speakers_the_one_whose_sentence_is_read_to_answer_comes_first() -> None:
    text = (
        "Marek Dal said the quay was old. Lena Holt said the board should go. "
        "Ines Vega asked for a vote on the quay."
    )
    judgement = judge("Who wanted the board out?", [text], {"Lena Holt": 4.0})
    best = judgement.evidence[0]
    assert (best.answer, best.text) == ("Lena Holt", "Lena Holt said the board should go.")


def test_a_place_is_no_answer_where_a_person_is_asked_for() -> None:
    judgement = judge(
        "Whose boat is the oldest?",
        ["It is older than any on Skarsey.", "Lena Holt’s boat is the oldest."],
        {"Skarsey": 4.0, "Lena Holt": 2.0},
    )
    assert judgement.evidence[0].answer == "Lena Holt"


def test_a_line_of_place_and_date_is_not_an_answer() -> None:
    text = "TARN, May 5 (Coast Wire) - The ferry Maren sank on Friday."
    judgement = judge("When did the Maren sink?", [text], {"May 5": 3.0})
    assert judgement.evidence[0].score < 1.0
    other = judge("When did the Maren sink?", [text], {"on Friday": 3.0})
    assert other.evidence[0].score == 3.0


def test_days_that_are_only_named_are_compared_by_the_days_they_mean() -> None:
    texts = ["The Maren sank in March.", "The Maren sank on Friday."]
    articles = {
        "0": Article("0", "", texts[0], published="2022-06-18"),
        "1": Article("1", "", texts[1], published="2022-03-05"),
    }
    hits = [Hit(Passage(str(n), 0, len(t), t), 1.0, 0.5, 1.0) for n, t in enumerate(texts)]
    judgement = judge_passages(
        "When did the Maren sink?",
        RetrievalResult.from_hits(hits, {}),
        PointingReader({"March": 6.0, "Friday": 4.0}),
        articles.__getitem__,
    )
    assert judgement.evidence[0].answer == "Friday"
    assert judgement.signals["witnesses"] == 1.0


def test_a_passage_that_begins_within_a_long_sentence_is_read_by_rule_too() -> None:
    text = "and so on, " * 80 + "Harbour master Lena Holt said no."
    passage = Passage("a", 700, len(text), text[700:])
    result = RetrievalResult.from_hits([Hit(passage, 1.0, 0.5, 1.0)], {})
    article = Article("a", "", text)
    judgement = judge_passages(
        "Who is Lena Holt?", result, PointingReader({}), {"a": article}.__getitem__
    )
    (evidence,) = judgement.evidence
    assert text[evidence.answer_start : evidence.answer_end] == evidence.answer
    assert evidence.answer == "Harbour master"


RACES = {
    "old": Article("old", "Race", "Nineteen kites flew. Aas won.", published="2018-07-23"),
    "new": Article("new", "Race", "Of 31 kites two crashed. Lund won.", published="2022-07-25"),
}


def judge_races(question: str, reader: PassageReader) -> Judgement:
    hits = [
        Hit(Passage(each.id, 0, len(each.text), each.text), 1.0, 0.5, 1.0)
        for each in RACES.values()
    ]
    result = RetrievalResult.from_hits(hits, {})
    return judge_passages(question, result, reader, RACES.__getitem__)


def test_the_article_of_the_year_that_is_asked_for_goes_before_a_surer_one_of_another() -> None:
    reader = PointingReader({"Nineteen": 5.0, "31": 1.0})
    judgement = judge_races("How many kites flew in 2022?", reader)
    assert judgement.evidence[0].answer == "31"
    assert judgement.evidence[1].score < 0
    assert not judgement.contradicted


def test_of_the_right_year_the_question_is_read_without_its_year_too() -> None:
    class Literal(PointingReader):
        """Finds nothing where the question has a year."""

        def read(
            self, question: str, passages: Sequence[str], records: Sequence[str]
        ) -> list[SpanReading]:
            return super().read(question, passages if "20" not in question else [""] * 2, records)

    judgement = judge_races("Who won the race in 2022?", Literal({"Lund": 6.0, "Aas": 6.0}))
    assert judgement.evidence[0].answer == "Lund"
    assert judgement.evidence[0].score > 6.0


def test_words_without_a_figure_do_not_answer_how_much() -> None:
    texts = ["It was the fastest time ever.", "It took 41 minutes."]
    judgement = judge(
        "What was the winning time?", texts, {"fastest time ever": 5.0, "41 minutes": 4.0}
    )
    assert judgement.evidence[0].answer == "41 minutes"


def test_near_copies_of_one_article_are_one_witness_and_none_of_their_own_origin() -> None:
    question, spans = "Who leads the union?", {"Ivo Brandt": 4.0}
    texts = [f"Ivo Brandt leads it. Version {n}." for n in range(5)]
    hits = [Hit(Passage(str(n), 0, len(t), t), 1.0, 0.5, 1.0) for n, t in enumerate(texts)]
    result = RetrievalResult.from_hits(hits, {})

    def witnesses(copy_of: Mapping[str, str]) -> tuple[float, tuple[str, ...]]:
        articles = {
            str(n): Article(str(n), "", text, copy_of=copy_of.get(str(n)))
            for n, text in enumerate(texts)
        }
        judgement = judge_passages(question, result, PointingReader(spans), articles.__getitem__)
        return judgement.signals["witnesses"], judgement.witnesses

    assert witnesses({}) == (3.0, ("1", "2", "3", "4"))
    assert witnesses({"0": "1", "2": "1", "4": "3"}) == (1.0, ("3",))
    assert witnesses({"1": "0", "2": "0", "3": "0", "4": "0"}) == (0.0, ())
