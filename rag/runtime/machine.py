"""What this machine has: memory, cores.

    this_machine()   the `Machine` that the process may use

In:  the operating system, control groups included. Out: a `Machine`.
Left to others: what fits (`rag.models.recommendation`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True, slots=True)
class Machine:
    """`memory`: bytes that the process may use, 0 where the system does not say; `cores`: of the
    processor, as many as it may use; `has_accelerator`: llama.cpp was built with one."""

    memory: int
    cores: int
    has_accelerator: bool = False


def this_machine(*, has_accelerator: bool = False) -> Machine:
    """The machine that this process runs on, within the limits of its container."""
    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    limits = [each for each in (_physical(), *map(_limit, _LIMITS)) if each]
    return Machine(min(limits, default=0), cores, has_accelerator)


def _physical() -> int:
    """Bytes of memory; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _limit(file: str) -> int:
    """The bytes that a control group allows; 0 for no limit."""
    try:
        return int(Path(file).read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file; "max"
        return 0
