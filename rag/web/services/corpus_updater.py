"""Articles added, removed and re-indexed in the background while the chat stays usable.

In:  `AppState`; uploaded files; the id of an article to remove.
Out: `UpdateStatus`, which the page asks for once a second: what was done, how far indexing is, what
     could not be read and why. Until the new index is published, the old one answers questions.
Left to others: the files of the corpus (`rag.ingest.corpus_edit`), indexing (`rag.index.worker`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import CorpusError, RagError
from rag.index.build import IndexReport
from rag.index.companions.paths import IndexPaths
from rag.index.diff import Progress
from rag.index.worker import build_index_in_subprocess
from rag.ingest import corpus_edit
from rag.runtime.progress import RemainingTime
from rag.settings import Settings
from rag.web.services.app_state import AppState, Ready
from rag.web.services.update_status import FileResult, UpdateStatus
from rag.web.views import messages

log = logging.getLogger(__name__)
BuildIndex = Callable[[Settings, Progress], IndexReport]
_MAX_RESULTS = 50  # that are shown


class CorpusUpdater:
    """May be used by several people at once; one indexing runs at a time."""

    def __init__(
        self, app_state: AppState, build_index: BuildIndex = build_index_in_subprocess
    ) -> None:
        self.status = UpdateStatus()
        self._app_state = app_state
        self._settings = app_state.settings
        self._build_index = build_index
        self._status_lock = threading.Lock()
        self._corpus_lock = threading.Lock()  # of the folder
        self._again = False  # whether something changed while indexing
        self._remaining_time = RemainingTime()

    def add(self, files: Sequence[str]) -> None:
        """Put uploaded files (paths, their last part the name) into the corpus, and index."""
        results = list[FileResult]()
        for path in map(Path, files):
            try:
                with self._corpus_lock:
                    name = corpus_edit.add_file(self._folder(), path.name, path)
                message = "added" if name == path.name else f"added as {name}"
                results.append(FileResult(path.name, message, True))
            except RagError as error:
                results.append(FileResult(path.name, str(error), False))
            finally:
                path.unlink(missing_ok=True)
        self._record(results, any(result.ok for result in results))

    def remove(self, id: str) -> None:
        """Move an article's file out of the corpus, and re-index."""
        try:
            state = self._app_state.state
            if not isinstance(state, Ready):
                raise CorpusError(messages.NOT_READY)
            if state.articles < 2:
                raise CorpusError("it is the last one: add another first")
            with self._corpus_lock:
                moved_to = corpus_edit.remove_article(state.assistant.original(id), id)
        except KeyError:
            self._record(
                [FileResult(id, "not removed: it is no longer in the index", False)], False
            )
        except RagError as error:
            self._record([FileResult(id, f"not removed: {error}", False)], False)
        else:
            message = f"removed; its file is now {moved_to}: put it back to undo"
            self._record([FileResult(id, message, True)], True)

    def reindex(self) -> None:
        """Scan the corpus again, and index what is new or changed."""
        self._record([], True)

    def _folder(self) -> Path:
        """Where added files go: the corpus of the settings, else the first folder of the index."""
        corpus, paths = self._settings.corpus, IndexPaths.read(self._settings.index)
        if paths.entries and (self._settings.has_collection or not paths.holds(corpus)):
            rest = paths.paths[0] if self._settings.has_collection else corpus
            corpus = next((path for path in paths.paths if path.is_dir()), rest)
        if not corpus.is_dir():
            remedy = "`rag index FOLDER` adds one" if paths.entries else "name one with RAG_CORPUS"
            raise CorpusError(f"the corpus {corpus} is not a folder: {remedy}")
        return corpus

    def _record(self, results: Sequence[FileResult], changed: bool) -> None:
        """Show the results; where the corpus changed, index now, or once more after this run."""
        with self._status_lock:
            before = self.status if self.status.busy else UpdateStatus(runs=self.status.runs)
            latest = (*before.results, *results)[-_MAX_RESULTS:]
            starts = changed and not self.status.busy
            self._again = self._again or (changed and self.status.busy)
            self.status = replace(before, results=latest, busy=self.status.busy or starts)
        if starts:
            threading.Thread(target=self._run, name="indexing", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._status_lock:
                self._again = False
            summary, fault = "", ""
            try:
                report = self._build_index(self._settings, self._progress)
                summary = str(report)
                self._use(report)
            except RagError as error:
                fault = str(error)
            except Exception:  # the page must say so, whatever it was
                log.exception("indexing failed")
                fault = messages.BROKEN
            with self._status_lock:
                self.status = replace(
                    self.status,
                    busy=self._again,
                    stage="",
                    total=0,
                    left=None,
                    summary=summary,
                    fault=fault,
                    runs=self.status.runs + 1,
                )
                if not self._again:
                    return

    def _use(self, report: IndexReport) -> None:
        """Show the counts of the new index, which the assistant has opened by now."""
        state = self._app_state.state
        if isinstance(state, Ready):
            articles, passages = state.assistant.counts
            self._app_state.state = replace(
                state, articles=articles, passages=passages, ledger=report.ledger
            )

    def _progress(self, stage: str, done: int, total: int) -> None:
        left = self._remaining_time.estimate(stage, done, total)
        with self._status_lock:
            self.status = replace(self.status, stage=stage, done=done, total=total, left=left)
