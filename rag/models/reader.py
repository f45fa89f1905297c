"""The reader: which words of a passage answer a question, and what a passage says of a claim.

In:  the embedder's folder (tokenizer and frozen word embeddings) and the reader's weights; or the
     folder of a public question-answering model, which has all of its own.
Out: for each pair of question and passage the best answer spans with scores; for each pair of
     claim and passage log odds of supported, contradicted, neither.
Left to others: which passages are read (`rag.retrieval`), what the scores mean in a decision
(`rag.grounding`), training (`rag.training`).

The only importer of transformers, and with `rag.training` of torch. One encoder of the BERT kind
with three linear heads, started from the embedder. Null answers as in SQuAD 2.0 models: the first
token stands for "no answer" (Devlin et al. 2019, section 4.3). A public model has the first head
only: its margin stands for the second, and it says nothing of claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rag.models.reader_network import open_network
from rag.types import ClaimReading, SpanReading

MAX_TOKENS = 256  # a pair; a longer passage is read up to here
_MAX_QUESTION_TOKENS = 64
_MAX_SPAN_TOKENS = 30
_NO_SPAN = 20.0  # the margin, negative, of a passage without a word that could be read
_SILENT = np.array([-30.0, -30.0, 0.0])  # claim logits of a reader that has none
_BATCH_TOKENS = 4096  # of one forward pass, padding included


class Reader:
    """Reads passages, on the CPU. Safe to call from several threads.

    The network runs in one thread of its own: OpenMP and malloc keep memory for every thread that
    computes, and a server asks from dozens.
    """

    def __init__(self, network: torch.nn.Module, tokenizer: Any) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self._thread = ThreadPoolExecutor(1, "reader")

    @classmethod
    def open(cls, embedder: Path, folder: Path) -> Reader:
        """The reader in `folder`: weights over the encoder in the folder `embedder`, or a public
        question-answering model.

        Raises:
            ModelError: the embedder does not load, or the reader is missing, cut off, or another
                kind of network.
        """
        return cls(*open_network(embedder, folder, "restore it, or set RAG_READER=none"))

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        """The best answer span in each of `passages`, in their order.

        `records` are read before the passages: what is known of them, in which no answer lies.
        """
        records = records or [""] * len(passages)
        texts = [record + passage for record, passage in zip(records, passages, strict=True)]
        readings: list[SpanReading | None] = [None] * len(passages)
        for rows, pairs, span, answers, _ in self._run(question, texts):
            for place, (row, pair) in enumerate(zip(rows, pairs, strict=True)):
                offset = len(records[row])
                readings[row] = _best_span(pair, offset, span[place], float(answers[place]))
        return [each for each in readings if each is not None]

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        """What each of `passages` says of `claim`, in their order.

        A reader without a head for claims takes each for silent.
        """
        readings: list[ClaimReading | None] = [None] * len(passages)
        for rows, _, _, _, claims in self._run(claim, passages):
            logits = np.where(np.isnan(claims), _SILENT, claims)
            odds = np.exp(logits - logits.max(1, keepdims=True))
            for row, shares in zip(rows, odds / odds.sum(1, keepdims=True), strict=True):
                readings[row] = ClaimReading(*map(float, shares))
        return [each for each in readings if each is not None]

    def _run(self, first: str, passages: Sequence[str]) -> Any:
        """Batches of like length: row numbers, pairs, and the three heads' logits as arrays."""
        pairs = self._encode(first, passages)
        order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].ids))
        batch: list[int] = []
        for n in order:
            if batch and (len(batch) + 1) * len(pairs[n].ids) > _BATCH_TOKENS:
                yield self._forward(batch, pairs)
                batch = []
            batch.append(n)
        if batch:
            yield self._forward(batch, pairs)

    def _forward(self, rows: list[int], pairs: list[_Pair]) -> Any:
        chosen = [pairs[n] for n in rows]
        longest = max(len(pair.ids) for pair in chosen)
        mask, types = (torch.zeros(len(rows), longest, dtype=torch.long) for _ in range(2))
        ids = torch.full_like(mask, self._tokenizer.pad_token_id)
        for n, pair in enumerate(chosen):
            size = len(pair.ids)
            ids[n, :size] = torch.tensor(pair.ids)
            mask[n, :size] = 1
            types[n, pair.begin : size] = 1
        return rows, chosen, *self._thread.submit(self._infer, ids, mask, types).result()

    def _infer(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[Any, Any, Any]:
        with torch.inference_mode():
            span, answers, claim = self._network(ids, mask, types)
        return span.numpy(), answers.numpy(), claim.numpy()

    def _encode(self, first: str, passages: Sequence[str]) -> list[_Pair]:
        if not passages:
            return []
        tokenizer = self._tokenizer
        question = tokenizer(first, add_special_tokens=False, return_offsets_mapping=True)
        if len(question["input_ids"]) > _MAX_QUESTION_TOKENS:
            first = first[: question["offset_mapping"][_MAX_QUESTION_TOKENS - 1][1]]
        encoding = tokenizer(
            [first] * len(passages),
            list(passages),
            truncation="only_second",
            max_length=MAX_TOKENS,
            return_offsets_mapping=True,
        )
        pairs = []
        for n, ids in enumerate(encoding["input_ids"]):
            places = [place for place, part in enumerate(encoding.sequence_ids(n)) if part == 1]
            begin = places[0] if places else len(ids) - 1
            offsets = encoding["offset_mapping"][n][begin : begin + len(places)]
            pairs.append(_Pair(ids, begin, offsets))
        return pairs


@dataclass(frozen=True, slots=True)
class _Pair:
    """Token numbers of a pair; those of the passage begin at `begin` and have `offsets`."""

    ids: list[int]
    begin: int
    offsets: list[tuple[int, int]]


def _best_span(pair: _Pair, offset: int, logits: Any, answers: float) -> SpanReading:
    """The span with the highest sum of start and end logit, of at most 30 tokens.

    It begins at the character `offset` or later, from which its own offsets count.
    """
    null = float(logits[0, 0] + logits[0, 1])
    skipped = next((n for n, (start, _) in enumerate(pair.offsets) if start >= offset), None)
    if skipped is None:
        return SpanReading(0, 0, -_NO_SPAN, -_NO_SPAN if np.isnan(answers) else answers)
    begin, size = pair.begin + skipped, len(pair.offsets) - skipped
    starts, ends = logits[begin : begin + size].T
    sums = starts[:, None] + ends[None, :]
    width = np.arange(size)[None, :] - np.arange(size)[:, None]
    sums = np.where((width >= 0) & (width < _MAX_SPAN_TOKENS), sums, -np.inf)
    first, last = divmod(int(sums.argmax()), size)
    start, end = pair.offsets[skipped + first][0], pair.offsets[skipped + last][1]
    margin = float(sums[first, last]) - null
    return SpanReading(
        start - offset, end - offset, margin, margin / 2 if np.isnan(answers) else answers
    )
