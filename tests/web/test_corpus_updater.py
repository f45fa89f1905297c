"""Articles are added and removed in the background; the index is built by a fake here."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rag.errors import IndexFault
from rag.index.build import IndexReport
from rag.index.diff import Progress
from rag.ingest.corpus import Corpus
from rag.ingest.files import CorpusFile
from rag.settings import Settings
from rag.web.services.app_state import AppState, Ready
from rag.web.services.corpus_updater import CorpusUpdater
from rag.web.services.update_status import FileResult
from rag.web.views import messages
from tests.web.support import ScriptedAssistant, wait_until

REPORT = IndexReport(1, 0, 0, 4, 9, (), "s1")


class FakeIndex:
    """Builds nothing; waits for `go` once it has reported progress, then raises or returns."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.started = threading.Semaphore(0)
        self.fault: Exception | None = None
        self.runs = 0

    def __call__(self, settings: Settings, progress: Progress) -> IndexReport:
        self.runs += 1
        progress("reading", 1, 4)
        self.started.release()
        assert self.go.wait(20)
        if self.fault:
            raise self.fault
        return REPORT


class AssistantOfFolder(ScriptedAssistant):
    """Knows the file of each article of a folder, as the real one does by its index."""

    def __init__(self, corpus: Path) -> None:
        super().__init__()
        self._corpus = corpus

    def original(self, id: str) -> CorpusFile:
        file = Corpus.open(self._corpus).file({"ferry": "ferry.md"}[id])
        assert file is not None
        return file


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


@pytest.fixture
def updater(corpus: Path, tmp_path: Path, index: FakeIndex) -> CorpusUpdater:
    settings = Settings(corpus=corpus, index=tmp_path / "index", upload=True)
    state = AppState(settings, lambda *_: None, lambda _: AssistantOfFolder(corpus))  # type: ignore[arg-type,return-value]
    state.start()
    wait_until(lambda: isinstance(state.state, Ready))
    return CorpusUpdater(state, index)


def upload(tmp_path: Path, name: str, text: str = "The mill burnt down.") -> str:
    file = tmp_path / name
    file.write_text(text)
    return str(file)


def wait_for_end(updater: CorpusUpdater) -> None:
    wait_until(lambda: not updater.status.busy)


def test_an_added_file_is_in_the_corpus_and_indexed(
    updater: CorpusUpdater, corpus: Path, tmp_path: Path, index: FakeIndex
) -> None:
    path = upload(tmp_path, "mill.txt")
    updater.add([path])
    wait_for_end(updater)
    assert (corpus / "mill.txt").exists() and not Path(path).exists()
    assert updater.status.results == (FileResult("mill.txt", "added", True),)
    assert (updater.status.summary, updater.status.runs, index.runs) == (str(REPORT), 1, 1)


def test_a_rejected_file_is_named_and_nothing_is_indexed(
    updater: CorpusUpdater, tmp_path: Path, index: FakeIndex
) -> None:
    path = upload(tmp_path, "program.exe")
    updater.add([path])
    (result,) = updater.status.results
    assert result.name == "program.exe" and not result.ok
    assert (updater.status.busy, index.runs) == (False, 0) and not Path(path).exists()


def test_progress_shows_while_indexing(updater: CorpusUpdater, index: FakeIndex) -> None:
    index.go.clear()
    updater.reindex()
    assert index.started.acquire(timeout=20)
    status = updater.status
    assert (status.busy, status.stage, status.done, status.total) == (True, "reading", 1, 4)
    index.go.set()
    wait_for_end(updater)
    assert (updater.status.stage, updater.status.left) == ("", None)


def test_a_change_during_indexing_is_indexed_once_more(
    updater: CorpusUpdater, tmp_path: Path, index: FakeIndex
) -> None:
    index.go.clear()
    updater.add([upload(tmp_path, "mill.txt")])
    assert index.started.acquire(timeout=20)
    updater.add([upload(tmp_path, "tower.txt", "The tower fell.")])
    updater.reindex()
    index.go.set()
    wait_for_end(updater)
    assert (index.runs, updater.status.runs) == (2, 2)
    assert [each.name for each in updater.status.results] == ["mill.txt", "tower.txt"]


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (IndexFault("no room: free some space"), "no room: free some space"),
        (ZeroDivisionError(), messages.BROKEN),
    ],
)
def test_a_fault_of_indexing_is_one_line(
    updater: CorpusUpdater, index: FakeIndex, fault: Exception, line: str
) -> None:
    index.fault = fault
    updater.reindex()
    wait_for_end(updater)
    assert (updater.status.fault, updater.status.summary) == (line, "")
    index.fault = None
    updater.reindex()
    wait_for_end(updater)
    assert (updater.status.fault, updater.status.summary) == ("", str(REPORT))


def test_a_removed_article_is_moved_aside(updater: CorpusUpdater, corpus: Path) -> None:
    updater.remove("ferry")
    wait_for_end(updater)
    assert not (corpus / "ferry.md").exists()
    (result,) = updater.status.results
    assert result.ok and "put it back to undo" in result.message and ".removed" in result.message


def test_an_unknown_article_is_not_removed(updater: CorpusUpdater, index: FakeIndex) -> None:
    updater.remove("../../etc/passwd")
    (result,) = updater.status.results
    assert not result.ok and result.message.startswith("not removed: ")
    assert index.runs == 0
