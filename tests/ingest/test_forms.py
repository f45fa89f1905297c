"""Forms of pages, notes, dumps, tables and datelines beside the usual ones."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime

import openpyxl
import pytest

from rag.ingest.boilerplate.date_lines import dateline, day_of_dateline
from rag.ingest.date_forms import find_dates, publication_day
from rag.ingest.decoding import decode
from rag.ingest.parsers import parse_documents
from rag.types import Article

MILL = (
    "The mill of Orby ground 300 sacks of rye in one night, the miller said on Monday, "
    "and nobody in the lane slept."
)
WHEEL = "The wheel has 48 paddles of oak, and all of them are older than the church, she added."


def read(kind: str, data: str | bytes) -> list[Article]:
    parts = parse_documents(kind, "a", data.encode() if isinstance(data, str) else data)
    assert all(isinstance(part, Article) for part in parts)
    return [part for part in parts if isinstance(part, Article)]


def page(body: str, head: str = "<title>Mill grinds all night</title>") -> Article:
    html = f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    (article,) = read("html", html)
    return article


# --- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("3×10<span style='vertical-align: super'>5</span> grains", "3×10⁵ grains"),
        ("3×10<small style='position:relative;top:-.4em'>5</small> grains", "3×10⁵ grains"),
        ("3×10<b class=power>5</b> grains", "3×10⁵ grains"),
        ("H<font style='vertical-align:sub'>2</font>O", "H₂O"),
        (
            "<math><mn>7</mn><mo>×</mo><msup><mn>10</mn><mn>8</mn></msup></math> grains",
            "7×10⁸ grains",
        ),
        ("<math><mfrac><mi>a</mi><mn>2</mn></mfrac></math> grains", "a/2 grains"),
        (
            "an <span style='vertical-align:super'>inn above the road</span>",
            "an inn above the road",
        ),
    ],
)
def test_characters_are_raised_by_style_and_in_formulas(markup: str, text: str) -> None:
    sheet = "<style>.power, i.up {vertical-align: super; font-size: 60%}</style>"
    article = page(f"<h1>Mill</h1><p>{MILL}</p><p>It used {markup}, {WHEEL}</p>", sheet)
    assert f"It used {text}, {WHEEL}" in article.text


@pytest.mark.parametrize(
    "gone",
    [
        "<span class='old'>40</span>",
        "<span id='was'>40</span>",
        "<em>40</em>",
        "<span class='text-line-through'>40</span>",
    ],
)
def test_text_that_the_page_strikes_out_by_its_style_sheet_is_left_out(gone: str) -> None:
    sheet = (
        "<style>.old, #was {text-decoration: line-through} em{text-decoration-line:line-through}"
        "@media print {.new {text-decoration: line-through}}</style>"
    )
    article = page(f"<h1>Mill</h1><p>{MILL} It cost {gone} <b class=new>50</b> crowns.</p>", sheet)
    assert article.text == f"{MILL} It cost 50 crowns."


@pytest.mark.parametrize(
    "wrapping", ["//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/{}/*]]>*/", "<!--\n{}\n-->", "{};"]
)
def test_structured_data_is_read_whatever_wraps_it(wrapping: str) -> None:
    data = json.dumps(
        [
            {"@type": "Organization", "name": "Orby Post"},
            {
                "@type": ["NewsArticle", "Article"],
                "headline": "Mill grinds all night",
                "isPartOf": {"name": "Orby Post"},
                "articleBody": f"{MILL} {WHEEL}",
            },
        ]
    )
    script = f"<script type='application/ld+json'>{wrapping.format(data)}</script>"
    article = page("<div id=app></div>", f"<title>Orby Post</title>{script}")
    assert (article.title, article.source, article.text) == (
        "Mill grinds all night",
        "Orby Post",
        f"{MILL} {WHEEL}",
    )


def test_a_page_whose_title_is_its_site_has_its_headline_above_the_text() -> None:
    article = page(
        "<table><tr><td colspan=2><font size=6>Orby Gazette</font><br>3 May 1998</td></tr>"
        "<tr><td><a href=n>News</a><br><a href=s>Sport</a></td>"
        f"<td><font size=5><b>Mill grinds all night at Orby</b></font><br>by Ann Berg<p>{MILL}"
        f"<p>{WHEEL}<table><tr><td><a href=p>Back</a></td><td><a href=h>Up</a></td></tr></table>"
        "</td></tr></table>",
        "<title>Orby Gazette - Home Page</title>",
    )
    record = (article.title, article.source, article.author, article.published)
    assert record == ("Mill grinds all night at Orby", "Orby Gazette", "Ann Berg", "1998-05-03")
    assert article.text == f"{MILL}\n{WHEEL}"


@pytest.mark.parametrize(
    "frame",
    [
        "<div>This is a cached copy of http://orby.example/m as of 3 Mar 2010. <a href=x>More</a>"
        "</div>",
        "<table><tr><td>This page was captured on 10:20:01 Mar 03, 2010</td></tr></table>",
        "<div><p>This snapshot, taken on 12/04/2010, shows web content acquired for preservation."
        "</p><p>All snapshots of this host</p></div>",
        "<div id=TOP><table><tr><td>Saved from</td><td><input value='http://orby.example/m'></td>"
        "<td>3 Mar 2010 05:02 UTC</td></tr></table><div>Webpage | Screenshot</div></div>",
    ],
)
@pytest.mark.parametrize("around", ["{}", "<div id=wrap>{}</div>"])
def test_the_frame_of_an_archive_is_no_text_and_no_day(frame: str, around: str) -> None:
    body = f"{frame}<h1>Mill grinds all night</h1><p>{MILL}</p><p>{WHEEL}</p>"
    article = page(around.format(body))
    assert (article.text, article.published) == (f"{MILL}\n{WHEEL}", None)


def test_an_article_about_an_archive_keeps_its_words() -> None:
    lead = "The Orby web archive has snapshots of 2,000 pages from 1998, its keeper said on Monday."
    last = (
        "Snapshots of the page of the mill, saved from 1998 on, are in it at www.orby.example too."
    )
    for tag in ("p", "div"):
        parts = (f"<{tag}>{each}</{tag}>" for each in (lead, MILL, last))
        article = page(f"<h1>Mill grinds all night</h1>{''.join(parts)}")
        assert article.text == f"{lead}\n{MILL}\n{last}"


def test_cards_keep_their_headings_and_what_follows_them() -> None:
    card = "<div class=card><h3><a href=/{0}>{0}</a></h3><p>{1}</p></div>"
    cards = card.format("Old mill", "It was built in 1702.") + card.format("New mill", "It rests.")
    article = page(f"<h1>Mills</h1><p>{MILL}</p><div>{cards}</div><p>A third burned.</p>")
    assert article.text.split("\n") == [
        *(MILL, "Old mill", "It was built in 1702.", "New mill", "It rests.", "A third burned.")
    ]


@pytest.mark.parametrize("name", ["wp-caption-text", "photo-caption", "caption"])
def test_a_caption_by_its_class_is_marked(name: str) -> None:
    article = page(
        f"<h1>Mill</h1><p>{MILL}</p><div><img src=a.jpg><p class='{name}'>The wheel in May</p>"
        f"</div><p>{WHEEL}</p>"
    )
    assert "\nCaption: The wheel in May\n" in article.text


@pytest.mark.parametrize("kind", ["xhtml", "html", "xml"])
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_page_in_xml(kind: str, prefix: str) -> None:
    space = f"xmlns{prefix and ':x'}='http://www.w3.org/1999/xhtml'"
    text = (
        f"<?xml version='1.0'?><html {space}><head><script src='a.js'/><title>Mill</title></head>"
        f"<body><div class='top'/><h1>Mill</h1><p>{MILL}</p><script><![CDATA[if (a < b) c();]]>"
        f"</script><p><![CDATA[Rye < wheat & oats, the old miller always says.]]></p></body></html>"
    )
    text = text.replace("<html", f"<{prefix}html").replace("</html", f"</{prefix}html")
    for tag in ("head", "script", "title", "body", "div", "h1", "p"):
        text = text.replace(f"<{tag}>", f"<{prefix}{tag}>").replace(f"<{tag} ", f"<{prefix}{tag} ")
        text = text.replace(f"</{tag}>", f"</{prefix}{tag}>")
    (article,) = read(kind, text)
    assert article.title == "Mill"
    assert article.text == f"{MILL}\nRye < wheat & oats, the old miller always says."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<span class=dropcap>W</span> hen it turns", "When it turns"),
        ("<span style='float:left'>W</span> hen it turns", "When it turns"),
        ("<span class=dropcap>W</span>hen it turns", "When it turns"),
        ("<span class=dropcap>A</span> wheel turns", "A wheel turns"),
        ("<b>W</b> hen it turns", "W hen it turns"),
    ],
)
def test_a_large_first_letter_belongs_to_its_word(markup: str, text: str) -> None:
    article = page(f"<h1>Mill</h1><p>{markup}, all of the lane can hear it.</p><p>{MILL}</p>")
    assert article.text == f"{text}, all of the lane can hear it.\n{MILL}"


@pytest.mark.parametrize("mark", ["|", "·", "—"])
def test_the_day_of_an_update_beside_that_of_publication(mark: str) -> None:
    line = f"Updated 3 February 2020 {mark} Published 1 February 2020"
    article = page(f"<h1>Mill</h1><p>{line}</p><p>{MILL}</p><p>{WHEEL}</p>")
    assert (article.published, article.text) == ("2020-02-01", f"{MILL}\n{WHEEL}")


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Mill grinds all night – Orby Post – News", ""),
        ("Mill grinds all night", "<meta name=application-name content='Orby Post'>"),
    ],
)
def test_the_outlet_beside_a_section_or_in_further_meta_tags(title: str, head: str) -> None:
    article = page(f"<h1>Mill grinds all night</h1><p>{MILL}</p>", f"<title>{title}</title>{head}")
    assert (article.title, article.source) == ("Mill grinds all night", "Orby Post")


# --- files that are not what their name says ----------------------------------------------------

_PLAIN = f"Mill grinds all night\n\n{MILL}\n\nThree < five & more, the miller said of his sacks."
_MAIL = (
    "From: Ann Berg <ann@orby.example>\nSubject: Mill grinds all night\n"
    f"Date: Mon, 03 Feb 2020 10:00:00 +0100\nMessage-ID: <1@orby.example>\n\n{MILL}\n"
)
_PAGE = f"<!DOCTYPE html><html><head><title>Mill grinds all night</title></head><p>{MILL}</html>"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *((each, _PLAIN) for each in ("html", "xhtml", "txt")),
        *((each, _PAGE) for each in ("docx", "pdf", "json", "txt")),
        *((each, _MAIL) for each in ("txt", "md")),
        ("txt", json.dumps({"title": "Mill grinds all night", "text": MILL})),
        ("txt", json.dumps({"title": "Mill grinds all night", "text": MILL}) + "\n"),
    ],
)
def test_a_file_is_read_as_what_it_is(name: str, data: str) -> None:
    (article,) = read(name, data)
    assert article.title == "Mill grinds all night"
    assert article.text.startswith(MILL)
    assert "<p>" not in article.text


def test_a_fragment_of_a_page_in_a_text_file() -> None:
    (article,) = read("txt", f"<P>{MILL}</P>\n<p>Rye &amp; oats are all it grinds this year.</p>")
    assert article.text == f"{MILL}\nRye & oats are all it grinds this year."


# --- notes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "front",
    [
        '{"title": "Mill at night", "date": "2020-02-03T07:00:00+01:00", "author": "Ann Berg"}\n\n',
        ';;;\n{"title": "Mill at night", "date": "2020-02-03", "author": "Ann Berg"}\n;;;\n',
        "+++\ntitle = 'Mill at night'\ndate = 2020-02-03\n[params]\nauthor = 'Ann Berg'\n+++\n",
        "% Mill at night\n% Ann Berg\n% 3 February 2020\n\n",
        "Title: Mill at night\nDate: 2020-02-03\nAuthor: Ann Berg\n\n",
        "title:: Mill at night\npublished:: [[Feb 3rd, 2020]]\nauthor:: [[Ann Berg]]\n\n",
    ],
)
def test_front_matter_in_every_form(front: str) -> None:
    (article,) = read("md", f"{front}{MILL}\n")
    record = (article.title, article.author, article.published, article.text)
    assert record == ("Mill at night", "Ann Berg", "2020-02-03", MILL)


def test_front_matter_that_is_no_valid_yaml_loses_nothing() -> None:
    (article,) = read("md", f"---\ntitle: Mill: all night\ndate: 2020-02-03\n---\n{MILL}\n")
    assert (article.title, article.published, article.text) == (
        "Mill: all night",
        "2020-02-03",
        MILL,
    )


@pytest.mark.parametrize("start", ["{curly} braces open this text.", "Note: only one line so far."])
def test_a_text_that_only_begins_like_front_matter_is_kept(start: str) -> None:
    (article,) = read("md", f"{start}\n\n{MILL}\n")
    assert article.text == f"{start}\n\n{MILL}"


def test_marks_of_note_programs_are_no_text() -> None:
    (article,) = read(
        "md",
        f"- {MILL}\n  id:: 65a0-aa\n  collapsed:: true\n\t- See [the plan](((65a0-bb))). ^abc12\n"
        "\t- {{query (todo)}}\n- TODO Ring the miller.\n- rating:: 5\n:LOGBOOK:\nCLOCK: [x]\n"
        "SCHEDULED: <2020-02-03 Mon>\n:END:\n\n```dataview\nLIST FROM #mills\n```\n",
    )
    assert article.text.split("\n\n") == [
        *(f"• {MILL}", "• See the plan.", "• Ring the miller.", "• rating: 5")
    ]


# --- dumps, tables, exports ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"headline": {"main": "Mill"}, "byline": {"original": "By Ann Berg"}, "body": MILL,
         "pub_date": "2020-02-03T10:00:00+0000", "source": "Orby Post"},
        {"title": {"rendered": "Mill"}, "content": {"rendered": f"<p>{MILL}</p>"},
         "author": {"first_name": "Ann", "last_name": "Berg"}, "outlet": {"name": "Orby Post"},
         "Publication Date": "3 February 2020"},
        {"_id": {"$oid": "5f1"}, "_source": {"title": "Mill", "text": [MILL], "author": "Ann Berg",
         "date": {"$date": {"$numberLong": "1580720400000"}}, "publisher": "Orby Post"}},
        {"webTitle": "Mill", "webPublicationDate": "2020-02-03T10:00:00Z", "medium": "Orby Post",
         "fields": {"body": f"<p>{MILL}</p>", "byline": "Ann Berg"}},
        {"titel": "Mill", "datum": "03.02.2020", "zeitung": "Orby Post", "autorin": "Ann Berg",
         "volltext": [{"type": "p", "text": MILL}]},
    ],
)  # fmt: skip
def test_fields_of_a_dump_may_be_objects(value: dict[str, object]) -> None:
    (article,) = read("jsonl", json.dumps(value))
    record = (article.title, article.author, article.source, article.published, article.text)
    assert record == ("Mill", "Ann Berg", "Orby Post", "2020-02-03", MILL)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("&lt;p&gt;Rye &amp;quot;and&amp;quot; oats.&lt;/p&gt;", 'Rye "and" oats.'),
        (
            "&lt;ul&gt;&lt;li&gt;Rye&lt;/li&gt;&lt;li&gt;Oats&lt;/li&gt;&lt;/ul&gt;",
            "• Rye\n\n• Oats",
        ),
        ("Rye &amp;amp; oats", "Rye & oats"),
        ("Write &lt;p&gt; before a paragraph.", "Write <p> before a paragraph."),
        ("5 &lt; 6 &amp; 7 &gt; 6", "5 < 6 & 7 > 6"),
    ],
)
def test_text_that_was_escaped_more_than_once(text: str, stored: str) -> None:
    (article,) = read("jsonl", json.dumps({"title": "Rye &amp;amp; oats", "text": text}))
    assert (article.title, article.text) == ("Rye & oats", stored)


def test_headings_of_a_table_may_stand_below_its_title() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    rows = (["Reports of the Orby Post"], [], ["Date", "Title", "Text", "Paper"],
            [datetime(1988, 2, 29), "Mill", MILL, "Orby Post"])  # fmt: skip
    for row in rows:
        book.active.append(row)
    notes = book.create_sheet("Sacks")
    for row in (["Year", "Rye", "Oats"], [1987, 40, 12], [1988, 44, None]):
        notes.append(row)
    book.save(out)
    report, values = read("xlsx", out.getvalue())
    record = (report.title, report.source, report.published, report.text)
    assert record == ("Mill", "Orby Post", "1988-02-29", MILL)
    assert (values.id, values.text.split("\n")[-1]) == ("a!Sacks", "Year: 1988 | Rye: 44 | Oats: –")


def test_columns_in_other_languages_are_known() -> None:
    rows = (
        "titulo;fecha;periodico;autora;texto\nMolino;3 de febrero de 2020;El Faro;Ana Ruiz;Muele.\n"
    )
    (article,) = read("csv", rows)
    record = (article.title, article.published, article.source, article.author, article.text)
    assert record == ("Molino", "2020-02-03", "El Faro", "Ana Ruiz", "Muele.")


def test_an_export_that_states_its_publication_on_one_line() -> None:
    rule = "_" * 60
    item = (
        f"{rule}\n\nDocument {{0}} of 2\n\nMill {{0}}\n\nAuthor: Berg, Ann\n\nPublication info: "
        f"Orby Post, Late Edition; Orby [Orby]03 Feb 202{{0}}: A.4.\n\nFull Text: {MILL}\n\n"
        "Database: Mill Stand\n\n"
    )
    articles = read("txt", item.format(1) + item.format(2))
    assert [(each.title, each.source, each.author, each.published) for each in articles] == [
        ("Mill 1", "Orby Post", "Ann Berg", "2021-02-03"),
        ("Mill 2", "Orby Post", "Ann Berg", "2022-02-03"),
    ]
    assert {each.text for each in articles} == {MILL}


# --- days ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    ["3-II-2020", "3. II. 2020", "2020-034", "2020-W06-1", "3/Feb/2020", "Feb-03-2020",
     "2020-Feb-03", "2020, February 3", "Monday, the 3rd of February 2020"],
)  # fmt: skip
def test_a_day_in_further_forms(value: str) -> None:
    assert publication_day(value) == "2020-02-03"


@pytest.mark.parametrize("value", ["2020-367", "2020-W54-1", "2-3-2020", "3 i 2020", "3-IIV-2020"])
def test_what_is_in_no_calendar_is_no_day(value: str) -> None:
    assert publication_day(value) is None


def test_a_number_of_the_day_is_none_in_a_text() -> None:
    assert find_dates("They paid for lot 2020-034 on the list.") == []


@pytest.mark.parametrize(
    ("line", "agency", "day"),
    [
        ("ORBY (Coastwire, 3 February 2020) — The mill", "Coastwire", "2020-02-03"),
        ("ORBY [3 Feb 2020, Coastwire] — The mill", "Coastwire", "2020-02-03"),
        ("ORBY — (Coastwire, Feb. 3, 2020) — The mill", "Coastwire", "2020-02-03"),
        ("(Coastwire) ORBY, Feb 3, 2020 — The mill", "Coastwire", "2020-02-03"),
        ("ORBY, Mon. Feb. 3 (Coastwire) -- The mill of 2019 turns", "Coastwire", "2020-02-03"),
        ("ORBY, Feb. 3 (Coastwire) -- The mill of 2019 turned on Monday.", "Coastwire",
         "2020-02-03"),
        ("ORBY, Feb. 3 (Coastwire) -- The mill turns.", "Coastwire", None),
        ("ORBY, Feb. 2 (Coastwire) -- Domingo sang at the mill of 2019.", "Coastwire", None),
        ("ORBY, 2 feb (Coastwire) - El molino de 2019 gira desde el domingo.", "Coastwire",
         "2020-02-02"),
        ("Orby, 3 févr 2020 (AFP) - Le moulin tourne", "AFP", "2020-02-03"),
        ("Orby, 1er févr. 2020 (AFP) - Le moulin tourne", "AFP", "2020-02-01"),
        ("Orby, 3. Februar 2020 (dpa) - Die Mühle dreht sich", "dpa", "2020-02-03"),
        ("Orby, 3 de febrero de 2020 (EFE).- El molino gira", "EFE", "2020-02-03"),
        ("ORBY, 3. Februar (Coastwire) - Die Mühle von 2019 dreht sich seit Montag.", "Coastwire",
         "2020-02-03"),
    ],
)  # fmt: skip
def test_datelines_of_agencies(line: str, agency: str, day: str | None) -> None:
    opening = dateline(line)
    assert opening is not None
    assert opening.agency == agency
    assert (day_of_dateline(opening, line) or (None,))[0] == day


@pytest.mark.parametrize(
    "ahead", ["before September 2026", "by 2026", "until the summer of 2026", "will end in 2026"]
)
def test_a_year_to_come_is_not_taken_for_the_latest(ahead: str) -> None:
    line = "ORBY, Mon. Feb. 3 (Coastwire) -- The mill burned."
    opening = dateline(line)
    assert opening is not None
    text = f"{line} It was built in 2019. The new one {ahead}."
    assert (day_of_dateline(opening, text) or (None,))[0] == "2020-02-03"


@pytest.mark.parametrize("back", ["It was the first since 2019", "No fire was worse before 2019",
                                  "It was taller than in August 2019"])  # fmt: skip
def test_a_year_that_the_text_looks_back_to_gives_none(back: str) -> None:
    line = "ORBY, Mon. Feb. 3 (Coastwire) -- The mill burned."
    opening = dateline(line)
    assert opening is not None
    assert day_of_dateline(opening, f"{line} {back}.") is None  # 3 February 2020 was a Monday
    assert day_of_dateline(opening, f"{line} It was built in 2016.") is None


TYPED = [  # the head of an article that was typed off a newspaper: title, outlet, author, day
    ("Mill burns / Anzeiger für Orby, 19.8.2015", "Anzeiger für Orby", None, "2015-08-19"),
    ("Mill burns / Bote vom See, 19. August 2015", "Bote vom See", None, "2015-08-19"),
    ("Mill burns / Courrier du Val, le 3 mai 2014", "Courrier du Val", None, "2014-05-03"),
    ("Mill burns / Kurier Nadrzeczny, 3 maja 2014 r.", "Kurier Nadrzeczny", None, "2014-05-03"),
    ("Mill burns / «Вестник Заречья», 3 мая 2014 г.", "Вестник Заречья", None, "2014-05-03"),
    ("Mill burns / 7 May 2024, Hale Star", "Hale Star", None, "2024-05-07"),
    ("Hale Star / Mill burns / By our correspondent Ada Lind", "Hale Star", "Ada Lind", None),
    ("Hale Star / 7 May 1931 / Mill burns / By our correspondent Ada Lind", "Hale Star",
     "Ada Lind", "1931-05-07"),
    ("The Fen Packet / 7 May 1931 / Mill burns / From our own correspondent, Ada Lind",
     "The Fen Packet", "Ada Lind", "1931-05-07"),
    ("Orbyer Wochenblatt / Mill burns / Von unserem Korrespondenten Uwe Krah",
     "Orbyer Wochenblatt", "Uwe Krah", None),
    ("L'Écho du Val / Mill burns / De notre correspondante Anne Roy / 3 mai 1931",
     "L'Écho du Val", "Anne Roy", "1931-05-03"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "source", "author", "day"), TYPED)
def test_the_head_of_an_article_that_was_typed_off(head, source, author, day):
    lines = head.split(" / ")
    text = "\n".join([*lines, "", f"{MILL}\n\n{WHEEL}\n"])
    rtf = "\\par ".join([*lines, MILL, WHEEL]).encode("ascii", "xmlcharrefreplace").decode()
    rtf = re.sub(r"&#(\d+);", r"\\u\1?", rtf)
    for kind, data in (("txt", text), ("rtf", f"{{\\rtf1 {rtf}}}")):
        (article,) = read(kind, data)
        record = (article.title, article.source, article.author, article.published)
        assert record == ("Mill burns", source, author, day)
        assert article.text.split("\n")[0] == MILL


@pytest.mark.parametrize("line", ["Harwick, 7 May 2024", "Presse und Rundfunk streiken"])
def test_other_lines_name_no_outlet(line: str) -> None:
    (article,) = read("txt", f"Mill burns\n{line}\n\n{MILL}\n")
    assert article.source is None


def test_a_letter_in_brackets_is_no_agency() -> None:
    assert dateline("Orby, 3 Feb 2020 (D) - The mill turns.") is None


def test_a_line_that_only_names_an_agency_is_no_dateline() -> None:
    assert dateline("Coastal News Agency (CNA) said on Monday that the mill turns.") is None


# --- bytes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [None, "utf-8"])
def test_a_bad_byte_among_few_good_characters_loses_one(declared: str | None) -> None:
    data = "“Die Mühle”, sagt sie.".encode().replace("ü".encode(), b"\xfc")
    assert decode(data, declared).text == "“Die Mühle”, sagt sie."


def test_one_good_pair_among_bad_bytes_is_chance() -> None:
    data = "Müller, Köhler, Bäcker".encode("cp1252") + b" \xc3\xa4"
    assert decode(data).text == "Müller, Köhler, Bäcker Ã¤"
