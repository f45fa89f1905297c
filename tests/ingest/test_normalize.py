"""Clean text: one kind of blank and line end, nothing invisible, whole paragraphs."""

from __future__ import annotations

from rag.ingest.normalize import join_wrapped_lines, normalize


def test_normalize_unifies_blanks_and_line_ends_and_drops_the_invisible():
    raw = "\ufeffA\u200bb\u202e\u00a0 \t c\x00\x07\r\ne\u0301\u2028f  \n\n\n\ng\u200dh"
    assert normalize(raw) == "Ab c\né\nf\n\ngh"


def test_join_wrapped_lines_joins_lines_and_words_but_not_paragraphs():
    page = ["Head", "The talks of the crews were nego-", "tiated by the shy North-", "Korean side."]
    assert join_wrapped_lines([*page, "Now it"]) == (
        "Head\nThe talks of the crews were negotiated by the shy North-Korean side.\nNow it"
    )
