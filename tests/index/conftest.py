"""The servers that tests of an index share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chroma_server import ChromaProcess


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    """A real Chroma server, which every test of it uses with collections of its own."""
    with ChromaProcess(tmp_path_factory.mktemp("chroma")) as running:
        yield running
