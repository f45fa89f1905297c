"""Files that hold several articles: dumps, tables, mails with attachments, exports, saved pages."""

from __future__ import annotations

import base64
import io
import json
import plistlib
from email.message import EmailMessage

import pytest
from docx import Document

from rag.ingest.containers import unpack
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.document import UnreadPart
from rag.ingest.parsers import parse_documents
from rag.types import Article

BODY = "The ferry of Lund sails again, its director said."


def records(kind: str, data: str | bytes) -> list[tuple[str | None, ...]]:
    """id, title, outlet, author, day of each article."""
    items = parse_documents(kind, "a", data.encode() if isinstance(data, str) else data)
    return [
        (each.id, each.title, each.source, each.author, each.published)
        for each in items
        if isinstance(each, Article)
    ]


@pytest.mark.parametrize(
    ("value", "record"),
    [
        (
            {
                "_id": 7,
                "headline": "One",
                "content": BODY,
                "pubDate": "Tue, 06 Jun 2023 23:30:00 -0500",
                "publisher": {"name": "Osby Herald"},
                "authors": [{"name": "Nora Falk"}, "Ib Hall"],
            },
            ("7", "One", "Osby Herald", "Nora Falk, Ib Hall", "2023-06-06"),
        ),
        (
            {"link": "https://o.example/a", "title": "A &amp; B", "body": BODY, "date": 1685750400},
            ("https://o.example/a", "A & B", None, None, "2023-06-03"),
        ),
        ({"title": "No id", "text": BODY}, ("a", "No id", None, None, None)),
    ],
)
def test_a_line_of_a_dump_under_any_of_its_names(value, record):
    assert records("jsonl", json.dumps(value)) == [record]


def test_html_in_a_dump_is_plain_text_and_figures_stay():
    html = "<p>It cost <s>4</s> 5 &lt; 6 and 10<sup>6</sup>.</p><p>So &amp; so.</p>"
    (article,) = parse_documents("jsonl", "a", json.dumps({"id": "x", "text": html}).encode())
    assert article.text == "It cost 5 < 6 and 10⁶.\n\nSo & so."
    (plain,) = parse_documents("jsonl", "a", b'{"id": "x", "text": "3 < 4 and 5 > 2"}')
    assert plain.text == "3 < 4 and 5 > 2"


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda array: array,
        lambda array: {"status": "ok", "articles": array},
        lambda array: {"data": {"items": array, "tags": ["x"]}},
    ],
)
def test_json_with_an_array_of_articles(wrapped):
    array = [{"id": "x", "title": "One", "text": BODY}, {"title": "Two", "text": BODY}, {"id": 3}]
    items = parse_documents("json", "a", json.dumps(wrapped(array)).encode())
    assert [each.id for each in items if isinstance(each, Article)] == ["a!x", "a!2"]
    assert items[2] == UnreadPart("3", '"text" is missing, blank or not a string')


def test_an_array_on_a_line_of_a_dump():
    line = json.dumps([{"id": "x", "text": BODY}, {"id": "y", "text": BODY}])
    assert [record[0] for record in records("jsonl", line)] == ["x", "y"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_of_articles(separator):
    rows = [
        ["Titel", "Datum", "Quelle", "Text"],
        ["One", "3.6.2023", "Osby Herald", '"Two lines.\n\nAnd more."'],
        ["Two", "", "", BODY],
    ]
    table = "\n".join(separator.join(row) for row in rows)
    assert records("csv", table) == [
        ("a!1", "One", "Osby Herald", None, "2023-06-03"),
        ("a!2", "Two", None, None, None),
    ]
    (first, _) = parse_documents("csv", "a", table.encode())
    assert first.text == "Two lines.\n\nAnd more."


def test_a_table_of_values_is_one_article():
    (article,) = parse_documents("csv", "a", b"Catch\n\nport,cod,eel\nLund,12,\nOsby,,9\n")
    assert article.text.split("\n") == [
        "Catch",
        "port | cod | eel",
        "Lund | cod: 12 | eel: –",
        "Osby | cod: – | eel: 9",
    ]


DUMPS = {  # as scrapers, interfaces of news services and sets of data write an article
    "news-please": {
        "date_download": "2024-02-01 10:00:00", "date_modify": "2020-01-05", "description": "x",
        "date_publish": "2019-12-08 22:10:00", "authors": ["Ada Lind"], "maintext": BODY,
        "source_domain": "fen.example", "title": "No bells", "url": "https://fen.example/a",
    },
    "trafilatura": {
        "author": "Ada Lind", "hostname": "fen.example", "date": "2019-12-08", "raw_text": "x",
        "text": BODY, "source": "https://fen.example/a", "source-hostname": "Fen Courier",
        "title": "No bells", "id": None, "excerpt": "x",
    },
    "webz": {"posts": [{
        "thread": {"uuid": "t", "site": "fen.example", "title": "No bells", "site_full": "w"},
        "uuid": "u", "url": "https://fen.example/a", "author": "Ada Lind", "text": BODY,
        "published": "2019-12-08T22:10:00.000+02:00", "title": "No bells", "crawled": "2024-01-01",
    }]},
    "mediacloud": {
        "stories_id": 7, "title": "No bells", "publish_date": "2019-12-08 22:10:00",
        "media_name": "Fen Courier", "indexed_date": "2021-01-01", "story_text": BODY,
    },
    "event registry": {"articles": {"results": [{
        "uri": "7", "title": "No bells", "body": BODY, "date": "2019-12-08",
        "source": {"uri": "fen.example", "title": "Fen Courier"}, "authors": [{"name": "Ada Lind"}],
    }]}},
    "diffbot": {"objects": [{
        "title": "No bells", "text": BODY, "author": "Ada Lind", "siteName": "Fen Courier",
        "date": "Sun, 08 Dec 2019 22:10:00 GMT", "pageUrl": "https://fen.example/a",
    }]},
    "newscatcher": {"description": "a search", "articles": [{
        "title": "No bells", "published_date": "2019-12-08 22:10:00", "summary": "x",
        "name_source": "Fen Courier", "clean_url": "fen.example", "content": BODY,
    }]},
    "arc": {
        "headlines": {"basic": "No bells"}, "content_elements": [{"content": BODY}],
        "first_publish_date": "2019-12-08T22:10:00Z", "last_updated_date": "2021-01-01",
    },
    "feedly": {
        "title": "No bells", "published": 1575843000000, "origin": {"title": "Fen Courier"},
        "content": {"content": f"<p>{BODY}</p>"},
    },
    "newspaper3k in a table": {
        "title": "No bells", "authors": "['Ada Lind', 'Ib Hall']", "publish_date": "2019-12-08",
        "text": BODY, "source_url": "https://fen.example",
    },
    "nyt": {
        "headline": {"main": "No bells"}, "byline": {"original": "By Ada Lind"}, "snippet": "x",
        "pub_date": "2019-12-08T22:10:00+0000", "lead_paragraph": BODY, "source": "Fen Courier",
    },
    "feed": {
        "title": "No bells", "dc:creator": "Ada Lind", "content:encoded": f"<p>{BODY}</p>",
        "isoDate": "2019-12-08T22:10:00Z", "contentSnippet": "x",
    },
    "wordpress": {"post_title": "No bells", "post_content": BODY, "post_date": "2019-12-08 22:10",
                  "post_modified": "2021-01-01 00:00:00"},
    "xsum": {"document": BODY, "summary": "No bells", "title": "No bells", "date": "2019-12-08"},
}  # fmt: skip
AUTHORS = {
    "newspaper3k in a table": "Ada Lind, Ib Hall",
    **dict.fromkeys(("mediacloud", "newscatcher", "arc", "feedly", "wordpress", "xsum"), None),
}
OUTLETS = {
    **dict.fromkeys(("news-please", "webz"), "fen.example"),
    **dict.fromkeys(("arc", "newspaper3k in a table", "feed", "wordpress", "xsum"), None),
}


@pytest.mark.parametrize("name", DUMPS)
def test_fields_as_scrapers_and_services_call_them(name):
    (article,) = parse_documents("json", "a", json.dumps(DUMPS[name]).encode())
    assert isinstance(article, Article)
    assert (article.title, article.text) == ("No bells", BODY)
    assert article.published == "2019-12-08"
    assert article.author == AUTHORS.get(name, "Ada Lind")
    assert article.source == OUTLETS.get(name, "Fen Courier")


def test_a_mail_and_its_attachments(tmp_path):
    mail = EmailMessage()
    mail["From"] = "Nora Fälk <nora@x.example>"
    mail["Subject"] = "Linie öffnet"
    mail["Date"] = "Fri, 02 Jun 2023 23:30:00 -0700"
    mail.set_content("Die Fähre fährt.\n", charset="iso-8859-1")
    mail.add_alternative("<p>not this</p>", subtype="html")
    mail.add_attachment(b"ward,falk\nNorth,3\n", "text", "csv", filename="votes.csv")
    mail.add_attachment(b"\x89PNG", "image", "png", filename="a.png")
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "a.eml").write_bytes(mail.as_bytes())
    text, votes, picture = Corpus.open(tmp_path)
    assert (text.id, text.title, text.text) == ("box/a", "Linie öffnet", "Die Fähre fährt.")
    assert (text.author, text.published) == ("Nora Fälk", "2023-06-02")
    assert text.details == {
        "sender": "Nora Fälk <nora@x.example>",
        "sent": "2023-06-02T23:30:00-07:00",
    }
    assert (votes.id, votes.details) == ("box/a!votes", {"inner": "votes"})
    assert picture == SkippedFile("box/a.eml!a.png", "of a kind that is not read (.png)")


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        (b"=?iso-8859-1?Q?Mayor=92s_chain?=", "Mayor’s chain"),
        (b"=?US-ASCII*en?q?Mayor=92s_=80_5?=", "Mayor’s € 5"),
        (b"=?latin1?B?" + base64.b64encode(b"Mayor\x92s chain") + b"?=", "Mayor’s chain"),
        (b"=?gb2312?B?" + base64.b64encode("镕基".encode("gbk")) + b"?=", "镕基"),
        (b"=?utf-8?Q?Caf=C3?=\r\n =?utf-8?Q?=A9_opens?= now", "Café opens now"),
        (b"=?UTF-8?B?" + base64.b64encode("Ελ".encode()[:3]) + b"?=\r\n =?UTF-8?B?"
         + base64.b64encode("Ελ".encode()[3:]) + b"?=", "Ελ"),
        (b"Mayor\x92s chain \x96 found at caf\xe9", "Mayor’s chain – found at café"),
        ("Fähre – größer".encode(), "Fähre – größer"),
        (b"=?iso-8859-1?Q?a=81b?=", "a\ufffdb"),
        (b"what does =?foo mean?", "what does =?foo mean?"),
    ],
)  # fmt: skip
def test_headers_of_a_mail_are_read_as_browsers_would(subject, title):
    mail = b"From: =?ascii?Q?Zo=EB_O=92Hara?= <z@x.example>\r\nSubject: " + subject + b"\r\n\r\n"
    (article,) = parse_documents("eml", "m", mail + b"The bell was sold on Friday, he said.\r\n")
    assert isinstance(article, Article)
    assert (article.title, article.author) == (title, "Zoë O’Hara")


@pytest.mark.parametrize(
    "named",
    [
        b'filename="=?iso-8859-1?Q?Caf=E9=92s.txt?="',
        b"filename*=iso-8859-1'en'Caf%E9%92s.txt",
        b"filename*0*=ISO-8859-1''Caf%E9; filename*1*=%92s.txt",
    ],
)
def test_names_of_attachments_are_read_as_browsers_would(named):
    head = b"From: a@x.example\nSubject: =?iso-8859-1?Q?A=92b?=\nMIME-Version: 1.0\nContent-Type: "
    parts = b"\n--B\n\nThe bell was sold.\n--B\nContent-Type: text/plain\nContent-Disposition: "
    note = (
        b"attachment; " + named + b"\n\nThe cafe was shut.\n--B\nContent-Type: message/rfc822\n\n"
    )
    mail = head + b"multipart/mixed; boundary=B\n" + parts + note + head + b"text/plain\n\nInner.\n"
    items = list(unpack("eml", io.BytesIO(mail + b"--B--\n")))
    assert [item.part for item in items] == ["", "Café’s", "2"]
    (inner,) = parse_documents("eml", "m", items[2].data)
    assert isinstance(inner, Article)
    assert inner.title == "A’b"


def test_a_saved_page_is_its_article():
    html = f"<html><head><title>One</title></head><body><h1>One</h1><p>“{BODY}”</p></body></html>"
    encoded = base64.b64encode(html.encode("cp1252")).decode()
    data = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://o.example/x\r\n"
        "Date: Mon, 5 Jun 2023 08:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="B"\r\n\r\n--B\r\n'
        'Content-Type: text/html; charset="windows-1252"\r\nContent-Transfer-Encoding: base64\r\n'
        f"\r\n{encoded}\r\n--B\r\nContent-Type: text/css\r\n\r\np{{}}\r\n--B--\r\n"
    )
    for kind in ("mht", "mhtml", "html"):  # whatever its name says
        (article,) = parse_documents(kind, "a", data.encode())
        assert (article.title, article.text) == ("One", f"“{BODY}”")
        assert (article.url, article.published) == ("https://o.example/x", None)
        assert article.details == {"captured": "2023-06-05T08:00:00+00:00"}


@pytest.mark.parametrize("form", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_a_page_that_safari_saved_is_its_article(form):
    html = f"<html><head><title>One</title></head><body><h1>One</h1><p>“{BODY}”</p></body></html>"
    main = {
        "WebResourceData": html.encode("cp1252"),
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": "iso-8859-1",
        "WebResourceURL": "https://o.example/x",
    }
    data = plistlib.dumps({"WebMainResource": main, "WebSubresources": [main]}, fmt=form)
    (article,) = parse_documents("webarchive", "a", data)
    assert (article.title, article.text) == ("One", f"“{BODY}”")
    assert article.url == "https://o.example/x"


def test_a_text_that_safari_saved_may_hold_several_articles():
    main = {"WebResourceData": PROQUEST.encode(), "WebResourceMIMEType": "text/plain"}
    data = plistlib.dumps({"WebMainResource": {**main, "WebResourceURL": "https://o.example/x"}})
    articles = parse_documents("webarchive", "a", data)
    assert [each.id for each in articles] == ["a!1", "a!2"]
    assert [each.url for each in articles] == ["https://o.example/x"] * 2


NEXIS = """                          1 of 2 DOCUMENTS

                          The Osby Herald

                     March 3, 1999 Wednesday
                          City Edition

Fire in Mill Street

BYLINE: By KARL BRANDT, Staff Writer

SECTION: LOCAL; Pg. A1

LENGTH: 20 words

A fire in Mill Street on Tuesday destroyed four houses
and a stable.

LOAD-DATE: March 4, 1999

                  Copyright 1999 The Osby Herald

                          2 of 2 DOCUMENTS

                             Lund Times

April 7, 2003, Monday

HEADLINE: Cup won

BODY:
The cup was won.

LOAD-DATE: April 8, 2003
"""
NEXIS_2018 = """Page 1 of 4
Fire in Mill Street
The Osby Herald
March 3, 1999 Wednesday
Copyright 1999 The Osby Herald All Rights Reserved
Section: LOCAL; Pg. A1
Length: 20 words
Byline: Karl Brandt
Body

A fire destroyed four houses.

Graphic

The street on Tuesday
Load-Date: March 4, 1999
End of Document

Cup won
Lund Times
April 7, 2003 Monday
Length: 5 words
Body

The cup was won.

Load-Date: April 8, 2003
End of Document
"""
FACTIVA = """HD  Fire in Mill Street
BY  By Karl Brandt
WC  20 words
PD  3 March 1999
SN  The Osby Herald
LP
A fire destroyed four houses.

TD
Nine horses died.

NS  gfire : Fires
AN  Document OSHE000019990304dv3300001

Cup won
30 words
7 April 2003
Lund Times
LUTI
English

The cup was won.

Document LUTI000020030406dz4500002
"""
PROQUEST = """____________________________________________________________

Fire in Mill Street

Author: Brandt, Karl

Publication info: The Osby Herald ; Osby. 03 Mar 1999: A1.

Full text: A fire destroyed four houses.

Title: Fire in Mill Street

Publication title: The Osby Herald; Osby

Publication date: Mar 3, 1999
____________________________________________________________

Full text: The cup was won.

Title: Cup won

Publication title: Lund Times

Publication date: Apr 7, 2003
____________________________________________________________
"""


@pytest.mark.parametrize("text", [NEXIS, NEXIS_2018, FACTIVA, PROQUEST])
def test_an_export_of_a_press_database_gives_its_articles(text):
    assert records("txt", text) == [
        ("a!1", "Fire in Mill Street", "The Osby Herald", "Karl Brandt", "1999-03-03"),
        ("a!2", "Cup won", "Lund Times", None, "2003-04-07"),
    ]
    second = parse_documents("txt", "a", text.encode())[1]
    assert second.text == "The cup was won."


@pytest.mark.parametrize("text", [NEXIS, NEXIS_2018], ids=["nexis", "nexis 2018"])
@pytest.mark.parametrize("kind", ["docx", "rtf"])
def test_an_export_in_a_file_of_a_text_program_gives_its_articles(kind, text):
    lines = [line for line in text.split("\n") if line.strip()]
    if kind == "docx":
        out = io.BytesIO()
        document = Document()
        for line in lines:
            document.add_paragraph(line)
        document.save(out)
        data = out.getvalue()
    else:
        data = ("{\\rtf1\\ansi " + "\\par ".join(lines) + "}").encode()
    assert [record[1:] for record in records(kind, data)] == [
        ("Fire in Mill Street", "The Osby Herald", "Karl Brandt", "1999-03-03"),
        ("Cup won", "Lund Times", None, "2003-04-07"),
    ]


@pytest.mark.parametrize("kind", ["txt", "md", "csv"])
def test_a_file_that_is_a_page_whatever_its_name_says(kind):
    html = (
        f"\n<!DOCTYPE html><html><body><h1>One</h1><p>{BODY}</p><script>x()</script></body></html>"
    )
    (article,) = parse_documents(kind, "a", html.encode())
    assert (article.title, article.text) == ("One", BODY)


MARKDOWN = """# Ferry

Osby Herald, 3 June 2023
By Nora Falk

It cost ~~4.1~~ 5.2 million[^1], 2^10^ bolts, CO~2~ and <del>no</del> ==a mark==.

> [!note] Remark
> See [[Page#part|this page]]. %%secret%%

<div>A note.</div>

`code ~~x~~`

[^1]: Paper 7.
"""


def test_markdown_of_note_programs():
    (article,) = parse_documents("md", "a", MARKDOWN.encode())
    assert (article.title, article.source) == ("Ferry", "Osby Herald")
    assert (article.author, article.published) == ("Nora Falk", "2023-06-03")
    assert article.text.split("\n\n") == [
        "It cost 5.2 million, 2¹⁰ bolts, CO₂ and a mark.",
        "Remark",
        "See this page.",
        "A note.",
        "code ~~x~~",
        "Note: Paper 7.",
    ]
    toml = (
        '+++\ntitle = "Ferry"\nauthors = ["Nora Falk"]\ndate = 2023-06-03T10:00:00+02:00\n+++\nX.'
    )
    assert records("md", toml) == [("a", "Ferry", None, "Nora Falk", "2023-06-03")]
