"""Examples to token numbers and labels, and batches of like length.

In:  examples and the tokenizer of the embedder.
Out: `Features` and `FeatureSet`, which is stored beside the checkpoints; `Batch` values for the
     network.
Left to others: the losses (`rag.training.losses`), which examples there are (`examples`, `news`).
"""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import TrainingError
from rag.runtime.atomic_file import atomic_writer
from rag.training.examples import CLAIM_LABELS, Additions, Example
from rag.training.hard_negatives import find_hard_negatives
from rag.training.near_misses import in_headline_style, make_near_miss
from rag.training.news import make_news_examples
from rag.training.orders import plant_orders
from rag.training.rewordings import reword
from rag.training.roles import make_role_examples

__all__ = [
    "MAX_TOKENS",
    "UNKNOWN",
    "Batch",
    "FeatureSet",
    "Features",
    "batches_of_like_length",
    "collate",
    "encode",
    "extend",
]

MAX_TOKENS = 176  # of a pair, special tokens included
_MAX_QUESTION_TOKENS = 48
UNKNOWN = -1
_SHUFFLED_TOGETHER = 4096  # rows among which those of like length are put together
_DATELINE_CITIES = ("LONDON", "PARIS", "BERLIN", "TOKYO", "NEW YORK", "DELHI", "NAIROBI", "LIMA")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Features:
    """One encoded pair: `ids` int32 [n], of them `passage_start` before the passage.

    `starts` and `ends` are the token positions at which an answer may begin and end; 0 is the
    first token and stands for "no answer"; empty where no span is known. `answers` is 1, 0 or
    UNKNOWN; `claim` an index of `CLAIM_LABELS` or UNKNOWN; `trust` as in `Example`.
    """

    ids: npt.NDArray[np.int32]
    passage_start: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    answers: int
    claim: int
    trust: float


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """The pairs of a run: those it trains on, and those of held-out articles."""

    train: list[Features]
    held_out: list[Features]

    def save(self, path: Path, key: dict[str, Any]) -> None:
        """Write the arrays and `key`, what they depend on, as an uncompressed `.npz` file.

        Raises:
            OSError: the file cannot be written.
        """
        arrays = {
            f"{part}_{name}": value
            for part, rows in (("train", self.train), ("held_out", self.held_out))
            for name, value in _flatten(rows).items()
        }
        with atomic_writer(path) as file:
            np.savez(file, key=np.array(json.dumps(key)), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> tuple[FeatureSet, dict[str, Any]]:
        """The set and the key that `save` wrote.

        Raises:
            TrainingError: the file is cut off, or is something else.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                parts = [
                    _unflatten({name: stored[f"{part}_{name}"] for name in _ARRAYS})
                    for part in ("train", "held_out")
                ]
                return cls(*parts), dict(json.loads(str(stored["key"])))
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise TrainingError(
                f"the features in {path} cannot be read ({error}): delete that file, "
                "and the examples are encoded again"
            ) from error


_ARRAYS = ("ids", "lengths", "starts", "start_counts", "ends", "end_counts", "labels", "trust")


def _flatten(rows: Sequence[Features]) -> dict[str, npt.NDArray[Any]]:
    """Rows as eight arrays, those of `_ARRAYS`: what has a length of its own is put end to end."""
    labels = [(row.passage_start, row.answers, row.claim) for row in rows]
    return {
        "ids": np.concatenate([row.ids for row in rows] or [np.zeros(0, np.int32)]),
        "lengths": np.array([len(row.ids) for row in rows], np.int32),
        "starts": np.array([place for row in rows for place in row.starts], np.int32),
        "start_counts": np.array([len(row.starts) for row in rows], np.int32),
        "ends": np.array([place for row in rows for place in row.ends], np.int32),
        "end_counts": np.array([len(row.ends) for row in rows], np.int32),
        "labels": np.array(labels, np.int32).reshape(-1, 3),
        "trust": np.array([row.trust for row in rows], np.float64),
    }


def _unflatten(arrays: dict[str, npt.NDArray[Any]]) -> list[Features]:
    ids = _split(arrays["ids"], arrays["lengths"])
    starts = _split(arrays["starts"], arrays["start_counts"])
    ends = _split(arrays["ends"], arrays["end_counts"])
    return [
        Features(row, begin, tuple(first.tolist()), tuple(last.tolist()), answers, claim, trust)
        for row, first, last, (begin, answers, claim), trust in zip(
            ids, starts, ends, arrays["labels"].tolist(), arrays["trust"].tolist(), strict=True
        )
    ]


def _split(flat: npt.NDArray[Any], lengths: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """The runs of `flat` that are `lengths` long.

    Raises:
        ValueError: the lengths do not add up.
    """
    if len(flat) != lengths.sum():
        raise ValueError(f"{len(flat)} values for lengths that add up to {lengths.sum()}")
    return [flat[a:b] for a, b in pairwise([0, *np.cumsum(lengths).tolist()])]


def extend(
    examples: Sequence[Example], rng: random.Random, additions: Additions, share: float = 1.0
) -> list[Example]:
    """`examples` with what is missing in them: near misses, negatives, invented news, titles.

    An easy negative is a question with the passage of another group, a hard one with a passage that
    a search for its words finds. A tenth of the questions is put in headline style, four in ten are
    reworded, a tenth of the passages begins with a dateline, and four in ten of those whose article
    has a title begin with it. `additions` are the numbers of these for a `share` of 1.
    """
    answerable = [each for each in examples if each.answers and each.spans and each.span_known]
    near = [
        near_miss
        for each in _sample(answerable, int(additions.near_misses * share), rng)
        if (near_miss := make_near_miss(each, answerable, rng))
    ]
    easy = [
        Example("easy", each.group, each.first, other.passage, False, title=other.title)
        for each in _sample(answerable, int(additions.easy_negatives * share), rng)
        if (other := rng.choice(answerable)).group != each.group
    ]
    questions = _sample(answerable, int(additions.hard_negatives * share), rng)
    hard = list(find_hard_negatives(questions, examples, rng))
    news = make_news_examples(int(additions.news * share), rng)
    orders = plant_orders(answerable, int(additions.orders * share), rng)
    roles = make_role_examples(int(additions.roles * share), examples, rng)
    return [_vary(each, rng) for each in (*examples, *near, *easy, *hard, *orders, *roles)] + news


def _sample(examples: Sequence[Example], count: int, rng: random.Random) -> list[Example]:
    return rng.sample(examples, min(len(examples), count))


def _vary(example: Example, rng: random.Random) -> Example:
    if example.answers is None:
        return example
    style = rng.random()
    if style < 0.1:
        example = replace(example, first=in_headline_style(example.first, rng))
    elif style < 0.5:
        example = replace(example, first=reword(example.first, rng))
    if example.title and rng.random() < 0.4:
        return example.with_prefix(f"{example.title}. ")
    chance = rng.random()
    if chance < 0.05:
        day = f"{rng.choice(_MONTHS)} {rng.randint(1, 28)}, {rng.randint(2008, 2025)}"
        return example.with_prefix(f"{day} ... ")
    if chance < 0.1:
        return example.with_prefix(f"{rng.choice(_DATELINE_CITIES)} (Reuters) - ")
    return example


def encode(examples: Sequence[Example], tokenizer: Any, rng: random.Random) -> list[Features]:
    """Tokens and labels of every pair, in order; what has no words is left out.

    A pair takes at most `MAX_TOKENS` tokens. A longer passage is cut at a place drawn by `rng`,
    around one of its answers where it has any; an answer longer than that room is left out too.
    """
    pairs = zip(
        _tokens(tokenizer, [each.first for each in examples]),
        _tokens(tokenizer, [each.passage for each in examples]),
        examples,
        strict=True,
    )
    encoded = (
        _encode_pair(question, passage, example, tokenizer, rng)
        for (question, _), passage, example in pairs
    )
    return [each for each in encoded if each is not None]


_Tokens = tuple[list[int], list[tuple[int, int]]]  # ids, and the characters of each


def _tokens(tokenizer: Any, texts: list[str]) -> list[_Tokens]:
    if not texts:
        return []
    encoding = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
    return list(zip(encoding["input_ids"], encoding["offset_mapping"], strict=True))


def _encode_pair(
    question: list[int], passage: _Tokens, example: Example, tokenizer: Any, rng: random.Random
) -> Features | None:
    question, (ids, offsets) = question[:_MAX_QUESTION_TOKENS], passage
    if not question or not ids:
        return None
    special = tokenizer.num_special_tokens_to_add(pair=True)  # one separator between, or two
    room = MAX_TOKENS - len(question) - special
    spans = _token_spans(example.spans, offsets)
    low = _place_of_cut(len(ids), room, spans, rng)
    if low is None:
        return None
    ids = ids[low : low + room]
    begin = len(question) + special - 1
    inside = [
        (begin + start - low, begin + end - low)
        for start, end in spans
        if start >= low and end < low + len(ids)
    ]
    starts, ends = _span_labels(example, inside, range(begin, begin + len(ids)))
    between, end = [tokenizer.sep_token_id] * (special - 2), tokenizer.sep_token_id
    return Features(
        np.array([tokenizer.cls_token_id, *question, *between, *ids, end], np.int32),
        begin,
        starts,
        ends,
        UNKNOWN if example.answers is None else int(example.answers),
        UNKNOWN if example.claim is None else CLAIM_LABELS.index(example.claim),
        example.trust,
    )


def _place_of_cut(
    size: int, room: int, spans: Sequence[tuple[int, int]], rng: random.Random
) -> int | None:
    """The first token of `size` that is read where `room` are; None where no answer fits in."""
    if size <= room:
        return 0
    low = rng.randrange(size - room + 1)
    if not spans:
        return low
    start, end = rng.choice(spans)
    if end - start >= room:
        return None
    earliest, latest = max(0, end - room + 1), min(start, size - room)
    return rng.randint(min(earliest, latest), latest)


def _span_labels(
    example: Example, spans: Sequence[tuple[int, int]], passage: range
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The positions at which an answer may begin and end; `spans` and `passage` are positions."""
    if example.answers is False:
        return (0,), (0,)
    if spans and example.span_known:
        return tuple(sorted({a for a, _ in spans})), tuple(sorted({b for _, b in spans}))
    if spans:  # the sentence that answers: the span lies anywhere in it
        anywhere = tuple(range(spans[0][0], spans[0][1] + 1))
    elif example.answers and (example.spans or not example.span_known):
        anywhere = tuple(passage)  # no span is known, but it is not "no answer"
    else:
        anywhere = ()
    return anywhere, anywhere


def _token_spans(
    spans: tuple[tuple[int, int], ...], offsets: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Character ranges to ranges of tokens, both ends included."""
    token_spans = []
    for start, end in spans:
        inside = [n for n, (a, b) in enumerate(offsets) if a < end and b > start]
        if inside:
            token_spans.append((inside[0], inside[-1]))
    return token_spans


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of one batch of b pairs and n tokens, padded with zeros.

    `ids`, `mask` (1 for a token) and `types` (1 from the passage on) are int64 [b, n]; `starts` and
    `ends` float32 [b, n], 1 where an answer may begin or end; `answers` and `claims` int64 [b];
    `trust` float32 [b].
    """

    ids: npt.NDArray[np.int64]
    mask: npt.NDArray[np.int64]
    types: npt.NDArray[np.int64]
    starts: npt.NDArray[np.float32]
    ends: npt.NDArray[np.float32]
    answers: npt.NDArray[np.int64]
    claims: npt.NDArray[np.int64]
    trust: npt.NDArray[np.float32]


def collate(rows: Sequence[Features]) -> Batch:
    """`rows` as one batch; n is that of the longest row, raised to a multiple of eight."""
    size, longest = len(rows), max(len(row.ids) for row in rows)
    longest = (longest + 7) // 8 * 8
    ids, mask, types = (np.zeros((size, longest), np.int64) for _ in range(3))
    starts, ends = (np.zeros((size, longest), np.float32) for _ in range(2))
    for n, row in enumerate(rows):
        ids[n, : len(row.ids)] = row.ids
        mask[n, : len(row.ids)] = 1
        types[n, row.passage_start : len(row.ids)] = 1
        starts[n, list(row.starts)] = 1
        ends[n, list(row.ends)] = 1
    return Batch(
        ids, mask, types, starts, ends,
        np.array([row.answers for row in rows]), np.array([row.claim for row in rows]),
        np.array([row.trust for row in rows], np.float32),
    )  # fmt: skip


def batches_of_like_length(
    lengths: Sequence[int], tokens: int, rng: random.Random, most: int = 64
) -> list[list[int]]:
    """Row numbers in batches, each row once; rows of like length together, batches shuffled.

    A batch has at most `tokens` tokens, padding included, and at most `most` rows; a longer row is
    a batch by itself.
    """
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), _SHUFFLED_TOGETHER):
        batch: list[int] = []
        for row in sorted(order[start : start + _SHUFFLED_TOGETHER], key=lambda n: lengths[n]):
            if batch and (lengths[row] * (len(batch) + 1) > tokens or len(batch) == most):
                batches.append(batch)
                batch = []
            batch.append(row)
        batches.append(batch)
    rng.shuffle(batches)
    return batches
