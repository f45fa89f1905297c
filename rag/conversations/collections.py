"""Collections added, renamed and removed, and what each holds.

    contents_of(settings)                  of the collection that `settings` name
    added_collection(settings, name)       a context, in which it is indexed
    rename_collection(settings, name, new)
    remove_collection(settings, name)      its whole folder

In:  `Settings` of the default collection; names. Out: `CollectionContents`.
Left to others: where the parts are (`rag.settings`), which collections there are
(`rag.index.companions.collections`), the commands (`rag.cli.storage.collections`).

All of a collection is in one folder, so that nothing of it is left behind and nothing of another is
touched. The files of its articles are never in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.conversations.store import ConversationStore
from rag.errors import CollectionError, DatabaseFault, IndexFault
from rag.index.companions.collections import (
    require_collection,
    require_free_name,
)
from rag.index.companions.corrections import CorrectionStore
from rag.index.documents import open_documents
from rag.index.snapshots import SnapshotStore, corrections_of
from rag.newsroom.alerts.store import AlertStore
from rag.settings import DEFAULT_COLLECTION, Settings, check_collection_name

_LEAVING = ".removing-"  # before the name of a folder that is being removed


@dataclass(frozen=True, slots=True)
class CollectionContents:
    """How many articles (None: it is not indexed, or its index is damaged), conversations, alerts
    and articles with corrections a collection has; `size` is in bytes, of all its files.
    """

    articles: int | None
    conversations: int
    alerts: int
    corrections: int
    size: int

    @property
    def has_history(self) -> bool:
        """Whether something is in it that indexing would not bring back."""
        return bool(self.conversations or self.alerts or self.corrections)

    def __str__(self) -> str:
        counts = (
            "no usable index" if self.articles is None else _counted(self.articles, "article"),
            *(
                _counted(count, name)
                for count, name in (
                    (self.conversations, "conversation"),
                    (self.alerts, "alert"),
                    (self.corrections, "corrected record"),
                )
                if count
            ),
            f"{self.size / 1e6:,.1f} MB",
        )
        return ", ".join(counts)


def contents_of(settings: Settings) -> CollectionContents:
    """What the collection of `settings` holds.

    Raises:
        ConversationError, AlertError, IndexFault: a file beside its index cannot be read.
    """
    alerts = AlertStore.of_index(settings.index)
    corrections = corrections_of(settings)
    conversations = ConversationStore(settings.conversations)
    own = CorrectionStore.of_index(settings.index)
    beside = (alerts.file, own.path, conversations.file)
    size = _size(settings.index) + sum(each.stat().st_size for each in beside if each.is_file())
    return CollectionContents(
        _article_count(settings),
        len(conversations.conversations()),
        len(alerts.alerts()),
        len(corrections.read().by_article),
        size if not settings.has_collection else _size(settings.output),
    )


@contextmanager
def added_collection(settings: Settings, name: str) -> Iterator[Settings]:
    """The settings of the new collection `name`, which is indexed in the `with` block.

    Where that fails before there is an index, nothing of the collection stays.

    Raises:
        SettingsError: the name cannot be one.
        CollectionError: a collection has it already.
    """
    check_collection_name(name)
    if not _is_unfinished(settings, name):
        require_free_name(settings, name)
    own = settings.of(name)
    try:
        yield own
    except BaseException:
        if not _has_index(own):
            shutil.rmtree(own.output, ignore_errors=True)
        raise


def rename_collection(settings: Settings, name: str, new: str) -> None:
    """Give the collection `name` the name `new`.

    Raises:
        SettingsError: the name cannot be one.
        CollectionError: there is no such collection, or another has the new name.
        IndexFault: it is being indexed.
    """
    own = _existing(settings, name)
    check_collection_name(new)
    if new.casefold() != name.casefold() or new == name:
        require_free_name(settings, new)
    if shared := SnapshotStore.of(own).shared:
        with shared.renamed(settings.of(new).record_place):
            own.output.rename(own.output.with_name(new))
        return
    own.output.rename(own.output.with_name(new))


def remove_collection(
    settings: Settings, name: str, *, with_history: bool = False
) -> CollectionContents:
    """Remove the collection `name` with all that is in it; returns what that was.

    Raises:
        CollectionError: there is no such collection; or it has conversations, alerts or
            corrections, and not `with_history`.
        IndexFault: it is being indexed; or its vectors cannot be removed from the Chroma server of
            the settings.
    """
    own = _existing(settings, name)
    contents = contents_of(own)
    if contents.has_history and not with_history:
        raise CollectionError(
            f"{name} has {contents}: `rag backup FILE --collection {name}` keeps a copy, "
            f"`rag collections remove {name} --yes` removes all of it"
        )
    for cut_off in settings.collections.glob(f"{_LEAVING}*"):  # a removal that was killed
        shutil.rmtree(cut_off)
    if own.chroma_url:  # first: afterwards nothing here says which vectors there are its own
        SnapshotStore(own.index, own.vector_place).vectors.remove_unused(())
    snapshots = SnapshotStore.of(own)
    if snapshots.shared:
        snapshots.shared.remove(lambda: snapshots.records.remove_unused(()))
    leaving = own.output.with_name(f"{_LEAVING}{name}")
    own.output.rename(leaving)  # from now on it is no collection
    conversations = ConversationStore(leaving / own.conversations.name)
    conversations.delete(None)  # overwrites them
    conversations.close()
    alerts = AlertStore.of_index(leaving / own.index.name)
    for each in alerts.alerts():
        alerts.remove(each.number)
    alerts.close()
    shutil.rmtree(leaving)
    return contents


def _existing(settings: Settings, name: str) -> Settings:
    """The settings of a collection that is there and is not being indexed."""
    if name == DEFAULT_COLLECTION:
        raise CollectionError(
            f"the collection {DEFAULT_COLLECTION} is what RAG_INDEX names: it has no other name, "
            f"and goes with its folder, {settings.index}"
        )
    check_collection_name(name)
    own = settings.of(name)
    require_collection(own)
    with SnapshotStore.of(own).lock_here():
        return own


def _is_unfinished(settings: Settings, name: str) -> bool:
    """Whether the folder of `name` is that of an `add` that was killed: it was never indexed."""
    own = settings.of(name)
    files = [each for each in own.output.rglob("*") if each.is_file()]
    index = own.index.absolute()
    is_index_alone = all(each.absolute().is_relative_to(index) for each in files)
    return own.output.is_dir() and is_index_alone and not (index / "CURRENT").exists()


def _has_index(own: Settings) -> bool:
    """Whether a collection has an index, as far as that can be told now."""
    try:
        return SnapshotStore.of(own).current_or_none() is not None
    except DatabaseFault:
        return True


def _article_count(settings: Settings) -> int | None:
    snapshots = SnapshotStore.of(settings)
    if snapshots.shared:
        return snapshots.shared.article_count()
    current = snapshots.current_or_none()
    if current is None:
        return None
    try:
        documents = open_documents(current[0])
    except IndexFault:
        return None
    try:
        return documents.counts()[0]
    except IndexFault:
        return None
    finally:
        documents.close()


def _size(folder: Path) -> int:
    """The bytes of all files below `folder`."""
    return sum(
        (Path(place) / name).stat(follow_symlinks=False).st_size
        for place, _, names in os.walk(folder)
        for name in names
    )


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
