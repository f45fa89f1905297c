"""Lines of a dump end where JSON lines end, not at other separators inside their strings."""

from __future__ import annotations

import json

import pytest

from rag.ingest.parsers import dumps


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_a_separator_inside_a_text_ends_no_line(separator):
    texts = [f"The lock opened.{separator}Two boats passed.", "The ferry sank.", "It rained."]
    rows = [{"title": f"T{n}", "text": each} for n, each in enumerate(texts)]
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in rows)
    parsed = dumps.parse(lines.encode())
    assert len(parsed) == 3
    assert "Two boats passed." in parsed[0].text


def test_a_value_that_cannot_be_read_loses_no_other_article():
    good = json.dumps({"title": "Lock", "text": "The lock opened."})
    deep = '{"title": "Deep", "text": ' + "[" * 20_000 + "]" * 20_000 + "}"
    late = '{"title": "Late", "text": "It sank.", "date": 1' + "0" * 400 + "}"
    for lines in ([good, deep, good], [good, late, good]):
        parsed = dumps.parse("\n".join(lines).encode())
        assert [getattr(each, "title", "") for each in parsed][::2] == ["Lock", "Lock"]
    parsed = dumps.parse(f"[{good}, {late}]".encode())
    assert getattr(parsed[0], "title", "") == "Lock"
    assert len(parsed) == 2
