"""What of a file was not stored: deleted words, menus, running heads; nothing that was stored."""

from __future__ import annotations

import pytest

from rag.ingest.document import UnreadableDocument
from rag.ingest.inspection.left_out import left_out
from rag.ingest.inspection.raw_text import raw_pieces
from tests.ingest.documents import docx

STORED = "The ferry sank on 3 May. It cost 2.9 million crowns. The corrections came too late."


@pytest.mark.parametrize(
    ("pieces", "lost"),
    [
        (["The ferry sank", "on 3 May."], []),
        (["It cost 2.1 2.9 million crowns."], ["2.1"]),
        (["Home News Sport", "The ferry sank on 3 May."], ["Home News Sport"]),
        (["The cor-", "rections came too late."], []),
        (["It cost 2.9 million crowns.", "The ferry sank on 3 May."], []),
        (["Subscribe", "Subscribe", "late"], ["Subscribe"]),
        (["THE FERRY SANK", "— * —"], []),
    ],
)
def test_only_what_no_text_has_is_left_out(pieces, lost):
    assert left_out(pieces, [STORED]) == lost


def test_raised_figures_and_ligatures_are_the_same_words():
    stored = "It made 10⁶ chips of CO₂ for the office."
    assert left_out(["It made 106 chips of CO2 for the ofﬁce."], [stored]) == []


def test_a_page_gives_its_hidden_words_too():
    page = (
        b"<html><head><title>T</title><script>var x</script></head><body><nav><a>Home</a> "
        b"<a>News</a></nav><p>The <b>fer</b>ry sank.</p><p hidden>Secret note</p></body></html>"
    )
    assert raw_pieces("html", page) == ["T", "Home News", "The ferry sank.", "Secret note"]


def test_a_document_gives_every_paragraph():
    assert raw_pieces("docx", docx("One two.\nThree.")) == [
        "One two.",
        "Three.",
        "Name",
        "Kim",
        "Below the table.",
    ]


def test_a_kind_that_is_not_compared_is_named():
    with pytest.raises(UnreadableDocument, match=r"\.xlsx"):
        raw_pieces("xlsx", b"PK")
