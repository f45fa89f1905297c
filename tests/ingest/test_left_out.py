"""What of a file was not stored: deleted words, menus, running heads; nothing that was stored."""

from __future__ import annotations

import io
import json

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from rag.ingest.document import UnreadableDocument
from rag.ingest.inspection.left_out import left_out
from rag.ingest.inspection.raw_text import raw_pieces
from rag.ingest.parsers import parse_documents
from rag.types import Article
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
    with pytest.raises(UnreadableDocument, match=r"\.pptx"):
        raw_pieces("pptx", b"PK")


def lost(kind: str, data: bytes) -> list[str]:
    """What of a file is in no article of it."""
    items = parse_documents(kind, "a", data)
    articles = [item for item in items if isinstance(item, Article)]
    stored = [*(each.text for each in articles), *(each.title for each in articles)]
    return left_out(raw_pieces(kind, data), stored)


def test_what_a_workbook_hides_is_left_out():
    book = Workbook()
    sheet = book.active
    for row in (["Port", "Cod"], ["Lund", 12.5], ["Osby harbour", 0.07], ["Tarn ferry", 3]):
        sheet.append(row)
    sheet["A4"].font = Font(strike=True)
    sheet["A2"].comment = Comment("Counted by hand.", "Ada")
    sheet.oddFooter.center.text = "Draft of &D, not for print"
    hidden = book.create_sheet("Old")
    hidden["A1"] = "The old figures"
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert sorted(lost("xlsx", out.getvalue())) == [
        "Counted by hand.",
        "Draft of , not for print",
        "Tarn ferry",
        "The old figures",
    ]


def test_what_an_rtf_document_hides_is_left_out():
    data = (
        rb"{\rtf1\ansi{\fonttbl{\f0 Times New Roman;}}{\info{\title Harbour news}"
        rb"{\subject Old lists}}"
        rb"{\header The Hellin Post, page 3}The lock {\strike was open} is closed.\par"
        rb"{\*\annotation Ask the keeper.}{\v Secret note.}{\pict 89504e47}\par}"
    )
    assert lost("rtf", data) == [
        "Old lists",
        "The Hellin Post, page 3",
        "was open",
        "Ask the keeper.",
        "Secret note.",
    ]


def test_what_a_dump_has_besides_its_articles_is_left_out():
    line = {
        "id": "17",
        "title": "Lock closed",
        "text": "<p>The lock of Hellin is closed.</p>",
        "date": "2023-06-03T10:00:00Z",
        "remark": "Not for print before Monday.",
        "tags": ["harbour works", "locks"],
    }
    broken = b'{"text": "The second line\n'
    data = json.dumps(line).encode() + b"\n" + json.dumps(line).encode() + b"\n" + broken
    assert lost("json", data) == [
        "Not for print before Monday.",
        "harbour works",
        'text": "The second line',
    ]
    assert raw_pieces("jsonl", data) == raw_pieces("json", data)
