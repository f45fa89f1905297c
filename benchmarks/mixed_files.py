"""Files of every kind that is read, and of those that must not be, each labelled when it is made.

    mixed_files(count, seed)   ->  `count` `LabelledFile`s, the same for the same seed
    write_files(files, folder) ->  the folder of them; what a link leads to lies beside it

A label is what the ledger (`rag.ingest.ledger`) must say of a file and of its parts. It is written
down here from what the file is, and never asked of the code that reads it. A file of its kind has a
text of its own, so that none is a copy but those that are made as copies.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path

from benchmarks import mixed_stories as stories
from benchmarks.mixed_stories import CONTENTS, Content, Story
from rag.ingest.normalize import escape_unprintable
from rag.ingest.tesseract import find_tesseract
from tests.ingest.containers import archive, locked, mailbox

OUTSIDE = "outside"  # the folder beside the corpus to which some links lead
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01" + bytes(range(256))


@dataclass(frozen=True)
class LabelledFile:
    """A file of the folder. `verdicts` are those of the file and of its parts, by name as shown.

    `data` are its bytes; of a link, the path that it leads to, and of a FIFO None.
    """

    name: str
    kind: str
    data: bytes | str | None
    verdicts: tuple[tuple[str, str], ...]


Maker = Callable[[str, Story], list[LabelledFile]]  # of the beginning of a path, and a story


def mixed_files(count: int, seed: int) -> list[LabelledFile]:
    """`count` files, the kinds one after the other, in folders of about forty files."""
    chance, files = random.Random(seed), list[LabelledFile]()
    for number, maker in enumerate(_makers(chance), 1):
        stem = f"{number // 40:02}/{number:04}"
        files += maker(stem, Story(number, chance))
        if len(files) >= count:
            return files[:count]
    raise AssertionError("the makers never end")


def write_files(files: Iterable[LabelledFile], folder: Path) -> None:
    """Write `files` below `folder`, which need not exist."""
    outside = folder.parent / OUTSIDE
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "secret.txt").write_text("Nobody is to read this, which lies outside the folder.")
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(file.data, bytes):
            path.write_bytes(file.data)
        elif file.data is None:
            os.mkfifo(path)
        else:
            path.symlink_to(file.data)


def _makers(chance: random.Random) -> Iterator[Maker]:
    """Without end: every kind once, in any order; the costly ones in the first round of five."""
    rounds = 0
    while True:
        makers = [
            *(_plain(f"read: {ending}", ending, data) for ending, data in CONTENTS.items()),
            *(_plain(f"empty: {ending}", ending, lambda _: b"", "empty") for ending in CONTENTS),
            *map(_cut, _CUT),
            *map(_textless, _MAY_BE_TEXTLESS),
            *(_plain(f"other kind: {e}", e, lambda _: _PNG, "not read") for e in _OTHER_ENDINGS),
            *starmap(_plain, [*_WHOLE, *_COSTLY] if rounds % 5 == 0 else _WHOLE),
            *starmap(_in_part, [*_IN_PART, *_COSTLY_IN_PART] if rounds % 5 == 0 else _IN_PART),
            *starmap(_named, _NAMES),
            *starmap(_link, _LINKS),
            *_SEVERAL,
        ]
        chance.shuffle(makers)
        yield from makers
        rounds += 1


def _plain(kind: str, ending: str, content: Content, verdict: str = "read") -> Maker:
    """A maker of one file that has one verdict."""

    def make(stem: str, story: Story) -> list[LabelledFile]:
        name = f"{stem}.{ending}"
        return [LabelledFile(name, kind, content(story), ((name, verdict),))]

    return make


def _in_part(kind: str, ending: str, content: Content, parts: Mapping[str, str]) -> Maker:
    """A maker of a file with a verdict for each of its `parts`.

    The names of parts begin with ":" or "!"; "" is the file itself, which is read unless it says.
    """

    def make(stem: str, story: Story) -> list[LabelledFile]:
        name = f"{stem}.{ending}"
        verdicts = {"": "read", **parts}
        labels = tuple((name + part, verdict) for part, verdict in verdicts.items() if verdict)
        return [LabelledFile(name, kind, content(story), labels)]

    return make


def _cut(ending: str) -> Maker:
    """A maker of files of which the second half is missing."""
    return _plain(f"damaged: {ending}", ending, lambda s: _half(CONTENTS[ending](s)), "damaged")


def _textless(ending: str) -> Maker:
    """A maker of files of a kind that hold no word."""
    return _plain(
        f"no text: {ending}",
        ending,
        lambda s: CONTENTS[ending](replace(s, wordless=True)),
        "no text",
    )


def _named(kind: str, name: str, verdict: str = "read") -> Maker:
    """A maker of texts whose name, behind the number, is `name`."""

    def make(stem: str, story: Story) -> list[LabelledFile]:
        whole = f"{stem}{name}"
        labels = ((escape_unprintable(whole), verdict),)
        return [LabelledFile(whole, kind, stories.text(story), labels)]

    return make


def _link(kind: str, ending: str, target: str) -> Maker:
    """A maker of links that must not be followed."""

    def make(stem: str, story: Story) -> list[LabelledFile]:
        name = f"{stem}{ending}"
        return [LabelledFile(name, kind, target, ((name, "not read"),))]

    return make


def _copies(stem: str, story: Story) -> list[LabelledFile]:
    """Copies of a text: byte for byte, with other line ends, in an archive, by a link."""
    text = stories.text(story)
    copies: dict[str, bytes | str] = {
        "b.txt": text,
        "c.text": text.replace(b"\n", b"\r\n"),
        "d.zip": archive({"a.txt": text}),
        "e.txt": f"{Path(stem).name}-a.txt",
    }
    first = f"{stem}-a.txt"
    names = ((f"{stem}-{name}", data) for name, data in copies.items())
    return [
        LabelledFile(first, "read: the first of copies", text, ((first, "read"),)),
        *(LabelledFile(name, "copy", data, ((name, "same as"),)) for name, data in names),
    ]


def _saved_page(stem: str, story: Story) -> list[LabelledFile]:
    page, part = f"{stem}.html", f"{stem}_files/frame.html"
    label = "part of a page"
    return [
        LabelledFile(page, "read: saved page", stories.page(story), ((page, "read"),)),
        LabelledFile(part, label, b"<p>An advertisement.</p>", ((part, label),)),
    ]


def _issue(stem: str, story: Story) -> list[LabelledFile]:
    """A newspaper issue: METS, and two pages."""
    number = stem.rpartition("/")[2]
    pages = [f"{number}-page{page}.xml" for page in (1, 2)]
    places = (f"<file ID='f{n}'><FLocat href='{page}'/></file>" for n, page in enumerate(pages))
    areas = "".join(f"<fptr><area FILEID='f{n}'/></fptr>" for n in (0, 1))
    article = f"<structMap><div TYPE='ARTICLE'>{areas}</div></structMap>"
    files = {
        f"{stem}-mets.xml": f"<mets><fileSec>{''.join(places)}</fileSec>{article}</mets>".encode(),
        f"{stem}-page1.xml": stories.scanned_page(story),
        f"{stem}-page2.xml": stories.scanned_page(story.another(1)),
    }
    return [LabelledFile(n, "read: issue", data, ((n, "read"),)) for n, data in files.items()]


def _hidden(stem: str, story: Story) -> list[LabelledFile]:
    folder, _, number = stem.rpartition("/")
    file, inner = f"{folder}/.{number}.txt", f"{folder}/.{number}/a.txt"
    return [
        LabelledFile(file, "hidden file", stories.text(story), ((file, "not read"),)),
        LabelledFile(inner, "hidden folder", b"x", ((f"{folder}/.{number}/", "not read"),)),
    ]


def _pipe(stem: str, _: Story) -> list[LabelledFile]:
    return [LabelledFile(f"{stem}.txt", "FIFO", None, ((f"{stem}.txt", "not read"),))]


def _same_id(stem: str, story: Story) -> list[LabelledFile]:
    """Two dumps with an article each, under one id."""
    one, two = f"{stem}-a.jsonl", f"{stem}-b.jsonl"
    first, second = (
        json.dumps({"id": f"same {story.number}", "text": each}).encode()
        for each in story.paragraphs[:2]
    )
    return [
        LabelledFile(one, "read: first of an id", first, ((one, "read"),)),
        LabelledFile(two, "id in use", second, ((f"{two}:1", "not read"),)),
    ]


# The bytes of what is read in part, or under another name than its own


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _line(story: Story) -> bytes:
    """A dump of one line."""
    return stories.dump(story).partition(b"\n")[0] + b"\n"


def _box(story: Story, **members: bytes) -> bytes:
    """An archive of a text, "a.txt", and further members: `b_jpg` is "b.jpg"."""
    named = {name.replace("_", "."): data for name, data in members.items()}
    return archive({"a.txt": stories.text(story), **named}, zipfile.ZIP_DEFLATED)


def _nested(story: Story, depth: int) -> bytes:
    """An archive of a text and an archive, `depth` times over."""
    data = b""
    for level in range(depth, -1, -1):
        data = _box(story.another(level + 3), **({"b_zip": data} if data else {}))
    return data


def _mixed_box(story: Story) -> bytes:
    members = {"b.jpg": _PNG, "c.txt": b"", "../d.txt": b"x", "e.docx": b"PK\x03\x04"}
    return archive({"a.txt": stories.text(story), **members})


def _locked_box(story: Story) -> bytes:
    return locked(_box(story, b_txt=b"x"), "b.txt")


def _bomb(story: Story) -> bytes:
    """An office file whose text grows a thousand times when it is unpacked."""
    return archive({"META-INF/manifest.xml": "<m/>", "content.xml": b" " * 9_000_000})


def _mail_with_files(story: Story) -> bytes:
    plan, rows = stories.text(story.another(1)), stories.values_tsv(story)
    return stories.mail(story, plan_txt=plan, rows_csv=rows)


def _items(story: Story) -> bytes:
    """Two items of an agency, of which the second is withdrawn."""
    one, two = stories.item(story, story.text), stories.item(story, "No.", "canceled")
    return f"<newsMessage>{one}{two}</newsMessage>".encode()


def _locked_pdf(story: Story) -> bytes:
    return stories.pdf(story, encrypt="secret")


def _blank_pdf(story: Story) -> bytes:
    return stories.pdf(replace(story, wordless=True))


_MENU = b"<html><body><nav><a href='/'>News</a> <a href='/s'>Sport</a></nav></body></html>"
_CUT = ("docx", "odt", "epub", "pptx", "xlsx", "zip", "wacz", "nitf", "newsml", "alto", "json",
        "webarchive")  # fmt: skip
_MAY_BE_TEXTLESS = ("docx", "odt", "rtf", "pptx", "xlsx", "eml", "alto", "hocr", "nitf", "newsml",
                    "pdf")  # fmt: skip
_OTHER_ENDINGS = ("jpg", "doc", "xls", "ppt", "tar.gz", "7z", "jsonl.gz", "mp3", "py", "pages")
_WHOLE: list[tuple[str, str, Content, str]] = [
    ("read: wire copy in .xml", "xml", stories.nitf, "read"),
    ("read: press database", "txt", stories.export, "read"),
    ("read: UTF-16", "txt", lambda s: stories.text(s).decode().encode("utf-16"), "read"),
    ("read: latin-1", "txt", lambda s: f"{s.text} Fähre ab Köln.".encode("latin-1"), "read"),
    ("read: page under another name", "txt", stories.page, "read"),
    ("read: PDF under another name", "docx", stories.pdf, "read"),
    ("read: PDF called a mail", "eml", stories.pdf, "read"),
    ("read: book under another name", "zip", stories.book, "read"),
    ("read: ending in capitals", "HTML", stories.page, "read"),
    ("read: mail with files", "eml", _mail_with_files, "read"),
    ("read: mail with an archive", "eml", lambda s: stories.mail(s, b_zip=_box(s)), "read"),
    ("read: mail with a crawl", "eml", lambda s: stories.mail(s, c_warc=stories.crawl(s)), "read"),
    ("read: archives in an archive", "zip", lambda s: _nested(s, 2), "read"),
    ("empty: blanks", "txt", lambda _: b" \n\n\t\n", "empty"),
    ("empty: blanks in a mail", "eml", lambda _: b"\n\n", "empty"),
    ("damaged: PDF", "pdf", lambda s: b"%PDF-1.4\n" + s.chance.randbytes(3_000), "damaged"),
    ("damaged: locked PDF", "pdf", _locked_pdf, "damaged"),
    ("damaged: no mail", "eml", lambda s: s.text.encode(), "damaged"),
    ("damaged: no mailbox", "mbox", lambda s: s.text.encode(), "damaged"),
    ("damaged: no RTF", "rtf", lambda s: s.text.encode(), "damaged"),
    ("damaged: no web archive", "warc", lambda s: s.text.encode(), "damaged"),
    ("damaged: no property list", "webarchive", lambda s: s.text.encode(), "damaged"),
    ("other kind: picture as text", "txt", lambda _: _PNG, "not read"),
    ("other kind: drawing", "xml", lambda _: b"<svg><text>x</text></svg>", "not read"),
    ("other kind: picture in Safari", "webarchive",
     lambda s: stories.webarchive(s, "image/png"), "not read"),
    ("withdrawn", "nitf", lambda s: stories.nitf(s, "canceled"), "not read"),
    ("no text: menu alone", "html", lambda _: _MENU, "no text"),
    ("no text: subtitles without cues", "vtt", lambda _: b"WEBVTT\n\n", "no text"),
    ("no text: JSON without articles", "json", lambda _: b'{"a": [1, 2]}', "no text"),
    ("no text: empty archive", "zip", lambda _: archive({}), "no text"),
    ("bomb", "odt", _bomb, "too large"),
]  # fmt: skip
_IN_PART: list[tuple[str, str, Content, dict[str, str]]] = [
    ("withdrawn in part", "newsml", _items, {"!2": "not read"}),
    ("row without text", "csv",
     lambda s: b"title,text\nFirst,\n" + stories.articles_csv(s)[11:], {"!1": "no text"}),
    ("broken line", "jsonl", lambda s: _line(s) + b"{broken\n", {":2": "damaged"}),
    ("line without text", "jsonl", lambda s: b"{}\n" + _line(s), {":1": "no text"}),
    ("broken line in an archive", "zip",
     lambda s: archive({"a.jsonl": _line(s) + _line(s.another(1)) + b"{broken\n"}),
     {"!a.jsonl!3": "damaged"}),
    ("locked file in an archive", "zip", _locked_box, {"!b.txt": "damaged"}),
    ("files of an archive", "zip", _mixed_box,
     {"!b.jpg": "not read", "!c.txt": "empty", "!../d.txt": "not read", "!e.docx": "damaged"}),
    ("bomb in an archive", "zip", lambda s: _box(s, b_txt=b"a" * 5_000_000),
     {"!b.txt": "too large"}),
    ("four archives in one another", "zip", lambda s: _nested(s, 3),
     {"!b.zip!b.zip!b.zip": "too large"}),
    ("archive of pictures", "zip", lambda _: archive({"a.jpg": _PNG}),
     {"": "", "!a.jpg": "not read"}),
    ("picture in a mail", "eml", lambda s: stories.mail(s, photo_jpg=_PNG),
     {"!photo.jpg": "not read"}),
    ("damaged file in a mail", "eml",
     lambda s: stories.mail(s, a_docx=_half(stories.docx(s))), {"!a.docx": "damaged"}),
    ("no mail in a mailbox", "mbox", lambda s: mailbox(stories.mail(s), b"no head"),
     {"!2": "damaged"}),
    ("web archive that breaks off", "warc", lambda s: stories.crawl(s) + b"no record\r\n\r\n",
     {"!2": "damaged"}),
    ("capture that is cut off", "warc.gz", lambda s: _half(gzip.compress(stories.crawl(s))),
     {"": "", "!record 1": "damaged"}),
]  # fmt: skip
_NAMES = (
    ("name: line end", " a\nb.txt"),
    ("name: not UTF-8", os.fsdecode(b" caf\xe9.txt")),
    ("name: markup", " <img src=x onerror=alert(1)>.txt"),
    ("name: direction", " \u202etxt.exe.txt"),
    ("name: long", f" {'long ' * 40}.txt"),
    ("name: dots", "..a..txt"),
    ("name: no ending", " notes", "not read"),
)
_LINKS = (
    ("link: out of the folder", ".txt", f"../../{OUTSIDE}/secret.txt"),
    ("link: folder outside", "", f"../../{OUTSIDE}"),
    ("link: to nothing", ".txt", "nothing-there.txt"),
)
_SEVERAL: tuple[Maker, ...] = (_issue, _copies, _saved_page, _hidden, _same_id, _pipe)
_COSTLY: list[tuple[str, str, Content, str]] = [
    ("too large: text", "txt", lambda s: stories.text(s) + b"a" * 20_000_000, "too large"),
    ("too large: notes", "md", lambda s: stories.text(s) + b"word " * 200_001, "too large"),
    ("scan", "pdf", stories.scan, "read" if find_tesseract() else "no text"),
]
_COSTLY_IN_PART: list[tuple[str, str, Content, dict[str, str]]] = [
    ("too large: line", "jsonl", lambda s: _line(s) + b"a" * 20_000_001, {":2": "too large"}),
    ("too large: file in an archive", "zip",
     lambda s: _box(s, b_txt=s.chance.randbytes(20_000_001)), {"!b.txt": "too large"}),
]  # fmt: skip
