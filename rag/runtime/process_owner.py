"""Which process loaded models: what it opened cannot be used in a fork of it.

In:  `claim_process`, before models are loaded; `require_own_process`, before they are used.
Out: `ForkedProcess`, in a process that was forked from one that had claimed itself.

A fork has the memory of its parent, but none of its threads: locks that these held stay locked,
thread pools (of torch, of Chroma) wait for ever, and the pipes to the language model have nobody at
their other end. A fork of a process that has only imported `rag` is a process like any other.
"""

from __future__ import annotations

import os

from rag.errors import ForkedProcess

__all__ = ["claim_process", "is_forked", "require_own_process"]

_claimed_by: list[int] = []


def claim_process() -> None:
    """Models are loaded in this process. Raises `ForkedProcess` where its parent had some."""
    require_own_process()
    _claimed_by[:] = [os.getpid()]


def is_forked() -> bool:
    """Whether this process is a fork of one that had loaded models."""
    return bool(_claimed_by) and _claimed_by != [os.getpid()]


def require_own_process() -> None:
    """Raises `ForkedProcess` in a fork of a process that had loaded models."""
    if is_forked():
        raise ForkedProcess(
            "this process was forked from one that has models and an index open, which cannot be "
            "used here: open the Assistant after the fork, or start processes by "
            "multiprocessing.get_context('spawn')"
        )
