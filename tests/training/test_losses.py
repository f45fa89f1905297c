"""Losses and figures against values computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from rag.training.features import UNKNOWN, Features, collate
from rag.training.losses import compute_losses
from rag.training.measures import area_under_curve, balanced_accuracy, evaluate


def row(
    starts: tuple[int, ...] = (), answers: int = UNKNOWN, claim: int = UNKNOWN, trust: float = 1.0
) -> Features:
    """[CLS] question [SEP] two tokens [SEP]: an answer may begin at 0, 3, 4 or 5."""
    return Features(np.arange(6, dtype=np.int32), 3, starts, starts, answers, claim, trust)


def zeros(rows: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.zeros(rows, 8, 2), torch.zeros(rows), torch.zeros(rows, 3)


def test_without_knowledge_every_position_is_as_likely() -> None:
    losses = compute_losses(*zeros(1), collate([row((3,), answers=1)]))
    assert float(losses["span"]) == pytest.approx(2 * math.log(4))  # starts and ends
    assert float(losses["answers"]) == pytest.approx(math.log(2))
    assert float(losses["claim"]) == 0


def test_right_positions_count_together_and_the_question_cannot_be_chosen() -> None:
    span, answers, claim = zeros(1)
    span[0, 1] = 50.0  # a token of the question
    span[0, 7] = 50.0  # padding
    span[0, 3, 0] = math.log(5)  # starts: 1, 5, 1, 1
    losses = compute_losses(span, answers, claim, collate([row((3, 4), answers=1)]))
    expected = -math.log(6 / 8) - math.log(2 / 4)
    assert float(losses["span"]) == pytest.approx(expected)


def test_no_answer_is_the_first_token_and_trust_weights_it() -> None:
    span, answers, claim = zeros(2)
    span[:, 0] = math.log(3)  # 3 of 6
    batch = collate([row((0,), answers=0, trust=0.5), row(claim=2)])
    losses = compute_losses(span, answers, claim, batch)
    assert float(losses["span"]) == pytest.approx(0.5 * 2 * math.log(2) / 2)  # mean of two rows


def test_the_target_of_answers_is_softened_by_trust() -> None:
    span, answers, claim = zeros(1)
    answers[0] = math.log(3)  # a probability of 3/4
    yes = compute_losses(span, answers, claim, collate([row((3,), answers=1)]))
    no = compute_losses(span, answers, claim, collate([row((0,), answers=0, trust=0.9)]))
    assert float(yes["answers"]) == pytest.approx(-math.log(3 / 4))
    assert float(no["answers"]) == pytest.approx(-0.1 * math.log(3 / 4) - 0.9 * math.log(1 / 4))


def test_not_supported_is_either_of_the_other_two() -> None:
    span, answers, claim = zeros(1)
    claim[0] = torch.log(torch.tensor([5.0, 2.0, 1.0]))
    losses = [
        float(compute_losses(span, answers, claim, collate([row(claim=n)]))["claim"])
        for n in range(4)
    ]
    assert losses == pytest.approx([-math.log(share / 8) for share in (5, 2, 1, 3)])


@pytest.mark.parametrize(
    ("scores", "labels", "area"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0),
        ([1, 3, 2, 4], [0, 0, 1, 1], 0.75),
        ([5, 5, 5, 5], [0, 1, 0, 1], 0.5),
        ([1, 2, 2], [0, 0, 1], 0.75),
        ([1, 2], [1, 1], math.nan),
        ([], [], math.nan),
    ],
)
def test_area_under_curve(scores: list[float], labels: list[int], area: float) -> None:
    value = area_under_curve(np.array(scores), np.array(labels))
    assert value == pytest.approx(area, nan_ok=True)


def test_balanced_accuracy_counts_both_kinds_alike() -> None:
    verdicts, truths = np.array([1, 1, 1, 0]), np.array([1, 1, 0, 0])
    assert balanced_accuracy(verdicts, truths) == 0.75
    assert balanced_accuracy(np.array([1, 1, 1, 1]), np.array([1, 1, 1, 0])) == 0.5
    assert math.isnan(balanced_accuracy(np.array([1]), np.array([1])))


class Fake(torch.nn.Module):
    """Finds every answer: the token with the number 9, and the first where there is none."""

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> object:
        span = (ids == 9).float()[:, :, None].repeat(1, 1, 2) * 4
        claim = torch.stack([(ids[:, 3] == 7).float(), torch.full((len(ids),), 0.5)], 1)
        return span, torch.zeros(len(ids)), torch.cat([claim, torch.zeros(len(ids), 1)], 1)


def test_evaluate_gives_the_three_figures() -> None:
    def pair(token: int, starts: tuple[int, ...], answers: int, claim: int) -> Features:
        ids = np.array([1, 5, 2, token, 6, 2], np.int32)
        return Features(ids, 3, starts, starts, answers, claim, 1.0)

    rows = [
        pair(9, (3,), 1, UNKNOWN),
        pair(9, (4,), 1, UNKNOWN),
        pair(6, (0,), 0, UNKNOWN),
        pair(7, (), UNKNOWN, 0),
        pair(6, (), UNKNOWN, 0),
        pair(6, (), UNKNOWN, 1),
        pair(7, (), UNKNOWN, 2),  # neither: not counted
    ]
    figures = evaluate(Fake(), rows, torch.device("cpu"))  # type: ignore[arg-type]
    assert figures == {"auc": 1.0, "start_right": 0.5, "claims_balanced": 0.75}
    nothing = evaluate(Fake(), [], torch.device("cpu"))  # type: ignore[arg-type]
    assert all(math.isnan(value) for value in nothing.values())
