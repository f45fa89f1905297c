"""The file of corrections: written as a whole, by one at a time, and never guessed at."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rag.errors import CorrectionError, IndexFault
from rag.index.companions.corrections import CorrectionStore


@pytest.fixture
def store(tmp_path):
    return CorrectionStore.of_index(tmp_path / "index")


def test_it_is_beside_the_index_and_not_in_it(store, tmp_path):
    assert store.path == tmp_path / "index.corrections.json"
    store.correct("a", {"author": "Ane Moe"})
    assert not (tmp_path / "index").exists()


def test_fields_are_corrected_again_and_taken_back_one_by_one(store):
    store.correct("a", {"published": "2022-10-08", "source": "Kurier"})
    store.correct("a", {"published": None})
    assert store.read().by_article == {"a": {"published": None, "source": "Kurier"}}
    assert store.undo("a", "published") == ["published"]
    assert store.read().by_article == {"a": {"source": "Kurier"}}
    assert store.undo("a") == ["source"]
    assert store.read().by_article == {}


def test_what_was_not_corrected_cannot_be_taken_back(store):
    store.correct("a", {"source": "Kurier"})
    with pytest.raises(CorrectionError, match="author of a was not corrected; corrected: outlet"):
        store.undo("a", "author")
    with pytest.raises(CorrectionError, match="nothing of b was corrected"):
        store.undo("b")
    assert store.read().by_article == {"a": {"source": "Kurier"}}


def test_a_record_says_what_its_file_has():
    from rag.index.companions.corrections import Corrections

    corrections = Corrections({"a": {"published": "2022-10-08"}})
    record = {"id": "a", "title": "T", "published": "2023-03-25", "published_basis": "stated: meta"}
    applied = corrections.applied(record)
    assert (applied["published"], applied["published_basis"]) == ("2022-10-08", "corrected by hand")
    assert applied["corrected"] == {"published": "2023-03-25"}
    assert corrections.applied({"id": "b"}) == {"id": "b"}
    unknown = Corrections({"a": {"published": None}}).applied(record)
    assert (unknown["published"], unknown["published_basis"]) == (None, None)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        json.dumps({"version": 9, "corrections": {}}),
        json.dumps({"version": 1, "corrections": {"a": {"colour": {"value": "red"}}}}),
        json.dumps({"version": 1, "corrections": {"a": {"author": {"value": 7}}}}),
    ],
)
def test_a_damaged_file_is_named_and_stays_as_it_is(store, content):
    store.path.write_text(content)
    with pytest.raises(IndexFault, match=r"index\.corrections\.json cannot be read .*move"):
        store.read()
    with pytest.raises(IndexFault):
        store.correct("a", {"author": "Ane Moe"})
    assert store.path.read_text() == content


def test_two_writers_lose_nothing(store):
    code = (
        "import sys; from pathlib import Path\n"
        "from rag.index.companions.corrections import CorrectionStore\n"
        "store = CorrectionStore(Path(sys.argv[1]))\n"
        "for n in range(20): store.correct(f'{sys.argv[2]}{n}', {'author': sys.argv[2]})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(store.path), name]) for name in "xy"
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert len(store.read().by_article) == 40


def test_the_stamp_changes_with_every_correction(store):
    stamps = [store.stamp()]
    for author in ("A", "B"):
        store.correct("a", {"author": author})
        stamps.append(store.stamp())
    assert stamps[0] is None
    assert len(set(stamps)) == 3
