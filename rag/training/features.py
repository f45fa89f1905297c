"""Examples to token numbers and labels, and batches of like length.

In:  examples and the tokenizer of the embedder.
Out: `Features`, flat arrays that are stored beside the checkpoints; `Batch` values for the network.
Left to others: the loss (`rag.training.reader`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.training.examples import CONTRADICTED, NEITHER, NOT_SUPPORTED, SUPPORTED, Example
from rag.training.near_misses import in_headline_style, make_near_miss
from rag.training.news import make_news_examples

MAX_TOKENS = 176
_MAX_QUESTION_TOKENS = 48
CLAIM_LABELS = {SUPPORTED: 0, CONTRADICTED: 1, NEITHER: 2, NOT_SUPPORTED: 3}  # 3: 1 or 2
UNKNOWN = -1
_DATELINE_CITIES = ("LONDON", "PARIS", "BERLIN", "TOKYO", "NEW YORK", "DELHI", "NAIROBI", "LIMA")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Features:
    """One encoded pair: `ids` int32 [n], of them `passage_start` before the passage.

    `starts` and `ends` are the token positions at which an answer may begin and end; 0 is the
    first token and stands for "no answer"; empty where no span is known. `answers` is 1, 0 or
    UNKNOWN; `claim` a value of `CLAIM_LABELS` or UNKNOWN; `trust` as in `Example`.
    """

    ids: npt.NDArray[np.int32]
    passage_start: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    answers: int
    claim: int
    trust: float


def extend(examples: Sequence[Example], rng: random.Random, share: float = 1.0) -> list[Example]:
    """`examples` with what is missing in them: near misses, easy negatives, invented news, titles.

    A tenth of the questions is put in headline style, a tenth of the passages begins with a
    dateline, and four in ten of those whose article has a title begin with it.
    """
    answerable = [each for each in examples if each.answers and each.spans and each.span_known]
    near = [
        edited
        for each in rng.sample(answerable, min(len(answerable), int(16_000 * share)))
        if (edited := make_near_miss(each, answerable, rng))
    ]
    easy = []
    for each in rng.sample(answerable, min(len(answerable), int(4_000 * share))):
        other = rng.choice(answerable)
        if other.group != each.group:
            easy.append(
                Example("easy", each.group, each.first, other.passage, False, title=other.title)
            )
    news = make_news_examples(int(11_000 * share), rng)
    return [_vary(each, rng) for each in (*examples, *near, *easy)] + news


def _vary(example: Example, rng: random.Random) -> Example:
    if example.answers is None:
        return example
    if rng.random() < 0.1:
        example = replace(example, first=in_headline_style(example.first, rng))
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
    """Tokens of every pair; a long passage is cut around its answer, at a place drawn by `rng`."""
    encoded = []
    for first, second, example in zip(
        _tokens(tokenizer, [each.first for each in examples]),
        _tokens(tokenizer, [each.passage for each in examples]),
        examples,
        strict=True,
    ):
        if (features := _encode_pair(first, second, example, tokenizer, rng)) is not None:
            encoded.append(features)
    return encoded


def _tokens(tokenizer: Any, texts: list[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
    encoding = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
    return list(zip(encoding["input_ids"], encoding["offset_mapping"], strict=True))


def _encode_pair(
    first: tuple[list[int], list[tuple[int, int]]],
    second: tuple[list[int], list[tuple[int, int]]],
    example: Example,
    tokenizer: Any,
    rng: random.Random,
) -> Features | None:
    question, (passage, offsets) = first[0][:_MAX_QUESTION_TOKENS], second
    if not question or not passage:
        return None
    room = MAX_TOKENS - len(question) - 3
    spans = _token_spans(example.spans, offsets)
    low = 0
    if len(passage) > room:
        low = rng.randrange(len(passage) - room + 1)
        if spans:
            start, end = rng.choice(spans)
            if end - start >= room:
                return None
            earliest, latest = max(0, end - room + 1), min(start, len(passage) - room)
            low = rng.randint(min(earliest, latest), latest)
    passage = passage[low : low + room]
    begin = len(question) + 2
    ids = [
        tokenizer.cls_token_id,
        *question,
        tokenizer.sep_token_id,
        *passage,
        tokenizer.sep_token_id,
    ]
    inside = [(s - low, e - low) for s, e in spans if s >= low and e < low + len(passage)]
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    if example.answers is False:
        starts = ends = (0,)
    elif inside and example.span_known:
        starts = tuple(sorted({begin + s for s, _ in inside}))
        ends = tuple(sorted({begin + e for _, e in inside}))
    elif inside:  # the sentence that answers: the span lies anywhere in it
        starts = ends = tuple(range(begin + inside[0][0], begin + inside[0][1] + 1))
    elif example.answers and (example.spans or not example.span_known):
        # no span is known: anywhere in the passage, but not "no answer"
        starts = ends = tuple(range(begin, begin + len(passage)))
    answers = UNKNOWN if example.answers is None else int(example.answers)
    claim = UNKNOWN if example.claim is None else CLAIM_LABELS[example.claim]
    return Features(np.array(ids, np.int32), begin, starts, ends, answers, claim, example.trust)


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
    """Arrays of one batch, b pairs of n tokens: `ids`, `mask`, `types` int64 [b, n]; `starts`,
    `ends` float32 [b, n], 1 where an answer may begin or end; `answers`, `claims` int64 [b];
    `trust` float32 [b]."""

    ids: npt.NDArray[np.int64]
    mask: npt.NDArray[np.int64]
    types: npt.NDArray[np.int64]
    starts: npt.NDArray[np.float32]
    ends: npt.NDArray[np.float32]
    answers: npt.NDArray[np.int64]
    claims: npt.NDArray[np.int64]
    trust: npt.NDArray[np.float32]


def collate(rows: Sequence[Features]) -> Batch:
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
    """Row numbers in batches of about `tokens` tokens, rows of like length together, shuffled."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches = []
    for start in range(0, len(order), 4096):
        window = sorted(order[start : start + 4096], key=lambda n: lengths[n])
        batch: list[int] = []
        for n in window:
            if batch and (lengths[n] * (len(batch) + 1) > tokens or len(batch) == most):
                batches.append(batch)
                batch = []
            batch.append(n)
        batches.append(batch)
    rng.shuffle(batches)
    return batches
