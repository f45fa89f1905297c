"""A token is cancelled by a call or by what it polls, and stays so."""

from __future__ import annotations

import pytest

from rag.runtime.cancellation import NEVER, Cancelled, CancelToken


def test_token_is_cancelled_by_a_call() -> None:
    token = CancelToken()
    assert not token.is_cancelled
    token.raise_if_cancelled()
    token.cancel()
    assert token.is_cancelled
    with pytest.raises(Cancelled):
        token.raise_if_cancelled()


def test_token_that_polls_stays_cancelled() -> None:
    answers = iter([False, True, False])
    token = CancelToken(lambda: next(answers))
    assert [token.is_cancelled for _ in range(4)] == [False, True, True, True]


def test_never_cannot_be_cancelled() -> None:
    with pytest.raises(RuntimeError, match="NEVER"):
        NEVER.cancel()
    assert not NEVER.is_cancelled
