"""The collections there are: a folder for each, with its index and what belongs to that.

    collection_names(folder)       their names, sorted; the default one is not among them
    require_collection(settings)   the one that `settings` name is there
    require_free_name(settings)    none is, by this name or one that differs in capitals alone

    <collections>/NAME/index                   the index, and what it is made of
    <collections>/NAME/index.corrections.json  and index.alerts.sqlite, beside it
    <collections>/NAME/conversations, eval …   chat history, evaluations

In:  the folder of the collections. Out: names, or one line with the closest ones.
Left to others: which names can be one, and where its parts are (`rag.settings`); adding, renaming
and removing (`rag.conversations.collections`).

Names are compared letter by letter, on every disk: one that takes capitals for small letters would
otherwise know a collection by names that others do not.
"""

from __future__ import annotations

import os
from pathlib import Path
from unicodedata import normalize

from rag.errors import CollectionError, SettingsError
from rag.settings import DEFAULT_COLLECTION, Settings, check_collection_name

__all__ = [
    "collection_names",
    "is_collection",
    "require_collection",
    "require_free_name",
    "unknown_collection",
]


def collection_names(folder: Path) -> list[str]:
    """The names of the collections in `folder`, sorted; none where there is no such folder.

    Raises:
        CollectionError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = [normalize("NFC", each.name) for each in entries if each.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CollectionError(f"{folder} cannot be read ({error.strerror}): repair that") from error
    return sorted(filter(_is_name, names), key=lambda name: (name.casefold(), name))


def is_collection(settings: Settings, name: str) -> bool:
    """Whether `name` is the default collection's, or that of one that is there."""
    return name == DEFAULT_COLLECTION or name in collection_names(settings.collections)


def require_collection(settings: Settings) -> None:
    """Raise `CollectionError` where `settings` name a collection that is not there.

    One that another machine indexes is in the database of the record.

    Raises:
        DatabaseFault: that fails.
    """
    if is_collection(settings, settings.collection) or _is_shared(settings):
        return
    raise unknown_collection(settings, settings.collection)


def _is_shared(settings: Settings) -> bool:
    if not settings.record_place:
        return False
    from rag.index.records.sharing import SharedSnapshots

    return SharedSnapshots(settings.record_place, settings.index).current() is not None


def unknown_collection(settings: Settings, name: str) -> CollectionError:
    """The error for a name that no collection has, with the closest names."""
    from rag.text.nearest import closest_names

    lead = f"there is no collection “{name[:80]}” in {settings.collections}"
    closest = ", ".join(closest_names(name, collection_names(settings.collections)))
    if not closest:
        return CollectionError(f"{lead}: `rag collections add NAME PATH` adds one")
    return CollectionError(f"{lead}; the closest: {closest}; `rag collections list` has them all")


def require_free_name(settings: Settings, name: str) -> None:
    """Raise `CollectionError` where a collection has `name`, also in other capitals."""
    for other in (DEFAULT_COLLECTION, *collection_names(settings.collections)):
        if _folded(other) == _folded(name):
            again = "" if other == name else ", and names differ in more than capitals"
            raise CollectionError(
                f"there is a collection {other} already{again}: choose another name"
            )


def _folded(name: str) -> str:
    """What two names have in common that are one on some disk."""
    return normalize("NFKC", normalize("NFKC", name).casefold())


def _is_name(name: str) -> bool:
    try:
        check_collection_name(name)
    except SettingsError:
        return False
    return name != DEFAULT_COLLECTION
