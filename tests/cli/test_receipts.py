"""`rag ask --receipt` and `rag verify`: what was done to a receipt or an article is told."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess

import pytest

from rag.cli import main
from rag.errors import ExportError
from rag.export.receipts import verification
from rag.export.receipts.receipt import read_receipt, seal, write_receipt
from rag.index.build import expected_fingerprint
from rag.index.snapshots import SnapshotStore
from tests.cli.conftest import COST

needs_ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")


@pytest.fixture
def receipt(ask, tmp_path, monkeypatch, indexed_toy):
    """The path of the receipt of an answer with one quote."""
    monkeypatch.setenv("RAG_CORPUS", str(indexed_toy.corpus))
    ask(COST, "--receipt", str(tmp_path / "receipt.json"), model="none")
    return tmp_path / "receipt.json"


@pytest.fixture
def key(tmp_path):
    return new_key(tmp_path / "key")


@pytest.fixture
def signed(ask, receipt, key):
    ask(COST, "--receipt", str(receipt), "--sign", str(key), model="none")
    return receipt


def new_key(path):
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def verify(capsys):
    """Runs `rag verify`: the exit status, what differs, and all else that is printed."""

    def run(path, *arguments):
        capsys.readouterr()
        status = main(["verify", str(path), *arguments])
        out, err = capsys.readouterr()
        lines = [line.split("\t", 1) for line in out.splitlines()]
        differing = [text for state, text in lines if state == "DIFFERS"]
        return status, differing, [text for state, text in lines if state != "DIFFERS"], err

    return run


def edited(path, change, *, renew_hash):
    """Apply `change` to what the receipt says; as it is edited by somebody who knows the form."""
    receipt = read_receipt(path)
    values = json.loads(json.dumps(receipt.values))
    change(values)
    new = type(receipt)(values, receipt.sha256, receipt.signature)
    new = type(receipt)(values, seal(new).sha256, receipt.signature) if renew_hash else new
    write_receipt(path, new)
    return path


def test_a_receipt_says_what_the_answer_was_made_from(receipt, indexed_toy):
    values = json.loads(receipt.read_text())
    assert values["question"] == COST
    assert "18 million crowns" in values["answer"]["text"]
    (article,) = values["articles"]
    text = (indexed_toy.corpus / "bridge.md").read_text().split("---\n")[2].strip()
    assert article["id"] == "bridge"
    assert article["sha256"] == sha256(text)
    assert article["published"] == "2024-05-01"
    assert values["models"]["model"] is None
    assert values["models"]["reader"]["name"]
    assert all(len(each) == 64 for each in values["models"]["embedder"]["sha256"].values())
    assert values["index"]["articles"] == 4
    assert values["version"]
    assert str(indexed_toy.index) not in receipt.read_text()  # no path of this machine


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_receipt_that_nobody_touched_holds(receipt, verify):
    status, differing, rest, err = verify(receipt)
    assert (status, differing) == (0, [])
    assert "bridge: the text is as it was" in rest
    assert "[1] bridge: the quote stands in the article" in rest
    assert "asked again, the answer is the same" in rest
    assert err.endswith("the receipt holds\n")


@pytest.mark.parametrize(
    "question",
    ["How many articles are there?", "What did the moon cost?", "Who wrote “The ferry”?", "Help"],
)
def test_receipts_of_records_and_of_abstentions_hold(ask, receipt, verify, question):
    ask(question, "--receipt", str(receipt), model="none")
    assert json.loads(receipt.read_text())["question"] == question
    status, differing, rest, _ = verify(receipt)
    assert (status, differing) == (0, [])
    assert rest[-1] == "asked again, the answer is the same"


def test_values_nested_too_deeply_are_no_receipt(receipt, verify, capsys):
    text = receipt.read_text()
    for depth in (60, 900, 50_000):
        deep = '"x": ' + "[" * depth + "]" * depth
        receipt.write_text(text.replace("{", "{" + deep + ", ", 1))
        assert main(["verify", str(receipt)]) == 1
        assert "is no receipt of this version" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(question=v["answer"]["question"][:-1] + "x"), "no receipt"),
        (lambda v: v["answer"]["citations"][0].update(quote="It cost 19 million."), "does not say"),
        (lambda v: v["answer"]["citations"][0].update(start=1), "does not say|another place"),
        (lambda v: v["answer"]["citations"][0].update(article="ferry"), "no hash of it"),
        (lambda v: v["answer"].update(text=v["answer"]["text"].replace("18", "19")), "asked again"),
        (lambda v: v["answer"].update(text="It is so."), "do not fit: 1"),
        (lambda v: v["answer"]["sentences"][0].update(text="No."), "its sentences"),
        (lambda v: v["articles"][0].update(sha256="0" * 64), "another than that of the receipt"),
        (lambda v: v["articles"][0].update(source="Nordpress"), "the outlet is “Kurier”"),
        (lambda v: v["articles"][0].update(published="2023-05-01"), "the day is “2024-05-01”"),
        (lambda v: v["articles"][0].update(title="X"), "the headline is “The bridge”"),
        (lambda v: v["articles"].clear(), "no hash of it"),
        (lambda v: v["answer"]["citations"][0].update(source="X"), "the outlet cited is “X”"),
        (lambda v: v["answer"]["citations"][0].update(url="http://x.org"), "the address cited is"),
        (lambda v: v["answer"]["citations"][0].update(page=9), "the page is not that of the quote"),
        (lambda v: v["answer"].update(question_type="list"), "its question_type is"),
    ],
)
def test_an_edit_is_told_although_the_hash_was_renewed(receipt, verify, capsys, change, message):
    edited(receipt, change, renew_hash=True)
    if message == "no receipt":  # question and answer do not fit
        assert main(["verify", str(receipt)]) == 1
        assert message in capsys.readouterr().err
        return
    status, differing, _, _ = verify(receipt)
    assert status == 1
    assert any(re.search(message, each) for each in differing), differing


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update(made_at="2020-01-01T00:00:00+00:00"),
        lambda v: v["answer"].update(draft="Other words."),
        lambda v: v["index"].update(articles=5),
        lambda v: v.update(version="9"),
    ],
)
def test_any_edit_is_told_where_the_hash_was_not_renewed(receipt, verify, change):
    edited(receipt, change, renew_hash=False)
    status, differing, _, _ = verify(receipt, "--no-answer")
    assert (status, len(differing)) == (1, 1)
    assert differing[0].startswith("the file was edited")


def test_even_white_space_is_told(receipt, verify):
    receipt.write_text(receipt.read_text() + "\n")
    assert verify(receipt, "--no-answer")[:2] == (
        1,
        ["the file was edited: its contents do not have the hash it states"],
    )


def test_a_changed_article_is_told_before_and_after_it_is_indexed(receipt, verify, indexed_toy):
    path = indexed_toy.corpus / "bridge.md"
    path.write_text(path.read_text().replace("18 million", "81 million"))
    status, differing, _, _ = verify(receipt)
    assert status == 1
    assert differing == [
        "bridge: its file changed since it was indexed; `rag index`, then verify again"
    ]
    assert main(["index", "--corpus", str(indexed_toy.corpus)]) == 0
    status, differing, _, _ = verify(receipt)
    assert status == 1
    assert differing[0] == "bridge: the text is another than that of the receipt (SHA-256)"
    assert "the article does not say" in differing[1]
    assert "81 million" in differing[1]
    assert differing[2].startswith("asked again (the index was changed since), the answer is")


def test_an_article_that_is_gone_is_told(receipt, verify, indexed_toy):
    (indexed_toy.corpus / "bridge.md").unlink()
    assert verify(receipt, "--no-answer")[1] == ["bridge: its file is no longer in the corpus"]
    assert main(["index", "--corpus", str(indexed_toy.corpus)]) == 0
    assert verify(receipt, "--no-answer")[1] == ["bridge: no longer in the index"]


def test_a_corrected_record_is_told(receipt, verify):
    assert main(["articles", "correct", "bridge", "outlet=Nordpress"]) == 0
    differing = verify(receipt, "--no-answer")[1]
    assert differing == ["bridge: the outlet is “Nordpress”; the receipt has “Kurier”"]


def test_another_article_changes_no_quote(receipt, verify, indexed_toy):
    (indexed_toy.corpus / "new.md").write_text("Nothing of this is about crowns.")
    assert main(["index", "--corpus", str(indexed_toy.corpus)]) == 0
    status, differing, rest, _ = verify(receipt)
    assert (status, differing) == (0, [])
    assert "asked again, the answer is the same (the index was changed since)" in rest


def test_with_another_model_the_answer_is_not_made_again(receipt, verify, monkeypatch):
    monkeypatch.setenv("RAG_MODEL", "qwen2.5-coder-1.5b")
    status, _, rest, _ = verify(receipt)
    assert status == 0
    assert rest[-1] == "not asked again: the model is qwen2.5-coder-1.5b, not none"


def test_with_other_settings_the_answer_is_not_made_again(receipt, verify, monkeypatch):
    monkeypatch.setenv("RAG_MAX_WRONG", "0.2")
    status, _, rest, _ = verify(receipt)
    assert status == 0
    assert rest[-1] == "not asked again: RAG_MAX_WRONG is 0.2, not 0.1"


def test_another_answer_of_the_same_models_is_told(receipt, verify, reader):
    reader.answers = {"cost of the bridge": "25 million crowns"}
    status, differing, _, _ = verify(receipt)
    assert status == 1
    assert "asked again, the answer is “" in differing[0]
    assert "25 million" in differing[0]


def test_the_filters_of_a_question_are_kept(ask, receipt, verify):
    ask(COST, "--until", "2023", "--receipt", str(receipt), model="none")
    assert json.loads(receipt.read_text())["filters"]["until"] == "2023"
    status, _, rest, _ = verify(receipt)
    assert status == 0
    assert "asked again, the answer is the same" in rest


@needs_ssh
def test_a_signed_receipt_holds_and_names_its_key(signed, key, verify, tmp_path):
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(key)], check=True, capture_output=True, text=True
    )
    fingerprint = listed.stdout.split()[1]
    assert (
        f"signed by {fingerprint} (whose key that is: --signer FILE checks it)"
        in (verify(signed, "--no-answer")[2])
    )
    public = key.with_suffix(".pub")
    assert verify(signed, "--no-answer", "--signer", str(public))[:2] == (0, [])
    allowed = tmp_path / "allowed"
    allowed.write_text(f"desk@kurier.example {public.read_text()}")
    assert verify(signed, "--no-answer", "--signer", str(allowed))[:2] == (0, [])
    other = new_key(tmp_path / "other").with_suffix(".pub")
    status, differing, _, _ = verify(signed, "--no-answer", "--signer", str(other))
    assert (status, differing) == (1, [f"signed by {fingerprint}, no key in {other}"])


@needs_ssh
@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update(made_at="2020-01-01T00:00:00+00:00"),
        lambda v: v["answer"].update(draft="Other words."),
        lambda v: v["answer"]["citations"][0].update(quote="It cost 19 million."),
        lambda v: v["index"].update(articles=5),
        lambda v: v["models"]["reader"].update(name="other"),
        lambda v: v.update(signer="SHA256:other"),
    ],
)
def test_any_edit_of_a_signed_receipt_is_told_although_the_hash_was_renewed(signed, verify, change):
    edited(signed, change, renew_hash=True)
    status, differing, _, _ = verify(signed, "--no-answer")
    assert status == 1
    assert "the signature is not of what the receipt says" in differing


@needs_ssh
def test_a_signature_that_is_gone_or_of_another_key_is_told(signed, key, verify, ask, tmp_path):
    receipt = read_receipt(signed)
    write_receipt(signed, type(receipt)(receipt.values, receipt.sha256))
    assert "but the signature is missing" in verify(signed, "--no-answer")[1][0]
    ask(COST, "--receipt", str(signed), model="none")
    public = key.with_suffix(".pub")
    assert verify(signed, "--no-answer", "--signer", str(public))[:2] == (
        1,
        [f"not signed, so not by a key in {public}"],
    )
    receipt = read_receipt(signed)
    write_receipt(signed, type(receipt)(receipt.values, receipt.sha256, "no signature"))
    assert verify(signed, "--no-answer")[1] == ["the signature is not of what the receipt says"]


def paths_in(values, path=()):
    """The path of every value of nested dicts and lists, the outer ones first."""
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    for name, value in pairs:
        yield (*path, name)
        if isinstance(value, (dict, list)):
            yield from paths_in(value, (*path, name))


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [None], {"a": 1}])
def test_no_edit_of_any_value_breaks_the_check(receipt, indexed_toy, wrong):
    whole, index = receipt.read_text(), open_index(indexed_toy)
    for path in list(paths_in(json.loads(whole))):
        values = json.loads(whole)
        place = values
        for name in path[:-1]:
            place = place[name]
        if place[path[-1]] == wrong or path[0] in ("sha256", "signature"):
            continue
        place[path[-1]] = wrong
        receipt.write_text(json.dumps(values))
        try:
            edited_receipt = read_receipt(receipt)
        except ExportError:
            continue
        first, *_ = verification.check_seals(edited_receipt, receipt, None)
        assert first.state == "differs", path
        list(verification.check_quotes(edited_receipt, index, [indexed_toy.corpus]))
        verification.hindrance(edited_receipt, indexed_toy)
    index.close()


def open_index(settings):
    return SnapshotStore(settings.index).open_current(expected_fingerprint(settings))


def test_the_corpus_is_walked_once_however_many_articles_are_cited(
    receipt, indexed_toy, monkeypatch
):
    edited(
        receipt,
        lambda v: v["articles"].extend({"id": id, "sha256": "0" * 64} for id in ("ferry", "wheat")),
        renew_hash=True,
    )
    walks = []
    corpus = verification.Corpus.open
    monkeypatch.setattr(verification.Corpus, "open", lambda *a: walks.append(a) or corpus(*a))
    index = open_index(indexed_toy)
    findings = list(verification.check_quotes(read_receipt(receipt), index, [indexed_toy.corpus]))
    index.close()
    assert len(walks) == 1
    assert {each.text.split(":")[0] for each in findings} >= {"bridge", "ferry", "wheat"}


@needs_ssh
def test_what_is_no_key_signs_nothing_and_is_told_before_the_question_is_asked(
    ask, receipt, tmp_path, reader
):
    before, asked_before = receipt.read_text(), len(reader.questions)
    (tmp_path / "text").write_text("no key")
    arguments = ("--receipt", str(receipt), "--sign", str(tmp_path / "text"))
    assert "is no SSH key" in ask(COST, *arguments, model="none", status=1).err
    assert receipt.read_text() == before
    assert len(reader.questions) == asked_before


def test_without_ssh_keygen_signing_says_what_to_install(ask, receipt, monkeypatch, tmp_path):
    monkeypatch.setattr("shutil.which", lambda name: None)
    arguments = ("--receipt", str(receipt), "--sign", str(tmp_path / "key"))
    assert "ssh-keygen is not installed" in ask(COST, *arguments, model="none", status=1).err


DEEP = '{"receipt": 1, "settings": ' + "[" * 300 + "]" * 300 + "}"


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '{"receipt": 2}', "\x00", '{"receipt": 1}', DEEP, "[" * 100_000],
)
def test_what_is_no_receipt_is_neither_read_nor_replaced(ask, tmp_path, capsys, text):
    path = tmp_path / "notes.json"
    path.write_text(text)
    assert "is no receipt" in ask(COST, "--receipt", str(path), model="none", status=1).err
    assert main(["verify", str(path)]) == 1
    assert "is no receipt" in capsys.readouterr().err
    assert path.read_text() == text
    assert main(["verify", str(tmp_path / "absent")]) == 1
    assert "name the file of a receipt" in capsys.readouterr().err
