"""The whole set-up of a clone, its stages side by side: `make setup` and `make test` run it.

    python -m rag.native.setup [--test]     in the project's folder, by the Python of its .venv

    llama.cpp   compiled for this processor (`rag.native.build`), then installed
    libraries   every other package that pyproject.toml names, in one go and from wheels
    weights     the models in use, fetched while the compiler works
    project     the project itself, and whatever is still missing

In:  pyproject.toml, constraints.txt. Out: a complete environment; one line a stage on stderr, with
     the time left. What a stage prints goes to a log, and a stage that fails names it.
Only the standard library is imported: nothing is installed yet.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LLAMA = "llama-cpp-python"
_PYTHON = sys.executable
_PIP = (_PYTHON, "-m", "pip", "--disable-pip-version-check")
_TICK = 0.5  # seconds between two looks at the stages
_LINE_EVERY = 10.0  # seconds between two lines where stderr is no terminal
_STEP = re.compile(r"\[(\d+)/(\d+)\]")  # ninja's and cmake's count of files
_PERCENT = re.compile(r"(\d{1,3}) ?%")

Share = Callable[[str], float | None]  # of a stage's log: the share that is done, 0 to 1


@dataclass(slots=True)
class Stage:
    """Commands run one after the other; `after` names the stages that must be done before."""

    name: str
    commands: Sequence[Sequence[str]]
    share: Share
    after: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    seconds: float | None = None  # it took, once it is done
    log: Path = field(default_factory=Path)
    _next: int = 0

    def start(self, folder: Path) -> None:
        """Run the first command, or the next."""
        if not self._next:
            self.started, self.log = time.monotonic(), folder / f"{self.name}.log"
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.commands[self._next], stdout=out, stderr=subprocess.STDOUT
            )
        self._next += 1

    def is_done(self, folder: Path) -> bool:
        """Whether its last command has ended well. Raises `SystemExit` where one failed."""
        if self.seconds is not None:
            return True
        if self.process is None or (status := self.process.poll()) is None:
            return False
        if status:
            last = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-15:]
            raise SystemExit("\n".join([*last, f"set-up stopped at {self.name}: see {self.log}"]))
        if self._next < len(self.commands):
            self.start(folder)
            return False
        self.seconds = time.monotonic() - self.started
        return True

    def status(self) -> tuple[str, float]:
        """In words, and the seconds left by what is done so far (0: unknown or none)."""
        if self.seconds is not None:
            return f"{self.name} done", 0.0
        if self.process is None:
            return f"{self.name} waiting", 0.0
        done = self.share(self.log.read_text(encoding="utf-8", errors="replace")) or 0.0
        spent = time.monotonic() - self.started
        left = spent * (1 - done) / done if done > 0.02 else 0.0
        return f"{self.name} {done:.0%}", left


def stages(root: Path, folder: Path, *, test: bool) -> list[Stage]:
    """The stages for the clone at `root`, logs in `folder`; with `test` what the tests need too."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    if test:
        wanted += project["optional-dependencies"]["test"]
    libraries = [each for each in wanted if not each.startswith(LLAMA)]
    constraints = str(root / "constraints.txt")
    pins = sum("==" in line for line in Path(constraints).read_text(encoding="utf-8").splitlines())
    install = [*_PIP, "install", "--progress-bar", "off", "--no-compile"]
    native = [_PYTHON, "-m", "rag.native", "--constraints", constraints]
    native += ["--log", str(folder / "llama.cpp.log")]
    pull = [_PYTHON, "-m", "rag", "models", "pull"]

    def collected(log: str) -> float:
        """Most of the time goes into fetching; unpacking is the rest."""
        return min(0.95, 0.8 * log.count("Collecting ") / max(1, pins))

    return [
        Stage("llama.cpp", [native], _of_steps),
        Stage("libraries", [[*install, "--constraint", constraints, *libraries]], collected),
        Stage(
            "weights", [pull, [*pull, "smollm2-135m"]] if test else [pull], _of_bars, ("libraries",)
        ),
        # the project itself, and what llama-cpp-python needs beside its own wheel
        Stage(
            "project",
            [[*install, "--constraint", constraints, "--editable", f"{root}{'[test]' * test}"]],
            lambda log: None,
            ("libraries", "llama.cpp"),
        ),
    ]


def _of_steps(log: str) -> float | None:
    steps = _STEP.findall(log)
    return int(steps[-1][0]) / int(steps[-1][1]) if steps else None


def _of_bars(log: str) -> float | None:
    shares = _PERCENT.findall(log)
    return int(shares[-1]) / 100 if shares else None


def run(all_stages: Sequence[Stage], folder: Path) -> None:
    """Run the stages, each as soon as those before it are done, and say how far they are.

    Raises:
        SystemExit: a stage failed; the others are ended.
    """
    shown = 0.0
    try:
        while True:
            done = {stage.name for stage in all_stages if stage.is_done(folder)}
            for stage in all_stages:
                if stage.process is None and done.issuperset(stage.after):
                    stage.start(folder)
            if len(done) == len(all_stages):
                break
            if sys.stderr.isatty() or time.monotonic() - shown > _LINE_EVERY:
                _show(all_stages)
                shown = time.monotonic()
            time.sleep(_TICK)
    finally:
        for stage in all_stages:
            if stage.process is not None and stage.process.poll() is None:
                stage.process.terminate()
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
    took = ", ".join(f"{stage.name} {stage.seconds or 0:.0f} s" for stage in all_stages)
    sys.stderr.write(f"set up: {took}\n")


def _show(all_stages: Sequence[Stage]) -> None:
    parts, left = zip(*(stage.status() for stage in all_stages), strict=True)
    minutes, seconds = divmod(round(max(left)), 60)
    when = f" · about {minutes} min {seconds:02} s left" if max(left) else ""
    line = " · ".join(parts) + when
    sys.stderr.write(f"\r{line}\x1b[K" if sys.stderr.isatty() else line + "\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up the clone in the working directory. Exit status 0, or 1 with what failed."""
    parser = argparse.ArgumentParser(prog="python -m rag.native.setup", description=main.__doc__)
    parser.add_argument("--test", action="store_true", help="also what the tests need")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="footnoted-setup-"))
    run(stages(Path.cwd(), folder, test=options.test), folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
