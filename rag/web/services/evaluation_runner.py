"""A question set, run in the background while the chat stays usable: one run, shown to everybody.

In:  `AppState`; which set, which part of it, how many questions.
Out: a state that the page asks for once a second: `Idle`, `Running`, `Finished`, `Failed`.
Left to others: asking and scoring (`rag.evaluation.runner`), showing (`rag.web.views.evaluation`).

The model takes its questions between those of people, one by one. A run that was stopped resumes,
and so does one that a restart of the chat interrupted.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from rag.errors import RagError
from rag.evaluation.dataset import Split
from rag.runtime.cancellation import CancelToken
from rag.runtime.progress import RemainingTime
from rag.web.services.app_state import AppState, Ready

log = logging.getLogger(__name__)
_BROKEN = "the run failed: press Run to resume it, or type `rag doctor` to find out why"


@dataclass(frozen=True, slots=True)
class Idle:
    """No run has been started yet."""


@dataclass(frozen=True, slots=True)
class Running:
    """`left` is in seconds, if known."""

    name: str
    done: int = 0
    total: int = 0
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that ended: its report as an HTML page, and the folder it is in."""

    name: str
    folder: Path
    report: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that was stopped or failed; `message` is one line."""

    message: str


State = Idle | Running | Finished | Failed


class EvaluationRunner:
    """Runs question sets; `state` is safe to read from any thread."""

    def __init__(self, app_state: AppState) -> None:
        self.state: State = Idle()
        self._app_state = app_state
        self._lock = threading.Lock()
        self._stop = False

    @property
    def sets(self) -> dict[str, Path]:
        """The available question sets, by name."""
        place = self._app_state.settings.questions
        files = [place] if place.is_file() else sorted(place.glob("*.jsonl"))
        return {file.stem: file for file in files}

    def start(self, name: str, part: Split | None, count: int, baseline: bool) -> str:
        """Start a run, or resume it; returns what prevents it, or ""."""
        path, ready = self.sets.get(name), self._app_state.state
        if path is None:
            return "Choose a question set first."
        if not isinstance(ready, Ready):
            return "Not ready yet: one moment."
        with self._lock:
            if isinstance(self.state, Running):
                return "One run at a time: wait for its end, or press Stop."
            self.state, self._stop = Running(name), False
        arguments = (ready, path, part, count, baseline)
        threading.Thread(target=self._run, args=arguments, name="evaluation", daemon=True).start()
        return ""

    def stop(self) -> None:
        """End the run after the current question."""
        self._stop = True

    def _stopped(self) -> bool:
        return self._stop or self._app_state.closed

    def _run(
        self, ready: Ready, path: Path, part: Split | None, count: int, baseline: bool
    ) -> None:
        from rag.evaluation.runner import EvaluationCallbacks, EvaluationOptions, evaluate

        remaining_time = RemainingTime()

        def progress(done: int, total: int) -> None:
            left = remaining_time.estimate(path.stem, done, total)
            self.state = Running(path.stem, done, total, left)

        out = self._app_state.settings.index.parent / "eval" / "page" / path.stem
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
            log.exception("the run of a question set failed")
            self.state = Failed(_BROKEN)
