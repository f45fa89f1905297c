"""A dump in ranges of lines says what it says as a whole."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag.ingest.corpus import Corpus, FileParser
from rag.ingest.document import UnreadableDocument


def dump(path, *, lines=40, last="\n"):
    texts = [json.dumps({"id": f"a{n}", "title": "", "text": "x" * (n * 37 % 300)})
             for n in range(lines)]  # fmt: skip
    texts[3:3] = ["", "   ", "no JSON"]
    path.write_text("\n".join(texts) + last)
    return Corpus.open(path).files[path.name]


@pytest.mark.parametrize("size", [1, 700, 1 << 20])
@pytest.mark.parametrize("last", ["", "\n", "\n\n"])
def test_ranges_have_the_lines_and_the_stamp_of_the_whole(tmp_path, size, last):
    file = dump(tmp_path / "d.jsonl", last=last)
    whole, cut = file.changes_since(None), file.changes_since(None)
    documents = list(whole.documents())
    ranges = list(cut.ranges(size))
    assert [each for lines in ranges for each in file.lines(lines)] == documents
    assert replace(cut.stamp, checked_at=0) == replace(whole.stamp, checked_at=0)
    assert sum(each.size for each in ranges) == whole.stamp.size
    assert sum(each.lines for each in ranges) == whole.stamp.lines
    assert len(ranges) == {1: whole.stamp.lines, 1 << 20: 1}.get(size, len(ranges))


def test_of_a_dump_that_grew_there_are_ranges_of_the_new_lines_alone(tmp_path):
    path = tmp_path / "d.jsonl"
    file = dump(path)
    first = file.changes_since(None)
    list(first.ranges(500))
    with path.open("a") as opened:
        opened.write('{"id": "new", "title": "", "text": "more"}\n')
    grown = file.changes_since(first.stamp)
    assert grown.appended
    (lines,) = grown.ranges(500)
    ((name, data),) = file.lines(lines)
    assert (name, lines.first, json.loads(data)["id"]) == ("d.jsonl:44", 44, "new")
    assert grown.stamp.lines == 44


def test_lines_that_changed_since_are_an_error(tmp_path):
    path = tmp_path / "d.jsonl"
    file = dump(path)
    (lines, *_) = file.changes_since(None).ranges(500)
    path.write_text(path.read_text().replace("a1", "b1", 1))
    with pytest.raises(UnreadableDocument, match="changed while it was read"), FileParser() as each:
        list(each.parse(file, file.lines(lines)))
