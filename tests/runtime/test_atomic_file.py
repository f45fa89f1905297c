"""A file is replaced as a whole or stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.runtime.atomic_file import atomic_writer, write_atomically


@pytest.mark.parametrize("sync", [False, True])
def test_write_atomically_replaces_the_content(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "file"
    for content in ("the first, …", b"the second"):
        write_atomically(path, content, sync=sync)
    assert path.read_bytes() == b"the second"
    assert list(tmp_path.iterdir()) == [path]


def test_atomic_writer_that_fails_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_writer(path) as file:
        file.write(b"half of the new")
        assert path.read_text() == "old"
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_atomic_writer_names_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "missing" / "file", "")
