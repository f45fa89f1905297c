"""An archive of a harbour town, for tests of quotations: copies, several people, a long text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.index.build import build_index, expected_fingerprint
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.settings import Settings
from tests.conftest import use_toy_embedder

YARD = (
    "The yard at Skarvik will lay off 240 welders before Easter, its director said on Thursday.\n\n"
    "“We have carried empty docks for eleven months, and nobody can carry them for twelve,” said "
    "Ragna Tveit, the director of the yard. “I will not sell the great crane.”\n\n"
    "The welders’ union called the plan a breach of its word. “They promised us the winter and "
    "gave us a letter,” its chairman, Tobias Rönn, told members at the gate. He asked for "
    "talks.\n\n"
    "Mayor Ebba Lind said the town would buy the slipway if it came to that. The slipway, built "
    "in 1908, is 7,400 square metres of stone."
)
ARTICLES = [
    {
        "id": "yard",
        "title": "Skarvik yard to lay off welders",
        "text": YARD,
        "source": "Kestrel Wire",
        "published": "2023-03-02",
        "author": "Ida Bream",
        "url": "https://kestrel.example/yard",
    },
    {
        "id": "yard-copy",
        "title": "Welders lose their work at Skarvik",
        "text": YARD.replace("He asked for talks.", "Talks were asked for, Kestrel Wire reported."),
        "source": "Marsh Courier",
        "published": "2023-03-03",
        "url": "https://marsh.example/welders",
    },
    {
        "id": "crane",
        "title": "Great crane is listed",
        "text": "The county listed the great crane of Skarvik on Monday. “A crane is a clock that "
        "tells the town when to work,” county archivist Malte Björk said. Nobody objected. Ragna "
        "Tveit was not there. “Somebody should have asked me first,” she wrote in a letter.",
        "source": "Marsh Courier",
        "published": "2023-06-12",
        "url": "https://marsh.example/crane",
    },
    {
        "id": "diary",
        "title": "A harbour diary",
        "text": " ".join(
            f"On day {n} the pilot boat took number {n} past buoy {n + 3} in wind from the west."
            for n in range(1, 120)
        ),
        "source": "Kestrel Wire",
    },
    {
        "id": "play",
        "title": "At the theatre",
        "text": "The amateurs of Skarvik gave the old play. What was it that she had to be, and "
        "what was it not? Nobody knew.",
    },
]


def write_archive(path: Path) -> Path:
    path.write_text("\n".join(json.dumps(each) for each in ARTICLES), encoding="utf-8")
    return path


@contextmanager
def indexed_archive(folder: Path) -> Iterator[tuple[Settings, Snapshot]]:
    """Settings of an index of the archive in `folder`, and the index, open."""
    corpus = write_archive(folder / "archive.jsonl")
    settings = Settings(corpus=corpus, index=folder / "index", reader="none", model="none")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(settings)
    snapshot = SnapshotStore(settings.index).open_current(expected_fingerprint(settings))
    try:
        yield settings, snapshot
    finally:
        snapshot.close()
