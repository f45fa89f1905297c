"""Invented articles, and how each kind of file that is read holds one (`benchmarks.mixed_files`).

Story(number, chance)   ->  an article; its text is that of no other number
CONTENTS[ending]        ->  from a story to the bytes of a file of that kind
"""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import random
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from html import escape

from tests.fuzz_samples import MEMBERS, ODF, OOXML
from tests.ingest.containers import archive, mailbox, response, warc

_PLACES = ("Hellin", "Osby", "Tarn", "Velm", "Quarrow", "Lind", "Marsh End", "Drumlin")
_NAMES = ("Ada Lind", "Bo Hall", "Cy Dorn", "Ines Falk", "Jonas Rehn", "Mia Solberg")
_THINGS = (
    "lock",
    "ferry",
    "library",
    "quarry",
    "tram",
    "harbour wall",
    "bakery",
    "weather station",
)
_DEEDS = ("was closed", "opened again", "was sold", "was rebuilt", "ran late", "lost its roof")
Content = Callable[["Story"], bytes]


@dataclass(frozen=True)
class Story:
    """An invented article; its text is that of no other number. `wordless`: it has none."""

    number: int
    chance: random.Random
    wordless: bool = False

    @cached_property
    def title(self) -> str:
        """Its headline."""
        thing, place = self._pick(_THINGS).capitalize(), self._pick(_PLACES)
        return "" if self.wordless else f"{thing} of {place} in the news, part {self.number}"

    @cached_property
    def paragraphs(self) -> list[str]:
        """Two or three paragraphs."""
        count = 0 if self.wordless else self.chance.randint(2, 3)
        return [self._paragraph(place) for place in range(count)]

    def another(self, series: int) -> Story:
        """Another story, of a further series of numbers."""
        return Story(self.number + 100_000 * series, self.chance)

    @property
    def text(self) -> str:
        """The paragraphs, with blank lines between them."""
        return "\n\n".join(self.paragraphs)

    def _pick(self, words: tuple[str, ...]) -> str:
        return self.chance.choice(words)

    def _paragraph(self, place: int) -> str:
        return (
            f"The {self._pick(_THINGS)} of {self._pick(_PLACES)} {self._pick(_DEEDS)} after "
            f"{self.number * 7 + place} visitors had counted its steps. {self._pick(_NAMES)}, who "
            f"keeps the books, said that number {self.number} on the list would cost "
            f"{self.chance.randint(2, 900)} crowns. Nobody in {self._pick(_PLACES)} "
            "had asked for more."
        )


def page(story: Story) -> bytes:
    body = "".join(f"<p>{escape(each)}</p>" for each in story.paragraphs)
    return (
        f"<!DOCTYPE html><html><head><title>{story.title}</title></head><body><nav><a href='/'>Home"
        f"</a></nav><article><h1>{story.title}</h1>{body}</article></body></html>"
    ).encode()


def pdf(story: Story, **options: str) -> bytes:
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    paper = canvas.Canvas(out, **options)
    paper.drawString(50, 800, story.title)
    lines = [line for each in story.paragraphs for line in (*textwrap.wrap(each, 80), "")]
    for row, line in enumerate(lines):
        paper.drawString(50, 770 - 14 * row, line)
    paper.showPage()
    paper.save()
    return out.getvalue()


def scan(story: Story) -> bytes:
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    image = Image.new("L", (1240, 600), 255)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(textwrap.wrap(story.paragraphs[0], 42)):
        pen.text((60, 60 + 60 * row), line, 0, ImageFont.load_default(48))
    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=(595, 288))
    paper.drawImage(ImageReader(image), 0, 0, 595, 288)
    paper.showPage()
    paper.save()
    return out.getvalue()


def docx(story: Story) -> bytes:
    from docx import Document

    out, document = io.BytesIO(), Document()
    for each in (story.title, *story.paragraphs):
        document.add_paragraph(each)
    document.save(out)
    return out.getvalue()


def odt(story: Story) -> bytes:
    body = "".join(f"<text:p>{escape(each)}</text:p>" for each in story.paragraphs)
    return archive(
        {
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f"<office:document-content {ODF}><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>",
        }
    )


def _rtf(story: Story) -> bytes:
    body = "\\par ".join((story.title, *story.paragraphs))
    return f"{{\\rtf1\\ansi {body}\\par}}".encode("cp1252")


def _pptx(story: Story) -> bytes:
    body = "".join(f"<a:p><a:r><a:t>{escape(each)}</a:t></a:r></a:p>" for each in story.paragraphs)
    slide = (
        f"<p:sld {OOXML}><p:sp><p:nvPr><p:ph type='title'/></p:nvPr><a:p><a:r><a:t>{story.title}"
        f"</a:t></a:r></a:p></p:sp><p:sp>{body}</p:sp></p:sld>"
    )
    members = {name: MEMBERS["pptx"][name] for name in list(MEMBERS["pptx"])[:2]}
    return archive({**members, "ppt/a.xml": slide})


def book(story: Story) -> bytes:
    return archive({**MEMBERS["epub"], "a.html": page(story)})


def articles_csv(story: Story) -> bytes:
    rows = (f'{story.title} ({n}),"{each}"' for n, each in enumerate(story.paragraphs))
    return "\n".join(("title,text", *rows)).encode()


def values_tsv(story: Story) -> bytes:
    rows = (f"{place}\t{story.number}\t{story.chance.randint(1, 99)}" for place in _PLACES)
    return "\n".join(("Port\tCod\tHerring", *rows)).encode()


def _xlsx(story: Story) -> bytes:
    from openpyxl import Workbook

    out, book = io.BytesIO(), Workbook()
    for row in [["Port", "Cod"], *([place, story.number] for place in _PLACES)] * bool(story.title):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def mail(story: Story, **attachments: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ada Lind <ada@x.example>", story.title
    message["Date"] = "Mon, 05 Jun 2023 10:00:00 +0200"
    message.set_content(story.text)
    for name, data in attachments.items():
        file = name.replace("_", ".")
        message.add_attachment(data, "application", "octet-stream", filename=file)
    return message.as_bytes()


def _mht(story: Story) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "<Saved by Blink>", story.title
    message["Date"] = "Mon, 05 Jun 2023 10:00:00 +0200"
    message.set_content(page(story).decode(), subtype="html")
    message.make_related()
    return message.as_bytes()


def webarchive(story: Story, kind: str = "text/html") -> bytes:
    main = {"WebResourceData": page(story), "WebResourceMIMEType": kind}
    return plistlib.dumps({"WebMainResource": main})


def _srt(story: Story) -> bytes:
    return "\n".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{each}\n"
        for n, each in enumerate(story.paragraphs, 1)
    ).encode()


def _vtt(story: Story) -> bytes:
    cues = (
        f"00:{n:02}.000 --> 00:{n:02}.900\n{each}\n" for n, each in enumerate(story.paragraphs, 1)
    )
    return "\n".join(("WEBVTT\n", *cues)).encode()


def nitf(story: Story, status: str = "usable") -> bytes:
    body = "".join(f"<p>{escape(each)}</p>" for each in story.paragraphs)
    return (
        f"<nitf><head><docdata management-status='{status}'/></head><body><body.head><hedline><hl1>"
        f"{story.title}</hl1></hedline></body.head><body.content>{body}</body.content></body></nitf>"
    ).encode()


def item(story: Story, text: str, status: str = "usable") -> str:
    return (
        f"<newsItem><itemMeta><pubStatus qcode='stat:{status}'/></itemMeta><contentMeta><headline>"
        f"{story.title}</headline></contentMeta><contentSet><inlineData>{escape(text)}</inlineData>"
        "</contentSet></newsItem>"
    )


def _newsml(story: Story) -> bytes:
    return f"<newsMessage>{item(story, story.text)}</newsMessage>".encode()


def scanned_page(story: Story) -> bytes:
    words = (f"<String CONTENT='{escape(word)}'/>" for word in story.text.split())
    block = f"<TextBlock><TextLine>{''.join(words)}</TextLine></TextBlock>"
    return f"<alto><Layout><Page><PrintSpace>{block}</PrintSpace></Page></Layout></alto>".encode()


def _hocr(story: Story) -> bytes:
    lines = (f"<span class='ocr_line'>{escape(each)}</span>" for each in story.paragraphs)
    return f"<html><body><div class='ocr_page'>{''.join(lines)}</div></body></html>".encode()


def _json(story: Story) -> bytes:
    articles = [{"title": f"{story.title} ({n})", "text": each}
                for n, each in enumerate(story.paragraphs)]  # fmt: skip
    return json.dumps({"articles": articles}).encode()


def dump(story: Story) -> bytes:
    lines = ({"id": f"{story.number}-{n}", "text": each} for n, each in enumerate(story.paragraphs))
    return "\n".join(map(json.dumps, lines)).encode() + b"\n"


def _mbox(story: Story) -> bytes:
    return mailbox(mail(story), mail(story.another(1)))


def crawl(story: Story) -> bytes:
    return warc(response(f"https://e.example/{story.number}", page(story)))


def _wacz(story: Story) -> bytes:
    return archive({"archive/a.warc.gz": gzip.compress(crawl(story))})


def export(story: Story) -> bytes:
    parts = (
        f"HD  {story.title} ({n})\nWC  60 words\nPD  3 March 1999\nSN  Hellin Post\nLA  English\n"
        f"LP\n{each}\n\nDocument hp000000{story.number:05}{n}\n"
        for n, each in enumerate(story.paragraphs)
    )
    return "\n".join(parts).encode()


def text(story: Story) -> bytes:
    return f"{story.title}\n\n{story.text}\n".encode()


CONTENTS: dict[str, Content] = {
    **dict.fromkeys(("txt", "text", "md", "markdown"), text),
    **dict.fromkeys(("html", "htm", "xhtml"), page),
    **{"pdf": pdf, "docx": docx, "odt": odt, "rtf": _rtf, "pptx": _pptx, "epub": book},
    **{
        "csv": articles_csv,
        "tsv": values_tsv,
        "xlsx": _xlsx,
        "eml": mail,
        "mht": _mht,
        "mhtml": _mht,
    },
    **{"webarchive": webarchive, "srt": _srt, "vtt": _vtt, "nitf": nitf, "newsml": _newsml},
    **{"alto": scanned_page, "hocr": _hocr, "json": _json, "jsonl": dump, "mbox": _mbox},
    **{"warc": crawl, "warc.gz": lambda story: gzip.compress(crawl(story)), "wacz": _wacz},
    "zip": lambda story: archive({"letters/a.txt": text(story)}),
}
