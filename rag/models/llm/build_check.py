"""Does the llama.cpp build run on this processor? Tried once for each build, in a worker process.

In:  a model file; the folder in which results are cached.
Out: a `BuildCheck`, cached under a key of build, model and processor, so that only the first start
     pays for it (a few tokens); `load_model`, which loads a model in the way that works here.
Left to others: making the build (`rag.native`), the process (`rag.models.llm.client`).

A build for another processor, or AMX kernels built by a faulty compiler, end the process that uses
them. That process is a worker; its parent then falls back to plain kernels, or says what to type.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import ModelCrashed, ModelError
from rag.models.llm.base import ModelOptions
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.client import ModelClient
from rag.native.build import build_command, cpu_features
from rag.runtime.atomic_file import write_atomically
from rag.runtime.observability.logs import notify

__all__ = ["BuildCheck", "check_build", "load_model"]

# how broken kernels end a process; other ends (killed, out of memory) say nothing about the build
_CRASHES = ("SIGILL", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE")
_SECONDS = 300.0
# long enough for the matrix kernels
_PROMPT = Prompt((), (PromptSegment("One two three four five six seven eight nine ten. " * 8),))


@dataclass(frozen=True, slots=True)
class BuildCheck:
    """`ok`: the build generates text; `ok_without_amx`: without the processor's matrix kernels."""

    ok: bool
    ok_without_amx: bool
    system_info: str  # llama.cpp's line about build and processor
    fault: str  # how it ended where it is not ok, such as SIGSEGV; else empty

    @property
    def instruction_sets(self) -> tuple[str, ...]:
        """The instruction sets that llama.cpp reports to be in use, such as AVX2 and FMA."""
        _, _, listed = self.system_info.partition(":")
        pairs = (each.split("=") for each in listed.split("|") if "=" in each)
        return tuple(name.strip() for name, value in pairs if value.strip() != "0")


def check_build(model: Path, cache: Path | None = None) -> BuildCheck:
    """Load the model file `model` and generate a few tokens, whatever is cached.

    The result is written to the folder `cache`, if given.

    Raises:
        ModelError: the file is no model, or there is too little memory or time.
    """
    check, opened = _try(model, ModelOptions("chatml", context=512), _SECONDS)
    _write(check, _cache_file(model, cache))
    if opened is not None:
        opened.close()
    return check


def load_model(
    path: Path, options: ModelOptions, *, deadline: float = 0.0, cache: Path | None = None
) -> ModelClient:
    """As `ModelClient.open`, with the kernels that were found to work here.

    A build whose matrix kernels crash is used without them, and a line on stderr says so. The
    result of the check is kept in the folder `cache`; without one it is made at every call.

    Raises:
        ModelError: as `ModelClient.open`; or the build does not run at all, with the command that
            rebuilds it.
    """
    file = _cache_file(path, cache)
    check, opened = _read(file), None
    if check is None:
        check, opened = _try(path, options, deadline)
        _write(check, file)
    if not check.ok_without_amx:
        raise ModelError(
            f"the llama.cpp build does not run {path.name} here ({check.fault}): type "
            f"`{build_command()}`, or `rag doctor` for more"
        )
    if not check.ok:
        notify(
            f"the fast kernels of this llama.cpp build end in {check.fault}; going on without "
            f"them, more slowly. To mend it, type `{build_command()}`",
            logging.WARNING,
        )
    return opened or ModelClient.open(path, options, extra_buffers=check.ok, deadline=deadline)


def _try(
    path: Path, options: ModelOptions, deadline: float
) -> tuple[BuildCheck, ModelClient | None]:
    """Load the model and generate a few tokens; the model too, where that works."""
    fault = ""
    for extra_buffers in (True, False):
        try:
            model = ModelClient.open(path, options, extra_buffers=extra_buffers, deadline=deadline)
            list(model.generate(_PROMPT, max_tokens=4, stop="\0"))
        except ModelCrashed as error:
            if not error.why.startswith(_CRASHES):
                raise
            fault = fault or error.why
        else:
            return BuildCheck(extra_buffers, True, model.system_info, fault), model
    return BuildCheck(False, False, "", fault), None


def _read(file: Path | None) -> BuildCheck | None:
    try:
        return BuildCheck(**json.loads(file.read_text(encoding="utf-8"))) if file else None
    except (OSError, ValueError, TypeError):
        return None  # checked again, and then written again


def _write(check: BuildCheck, file: Path | None) -> None:
    if file is not None:
        with suppress(OSError):  # a cache that cannot be written costs a few tokens each time
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, json.dumps(asdict(check)))


def _cache_file(model: Path, cache: Path | None) -> Path | None:
    """The file for this build, model and processor; its name is a hash of all three."""
    if cache is None:
        return None
    spec = importlib.util.find_spec("llama_cpp")
    package = Path(spec.origin).parent if spec and spec.origin else Path()
    parts = [*sorted(cpu_features())]
    for file in (model, *sorted(package.glob("lib/libggml-cpu*"))):
        status = file.stat()
        parts.append(f"{file} {status.st_size} {status.st_mtime_ns}")
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return cache / f"{key}.json"
