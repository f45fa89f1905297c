"""A corpus of real files, good and hostile: each is parsed or skipped, nothing outside is read."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from docx import Document
from reportlab.pdfgen import canvas

from rag.errors import CorpusError
from rag.ingest import corpus, files
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.decoding import decode
from rag.ingest.document import UnreadableDocument
from rag.ingest.normalize import escape_unprintable
from rag.ingest.parsers import parse_document
from rag.ingest.parsers import pdf as pdf_parser
from rag.ingest.sandbox import failure_reason
from rag.types import Article
from tests.conftest import ROOT

TALKS = "The strike of the ferry crews ended on Monday after twelve days of talks."


def parse_all(path: Path) -> list[Article | SkippedFile]:
    return list(Corpus.open(path))


def parse_file(path: Path, name: str, data: bytes | str) -> Article | SkippedFile:
    """The article of a single file, or why it is skipped."""
    file = path / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    (item,) = parse_all(file)
    return item


# --- what a corpus is ---------------------------------------------------------------------------


def test_corpus_lists_a_folder_in_depth_and_in_sorted_order(tmp_path):
    names = ["b.txt", "a/z.MD", "a/c.text", ".git/x.txt", ".hidden.txt", "a/picture.png", "c.d.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TALKS)
    corpus = Corpus.open(tmp_path)
    assert [article.id for article in corpus] == ["a/c", "a/z", "b", "c.d"]
    assert [article.id for article in corpus] == ["a/c", "a/z", "b", "c.d"]  # a second time
    assert corpus.scan({}).total == 4


def test_corpus_of_one_file_or_a_link_to_it(tmp_path):
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "link.txt").symlink_to("a.txt")
    expected = {"title": TALKS, "text": TALKS}
    assert parse_all(tmp_path / "a.txt") == [Article(id="a", **expected)]
    assert parse_all(tmp_path / "link.txt") == [Article(id="link", **expected)]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing", "No such file or directory"),
        ("empty", "it holds no file of a supported type"),
        ("pictures", "it holds no file of a supported type"),
        ("a.xyz", "it holds no file of a supported type"),
        ("pipe.txt", "neither a regular file nor a link to one"),
        ("nul\0", "embedded null byte"),
    ],
)
def test_corpus_error_is_one_line_that_says_what_to_type(tmp_path, name, problem):
    (tmp_path / "empty").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "a.xyz").write_text(TALKS)
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(CorpusError) as caught:
        Corpus.open(tmp_path / name)
    line = str(caught.value)
    assert problem in line
    assert line.endswith("(html, htm, docx, md, markdown, pdf, txt, text, jsonl): --corpus PATH")
    assert "\n" not in line and "\0" not in line


def test_second_article_with_an_id_is_skipped(tmp_path):
    (tmp_path / "a.md").write_text(TALKS)
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "b.jsonl").write_text('{"id": "a", "text": "x"}\n')
    assert [getattr(item, "reason", "") for item in parse_all(tmp_path)] == [
        "",
        "id already used by a.md",
        "id already used by a.md",
    ]


# --- nothing outside, no hang -------------------------------------------------------------------


def test_nothing_outside_the_corpus_is_read(tmp_path, monkeypatch):
    corpus, outside = tmp_path / "corpus", tmp_path / "outside"
    (corpus / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (corpus / "a.txt").write_text(TALKS)
    (corpus / "b.txt").symlink_to("a.txt")
    (corpus / "out.txt").symlink_to(outside / "secret.txt")
    (corpus / "folder").symlink_to(outside)
    (corpus / "lost.txt").symlink_to("nowhere.txt")
    (corpus / "self.txt").symlink_to("self.txt")
    (corpus / "sub" / "up").symlink_to(corpus)
    (corpus / "dev.txt").symlink_to("/dev/zero")
    os.mkfifo(corpus / "pipe.txt")
    monkeypatch.chdir(corpus)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock.txt")  # the path of a socket must be short
    results = {getattr(x, "name", None) or x.id: getattr(x, "reason", x) for x in parse_all(corpus)}
    outside_corpus = "the link leads out of the corpus"
    no_file = "neither a regular file nor a link to one"
    assert set(results) - {"a", "b"} == {
        *("out.txt", "folder", "lost.txt", "self.txt", "dev.txt", "pipe.txt", "sock.txt")
    }
    assert results["out.txt"] == results["folder"] == results["dev.txt"] == outside_corpus
    assert results["lost.txt"] == results["self.txt"] == no_file
    assert results["pipe.txt"] == results["sock.txt"] == no_file
    assert results["a"].text == results["b"].text == TALKS


def test_unprintable_file_names_are_escaped(tmp_path):
    for name in (b"new\nline.txt", "bidi\u202e.txt".encode(), b"bad\xff.txt", b"<b>.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("")
    assert [item.name for item in parse_all(tmp_path)] == [
        "<b>.txt",
        "bad\\udcff.txt",
        "bidi\\u202e.txt",
        "new\\nline.txt",
    ]
    assert all(item.name.isprintable() and item.reason == "empty" for item in parse_all(tmp_path))
    assert escape_unprintable("a\x00b\u00a0c") == "a\\x00b\\xa0c"


def test_a_folder_that_cannot_be_listed_is_skipped_by_name(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "shut").mkdir()
    list_folder = os.scandir

    def scandir(path):  # root may list it whatever the mode
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return list_folder(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert parse_all(tmp_path)[1] == SkippedFile("shut", "Permission denied")
    with pytest.raises(CorpusError, match="Permission denied"):
        Corpus.open(tmp_path / "shut")


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
    assert decode(data) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xe2\x80\x8b\n", "no text in it"),
        (b"\x89PNG\r\n\x1a\n", "binary, not text"),
        (b"PK\x03\x04 word", "binary, not text"),
        (b"some\0text", "binary, not text"),
        (b"\x01\x02\x03word", "mostly control characters, not text"),
        (bytes(range(128, 256)) * 20, "not valid text in any known encoding"),
        (b"\xff\xfea\0b", "not valid text in any known encoding"),
        (b"x" * (files.SIZE_LIMIT + 1), "over 20000000 bytes"),
    ],
)
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
        '{"id": 5, "text": "x"}',
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
        '"id" is missing, blank or not a string',
        "not a JSON object",
        "JSONDecodeError",
        "UnicodeEncodeError",
        "RecursionError",
    ]


def test_a_dump_line_over_the_size_limit_does_not_hide_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "SIZE_LIMIT", 100)
    monkeypatch.setattr(files, "SIZE_LIMIT", 100)
    lines = ['{"id": "1", "text": "' + "x" * 500 + '"}', '{"id": "2", "text": "x"}']
    (tmp_path / "d.jsonl").write_text("\n".join(lines))
    long, short = parse_all(tmp_path)
    assert (long, short.id) == (SkippedFile("d.jsonl:1", "over 100 bytes"), "2")
    (tmp_path / "d.jsonl").write_text("")
    assert parse_all(tmp_path) == [SkippedFile("d.jsonl", "empty")]


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
        "3. three\n\nquoted\n\nindented\n\na | b\n\n1 | 2\n\nBelow",
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


def test_broken_front_matter_is_the_reason(tmp_path):
    item = parse_file(tmp_path, "m.md", "---\ntitle: [a\n---\nBody.")
    assert item.reason.startswith("ParserError: while parsing a flow sequence")
    assert "\n" not in item.reason


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
        ("<b>" * 12_001, "over 12000 elements"),
        (b"\x1f\x8b\x08compressed", "binary, not text"),
    ],
)
def test_html_without_an_article_is_skipped(tmp_path, data, reason):
    assert parse_file(tmp_path, "p.html", data) == SkippedFile("p.html", reason)


def pdf(pages: list[list[str]], **options: str) -> bytes:
    out = io.BytesIO()
    paper = canvas.Canvas(out, **options)
    paper.setTitle("A title")
    paper.setAuthor("Jane Doe")
    for number, page in enumerate(pages, 1):
        for row, line in enumerate([*page, str(number)]):
            paper.drawString(50, 800 - 14 * row, line)
        paper.showPage()
    paper.save()
    return out.getvalue()


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
    assert (item.title, item.author, item.published) == ("A title", "Jane Doe", "2024-05-03")
    assert item.published_basis == "stated: document properties"
    assert item.text == (
        "The strike of the ferry crews ended on Monday after long negotiations about pay.\n"
        "A second paragraph goes on for a while until it has to be cut off. It ends here."
    )
    assert parse_file(tmp_path, "q.pdf", data.replace(created, b"D:99999999")).published is None


def test_broken_or_encrypted_pdf_is_skipped(tmp_path, monkeypatch):
    assert parse_file(tmp_path, "p.pdf", pdf([["x"]], encrypt="secret")).reason == "encrypted"
    assert parse_file(tmp_path, "p.pdf", pdf([[]])).reason == "no text in it"
    assert "Pdf" in parse_file(tmp_path, "p.pdf", "%PDF-1.4 broken").reason
    assert "Error" in parse_file(tmp_path, "p.pdf", pdf([["x"]])[:-400]).reason
    monkeypatch.setattr(pdf_parser, "PAGE_LIMIT", 1)
    with pytest.raises(UnreadableDocument, match="over 1 pages"):
        parse_document("pdf", "p.pdf", pdf([["x"], ["y"]]))


def docx(body: str = "", **properties: object) -> bytes:
    out = io.BytesIO()
    document = Document()
    for key, value in properties.items():
        setattr(document.core_properties, key, value)
    for line in filter(None, body.split("\n")):
        document.add_paragraph(line)
    table = document.add_table(1, 2)
    for cell, text in zip(table.rows[0].cells, ("Name", "Kim"), strict=True):
        cell.text = text
    document.add_paragraph("Below the table.")
    document.save(out)
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one member replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_docx_becomes_paragraphs_rows_and_its_properties(tmp_path):
    data = docx("One.\nTwo.", title="A title", author="Jane Doe", created=datetime(2024, 5, 3))
    assert parse_file(tmp_path, "d.docx", data) == Article(
        id="d",
        title="A title",
        text="One.\nTwo.\nName | Kim\nBelow the table.",
        published="2024-05-03",
        published_basis="stated: document properties",
        author="Jane Doe",
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
def test_hostile_docx_is_skipped(tmp_path, name, content, reason):
    item = parse_file(tmp_path, "d.docx", with_member(docx("One."), name, content))
    assert isinstance(item, SkippedFile)
    assert item.reason.startswith(reason)


def test_docx_entities_and_spans_are_not_expanded(tmp_path):
    outside = f"{OUTSIDE}{WORD}{PARAGRAPH.format('&e;')}".encode()
    data = with_member(docx("One."), "word/document.xml", outside)
    assert parse_file(tmp_path, "d.docx", data).text == "said"
    span = '<w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr>'
    row = f"<w:tbl><w:tr><w:tc>{span}<w:p/></w:tc></w:tr></w:tbl>"
    data = with_member(data, "word/document.xml", f"{WORD}{row}{PARAGRAPH.format('so')}".encode())
    assert parse_file(tmp_path, "d.docx", data).text == "said so"


def test_docx_of_too_many_members_is_skipped(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(5_001):
            archive.writestr(str(number), b"")
    assert parse_file(tmp_path, "d.docx", out.getvalue()).reason == "unpacks to too much"
    assert parse_file(tmp_path, "d.docx", "no zip").reason == "BadZipFile: File is not a zip file"


# --- the whole ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnreadableDocument("no\nroom \u202e"), "no room \\u202e"),
        (RecursionError(), "RecursionError"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("word " * 50), "ValueError: " + " ".join(["word"] * 25) + "…"),
    ],
)
def test_failure_reason_is_one_printable_line(error, reason):
    assert failure_reason(error) == reason


def test_importing_the_corpus_loads_no_parsing_library():
    heavy = "trafilatura pypdf docx dateparser bs4 lxml yaml markdown_it charset_normalizer"
    code = (
        f"import sys, rag.ingest.corpus; print([h for h in '{heavy}'.split() if h in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
