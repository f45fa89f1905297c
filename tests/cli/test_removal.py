"""`rag articles remove`: an article goes from corpus and index, and from all that keeps answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.cli import main
from rag.conversations.inventory import stored_data
from rag.conversations.models import Feedback, turn_without
from rag.conversations.removal import forget_in_files
from rag.conversations.store import ConversationStore
from rag.errors import ExportError, IndexFault
from rag.index.companions.corrections import CorrectionStore
from rag.newsroom.alerts.store import AlertStore
from rag.newsroom.alerts.wording import ANSWER_REMOVED
from rag.retrieval.filters import NO_FILTER
from tests.cli.support import articles_of
from tests.conversations.support import COST, REFUSED, TEXT, make_turn, put


@pytest.fixture
def settings(indexed_toy, tmp_path, monkeypatch):
    """The toy index with answers that cite its article "bridge", or show a passage of it."""
    monkeypatch.setenv("RAG_INDEX", str(indexed_toy.index))
    monkeypatch.setenv("RAG_CORPUS", str(indexed_toy.corpus))
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "conversations"))
    for module in ("storage.removal", "index"):  # without models
        monkeypatch.setattr(f"rag.cli.{module}.ask_after_indexing", lambda settings: None)
    return replace(indexed_toy, conversations=tmp_path / "conversations")


@pytest.fixture
def stores(settings):
    conversations = ConversationStore(settings.conversations)
    cited = put(conversations, make_turn(COST))
    conversations.rate("", cited.key, Feedback(True, "18 million is right"))
    near = replace(REFUSED, passages=COST.passages, draft="18 million?")
    put(conversations, make_turn(near, "b" * 16))
    alerts = AlertStore.of_index(settings.index)
    alerts.add("", COST, NO_FILTER, "now")
    alerts.add("", REFUSED, NO_FILTER, "now")
    alerts.record(2, COST, "now")
    alerts.record(2, REFUSED, "now")
    return conversations, alerts


def run(capsys, *arguments):
    capsys.readouterr()
    status = main(["articles", "remove", *map(str, arguments)])
    return status, *capsys.readouterr()


def test_an_article_leaves_index_conversations_alerts_and_corrections(settings, stores, capsys):
    conversations, alerts = stores
    corrections = CorrectionStore.of_index(settings.index)
    corrections.correct("bridge", {"source": "Post"})
    corrections.correct("ferry", {"source": "Post"})
    status, out, err = run(capsys, "bridge")
    assert status == 0 and "--also PATH" in err
    assert "answers and corrections removed: 2 in conversations, 3 in alerts, 1 corrections" in out
    assert articles_of(settings) == ["ferry", "wheat", "wheat2"]
    (moved,) = (settings.corpus / ".removed").rglob("bridge.md")
    assert f"its file is now {moved}" in out
    near, cited = (each.turns[0] for each in conversations.conversations())
    assert (cited.question, cited.answer, cited.fault) == (COST.question, None, ANSWER_REMOVED)
    assert cited.feedback is None and near.answer.passages == () and near.answer.draft == ""
    assert near.answer.text == REFUSED.text
    first, second = alerts.alerts()
    assert (first.answer, first.asked_with, first.question) == (None, "", COST.question)
    assert second.answer is not None and second.findings == ()
    assert list(corrections.read().by_article) == ["ferry"]
    stored = b"".join(e.read_bytes() for e in (conversations.file, alerts.file, corrections.path))
    for words in (b"18 million", TEXT[:40].encode(), b"is right"):
        assert words not in stored


def test_a_file_is_deleted_where_that_is_asked_for(settings, stores, capsys):
    status, out, _ = run(capsys, "bridge", "--delete")
    assert status == 0 and "deleted: " in out
    assert not list(settings.corpus.rglob("bridge.md"))


def test_what_is_kept_of_an_article_that_is_gone_already_is_removed_too(settings, stores, capsys):
    (settings.corpus / "bridge.md").unlink()
    assert main(["index"]) == 0
    assert run(capsys, "bridge")[1].startswith("answers and corrections removed: 2 in conv")
    status, out, err = run(capsys, "bridge")
    assert (status, out) == (1, "") and "rag articles list" in err


def test_nothing_is_removed_where_the_file_cannot_be(settings, stores, capsys, tmp_path):
    dump = tmp_path / "dump.jsonl"
    dump.write_text(json.dumps({"id": "wire", "title": "Wire", "text": TEXT}) + "\n")
    assert main(["index", str(dump)]) == 0
    before = [each.turns for each in stores[0].conversations()]
    for id, why in (("wire", "it may be a line of a dump"), ("brigde", "no article “brigde”")):
        status, out, err = run(capsys, id)
        assert (status, out) == (1, "") and why in err and err.count("\n") == 1
    status, _, err = run(capsys, "bridge", "--also", tmp_path / "nowhere")
    assert status == 1 and "--also" in err
    assert [each.turns for each in stores[0].conversations()] == before
    assert "bridge" in articles_of(settings)


def test_receipts_and_answers_are_removed_from_the_folders_that_are_named(tmp_path, monkeypatch):
    answers = tmp_path / "answers.jsonl"
    lines = [json.dumps(each.to_dict()) for each in (COST, REFUSED)]
    answers.write_text("\n".join(lines) + "\n")
    (tmp_path / "notes.json").write_text('{"a": 1}')
    (tmp_path / "own.jsonl").write_text('{"bridge": 1}\n')
    assert forget_in_files([tmp_path], "ferry") == []
    assert forget_in_files([tmp_path], "bridge") == [answers]
    assert answers.read_text() == lines[1] + "\n"
    assert (tmp_path / "notes.json").read_text() == '{"a": 1}'
    with pytest.raises(ExportError, match="no answers of `rag ask --file`"):
        forget_in_files([tmp_path / "own.jsonl"], "bridge")
    with pytest.raises(ExportError, match="is no receipt"):
        forget_in_files([tmp_path / "notes.json"], "bridge")


def test_the_half_line_of_a_run_that_was_killed_goes_too_and_hinders_nothing(tmp_path):
    lines = [json.dumps(each.to_dict()) for each in (COST, REFUSED)]
    half = lines[0][: lines[0].index('"bridge"') + 20]
    (tmp_path / "answers.jsonl").write_text("\n".join([lines[1], "", half]))
    assert forget_in_files([tmp_path], "bridge") == [tmp_path / "answers.jsonl"]
    assert (tmp_path / "answers.jsonl").read_text() == f"{lines[1]}\n\n"


def test_where_the_index_cannot_be_built_the_file_goes_back(settings, stores, capsys, monkeypatch):
    def fail(*_):
        raise IndexFault("the disk is full")

    monkeypatch.setattr("rag.index.build.build_index", fail)
    assert run(capsys, "bridge", "--delete")[0] == 1
    assert (settings.corpus / "bridge.md").exists()
    monkeypatch.undo()


def test_the_draft_of_a_stopped_answer_goes_with_any_article():
    stopped = replace(make_turn(COST), stage="stopped", answer=None, draft="It cost 18 million")
    assert turn_without(stopped, "bridge").draft == ""


def test_all_that_is_stored_is_listed_with_its_path(settings, stores):
    kinds = {each.name: each for each in stored_data(settings)}
    assert {name: each.amount for name, each in kinds.items()} == {
        "conversations": "2", "alerts": "2", "corrections": "of 0 articles",
    }  # fmt: skip
    (settings.corpus / ".removed" / "2026").mkdir(parents=True)
    (settings.corpus / ".removed" / "2026" / "old.md").write_text("old")
    kinds = {each.name: each for each in stored_data(settings)}
    assert kinds["removed articles"].amount == "1 files"
    assert kinds["removed articles"].place == str(settings.corpus / ".removed")
    assert all(Path(kinds[name].place).is_file() for name in ("conversations", "alerts"))
