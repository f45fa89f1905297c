"""Parquet between the stages: what is written is read back, what is not complete is not used."""

from __future__ import annotations

import numpy as np
import pytest

from rag.index.bulk.parts import ParsedFile, ParsedItem, PartFolder, remove_parts
from rag.ingest.corpus import SkippedFile
from rag.types import Article

ARTICLE = Article(
    "a", "On \ud800 ferries", "Naïve – text\0 \udc80.", published="2024", details={"ocr": "5"}
)
FILES = [
    ParsedFile("k1", "stamp", True, (ParsedItem("a.txt", ARTICLE, ((0, 5), (5, 13))),)),
    ParsedFile("k2", "", False, (ParsedItem("b\udc80.txt", SkippedFile("b!1", "damaged")),)),
    ParsedFile("k3", "stamp", True, ()),
]


@pytest.fixture
def parts(tmp_path):
    folder = PartFolder(tmp_path)
    folder.prepare({"embedder": "toy"})
    return folder


def test_articles_skipped_files_and_texts_that_utf8_has_no_place_for(parts):
    parts.write_parsed("parsed-1.parquet", FILES)
    assert parts.read_parsed("parsed-1.parquet") == FILES
    assert parts.keys("parsed-1.parquet") == [("k1", "stamp"), ("k3", "stamp")]
    parts.write_texts("texts-1.parquet", ["one", "", "two \udc80"])
    assert parts.read_texts("texts-1.parquet") == ["one", "", "two \udc80"]
    vectors = np.random.default_rng(1).standard_normal((3, 7)).astype(np.float32)
    parts.write_vectors("vectors-1.parquet", vectors)
    assert parts.read_vectors("vectors-1.parquet").tobytes() == vectors.tobytes()
    assert parts.names("vectors") == ["vectors-1.parquet"]


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"no Parquet at all" * 100])
def test_a_part_that_the_disk_lost_is_removed(parts, damage):
    parts.write_parsed("parsed-1.parquet", FILES)
    (parts.folder / "parsed-1.parquet").write_bytes(damage)
    assert parts.keys("parsed-1.parquet") == []
    assert parts.names("parsed") == []


def test_parts_of_another_purpose_go_and_those_of_this_one_stay(parts):
    parts.write_parsed("parsed-1.parquet", FILES)
    (parts.folder / "x.attempts").write_bytes(b"..")
    (parts.folder / ".parsed-2.parquet.77-1.new").write_bytes(b"half")
    parts.prepare({"embedder": "toy"})
    assert sorted(each.name for each in parts.folder.iterdir()) == ["for.json", "parsed-1.parquet"]
    parts.prepare({"embedder": "another"})
    assert [each.name for each in parts.folder.iterdir()] == ["for.json"]
    remove_parts(parts.folder.parent)
    assert not parts.folder.exists()
