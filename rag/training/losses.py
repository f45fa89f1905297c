"""What the three heads of the reader are trained on: one loss for each.

In:  the network's logits and the `Batch` they belong to.
Out: three scalar tensors; their sum is what a step lowers.
Left to others: the steps (`rag.training.reader`), figures on held-out pairs (`measures`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from rag.training.features import UNKNOWN, Batch

__all__ = ["compute_losses"]

_MINUS_INFINITY = -1e4  # a logit of what cannot be


def compute_losses(
    span: torch.Tensor, answers: torch.Tensor, claim: torch.Tensor, batch: Batch
) -> dict[str, torch.Tensor]:
    """Mean losses over the batch, in nats: `span`, `answers` and `claim`.

    The logits are float32: `span` [b, n, 2], `answers` [b], `claim` [b, 3]. A row without a label
    for a head counts 0 there. `trust` weights the losses of spans and claims, and softens the
    target of `answers`.
    """
    trust = torch.from_numpy(batch.trust).to(span.device)
    labels = _labels(batch.answers, span)
    target = torch.where(labels == 1, trust, 1 - trust)
    each = torch.nn.functional.binary_cross_entropy_with_logits(answers, target, reduction="none")
    return {
        "span": _span_loss(span, batch, trust),
        "answers": (each * (labels != UNKNOWN)).mean(),
        "claim": _claim_loss(claim, _labels(batch.claims, span), trust),
    }


def _labels(values: npt.NDArray[np.int64], like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(values).to(like.device)


def _span_loss(span: torch.Tensor, batch: Batch, trust: torch.Tensor) -> torch.Tensor:
    """Negative log of the probability of all right starts together, and of all right ends.

    The objective of Clark and Gardner (2018) for one passage. The question's tokens cannot be
    chosen; the first token stands for "no answer".
    """
    question = torch.from_numpy(batch.types).to(span.device) == 0
    question[:, 0] = False
    barred = ~torch.from_numpy(batch.mask).to(span.device).bool() | question
    total = span.new_zeros(len(trust))
    for head, right in enumerate((batch.starts, batch.ends)):
        allowed = torch.from_numpy(right).to(span.device)
        logs = torch.log_softmax(span[:, :, head].masked_fill(barred, _MINUS_INFINITY), 1)
        inside = torch.logsumexp(logs.masked_fill(allowed == 0, _MINUS_INFINITY), 1)
        total = total - torch.where(allowed.sum(1) > 0, inside * trust, torch.zeros_like(inside))
    return total.mean()


def _claim_loss(claim: torch.Tensor, labels: torch.Tensor, trust: torch.Tensor) -> torch.Tensor:
    """Cross-entropy; "not supported" has the probability of contradicted and neither together."""
    logs = torch.log_softmax(claim, 1)
    either = torch.cat([logs, torch.logsumexp(logs[:, 1:], 1, keepdim=True)], 1)
    picked = either.gather(1, labels.clamp(min=0)[:, None])[:, 0]
    return -(picked * (labels != UNKNOWN) * trust).mean()
