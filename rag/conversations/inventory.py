"""What is stored on this machine besides the index: of what there is how much, and where.

    stored_data(settings)  ->  a `StoredData` for each kind; docs/privacy.md explains them

In:  `Settings`. Out: as above. Left to others: display (`rag.cli.doctor`), removal
(`rag.conversations.removal`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rag.conversations.store import ConversationStore
from rag.index.companions.originals import paths_of
from rag.index.snapshots import corrections_of
from rag.ingest.corpus_edit import REMOVED
from rag.newsroom.alerts.store import AlertStore
from rag.settings import Settings


class StoredData(NamedTuple):
    """One kind of what is stored: how much of it, where, and the command that removes it."""

    name: str
    amount: str
    place: str
    removal: str


def stored_data(settings: Settings) -> Iterator[StoredData]:
    """The kinds of what is stored besides the index.

    Raises:
        ConversationError, AlertError, IndexFault: one of them cannot be read.
    """
    conversations = ConversationStore(settings.conversations)
    count = len(conversations.conversations())
    removal = "rag conversations delete ID"
    yield StoredData("conversations", str(count), str(conversations.file), removal)
    alerts = AlertStore.of_index(settings.index)
    yield StoredData("alerts", str(len(alerts.alerts())), str(alerts.file), "rag alerts remove N")
    corrections = corrections_of(settings)
    count = len(corrections.read().by_article)
    undo = "rag articles correct ID --undo"
    yield StoredData("corrections", f"of {count} articles", corrections.place, undo)
    for root in paths_of(settings.index, settings.corpus):
        folder = root / REMOVED
        count = sum(each.is_file() for each in folder.rglob("*")) if folder.is_dir() else 0
        if count:
            yield StoredData("removed articles", f"{count} files", str(folder), "delete the folder")
    reports = settings.index.absolute().parent / "eval"
    count = sum(1 for _ in reports.rglob("predictions.jsonl")) if reports.is_dir() else 0
    if count:
        yield StoredData("evaluations", str(count), str(reports), "delete the folder")
