"""What was asked is kept: lossless, private, whole after a kill or a full disk; taken away."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.cli import main
from rag.conversations.export import as_json, file_name, markdown
from rag.conversations.feedback_dataset import accepted_answers, to_eval_questions
from rag.conversations.models import (
    Conversation,
    Feedback,
    StoredTurn,
    answer_from_json,
    answer_to_json,
    from_json,
    to_json,
)
from rag.conversations.store import NAME, ConversationStore, new_id
from rag.errors import ConversationError, SettingsError
from rag.evaluation.dataset import read_questions
from rag.settings import Settings
from rag.types import Answer, Citation, Hit, Passage, Sentence, Timings
from tests.conftest import ROOT

TEXT = (
    "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said on 3 May 2024. "
    "She called it a “gift to the town”. Critics put the price at 25 million crowns."
)
HOSTILE = (
    "<img src=x onerror=alert(1)> **b** [x](javascript:alert(1)) ![y](http://evil.example) `c` # h "
    "http://evil.example/a www.evil.example &lt;i&gt; \\* ~s~ ^f^ | $$x$$"
)


def answer(question: str, text: str, quote: str, **more) -> Answer:
    start = TEXT.find(quote)
    cited = Citation(
        1, "bridge", "The bridge", "Kurier", "2024-05-03", None, quote, start, start + len(quote)
    )
    passage = Hit(Passage("bridge", 0, len(TEXT), TEXT), 0.03125, 0.7071067811865476, 3.3)
    return Answer(
        **{
            "question": question, "query": question, "text": f"{text} [1]", "abstained": False,
            "reason": None, "sentences": (Sentence(text, (1,), True),), "citations": (cited,),
            "passages": (passage,), "draft": f"{text} [1]",
            "timings": Timings(0.1, None, 1 / 3, 0.2, 0.7), "confidence": 0.93,
            "signals": {"reading": -1.25, "cosine": 0.1},
        }
        | more
    )  # fmt: skip


COST = answer(
    "How much did the bridge cost?",
    "The bridge cost 18 million crowns.",
    "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said on 3 May 2024.",
)
REFUSED = Answer("And the moon?", "And the moon?", "The articles do not say.", True, "not_stated")


def asked(told: Answer | None, conversation: str = "a" * 16, **more) -> StoredTurn:
    question = told.question if told else "Why?"
    stage = "done" if told else "begun"
    at = "2026-11-22T10:00:00+00:00"
    made = StoredTurn(new_id(), conversation, at, question, stage, answer=told)  # type: ignore[arg-type]
    return replace(made, **more)


def put(store: ConversationStore, exchange: StoredTurn, owner: str = "") -> StoredTurn:
    store.begin(owner, replace(exchange, stage="begun", answer=None))
    assert store.end(exchange)
    return exchange


# values


def test_nothing_of_an_answer_is_lost() -> None:
    assert answer_from_json(json.loads(json.dumps(answer_to_json(COST)))) == COST
    whole = asked(COST, outlets=("Kurier",), since="2024", verdict=Feedback(True, "ja", "2026"))
    assert from_json(json.loads(json.dumps(to_json(whole)))) == whole
    later = to_json(whole) | {"new": 1}
    later["answer"] |= {"mood": "glad"}
    assert from_json(later) == whole, "what a later version adds is passed over"


# the store


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "kept")
    assert store.conversations() == [] and not (tmp_path / "kept").exists()
    first = put(store, asked(COST, since="2024", outlets=("Kurier", "Post")))
    second = put(store, asked(REFUSED))
    other = put(store, asked(COST, "b" * 16))
    store.close()
    again = ConversationStore(tmp_path / "kept")
    assert again.conversations() == [
        Conversation("b" * 16, "", (other,)),
        Conversation("a" * 16, "", (first, second)),
    ]
    if os.name == "posix":
        assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "kept" / NAME).stat().st_mode & 0o777 == 0o600
        (tmp_path / "kept" / NAME).chmod(0o644)
        assert ConversationStore(tmp_path / "kept").conversation("a" * 16) is not None
        assert (tmp_path / "kept" / NAME).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "kept").iterdir()] == [NAME]


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60), st.text(max_size=60))
def test_any_text_comes_back_as_it_was(question: str, note: str) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        store = ConversationStore(Path(folder))
        exchange = put(store, asked(None, question=question, draft=note, stage="stopped"))
        store.judge("", exchange.key, Feedback(False, question))
        (found,) = store.conversations()
        assert found.exchanges == (replace(exchange, verdict=Feedback(False, question)),)
        as_json(found).encode()
        store.close()


def test_another_try_takes_the_place_of_the_first_and_of_its_verdict(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    first, last = put(store, asked(COST)), put(store, asked(REFUSED))
    assert store.judge("", last.key, Feedback(False)) and store.judge("", first.key, Feedback(True))
    anew = asked(None)
    store.begin("", anew, instead_of=last.key)
    found = store.conversation("a" * 16)
    assert found and found.exchanges == (replace(first, verdict=Feedback(True)), anew)
    assert not store.end(last) and not store.judge("", last.key, Feedback(True))
    assert store.judge("", first.key, None) and store.judged() == []


def test_one_person_never_meets_what_is_anothers(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    hers = put(store, asked(COST), "jane")
    put(store, asked(COST, "b" * 16), "joe")
    assert [each.id for each in store.conversations("joe")] == ["b" * 16]
    assert store.conversation("a" * 16, "joe") is None
    assert not store.judge("joe", hers.key, Feedback(False))
    assert store.delete("joe", "a" * 16) == 0
    with pytest.raises(ConversationError, match="another person's"):
        store.begin("joe", asked(None))
    store.set_keeps("joe", False)
    assert (store.keeps("jane"), store.keeps("joe")) == (True, False)
    assert store.delete("joe") == 1
    assert [each.owner for each in store.conversations()] == ["jane"]


def test_what_is_deleted_leaves_the_disk(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    secret = replace(COST, question="the zebra question")
    exchange = put(store, asked(secret))
    put(store, asked(COST, "b" * 16))
    store.judge("", exchange.key, Feedback(True, "a zebra note"))

    def on_disk() -> bytes:
        return b"".join(each.read_bytes() for each in tmp_path.iterdir())

    assert on_disk().count(b"zebra") >= 2
    assert store.delete("", "a" * 16) == 1
    assert b"zebra" not in on_disk() and b"18 million" in on_disk()
    assert store.delete("") == 1 and b"18 million" not in on_disk()
    assert store.judged() == [] and store.delete("") == 0


WRITER = """
import sys
from rag.conversations.store import ConversationStore
from tests.conversations.test_store import COST, asked
from rag.errors import RagError
store, owner = ConversationStore(__import__("pathlib").Path(sys.argv[1])), sys.argv[2]
if len(sys.argv) > 3:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    for n in range(int(sys.argv[4]) if len(sys.argv) > 4 else 10**9):
        one = asked(COST, owner * 16)
        store.begin("", one)
        print("begun", one.key, flush=True)
        store.end(one)
        print("ended", one.key, flush=True)
except RagError as error:
    print(f"fault {error}", flush=True)
"""


def writer(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def told(said: str, what: str) -> list[str]:
    whole = (each.split() for each in said.splitlines(keepends=True) if each.endswith("\n"))
    return [words[1] for words in whole if words[0] == what]


def sound(folder: Path) -> bool:
    with sqlite3.connect(folder / NAME) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return found == [("ok",)]


def test_a_killed_writer_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    ended: list[str] = []
    for after in (1, 7, 20, 33):
        with writer(tmp_path, "a") as child:
            assert child.stdout
            said = "".join(child.stdout.readline() for _ in range(after))
            child.send_signal(signal.SIGKILL)
            said += child.stdout.read()
            assert child.wait(60) == -signal.SIGKILL
        ended += told(said, "ended")
        store = ConversationStore(tmp_path)
        (found,) = store.conversations()
        there = {each.key: each for each in found.exchanges}
        assert set(ended) <= set(there)
        assert all(there[key].answer == COST for key in ended)
        assert set(told(said, "begun")) <= set(there)
        assert all(each.answer in (None, COST) for each in there.values())
        store.close()
        assert sound(tmp_path)
    assert len(ended) >= 20


def test_two_processes_share_a_store(tmp_path: Path) -> None:
    children = [writer(tmp_path, owner, 2**30, 15) for owner in "ab"]
    said = [child.communicate(timeout=120)[0] for child in children]
    assert [len(told(each, "ended")) for each in said] == [15, 15], said
    found = ConversationStore(tmp_path).conversations()
    assert sorted(len(each.exchanges) for each in found) == [15, 15]


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no such limit here")
@pytest.mark.parametrize("size", [1_000, 30_000, 130_001])
def test_no_room_is_one_line_and_what_was_there_stays(tmp_path: Path, size: int) -> None:
    before = put(ConversationStore(tmp_path), asked(COST, "b" * 16))
    with writer(tmp_path, "a", size, 100_000) as child:
        said = child.communicate(timeout=120)[0]
    (fault,) = (line for line in said.splitlines() if line.startswith("fault"))
    assert "conversations cannot be kept in" in fault and "RAG_KEEP_CONVERSATIONS=no" in fault
    assert sound(tmp_path)
    store = ConversationStore(tmp_path)
    assert store.conversation("b" * 16) == Conversation("b" * 16, "", (before,))
    there = store.conversation("a" * 16)
    assert {e.key for e in (there.exchanges if there else ())} >= set(told(said, "ended"))
    put(store, asked(COST, "c" * 16))


def test_a_damaged_store_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"this is no database at all" * 100)
    store = ConversationStore(tmp_path)
    for call in (store.conversations, lambda: store.begin("", asked(None)), store.judged):
        with pytest.raises(ConversationError, match="move the file away") as caught:
            call()
        assert "\n" not in str(caught.value)
    assert (tmp_path / NAME).read_bytes().startswith(b"this is no database")
    (tmp_path / NAME).unlink()
    put(store, asked(COST))
    assert len(store.conversations()) == 1, "a store that was moved away is begun anew"
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(ConversationError, match="later version"):
        ConversationStore(tmp_path).conversations()


def test_a_record_that_is_not_understood_spoils_no_other(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    first, second = put(store, asked(COST)), put(store, asked(COST))
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("UPDATE exchange SET record='{\"x\": 1}' WHERE key=?", (first.key,))
    (found,) = store.conversations()
    assert "not understood" in found.exchanges[0].fault and found.exchanges[1] == second


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConversationError, match=r"may you write there\? RAG_KEEP_CONVERSATIONS=no"):
        ConversationStore(tmp_path / "file" / "kept").begin("", asked(None))


# export


def test_markdown_has_a_footnote_for_each_citation() -> None:
    more = replace(asked(COST), since="2024", outlets=("Kurier",))
    whole = Conversation(
        "x",
        "",
        (more, asked(REFUSED), asked(COST), asked(None, stage="stopped", draft="Unchecked")),
    )
    note = (
        "The bridge, Kurier, 2024-05-03, characters 0 to 84 of bridge: “The bridge over the Sund "
        "cost 18 million crowns, mayor Lena Holt said on 3 May 2024.”"
    )
    assert markdown(whole) == (
        "# How much did the bridge cost?\n\n"
        "## How much did the bridge cost?\n\n"
        "*Asked on 2026-11-22 10:00 UTC, only from 2024, Kurier*\n\n"
        "The bridge cost 18 million crowns.[^1]\n\n"
        "## And the moon?\n\n*Asked on 2026-11-22 10:00 UTC*\n\nThe articles do not say.\n\n"
        "## How much did the bridge cost?\n\n*Asked on 2026-11-22 10:00 UTC*\n\n"
        "The bridge cost 18 million crowns.[^2]\n\n"
        "## Why?\n\n*Asked on 2026-11-22 10:00 UTC*\n\n"
        "*Stopped before the answer was checked.*\n\n"
        f"[^1]: {note}\n\n[^2]: {note}\n"
    )
    start, end = 0, 84
    assert TEXT[start:end] == COST.citations[0].quote


def test_foreign_text_is_no_mark_up_in_markdown() -> None:
    foreign = dict.fromkeys(("title", "source", "quote"), HOSTILE) | {"url": "javascript:x"}
    bad = replace(COST.citations[0], **foreign)
    told_ = asked(replace(COST, text=f"1. {HOSTILE} [1]", citations=(bad,)))
    failed = asked(None, fault=HOSTILE, stage="failed")
    whole = Conversation("x", "", (replace(told_, question=f"- {HOSTILE}"), failed))
    shown = MarkdownIt("commonmark").render(markdown(whole))
    for tag in ("<img", "<a", "<strong", "<code", "<li", "<ol", "<script"):
        assert tag not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") == 7
    good = replace(COST.citations[0], url="https://harbour.example/b?a=1&b=2")
    assert "<https://harbour.example/b?a=1&b=2>" in markdown(
        Conversation("x", "", (asked(replace(COST, citations=(good,))),))
    )


def test_json_is_lossless_and_files_have_plain_names() -> None:
    judged = asked(COST, verdict=Feedback(False, "no", "2026"))
    whole = Conversation("x", "", (judged, asked(REFUSED)))
    read = json.loads(as_json(whole))
    assert tuple(map(from_json, read["exchanges"])) == whole.exchanges
    assert read["exchanges"][0]["answer"]["citations"][0]["start"] == 0
    assert file_name(whole, "md") == "how-much-did-the-bridge-cost.md"
    odd = Conversation("x", "", (asked(None, question="../../etc/<passwd> " + "wörd " * 90),))
    assert file_name(odd, "json") == "etc-passwd-" + "-".join(["w", "rd"] * 10) + ".json"


# feedback


@pytest.mark.parametrize(
    ("question", "said", "strings"),
    [
        ("How much did the bridge cost?", "The bridge cost 18 million crowns.", ["18 million"]),
        ("When did Holt speak?", "Lena Holt said so on 3 May 2024.", ["3 May 2024"]),
        ("Who told the cost?", "It was mayor Lena Holt who said so.", ["Lena Holt"]),
        ("What did she call it?", "She called it a “gift to the town”.", ["gift to the town"]),
        ("What did critics say?", "Critics put the price at 25 million crowns.",
         ["put the price at 25 million crowns"]),
        ("How much, 18 million crowns?", "It cost 18 million crowns.", []),
        ("What of it?", "There was some debate.", []),
    ],
)  # fmt: skip
def test_accepted_strings_stand_in_answer_and_quote(question, said, strings) -> None:
    told_ = answer(question, said, TEXT)
    assert accepted_answers(told_) == strings
    assert all(each in told_.text and each in TEXT for each in strings)


def test_verdicts_become_a_question_set(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "kept"))
    assert main(["feedback"]) == 1 and "no answer was judged" in capsys.readouterr().err
    store = ConversationStore(tmp_path / "kept")
    follow_up = replace(COST, question="And its cost?")  # searched as COST.query
    said = (follow_up, COST, REFUSED, REFUSED, REFUSED, COST)
    since = ("", "", "", "2024", "", "")
    good, bad, right_refusal, filtered, wrong_refusal, unjudged = (
        put(store, asked(each, since=day)) for each, day in zip(said, since, strict=True)
    )
    for each, up in ((good, True), (bad, False), (right_refusal, True), (filtered, True)):
        store.judge("", each.key, Feedback(up, "the note" if each is bad else ""))
    store.judge("", wrong_refusal.key, Feedback(False))
    file = tmp_path / "set.jsonl"
    assert main(["feedback", "--export", str(file)]) == 0
    assert f"`rag eval {file}` asks them" in capsys.readouterr().out
    read = {each.id: each for each in read_questions(file)}
    assert list(read) == [e.key for e in (good, bad, right_refusal, filtered, wrong_refusal)]
    up = read[good.key]
    assert (up.question, up.answerable, up.answers, up.articles) == (
        "How much did the bridge cost?", True, ("18 million",), ("bridge",),
    )  # fmt: skip
    down = read[bad.key]
    assert (down.question, down.answerable, down.answers, down.articles) == (
        "How much did the bridge cost?", None, (), (),
    )  # fmt: skip
    assert [read[e.key].answerable for e in (right_refusal, filtered, wrong_refusal)] == [
        False, None, None,
    ]  # fmt: skip
    first, second, *_ = map(json.loads, file.read_text().splitlines())
    assert first["asked"] == "And its cost?" and "note" not in first
    assert (second["note"], second["said"], second["kind"]) == ("the note", COST.text, "thumb down")
    assert unjudged.key not in file.read_text()
    assert main(["feedback"]) == 0
    assert capsys.readouterr().out == file.read_text()
    assert [line["id"] for line in to_eval_questions(store.judged())] == list(read)


# the command line


def test_the_command_line_lists_exports_and_deletes(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "kept"))

    def rag(*words: str) -> tuple[int, str, str]:
        status = main(["conversations", *words])
        out, err = capsys.readouterr()
        return status, out, err

    assert rag() == (0, f"nothing is kept in {tmp_path / 'kept'}\n", "")
    assert not (tmp_path / "kept").exists()
    store = ConversationStore(tmp_path / "kept")
    exchange = put(store, asked(COST))
    put(store, asked(COST, "b" * 16), "jane")
    status, out, _ = rag("list")
    assert status == 0
    assert out.splitlines() == [
        f"{'b' * 16}  2026-11-22 10:00    1  jane  How much did the bridge cost?",
        f"{'a' * 16}  2026-11-22 10:00    1  How much did the bridge cost?",
    ]
    status, out, _ = rag("export", "a" * 16)
    assert (status, out) == (0, markdown(Conversation("a" * 16, "", (exchange,))))
    status, out, _ = rag("export", "a" * 16, "--json")
    assert from_json(json.loads(out)["exchanges"][0]) == replace(exchange, key=exchange.key)
    for wrong in (["export"], ["export", "c" * 16], ["delete"], ["delete", "c" * 16]):
        status, out, err = rag(*wrong)
        assert (status, out, err.count("\n")) == (1, "", 1) and "rag conversations" in err
    assert rag("delete", "a" * 16) == (0, "deleted: 1\n", "")
    assert rag("delete", "all") == (0, "deleted: 1\n", "")
    assert store.conversations() == []


def test_keep_is_yes_or_no() -> None:
    assert Settings.load({}).keep_conversations is True
    assert Settings.load({"RAG_KEEP_CONVERSATIONS": "no"}).keep_conversations is False
    assert Settings.load({"RAG_KEEP_CONVERSATIONS": "1"}).keep_conversations is True
    with pytest.raises(SettingsError, match="RAG_KEEP_CONVERSATIONS='maybe' is neither yes nor no"):
        Settings.load({"RAG_KEEP_CONVERSATIONS": "maybe"})
