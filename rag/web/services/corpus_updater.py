"""Articles added, removed and indexed anew while the chat goes on.

In:  a `AppState`; files that were uploaded; the id of an article to be removed.
Out: a `UpdateStatus` that the page asks for once a second: what was done, how far indexing is, what could
     not be read and why. Questions are answered from the old index until the new one is published.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import CorpusError, RagError
from rag.index.build import IndexReport
from rag.index.diff import Progress
from rag.index.worker import build_index_in_subprocess
from rag.ingest import corpus_edit as folder
from rag.settings import Settings
from rag.web.services.app_state import AppState, Ready
from rag.web.services.update_status import FileResult, UpdateStatus
from rag.web.views import messages as notices

log = logging.getLogger(__name__)
Index = Callable[[Settings, Progress], IndexReport]
_LINES = 50  # that are shown


class CorpusUpdater:
    """May be used by several people at once; one indexing runs at a time."""

    def __init__(self, desk: AppState, indexed: Index = build_index_in_subprocess) -> None:
        self.work = UpdateStatus()
        self._desk = desk
        self._settings = desk.settings
        self._indexed = indexed
        self._lock = threading.Lock()  # of `work` and of what is under way
        self._changing = threading.Lock()  # of the folder
        self._again = False
        self._begun = ("", 0.0, 0)

    def add(self, files: Sequence[str]) -> None:
        """Put uploaded files (paths, their last part the name) into the corpus, and index."""
        lines = list[FileResult]()
        for path in map(Path, files):
            try:
                with self._changing:
                    name = folder.add_file(self._folder(), path.name, path)
                told = "added" if name == path.name else f"added as {name}"
                lines.append(FileResult(path.name, told, True))
            except CorpusError as error:
                lines.append(FileResult(path.name, str(error), False))
            finally:
                path.unlink(missing_ok=True)
        self._note(lines, any(well for *_, well in lines))

    def remove(self, id: str) -> None:
        """Move an article's file away, and index."""
        try:
            if isinstance(self._desk.state, Ready) and self._desk.state.articles < 2:
                raise CorpusError("it is the last one: add another first")
            with self._changing:
                kept = folder.remove_article(self._folder(), id)
        except CorpusError as error:
            self._note([FileResult(id, f"not removed: {error}", False)], False)
        else:
            told = f"removed; its file is now {kept}: put it back to undo"
            self._note([FileResult(id, told, True)], True)

    def reindex(self) -> None:
        """Read the corpus again, and index what is new or changed."""
        self._note([], True)

    def _folder(self) -> Path:
        corpus = self._settings.corpus
        if not corpus.is_dir():
            raise CorpusError(f"the corpus {corpus} is no folder: name one with RAG_CORPUS")
        return corpus

    def _note(self, lines: Sequence[FileResult], news: bool) -> None:
        with self._lock:
            before = self.work if self.work.busy else UpdateStatus(runs=self.work.runs)
            kept = (*before.lines, *lines)[-_LINES:]
            starts = news and not self.work.busy
            self._again = self._again or (news and self.work.busy)
            self.work = replace(before, lines=kept, busy=self.work.busy or starts)
        if starts:
            threading.Thread(target=self._run, name="indexing", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._again = False
            end, fault = "", ""
            try:
                report = self._indexed(self._settings, self._progress)
                end = str(report)
                self._published(report)
            except RagError as error:
                fault = str(error)
            except Exception:  # the page must say so, whatever it was
                log.exception("no indexing")
                fault = notices.BROKEN
            with self._lock:
                self.work = replace(
                    self.work,
                    busy=self._again,
                    stage="",
                    total=0,
                    left=None,
                    end=end,
                    fault=fault,
                    runs=self.work.runs + 1,
                )
                if not self._again:
                    return

    def _published(self, report: IndexReport) -> None:
        state = self._desk.state
        if isinstance(state, Ready):
            articles, passages = state.assistant.counts
            self._desk.state = replace(
                state, articles=articles, passages=passages, unread=report.skipped
            )

    def _progress(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._begun[0]:
            self._begun = (stage, now, done)
        _, since, already = self._begun
        left = (now - since) / (done - already) * (total - done) if done > already else None
        with self._lock:
            self.work = replace(self.work, stage=stage, done=done, total=total, left=left)
