"""What the tests of the commands share."""

from __future__ import annotations

from rag.index.documents import open_documents
from rag.index.snapshots import SnapshotStore
from rag.settings import Settings


def articles_of(settings: Settings) -> list[str]:
    """The ids of the articles in the current index, sorted."""
    current = SnapshotStore(settings.index).current()
    assert current is not None
    documents = open_documents(current)
    try:
        return sorted(documents.article_metadata())
    finally:
        documents.close()
