"""Is everything here that a question needs? Each finding says what to type where it is not.

In:  `Settings`. Out: `Finding`s, one at a time, as they are known.
Left to others: printing (`rag.cli`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.catalogue import card, verified
from rag.errors import RagError
from rag.native.build import build_command, cpu_features
from rag.probe import check_build
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `told` ends with what to type where it is not `well`."""

    subject: str
    well: bool
    told: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at Python, the models (hashed anew), the llama.cpp build, the embedder, the index."""
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield _tried("language model", lambda: _model(settings, settings.model))
    yield _tried("embedder", lambda: _model(settings, settings.embedder))
    yield from _build(settings)
    yield _tried("index", lambda: _index(settings))


def _tried(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, look())
    except RagError as error:
        return Finding(subject, False, str(error))


def _model(settings: Settings, name: str) -> str:
    chosen = card(name)
    path = verified(chosen, settings.models, fresh=True)
    return f"{chosen.name} ({chosen.licence}), {path}"


def _build(settings: Settings) -> Iterator[Finding]:
    """Load the model and generate, in a child; then what the build uses of the processor."""
    try:
        check = check_build(verified(card(settings.model), settings.models))
    except RagError as error:
        yield Finding("llama.cpp", False, f"not tried ({error})")
        return
    mend = f"type `{build_command()}`"
    if not check.plain_ok:
        yield Finding("llama.cpp", False, f"the build does not run here ({check.fault}): {mend}")
        return
    used = ", ".join(check.instruction_sets)
    if not check.ok:
        told = f"runs, slowly: its fast kernels end in {check.fault}; uses {used}: {mend}"
        yield Finding("llama.cpp", False, told)
        return
    unused = _unused(check.instruction_sets)
    if unused:
        told = f"generates; uses {used}; this processor has {', '.join(unused)} too: {mend}"
        yield Finding("llama.cpp", False, told)
        return
    yield Finding("llama.cpp", True, f"generates; uses {used}")


# what llama.cpp calls a set -> the processor's flag that promises it
_SETS = {
    "AVX2": "avx2",
    "FMA": "fma",
    "AVX512": "avx512f",
    "AVX512_VNNI": "avx512_vnni",
    "AMX_INT8": "amx_int8",
    "DOTPROD": "asimddp",
    "MATMUL_INT8": "i8mm",
}


def _unused(used: tuple[str, ...]) -> list[str]:
    have = cpu_features()
    return [name for name, flag in _SETS.items() if flag in have and name not in used]


def _index(settings: Settings) -> str:
    """Every file hashed, every offset and vector looked at, neighbours compared, in a child."""
    from rag.indexing import wanted_fingerprint
    from rag.store.generations import Generations
    from rag.store.verify import proven

    folder = Generations(settings.index).checked(wanted_fingerprint(settings))
    proof = proven(folder, all_parts=True)
    return (
        f"{proof.articles} articles, {proof.passages} passages, recall@10 of Chroma against "
        f"exact search {proof.recall:.3f}, {folder}"
    )
