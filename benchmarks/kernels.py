"""Which file type and which kernels are fastest on this processor.

    python -m benchmarks.kernels [--model NAME] [--rounds N] [--prompt N] [--generated N]

In:  a model that is pulled; room for two requantized copies of it (3 GB) in the temporary folder.
Out: tokens per second of prompt and generation with the pulled file, and with copies of it in Q4_0
     and Q8_0, each with its weights as they are and repacked for matrix kernels
     (`rag.models.llm.engine.repacking_pays` chooses between these two). Medians of rounds in which
     the variants take turns.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.common import describe_machine, markdown_table
from rag.models.llm.engine import BATCH, patched_default_params
from rag.models.openmp import use_passive_waiting
from rag.models.registry import get_card, verify_model
from rag.settings import Settings

QUANTIZATIONS = ("Q4_0", "Q8_0")
TEXT = "The harbour office said that the ferry would carry grain and passengers in May. " * 90


def requantize(path: Path, quantization: str, folder: Path) -> Path:
    """A copy of the model in another file type. Raises `RuntimeError` where it cannot be made."""
    import llama_cpp

    copy = folder / f"{quantization}.gguf"
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{quantization}")
    params.allow_requantize = True
    params.nthread = os.cpu_count() or 1
    paths = str(path).encode(), str(copy).encode()
    if llama_cpp.llama_model_quantize(*paths, ctypes.byref(params)):
        raise RuntimeError(f"{path} cannot be requantized to {quantization}")
    return copy


def tokens_per_second(
    path: Path, repacked: bool, prompt: int, generated: int
) -> tuple[float, float]:
    """Of a prompt of `prompt` tokens behind 512 others, and of the generation behind that."""
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
        started = time.perf_counter()
        llama.eval(tokens[512 : 512 + prompt])
        prompted = time.perf_counter()
        for token in tokens[512 + prompt :]:
            llama.eval([token])
        return prompt / (prompted - started), generated / (time.perf_counter() - prompted)
    finally:
        llama.close()


def main() -> None:
    use_passive_waiting()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt", type=int, default=256, help="tokens")
    parser.add_argument("--generated", type=int, default=24, help="tokens")
    options = parser.parse_args()
    path = verify_model(get_card(options.model), Settings.load().models)
    with tempfile.TemporaryDirectory() as folder:
        files = {"as pulled": path}
        files |= {name: requantize(path, name, Path(folder)) for name in QUANTIZATIONS}
        variants = [(name, repacked) for name in files for repacked in (False, True)]
        speeds: dict[tuple[str, bool], list[tuple[float, float]]] = {each: [] for each in variants}
        for _ in range(options.rounds):
            for name, repacked in variants:
                speed = tokens_per_second(files[name], repacked, options.prompt, options.generated)
                speeds[name, repacked].append(speed)
    first = speeds[variants[0]]
    rows = []
    for (name, repacked), own in speeds.items():
        row: list[object] = [name, "repacked" if repacked else "as they are"]
        for column in (0, 1):
            ratios = (a[column] / b[column] for a, b in zip(own, first, strict=True))
            row += [median(each[column] for each in own), median(ratios)]
        rows.append(row)
    head = ["file", "weights", "prompt, tokens per second", "ratio", "generation", "ratio"]
    print(f"{options.model}; {describe_machine()}\n")
    print(markdown_table(head, rows))


if __name__ == "__main__":
    main()
