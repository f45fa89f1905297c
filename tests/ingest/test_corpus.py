"""A corpus of real files, good and hostile: one verdict each, nothing outside is read."""

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


def read(path: Path) -> list[Article | SkippedFile]:
    return list(Corpus.open(path))


def one(path: Path, name: str, data: bytes | str) -> Article | SkippedFile:
    """What becomes of a single file `name`."""
    file = path / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    (found,) = read(file)
    return found


# --- what a corpus is ---------------------------------------------------------------------------


def test_a_folder_is_read_in_depth_in_sorted_order(tmp_path):
    names = ["b.txt", "a/z.MD", "a/c.text", ".git/x.txt", ".hidden.txt", "a/picture.png", "c.d.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TALKS)
    corpus = Corpus.open(tmp_path)
    assert [article.id for article in corpus] == ["a/c", "a/z", "b", "c.d"]
    assert [article.id for article in corpus] == ["a/c", "a/z", "b", "c.d"]  # and once more
    assert corpus.scan({}).total == 4


def test_one_file_and_a_link_to_it(tmp_path):
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "link.txt").symlink_to("a.txt")
    expected = {"title": TALKS, "text": TALKS}
    assert read(tmp_path / "a.txt") == [Article(id="a", **expected)]
    assert read(tmp_path / "link.txt") == [Article(id="link", **expected)]


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
def test_no_corpus_is_one_line_that_says_what_to_type(tmp_path, name, problem):
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


def test_the_second_of_an_id_is_passed_over(tmp_path):
    (tmp_path / "a.md").write_text(TALKS)
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "b.jsonl").write_text('{"id": "a", "text": "x"}\n')
    assert [getattr(found, "reason", "") for found in read(tmp_path)] == [
        "",
        "id already used by a.md",
        "id already used by a.md",
    ]


# --- nothing outside, no hang -------------------------------------------------------------------


def test_what_is_no_file_of_the_corpus_is_not_read(tmp_path, monkeypatch):
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
    found = {getattr(x, "name", None) or x.id: getattr(x, "reason", x) for x in read(corpus)}
    out, no_file = "the link leads out of the corpus", "neither a regular file nor a link to one"
    assert set(found) - {"a", "b"} == {
        *("out.txt", "folder", "lost.txt", "self.txt", "dev.txt", "pipe.txt", "sock.txt")
    }
    assert found["out.txt"] == found["folder"] == found["dev.txt"] == out
    assert found["lost.txt"] == found["self.txt"] == no_file
    assert found["pipe.txt"] == found["sock.txt"] == no_file
    assert found["a"].text == found["b"].text == TALKS


def test_hostile_names_are_shown_escaped(tmp_path):
    for name in (b"new\nline.txt", "bidi\u202e.txt".encode(), b"bad\xff.txt", b"<b>.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("")
    assert [found.name for found in read(tmp_path)] == [
        "<b>.txt",
        "bad\\udcff.txt",
        "bidi\\u202e.txt",
        "new\\nline.txt",
    ]
    assert all(found.name.isprintable() and found.reason == "empty" for found in read(tmp_path))
    assert escape_unprintable("a\x00b\u00a0c") == "a\\x00b\\xa0c"


def test_an_unreadable_folder_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(TALKS)
    (tmp_path / "shut").mkdir()
    listed = os.scandir

    def scandir(path):  # a superuser may read whatever the mode
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert read(tmp_path)[1] == SkippedFile("shut", "Permission denied")
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
def test_encodings(data, text):
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
def test_what_is_no_text(tmp_path, data, reason):
    assert one(tmp_path, "a.txt", data) == SkippedFile("a.txt", reason)


# --- a dump -------------------------------------------------------------------------------------


def test_a_dump(tmp_path):
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
    assert [unread.name for unread in rest] == [f"d.jsonl:{n}" for n in range(4, 11)]
    assert [unread.reason.split(":")[0] for unread in rest] == [
        '"text" is missing, blank or not a string',
        '"text" is missing, blank or not a string',
        '"id" is missing, blank or not a string',
        "not a JSON object",
        "JSONDecodeError",
        "UnicodeEncodeError",
        "RecursionError",
    ]


def test_a_line_over_the_limit_does_not_hide_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "SIZE_LIMIT", 100)
    monkeypatch.setattr(files, "SIZE_LIMIT", 100)
    lines = ['{"id": "1", "text": "' + "x" * 500 + '"}', '{"id": "2", "text": "x"}']
    (tmp_path / "d.jsonl").write_text("\n".join(lines))
    long, short = read(tmp_path)
    assert (long, short.id) == (SkippedFile("d.jsonl:1", "over 100 bytes"), "2")
    (tmp_path / "d.jsonl").write_text("")
    assert read(tmp_path) == [SkippedFile("d.jsonl", "empty")]


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


def test_markdown(tmp_path):
    assert one(tmp_path, "m.md", MARKDOWN) == Article(
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
def test_markdown_titles(tmp_path, text, title, body):
    found = one(tmp_path, "my-notes.md", text)
    assert (found.title, found.text, found.published) == (title, body, None)


def test_broken_front_matter_is_named(tmp_path):
    found = one(tmp_path, "m.md", "---\ntitle: [a\n---\nBody.")
    assert found.reason.startswith("ParserError: while parsing a flow sequence")
    assert "\n" not in found.reason


def test_published_basis_of_front_matter(tmp_path):
    front = "---\npublished: 2024-05\npublished_basis: 'inferred: by the text'\n---\n"
    found = one(tmp_path, "m.md", front + "Body.")
    assert (found.published, found.published_basis) == ("2024-05", "inferred: by the text")


HTML = f"""<html><head><title>Talks end - Coast Wire</title>
<meta property="og:site_name" content="Coast Wire"><meta name="author" content="Maria Lopez">
<meta property="article:published_time" content="2024-05-03T10:00:00Z">
<link rel="canonical" href="https://coast.example.org/talks"></head><body>
<nav><a href="/">Home</a></nav><article><h1>Talks end</h1>
<p>{TALKS} One caf\u00e9 stays shut.</p><p>{TALKS[::-1]} Boats sail <b>again</b> on Tuesday.</p>
<script>alert(1)</script></article><div class="comments"><p>A reader says a lot.</p></div>
</body></html>"""


def test_html(tmp_path):
    assert one(tmp_path, "p.html", HTML) == Article(
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
    assert "cafł" in one(tmp_path, "q.htm", declared.encode("cp1250")).text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<p>", "no article found in the page"),
        ("<" * 100_000, "no article found in the page"),
        ("<b>" * 12_001, "over 12000 elements"),
        (b"\x1f\x8b\x08compressed", "binary, not text"),
    ],
)
def test_bad_html(tmp_path, data, reason):
    assert one(tmp_path, "p.html", data) == SkippedFile("p.html", reason)


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


def test_pdf(tmp_path):
    first = [
        "The strike of the ferry crews ended on Monday after long negoti-",
        "ations about pay.",
    ]
    second = ["A second paragraph goes on for a while until it has to be cut", "off. It ends here."]
    data = pdf([first, second])
    made = f"D:{datetime.now().astimezone():%Y%m%d}".encode()
    assert made in data
    found = one(tmp_path, "p.pdf", data.replace(made, b"D:20240503"))
    assert (found.title, found.author, found.published) == ("A title", "Jane Doe", "2024-05-03")
    assert found.published_basis == "stated: document properties"
    assert found.text == (
        "The strike of the ferry crews ended on Monday after long negotiations about pay.\n"
        "A second paragraph goes on for a while until it has to be cut off. It ends here."
    )
    assert one(tmp_path, "q.pdf", data.replace(made, b"D:99999999")).published is None


def test_bad_pdfs(tmp_path, monkeypatch):
    assert one(tmp_path, "p.pdf", pdf([["x"]], encrypt="secret")).reason == "encrypted"
    assert one(tmp_path, "p.pdf", pdf([[]])).reason == "no text in it"
    assert "Pdf" in one(tmp_path, "p.pdf", "%PDF-1.4 broken").reason
    assert "Error" in one(tmp_path, "p.pdf", pdf([["x"]])[:-400]).reason
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
    """The same archive with one member put in place, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_docx(tmp_path):
    data = docx("One.\nTwo.", title="A title", author="Jane Doe", created=datetime(2024, 5, 3))
    assert one(tmp_path, "d.docx", data) == Article(
        id="d",
        title="A title",
        text="One.\nTwo.\nName | Kim\nBelow the table.",
        published="2024-05-03",
        published_basis="stated: document properties",
        author="Jane Doe",
    )
    template = one(tmp_path, "e.docx", docx("One."))
    assert (template.title, template.author, template.published) == ("One.", None, None)


WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
SAID = "<w:p><w:r><w:t>said {}</w:t></w:r></w:p></w:body></w:document>"


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
         + SAID.format("&l9;").encode(), "XMLSyntaxError"),
    ],
)  # fmt: skip
def test_hostile_docx(tmp_path, name, content, reason):
    found = one(tmp_path, "d.docx", with_member(docx("One."), name, content))
    assert isinstance(found, SkippedFile)
    assert found.reason.startswith(reason)


def test_docx_entities_and_spans_are_not_unfolded(tmp_path):
    outside = f"{OUTSIDE}{WORD}{SAID.format('&e;')}".encode()
    data = with_member(docx("One."), "word/document.xml", outside)
    assert one(tmp_path, "d.docx", data).text == "said"
    span = '<w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr>'
    row = f"<w:tbl><w:tr><w:tc>{span}<w:p/></w:tc></w:tr></w:tbl>"
    data = with_member(data, "word/document.xml", f"{WORD}{row}{SAID.format('so')}".encode())
    assert one(tmp_path, "d.docx", data).text == "said so"


def test_a_docx_of_too_many_or_encrypted_members(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(5_001):
            archive.writestr(str(number), b"")
    assert one(tmp_path, "d.docx", out.getvalue()).reason == "unpacks to too much"
    assert one(tmp_path, "d.docx", "no zip").reason == "BadZipFile: File is not a zip file"


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
def test_an_error_of_a_format_becomes_one_line(error, reason):
    assert failure_reason(error) == reason


def test_the_import_loads_no_heavy_library():
    heavy = "trafilatura pypdf docx dateparser bs4 lxml yaml markdown_it charset_normalizer"
    code = (
        f"import sys, rag.ingest.corpus; print([h for h in '{heavy}'.split() if h in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
