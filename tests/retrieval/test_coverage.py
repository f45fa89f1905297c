from __future__ import annotations

import pytest

from rag.index.bm25 import BM25Index
from rag.retrieval.coverage import CoverageReader, coverage
from rag.retrieval.search import indexed_stems

BRIDGE = (
    "The bridge over the Sund was opened in autumn. Mayor Lena Holt said that it had cost "
    '18 million crowns. She called it "the pride of the town," and left.'
)
PUENTE = (
    "El puente sobre el Sund se abrió en otoño. La alcaldesa Lena Holt dijo que los trabajos "
    "costaron 18 millones de coronas. Lo llamó el orgullo de la ciudad."
)


def test_coverage_is_weighted_by_idf():
    assert coverage([BRIDGE], {"bridg": 1.0, "wheat": 3.0}) == 0.25
    assert coverage([BRIDGE], {}) == 0.0


def test_coverage_does_not_depend_on_the_order_of_a_set():
    words = [f"{a}{b}nter" for a in "bdfglmpst" for b in "aeiou"]
    idf = {word: 0.1 + n / 7 for n, word in enumerate(words)}
    assert coverage([" ".join(words)], idf) == 1.0  # not 0.9999999999999999


def test_a_passage_is_covered_by_the_stems_of_its_own_language():
    assert coverage([PUENTE], {"alcaldes": 1.0, "trabaj": 1.0, "trig": 2.0}) == 0.5


def test_the_reader_by_coverage_takes_the_sentence_with_most_of_the_words():
    reader = CoverageReader(lambda question: {"trabaj": 2.0, "cost": 2.5, "puent": 0.5})
    both, neither = reader.read("¿Cuánto costaron los trabajos?", [PUENTE, "Nieva en Tarn. "])
    assert PUENTE[both.start : both.end] == (
        "La alcaldesa Lena Holt dijo que los trabajos costaron 18 millones de coronas."
    )
    assert both.margin / 2 == pytest.approx(0.9 * 10 - 3.5)
    assert neither.margin / 2 == pytest.approx(-3.5)
    assert (neither.start, neither.end) == (0, len("Nieva en Tarn."))


def test_the_next_sentence_comes_with_it_where_it_adds_words_of_the_question():
    reader = CoverageReader(lambda question: {"cost": 2.0, "orgull": 1.0, "puent": 1.0})
    (reading,) = reader.read("¿Qué orgullo costó el puente?", [PUENTE])
    assert PUENTE[reading.start : reading.end] == (
        "El puente sobre el Sund se abrió en otoño. La alcaldesa Lena Holt dijo que los trabajos "
        "costaron 18 millones de coronas."
    )
    assert reading.margin / 2 == pytest.approx((0.75 - 0.1) * 10 - 3.5)


def test_meaning_counts_where_it_is_nearer_than_the_words():
    nearness = {"It snowed.": 0.1, "The works were dear.": 0.7}
    reader = CoverageReader(
        lambda question: {"cost": 1.0}, lambda question, texts: [nearness[each] for each in texts]
    )
    (reading,) = reader.read("¿Cuánto costó?", ["It snowed. The works were dear."])
    assert (reading.start, reading.end) == (11, 31)
    assert reading.margin / 2 == pytest.approx(3.5)


def test_the_reader_by_coverage_is_silent_on_claims():
    (reading,) = CoverageReader(lambda question: {}).check("El puente costó 9.", [PUENTE])
    assert (reading.supported, reading.contradicted, reading.neither) == (0.0, 0.0, 1.0)


def test_a_compound_that_no_passage_has_is_searched_for_by_its_parts():
    index = BM25Index.build(
        ["Die Küste ist lang und die Wache ist müde", "Der Hafen und die Hafenstadt"]
    )
    assert indexed_stems(index, ["kustenwach"]) == ("kust", "wach")
    assert indexed_stems(index, ["hafenstadt", "xyz"]) == ("hafenstadt", "xyz")
