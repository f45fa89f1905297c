"""The sizes of a GGUF file's tensors, as its header gives them.

In:  a file. Out: bytes by tensor; the bytes that generating one token reads. Left to others: the
weights themselves. The layout is that of ggml's `docs/gguf.md`, version 3.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

_TEXT, _ARRAY = 8, 9
_SIZES = (1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8)  # bytes of a value, by its type


def bytes_per_token(path: Path) -> int:
    """Bytes of all tensors except an embedding table that is no output head: one row is read."""
    sizes = tensor_sizes(path)
    table = sizes.get("token_embd.weight", 0) if "output.weight" in sizes else 0
    return sum(sizes.values()) - table


def tensor_sizes(path: Path) -> dict[str, int]:
    """Bytes of each tensor by its name."""
    with path.open("rb") as file:
        _, _, count, pairs = _read(file, "<4sIQQ")
        for _ in range(pairs):
            _read_text(file)
            _skip_value(file, *_read(file, "<I"))
        starts = {}
        for _ in range(count):
            name = _read_text(file)
            (dimensions,) = _read(file, "<I")
            _read(file, f"<{dimensions}QI")
            starts[name] = _read(file, "<Q")[0]
        body = (file.tell() + 31) // 32 * 32
    ends = [*sorted(starts.values())[1:], path.stat().st_size - body]
    size = {start: end - start for start, end in zip(sorted(starts.values()), ends, strict=True)}
    return {name: size[start] for name, start in starts.items()}


def _read(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _read_text(file: BinaryIO) -> str:
    return file.read(_read(file, "<Q")[0]).decode()


def _skip_value(file: BinaryIO, kind: int) -> None:
    if kind == _TEXT:
        _read_text(file)
    elif kind == _ARRAY:
        inner, count = _read(file, "<IQ")
        for _ in range(count):
            _skip_value(file, inner)
    else:
        file.read(_SIZES[kind])
