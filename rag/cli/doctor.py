"""Is everything here that a question needs? Each finding says what to type where it is not.

In:  `Settings`. Out: `Finding`s, one at a time, as they are known.
Left to others: printing (`rag.cli`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.errors import RagError
from rag.models.llm.build_check import check_build
from rag.models.registry import get_card, verify_model
from rag.native.build import build_command, cpu_features
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was looked at; `told` ends with what to type where it is not `well`."""

    subject: str
    ok: bool
    told: str


def run_checks(settings: Settings) -> Iterator[CheckResult]:
    """Look at Python, the models (hashed anew), the llama.cpp build, the embedder, the index."""
    yield CheckResult("python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield _tried("language model", lambda: _model(settings, settings.model))
    yield _tried("embedder", lambda: _model(settings, settings.embedder))
    yield from _build(settings)
    yield _tried("index", lambda: _index(settings))


def _tried(subject: str, look: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(subject, True, look())
    except RagError as error:
        return CheckResult(subject, False, str(error))


def _model(settings: Settings, name: str) -> str:
    chosen = get_card(name)
    path = verify_model(chosen, settings.models, fresh=True)
    return f"{chosen.name} ({chosen.licence}), {path}"


def _build(settings: Settings) -> Iterator[CheckResult]:
    """Load the model and generate, in a child; then what the build uses of the processor."""
    try:
        check = check_build(verify_model(get_card(settings.model), settings.models))
    except RagError as error:
        yield CheckResult("llama.cpp", False, f"not tried ({error})")
        return
    mend = f"type `{build_command()}`"
    if not check.ok_without_amx:
        yield CheckResult(
            "llama.cpp", False, f"the build does not run here ({check.fault}): {mend}"
        )
        return
    used = ", ".join(check.instruction_sets)
    if not check.ok:
        told = f"runs, slowly: its fast kernels end in {check.fault}; uses {used}: {mend}"
        yield CheckResult("llama.cpp", False, told)
        return
    unused = _unused(check.instruction_sets)
    if unused:
        told = f"generates; uses {used}; this processor has {', '.join(unused)} too: {mend}"
        yield CheckResult("llama.cpp", False, told)
        return
    yield CheckResult("llama.cpp", True, f"generates; uses {used}")


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
    from rag.index.build import expected_fingerprint
    from rag.index.snapshots import SnapshotStore
    from rag.index.verify import verify_in_subprocess

    folder = SnapshotStore(settings.index).require_compatible(expected_fingerprint(settings))
    proof = verify_in_subprocess(folder, all_parts=True)
    return (
        f"{proof.articles} articles, {proof.passages} passages, recall@10 of Chroma against "
        f"exact search {proof.recall:.3f}, {folder}"
    )
