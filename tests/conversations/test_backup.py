"""`rag backup` and `rag restore`: one file, checked; nothing that is there is replaced."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.conversations.backup import restore_backup, write_backup
from rag.conversations.store import ConversationStore
from rag.errors import BackupError, IndexFault
from rag.index.companions.corrections import CorrectionStore
from rag.index.snapshots import SnapshotStore
from rag.newsroom.alerts.store import AlertStore
from rag.retrieval.filters import NO_FILTER
from rag.settings import Settings
from tests.conversations.support import COST, make_turn, put


@pytest.fixture
def collection(indexed_toy: Settings, tmp_path: Path) -> Settings:
    """The toy index with a correction, an alert and a conversation."""
    settings = replace(indexed_toy, model="none", conversations=tmp_path / "conversations")
    put(ConversationStore(settings.conversations), make_turn(COST))
    AlertStore.of_index(settings.index).add("", COST, NO_FILTER, "now")
    CorrectionStore.of_index(settings.index).correct("bridge", {"source": "Post"})
    return settings


def elsewhere(settings: Settings, place: Path) -> Settings:
    return replace(settings, index=place / "index", conversations=place / "conversations")


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


def altered(file: Path, target: Path, **changes: bytes | None) -> Path:
    """A copy of a backup in which these entries are others, or are left out."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = changes.pop(name, source.read(name))
            if data is not None:
                copy.writestr(name, data)
        for name, data in changes.items():
            copy.writestr(name, data or b"")
    return target


def test_a_restored_collection_answers_and_has_all_that_was_kept(
    collection: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    written = write_backup(collection, file)
    assert written.parts == ["index", "corrections", "alerts", "conversations"]
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    place = elsewhere(collection, tmp_path / "new" / "place")
    assert restore_backup(place, file) == written
    current = SnapshotStore(collection.index).current()
    assert current
    assert content(place.index / current.name) == content(current)
    assert (
        AlertStore.of_index(place.index).alerts() == AlertStore.of_index(collection.index).alerts()
    )
    (conversation,) = ConversationStore(place.conversations).conversations()
    assert conversation.turns[0].answer == COST
    assistant = Assistant.open(place)
    hit = assistant.search("bridge Sund crowns", 1)[0].passage
    assert (hit.article, assistant.article("bridge").source) == ("bridge", "Post")
    assistant.close()
    for private in (AlertStore.of_index(place.index).file, place.conversations):
        assert private.stat().st_mode & 0o077 == 0
    assert not [each for each in place.index.parent.iterdir() if "restoring" in each.name]


def test_nothing_that_is_there_is_replaced(collection: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    write_backup(collection, file)
    saved = file.read_bytes()
    with pytest.raises(BackupError, match="is there already: name another file"):
        write_backup(collection, file)
    assert file.read_bytes() == saved
    before = content(collection.index)
    with pytest.raises(BackupError, match="nothing is replaced"):
        restore_backup(collection, file)
    place = elsewhere(collection, tmp_path / "new")
    put(ConversationStore(place.conversations), make_turn(None))
    with pytest.raises(BackupError, match=r"conversations\.sqlite is there already"):
        restore_backup(place, file)
    assert content(collection.index) == before and not place.index.exists()


@pytest.mark.parametrize("damage", ["cut", "bit", "text", "other zip", "missing", "added", "hash"])
def test_a_damaged_or_foreign_file_is_refused_by_name(
    collection: Settings, tmp_path: Path, damage: str
) -> None:
    good, file = tmp_path / "good.zip", tmp_path / "bad.zip"
    written = write_backup(collection, good)
    data = bytearray(good.read_bytes())
    largest = max(written.files, key=lambda name: written.files[name].size)
    if damage == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "bit":
        with zipfile.ZipFile(good) as archive:  # in its data: a bit of a time stamp does no harm
            entry = archive.getinfo(largest)
        data[entry.header_offset + 30 + len(largest) + entry.compress_size // 2] ^= 0x10
        file.write_bytes(data)
    elif damage == "text":
        file.write_text("this is no backup at all\n" * 100)
    elif damage == "other zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("letters/a.txt", "Dear Bo")
    elif damage == "missing":
        altered(good, file, **{largest: None})
    elif damage == "added":
        altered(good, file, **{"index/extra.json": b"{}"})
    else:
        altered(good, file, **{largest: b"x" * written.files[largest].size})
    place = elsewhere(collection, tmp_path / "new")
    with pytest.raises(BackupError, match=r"bad\.zip") as caught:
        restore_backup(place, file)
    assert "\n" not in str(caught.value)
    assert not place.index.exists() and not place.conversations.exists()
    assert content(tmp_path / "new") == {}


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/tmp/evil.txt", "index/../../evil.txt", "index/gen-000001/../../evil", "a\\b",
     "index/gen-000001/.hidden", "index/gen-000001//x"],
)  # fmt: skip
def test_no_path_of_the_file_is_followed(collection: Settings, tmp_path: Path, name: str) -> None:
    good = tmp_path / "good.zip"
    write_backup(collection, good)
    with zipfile.ZipFile(good) as archive:
        values = json.loads(archive.read("backup.json"))
    values["files"][name] = {
        "size": 4,
        "sha256": "ba5b6f7cc2ba3d9b1b1d6b3d0f4e8f3c6a4f5c4d2b7d2e8c0a7c9f1b2d3e4f5a",
    }
    bad = altered(
        good, tmp_path / "bad.zip", **{"backup.json": json.dumps(values).encode(), name: b"evil"}
    )
    place = elsewhere(collection, tmp_path / "new")
    with pytest.raises(BackupError, match="it holds “"):
        restore_backup(place, bad)
    assert not list(tmp_path.rglob("*evil*")) and content(tmp_path / "new") == {}


def test_a_backup_needs_an_index_and_one_that_is_whole(
    collection: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    with pytest.raises(IndexFault, match="there is no index in"):
        write_backup(replace(collection, index=tmp_path / "none"), file)
    current = SnapshotStore(collection.index).current()
    assert current
    records = current / "records.sqlite"
    records.write_bytes(records.read_bytes()[:-100])
    with pytest.raises(BackupError, match=r"is damaged \(records\.sqlite\): type `rag index`"):
        write_backup(collection, file)
    assert not file.exists()


def test_the_commands_say_what_the_file_holds(
    collection: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("RAG_CONVERSATIONS", str(collection.conversations))
    file = tmp_path / "backup.zip"
    assert main(["backup", str(file), "--index", str(collection.index)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{file}: index, corrections, alerts, conversations (")
    assert "the files of the articles are not in it" in err
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "new" / "conversations"))
    assert main(["restore", str(file), "--index", str(tmp_path / "new" / "index")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"restored to {tmp_path / 'new' / 'index'}: index, ")
    assert err.startswith("the next `rag index` reads ") and err.count("\n") == 1
    assert main(["restore", str(tmp_path / "no.zip"), "--index", str(tmp_path / "x")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
