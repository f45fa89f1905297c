"""What a search finds for a question, and which of that is taken for a negative."""

from __future__ import annotations

import random

from rag.training.examples import Example
from rag.training.hard_negatives import find_hard_negatives


def answerable(group: str, question: str, passage: str, answer: str) -> Example:
    start = passage.index(answer)
    spans = ((start, start + len(answer)),)
    return Example("s", group, question, passage, answers=True, spans=spans)


PORT = answerable(
    "port", "Who opened the port of Tarn?", "The port of Tarn was opened by Lena Holt.", "Lena Holt"
)
SAME_ARTICLE = answerable("port", "Where?", "The port of Tarn opened in the north.", "north")
SAME_ANSWER = answerable("b", "Who?", "Lena Holt opened the port of Tarn at noon.", "Lena Holt")
NEAR = answerable("c", "Who?", "The port of Tarn was closed by Marek Dal.", "Marek Dal")
FAR = answerable("d", "Who?", "Nine sailors were saved from the ferry.", "Nine")
CLAIM = Example(
    "s", "e", "The port is deep.", "The port of Tarn was opened by Ivo.", claim="refuted"
)


def test_a_passage_that_looks_near_and_lacks_the_answer() -> None:
    among = [PORT, SAME_ARTICLE, SAME_ANSWER, NEAR, FAR, CLAIM]
    (negative,) = find_hard_negatives([PORT], among, random.Random(1))
    assert (negative.first, negative.passage) == (PORT.first, NEAR.passage)
    assert (negative.answers, negative.spans, negative.group) == (False, (), "port")


def test_nothing_where_no_other_passage_shares_a_word_that_says_something() -> None:
    assert list(find_hard_negatives([PORT], [PORT, FAR], random.Random(1))) == []
    nameless = answerable("f", "Who was it?", "It was Lena Holt.", "Lena Holt")
    assert list(find_hard_negatives([nameless], [nameless, NEAR], random.Random(1))) == []
