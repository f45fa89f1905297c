"""Digitised newspapers: the articles of an issue from METS, with ALTO pages beside it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from rag.ingest.containers import unpack
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.document import UnreadPart
from rag.ingest.files import CorpusFile
from rag.ingest.ledger import ledger
from rag.ingest.markup.places import place_at
from rag.ingest.parsers import parse_documents
from rag.ingest.parsers.digitised.mets import issue_file, page_references
from rag.types import Article

TEXTS = {
    "1": {
        "T1": ["THE HELLIN POST"],
        "A1": ["LOCK CLOSED"],
        "A2": ["The lock of Hellin was closed on Mon-", "day after 27 barges had passed and the"],
        "B1": ["Lamps for sale, 3 crowns."],
    },
    "2": {
        "A3": ["gate was broken. Nobody was hurt."],
        "C1": ["SNOW IN OSBY"],
        "C2": ["Snow fell on Osby for nine days."],
        "N1": ["2"],
    },
}


def alto(page: str, texts: dict[str, list[str]]) -> str:
    blocks = "".join(
        f"<TextBlock ID='{id}'>"
        + "".join(
            "<TextLine>"
            + "".join(f"<String CONTENT='{word}'/><SP/>" for word in line.split())
            + "</TextLine>"
            for line in lines
        )
        + "</TextBlock>"
        for id, lines in texts.items()
    )
    return (
        f"<alto xmlns='http://www.loc.gov/standards/alto/ns-v3#'><Layout><Page ID='P{page}'>"
        f"<PrintSpace>{blocks}</PrintSpace></Page></Layout></alto>"
    )


def area(page: int, begin: str, end: str = "") -> str:
    last = f" END='{end}'" if end else ""
    place = f"<mets:area FILEID='F{page}' BETYPE='IDREF' BEGIN='{begin}'{last}/>"
    return f"<mets:fptr>{place}</mets:fptr>"


def div(kind: str, *inner: str, **attributes: str) -> str:
    stated = "".join(f" {key}='{value}'" for key, value in attributes.items())
    return f"<mets:div TYPE='{kind}'{stated}>{''.join(inner)}</mets:div>"


def heading(page: int, block: str) -> str:
    return div("HEADING", div("TITLE", area(page, block)))


CONTENT = div(
    "CONTENT",
    div("ARTICLE", heading(1, "A1"), div("BODY", area(1, "A2"), area(2, "A3")), DMDID="D1"),
    div("ADVERTISEMENT", area(1, "B1")),
    div("ARTICLE", heading(2, "C1"), div("BODY", area(2, "C2"))),
)
LOGICAL = div(
    "Newspaper",
    div("ISSUE", div("TITLE_SECTION", area(1, "T1")), CONTENT, DMDID="D0"),
    LABEL="The Hellin Post",
)


def mets(logical: str = LOGICAL, folder: str = "alto/") -> str:
    files = "".join(
        f"<mets:file ID='F{n}'><mets:FLocat LOCTYPE='URL' xlink:href='file://./{folder}p{n}.xml'/>"
        "</mets:file>"
        for n in (1, 2)
    )
    pages = "".join(
        div("PAGE", f"<mets:fptr FILEID='F{n}'/>", ORDER=str(n), ORDERLABEL=str(n + 6))
        for n in (1, 2)
    )
    records = (
        "<mets:dmdSec ID='D0'><mods><titleInfo><title>The Hellin Post</title></titleInfo>"
        "<originInfo><dateIssued>1911-03-04</dateIssued></originInfo></mods></mets:dmdSec>"
        "<mets:dmdSec ID='D1'><mods><titleInfo><title>Lock closed</title></titleInfo><name>"
        "<namePart>Ada Lind</namePart></name></mods></mets:dmdSec>"
    )
    return (
        "<?xml version='1.0'?><mets:mets xmlns:mets='http://www.loc.gov/METS/' "
        f"xmlns:xlink='http://www.w3.org/1999/xlink'>{records}<mets:fileSec>{files}</mets:fileSec>"
        f"<mets:structMap TYPE='PHYSICAL'>{div('Newspaper', pages)}</mets:structMap>"
        f"<mets:structMap TYPE='LOGICAL'>{logical}</mets:structMap></mets:mets>"
    )


@pytest.fixture
def issue(tmp_path) -> Path:
    folder = tmp_path / "1911"
    (folder / "alto").mkdir(parents=True)
    (folder / "issue.xml").write_text(mets())
    for page, texts in TEXTS.items():
        (folder / "alto" / f"p{page}.xml").write_text(alto(page, texts))
    return folder


def read(folder: Path) -> tuple[dict[str, Article], dict[str, str]]:
    items = list(Corpus.open(folder))
    articles = {item.id: item for item in items if isinstance(item, Article)}
    return articles, {item.name: item.reason for item in items if isinstance(item, SkippedFile)}


def test_the_articles_of_an_issue_are_those_of_its_structure(issue):
    articles, skipped = read(issue.parent)
    assert skipped == {}
    assert {id: (each.title, each.text) for id, each in articles.items()} == {
        "1911/issue!2": (
            "LOCK CLOSED",
            "The lock of Hellin was closed on Monday after 27 barges had passed and the gate was "
            "broken. Nobody was hurt.",
        ),
        "1911/issue!3": ("Lamps for sale, 3 crowns.", "Lamps for sale, 3 crowns."),
        "1911/issue!4": ("SNOW IN OSBY", "Snow fell on Osby for nine days."),
    }
    lock = articles["1911/issue!2"]
    assert (lock.source, lock.published, lock.author) == (
        "The Hellin Post",
        "1911-03-04",
        "Ada Lind",
    )
    assert lock.published_basis == "stated: record of the issue"
    assert place_at(lock.details["places"], 0) == "7"
    assert place_at(lock.details["places"], lock.text.index("Nobody")) == "8"


def test_the_pages_of_an_issue_are_read_with_it(issue):
    verdicts = [(each.name, each.verdict, each.detail) for each in ledger(Corpus.open(issue))]
    assert verdicts == [
        ("alto/p1.xml", "read", "a page of issue.xml"),
        ("alto/p2.xml", "read", "a page of issue.xml"),
        ("issue.xml", "read", "3 articles"),
    ]


def test_what_the_structure_does_not_name_is_an_article_for_each_page(issue):
    notice = [f"Notice {n}: the ferry of the day sails at {n}." for n in range(4)]
    (issue / "alto" / "p2.xml").write_text(alto("2", TEXTS["2"] | {"X1": notice}))
    articles, _ = read(issue)
    page = articles["issue!page-8"]
    assert page.text.startswith("Notice 0: the ferry of the day sails")
    assert page.title == "The Hellin Post, page 8"
    (issue / "issue.xml").write_text(mets(div("Newspaper", div("ISSUE"))))
    articles, _ = read(issue)
    assert list(articles) == ["issue!page-7", "issue!page-8"]
    assert "27 barges" in articles["issue!page-7"].text


def test_blocks_from_the_first_to_the_last_are_taken_once(issue):
    logical = div("ISSUE", div("ARTICLE", area(1, "A1", "B1")), div("ARTICLE", area(1, "A2")))
    (issue / "issue.xml").write_text(mets(logical))
    articles, _ = read(issue)
    (first,) = (each for id, each in articles.items() if "page" not in id)
    assert "closed on Monday" in first.text and "Lamps for sale" in first.text


def test_a_title_without_a_place_on_the_page_is_that_of_the_description(issue):
    host = "<relatedItem><titleInfo><title>The Hellin Post</title></titleInfo></relatedItem>"
    logical = div("ISSUE", div("ARTICLE", area(1, "A2"), DMDID="D1"), DMDID="D0")
    (issue / "issue.xml").write_text(mets(logical).replace("'D1'><mods>", f"'D1'><mods>{host}"))
    articles, _ = read(issue)
    assert articles["issue!1"].title == "Lock closed"


def test_a_page_that_cannot_be_read_loses_no_other(issue):
    (issue / "alto" / "p2.xml").write_text("<alto><Layout>")
    articles, skipped = read(issue)
    assert articles["issue!2"].text.endswith("27 barges had passed and the")
    assert list(skipped) == ["alto/p2.xml"]
    verdicts = {each.name: each.verdict for each in ledger(Corpus.open(issue))}
    assert verdicts == {"alto/p1.xml": "read", "alto/p2.xml": "damaged", "issue.xml": "read"}


def test_pages_over_the_limits_are_named_and_the_others_read(issue, monkeypatch):
    names = {f"p{n}.xml": alto(str(n), {"A": [f"Page {n} tells of nothing but the weather."]})
             for n in range(1, 5)}  # fmt: skip
    data = mets(div("ISSUE", *(div("ARTICLE", f"<mets:fptr FILEID='F{n}'/>") for n in (1, 2))))
    pages = {f"alto/{name}": text.encode() for name, text in names.items()}
    monkeypatch.setattr("rag.ingest.parsers.digitised.mets._MOST_PAGES", 2)
    items = parse_documents("mets", "i", issue_file(data.encode(), pages))
    assert [item.part for item in items if isinstance(item, UnreadPart)] == [
        "alto/p3.xml", "alto/p4.xml",
    ]  # fmt: skip
    assert [item.id for item in items if isinstance(item, Article)] == ["i!1", "i!2"]
    large = (issue / "alto" / "p2.xml").stat().st_size
    monkeypatch.setattr("rag.ingest.corpus.SIZE_LIMIT", max(large - 1, len(mets())))
    (issue / "alto" / "p2.xml").write_text(alto("2", TEXTS["2"]) + " " * len(mets()))
    articles, skipped = read(issue)
    assert skipped == {"alto/p2.xml": f"over {max(large - 1, len(mets()))} bytes"}
    assert articles["issue!2"].text.endswith("27 barges had passed and the")


def test_an_area_of_the_page_takes_the_blocks_in_it(issue):
    page = alto("1", TEXTS["1"])
    for row, block in enumerate(TEXTS["1"]):
        place = f"HPOS='10' VPOS='{100 * row}' WIDTH='200' HEIGHT='90'"
        page = page.replace(f"ID='{block}'", f"ID='{block}' {place}")
    (issue / "alto" / "p1.xml").write_text(page)
    shape = "<mets:fptr><mets:area FILEID='F1' SHAPE='RECT' COORDS='{}'/></mets:fptr>"
    upper, lower = shape.format("0,100,300,290"), shape.format("0,300,300,400")
    (issue / "issue.xml").write_text(mets(div("ISSUE", div("ARTICLE", upper),
                                              div("ARTICLE", lower))))  # fmt: skip
    articles, _ = read(issue)
    assert "27 barges" in articles["issue!1"].text and "Lamps" not in articles["issue!1"].text
    assert articles["issue!2"].text == "Lamps for sale, 3 crowns."
    (issue / "alto" / "p1.xml").write_text(
        page.replace("<Layout>", "<MeasurementUnit>mm10</MeasurementUnit><Layout>")
    )
    articles, _ = read(issue)  # places in another unit tell nothing: the page is one article
    assert [id for id in articles if "page" not in id] == []


def test_a_page_that_two_issues_name_is_read_once(issue):
    (issue / "copy.xml").write_text(mets())
    articles, skipped = read(issue)
    assert {id.partition("!")[0] for id in articles} == {"copy"}
    assert "METS without the pages" in skipped["issue.xml"]


def test_an_xml_file_that_has_not_changed_is_not_opened_again(issue, monkeypatch):
    first = Corpus.open(issue).issue_pages
    opened = list[str]()
    whole = CorpusFile.open
    monkeypatch.setattr(CorpusFile, "open", lambda file: opened.append(file.name) or whole(file))
    assert Corpus.open(issue).issue_pages == first
    assert opened == []
    (issue / "issue.xml").write_text(mets().replace("alto/p2.xml", "alto/none.xml"))
    assert list(Corpus.open(issue).issue_pages) == ["alto/p1.xml"]
    assert opened == ["issue.xml"]


def test_pages_are_read_by_themselves_where_the_structure_is_broken(issue):
    (issue / "issue.xml").write_text(mets()[:-20])
    articles, skipped = read(issue)
    assert list(articles) == ["alto/p1", "alto/p2"]
    assert list(skipped) == ["issue.xml"]


def test_a_page_that_leads_out_of_the_folder_is_not_read(issue, tmp_path):
    (tmp_path / "p9.xml").write_text(alto("9", {"A2": ["Nobody is to read this page."]}))
    (issue / "issue.xml").write_text(mets(folder="../").replace("p1.xml", "p9.xml"))
    (issue / "link.xml").symlink_to(tmp_path / "p9.xml")
    articles, skipped = read(issue)
    assert not any("Nobody is to read" in each.text for each in articles.values())
    assert skipped["link.xml"] == "the link leads out of the corpus"
    assert "METS without the pages" in skipped["issue.xml"]


def test_an_issue_is_read_again_when_a_page_has_changed(issue):
    first = Corpus.open(issue).scan({})
    list(first)
    stamps = {
        name: replace(stamp, checked_at=stamp.checked_at + 10**10)  # old enough to be trusted
        for name, stamp in first.stamps.items()
        if stamp is not None
    }
    assert list(stamps) == ["issue.xml"]
    assert list(Corpus.open(issue).scan(stamps)) == []
    page = issue / "alto" / "p2.xml"
    page.write_text(page.read_text().replace("nine", "five"))
    items = [item for _, item in Corpus.open(issue).scan(stamps)]
    assert any("five days" in item.text for item in items if isinstance(item, Article))


def test_references_of_every_form():
    data = (
        b"<mets xlink:href='file://./alto/1.xml'><a href=\"file:///alto/2.xml\"/><a href='3.xml'/>"
        b"<a xlink:href='file://localhost/4.xml'/><a href='https://h.example/5.xml'/>"
        b"<a href='./a%20b/6&amp;7.xml'/><a href='alto\\8.xml'/><a href='3.xml'/></mets>"
    )
    assert page_references(data) == [
        "alto/1.xml",
        "alto/2.xml",
        "3.xml",
        "4.xml",
        "a b/6&7.xml",
        "alto/8.xml",
    ]


def zipped(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def unpacked(members: dict[str, str]) -> tuple[list[Article], list[UnreadPart]]:
    """The articles of an archive, and what of it is not read."""
    articles, unread = list[Article](), list[UnreadPart]()
    for inner in unpack("zip", io.BytesIO(zipped(members))):
        if isinstance(inner, UnreadPart):
            unread.append(inner)
            continue
        items = parse_documents(inner.extension, f"z!{inner.part}", inner.data)
        articles += [item for item in items if isinstance(item, Article)]
        unread += [item for item in items if isinstance(item, UnreadPart)]
    return articles, unread


@pytest.mark.parametrize(
    ("folder", "structure", "pages"),
    [
        ("", "mets.xml", "alto/p{}.xml"),
        ("1911/03/", "00012_mets.xml", "alto/p{}.xml"),
        ("1911\\", "issue.mets", "alto\\p{}.xml"),
    ],
)
def test_an_issue_in_an_archive_is_that_of_its_structure(folder, structure, pages):
    members = {folder + pages.format(page): alto(page, texts) for page, texts in TEXTS.items()}
    members |= {folder + structure: mets(), "readme.txt": "Scanned in 2019, by the library.\n"}
    articles, unread = unpacked(members)
    note, lock, lamps, snow = articles
    assert unread == []
    assert note.text == "Scanned in 2019, by the library."
    assert (lock.title, lock.source, lock.published) == (
        "LOCK CLOSED",
        "The Hellin Post",
        "1911-03-04",
    )
    assert [each.title for each in (lamps, snow)] == ["Lamps for sale, 3 crowns.", "SNOW IN OSBY"]
    assert lock.id == f"z!{(folder + structure).rpartition('.')[0]}!2".replace("\\", "/")


def test_two_issues_and_a_page_of_none_in_an_archive():
    members = {f"{n}/mets.xml": mets() for n in "ab"}
    members |= {f"{n}/alto/p{p}.xml": alto(p, TEXTS[p]) for n in "ab" for p in "12"}
    articles, unread = unpacked(members | {"c/p9.xml": alto("9", {"X": ["A page of none."]})})
    assert unread == []
    assert [each.title for each in articles].count("LOCK CLOSED") == 2
    assert articles[0].text == "A page of none."
    assert len(articles) == 7


def test_pages_are_read_where_the_structure_in_an_archive_is_broken():
    members = {"mets.xml": mets()[:-40], "alto/p1.xml": alto("1", TEXTS["1"])}
    (page,), (structure,) = unpacked(members)
    assert "The lock of Hellin was closed" in page.text
    assert structure.part == "mets.xml"
