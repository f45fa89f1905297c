"""Does the llama.cpp build run on this processor? Tried once per build, in the model's process.

In:  a model file.
Out: a `BuildCheck`, kept in the cache under a key of build, model and processor, so that only
     the first start pays for it (a few tokens); `open_checked`, which loads a model in the way
     that was shown to run.
Left to others: making the build (`rag.native`), the process (`rag.models.llm.client`).

A build for another processor, or AMX kernels built by a faulty compiler, end the process that
uses them. That is a child; the parent then falls back to plain kernels, or says what to type.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Unpack

from rag.errors import ModelCrashed, ModelError
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.client import ModelClient
from rag.models.llm.connection import Opening
from rag.native.build import build_command, cpu_features

# what broken kernels end in; other ends (killed, out of memory) say nothing of the build
_CRASHES = ("SIGILL", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE")
_SECONDS = 300.0
# long enough for the matrix kernels
_WORDS = Prompt((), (PromptSegment("One two three four five six seven eight nine ten. " * 8),))


@dataclass(frozen=True, slots=True)
class BuildCheck:
    """`ok`: it generates. `plain_ok`: it does with the processor's matrix kernels turned off."""

    ok: bool
    ok_without_amx: bool
    system_info: str
    fault: str  # how it ended where not ok, such as SIGSEGV; else empty

    @property
    def instruction_sets(self) -> tuple[str, ...]:
        """What llama.cpp says is in use, such as AVX2 and FMA."""
        _, _, listed = self.system_info.partition(":")
        pairs = (each.split("=") for each in listed.split("|") if "=" in each)
        return tuple(name.strip() for name, value in pairs if value.strip() != "0")


def check_build(model: Path) -> BuildCheck:
    """Load `model` and generate, whatever is kept.

    Raises:
        ModelError: the file is no model, or was not given the memory or the time.
    """
    check, opened = _tried(model, _SECONDS, {"frame": "chatml", "context": 512})
    if opened is not None:
        opened.close()
    return check


def load_model(path: Path, *, deadline: float = 0.0, **how: Unpack[Opening]) -> ModelClient:
    """As `ModelClient.open`, in the way in which the build was shown to run here.

    A build whose matrix kernels crash is used without them, and a line on stderr says so.

    Raises:
        ModelError: also where the build does not run at all, with the line that mends it.
    """
    check, opened = _read(_kept(path)), None
    if check is None:
        check, opened = _tried(path, deadline, how)
    if not check.ok_without_amx:
        raise ModelError(
            f"the llama.cpp build does not run {path.name} here ({check.fault}): type "
            f"`{build_command()}`, or `rag doctor` for more"
        )
    if not check.ok:
        print(  # noqa: T201
            f"the fast kernels of this llama.cpp build end in {check.fault}; going on without "
            f"them, more slowly. To mend it, type `{build_command()}`",
            file=sys.stderr,
        )
    return opened or ModelClient.open(path, extra_buffers=check.ok, deadline=deadline, **how)


def _tried(path: Path, deadline: float, how: Opening) -> tuple[BuildCheck, ModelClient | None]:
    """What a load and a few tokens show, which is kept; and the model, where it runs."""
    fault = ""
    for extra_buffers in (True, False):
        try:
            model = ModelClient.open(path, extra_buffers=extra_buffers, deadline=deadline, **how)
            list(model.generate(_WORDS, max_tokens=4, stop="\0"))
        except ModelCrashed as error:
            if not error.why.startswith(_CRASHES):
                raise
            fault = fault or error.why
        else:
            check = BuildCheck(extra_buffers, True, model.system_info, fault)
            _keep(_kept(path), check)
            return check, model
    check = BuildCheck(False, False, "", fault)
    _keep(_kept(path), check)
    return check, None


def _read(kept: Path) -> BuildCheck | None:
    try:
        return BuildCheck(**json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # tried anew, and then kept


def _keep(kept: Path, check: BuildCheck) -> None:
    beside = kept.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # a cache that cannot be written costs a few tokens each time
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(asdict(check)), encoding="utf-8")
        beside.replace(kept)


def _kept(model: Path) -> Path:
    models = os.environ.get("RAG_MODELS") or Path.home() / ".cache" / "rag" / "models"
    found = importlib.util.find_spec("llama_cpp")
    origin = Path(found.origin).parent if found and found.origin else Path()
    parts = [*sorted(cpu_features())]
    for file in (model, *sorted(origin.glob("lib/libggml-cpu*"))):
        told = file.stat()
        parts.append(f"{file} {told.st_size} {told.st_mtime_ns}")
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return Path(models).expanduser().parent / "checks" / f"{key}.json"
