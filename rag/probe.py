"""Does the llama.cpp build run on this processor? Tried in a child process, once per build.

In:  a model file.
Out: a `BuildCheck`, kept in the cache under a key of build, model and processor, so that only
     the first start pays for it (a model load and a few tokens); `open_checked`, which loads a
     model in the way that was shown to run.
Left to others: making the build (`rag.native`), generating (`rag.llm`).

A build for another processor, or AMX kernels built by a faulty compiler, end the process that
uses them. Here that is a child; the parent then falls back to plain kernels, or says what to type.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import ModelError
from rag.llm import LocalModel, system_info
from rag.native.build import build_command, cpu_features
from rag.prompt import Piece, Prompt

_SECONDS = 300


@dataclass(frozen=True, slots=True)
class BuildCheck:
    """`ok`: it generates. `plain_ok`: it does with the processor's matrix kernels turned off."""

    ok: bool
    plain_ok: bool
    system_info: str
    fault: str  # how it ended where not ok, such as SIGSEGV; else empty

    @property
    def instruction_sets(self) -> tuple[str, ...]:
        """What llama.cpp says is in use, such as AVX2 and FMA."""
        _, _, listed = self.system_info.partition(":")
        pairs = (each.split("=") for each in listed.split("|") if "=" in each)
        return tuple(name.strip() for name, value in pairs if value.strip() != "0")


def check_build(model: Path, *, fresh: bool = False) -> BuildCheck:
    """Load `model` and generate in a child process; `fresh` tries again whatever is kept."""
    kept = _kept(model)
    if not fresh and kept.is_file():
        try:
            return BuildCheck(**json.loads(kept.read_text()))
        except (ValueError, TypeError):
            kept.unlink()
    code, told = _tried(model, extra_buffers=True)
    if code == 0:
        result = BuildCheck(True, True, told, "")
    else:
        plain, told_plain = _tried(model, extra_buffers=False)
        result = BuildCheck(False, plain == 0, told_plain if plain == 0 else "", _name(code, told))
    kept.parent.mkdir(parents=True, exist_ok=True)
    beside = kept.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(asdict(result)))
    beside.replace(kept)
    return result


def open_checked(path: Path, *, frame: str, context: int, threads: int = 0) -> LocalModel:
    """As `LocalModel.open`, after a child process has shown that the build runs here.

    A build whose matrix kernels crash is used without them, and a line on stderr says so.

    Raises:
        ModelError: also where the build does not run at all, with the line that mends it.
    """
    check = check_build(path)
    if not check.plain_ok:
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
    return LocalModel.open(
        path, frame=frame, context=context, threads=threads, extra_buffers=check.ok
    )


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


def _tried(model: Path, extra_buffers: bool) -> tuple[int, str]:
    """Exit status of the child (negative: the signal that ended it) and what it printed."""
    command = [sys.executable, "-m", "rag.probe", str(model), str(int(extra_buffers))]
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        return 1, f"no answer within {_SECONDS} s"
    last = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode, last[-1] if last else ""


def _name(code: int, told: str) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return told or f"exit status {code}"


def main(arguments: list[str]) -> int:
    """The child: load, process a prompt long enough for the matrix kernels, generate, report."""
    model = LocalModel.open(
        Path(arguments[0]), frame="chatml", context=512, extra_buffers=arguments[1] == "1"
    )
    words = Piece("One two three four five six seven eight nine ten. " * 8)
    list(model.write(Prompt((), (words,)), max_tokens=4, stop="\0"))
    sys.stdout.write(system_info() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
