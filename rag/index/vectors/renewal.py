"""The vectors of a snapshot, written again from its documents, where the settings keep vectors.

In:  the folder of a snapshot that nobody has open, such as one that is being restored.
Out: the same snapshot, its segments as before, with new collections and manifests.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from rag.index import manifest
from rag.index.documents import DocumentStore
from rag.index.vectors.store import VectorStore


def renew_vectors(snapshot: Path, vectors: VectorStore) -> None:
    """Write the collection of each segment of `snapshot` anew.

    Raises:
        IndexFault: its documents cannot be read, or the vectors cannot be written.
    """
    for segment in manifest.segment_dirs(snapshot):  # oldest first: a manifest has that below it
        documents = DocumentStore.open(segment / manifest.DOCUMENTS)
        try:
            rows = documents.row_numbers()
            stored = documents.all_vectors(len(rows))
        finally:
            documents.close()
        shutil.rmtree(segment / "chroma")
        vectors.build(segment / "chroma", rows, stored)
        fingerprint = replace(manifest.fingerprint(segment), chromadb=vectors.form)
        manifest.write(segment, fingerprint)
