"""Articles about a lock that cracked, and one about a choir, to make timelines of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.assistant import Assistant, without_models
from rag.index.build import build_index
from rag.settings import Settings
from tests.conftest import use_toy_embedder

CRACK = (
    "The lock at Ostrey was shut on Tuesday after a diver saw a crack in the lower gate. "
    "The repair is to cost 2 million crowns, the canal board said. "
    "Some 40 boats were waiting above the lock on Wednesday night.\n\n"
    "“We heard it groan and we ran for the bell,” said keeper Ulla Brandt of Ostrey. "
    "“Nobody sleeps here when the gate groans.”"
)
ARTICLES = [
    {
        "id": "crack",
        "title": "Lock at Ostrey shut",
        "text": f"{CRACK} The gate, built in 1898, weighs 12 tonnes.",
        "source": "Tarn Post",
        "published": "2022-03-10",  # a Thursday
    },
    {
        "id": "crack-copy",
        "title": "Cracked gate closes the Ostrey lock",
        "text": CRACK,
        "source": "Vale Echo",
        "published": "2022-03-16",
    },
    {
        "id": "queue",
        "title": "Boats queue at Ostrey",
        "text": "A crack has closed the lock at Ostrey to all traffic. On Wednesday night 65 boats "
        "were waiting above the lock, the guild of skippers counted.",
        "source": "Fen Herald",
        "published": "2022-03-10",
    },
    {
        "id": "dearer",
        "title": "Ostrey lock: repair dearer than planned",
        "text": "The repair of the lock at Ostrey will cost 3.4 million crowns, the canal board "
        "said on Thursday. It is to open again in May 2023, with a new gate.",
        "source": "Tarn Post",
        "published": "2022-09-02",
    },
    {
        "id": "note",
        "title": "The Ostrey lock",
        "text": "The lock at Ostrey lifts boats by 4 metres. It was widened on 6 June 1931 by the "
        "canal board.",
    },
    {
        "id": "choir",
        "title": "Choir sings at Tarn",
        "text": "The choir of Tarn sang in the corn hall on Sunday before 300 people.",
        "source": "Tarn Post",
        "published": "2022-03-10",
    },
]


@contextmanager
def lock_assistant(folder: Path) -> Iterator[tuple[Settings, Assistant]]:
    """Settings of an index of the articles in `folder`, and an assistant over it."""
    corpus = folder / "lock.jsonl"
    corpus.write_text("\n".join(map(json.dumps, ARTICLES)), encoding="utf-8")
    settings = Settings(corpus=corpus, index=folder / "index", reader="none", model="none")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(settings)
        assistant = Assistant.open(without_models(settings))
    try:
        yield settings, assistant
    finally:
        assistant.close()
