"""Steps that tests of an index share, wherever its record and its vectors are."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from rag.assistant import Assistant
from rag.errors import IndexFault
from rag.index import build
from rag.index.build import build_index
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.server import FILE
from rag.settings import Settings
from tests.chroma_server import ChromaProcess
from tests.conftest import ROOT

QUESTION = "bridge Sund crowns"


class Server(Protocol):
    """A server that a test kills and starts again: `ChromaProcess`, `PostgresProcess`."""

    @property
    def pid(self) -> int: ...

    def start(self) -> None: ...

    def kill(self) -> None: ...

    def wait(self) -> None: ...


def elsewhere(settings: Settings, folder: Path) -> Settings:
    """The same index, read on another machine, which has no corpus."""
    return replace(settings, index=folder / "index", corpus=folder / "none")


def write(settings: Settings, name: str, text: str) -> None:
    """Add an article to the corpus, or change it."""
    (settings.corpus / f"{name}.md").write_text(text)


def opened(settings: Settings) -> Snapshot:
    """The current snapshot."""
    return SnapshotStore.of(settings).open_current(build.expected_fingerprint(settings))


def contents(settings: Settings) -> tuple[dict[str, str], list[str]]:
    """The texts of all articles by id, and of all passages."""
    snapshot = opened(settings)
    try:
        texts = {each.id: each.text for each in snapshot.documents.articles()}
        return texts, snapshot.documents.texts()
    finally:
        snapshot.close()


def read_until(settings: Settings, until: Path, output: Path) -> None:
    """In a process of its own: open the index again and again, and write what was there."""
    seen: list[str] = []
    while True:
        is_last = until.exists()
        try:
            snapshot = opened(settings)
            texts = sorted(each.text for each in snapshot.documents.articles())
            snapshot.close()
            seen.append(json.dumps(texts))
        except IndexFault as error:
            seen.append(str(error))
        output.write_text(json.dumps(seen))
        if is_last:
            return
        time.sleep(0.05)


def articles_found(settings: Settings) -> list[str]:
    """What a search for `QUESTION` finds."""
    assistant = Assistant.open(settings)
    try:
        return [hit.passage.article for hit in assistant.search(QUESTION, 4)]
    finally:
        assistant.close()


def own_collections(settings: Settings, server: ChromaProcess) -> set[str]:
    """Those of this index, on a server that others use too."""
    ids = (settings.index / "COLLECTIONS").read_text().split()
    names = tuple(f"footnoted-{id}-" for id in ids)
    return {each for each in server.collections() if each.startswith(names)}


def named_collections(settings: Settings) -> set[str]:
    """Those that its snapshots name."""
    files = settings.index.glob(f"gen-??????/**/{FILE}")
    return {json.loads(each.read_text())["collection"] for each in files}


def printed_without_rights(code: str) -> str:
    """What a process prints that respects the rights of files, even where it is root's."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=_without_rights,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.stdout.strip()


def _without_rights() -> None:
    if os.geteuid() == 0:
        for capability in (1, 2):  # to override reading and writing
            ctypes.CDLL(None).prctl(24, capability)


def chat_goes_on(settings: Settings, server: Server, refusal: str) -> None:
    """An open chat names a server that is killed, and goes on when it is back."""
    build_index(settings)
    assistant = Assistant.open(settings)
    expected = assistant.search(QUESTION, 4)
    server.kill()
    with pytest.raises(IndexFault, match=refusal):
        assistant.search(QUESTION, 4)
    server.start()
    assert assistant.search(QUESTION, 4) == expected
    server.kill()  # between two questions: the connection that is kept is dead
    server.start()
    assert assistant.search(QUESTION, 4) == expected
    assistant.close()
