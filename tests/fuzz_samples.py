"""Small valid documents of every format, for `tests.fuzz` to bend."""

from __future__ import annotations

import gzip
import io
import plistlib
import zipfile
from functools import cache

from tests.ingest.containers import archive, mailbox, response, warc

ODF = " ".join(
    f"xmlns:{name}='urn:oasis:names:tc:opendocument:xmlns:{name}:1.0'"
    for name in ("office", "text", "table", "style")
)
OOXML = " ".join(
    f"xmlns:{name}='http://schemas.openxmlformats.org/{path}'"
    for name, path in (
        ("a", "drawingml/2006/main"),
        ("p", "presentationml/2006/main"),
        ("r", "officeDocument/2006/relationships"),
    )
)
MEMBERS = {  # of archives, by kind and name
    "odt": {
        "content.xml": f"<office:document-content {ODF}><office:body><office:text><text:h "
        "text:outline-level='1'>Ferry</text:h><text:p>She<text:s/>said <text:span>no</text:span>."
        "</text:p><table:table><table:table-row><table:table-cell "
        "table:number-columns-repeated='2'>"
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table></office:text>"
        "</office:body></office:document-content>",
    },
    "epub": {
        "META-INF/container.xml": "<container><rootfiles><rootfile full-path='a.opf'/></rootfiles>"
        "</container>",
        "a.opf": "<package xmlns='http://www.idpf.org/2007/opf'><manifest><item id='a' "
        "href='a.html'"
        " media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine>"
        "</package>",
        "a.html": "<html><body><h1>Ferry</h1><p>She said <sup>2</sup> no.</p></body></html>",
    },
    "pptx": {
        "ppt/presentation.xml": f"<p:presentation {OOXML}><p:sldIdLst><p:sldId r:id='r1'/>"
        "</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": "<R><R Id='r1' Type='/slide' Target='a.xml'/></R>",
        "ppt/a.xml": f"<p:sld {OOXML}><p:sp><p:nvPr><p:ph type='title'/></p:nvPr><a:p><a:r><a:t>"
        "Ferry</a:t></a:r></a:p></p:sp><p:sp><a:p><a:r><a:rPr baseline='30000'/><a:t>2</a:t></a:r>"
        "<a:br/><a:r><a:t>She said no.</a:t></a:r></a:p></p:sp><a:tbl><a:tr><a:tc/></a:tr></a:tbl>"
        "</p:sld>",
        "ppt/_rels/a.xml.rels": "<R><R Id='r1' Type='/notesSlide' Target='a.xml'/></R>",
    },
    "zip": {
        "letters/a.txt": "The ferry sailed on Monday. She said no.",
        "b.csv": "title,text\nOne,She said no.\n",
        "c.jpg": "x",
    },
}
SAMPLES = {
    "rtf": rb"{\rtf1\ansi{\fonttbl{\f0 A;}}{\info{\title T}}\f0 Ferry\par It {\strike 4} cost 5"
    rb"{\super 2} \u8364?\'e9.{\footnote N.}\par\trowd\intbl a\cell b\cell\row\pard End.\par}",
    "mht": b"From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related; "
    b"boundary=B\n\n--B\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
    b"<html><body><h1>Ferry</h1><p>The ferry sailed on Monday, and she said =E2=80=9Cno=E2=80=9D "
    b"to him.</p></body></html>\n--B--\n",
    "srt": b"1\n00:00:01,000 --> 00:00:03,000\nThe ferry <i>sailed</i>\non Monday.\n\n2\n00:0"
    b"0:04,000 "
    b"--> 00:00:05,000\n- She said no.\n",
    "vtt": b"WEBVTT - Ferry\n\nNOTE no\n\na\n00:01.000 --> 00:03.000 align:start\n<v Ada>She "
    b"said &amp; "
    b"no.\n\n00:03.000 --> 00:04.000\n<00:03.100><c>Yes</c>\n",
    "nitf": b"<?xml version='1.0' encoding='utf-8'?><nitf><head><docdata><date.issue norm='201"
    b"00101'/>"
    b"</docdata></head><body><body.head><hedline><hl1>Ferry</hl1></hedline><byline>By <person>A B"
    b"</person></byline></body.head><body.content><p>She said &eacute; no.</p><table><tr><td>x</td>"
    b"</tr></table></body.content></body></nitf>",
    "newsml": b"<newsMessage><newsItem><itemMeta><pubStatus qcode='stat:usable'/></itemMeta><con"
    b"tentMeta>"
    b"<headline>Ferry</headline></contentMeta><contentSet><inlineXML><html><body><p>Sh"
    b"e said no.</p>"
    b"</body></html></inlineXML></contentSet></newsItem><NewsItem><HeadLine>F</HeadLin"
    b"e><DataContent>"
    b"Text.</DataContent></NewsItem></newsMessage>",
    "xml": b"<rss><channel><title>Post</title><item><title>Ferry</title><link>https://e.example/a"
    b"</link><pubDate>Fri, 2 Jun 2023 10:00:00 +0000</pubDate><encoded><![CDATA[<p>She said "
    b"no.</p>]]></encoded></item><entry><link href='b'/><content><p>Yes.</p></content></entry>"
    b"</channel></rss>",
    "alto": b"<alto><Styles><TextStyle ID='s' FONTSIZE='9'/></Styles><Layout><Page PHYSICAL_IM"
    b"G_NR='3'>"
    b"<PrintSpace><TextBlock STYLEREFS='s'><TextLine><String CONTENT='The'/><String CONTENT='fe' "
    b"SUBS_TYPE='HypPart1' SUBS_CONTENT='ferry'/><HYP CONTENT='-'/></TextLine><TextLine><String "
    b"CONTENT='rry' SUBS_TYPE='HypPart2' SUBS_CONTENT='ferry'/></TextLine></TextBlock></PrintSpace>"
    b"</Page></Layout></alto>",
    "hocr": b"<html><body><div class='ocr_page' title='ppageno 2'><p class='ocr_par'><span cla"
    b"ss='ocr_line' "
    b"title='x_size 20'><span class='ocrx_word'>Fer-</span></span> <span class='ocr_line'>ry "
    b"sailed.</span></p></div></body></html>",
    "webarchive": plistlib.dumps(
        {
            "WebMainResource": {
                "WebResourceData": b"<html><body><h1>Ferry</h1><p>The ferry sailed on Monday, and "
                b"she said no to him.</p></body></html>",
                "WebResourceMIMEType": "text/html",
                "WebResourceURL": "https://e.example/a",
            }
        }
    ),
    "csv": b'title,date,text\nFerry,2023-06-03,"She said no.\n\nTwice."\nTwo,3.6.2023,Yes.\n',
    "json": b'{"articles": [{"id": 1, "title": "F", "text": "<p>She said no.</p>", '
    b'"date": 1685750400},'
    b'{"headline": "Two", "body": "Yes.", "authors": [{"name": "A B"}]}]}',
}


_MAIL = (
    b"From: A <a@x.example>\nSubject: =?utf-8?q?F=C3=A4hre?=\nDate: Fri, 2 Jun 2023 "
    b"10:00:00 "
    b"+0000\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain; "
    b"charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nShe =E2=80=9C"
    b"no=E2=80=9D.\n--B\n"
    b'Content-Type: text/csv\nContent-Disposition: attachment; filename="v.csv"'
    b"\n\na,b\nx,1\n--B--\n"
)
METS = (
    b"<mets><dmdSec ID='d'><mods><title>Post</title><dateIssued>1911-03-04</dateIssued></mods>"
    b"</dmdSec><fileSec><file ID='f'><FLocat href='a.xml'/></file></fileSec><structMap "
    b"TYPE='PHYSICAL'><div TYPE='PAGE' ORDER='3'><fptr FILEID='f'/></div></structMap><structMap "
    b"TYPE='LOGICAL'><div TYPE='ISSUE' DMDID='d'><div TYPE='ARTICLE' LABEL='Ferry'><div "
    b"TYPE='TITLE'><fptr><area FILEID='f' BEGIN='a'/></fptr></div><div TYPE='BODY'><fptr><area "
    b"FILEID='f' BEGIN='b' END='c'/></fptr></div></div></div></structMap></mets>"
)
METS_PAGE = b"<alto><Layout><Page><PrintSpace>%s</PrintSpace></Page></Layout></alto>" % b"".join(
    b"<TextBlock ID='%s'><TextLine><String CONTENT='Ferry'/></TextLine></TextBlock>" % name
    for name in (b"a", b"b", b"c", b"d")
)
_PAGE = (
    "<html><body><h1>Ferry</h1><p>The ferry sailed on Monday, and she said no.</p></body></html>"
)
BOXES = {  # files that hold files
    "eml": _MAIL,
    "mbox": mailbox(_MAIL, b"Subject: Two\n\n>From her came no word.\n"),
    "warc": warc(response("https://e.example/a", _PAGE), response("https://e.example/b", _PAGE)),
}


@cache
def sample(kind: str) -> bytes:
    """A small valid document."""
    out = io.BytesIO()
    if kind in SAMPLES | BOXES:
        return (SAMPLES | BOXES)[kind]
    if kind == "wacz":
        return archive({"archive/a.warc.gz": gzip.compress(BOXES["warc"])})
    if kind in MEMBERS:
        with zipfile.ZipFile(out, "w") as target:
            for name, content in MEMBERS[kind].items():
                target.writestr(name, content)
    elif kind == "scan":
        from PIL import Image
        from reportlab.lib.utils import ImageReader
        from reportlab.pdfgen import canvas

        paper = canvas.Canvas(out, pagesize=(60, 40), pageCompression=0)
        paper.drawImage(ImageReader(Image.new("L", (20, 10), 200)), 0, 0, 60, 40)
        paper.showPage()
        paper.save()
    elif kind == "docx":
        from docx import Document

        document = Document()
        document.add_paragraph("The ferry sailed on Monday. She said no.")
        document.add_table(2, 2).cell(0, 0).text = "Name"
        document.save(out)
    elif kind == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in (["Port", "Cod"], ["Lund", 1.5], ["Osby", None]):
            book.active.append(row)
        book.save(out)
    else:
        from reportlab.pdfgen import canvas

        paper = canvas.Canvas(out, pageCompression=0)
        paper.setTitle("A title")
        for _ in range(2):
            paper.drawString(50, 800, "The ferry sailed on Monday. She said no.")
            paper.showPage()
        paper.save()
    return out.getvalue()
