"""Tokens, labels, cuts and batches; a token of the fake tokenizer is a word."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from rag.errors import TrainingError
from rag.training import features
from rag.training.examples import CLAIM_LABELS, MIXES, Example
from rag.training.features import (
    MAX_TOKENS,
    UNKNOWN,
    Features,
    FeatureSet,
    batches_of_like_length,
    collate,
    encode,
    extend,
)
from tests.training.conftest import WordTokenizer

PASSAGE = "The port was opened by Lena Holt in 1931 ."
QUESTION = Example("s", "g", "Who opened it ?", PASSAGE, answers=True, spans=((23, 32),), trust=0.9)


def encode_one(example: Example, seed: int = 1) -> Features:
    (row,) = encode([example], WordTokenizer(), random.Random(seed))
    return row


def test_the_span_lands_on_its_tokens() -> None:
    row = encode_one(QUESTION)
    #             [CLS]  who opened it ?   [SEP] the port was opened by lena holt in 1931 . [SEP]
    assert row.ids.tolist() == [1, 13, 16, 12, 11, 2, 13, 14, 13, 16, 12, 14, 14, 12, 14, 11, 2]
    assert (row.passage_start, row.starts, row.ends) == (6, (11,), (12,))
    assert (row.answers, row.claim, row.trust) == (1, UNKNOWN, 0.9)
    assert row.ids.dtype == np.int32


def test_some_tokenizers_put_two_separators_between_the_pair() -> None:
    tokenizer = WordTokenizer()
    tokenizer.separators = 2
    (row,) = encode([QUESTION], tokenizer, random.Random(1))
    assert row.ids.tolist()[:8] == [1, 13, 16, 12, 11, 2, 2, 13]
    assert (row.passage_start, row.starts, row.ends) == (7, (12,), (13,))


def test_no_answer_is_the_first_token() -> None:
    row = encode_one(Example("s", "g", "Why ?", PASSAGE, answers=False))
    assert (row.starts, row.ends, row.answers) == ((0,), (0,), 0)


def test_a_span_that_is_not_known_may_be_anywhere_in_its_sentence_or_passage() -> None:
    sentence = Example(
        "s", "g", "Who ?", "It rained . Ida left .", answers=True, spans=((12, 21),),
        span_known=False,
    )  # fmt: skip
    assert encode_one(sentence).starts == encode_one(sentence).ends == (7, 8)
    anywhere = Example("s", "g", "Is it ?", "It is .", answers=True, span_known=False)
    assert encode_one(anywhere).starts == encode_one(anywhere).ends == (5, 6, 7)


@pytest.mark.parametrize(("number", "label"), list(enumerate(CLAIM_LABELS)))
def test_a_claim_has_a_number_and_no_span(number: int, label: str) -> None:
    row = encode_one(Example("s", "g", "It rained .", PASSAGE, claim=label))
    assert (row.claim, row.answers, row.starts, row.ends) == (number, UNKNOWN, (), ())


@pytest.mark.parametrize("seed", range(20))
def test_a_long_passage_is_cut_around_its_answer(seed: int) -> None:
    filler = "word " * 300
    passage = filler + "Josephine Bartholomew " + filler
    long = Example("s", "g", "Who ?", passage, answers=True, spans=((1500, 1521),))
    row = encode_one(long, seed)
    assert len(row.ids) == MAX_TOKENS
    ((start,), (end,)) = row.starts, row.ends
    assert (row.ids[start], row.ids[end], end) == (19, 21, start + 1)
    assert set(np.delete(row.ids, [start, end]).tolist()) == {1, 2, 11, 13, 14}


def test_a_long_question_is_cut_and_what_has_no_words_is_left_out() -> None:
    row = encode_one(Example("s", "g", "word " * 100, PASSAGE, answers=False))
    assert row.passage_start == 50
    empty = [Example("s", "g", "", PASSAGE), Example("s", "g", "Who ?", " ")]
    assert encode(empty, WordTokenizer(), random.Random(1)) == []
    assert encode([], WordTokenizer(), random.Random(1)) == []
    whole = Example("s", "g", "Who ?", "word " * 400, answers=True, spans=((0, 1999),))
    assert encode([whole], WordTokenizer(), random.Random(1)) == []  # the answer has no room


def test_collate_pads_to_a_multiple_of_eight() -> None:
    rows = [encode_one(QUESTION), encode_one(Example("s", "g", "Why ?", "So .", answers=False))]
    batch = collate(rows)
    assert batch.ids.shape == batch.mask.shape == batch.starts.shape == (2, 24)
    assert batch.mask.sum(1).tolist() == [17, 7]
    assert batch.types[0].nonzero()[0].tolist() == list(range(6, 17))
    assert batch.starts.nonzero()[1].tolist() == [11, 0]
    assert batch.ends.nonzero()[1].tolist() == [12, 0]
    assert batch.answers.tolist() == [1, 0]
    assert batch.trust.tolist() == pytest.approx([0.9, 1.0])


def test_batches_hold_every_row_once_within_the_limit() -> None:
    rng = random.Random(2)
    lengths = [rng.randint(5, 170) for _ in range(9000)]
    batches = batches_of_like_length(lengths, 1000, random.Random(3))
    assert sorted(n for batch in batches for n in batch) == list(range(9000))
    padded = [max(lengths[n] for n in batch) * len(batch) for batch in batches]
    assert max(padded) <= 1000
    assert max(map(len, batches)) <= 64
    assert sum(lengths) / sum(padded) > 0.95  # hardly any padding
    assert batches == batches_of_like_length(lengths, 1000, random.Random(3))
    assert batches_of_like_length([2000, 5], 1000, random.Random(3)) in ([[1], [0]], [[0], [1]])
    assert batches_of_like_length([], 1000, random.Random(3)) == []


def test_extend_adds_near_misses_easy_negatives_and_news() -> None:
    examples = [
        Example("s", f"g{n}", f"Who opened it in 19{n}?", f"Ida opened it in 19{n}.",
                answers=True, spans=((0, 3),), title="Port")
        for n in range(10, 99)
    ]  # fmt: skip
    extended = extend(examples, random.Random(1), MIXES["whole"].additions, 0.01)
    sources = [each.source for each in extended]
    assert sources[:89] == ["s"] * 89
    assert (sources.count("news"), sources.count("easy")) == (110, 40)
    assert sources.count("near_miss") == 89
    for each in extended[:89]:
        ((start, end),) = each.spans
        assert each.passage[start:end] == "Ida"
    starts = [each.passage.startswith("Port. ") for each in extended[:178]]
    assert 0.25 < sum(starts) / 178 < 0.55
    easy = [each for each in extended if each.source == "easy"]
    assert all(each.answers is False for each in easy)
    assert not any(f"opened it in 19{each.group[1:]}." in each.passage for each in easy)


def test_features_are_stored_and_read_back(tmp_path: Path) -> None:
    rows = [encode_one(QUESTION), encode_one(Example("s", "g", "So .", PASSAGE, claim="neutral"))]
    path = tmp_path / "features.npz"
    FeatureSet(rows, []).save(path, {"share": 0.5})
    stored, key = FeatureSet.load(path)
    assert key == {"share": 0.5}
    assert stored.held_out == []
    for row, again in zip(rows, stored.train, strict=True):
        assert row.ids.tolist() == again.ids.tolist()
        assert again.ids.dtype == np.int32
        for name in ("passage_start", "starts", "ends", "answers", "claim", "trust"):
            assert getattr(row, name) == getattr(again, name), name


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_stored_features_that_are_cut_off_are_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "features.npz"
    FeatureSet([encode_one(QUESTION)], []).save(path, {})
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    with pytest.raises(TrainingError, match=r"features\.npz cannot be read .*: delete that file"):
        FeatureSet.load(path)


def test_lengths_that_do_not_add_up_are_an_error() -> None:
    with pytest.raises(ValueError, match="3 values for lengths that add up to 4"):
        features._split(np.arange(3), np.array([2, 2]))
