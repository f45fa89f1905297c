"""Vectors on a real Chroma server: found as local ones are, published, rolled back and removed."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.cli.doctor import run_checks
from rag.conversations.backup import restore_backup, write_backup
from rag.conversations.collections import added_collection, remove_collection
from rag.errors import ChromaServerError, CorpusError, IndexFault
from rag.index import build, manifest
from rag.index.build import build_index
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.local import LocalVectors
from rag.index.vectors.server import FILE, ServerVectors
from rag.index.worker import build_index_in_subprocess
from rag.settings import Settings
from rag.web.services.app_state import AppState, Ready
from rag.web.services.corpus_updater import CorpusUpdater
from rag.web.views.status import render_status
from tests import index_faults
from tests.chroma_server import ChromaProcess
from tests.index.support import (
    QUESTION,
    articles_found,
    chat_goes_on,
    named_collections,
    own_collections,
    write,
)
from tests.index_bench import Bench, RunOptions
from tests.web.support import ScriptedAssistant, wait_until

pytestmark = [pytest.mark.real, pytest.mark.fault(26)]


@pytest.fixture
def server(chroma: ChromaProcess) -> ChromaProcess:
    return chroma


@pytest.fixture
def settings(toy: Settings, server: ChromaProcess) -> Settings:
    return replace(toy, chroma_url=server.url, model="none")


@pytest.fixture
def indexed(settings: Settings) -> Settings:
    build_index(settings)
    return settings


def test_the_server_finds_what_a_local_collection_finds(
    server: ChromaProcess, tmp_path: Path
) -> None:
    vectors = np.random.default_rng(1).standard_normal((3_000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = list(range(7, 7 + len(vectors)))
    stores = LocalVectors(), ServerVectors(server.url, tmp_path)
    done: list[int] = []
    for number, store in enumerate(stores):
        store.build(tmp_path / f"gen-00000{number}" / "chroma", rows, vectors, done.append)
    assert done == [2_000, 3_000, *range(500, 3_001, 500)]
    local, remote = (
        store.open(tmp_path / f"gen-00000{number}" / "chroma")
        for number, store in enumerate(stores)
    )
    assert local.count() == remote.count() == 3_000
    some = rows[100:900]
    for query in vectors[::60]:
        for allowed in (None, some):
            expected, nearest = (each.nearest(query, 20, allowed) for each in (local, remote))
            assert list(nearest) == list(expected)
            assert np.allclose(list(nearest.values()), list(expected.values()), atol=1e-5)
    assert remote.nearest(vectors[0], 3, []) == {}
    local.close()
    assert stores[1].holds([tmp_path / "gen-000001" / "chroma"])
    assert not stores[1].holds([tmp_path / "gen-000000" / "chroma"])  # names no collection
    stores[1].remove_unused([])


def test_no_text_is_sent(indexed: Settings, server: ChromaProcess) -> None:
    (name,) = own_collections(indexed, server)
    collections = (
        f"{server.url}/api/v2/tenants/default_tenant/databases/default_database/collections"
    )
    with httpx.Client(trust_env=False) as client:
        id = client.get(f"{collections}/{name}").json()["id"]
        include = {"include": ["documents", "metadatas", "uris"]}
        stored = client.post(f"{collections}/{id}/get", json=include).json()
    assert sorted(map(int, stored["ids"])) == [1, 2, 3, 4]
    for kind in ("documents", "metadatas", "uris"):
        assert set(stored[kind]) == {None}


def test_collections_are_named_by_snapshot_and_go_as_local_ones_do(
    indexed: Settings, server: ChromaProcess
) -> None:
    (first,) = own_collections(indexed, server)
    assert "-gen-000001-" in first
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    build_index(indexed)  # an addition: the snapshot before it stays, for those who still use it
    both = own_collections(indexed, server)
    assert both == named_collections(indexed)
    assert len(both) == 2
    assert first in both
    write(indexed, "harbour", "The harbour of Maren was opened on Monday.")
    build_index(indexed)  # text was changed: no vector of it stays
    (last,) = own_collections(indexed, server)
    assert "-gen-000003-" in last
    assert not list(indexed.index.rglob("*.sqlite3"))  # nothing of Chroma's is here


def test_a_reader_elsewhere_goes_on_with_the_snapshot_before(
    indexed: Settings, server: ChromaProcess
) -> None:
    snapshots = SnapshotStore(indexed.index, indexed.chroma_url)
    reader = snapshots.open_current(build.expected_fingerprint(indexed))
    query = reader.documents.all_vectors(len(reader.rows))[0]
    before = reader.nearest(query, 4)
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    build_index(indexed)
    assert reader.nearest(query, 4) == before
    write(indexed, "harbour", "The harbour of Maren was opened on Monday.")
    build_index(indexed)
    with pytest.raises(ChromaServerError, match="ask again if the index was just updated"):
        reader.nearest(query, 4)
    reader.close()
    assert articles_found(indexed)[0] == "bridge"


@pytest.mark.parametrize("segments", [1, 2])
def test_a_large_index_keeps_the_collections_of_its_older_segments(
    server: ChromaProcess, tmp_path: Path, segments: int
) -> None:
    bench = Bench(tmp_path, 30, chroma_url=server.url)
    bench.run(RunOptions(never_merge=True))
    bench.texts["new"] = bench.text()
    bench.write()
    bench.run(RunOptions(never_merge=segments == 2))
    contents, recall = bench.contents()
    assert (contents, recall) == (bench.expected(), 1.0)
    assert len(manifest.segment_dirs(bench.current())) == segments
    assert own_collections(bench.settings, server) == named_collections(bench.settings)


def test_an_index_moves_to_the_server_and_back_without_embedding(
    toy: Settings, settings: Settings, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(toy)
    expected = articles_found(replace(toy, model="none"))
    with pytest.raises(IndexFault, match="on this machine, and RAG_CHROMA_URL names a server"):
        articles_found(settings)
    monkeypatch.setattr(build, "_write_articles", None)  # embeds
    build_index(settings)
    assert articles_found(settings) == expected
    with pytest.raises(IndexFault, match="on a Chroma server, and RAG_CHROMA_URL is not set"):
        articles_found(replace(toy, model="none"))
    build_index(toy)
    assert articles_found(replace(toy, model="none")) == expected


@pytest.mark.parametrize("flag", [[], ["--rebuild"]])
def test_a_server_that_lost_all_is_filled_again_from_the_record(
    indexed: Settings,
    server: ChromaProcess,
    flag: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected = articles_found(indexed)
    ServerVectors(indexed.chroma_url, indexed.index).remove_unused([])
    for name in ("index", "corpus", "chroma_url"):
        monkeypatch.setenv(f"RAG_{name.upper()}", str(getattr(indexed, name)))
    assert main(["search", QUESTION]) == 1
    error = capsys.readouterr().err
    assert error.endswith("type `rag index --rebuild`\n")
    assert "has no collection" in error
    monkeypatch.setattr(build, "_write_articles", None)  # embeds
    assert main(["index", *flag]) == 0
    assert articles_found(indexed) == expected
    assert own_collections(indexed, server) <= named_collections(indexed)


def test_vectors_that_are_missing_are_noticed(indexed: Settings, server: ChromaProcess) -> None:
    (name,) = own_collections(indexed, server)
    collections = (
        f"{server.url}/api/v2/tenants/default_tenant/databases/default_database/collections"
    )
    with httpx.Client(trust_env=False) as client:
        id = client.get(f"{collections}/{name}").json()["id"]
        client.post(f"{collections}/{id}/delete", json={"ids": ["2"]}).raise_for_status()
    with pytest.raises(ChromaServerError, match=r"3 of 4.*rag index --rebuild"):
        articles_found(indexed)
    build_index(indexed)
    assert articles_found(indexed)[0] == "bridge"


def test_a_chat_goes_on_when_the_server_is_back(toy: Settings, tmp_path: Path) -> None:
    with ChromaProcess(tmp_path / "own") as own:
        settings = replace(toy, chroma_url=own.url, model="none")
        chat_goes_on(settings, own, "the Chroma server .* refuses connections")


def test_a_server_that_is_killed_during_an_update_loses_nothing(tmp_path: Path) -> None:
    outcome = index_faults.server_killed(tmp_path, 3)
    assert (outcome.lost, outcome.silent, outcome.named) == (0, 0, 0), outcome.notes
    assert outcome.recall >= 0.99


def test_a_run_that_ends_at_any_step_leaves_no_collection_behind(
    server: ChromaProcess, tmp_path: Path
) -> None:
    outcome = index_faults.died_at_each_step(tmp_path, every=30, chroma_url=server.url)
    assert (outcome.lost, outcome.silent, outcome.named) == (0, 0, 0), outcome.notes
    settings = Settings(index=tmp_path / "index")
    assert own_collections(settings, server) == named_collections(settings)


def test_vectors_that_could_not_be_removed_go_with_the_next_run(
    indexed: Settings, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = own_collections(indexed, server)
    write(indexed, "ferry", "The ferry Maren was raised.")
    remove, calls = ServerVectors.remove_unused, []

    def away(store: ServerVectors, folders: Iterator[Path]) -> None:
        calls.append(1)
        if len(calls) == 2:  # after publication
            raise ChromaServerError("refused", "the Chroma server is away")
        remove(store, folders)

    monkeypatch.setattr(ServerVectors, "remove_unused", away)
    report = build_index(indexed)
    assert report.changed == 1
    assert any("the Chroma server is away" in line for line in report.remarks())
    assert first in own_collections(indexed, server)
    assert build_index(indexed).remarks() == report.remarks()[:-1]
    assert first not in own_collections(indexed, server)


def test_a_restored_index_has_collections_of_its_own(
    indexed: Settings, server: ChromaProcess, tmp_path: Path
) -> None:
    write(indexed, "harbour", "The harbour of Maren was closed on Sunday.")
    build_index(indexed)
    expected = articles_found(indexed)
    write_backup(indexed, tmp_path / "backup.zip")
    there = replace(indexed, index=tmp_path / "there", conversations=tmp_path / "chats")
    restore_backup(there, tmp_path / "backup.zip")
    assert own_collections(there, server).isdisjoint(own_collections(indexed, server))
    here = replace(there, chroma_url="", index=tmp_path / "here")
    restore_backup(replace(here, conversations=tmp_path / "chats2"), tmp_path / "backup.zip")
    ServerVectors(indexed.chroma_url, indexed.index).remove_unused([])
    assert articles_found(there) == articles_found(here) == expected
    write(there, "tower", "The tower of Tarn is 40 metres high.")
    build_index(there)
    assert own_collections(there, server) == named_collections(there)
    away = replace(here, index=tmp_path / "away", conversations=tmp_path / "chats3")
    away = replace(away, chroma_url="http://127.0.0.1:9")
    with pytest.raises(ChromaServerError, match="refuses"):
        restore_backup(away, tmp_path / "backup.zip")
    assert not away.index.exists()


def test_replacing_removing_and_correcting_work_with_it(
    indexed: Settings,
    server: ChromaProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("index", "corpus", "chroma_url", "model", "reader"):
        monkeypatch.setenv(f"RAG_{name.upper()}", str(getattr(indexed, name)))
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "conversations"))
    assert main(["articles", "correct", "bridge", "outlet=Post"]) == 0
    assert main(["articles", "remove", "ferry", "--delete"]) == 0
    assert "1 removed" in capsys.readouterr().out
    assert main(["search", QUESTION]) == 0
    assert "Post" in capsys.readouterr().out
    assert own_collections(indexed, server) == named_collections(indexed)
    assert len(named_collections(indexed)) == 1
    other = tmp_path / "other"
    other.mkdir()
    (other / "tower.txt").write_text("The tower of Tarn is 40 metres high.")
    assert main(["index", str(other), "--replace"]) == 0
    assert main(["search", "tower Tarn metres"]) == 0
    assert "tower" in capsys.readouterr().out
    assert own_collections(indexed, server) == named_collections(indexed)
    with pytest.raises(CorpusError):
        build_index(indexed, paths=[tmp_path / "none"], replace=True)
    assert own_collections(indexed, server) == named_collections(indexed)


def test_the_updater_of_the_web_chat_works_with_it(
    indexed: Settings, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(indexed, upload=True)
    state = AppState(settings, lambda *_: None, Assistant.open)
    state.start()
    wait_until(lambda: isinstance(state.state, Ready))
    assert isinstance(state.state, Ready)
    updater = CorpusUpdater(state, build_index)
    write(settings, "harbour", "The harbour of Maren was closed on Sunday.")
    updater.reindex()
    wait_until(lambda: not updater.status.busy)
    assert updater.status.fault == ""
    assert state.state.articles == 5
    hits = state.state.assistant.search("harbour Maren Sunday", 1)
    assert hits[0].passage.article == "harbour"
    assert own_collections(settings, server) == named_collections(settings)
    state.close()


def test_the_child_process_of_the_web_chat_knows_the_server(
    indexed: Settings, server: ChromaProcess
) -> None:
    report = build_index_in_subprocess(indexed, lambda *_: None)  # nothing changed: no model
    assert report.unchanged == 4
    with pytest.raises(IndexFault, match="refuses connections"):
        build_index_in_subprocess(
            replace(indexed, chroma_url="http://127.0.0.1:9"), lambda *_: None
        )


def test_the_doctor_says_where_vectors_are_and_verifies_them(
    indexed: Settings, server: ChromaProcess
) -> None:
    results = {each.name: each for each in run_checks(indexed)}
    assert results["vectors"].ok
    assert (
        f"1 collection of this index on the Chroma server {server.url}"
        in results["vectors"].message
    )
    assert "no text" in results["vectors"].message
    assert results["index"].ok, results["index"]
    assert "recall@10 of Chroma against exact search 1.000" in results["index"].message


def test_ask_and_the_page_say_where_vectors_go(
    indexed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    host = socket.gethostname()  # this machine by a name that could be another's
    url = indexed.chroma_url.replace("127.0.0.1", host)
    for name in ("index", "corpus", "model", "reader"):
        monkeypatch.setenv(f"RAG_{name.upper()}", str(getattr(indexed, name)))
    monkeypatch.setenv("RAG_CHROMA_URL", indexed.chroma_url)
    main(["ask", "What did the bridge over the Sund cost?"])
    assert "Chroma server" not in capsys.readouterr().err
    monkeypatch.setenv("RAG_CHROMA_URL", url)
    main(["ask", "What did the bridge over the Sund cost?"])
    assert f"vectors: on the Chroma server {url}; " in capsys.readouterr().err
    scripted = ScriptedAssistant()
    state = AppState(Settings(chroma_url=url), lambda *_: None, lambda _: scripted)  # type: ignore[arg-type,return-value]
    state.start()
    wait_until(lambda: isinstance(state.state, Ready))
    line = render_status(state.state)
    assert f"their vectors are on the Chroma server {url}" in line
    assert "all on this machine" not in line
    state.close()


def test_a_damaged_name_of_a_collection_is_refused_and_repaired(
    indexed: Settings, server: ChromaProcess
) -> None:
    (file,) = indexed.index.glob(f"gen-*/chroma/{FILE}")
    file.write_text(file.read_text().replace("footnoted-", "somebody-"))
    os.utime(file)
    with pytest.raises(IndexFault, match="type `rag index"):
        articles_found(indexed)
    build_index(indexed)
    assert articles_found(indexed)[0] == "bridge"
    assert own_collections(indexed, server) < named_collections(indexed)  # the wrong one is kept


def test_a_collection_that_is_removed_leaves_no_vectors_on_the_server(
    settings: Settings, server: ChromaProcess, tmp_path: Path
) -> None:
    base = replace(settings, collections=tmp_path / "collections", index=Settings().index)
    before = set(server.collections())
    with added_collection(base, "harbour") as own:
        build_index(own, paths=[settings.corpus])
    assert set(server.collections()) > before
    away = replace(base, chroma_url="http://127.0.0.1:9")
    with pytest.raises(ChromaServerError):
        remove_collection(away, "harbour")
    assert articles_found(own), "nothing of it is gone"
    remove_collection(base, "harbour")
    assert set(server.collections()) == before
