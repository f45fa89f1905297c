"""How the OpenMP threads of torch and llama.cpp wait for each other: asleep, not spinning.

Out: an environment variable. Call it before either library is loaded.
Left to others: how many threads there are (`rag.models.embedder`, `rag.models.llm`).
"""

from __future__ import annotations

import os


def use_passive_waiting() -> None:
    """Let OpenMP threads sleep at a barrier instead of spinning, unless the user set a policy.

    Spinning gains a few percent on an idle machine, and loses nearly everything where another
    program wants a core: 0.3 tokens per second instead of 11, measured on two cores.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
