"""Scanned pages: read by Tesseract where it is installed, named where it is not."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from rag.ingest.containers import INNER_LIMIT, SCAN, unpack
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.ledger import ledger
from rag.ingest.markup.places import place_at, read_places
from rag.ingest.parsers.pdf.runs import draw_pages
from rag.ingest.tesseract import find_tesseract
from rag.types import Article
from tests.ingest.containers import archive

LINES = ("The lock of Hellin was closed on Monday", "after 27 barges had passed it.")


def picture(*lines: str) -> ImageReader:
    """A page of large letters, as a scanner would see it."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (1240, 600), 255)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((60, 80 + 60 * number), line, 0, ImageFont.load_default(48))
    return ImageReader(image)


def scan(*pages: tuple[str, ...]) -> bytes:
    """A PDF of pictures; a page that is one string has a text."""
    import io

    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=(595, 288))
    for lines in pages:
        if isinstance(lines, str):
            paper.drawString(50, 200, lines)
        else:
            paper.drawImage(picture(*lines), 0, 0, 595, 288)
        paper.showPage()
    paper.save()
    return out.getvalue()


FAKE = """#!{python}
import sys
if sys.argv[1] == "--version":
    print("tesseract 9.9.9")
elif sys.argv[1] == "--list-langs":
    print("List of available languages (2):\\nosd\\neng")
else:
    assert sys.argv[1:] == ["stdin", "stdout", "-l", "eng", "hocr"]
    head = sys.stdin.buffer.read().split(b"\\n", 2)
    assert head[0] == b"P5" and head[1].split()[0] == b"2480", head[:2]
    print("<html><body><div class='ocr_page' title='ppageno 0'><p class='ocr_par'>"
          "<span class='ocr_line'>The lock was closed on Mon-</span>"
          "<span class='ocr_line'>day, its keeper wrote.</span></p></div></body></html>")
"""


@pytest.fixture
def fake(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return program


def read(folder: Path, name: str, data: bytes) -> Article | SkippedFile:
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / name).write_bytes(data)
    (item,) = Corpus.open(corpus)
    return item


def test_scanned_pages_are_named_where_tesseract_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    item = read(tmp_path, "a.pdf", scan(LINES))
    assert isinstance(item, SkippedFile)
    assert "only scanned pages: install Tesseract" in item.reason
    assert [each.verdict for each in ledger(Corpus.open(tmp_path / "corpus"))] == ["no text"]


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("name", ["a.pdf", "box.zip"])
def test_scanned_pages_are_read_by_tesseract(tmp_path, name):
    data = scan(LINES, LINES)
    item = read(tmp_path, name, archive({"in/a.pdf": data}) if name == "box.zip" else data)
    assert isinstance(item, Article)
    assert item.id == ("box.zip!in/a" if name == "box.zip" else "a")
    sentence = "The lock was closed on Monday, its keeper wrote."
    assert item.text == f"{sentence}\n{sentence}"
    assert item.details["ocr"] == "tesseract 9.9.9"
    assert place_at(item.details["places"], 0) == "1"
    assert place_at(item.details["places"], len(sentence) + 1) == "2"


def test_a_page_on_which_tesseract_fails_is_named(tmp_path, fake):
    fake.write_text(FAKE.format(python=sys.executable).replace("assert head[0]", "sys.exit(3) #"))
    item = read(tmp_path, "a.pdf", scan(LINES))
    assert item == SkippedFile("a.pdf", "Tesseract failed on page 1")


def failing(marks: str) -> str:
    """The program that fails on the pages of these numbers, by its own count of calls."""
    counted = (
        f"count = open({{counter!r}}, 'a+'); count.write('x'); count.seek(0)\n"
        f"    if len(count.read()) in {marks}: sys.exit(3)\n    assert head[0]"
    )
    return FAKE.replace("assert head[0]", counted.replace("{{counter!r}}", "{counter!r}"))


def test_a_page_on_which_tesseract_fails_loses_no_other(tmp_path, fake):
    fake.write_text(failing("(2, 4)").format(python=sys.executable, counter=str(tmp_path / "n")))
    item = read(tmp_path, "a.pdf", scan(LINES, LINES, LINES, LINES))
    assert isinstance(item, Article)
    assert item.details["pages_not_read"] == "2, 4"
    assert [place for _, place in read_places(item.details["places"])] == ["1", "3"]
    scanned = Corpus.open(tmp_path / "corpus").scan({})
    list(scanned)
    assert scanned.stamps["a.pdf"] is not None  # it is not read again at the next run


def test_a_file_on_whose_first_pages_tesseract_fails_is_given_up(tmp_path, fake):
    counter = tmp_path / "n"
    fake.write_text(failing("range(99)").format(python=sys.executable, counter=str(counter)))
    item = read(tmp_path, "a.pdf", scan(*[LINES] * 5))
    assert item == SkippedFile("a.pdf", "Tesseract failed on page 1")
    assert counter.read_text() == "xxx"


def test_pages_that_take_too_long_are_left_for_another_run(tmp_path, fake, monkeypatch):
    counter = tmp_path / "n"
    program = failing("(2, 4, 5, 6)").replace("sys.exit(3)", "import time; time.sleep(60)")
    fake.write_text(program.format(python=sys.executable, counter=str(counter)))
    monkeypatch.setattr("rag.ingest.tesseract.SECONDS_PER_PAGE", 3)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.pdf").write_bytes(scan(*[LINES] * 8))
    scanned = Corpus.open(corpus).scan({})
    items = [item for _, item in scanned]
    (article,) = (item for item in items if isinstance(item, Article))
    assert article.details["pages_not_read"] == "2, 4, 5, 6, 7, 8"
    assert counter.read_text() == "x" * 6  # after three in a row the others are not tried
    late = [item for item in items if isinstance(item, SkippedFile)]
    assert [item.name for item in late] == [f"a.pdf!{n}" for n in (2, 4, 5, 6, 7, 8)]
    assert "of Tesseract for page 2" in late[0].reason
    assert scanned.stamps["a.pdf"] is None  # it is read again at the next run


def test_tesseract_is_looked_for_once(tmp_path, fake):
    calls = tmp_path / "calls"
    question = f"import sys\nif sys.argv[1].startswith('--'): open({str(calls)!r}, 'a').write('x')"
    fake.write_text(FAKE.format(python=sys.executable).replace("import sys", question))
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in "abc":
        (corpus / f"{name}.pdf").write_bytes(scan(LINES))
    assert all(isinstance(item, Article) for item in Corpus.open(corpus))
    assert calls.read_text() == "xx"  # its languages, its version


def test_scanned_pages_of_a_file_with_text_are_named(tmp_path):
    item = read(tmp_path, "a.pdf", scan("The lock of Hellin is closed.", LINES))
    assert isinstance(item, Article)
    assert item.details["pages_not_read"] == "2"


def test_a_page_is_drawn_no_larger_than_can_be_read():
    import io

    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=(14_000, 14_000))
    paper.drawImage(picture("x"), 0, 0, 100, 100)
    paper.showPage()
    paper.save()
    (page,) = unpack(SCAN, io.BytesIO(out.getvalue()))
    assert len(page.data) < 19_000_000  # type: ignore[union-attr]


@pytest.mark.real
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_real_tesseract_reads_a_scan(tmp_path):
    assert find_tesseract() is not None
    item = read(tmp_path, "a.pdf", scan(LINES, ("The keeper slept.",)))
    assert isinstance(item, Article)
    assert item.text.split("\n") == [" ".join(LINES), "The keeper slept."]
    assert item.details["places"] == f"0 1, {len(' '.join(LINES)) + 1} 2"


@pytest.mark.parametrize("size", [(14_000_000, 0.4), (0.4, 14_000_000), (9_000, 9_000)])
def test_a_page_of_any_shape_is_drawn_within_the_limit(size: tuple[float, float]) -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(*size)
    document.save(file := io.BytesIO())
    ((number, picture),) = draw_pages(file.getvalue(), 1)
    assert number == 1
    assert picture is not None
    _, sides, _, pixels = picture.split(b"\n", 3)
    width, height = map(int, sides.split())
    assert len(pixels) == width * height
    assert len(picture) < INNER_LIMIT
