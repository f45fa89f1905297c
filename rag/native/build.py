"""Build llama-cpp-python for this processor, once, and cache the wheel.

In:  the version to build (from the constraints file), this processor and compiler.
Out: a wheel under `<cache>/wheels/<key>/`, installed into the running environment.

Why not a plain `pip install`: pip caches a locally built wheel under its version alone, so it would
silently reuse one that was built for another processor, or without the AMX fix. The key here covers
the version, the processor, the compiler and our header.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HEADER = Path(__file__).with_name("tile_config.h")
LLAMA_ONLY = Path(__file__).with_name("llama_only.cmake")
CMAKE_ARGS = "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF"
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
_RELEVANT = re.compile(
    r"^(avx|amx|fma|f16c|bmi|sse|ssse|asimd|sve|sme|i8mm|bf16|dotprod|fphp|neon)"
)


def cpu_features() -> frozenset[str]:
    """Instruction sets of this processor that matter to llama.cpp, as the kernel spells them.

    Empty if the system does not list them; the cache key then names the architecture alone.
    """
    names: set[str] = set()
    try:
        for line in (
            Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        ):
            label, _, value = line.partition(":")
            if label.strip().lower() in ("flags", "features"):
                names.update(value.split())
    except OSError:
        if platform.system() == "Darwin":
            flags = subprocess.run(
                ["sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features"],
                capture_output=True,
                text=True,
                check=False,
            ).stdout
            names.update(flags.lower().replace(".", "_").split())
    return frozenset(name for name in names if _RELEVANT.match(name))


def build_environment() -> dict[str, str]:
    """The environment variables of a correct build; they keep flags that the user has set."""
    flags = f"{os.environ.get('CXXFLAGS', '')} -include {HEADER}".strip()
    include = shlex.quote(f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={LLAMA_ONLY.as_posix()}")
    arguments = f"{CMAKE_ARGS} {include} {os.environ.get('CMAKE_ARGS', '')}".strip()
    if platform.system() == "Windows":  # the header is for GCC and Clang only
        return {"CMAKE_ARGS": arguments}
    return {"CMAKE_ARGS": arguments, "CXXFLAGS": flags}


def build_command() -> str:
    """The command that repairs a broken build, for messages."""
    return f"{Path(sys.executable)} -m rag.native --rebuild"


def _again() -> str:
    """What repeats the build: in a clone, its set-up."""
    is_clone = (Path(__file__).parents[2] / "Makefile").is_file()
    return "run make setup again" if is_clone else f"type {build_command()}"


def build_key(version: str) -> str:
    """16 hexadecimal digits that change whenever a cached wheel would be the wrong one."""
    compiler = ""
    for name in (os.environ.get("CXX"), "c++", "g++", "clang++"):
        if name and (path := shutil.which(name)):
            result = subprocess.run(
                [path, "--version"], capture_output=True, text=True, check=False
            )
            compiler = result.stdout.splitlines()[0] if result.stdout else path
            break
    parts = (version, platform.system(), platform.machine(), *sorted(cpu_features()), compiler)
    text = "\n".join(
        (
            *parts,
            HEADER.read_text(encoding="utf-8"),
            LLAMA_ONLY.read_text(encoding="utf-8"),
            CMAKE_ARGS,
            os.environ.get("CXXFLAGS", ""),
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cache_folder() -> Path:
    """The folder that holds the cache of models, `RAG_MODELS`, and other caches beside it.

    The only place that reads the variable past `rag.settings.Settings`: this package runs before
    any dependency is installed, with nothing but the standard library.
    """
    models = os.environ.get("RAG_MODELS") or Path.home() / ".cache" / "rag" / "models"
    return Path(models).expanduser().parent


def wheel_folder(version: str) -> Path:
    """The folder of the wheel for this version on this machine; it may not exist yet."""
    return cache_folder() / "wheels" / build_key(version)


def pinned_version(constraints: Path) -> str:
    """The version of llama-cpp-python in a constraints file.

    Raises:
        SystemExit: the file does not pin one.
    """
    match = re.search(
        r"(?mi)^llama[-_]cpp[-_]python==(\S+)", constraints.read_text(encoding="utf-8")
    )
    if not match:
        raise SystemExit(f"{constraints} pins no llama-cpp-python: add llama-cpp-python==VERSION")
    return match[1]


def _stamp() -> Path:
    return Path(sys.prefix) / "rag-native-build"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """Make sure that the environment holds a correct build. Exit status 0, or 1 with a message."""
    parser = argparse.ArgumentParser(prog="python -m rag.native", description=main.__doc__)
    parser.add_argument("--constraints", type=Path, default=None, help="file that pins the version")
    parser.add_argument("--rebuild", action="store_true", help="build again, whatever is cached")
    parser.add_argument("--log", type=Path, default=None, help="file for the compiler's output")
    options = parser.parse_args(arguments)
    version = _version(options.constraints)
    key = build_key(version)
    if not options.rebuild and _stamp().is_file() and _stamp().read_text(encoding="utf-8") == key:
        return 0
    folder = wheel_folder(version)
    if options.rebuild:
        shutil.rmtree(folder, ignore_errors=True)
    if not any(folder.glob("*.whl")):
        _say(f"building llama-cpp-python {version} for this processor (2 to 8 minutes, once)")
        if (error := _build(version, folder, options.log)) is not None:
            _say(error)
            return 1
    wheel = next(folder.glob("*.whl"))
    result = subprocess.run(
        [*_PIP, "install", "--quiet", "--no-deps", "--force-reinstall", str(wheel)],
        check=False,
    )
    if result.returncode:
        _say(f"pip could not install {wheel}: remove {folder} and {_again()}")
        return 1
    _stamp().write_text(key, encoding="utf-8")
    return 0


def _version(constraints: Path | None) -> str:
    if constraints is not None:
        return pinned_version(constraints)
    here = Path(__file__).parents[2] / "constraints.txt"
    if here.is_file():
        return pinned_version(here)
    from importlib.metadata import version

    return version("llama-cpp-python")


def _build(version: str, folder: Path, log: Path | None) -> str | None:
    """Build in a temporary folder, then rename it to `folder`. An error message, or `None`."""
    building = folder.with_name(f"{folder.name}.building-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    log = log or folder.with_name(f"{folder.name}.log")
    command = [
        *(*_PIP, "wheel", "--verbose", "--no-deps", "--no-cache-dir"),
        *("--no-binary", "llama-cpp-python", "--wheel-dir", str(building)),
        f"llama-cpp-python=={version}",
    ]
    with log.open("a") as out:
        result = subprocess.run(
            command,
            env={**os.environ, **build_environment()},
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode or not any(building.glob("*.whl")):
        shutil.rmtree(building, ignore_errors=True)
        return (
            f"llama-cpp-python {version} did not build (see {log}): it needs a C/C++ compiler "
            f"and cmake; install them, then {_again()}"
        )
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return None
