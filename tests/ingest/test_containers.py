"""Files that hold files: each inner file is an article of its own, and nothing hostile gets out."""

from __future__ import annotations

import base64
import gzip
import io
import os
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.ingest import containers
from rag.ingest.containers import InnerFile, unpack
from rag.ingest.containers.sandboxed import Unpacker
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.document import UnreadableDocument, UnreadPart
from rag.ingest.ledger import ledger
from rag.types import Article
from tests.ingest.containers import PAGE, archive, locked, mailbox, response, warc
from tests.ingest.containers import record as warc_record
from tests.ingest.test_scans import scan

TEXT = "The lock of Hellin holds {} barges, its keeper wrote to the council in May."


def read(folder: Path, name: str, data: bytes) -> tuple[dict[str, Article], dict[str, str]]:
    """The articles of a single file by id, and the reasons of what is skipped by name."""
    (folder / name).write_bytes(data)
    items = list(Corpus.open(folder))
    articles = {item.id: item for item in items if isinstance(item, Article)}
    return articles, {item.name: item.reason for item in items if isinstance(item, SkippedFile)}


def mail(subject: str, text: str = "Hello.\n", **attachments: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ada Lind <ada@x.example>", subject
    message["Date"] = "Mon, 05 Jun 2023 10:00:00 +0200"
    message.set_content(text)
    for name, data in attachments.items():
        kind = name.replace("_", ".")  # plan_txt: plan.txt
        message.add_attachment(data, "application", "octet-stream", filename=kind)
    return message.as_bytes()


def test_the_files_of_an_archive_are_articles(tmp_path):
    members = {
        "letters/a.txt": TEXT.format(3),
        "letters/table.csv": "title,text\nOne,First row.\nTwo,Second row.\n",
        "dump.jsonl": '{"id": "x", "text": "First line."}\n{"text": "Second line."}\n{broken\n',
        "same.txt": TEXT.format(4),
        "same.md": TEXT.format(5),
        "photo.jpg": b"\xff\xd8\xff",
        "blank.txt": "",
    }
    articles, skipped = read(tmp_path, "box.zip", archive(members))
    assert {id: article.details.get("inner") for id, article in articles.items()} == {
        "box.zip!letters/a": "letters/a",
        "box.zip!letters/table!1": "letters/table",
        "box.zip!letters/table!2": "letters/table",
        "box.zip!dump!x": "dump!x",
        "box.zip!dump!2": "dump",
        "box.zip!same.txt": "same.txt",
        "box.zip!same.md": "same.md",
    }
    assert articles["box.zip!letters/a"].text == TEXT.format(3)
    assert skipped == {
        "box.zip!photo.jpg": "of a kind that is not read (.jpg)",
        "box.zip!blank.txt": "empty",
        "box.zip!dump.jsonl!3": "not a JSON object",
    }


def test_containers_in_containers_three_deep(tmp_path):
    data = archive({"d.txt": TEXT.format(4)})
    for name in ("c", "b", "a"):
        text = TEXT.format(ord(name))
        data = archive({f"{name}.zip": data, f"{name}.txt": text})
    articles, skipped = read(tmp_path, "box.zip", data)
    assert set(articles) == {"box.zip!a", "box.zip!a.zip!b", "box.zip!a.zip!b.zip!c"}
    assert skipped == {"box.zip!a.zip!b.zip!c.zip": "over 3 containers in one another"}


def test_what_an_archive_hides_or_locks(tmp_path):
    data = archive(
        {
            "../out.txt": TEXT.format(1),
            "/etc/out.txt": TEXT.format(1),
            "C:\\out.txt": TEXT.format(1),
            "locked.txt": TEXT.format(2),
            "open.txt": TEXT.format(3),
            "bomb.txt": b"a" * 19_000_000,
            "large.txt": os.urandom(20_000_001),
            "__MACOSX/open.txt": "x",
            ".hidden/open.txt": "x",
            "page.html": PAGE.format("Lock", 7),
            "page_files/frame.html": PAGE.format("Frame", 8),
        }
    )
    articles, skipped = read(tmp_path, "box.zip", locked(data, "locked.txt"))
    assert list(articles) == ["box.zip!open", "box.zip!page"]
    outside = "its name leads outside the archive"
    assert skipped == {
        "box.zip!../out.txt": outside,
        "box.zip!/etc/out.txt": outside,
        "box.zip!C:/out.txt": outside,
        "box.zip!locked.txt": "encrypted",
        "box.zip!bomb.txt": "unpacks to too much",
        "box.zip!large.txt": "over 20000000 bytes",
    }
    assert {(each.name, each.verdict) for each in ledger(Corpus.open(tmp_path))} >= {
        ("box.zip", "read"),
        ("box.zip!locked.txt", "damaged"),
        ("box.zip!bomb.txt", "too large"),
        ("box.zip!../out.txt", "not read"),
    }


def test_names_in_an_archive_are_read_as_people_wrote_them(tmp_path):
    data = archive({"Grxxe/a.txt": TEXT.format(1), "Gruß/b.txt": TEXT.format(2)})
    data = data.replace(b"Grxxe/a", "Grü".encode() + b"e\\a")  # unmarked UTF-8, from Windows
    articles, _ = read(tmp_path, "box.zip", data)
    assert list(articles) == ["box.zip!Grüe/a", "box.zip!Gruß/b"]


def test_an_archive_that_an_office_program_wrote_is_one_document(tmp_path):
    from tests.ingest.documents import docx

    articles, skipped = read(tmp_path, "a.zip", docx("The lock is closed."))
    assert skipped == {}
    assert articles["a.zip"].text.startswith("The lock is closed.")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.zip", archive({}), "no text in it: it holds no file that is read"),
        ("a.zip", archive({"a.txt": "x"})[:-9], "BadZipFile"),
        ("a.mbox", b"Subject: x\n\nNo mailbox.\n", "no mailbox"),
        ("a.warc", b"no record at all\n", "ArchiveLoadFailed"),
        ("a.wacz", archive({"datapackage.json": "{}"}), "it holds no WARC file"),
    ],
)
def test_a_container_that_cannot_be_opened_is_named(tmp_path, name, data, reason):
    articles, skipped = read(tmp_path, name, data)
    assert articles == {}
    assert list(skipped) == [name] and reason in skipped[name]


def test_a_damaged_container_in_another_loses_nothing_else(tmp_path):
    data = archive({"broken.zip": b"PK\x03\x04 broken", "whole.txt": TEXT.format(1)})
    articles, skipped = read(tmp_path, "box.zip", data)
    assert list(articles) == ["box.zip!whole"]
    assert list(skipped) == ["box.zip!broken.zip"]


def test_two_members_at_one_place_are_a_bomb(tmp_path):
    data = archive({"a.txt": TEXT.format(1), "b.txt": TEXT.format(2)})
    second = data.rindex(b"PK\x01\x02")
    data = data[: second + 42] + bytes(4) + data[second + 46 :]  # where its local header begins
    articles, skipped = read(tmp_path, "box.zip", data)
    assert list(articles) == ["box.zip!a"]
    assert skipped == {"box.zip": "unpacks to too much"}


def test_folders_that_windows_wrote_are_folders(tmp_path):
    page = PAGE.format("Lock", 3)
    data = archive({"story.html": page, "story_files/frame.html": page, ".x/y.txt": "Hidden."})
    data = data.replace(b"story_files/frame", b"story_files\\frame").replace(b".x/y", b".x\\y")
    articles, skipped = read(tmp_path, "box.zip", data)
    assert (list(articles), skipped) == (["box.zip!story"], {})


def test_an_office_file_under_another_name_in_an_archive(tmp_path):
    from tests.ingest.documents import docx

    articles, skipped = read(tmp_path, "box.zip", archive({"note.zip": docx("It is closed.")}))
    assert (list(articles), skipped) == (["box.zip!note.zip"], {})
    assert articles["box.zip!note.zip"].details["inner"] == "note.zip"


def test_the_mails_of_a_mailbox_are_articles(tmp_path):
    first = mail("One", "Line.\n\n>From here on it is quoted.\n")
    second = mail("Two", plan_txt=b"The plan names nine locks.", votes_csv=b"ward,ada\nNorth,3\n")
    second += b"\n\nFrom the sea came nothing in 2023.\n"  # no line that parts two mails
    articles, skipped = read(tmp_path, "2024.mbox", mailbox(first, second, b"no head at all"))
    assert list(articles) == ["2024.mbox!1", "2024.mbox!2", "2024.mbox!2!plan", "2024.mbox!2!votes"]
    one = articles["2024.mbox!1"]
    assert (one.title, one.author, one.published) == ("One", "Ada Lind", "2023-06-05")
    assert one.text == "Line.\n\nFrom here on it is quoted."
    assert one.details == {
        "sender": "Ada Lind <ada@x.example>",
        "sent": "2023-06-05T10:00:00+02:00",
    }
    assert list(skipped) == ["2024.mbox!3"]


def test_the_files_of_an_archive_in_a_mail_are_articles(tmp_path):
    inner = archive({"minutes.txt": TEXT.format(9), "cover.png": b"\x89PNG"})
    articles, skipped = read(tmp_path, "a.eml", mail("Papers", papers_zip=inner))
    assert list(articles) == ["a", "a!papers.zip!minutes"]
    assert articles["a!papers.zip!minutes"].details["inner"] == "papers.zip!minutes"
    assert list(skipped) == ["a.eml!papers.zip!cover.png"]


def test_a_web_archive_or_a_dump_in_a_mail_is_read_as_elsewhere(tmp_path):
    crawl = warc(response("https://h.example/a", PAGE.format("Lock", 3)), compressed=True)
    dump = b'{"text": "First line."}\n{"text": "Second line."}\n'
    data = mail("Papers", lines_jsonl=dump, crawl_warc_gz=crawl)
    articles, skipped = read(tmp_path, "a.eml", data)
    assert list(articles) == ["a", "a!lines!1", "a!lines!2", "a!crawl.warc.gz!1"]
    capture = articles["a!crawl.warc.gz!1"]
    assert capture.url == "https://h.example/a"
    assert capture.details["captured"] == "2020-03-04T10:00:01Z"
    assert skipped == {}


def test_a_compressed_web_archive_in_an_archive(tmp_path):
    crawl = warc(response("https://h.example/a", PAGE.format("Lock", 3)), compressed=True)
    articles, skipped = read(tmp_path, "box.zip", archive({"in/crawl.warc.gz": crawl}))
    assert (list(articles), skipped) == (["box.zip!in/crawl.warc.gz!1"], {})


PLAN = (
    "Content-Type: text/csv\nContent-Disposition: attachment; filename=plan.csv\n\nlock,barges\n"
    "Hellin,27\n"
)
HELLO = "Content-Type: text/plain\n\nHello.\n"
HTML = "Content-Type: text/html\n\n<p>Hello.</p>\n"
SIGNATURE = "Content-Type: application/pgp-signature; name=s.asc\n\n-----BEGIN PGP\n"
LOGO = "Content-Type: image/png\nContent-ID: <l>\n\nx\n"


def parts(kind: str, *inner: str) -> str:
    mark = f"{kind}{len(''.join(inner))}"
    body = "".join(f"--{mark}\n{each}\n" for each in inner)
    return f"Content-Type: multipart/{kind}; boundary={mark}\n\n{body}--{mark}--\n"


@pytest.mark.parametrize(
    "content",
    [
        parts("signed", parts("mixed", HELLO, PLAN), SIGNATURE),
        parts("alternative", HELLO, parts("mixed", HTML, PLAN)),
        parts("alternative", HELLO, parts("related", HTML, LOGO, PLAN)),
        parts("mixed", parts("alternative", HELLO, HTML), parts("mixed", PLAN)),
        parts("signed", parts("mixed", parts("alternative", HELLO, HTML), PLAN), SIGNATURE),
    ],
)
def test_an_attachment_is_read_wherever_in_the_mail_it_is(tmp_path, content):
    data = f"From: a@x.example\nSubject: Plan\n{content}".encode()
    articles, skipped = read(tmp_path, "a.eml", data)
    assert {id: each.text for id, each in articles.items()} == {
        "a": "Hello.",
        "a!plan": "lock | barges\nHellin | barges: 27",
    }
    assert skipped == {}


def test_texts_and_mails_without_a_name_are_attachments_too(tmp_path):
    inner = base64.encodebytes(mail("Inner", "The inner mail.\n")).decode()
    encoded = f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}"
    second = "Content-Type: text/plain\n\nAfter the plan more was written.\n"
    nothing = "Content-Type: message/rfc822\n\n"
    content = parts("mixed", HELLO, PLAN, second, encoded, nothing)
    articles, skipped = read(tmp_path, "a.eml", f"Subject: Plan\n{content}".encode())
    assert list(articles) == ["a", "a!plan", "a!2", "a!3"]
    assert articles["a!2"].text == "After the plan more was written."
    assert (articles["a!3"].title, articles["a!3"].text) == ("Inner", "The inner mail.")
    assert list(skipped) == ["a.eml!4"]


def test_a_mail_that_is_a_file_is_read_as_that_file(tmp_path):
    head = "From: scanner@x.example\nSubject: Scan 12\n"
    articles, _ = read(tmp_path, "a.eml", f"{head}{PLAN}".encode())
    assert {id: each.text for id, each in articles.items()} == {
        "a!plan": "lock | barges\nHellin | barges: 27"
    }


def test_a_mail_in_an_archive_keeps_its_id_and_its_attachments(tmp_path):
    letter = mail("Plan", plan_txt=b"The plan names nine locks.", photo_png=b"\x89PNG")
    articles, skipped = read(tmp_path, "box.zip", archive({"in/letter.eml": letter}))
    assert list(articles) == ["box.zip!in/letter", "box.zip!in/letter!plan"]
    assert list(skipped) == ["box.zip!in/letter.eml!photo.png"]


def test_a_mail_in_a_mail_and_files_of_one_name(tmp_path):
    outer = EmailMessage()
    outer["Subject"] = "Two files"
    for text in (b"The first of two.", b"The second of two."):
        outer.add_attachment(text, "text", "plain", filename="note.txt")
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content("The inner mail.")
    inner.add_attachment(b"a,b\nx,1\n", "text", "csv", filename="v.csv")
    outer.add_attachment(inner)
    articles, skipped = read(tmp_path, "a.eml", outer.as_bytes())
    assert list(articles) == ["a!note", "a!2/note", "a!3", "a!3!v"]
    assert (articles["a!3"].title, skipped) == ("Inner", {})


def test_mails_in_one_another_have_an_end(tmp_path):
    data = b"The innermost text."
    for depth in range(7):
        message = EmailMessage()
        message["Subject"] = f"Mail {depth}"
        message.set_content(f"Text {depth}.")
        message.add_attachment(data, "application", "octet-stream", filename="next.eml")
        data = message.as_bytes()
    articles, skipped = read(tmp_path, "a.eml", data)
    assert [each.title for each in articles.values()] == [f"Mail {n}" for n in (6, 5, 4, 3, 2)]
    assert list(skipped.values()) == ["over 5 mails in one another"]


def test_scanned_pages_in_a_mail_ask_for_tesseract_as_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    articles, skipped = read(tmp_path, "a.eml", mail("Scan", page_pdf=scan(("x",))))
    assert list(articles) == ["a"]
    assert "install Tesseract" in skipped["a.eml!page.pdf"]


def test_a_mail_with_an_attachment_that_is_not_read_is_not_read_again(tmp_path):
    (tmp_path / "a.eml").write_bytes(mail("Photo", photo_png=b"\x89PNG"))
    scan = Corpus.open(tmp_path).scan({})
    assert len(list(scan)) == 2
    stamp = scan.stamps["a.eml"]
    assert stamp is not None and stamp.unread == 1
    assert list(Corpus.open(tmp_path).scan({"a.eml": stamp})) == []


@pytest.mark.parametrize("name", ["a.zip", "a.eml", "a.mbox", "a.warc", "a.warc.gz", "a.wacz"])
@pytest.mark.parametrize("data", [b"", b" \r\n\n"])
def test_a_container_without_a_byte_is_empty(tmp_path, name, data):
    assert read(tmp_path, name, data) == ({}, {name: "empty"})


@pytest.mark.parametrize("compressed", [False, True])
def test_a_capture_that_is_cut_off_is_damaged(tmp_path, compressed):
    page = PAGE.format("Lock", 3) + "".join(f"<p>Line {n * n}</p>" for n in range(300))
    data = warc(response("https://h.example/a", page), compressed=compressed)
    articles, skipped = read(
        tmp_path, "a.warc.gz" if compressed else "a.warc", data[: len(data) // 2]
    )
    assert articles == {}
    assert list(skipped.values()) == ["damaged: the record is cut off"]


def test_a_text_is_no_web_archive(tmp_path):
    """The old format of such archives begins each record with five words."""
    text = b"The lock of Hellin opened in 1911 after 3 years of work, they say\n"
    _, skipped = read(tmp_path, "a.warc", text)
    assert skipped == {"a.warc": "no web archive: it does not begin with a WARC record"}


@pytest.mark.parametrize("compressed", [False, True])
def test_the_captures_of_a_web_archive_are_articles(tmp_path, compressed):
    third = PAGE.format("Third", 9)
    page = PAGE.format("Schleuse zu", 3).replace("barges", "Kähne")
    data = warc(
        warc_record("warcinfo", "", b"software: x\r\n", "application/warc-fields"),
        warc_record("request", "https://h.example/a", b"GET /a HTTP/1.1\r\n\r\n"),
        response(
            "https://h.example/a",
            gzip.compress(page.encode("cp1252")),
            "text/html; charset=iso-8859-1",
            extra="Content-Encoding: gzip\r\n",
        ),
        response("https://h.example/a", PAGE.format("Gone", 1), status="404 Not Found"),
        response("https://h.example/a.css", "p {}", "text/css"),
        response("https://h.example/b.txt", TEXT.format(5), "text/plain"),
        response("https://h.example/b.txt", TEXT.format(5), "text/plain"),
        response("https://h.example/old.doc", b"\xd0\xcf\x11\xe0", "application/msword"),
        warc_record("revisit", "https://h.example/a", b"HTTP/1.1 200 OK\r\n\r\n"),
        warc_record("resource", "https://h.example/c", third.encode(), "text/html"),
        compressed=compressed,
    )
    name = "crawl.warc.gz" if compressed else "crawl.warc"
    articles, skipped = read(tmp_path, name, data)
    assert [(each.id, each.url) for each in articles.values()] == [
        (f"{name}!1", "https://h.example/a"),
        (f"{name}!2", "https://h.example/b.txt"),
        (f"{name}!4", "https://h.example/c"),
    ]
    first = articles[f"{name}!1"]
    assert first.title == "Schleuse zu" and "3 Kähne" in first.text
    assert first.details == {"captured": "2020-03-04T10:00:01Z"}
    assert first.published is None  # the day of the capture is none of publication
    assert skipped == {
        f"{name}!3 (https://h.example/old.doc)": "of a kind that is not read (application/msword)"
    }


def test_a_web_archive_that_breaks_off_keeps_what_is_before(tmp_path):
    whole = response("https://h.example/a", PAGE.format("Lock", 3))
    articles, skipped = read(tmp_path, "a.warc", whole + b"nothing of a record\r\n\r\n")
    assert list(articles) == ["a.warc!1"]
    assert list(skipped) == ["a.warc!2"] and "damaged from here on" in skipped["a.warc!2"]


def test_a_capture_that_cannot_be_read_loses_no_other(tmp_path):
    page = PAGE.format("Lock", 3)
    captures = [response(f"https://{host}/", page) for host in ("a.example", "[x", "b.example")]
    articles, skipped = read(tmp_path, "a.warc", warc(*captures))
    assert [each.url for each in articles.values()] == ["https://a.example/", "https://b.example/"]
    assert skipped == {"a.warc!record 2": "damaged: ValueError: Invalid IPv6 URL"}


def test_a_record_that_does_not_state_its_length_is_read(tmp_path):
    data = response("https://h.example/a", PAGE.format("Lock", 3))
    head, _, rest = data.partition(b"Content-Length: ")
    data = head.rstrip(b"\r\n") + rest[rest.index(b"\r\n") :]
    articles, skipped = read(tmp_path, "a.warc", data)
    assert [each.title for each in articles.values()] == ["Lock"]
    assert skipped == {}


def test_names_in_a_web_archive_cannot_steer_a_terminal(tmp_path):
    inner = warc(response("https://h.example/a", PAGE.format("Lock", 3)))
    articles, _ = read(tmp_path, "a.wacz", archive({"archive/\x1b[31m.warc": inner}))
    (id,) = articles
    assert "\x1b" not in id and id.isprintable()


def test_a_wacz_file_holds_web_archives(tmp_path):
    inner = warc(response("https://h.example/a", PAGE.format("Lock", 3)), compressed=True)
    data = archive({"archive/data.warc.gz": inner, "pages/pages.jsonl": "{}"}, method=0)
    articles, skipped = read(tmp_path, "site.wacz", data)
    (article,) = articles.values()
    assert article.id == "site.wacz!archive/data.warc.gz!1"
    assert (article.url, article.details["captured"]) == (
        "https://h.example/a",
        "2020-03-04T10:00:01Z",
    )
    assert skipped == {}


def test_how_much_comes_out_of_a_container_is_limited(monkeypatch):
    data = archive({f"{number}.txt": "abcde" for number in range(6)})
    monkeypatch.setattr(containers, "TOTAL_LIMIT", 24)
    with pytest.raises(UnreadableDocument, match="unpacks to too much"):
        list(unpack("zip", io.BytesIO(data)))
    monkeypatch.setattr(containers, "TOTAL_LIMIT", 30)
    assert len(list(unpack("zip", io.BytesIO(data)))) == 6


def test_the_child_reads_only_the_stretches_that_it_needs():
    class Counting(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.count += len(data)
            return data

    members = {f"{n}.jpg": os.urandom(2_000_000) for n in range(5)} | {"a.txt": TEXT.format(1)}
    file = Counting(archive(members))
    with Unpacker() as unpacker:
        items = list(unpacker.unpack("zip", file))
    assert [item.data for item in items if isinstance(item, InnerFile)] == [TEXT.format(1).encode()]
    assert sum(isinstance(item, UnreadPart) for item in items) == 5
    assert file.count < 4_000_000


def test_a_child_that_is_left_midway_serves_the_next_container():
    data = archive({"a.txt": TEXT.format(1), "b.txt": TEXT.format(2)})
    with Unpacker() as unpacker:
        half = unpacker.unpack("zip", io.BytesIO(data))
        next(half)
        half.close()
        assert len(list(unpacker.unpack("zip", io.BytesIO(data)))) == 2
        with pytest.raises(UnreadableDocument, match="BadZipFile"):
            list(unpacker.unpack("zip", io.BytesIO(b"no archive")))
        assert len(list(unpacker.unpack("zip", io.BytesIO(data)))) == 2


def test_a_child_that_dies_is_replaced_and_what_came_before_is_kept():
    members = {f"{n}.txt": os.urandom(4_000_000) for n in range(6)}
    with Unpacker() as unpacker:
        items = unpacker.unpack("zip", io.BytesIO(archive(members, method=0)))
        first = next(items)
        assert isinstance(first, InnerFile) and first.data == members["0.txt"]
        unpacker.child().kill()
        with pytest.raises(UnreadableDocument, match="the parser crashed on it"):
            list(items)
        small = archive({"a.txt": TEXT.format(1)})
        assert len(list(unpacker.unpack("zip", io.BytesIO(small)))) == 1


def test_a_container_that_did_not_change_is_not_opened_again(tmp_path):
    (tmp_path / "box.zip").write_bytes(archive({"a.txt": TEXT.format(1)}))
    corpus = Corpus.open(tmp_path)
    scan = corpus.scan({})
    assert [item.id for _, item in scan] == ["box.zip!a"]
    stamp = scan.stamps["box.zip"]
    assert stamp is not None and stamp.size == (tmp_path / "box.zip").stat().st_size
    again = corpus.scan({"box.zip": type(stamp).parse(str(stamp), "box.zip")})
    assert again.retained == {"box.zip"} and list(again) == []
    assert (scan.unread, again.unread) == (0, 0)


@pytest.mark.parametrize(
    ("name", "data", "unread"),
    [
        ("a.jpg", b"\xff\xd8", 1),  # counted from then on
        ("a.html", b"<p>", 1),
        ("scan.pdf", None, None),  # Tesseract may be installed meanwhile: parsed again
    ],
)
def test_a_container_with_unread_parts_is_opened_again_only_where_that_may_help(
    tmp_path, monkeypatch, name, data, unread
):
    monkeypatch.setenv("PATH", str(tmp_path))
    data = scan(("Hellin",)) if data is None else data
    (tmp_path / "box.zip").write_bytes(archive({"a.txt": TEXT.format(1), name: data}))
    corpus = Corpus.open(tmp_path / "box.zip")
    first = corpus.scan({})
    assert [type(item) for _, item in first] == [Article, SkippedFile]
    stamp = first.stamps["box.zip"]
    assert (stamp and stamp.unread) == unread
    if stamp is not None:
        again = corpus.scan({"box.zip": type(stamp).parse(str(stamp), "box.zip")})
        assert (list(again), again.unread) == ([], 1)
