"""Rows on disk to examples."""

from __future__ import annotations

import gzip
import random
import shutil
from pathlib import Path

import pytest

from rag.errors import TrainingError
from rag.training.examples import (
    MIXES,
    Example,
    check_folder,
    find_spans,
    is_held_out,
    parse_row,
    read_examples,
)
from tests.training.conftest import claim_row, question_row


def test_a_question_gets_the_spans_of_its_answers() -> None:
    row = question_row(3, passage="Ida came. IDA, not Idas, left.", answers=["ida"])
    assert parse_row(row, 0.9) == Example(
        "squad2_dev", "squad:Port_3", row["question"], row["passage"],
        answers=True, spans=((0, 3), (10, 13)), trust=0.9, title="Port 3",
    )  # fmt: skip


def test_an_answer_that_is_not_in_the_passage_drops_the_row() -> None:
    assert parse_row(question_row(1, answers=["Ivo Brandt"]), 1.0) is None


def test_an_unanswerable_question_has_no_span() -> None:
    example = parse_row(question_row(1, label=False, answers=[]), 1.0)
    assert example is not None
    assert (example.answers, example.spans, example.span_known) == (False, (), True)


def test_the_sentence_that_answers_is_a_span_that_is_not_exact() -> None:
    passage = "It rained. Lena opened it. It is deep."
    row = question_row(1, passage=passage, answers=[], sentence="Lena opened it.")
    example = parse_row(row, 1.0)
    assert example is not None
    assert (example.spans, example.span_known) == (((11, 26),), False)
    row["sentence"] = passage
    example = parse_row(row, 1.0)
    assert example is not None
    assert (example.spans, example.span_known) == ((), False)


def test_yes_is_not_looked_for_in_the_passage() -> None:
    example = parse_row(question_row(1, source="boolq", passage="Yes, it is.", answers=["yes"]), 1)
    assert example is not None
    assert (example.spans, example.span_known, example.answers) == ((), False, True)


def test_a_claim_has_its_label_and_a_long_document_is_left_out() -> None:
    example = parse_row(claim_row(1, "not_supported"), 0.95)
    assert example is not None
    assert (example.claim, example.answers, example.trust) == ("not_supported", None, 0.95)
    long = claim_row(1, "refuted") | {"passage": "word " * 151}
    assert parse_row(long, 1.0) is None


@pytest.mark.parametrize(
    ("group", "title"),
    [
        ("squad:Super_Bowl_50", "Super Bowl 50"),
        ("shifts:Reviews_12", ""),
        ("doc:A_b", ""),
        ("squad:a:b", ""),
    ],
)
def test_titles_are_those_of_encyclopedia_articles(group: str, title: str) -> None:
    example = parse_row(question_row(1, group=group), 1.0)
    assert example is not None
    assert example.title == title


def test_spans_are_whole_words_each_once() -> None:
    assert list(find_spans("A 12 and 120; a b.", ["12", "12.", "a", ""])) == [
        (2, 4),
        (0, 1),
        (14, 15),
    ]
    assert list(find_spans("cost (in $5) more", ["$5"])) == [(9, 11)]


def test_a_prefix_moves_the_spans() -> None:
    example = Example("s", "g", "q", "Ida left.", answers=True, spans=((0, 3),))
    moved = example.with_prefix("Port. ")
    start, end = moved.spans[0]
    assert (moved.passage, moved.passage[start:end]) == ("Port. Ida left.", "Ida")


def test_whole_articles_are_held_out() -> None:
    shares = [is_held_out(Example("s", f"squad:{n}", "q", "p")) for n in range(5000)]
    assert 0.03 < sum(shares) / 5000 < 0.05
    assert is_held_out(Example("a", "x", "1", "2")) == is_held_out(Example("b", "x", "3", "4"))


def test_one_seed_reads_the_same_examples(data: Path) -> None:
    first, again = (list(read_examples(data, random.Random(7))) for _ in range(2))
    assert first == again
    assert len(first) == 2 * len(MIXES["whole"].files)
    for name, mix in MIXES.items():  # one of each
        assert len(list(read_examples(data, random.Random(7), 0.0001, name))) == len(mix.files)


def test_a_missing_folder_or_file_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no folder .*nowhere: .*--data"):
        check_folder(tmp_path / "nowhere")
    folder = tmp_path / "copy"
    shutil.copytree(data, folder)
    before = check_folder(folder)
    (folder / "qamr.jsonl.gz").write_bytes(b"short")
    assert check_folder(folder) != before
    (folder / "qamr.jsonl.gz").unlink()
    with pytest.raises(
        TrainingError, match=r"lacks 1 of 39 files, qamr\.jsonl\.gz first: .*--data"
    ):
        list(read_examples(folder, random.Random(7)))


def packed(rows: bytes) -> bytes:
    """The rows as gzip, without the time: it would stand in the names of the tests."""
    return gzip.compress(rows, mtime=0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"plain text", r"cannot be read behind row 0 .*fetch the file again"),
        (packed(b'{"kind": "qa"}\n'), r"row 1 of .* is malformed \('source' is missing\)"),
        (packed(b"{]\n"), r"row 1 of .* is malformed \(Expecting"),
        (packed(b"[1]\n"), r"row 1 of .* is malformed"),
        (packed(b"\xff\n"), r"row 1 of .* is malformed \('utf-8' codec"),
        (packed(b"\n" * 99)[:-9], r"cannot be read|is malformed"),
    ],
)
def test_a_malformed_file_is_named_with_its_row(
    data: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(data, folder)
    (folder / "squad2_dev.jsonl.gz").write_bytes(content)
    with pytest.raises(TrainingError, match=message) as caught:
        list(read_examples(folder, random.Random(7)))
    assert "squad2_dev.jsonl.gz" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_label_is_malformed() -> None:
    with pytest.raises(ValueError, match="'perhaps'"):
        parse_row(claim_row(1, "perhaps"), 1.0)
    with pytest.raises(ValueError, match="'true'"):
        parse_row(question_row(1, label="true"), 1.0)
