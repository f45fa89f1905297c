"""Figures on held-out pairs, printed at the end of a training run.

In:  a network and encoded pairs.
Out: the area under the curve of answerable against unanswerable questions, the share of right
     span starts, and the balanced accuracy on claims.
Left to others: how good answers are (`rag eval`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from rag.models.reader_network import ReaderNetwork
from rag.training.features import UNKNOWN, Batch, Features, collate

__all__ = ["area_under_curve", "balanced_accuracy", "evaluate", "read_batch"]

_ROWS = 64  # of a batch
_MOST_STARTS = 5  # with more, nearly any start would count as right


def read_batch(
    network: ReaderNetwork, batch: Batch, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The three heads' logits in float32, computed in bfloat16: [b, n, 2], [b] and [b, 3]."""
    ids, mask, types = (
        torch.from_numpy(each).to(device) for each in (batch.ids, batch.mask, batch.types)
    )
    with torch.autocast(device.type, dtype=torch.bfloat16):
        span, answers, claim = network(ids, mask, types)
    return span.float(), answers.float(), claim.float()


def evaluate(
    network: ReaderNetwork, rows: Sequence[Features], device: torch.device
) -> dict[str, float]:
    """Figures from 0 to 1, rounded to four places; NaN where `rows` has no pair of that kind.

    `auc` ranks questions by the mean of span margin and no-answer margin plus the log odds of
    `answers`; `start_right` is the share of answerable questions whose best start is right;
    `claims_balanced` the mean of the shares of supported and of contradicted claims told right.
    """
    scores, labels, starts, verdicts, truths = [], [], [], [], []
    network.eval()
    for row, span, answers, claim in _read_rows(network, rows, device):
        if row.answers != UNKNOWN:
            inside = span[row.passage_start : len(row.ids) - 1]
            margin = inside.max(0).sum() - span[0].sum()
            scores.append(margin / 2 + answers)
            labels.append(row.answers)
            if row.answers and 0 < len(row.starts) <= _MOST_STARTS:
                starts.append(int(inside[:, 0].argmax()) + row.passage_start in row.starts)
        elif row.claim in (0, 1):
            verdicts.append(int(claim[0] > claim[1:].max()))
            truths.append(1 - row.claim)
    network.train()
    figures = {
        "auc": area_under_curve(np.array(scores), np.array(labels)),
        "start_right": float(np.mean(starts)) if starts else math.nan,
        "claims_balanced": balanced_accuracy(np.array(verdicts), np.array(truths)),
    }
    return {name: round(value, 4) for name, value in figures.items()}


def _read_rows(
    network: ReaderNetwork, rows: Sequence[Features], device: torch.device
) -> Iterator[tuple[Features, Any, Any, Any]]:
    """Each row with its logits as arrays: [n, 2], a scalar, and [3]."""
    order = sorted(rows, key=lambda row: len(row.ids))
    for start in range(0, len(order), _ROWS):
        chunk = order[start : start + _ROWS]
        with torch.no_grad():
            logits = read_batch(network, collate(chunk), device)
        yield from zip(chunk, *(each.cpu().numpy() for each in logits), strict=True)


def area_under_curve(scores: npt.NDArray[Any], labels: npt.NDArray[Any]) -> float:
    """Probability that a positive scores above a negative (Mann and Whitney), ties as a half.

    `scores` float [n], `labels` 1 or 0 [n]. NaN where one of the two kinds is missing.
    """
    positive = labels == 1
    p, n = int(positive.sum()), int((~positive).sum())
    if not p or not n:
        return math.nan
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]  # equal scores share their mean rank
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * n))


def balanced_accuracy(verdicts: npt.NDArray[Any], truths: npt.NDArray[Any]) -> float:
    """Mean of the shares of right verdicts among the true (1) and the false (0) ones, both [n].

    NaN where one of the two kinds is missing.
    """
    kinds = [truths == kind for kind in (0, 1)]
    if not all(each.any() for each in kinds):
        return math.nan
    return float(np.mean([(verdicts[each] == truths[each]).mean() for each in kinds]))
