"""Word, OpenDocument, RTF, PDF, EPUB and workbooks: what a reader sees of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import openpyxl
import pytest
from docx import Document
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from rag.ingest.parsers import parse_documents
from rag.types import Article

LONG = (
    "The ferry company of Lund said on Tuesday that it would buy two ships for the line to Osby, "
    "which was closed in the spring after an inspector found holes in the hull of the old vessel."
)
OTHER = (
    "In other matters, the council gave 120,000 crowns to the museum of the harbour for a new "
    "roof. Its head, Ib Hall, said that rain had spoiled ten pictures in the last winter alone."
)


def read(kind: str, data: bytes) -> Article:
    (article,) = parse_documents(kind, "a", data)
    assert isinstance(article, Article)
    return article


def archive(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


# --- Word ---------------------------------------------------------------------------------------


def word(build: Callable[[Document], None]) -> bytes:
    document, out = Document(), io.BytesIO()
    build(document)
    document.save(out)
    return out.getvalue()


def test_word_without_what_is_struck_out_and_with_its_record():
    def build(document):
        document.add_heading("Two ships for Osby", 0)
        document.add_paragraph("Osby Herald, 3 March 1999")
        document.add_paragraph("By Nora Falk")
        paragraph = document.add_paragraph("It cost ")
        paragraph.add_run("4.1").font.double_strike = True
        paragraph.add_run(" 5.2 million and 10")
        paragraph.add_run("9").font.superscript = True
        paragraph.add_run(" bolts, H")
        paragraph.add_run("2").font.subscript = True
        paragraph.add_run("O.")
        paragraph.add_run(" secret").font.hidden = True
        table = document.add_table(3, 3)
        values = ("Port", "Cod", "Herring", "Lund", "1,204", "", "Osby", "", "6,733")
        for cell, value in zip((c for row in table.rows for c in row.cells), values, strict=True):
            cell.text = value
        document.core_properties.author = "Scan Service"
        document.core_properties.created = datetime(2021, 1, 2)

    assert read("docx", word(build)) == Article(
        id="a",
        title="Two ships for Osby",
        text="It cost 5.2 million and 10⁹ bolts, H₂O.\nPort | Cod | Herring\n"
        "Lund | Cod: 1,204 | Herring: –\nOsby | Cod: – | Herring: 6,733",
        source="Osby Herald",
        author="Nora Falk",
        published="1999-03-03",
        published_basis="stated: page line 'Osby Herald, 3 March 1999'",
        details={"file_made": "2021-01-02"},
    )


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_of(body: str, **parts: str) -> bytes:
    """A document with the XML of its body, and of further parts by name."""
    source = zipfile.ZipFile(io.BytesIO(word(lambda document: None)))
    members = {name: source.read(name).decode("latin-1") for name in source.namelist()}
    members |= {f"word/{name}.xml": text for name, text in parts.items()}
    members["word/document.xml"] = (
        f"<w:document xmlns:w='{WORD}'><w:body>{body}</w:body></w:document>"
    )
    return archive(members)


def test_word_raises_by_position_and_style_and_marks_captions():
    def run(text: str, properties: str = "") -> str:
        return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"

    def paragraph(runs: str, style: str = "") -> str:
        return f"<w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr>{runs}</w:p>"

    styles = (
        f"<w:styles xmlns:w='{WORD}'>"
        "<w:style w:styleId='P1'><w:name w:val='caption'/></w:style>"
        "<w:style w:styleId='P2'><w:name w:val='Old'/><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:styleId='C1'><w:name w:val='Power'/><w:rPr><w:vertAlign w:val='superscript'/>"
        "</w:rPr></w:style></w:styles>"
    )
    power, index = "<w:position w:val='8'/>", "<w:position w:val='-6'/>"
    near = "<w:position w:val='1'/>"
    runs = (
        *(run("It has 10"), run("6", power), run(" bolts, 10"), run("3", near), run("0 nuts, H")),
        *(run("2", index), run("O and 2"), run("8", "<w:rStyle w:val='C1'/>"), run(" rivets.")),
    )
    body = (
        paragraph(run("Two ships for Osby"), "Title")
        + paragraph("".join(runs))
        + paragraph(run("The ship in May"), "P1")
        + paragraph(run("Caption: The hull"), "P1")
        + paragraph(run("A hidden line."), "P2")
        + paragraph(run("It sails daily."))
    )
    article = read("docx", word_of(body, styles=styles))
    assert article.title == "Two ships for Osby"
    assert article.text.split("\n") == [
        "It has 10⁶ bolts, 1030 nuts, H₂O and 2⁸ rivets.",
        *("Caption: The ship in May", "Caption: The hull", "It sails daily."),
    ]


@pytest.mark.parametrize(
    ("line", "source", "day"),
    [
        ("Osby Herald — Saturday, 30 July 2022 — Page 4", "Osby Herald", "2022-07-30"),
        ("Saturday, 30 July 2022", None, None),  # perhaps the day of the print
        ("Osby Herald, printed 30 July 2022", None, None),
    ],
)
def test_heads_and_feet_of_pages_state_outlet_and_day(line, source, day):
    body = "<w:p><w:r><w:t>Two ships for Osby</w:t></w:r></w:p>" + "".join(
        f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in (LONG, OTHER)
    )
    head = f"<w:hdr xmlns:w='{WORD}'><w:p><w:r><w:t>{line}</w:t></w:r></w:p></w:hdr>"
    foot = (
        f"<w:ftr xmlns:w='{WORD}'><w:p><w:fldSimple w:instr='DATE'><w:r><w:t>Osby Herald, "
        "1 May 2024</w:t></w:r></w:fldSimple></w:p></w:ftr>"
    )
    office = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f"xmlns:{name}='{office}:{name}:1.0'" for name in ("office", "text", "style"))
    content = (
        f"<office:document-content {spaces}><office:body><office:text>"
        + "".join(f"<text:p>{each}</text:p>" for each in ("Two ships for Osby", LONG, OTHER))
        + "</office:text></office:body></office:document-content>"
    )
    styles = (
        f"<office:document-styles {spaces}><style:header><text:p>{line}</text:p></style:header>"
        "<style:footer><text:p>Osby Herald, <text:date>1 May 2024</text:date></text:p>"
        "</style:footer></office:document-styles>"
    )
    for kind, data in (
        ("docx", word_of(body, header1=head, footer1=foot)),
        ("odt", archive({"content.xml": content, "styles.xml": styles})),
    ):
        article = read(kind, data)
        assert (article.source, article.published) == (source, day)
        assert article.text == f"{LONG}\n{OTHER}"


def test_word_moves_notes_boxes_and_drop_caps():
    def run(text: str, properties: str = "") -> str:
        return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"

    body = (
        f"<w:p><w:moveFrom w:id='1'>{run('It is old. ')}</w:moveFrom>{run('It is blue.')}</w:p>"
        f"<w:p><w:moveTo w:id='2'>{run('It is old.')}</w:moveTo></w:p>"
        f"<w:p>{run('It sails')}<w:del w:id='3'><w:r><w:delText>ed</w:delText></w:r></w:del>"
        f"<w:ins w:id='4'>{run(' daily')}</w:ins><w:r><w:footnoteReference w:id='7'/></w:r>"
        f"{run('.')}</w:p>"
        f"<w:p><w:pPr><w:framePr w:dropCap='drop'/></w:pPr>{run('T')}</w:p>"
        f"<w:p>{run('he end.')}</w:p>"
        f"<w:p>{run('Here.')}<w:r><w:pict><w:txbxContent><w:p>{run('A box.')}</w:p></w:txbxContent>"
        "</w:pict></w:r></w:p>"
    )
    data = word(lambda document: None)
    source = zipfile.ZipFile(io.BytesIO(data))
    members = {name: source.read(name) for name in source.namelist()}
    members["word/document.xml"] = (
        f"<w:document xmlns:w='{WORD}'><w:body>{body}</w:body></w:document>".encode()
    )
    members["word/footnotes.xml"] = (
        f"<w:footnotes xmlns:w='{WORD}'><w:footnote w:id='7'><w:p>{run('Report, p. 4.')}</w:p>"
        "</w:footnote></w:footnotes>"
    ).encode()
    article = read("docx", archive(members))
    assert article.text.split("\n") == [
        "It is blue.",
        "It is old.",
        "It sails daily.",
        "Note: Report, p. 4.",
        "The end.",
        "Here.",
        "A box.",
    ]


# --- OpenDocument, RTF, EPUB ----------------------------------------------------------------------

ODF = " ".join(
    f"xmlns:{name}='urn:oasis:names:tc:opendocument:xmlns:{name}:1.0'"
    for name in ("office", "text", "table", "style", "meta")
)
ODT_BODY = """<text:tracked-changes><text:deletion><text:p>gone</text:p></text:deletion>
</text:tracked-changes><text:h text:outline-level='1'>Two ships</text:h>
<text:p>It cost <text:span text:style-name='S'>4.1</text:span> 5.2 million<text:note>
<text:note-body>
<text:p>Paper 7.</text:p></text:note-body></text:note>.</text:p><text:list><text:list-item>
<text:p>One<text:s text:c='2'/>item</text:p></text:list-item></text:list>"""


def test_open_document():
    content = (
        f"<office:document-content {ODF}><office:automatic-styles><style:style style:name='S'>"
        "<style:text-properties style:text-line-through-style='solid'/></style:style>"
        f"</office:automatic-styles><office:body><office:text>{ODT_BODY}</office:text>"
        "</office:body></office:document-content>"
    )
    meta = (
        f"<office:document-meta {ODF}><office:meta><meta:initial-creator>Nora Falk"
        "</meta:initial-creator><meta:creation-date>2020-05-05T10:00:00</meta:creation-date>"
        "</office:meta></office:document-meta>"
    )
    article = read("odt", archive({"content.xml": content, "meta.xml": meta}))
    assert article.text == "It cost 5.2 million.\nNote: Paper 7.\nOne item"
    assert (article.title, article.author) == ("Two ships", "Nora Falk")
    assert (article.published, article.details) == (None, {"file_made": "2020-05-05"})


RTF = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}}
{\info{\title Two ships}{\author Nora Falk}{\creatim\yr2020\mo3\dy5}}\f0 Two ships\par
It cost {\strike 4.1} 5.2 million\'85 and 10{\super 6} {\v no}bolts, \u8364?5.{\deleted no}
{\f1\'cc\'ee\'f1\'f2}\par\trowd\cellx1\cellx2\intbl A\cell\cell\row\pard
End{\footnote A note.}.\par{\*\generator X;}{\pict 0102}}"""


def test_rtf():
    article = read("rtf", RTF)
    assert article.text.split("\n") == [
        "It cost 5.2 million… and 10⁶ bolts, €5.Мост",
        "A | –",
        "End.",
        "Note: A note.",
    ]
    assert (article.title, article.author) == ("Two ships", "Nora Falk")
    assert (article.published, article.details) == (None, {"file_made": "2020-03-05"})


@pytest.mark.parametrize(
    ("first", "title"),
    [
        (rb"\b Two ships\b0", "Two ships"),
        (rb"\b The Osby Herald\b0", "Draft"),  # a masthead
        (rb"\b Two\b0  ships", "Draft"),
        (rb"\b Two ships\par It cost 5 million.", "Draft"),  # all of it is bold
    ],
)
def test_a_first_line_of_rtf_that_alone_is_bold_is_the_headline(first, title):
    data = rb"{\rtf1{\info{\title Draft}}%s\par They sail in May.\par}" % first
    assert read("rtf", data).title == title


@pytest.mark.parametrize("end", [b"\\\n", b"\\\r\n", b"\\\r", b"\\par\n"])
def test_rtf_of_textedit_ends_a_paragraph_by_a_backslash(end):
    lines = (
        rb"\f0\b The Hale Post", b"Ferry captain fined", b"By Nora Falk", b"7 May 2024", b"",
        rb"\b0 The captain of the ferry was fined on Monday\uc0\u8232 because he had no lamp.",
        b"He will appeal, he said.",
    )  # fmt: skip
    head = rb"{\rtf1\ansi\ansicpg1252\cocoartf2709{\fonttbl\f0\fcharset0 Arial;}\pard" + b"\n\n"
    article = read("rtf", head + end.join(lines) + end + b"}")
    assert (article.title, article.source) == ("Ferry captain fined", "The Hale Post")
    assert (article.author, article.published) == ("Nora Falk", "2024-05-07")
    assert article.text.split("\n") == [
        "The captain of the ferry was fined on Monday",
        "because he had no lamp.",
        "He will appeal, he said.",
    ]


def test_a_title_of_two_lines_is_one():
    data = (
        rb"{\rtf1 Ferry captain\line fined by the court\par He will appeal, he said on Friday.\par}"
    )
    assert read("rtf", data).title == "Ferry captain fined by the court"


CONTAINER = (
    "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
    "<rootfile full-path='o/book.opf'/></rootfiles></container>"
)
PACKAGE = """<package xmlns='http://www.idpf.org/2007/opf' xmlns:opf='http://www.idpf.org/2007/opf'
><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>The line</dc:title>
<dc:creator>Nora Falk</dc:creator><dc:creator>Ib Hall</dc:creator>
<dc:date opf:event='modification'>2024-01-01</dc:date><dc:date>1999-03-04</dc:date></metadata>
<manifest><item id='b' href='b.html' media-type='application/xhtml+xml'/>
<item id='a' href='t/a%20x.html' media-type='application/xhtml+xml'/>
<item id='n' href='n.html' media-type='application/xhtml+xml' properties='nav'/></manifest>
<spine><itemref idref='n'/><itemref idref='a'/><itemref idref='b'/></spine></package>"""


def test_epub_in_reading_order():
    members = {
        "META-INF/container.xml": CONTAINER,
        "o/book.opf": PACKAGE,
        "o/b.html": "<html><body><p>Second, 10<sup>6</sup>.</p></body></html>",
        "o/t/a x.html": "<html><body><h1>One</h1><p>First.</p></body></html>",
        "o/n.html": "<html><body><p>Contents</p></body></html>",
    }
    article = read("epub", archive(members))
    assert article.text == "One\nFirst.\n\nSecond, 10⁶."
    assert (article.title, article.author) == ("The line", "Nora Falk, Ib Hall")
    assert article.published == "1999-03-04"


# --- workbooks ------------------------------------------------------------------------------------


def workbook(*sheets: list[list[object]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_an_article_in_which_values_keep_their_headings():
    votes = [["Ward", "Falk", "Day"], ["North", None, date(2023, 6, 3)], ["South", 640.5, None]]
    article = read("xlsx", workbook(votes, [["A remark"]]))
    assert article.text.split("\n") == [
        "Sheet 0",
        "Ward | Falk | Day",
        "North | Falk: – | Day: 2023-06-03",
        "South | Falk: 640.5 | Day: –",
        "",
        "Sheet 1",
        "A remark",
    ]


def test_a_workbook_of_articles_gives_an_article_a_row():
    rows = [["Headline", "Text", "Date"], ["One", "Body one.", datetime(2023, 6, 3)], ["Two", "B."]]
    articles = parse_documents("xlsx", "a", workbook(rows))
    assert [(each.id, each.title, each.published) for each in articles] == [
        ("a!1", "One", "2023-06-03"),
        ("a!2", "Two", None),
    ]


# --- PDF ------------------------------------------------------------------------------------------


def pdf(draw: Callable[[Canvas], None]) -> Article:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    draw(canvas)
    canvas.save()
    return read("pdf", out.getvalue())


def lines(canvas: Canvas, text: str, x: float, y: float, width: float) -> None:
    canvas.setFont("Helvetica", 10)
    for number, line in enumerate(simpleSplit(text, "Helvetica", 10, width)):
        canvas.drawString(x, y - 13 * number, line)


def test_columns_are_read_one_after_the_other():
    def draw(canvas):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(50, 760, "Council news of the week")
        canvas.setFont("Helvetica", 10)
        pairs = zip(
            simpleSplit(LONG, "Helvetica", 10, 220),
            simpleSplit(OTHER, "Helvetica", 10, 220),
            strict=True,
        )
        for number, (left, right) in enumerate(pairs):  # drawn across, as OCR does
            canvas.drawString(50, 720 - 13 * number, left)
            canvas.drawString(290, 720 - 13 * number, right)

    article = pdf(draw)
    assert (article.title, article.text) == ("Council news of the week", f"{LONG}\n{OTHER}")


def test_a_column_is_whole_where_one_of_its_lines_reaches_into_the_gutter():
    left = ["The ferry of Lund is to be sold in", "spring, since nobody can be found who",
            "would mend her hull, the council said,", "although she was fastest of all, and she",
            "carried the mail of nine islands."]  # fmt: skip
    right = ["A cook from Osby has won the prize for", "soup with nettles, and takes home 300",
             "crowns and a ladle."]  # fmt: skip

    def draw(canvas):
        canvas.setFont("Helvetica", 10)
        for x, column in ((50, left), (265, right)):
            for row, line in enumerate(column):
                canvas.drawString(x, 720 - 13 * row, line)

    assert pdf(draw).text == f"{' '.join(left)}\n{' '.join(right)}"


@pytest.mark.parametrize("made_up", ["typed_0311", "IMG20190304", "DOC-2019-WA01", "a.docx"])
def test_a_title_that_a_program_made_up_is_none(made_up):
    def build(document):
        document.core_properties.title = made_up
        document.add_paragraph("Two ships for Osby")
        document.add_paragraph("Osby Herald, 3 March 1999")
        document.add_paragraph(LONG)

    assert read("docx", word(build)).title == "Two ships for Osby"


def test_running_heads_state_the_record_and_are_no_text():
    def draw(canvas):
        for number, text in enumerate((f"{LONG[:-1]},", f"and so on. {OTHER}"), 1):
            canvas.setFont("Helvetica", 8)
            canvas.drawString(50, 810, "The Osby Herald")
            canvas.drawRightString(545, 810, "Wednesday, March 3, 1999")
            canvas.drawCentredString(297, 30, f"- {number} -")
            if number == 1:
                canvas.setFont("Helvetica-Bold", 18)
                canvas.drawString(50, 770, "Two ships for Osby and")
                canvas.drawString(50, 748, "a roof for the museum")
            lines(canvas, text, 50, 700, 495)
            canvas.showPage()

    article = pdf(draw)
    assert article.title == "Two ships for Osby and a roof for the museum"
    assert (article.source, article.published) == ("The Osby Herald", "1999-03-03")
    assert article.text == f"{LONG[:-1]}, and so on. {OTHER}"


THIRD = (
    "A museum has asked for the first jug that comes out, and will have to wait until Thursday, "
    "because a kiln that is opened too soon breaks its own back, as she put it."
)
CAPTION = "The kiln before the fire. Photo: W. Teague"


def column(canvas, text, x, y):
    """A column of paragraphs, and the height at which it ends."""
    canvas.setFont("Helvetica", 10)
    for paragraph in text.split("\n"):
        for line in simpleSplit(paragraph, "Helvetica", 10, 220):
            canvas.drawString(x, y, line)
            y -= 13
        y -= 6
    return y


@pytest.mark.parametrize("below", ["", THIRD])
@pytest.mark.parametrize("caption", [CAPTION, f"{CAPTION},\nlent by the museum of the town"])
def test_a_column_beside_a_picture_is_whole(caption, below):
    def draw(canvas):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(50, 780, "The great kiln burns again in Sarn")
        end = column(canvas, f"{LONG}\n{OTHER}\n{LONG}", 50, 740)
        canvas.setFont("Helvetica", 7.5)
        for number, line in enumerate(caption.split("\n")):
            canvas.drawString(300, end + 45 - 9 * number, line)
        column(canvas, below, 300, end + 15)

    below_picture = " ".join(caption.split())
    whole = [LONG, OTHER, LONG, below_picture, *filter(None, [below])]
    assert [" ".join(each.split()) for each in pdf(draw).text.split("\n")] == whole


def test_a_paragraph_goes_on_below_a_caption():
    parts = simpleSplit(THIRD, "Helvetica", 10, 220)

    def draw(canvas):
        end = column(canvas, f"{LONG}\n{OTHER}", 50, 740)
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(parts[:2]):
            canvas.drawString(50, end - 13 * number, line)
        canvas.setFont("Helvetica", 7.5)
        canvas.drawString(300, end + 60, CAPTION)
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(parts[2:]):
            canvas.drawString(300, end + 40 - 13 * number, line)
        column(canvas, OTHER, 300, end - 20)

    assert pdf(draw).text.split("\n") == [LONG, OTHER, THIRD, CAPTION, OTHER]


def page_text(number):
    """A text of a page that has no line in common with another page."""
    words = f"{LONG} {OTHER} {THIRD}".split()
    return " ".join([f"Year {1950 + number}:", *words[9 * number :], "and so on."])


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize(
    ("odd", "even"),
    [
        ("Northmark Quarterly%31d", "%d%31sTwo ships for Osby"),
        ("Northmark Quarterly %d", "%d Two ships for Osby"),
        ("Northmark Quarterly | %d", "%d | Two ships for Osby"),
    ],
)
def test_running_heads_of_odd_and_even_pages_are_no_text(odd, even, count):
    def draw(canvas):
        for number in range(count):
            page = 41 + number
            canvas.setFont("Helvetica", 8)
            head = odd % page if page % 2 else even.replace("%31s", " " * 31) % page
            for part in head.split(" " * 29):
                x = 50 if head.startswith(part) else 400
                canvas.drawString(x, 810, part.strip())
            lines(canvas, page_text(number), 50, 700, 495)
            canvas.showPage()

    assert pdf(draw).text == "\n".join(map(page_text, range(count)))


def test_another_head_in_the_place_of_a_running_one_is_no_text():
    def draw(canvas):
        for number, head in enumerate(("Northmark Quarterly", "Two ships", "Northmark Quarterly")):
            canvas.setFont("Helvetica", 8)
            canvas.drawString(50, 810, head)
            lines(canvas, page_text(number), 50, 700, 495)
            canvas.showPage()

    assert pdf(draw).text == "\n".join(map(page_text, range(3)))


def test_a_table_in_a_pdf_keeps_its_columns():
    def draw(canvas):
        lines(canvas, LONG, 50, 740, 480)
        canvas.setFont("Helvetica", 10)
        rows = (("Port", "Cod", "Herring"), ("Lund", "1,204", ""), ("Osby", "", "6,733"))
        for number, row in enumerate(rows):
            for x, value in zip((50, 200, 300), row, strict=True):
                canvas.drawString(x, 640 - 14 * number, value)

    assert pdf(draw).text.split("\n")[1:] == [
        "Port | Cod | Herring",
        "Lund | Cod: 1,204 | Herring: –",
        "Osby | Cod: – | Herring: 6,733",
    ]


def test_hyphens_raised_figures_and_drop_caps_in_a_pdf():
    def draw(canvas):
        canvas.setFont("Times-Roman", 30)
        canvas.drawString(50, 700, "T")
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(70, 712, "he well-known ferry carries thirty-")
        canvas.drawString(70, 700, "five men and makes 10")
        end = 70 + canvas.stringWidth("five men and makes 10", "Times-Roman", 10)
        canvas.setFont("Times-Roman", 6)
        canvas.drawString(end, 704, "6")
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(end + 3, 700, " knots for Grif-")
        canvas.drawString(50, 688, "fin, who is well-")
        canvas.drawString(50, 676, "known to all of them in the town of Lund.")

    assert pdf(draw).text == (
        "The well-known ferry carries thirty-five men and makes 10⁶ knots for Griffin, who is "
        "well-known to all of them in the town of Lund."
    )


def test_the_day_of_a_scan_is_no_day_of_publication():
    def draw(canvas):
        canvas.setTitle("scan0042.tif")
        canvas.setAuthor("Admin")
        canvas.setFont("Helvetica", 9)
        canvas.drawString(60, 800, "OSBY HERALD - Thursday 12 May 1966 - Page 4")
        canvas.setFont("Helvetica-Bold", 24)
        canvas.drawString(60, 765, "Mill burns down")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 745, "By Karl Brandt")
        lines(canvas, LONG, 60, 720, 470)

    article = pdf(draw)
    assert (article.title, article.text) == ("Mill burns down", LONG)
    assert (article.source, article.author) == ("OSBY HERALD", "Karl Brandt")
    assert article.published == "1966-05-12"
    assert article.details["file_made"] > "2020"


@pytest.mark.parametrize("kind", ["docx", "odt", "epub", "xlsx", "pdf", "rtf", "mht"])
def test_a_file_that_is_none_of_its_kind_is_rejected(kind):
    with pytest.raises(Exception, match=r"zip|PDF|RTF|page|MIME"):
        parse_documents(kind, "a", b"This is a plain text, whatever its name says.")
