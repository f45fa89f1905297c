"""What counts as one of the nearest passages when an index is verified."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rag.index.verify import LEAST_RECALL, recall_of


def index_that_misses_the_nearest(spread: float) -> Any:
    """Forty vectors about one direction, `spread` apart; the ten nearest are never found."""
    noise = np.random.default_rng(7).normal(size=(40, 16))
    vectors = np.eye(1, 16) + spread * noise
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def nearest(vector: np.ndarray, k: int) -> dict[int, float]:
        order = np.argsort(-(vectors @ vector), kind="stable")
        return {int(row) + 100: 0.0 for row in order[k : 2 * k]}

    documents = SimpleNamespace(all_vectors=lambda count: vectors)
    return SimpleNamespace(rows=range(100, 140), documents=documents, nearest=nearest)


@pytest.mark.parametrize(("spread", "is_enough"), [(0.002, True), (0.2, False)])
def test_texts_that_are_all_but_equal_may_stand_for_each_other(
    spread: float, is_enough: bool
) -> None:
    recall = recall_of(index_that_misses_the_nearest(spread))
    assert (recall >= LEAST_RECALL) == is_enough
