"""Which file type and which kernels are quickest on this processor.

    python -m benchmarks.kernels [--model NAME] [--rounds N] [--prompt N] [--generated N]

In:  a model that is pulled; room for two requantised copies of it (3 GB) in the temporary folder.
Out: tokens a second of prompt and generation with the pulled file, and with copies of it in Q4_0
     and Q8_0, each with its weights as they are and repacked for matrix kernels
     (`rag.models.llm.engine.repacking_pays` chooses between these two). Medians; rounds alternate.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import tempfile
import time
from pathlib import Path

from benchmarks.common import machine, middle, table
from rag.models.llm.engine import BATCH, patched_default_params
from rag.models.openmp import use_passive_waiting
from rag.models.registry import get_card, verify_model
from rag.settings import Settings

OTHERS = ("Q4_0", "Q8_0")
TEXT = "The harbour office said that the ferry would carry grain and passengers in May. " * 90


def requantised(path: Path, kind: str, folder: Path) -> Path:
    """A copy of the model in another file type. Raises `RuntimeError` where it cannot be made."""
    import llama_cpp

    to = folder / f"{kind}.gguf"
    wanted = llama_cpp.llama_model_quantize_default_params()
    wanted.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    wanted.allow_requantize = True
    wanted.nthread = os.cpu_count() or 1
    if llama_cpp.llama_model_quantize(str(path).encode(), str(to).encode(), ctypes.byref(wanted)):
        raise RuntimeError(f"{path} is not requantised to {kind}")
    return to


def speeds(path: Path, repacked: bool, prompt: int, generated: int) -> tuple[float, float]:
    """Tokens a second of a prompt behind 512 others, and of generation behind that."""
    import llama_cpp

    cores = os.cpu_count() or 1
    with patched_default_params(llama_cpp, repacked):
        llama = llama_cpp.Llama(
            str(path),
            n_ctx=512 + prompt + generated,
            n_batch=BATCH,
            n_ubatch=BATCH,
            n_threads=cores,
            n_threads_batch=cores,
            flash_attn=True,
            verbose=False,
        )
    try:
        tokens = llama.tokenize(TEXT.encode())[: 512 + prompt + generated]
        llama.eval(tokens[:512])
        begun = time.perf_counter()
        llama.eval(tokens[512 : 512 + prompt])
        read = time.perf_counter()
        for token in tokens[512 + prompt :]:
            llama.eval([token])
        return prompt / (read - begun), generated / (time.perf_counter() - read)
    finally:
        llama.close()


def main() -> None:
    use_passive_waiting()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels")
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt", type=int, default=256, help="tokens")
    parser.add_argument("--generated", type=int, default=24, help="tokens")
    options = parser.parse_args()
    path = verify_model(get_card(options.model), Settings.load().models)
    with tempfile.TemporaryDirectory() as folder:
        files = {"as pulled": path}
        files |= {kind: requantised(path, kind, Path(folder)) for kind in OTHERS}
        ways = [(name, repacked) for name in files for repacked in (False, True)]
        seen: dict[tuple[str, bool], list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for name, repacked in ways:
                one = speeds(files[name], repacked, options.prompt, options.generated)
                seen[name, repacked].append(one)
    first = seen[ways[0]]
    rows = []
    for (name, repacked), told in seen.items():
        row: list[object] = [name, "repacked" if repacked else "as they are"]
        for part in (0, 1):
            ratios = (own[part] / by[part] for own, by in zip(told, first, strict=True))
            row += [middle(own[part] for own in told), middle(ratios)]
        rows.append(row)
    head = ["file", "weights", "prompt, tokens a second", "ratio", "generation", "ratio"]
    print(f"{options.model}; {machine()}\n")
    print(table(head, rows))


if __name__ == "__main__":
    main()
