"""Slides (.pptx): in their order, with the notes of the speaker, without what is hidden."""

from __future__ import annotations

import pytest

from rag.ingest.document import UnreadableDocument
from rag.ingest.markup.places import place_at
from rag.ingest.parsers import parse_documents
from rag.types import Article
from tests.ingest.containers import archive

NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def shape(*paragraphs: str, kind: str = "") -> str:
    placeholder = f'<p:ph type="{kind}"/>' if kind else ""
    lines = "".join(f"<a:p>{each}</a:p>" for each in paragraphs)
    return (
        f"<p:sp><p:nvSpPr><p:cNvPr/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>"
        f"<p:txBody>{lines}</p:txBody></p:sp>"
    )


def run(text: str, properties: str = "") -> str:
    return f"<a:r><a:rPr {properties}/><a:t>{text}</a:t></a:r>"


def slide(*shapes: str, hidden: bool = False) -> str:
    show = 'show="0"' if hidden else ""
    return f"<p:sld {NAMES} {show}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"


def relations(*pairs: tuple[str, str]) -> str:
    return "<Relationships>" + "".join(
        f'<Relationship Id="r{n}" Type="{KINDS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(pairs)
    ) + "</Relationships>"  # fmt: skip


def slides(*pages: str, notes: str = "", title: str = "PowerPoint Presentation") -> bytes:
    """A presentation whose files are numbered against its order; `notes` are those of the first."""
    names = [f"slides/slide{len(pages) - n}.xml" for n in range(len(pages))]
    ids = "".join(f'<p:sldId r:id="r{n}"/>' for n in range(len(pages)))
    folder, _, first = f"ppt/{names[0]}".rpartition("/")
    members = {
        "ppt/presentation.xml": f"<p:presentation {NAMES}><p:sldIdLst>{ids}</p:sldIdLst>"
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(*(("slide", name) for name in names)),
        **{f"ppt/{name}": page for name, page in zip(names, pages, strict=True)},
        f"{folder}/_rels/{first}.rels": relations(("notesSlide", "../notesSlides/n.xml")),
        "docProps/core.xml": "<c xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<dc:title>{title}</dc:title></c>",
    }
    if notes:
        members["ppt/notesSlides/n.xml"] = slide(shape(run(notes), kind="body"))
    return archive(members)


def read(data: bytes) -> Article:
    (article,) = parse_documents("pptx", "a", data)
    assert isinstance(article, Article)
    return article


def test_slides_in_their_order_with_notes():
    first = slide(
        shape(run("The new lock is 90 m long."), run("It opens in May."), kind="body"),
        shape(run("The lock plan"), kind="title"),
        shape(run("1"), kind="sldNum"),
    )
    hidden = slide(shape(run("Nobody sees this.")), hidden=True)
    last = slide("<p:grpSp>" + shape(run("In a group.")) + "</p:grpSp>")
    article = read(slides(first, hidden, last, notes="Say who pays."))
    assert article.title == "The lock plan"
    assert article.text.split("\n") == [
        "The new lock is 90 m long.",
        "It opens in May.",
        "Notes: Say who pays.",
        "In a group.",
    ]
    assert place_at(article.details["places"], article.text.index("Notes")) == "1"
    assert place_at(article.details["places"], article.text.index("In a group")) == "3"


def test_struck_out_and_raised_characters():
    line = run("CO") + run("2", 'baseline="-25000"') + run(" fell by 10")
    line += run("6", 'baseline="30000"') + run(" tons") + run(" or so", 'strike="sngStrike"')
    article = read(slides(slide(shape(line + "<a:br/>" + run("Twice.")))))
    assert "CO₂ fell by 10⁶ tons" in (article.title + "\n" + article.text).split("\n")
    assert "or so" not in article.text and "Twice." in article.text


def test_a_table_on_a_slide():
    rows = [["Port", "Cod"], ["Hellin", "44"], ["Osby", ""]]
    table = "".join(
        "<a:tr>" + "".join(f"<a:tc><a:txBody><a:p>{run(c)}</a:p></a:txBody></a:tc>" for c in row)
        + "</a:tr>" for row in rows
    )  # fmt: skip
    page = slide(f"<a:graphic><a:tbl><a:tblPr firstRow='1'/>{table}</a:tbl></a:graphic>")
    article = read(slides(page, title="Catches"))
    assert article.title == "Catches"
    assert article.text.split("\n")[-2:] == ["Hellin | Cod: 44", "Osby | Cod: –"]


def test_an_archive_without_slides_is_refused():
    with pytest.raises(UnreadableDocument, match="no presentation"):
        parse_documents("pptx", "a", archive({"a.xml": "<a/>"}))
