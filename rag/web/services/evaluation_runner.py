"""A question set, asked in the background while the chat goes on: one at a time, for all to see.

In:  the desk; which set, which part of it, how many questions.
Out: a state that the page asks for once a second: `Idle`, `Running`, `Finished`, `Failed`.
Left to others: asking and scoring (`rag.evaluation.runner`), showing (`rag.web.layout.evaluation_tab`).

Its questions stand in the same line for the model as those of people, one by one. A run that is
stopped goes on where it was, and so does one that a restart of the chat cut off.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from rag.errors import RagError
from rag.evaluation.dataset import Split
from rag.runtime.cancellation import CancelToken
from rag.web.services.app_state import AppState, Ready

log = logging.getLogger(__name__)
_BROKEN = "the run broke off: press Run to go on, or type `rag doctor` to find out why"


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing was asked for yet."""


@dataclass(frozen=True, slots=True)
class Running:
    """`left` is in seconds, if known."""

    name: str
    done: int = 0
    total: int = 0
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that ended: its report as a page of its own, and the folder where it is kept."""

    name: str
    folder: Path
    report: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that was stopped, or broke off; `message` is the one line to show."""

    message: str


State = Idle | Running | Finished | Failed


class EvaluationRunner:
    """Runs question sets; `state` is safe to read from any thread."""

    def __init__(self, desk: AppState) -> None:
        self.state: State = Idle()
        self._desk = desk
        self._lock = threading.Lock()
        self._stop = False

    @property
    def sets(self) -> dict[str, Path]:
        """The question sets there are, by name."""
        place = self._desk.settings.questions
        found = [place] if place.is_file() else sorted(place.glob("*.jsonl"))
        return {each.stem: each for each in found}

    def start(self, name: str, part: Split | None, count: int, baseline: bool) -> str:
        """Begin, or go on; what hinders it, or an empty text."""
        path, ready = self.sets.get(name), self._desk.state
        if path is None:
            return "Choose a question set first."
        if not isinstance(ready, Ready):
            return "Not ready yet: one moment."
        with self._lock:
            if isinstance(self.state, Running):
                return "One run at a time: wait for its end, or press Stop."
            self.state, self._stop = Running(name), False
        run = threading.Thread(
            target=self._run, args=(ready, path, part, count, baseline), name="trial", daemon=True
        )
        run.start()
        return ""

    def stop(self) -> None:
        """End the run after the question it is at."""
        self._stop = True

    def _stopped(self) -> bool:
        return self._stop or self._desk.closed

    def _run(
        self, ready: Ready, path: Path, part: Split | None, count: int, baseline: bool
    ) -> None:
        from rag.evaluation.runner import EvaluationCallbacks, EvaluationOptions, evaluate

        begun: list[tuple[float, int]] = []

        def progress(done: int, total: int) -> None:
            now = time.monotonic()
            begun.append((now, done))
            since, already = begun[0]
            left = (now - since) / (done - already) * (total - done) if done > already else None
            self.state = Running(path.stem, done, total, left)

        out = self._desk.settings.index.parent / "eval" / "page" / path.stem
        try:
            evaluate(
                ready.assistant,
                path,
                out,
                EvaluationOptions(split=part, sample=count, baseline=baseline),
                EvaluationCallbacks(progress),
                CancelToken(self._stopped),
            )
            report = (out / "report.html").read_text(encoding="utf-8")
            self.state = Finished(path.stem, out, report)
        except RagError as error:
            self.state = Failed(str(error))
        except Exception:  # the page must say so, whatever it was
            log.exception("the run of a question set broke off")
            self.state = Failed(_BROKEN)
