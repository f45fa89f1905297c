"""Parsers: what each format becomes, and what of it is rejected."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from itertools import pairwise

import pytest

from rag.ingest import files
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.decoding import decode
from rag.ingest.document import UnreadableDocument
from rag.ingest.markup.front_matter import split_front_matter
from rag.ingest.parsers import parse_documents
from rag.ingest.parsers import pdf as pdf_parser
from rag.types import Article
from tests.ingest.documents import TALKS, docx, parse_file, pdf, with_member

# --- plain text ---------------------------------------------------------------------------------

CAFE = "“It’s naïve”, said the café’s owner — for €5."
MOSCOW = "Новости: сегодня в Москве идёт дождь, а в Киеве снег."


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfna\xc3\xafve", "naïve"),
        ("naïve €".encode("utf-16"), "naïve €"),
        (b"\xfe\xff" + "naïve €".encode("utf-16-be"), "naïve €"),
        (CAFE.encode("cp1252"), CAFE),
        (MOSCOW.encode("cp1251"), MOSCOW),
    ],
    ids=["utf-8 mark", "utf-16 le", "utf-16 be", "cp1252", "cp1251"],
)
def test_decode_recognizes_the_encoding(data, text):
    assert decode(data).text == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xe2\x80\x8b\n", "no text in it"),
        (b"\x89PNG\r\n\x1a\n", "binary, not text"),
        (b"PK\x03\x04 word", "binary, not text"),
        (b"some\0text\0" * 9, "binary, not text"),
        (b"\x01\x02\x03word", "mostly control characters, not text"),
        (bytes(range(128, 256)) * 20, "not valid text in any known encoding"),
        (b"\xff\xfea\0b", "not valid text in any known encoding"),
        (b"x" * (files.SIZE_LIMIT + 1), "over 20000000 bytes"),
    ],
)
@pytest.mark.fault(12)
def test_file_that_is_no_text_is_skipped_with_the_reason(tmp_path, data, reason):
    assert parse_file(tmp_path, "a.txt", data) == SkippedFile("a.txt", reason)


# --- a dump -------------------------------------------------------------------------------------


def test_dump_gives_an_article_or_a_reason_per_line(tmp_path):
    full = {"id": "x/1", "title": "T", "text": " kept  \r\n as\tis ", "source": "BBC", "extra": 1}
    full |= {"published": "2024-10-10T12:00:00Z", "author": "Jane", "url": "https://e.org/"}
    lines = [
        json.dumps(full),
        "",
        '{"id": "2", "text": "First line\\nsecond", "published": "yesterday", "url": "file:///x"}',
        '{"id": "3"}',
        '{"id": "4", "text": "  "}',
        '{"id": [], "text": ""}',
        '["x"]',
        "{",
        '{"id": "8", "text": "\\ud800"}',
        "[" * 100_000,
    ]
    (tmp_path / "d.jsonl").write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    corpus = Corpus.open(tmp_path / "d.jsonl")
    first, second, *rest = corpus
    assert corpus.scan({}).total == 9
    assert first == Article(
        "x/1", "T", full["text"], "BBC", "2024-10-10", "stated: in the dump", "Jane", full["url"]
    )
    assert second == Article(id="2", title="First line", text="First line\nsecond")
    assert [skipped.name for skipped in rest] == [f"d.jsonl:{n}" for n in range(4, 11)]
    assert [skipped.reason.split(":")[0] for skipped in rest] == [
        '"text" is missing, blank or not a string',
        '"text" is missing, blank or not a string',
        '"text" is missing, blank or not a string',
        "not a JSON object",
        "JSONDecodeError",
        "UnicodeEncodeError",
        "RecursionError",
    ]


# --- Markdown, HTML, PDF, docx ------------------------------------------------------------------

MARKDOWN = """---
headline: "Talks: an end"
outlet: Coast Wire
author: [Jane Doe, John Roe]
date: 2024-05-03
source: null
url: https://example.org/a
---
# Talks: an end

A *first* paragraph with [a link](http://x.org), `code` &amp;
a second line. ![an image](x.png)<b>bold</b>

- one
- two

3. three

> quoted

<div>raw</div>

    indented

| a | b |
|---|---|
| 1 | 2 |

## Below
"""


def test_markdown_becomes_plain_text_with_its_front_matter(tmp_path):
    assert parse_file(tmp_path, "m.md", MARKDOWN) == Article(
        id="m",
        title="Talks: an end",
        text="A first paragraph with a link, code & a second line. bold\n\n• one\n\n• two\n\n"
        "3. three\n\nquoted\n\nraw\n\nindented\n\na | b\n\na: 1 | b: 2\n\nBelow",
        source="Coast Wire",
        published="2024-05-03",
        published_basis="stated: front matter",
        author="Jane Doe, John Roe",
        url="https://example.org/a",
    )


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# Head\n\nBody.", "Head", "Body."),
        ("Before.\n\n## Head\n\nBody.", "Head", "Before.\n\nBody."),
        ("Body.", "my-notes", "Body."),
        ("---\ntitle: T\npublished: 2024-02-30\n---\n# Head\n\nBody.", "T", "Head\n\nBody."),
        ("---\n\nBody.\n", "my-notes", "Body."),
        ("---\n- a list\n---\nBody.", "my-notes", "• a list\n\nBody."),
    ],
)
def test_markdown_title_is_front_matter_or_first_heading(tmp_path, text, title, body):
    item = parse_file(tmp_path, "my-notes.md", text)
    assert (item.title, item.text, item.published) == (title, body, None)


def test_nested_values_of_front_matter_are_no_text():
    aliases = "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghijk")
    )
    values, text = split_front_matter(f"---\na: &a [x]\n{aliases}title: Ferry\n---\nIt sank.\n")
    assert values == {"a": ["x"], "title": "Ferry"}
    assert text == "\nIt sank.\n"


def test_broken_front_matter_loses_no_text(tmp_path):
    item = parse_file(tmp_path, "m.md", "---\ntitle: [a\ndate: 2020-02-03\n---\nBody.")
    assert (item.title, item.published, item.text) == ("m", "2020-02-03", "Body.")


def test_front_matter_may_state_its_published_basis(tmp_path):
    front = "---\npublished: 2024-05\npublished_basis: 'inferred: by the text'\n---\n"
    item = parse_file(tmp_path, "m.md", front + "Body.")
    assert (item.published, item.published_basis) == ("2024-05", "inferred: by the text")


HTML = f"""<html><head><title>Talks end - Coast Wire</title>
<meta property="og:site_name" content="Coast Wire"><meta name="author" content="Maria Lopez">
<meta property="article:published_time" content="2024-05-03T10:00:00Z">
<link rel="canonical" href="https://coast.example.org/talks"></head><body>
<nav><a href="/">Home</a></nav><article><h1>Talks end</h1>
<p>{TALKS} One caf\u00e9 stays shut.</p><p>{TALKS[::-1]} Boats sail <b>again</b> on Tuesday.</p>
<script>alert(1)</script></article><div class="comments"><p>A reader says a lot.</p></div>
</body></html>"""


def test_html_becomes_its_article_and_metadata(tmp_path):
    assert parse_file(tmp_path, "p.html", HTML) == Article(
        id="p",
        title="Talks end",
        text=f"{TALKS} One café stays shut.\n{TALKS[::-1]} Boats sail again on Tuesday.",
        source="Coast Wire",
        published="2024-05-03",
        published_basis="stated: page metadata",
        author="Maria Lopez",
        url="https://coast.example.org/talks",
    )
    declared = HTML.replace("<head>", '<head><meta charset="windows-1250">').replace("é", "ł")
    assert "cafł" in parse_file(tmp_path, "q.htm", declared.encode("cp1250")).text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<p>", "no article found in the page"),
        ("<" * 100_000, "no article found in the page"),
        ("<b>" * 12_001, "no article found in the page"),
        ("<b>" * 300_001, "over 300000 elements"),
        (b"\x1f\x8b\x08compressed", "binary, not text"),
    ],
)
def test_html_without_an_article_is_skipped(tmp_path, data, reason):
    assert parse_file(tmp_path, "p.html", data) == SkippedFile("p.html", reason)


def test_pdf_becomes_paragraphs_and_its_properties(tmp_path):
    first = [
        "The strike of the ferry crews ended on Monday after long negoti-",
        "ations about pay.",
    ]
    second = ["A second paragraph goes on for a while until it has to be cut", "off. It ends here."]
    data = pdf([first, second])
    created = f"D:{datetime.now().astimezone():%Y%m%d}".encode()
    assert created in data
    item = parse_file(tmp_path, "p.pdf", data.replace(created, b"D:20240503"))
    assert (item.title, item.author, item.published) == ("A title", "Jane Doe", None)
    # the day of the file is no day of publication
    assert item.details == {"file_made": "2024-05-03", "places": "0 1, 81 2"}
    assert item.text == (
        "The strike of the ferry crews ended on Monday after long negotiations about pay.\n"
        "A second paragraph goes on for a while until it has to be cut off. It ends here."
    )
    undated = parse_file(tmp_path, "q.pdf", data.replace(created, b"D:99999999"))
    assert undated.details == {"places": "0 1, 81 2"}


@pytest.mark.fault(13)
def test_broken_or_encrypted_pdf_is_skipped(tmp_path, monkeypatch):
    assert parse_file(tmp_path, "p.pdf", pdf([["x"]], encrypt="secret")).reason == "encrypted"
    assert parse_file(tmp_path, "p.pdf", pdf([[]])).reason == "no text in it"
    assert "Pdf" in parse_file(tmp_path, "p.pdf", "%PDF-1.4 broken").reason
    assert "Error" in parse_file(tmp_path, "p.pdf", pdf([["x"]])[:-400]).reason
    monkeypatch.setattr(pdf_parser, "PAGE_LIMIT", 1)
    with pytest.raises(UnreadableDocument, match="over 1 pages"):
        parse_documents("pdf", "p", pdf([["x"], ["y"]]))


def test_docx_becomes_paragraphs_rows_and_its_properties(tmp_path):
    data = docx("One.\nTwo.", title="A title", author="Jane Doe", created=datetime(2024, 5, 3))
    assert parse_file(tmp_path, "d.docx", data) == Article(
        id="d",
        title="A title",
        text="One.\nTwo.\nName | Kim\nBelow the table.",
        author="Jane Doe",
        details={"file_made": "2024-05-03"},
    )
    template = parse_file(tmp_path, "e.docx", docx("One."))
    assert (template.title, template.author, template.published) == ("One.", None, None)


WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
PARAGRAPH = "<w:p><w:r><w:t>said {}</w:t></w:r></w:p></w:body></w:document>"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("word/document.xml", b"<a/>" * 2_000_000, "unpacks to too much"),
        ("word/media/image.bmp", b"\0" * 2_000_000, "unpacks to too much"),
        ("../../evil.xml", b"", "a file name in the archive leads outside"),
        ("/etc/evil.xml", b"", "a file name in the archive leads outside"),
        ("word\\..\\evil.xml", b"", "a file name in the archive leads outside"),
        ("C:/evil.xml", b"", "a file name in the archive leads outside"),
        ("word/document.xml", b"<a", "XMLSyntaxError"),
        ("word/document.xml", f'<!DOCTYPE x [<!ENTITY l0 "l">{LAUGHS}]>{WORD}'.encode()
         + PARAGRAPH.format("&l9;").encode(), "XMLSyntaxError"),
    ],
)  # fmt: skip
@pytest.mark.fault(13)
def test_hostile_docx_is_skipped(tmp_path, name, content, reason):
    item = parse_file(tmp_path, "d.docx", with_member(docx("One."), name, content))
    assert isinstance(item, SkippedFile)
    assert item.reason.startswith(reason)


@pytest.mark.fault(13)
def test_docx_entities_and_spans_are_not_expanded(tmp_path):
    outside = f"{OUTSIDE}{WORD}{PARAGRAPH.format('&e;')}".encode()
    data = with_member(docx("One."), "word/document.xml", outside)
    assert parse_file(tmp_path, "d.docx", data).text == "said"
    span = '<w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr>'
    row = f"<w:tbl><w:tr><w:tc>{span}<w:p/></w:tc></w:tr></w:tbl>"
    data = with_member(data, "word/document.xml", f"{WORD}{row}{PARAGRAPH.format('so')}".encode())
    assert parse_file(tmp_path, "d.docx", data).text == "said so"


@pytest.mark.fault(13)
def test_docx_of_too_many_members_is_skipped(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(5_001):
            archive.writestr(str(number), b"")
    assert parse_file(tmp_path, "d.docx", out.getvalue()).reason == "unpacks to too much"
    assert parse_file(tmp_path, "d.docx", "no zip").reason == "BadZipFile: File is not a zip file"


@pytest.mark.parametrize(
    "block",
    [
        "---\na: " + "[" * 5_000 + "\ntitle: Ferry\n---\n",
        "+++\na = " + "[" * 5_000 + "\ntitle = 'Ferry'\n+++\n",
        "+++\na = " + "9" * 5_000 + "\ntitle = 'Ferry'\n+++\n",
        "+++\na = 0x" + "f" * 9_000 + "\ntitle = 'Ferry'\n+++\n",
    ],
)
def test_front_matter_that_its_parser_gives_up_on_keeps_its_other_lines(block):
    values, text = split_front_matter(block + "It sank.\n")
    assert values["title"] == "Ferry"
    assert text.strip() == "It sank."
