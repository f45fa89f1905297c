"""Scanned pages as character recognition writes them (hOCR, ALTO): paragraphs, hyphens, pages."""

from __future__ import annotations

import pytest

from rag.ingest.document import UnreadableDocument
from rag.ingest.markup.places import PlacedLine, place_at, places_of_lines, write_places
from rag.ingest.parsers import parse_documents
from rag.types import Article


def hocr(*pages: str, system: str = "tesseract 5.3") -> bytes:
    numbered = "".join(
        f"<div class='ocr_page' title='bbox 0 0 9 9; ppageno {number}'>{page}</div>"
        for number, page in enumerate(pages, 6)
    )
    head = f"<head><meta name='ocr-system' content='{system}'/></head>"
    return f"<html>{head}<body>{numbered}</body></html>".encode()


def lines(*texts: str, size: int = 20, kind: str = "ocr_line") -> str:
    return "<p class='ocr_par'>" + "".join(
        f"<span class='{kind}' title='bbox 1 1 2 2; x_size {size}'>"
        + " ".join(f"<span class='ocrx_word'>{word}</span>" for word in text.split())
        + "</span>\n"
        for text in texts
    ) + "</p>"  # fmt: skip


def only(kind: str, data: bytes) -> Article:
    (article,) = parse_documents(kind, "a", data)
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize("kind", ["hocr", "html", "xml"])
def test_words_of_hocr_become_paragraphs(kind):
    first = lines("LOCK CLOSED", size=60) + lines(
        "The lock of Hellin was closed on Mon-",
        "day after a well-",
        "known barge had struck it and",
    )
    article = only(kind, hocr(first, lines("broken its gate.") + lines("Nobody was hurt.")))
    assert article.title == "LOCK CLOSED"
    assert article.text.split("\n") == [
        "The lock of Hellin was closed on Monday after a well-known barge had struck it and "
        "broken its gate.",
        "Nobody was hurt.",
    ]
    pages = article.details["places"]
    assert place_at(pages, 0) == "7"
    assert place_at(pages, article.text.index("broken")) == "8"
    assert place_at(pages, article.text.index("Nobody")) == "8"


def test_heads_of_pages_are_left_out_where_they_are_marked():
    head = lines("THE HELLIN POST", kind="ocr_header")
    body = lines("The lock of Hellin was closed on Monday.", "It is to open in May.")
    assert "POST" not in only("hocr", hocr(head + body, system="other 1.0")).text
    ours = only("hocr", hocr(head + body))  # Tesseract calls a heading so
    assert "THE HELLIN POST" in (ours.title, ours.text.split("\n")[0])


def alto(blocks: str, page: str = "ID='p'") -> bytes:
    return (
        "<alto xmlns='http://www.loc.gov/standards/alto/ns-v3#'><Styles><TextStyle ID='big' "
        "FONTSIZE='30'/><TextStyle ID='small' FONTSIZE='9'/></Styles><Layout>"
        f"<Page {page}><TopMargin><TextBlock><TextLine><String CONTENT='HEAD'/></TextLine>"
        f"</TextBlock></TopMargin><PrintSpace>{blocks}</PrintSpace></Page></Layout></alto>"
    ).encode()


STRING = "<String CONTENT='{}'/>"


def block(*texts: str, style: str = "small") -> str:
    return (
        f"<TextBlock STYLEREFS='{style}'>"
        + "".join(
            "<TextLine>"
            + "<SP/>".join(f"<String CONTENT='{w}'/>" for w in t.split())
            + "</TextLine>"
            for t in texts
        )
        + "</TextBlock>"
    )


def test_words_of_alto_become_paragraphs():
    parted = (
        "<TextBlock STYLEREFS='small'><TextLine><String CONTENT='The'/><SP/><String CONTENT='la' "
        "SUBS_TYPE='HypPart1' SUBS_CONTENT='lamp'/><HYP CONTENT='-'/></TextLine><TextLine><String "
        "CONTENT='mp' SUBS_TYPE='HypPart2' SUBS_CONTENT='lamp'/><SP/><String CONTENT='burnt.'/>"
        "</TextLine></TextBlock>"
    )
    hyphen = (
        "<TextBlock STYLEREFS='small'><TextLine><String CONTENT='Its'/><SP/><String CONTENT='kee'/>"
        "<HYP CONTENT='¬'/></TextLine><TextLine><String CONTENT='per'/><SP/><String "
        "CONTENT='slept.'/></TextLine></TextBlock>"
    )
    heading = block("FIRE AT HELLIN", style="big")
    group = f"<ComposedBlock>{heading}{parted}</ComposedBlock>"
    article = only("xml", alto(group + hyphen, "PHYSICAL_IMG_NR='12'"))
    assert article.title == "FIRE AT HELLIN"
    assert article.text == "The lamp burnt.\nIts keeper slept."
    assert place_at(article.details["places"], 20) == "12"


def test_a_sentence_that_a_column_cuts_off_is_one():
    first = block("The lock of Hellin was closed on Monday af-")
    article = only("alto", alto(first + block("ter it was struck.") + block("Then it rained.")))
    assert article.text.split("\n") == [
        "The lock of Hellin was closed on Monday after it was struck.",
        "Then it rained.",
    ]


def test_the_number_of_a_page_is_not_made_up():
    words = block("The lock of Hellin was closed on Monday.")
    assert "places" not in only("xml", alto(words)).details
    two = alto(words).replace(
        b"</Layout>", b"<Page><PrintSpace>" + words.encode() + b"</PrintSpace></Page></Layout>"
    )
    assert place_at(only("xml", two).details["places"], 60) == "2"


@pytest.mark.parametrize("data", [hocr(""), hocr(lines(" "))])
def test_a_scan_without_words_is_refused(data):
    with pytest.raises(UnreadableDocument, match="no text in it"):
        parse_documents("hocr", "a", data)
    with pytest.raises(UnreadableDocument, match="no text in it"):
        parse_documents("xml", "a", alto(""))


def test_a_file_that_only_names_pages_is_told_from_them():
    with pytest.raises(UnreadableDocument, match="of a kind that is not read"):
        parse_documents("xml", "a", b"<mets xmlns='http://www.loc.gov/METS/'><fileSec/></mets>")


def test_places_of_a_text():
    places = write_places([(0, "1"), (4, "1"), (9, "2")])
    assert places == "0 1, 9 2"
    assert [place_at(places, offset) for offset in (0, 8, 9, 50)] == ["1", "1", "2", "2"]
    assert place_at("", 3) is None and place_at("5 1", 3) is None
    text_lines = [
        PlacedLine("Dropped", ((0, "1"),)),
        PlacedLine("One", ((0, "1"),)),
        PlacedLine("Two", ((0, "2"), (1, "3"))),
        PlacedLine("One", ((0, "4"),)),
    ]
    assert places_of_lines("One\nTwo\n\nOne", text_lines) == "0 1, 4 2, 5 3, 9 4"
