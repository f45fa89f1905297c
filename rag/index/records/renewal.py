"""The record of a snapshot, moved from one store to another.

In:  the folder of a snapshot that nobody has open, such as one that is backed up or restored.
Out: the same snapshot, its segments as before, with new manifests.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from rag.index import manifest
from rag.index.records.store import FILE, NAMED, RecordStore


def renew_records(snapshot: Path, source: RecordStore, target: RecordStore) -> None:
    """Move the record of each segment of `snapshot`, which is in `source`, to `target`.

    Files that other snapshots share stay as they are.

    Raises:
        IndexFault: it cannot be read, or not be written.
    """
    for segment in manifest.segment_dirs(snapshot):  # oldest first: a manifest has that below it
        with tempfile.TemporaryDirectory(dir=segment) as folder:
            file = source.file_of(segment, Path(folder))
            if file != segment / FILE:
                shutil.move(file, segment / FILE)
        (segment / NAMED).unlink(missing_ok=True)
        target.take(segment)
        fingerprint = replace(manifest.fingerprint(segment), records=target.form)
        (segment / manifest.NAME).unlink()
        manifest.write(segment, fingerprint)
