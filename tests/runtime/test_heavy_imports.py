"""The collector rests while large libraries are imported, and runs again whatever happens."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from rag.runtime.heavy_imports import pause_garbage_collection


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_rests_within_and_runs_again_after_an_error() -> None:
    with pytest.raises(ImportError), pause_garbage_collection():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()


def test_where_it_rested_before_it_goes_on_resting() -> None:
    gc.disable()
    with pause_garbage_collection():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_the_first_of_two_to_end_has_it_run_again() -> None:
    first, second = pause_garbage_collection(), pause_garbage_collection()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()
