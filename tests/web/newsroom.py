"""A page over a small archive, with real search and a toy embedder, for tests of the newsroom."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.common import free_port
from rag.settings import Settings
from rag.web.server import start
from rag.web.services.app_state import AppState, Ready
from tests.conftest import use_toy_embedder
from tests.newsroom.archive import ARTICLES
from tests.web.support import HOSTILE, wait_until

BAD = {"id": "bad", "title": HOSTILE, "text": f"{HOSTILE} The gulls were fed.", "source": HOSTILE}
BRIDGE = [
    {
        "id": "bridge-plan",
        "title": "Town votes for a swing bridge",
        "text": "The council voted on 4 May 2021 for the Lomvik swing bridge. "
        "The Lomvik swing bridge will cost 14 million crowns.",
        "source": "Marsh Courier",
        "published": "2021-05-05",
    },
    {
        "id": "bridge-open",
        "title": "Lomvik swing bridge opens",
        "text": "The Lomvik swing bridge opened on 9 June 2023. The Lomvik swing bridge cost "
        "19 million crowns. 300 people came to the opening of the Lomvik swing bridge.",
        "source": "Kestrel Wire",
        "published": "2023-06-10",
    },
    {
        "id": "bridge-crowd",
        "title": "Crowd at the Lomvik swing bridge",
        "text": "At the opening of the Lomvik swing bridge on 9 June 2023 there were 800 people.",
        "source": "Marsh Courier",
        "published": "2023-06-10",
    },
]


@contextmanager
def archive_page(folder: Path, apis: Collection[str] = ()) -> Iterator[tuple[str, AppState]]:
    """The address of the page while the `with` block runs, and the state behind it."""
    corpus = folder / "archive.jsonl"
    articles = [*ARTICLES, *BRIDGE, BAD]
    corpus.write_text("\n".join(json.dumps(each) for each in articles), encoding="utf-8")
    settings = Settings(corpus=corpus, index=folder / "index", reader="none", model="none")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        app_state = AppState(settings)
        running = start(app_state, port=free_port(), apis=apis)
        wait_until(lambda: isinstance(app_state.state, Ready), 60)
        try:
            yield running.url, app_state
        finally:
            running.close()
            app_state.close()
