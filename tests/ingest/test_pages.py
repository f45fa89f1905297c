"""Web pages: the article as it stands there, its record, and nothing of the page around it."""

from __future__ import annotations

import json

import pytest

from rag.ingest.boilerplate.margins import KnownRecord, day_beside, margin_lines
from rag.ingest.document import UnreadableDocument
from rag.ingest.parsers import parse_documents
from rag.types import Article
from tests.growing import grows_linearly

ONE = (
    "The ferry company of Lund said on Tuesday that it would buy two ships for the line to Osby, "
    "which was closed in the spring."
)
TWO = (
    "The first of them is to sail in August, its director, Nora Falk, told the council, and will "
    "carry 340 people."
)
BODY = f"<p>{ONE}</p><p>{TWO}</p>"
TEXT = f"{ONE}\n{TWO}"


def page(body: str, head: str = "<title>Line reopens</title>") -> Article:
    html = f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    (article,) = parse_documents("html", "p", html.encode())
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    "box",
    [
        "<div class='cookie-consent'><p>We use cookies. Accept all to read on.</p></div>",
        "<aside class='related-stories'><h3>More</h3><p>Museum loses pictures</p></aside>",
        "<p><a href='/x'>Read more: Ferry line to close in spring</a></p>",
        "<div class='paywall'><p>This is for subscribers. Subscribe for 3 crowns a week.</p></div>",
        "<div class='tp-container-inner'><p>Become a paper member for 3 crowns a week.</p></div>",
        "<table><tr><td>Best viewed with Netscape 4 at 800 x 600</td></tr></table>",
        "<div id='wm-ipp-base'><p>12 captures, 3 Mar 2005 - 9 Oct 2011</p></div>",
        "<div>archive.today webpage capture | Saved from http://a.example | 3 Mar 2015</div>",
        "<nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav>",
        "<p style='display:none'>secret words that nobody sees</p>",
        "<p>Copyright 2001 The Osby Herald</p>",
    ],
)
def test_boxes_are_no_part_of_the_article(box):
    assert page(f"<h1>Line reopens</h1><p>{ONE}</p>{box}<p>{TWO}</p>").text == TEXT
    assert page(f"{box}<article><h1>Line reopens</h1>{BODY}</article>{box}").text == TEXT


@pytest.mark.parametrize("hides", ["hidden", "style='display: none'", "aria-hidden=true hidden"])
def test_an_answer_that_a_heading_unfolds_is_kept(hides):
    answer = "The fare is 12 crowns, and children pay half of it."
    button = "<button aria-expanded=false aria-controls='{0}'>{1}</button>"
    question = button.format("a1", "What is the fare?")
    menu = button.format("m1", "Menu") + f"<div id=m1 {hides}><p>Sport and weather</p></div>"
    body = f"{menu}<h1>Line reopens</h1>{BODY}<h3>{question}</h3><div id=a1 {hides}><p>{answer}</p>"
    assert page(body).text == f"{TEXT}\nWhat is the fare?\n{answer}"


def test_a_day_in_microdata_and_a_quotation_at_the_end():
    day = "<span itemprop=datePublished content='2018-12-03'>Monday</span>"
    article = page(f"<h1>Line reopens</h1>{day}{BODY}<blockquote>“At last,” she said.</blockquote>")
    assert article.published == "2018-12-03"
    assert article.text.endswith(f"{TEXT}\n“At last,” she said.")


def test_an_article_is_read_whatever_its_element_is_called():
    article = page(f"<aside class='sidebar'><h1>Line reopens</h1>{BODY}</aside><footer>©</footer>")
    assert (article.title, article.text) == ("Line reopens", TEXT)


def test_structured_data_has_the_text_where_scripts_build_the_page():
    data = """<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "W"},
    {"@type": ["NewsArticle"], "headline": "Two ships", "datePublished":
    "2023-06-01T22:15:00-07:00", "author": [{"name": "Nora Falk"}, {"name": "Ib Hall"}],
    "publisher": {"name": "Lund Times"}, "articleBody": "The line reopens. It cost 5 million."}]}
    </script>"""
    article = page("<div id=app></div>", data)
    assert article.text == "The line reopens. It cost 5 million."
    assert (article.title, article.source) == ("Two ships", "Lund Times")
    assert (article.author, article.published) == ("Nora Falk, Ib Hall", "2023-06-01")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "“It holds &amp; will”, he said for &quot;days&quot;.",
            '“It holds & will”, he said for "days".',
        ),
        ("<p>It holds.</p><p>So it &lt;did&gt;.</p>", "It holds.\n\nSo it <did>."),
        ("Profit fell 3 &4 times at AT&T", "Profit fell 3 &4 times at AT&T"),
    ],
)
def test_entities_in_structured_data_are_characters(body, text):
    value = json.dumps({"@type": "NewsArticle", "headline": "A", "articleBody": body})
    data = f'<script type="application/ld+json">{value}</script>'
    assert page("<div id=app></div>", data).text == text


@pytest.mark.parametrize(
    ("title", "source"),
    [
        ("Line reopens | Lund Times", "Lund Times"),
        ("Lund Times - Line reopens", "Lund Times"),
        ("Lund Times :: Line reopens", "Lund Times"),
        ("Line reopens", None),
    ],
)
def test_title_and_outlet_are_told_apart(title, source):
    article = page(f"<h1>Line reopens</h1>{BODY}", f"<title>{title}</title>")
    assert (article.title, article.source, article.text) == ("Line reopens", source, TEXT)


def test_a_page_of_tables_and_line_breaks():
    article = page(
        "<table><tr><td><a href=a>News</a><br><a href=b>Sport</a></td><td><font size=6><b>Line "
        f"reopens</b></font><br><i>The Osby Herald, March 3, 1999</i><p>{ONE}<p>{TWO}</td></tr>"
        "</table>",
        "<title>Line reopens - The Osby Herald</title>",
    )
    assert (article.source, article.published) == ("The Osby Herald", "1999-03-03")
    assert article.text == TEXT


def test_entries_of_a_live_blog_keep_their_times_and_order():
    entries = [
        ("16:20", "Talks end"),
        ("15:05", "Trains stop"),
        ("12:30", "Crowd"),
        ("11:00", "Go"),
    ]
    shown = "".join(
        f"<div class=post><time datetime='2024-02-02T{clock}:00Z'>{age} hours ago</time>"
        f"<h2>{name}</h2><p>Something of note happened here, both of the sides said.</p></div>"
        for age, (clock, name) in enumerate(entries, 2)
    )
    text = page(f"<article><h1>Line reopens</h1>{shown}</article>").text
    assert [line for line in text.split("\n") if not line.startswith("Something")] == [
        f"{clock} {name}" for clock, name in entries
    ]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        (
            "<table><tr><th>Quay</th><th>Sails</th></tr><tr><td>North</td><td>7:40</td></tr>"
            "<tr><td>South</td><td>18.05</td></tr></table>",
            ["Quay | Sails", "North | Sails: 7:40", "South | Sails: 18.05"],
        ),
        ("<ul><li>7:40</li><li>9 pm</li></ul>", ["• 7:40", "• 9 pm"]),
        ("<dl><dt>To Osby</dt><dd>7:40</dd></dl>", ["To Osby", "7:40"]),
        (
            "<p>7:40</p><p>18:05</p><ul><li>Sundays too</li></ul>",
            ["7:40", "18:05", "• Sundays too"],
        ),
        ("<p>7:40</p><p>The first boat sails.</p>", ["7:40 The first boat sails."]),
        (
            "<div><div><h3>The boat is late</h3><span>7:40</span></div><p>Why?</p></div>",
            ["7:40 The boat is late", "Why?"],
        ),
    ],
)
def test_a_time_is_that_of_what_follows_or_stands_alone(markup, lines):
    text = page(f"<article><h1>Line reopens</h1><p>{ONE}</p>{markup}<p>{TWO}</p></article>").text
    assert text.split("\n") == [ONE, *lines, TWO]


def test_many_headings_with_times_are_read_in_time():
    def read(count: int) -> None:
        each = "<h3>Boat {}</h3><p>{:02}:10</p><p>{}</p>"
        entries = "".join(each.format(number, number % 24, ONE) for number in range(count))
        text = page(f"<h1>Line reopens</h1>{entries}").text
        assert text.startswith(f"Boat 0\n00:10 {ONE}")

    assert grows_linearly(read, 3_000)


def test_a_register_is_no_offer_to_register():
    rows = "".join(f"<li>Boat {n}: <b>oak</b>, {n % 9 + 3} metres</li>" for n in range(6100))
    closing = "The register will be read aloud in the church."
    text = page(f"<h1>Line reopens</h1><p>{ONE}</p><ul>{rows}</ul><p>{closing}</p>").text
    assert text.endswith(f"Boat 6099: oak, 9 metres\n{closing}")


@pytest.mark.parametrize(
    "frame",
    [
        "Arquivo da Web: página preservada em 3 de Junho de 2009",
        "Page archivée par la bibliothèque le 3 juin 2009",
        "Archivierte Version der Seite, 3. Juni 2009",
        "Página archivada el 3 de junio de 2009. Ver otras versiones",
    ],
)
def test_frames_of_archives_in_other_languages_are_left_out(frame):
    assert page(f"<div class=bar><p>{frame}</p></div><h1>Line reopens</h1>{BODY}").text == TEXT


def test_a_day_in_the_title_of_a_page_is_no_outlet():
    head = "<title>18 Aug 1921 - LINE REOPENS. - Newspapers</title>"
    line = "<div>The Osby Advertiser, Thursday 18 August 1921, page 4</div>"
    article = page(f"<h1>LINE REOPENS.</h1>{line}{BODY}", head)
    assert (article.title, article.source) == ("LINE REOPENS.", "The Osby Advertiser")
    assert article.published == "1921-08-18"


def test_quotes_and_captions_and_tables():
    article = page(
        f"<article><h1>Line reopens</h1><p>{ONE}</p><blockquote class=pull>“We had no choice”"
        "</blockquote><p>“We had no choice,” Ms Falk said on Monday in the hall of Lund.</p>"
        "<figure><figcaption>The pier in 1951</figcaption></figure>"
        "<table><tr><th>Ward</th><th>Falk</th></tr><tr><td>East</td><td></td></tr></table>"
        "</article>"
    )
    assert article.text.split("\n")[1:] == [
        "“We had no choice,” Ms Falk said on Monday in the hall of Lund.",
        "Caption: The pier in 1951",
        "Ward | Falk",
        "East | Falk: –",
    ]


@pytest.mark.parametrize(
    ("line", "author", "published"),
    [
        ("<div>By Nora Falk</div><div>3 June 2023</div>", "Nora Falk", "2023-06-03"),
        ("<p>Publicado el 3 de junio de 2023</p>", None, "2023-06-03"),
        ("<p><time datetime='2023-06-03T23:00:00-05:00'>yesterday</time></p>", None, "2023-06-03"),
        ("<p>Updated 3 June 2023</p>", None, None),
        ("<p>3/6/2023</p>", None, None),
    ],
)
def test_lines_below_the_headline_are_the_record(line, author, published):
    article = page(f"<article><h1>Line reopens</h1>{line}{BODY}</article>")
    assert (article.author, article.published) == (author, published)
    assert article.text.endswith(TEXT)


@pytest.mark.parametrize(
    "body", ["<nav><a href=a>News</a></nav>", "<frameset><frame src=a></frameset>", "<p></p>"]
)
def test_a_page_without_an_article(body):
    with pytest.raises(UnreadableDocument, match="no article found in the page"):
        page(body)


def test_a_long_page_is_read_to_its_end():
    rows = "".join(f"<p><b>{n}</b> The gauge of Lund stood at {n} cm.</p>" for n in range(7_000))
    assert page(f"<article><h1>Line reopens</h1>{rows}</article>").text.endswith(
        "6999 The gauge of Lund stood at 6999 cm."
    )


RECORD = KnownRecord("Ferry to stop", ("Ada Lund", "Fjord News"), dated=True)
SENTENCES = ["The ferry to Hov stops in May.", "Nobody knows yet what comes after it, she said."]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (["Ada Lund", "4 May 2024"], []),
        (["Sven Oll Lv5", "2024-05-04 08:30:00 2024-05-05 09:00:00"], []),
        (["Ada Lund, editor", "News"], []),
        ([], ["Ferry to stop", "https://fjord.example/ferry", "Ada Lund", "4 May 2024"]),
        ([], ["News", "Link: https://fjord.example/ferry"]),
    ],
)
def test_lines_that_repeat_the_record_are_no_part_of_the_text(
    above: list[str], below: list[str]
) -> None:
    lines = [*above, *SENTENCES, *below]
    left = [each for n, each in enumerate(lines) if n not in margin_lines(lines, RECORD)]
    assert left == SENTENCES


@pytest.mark.parametrize(
    "lines",
    [
        ["Hov High Court", *SENTENCES],
        [SENTENCES[0], "4 May 2024", SENTENCES[1]],  # between sentences
        ["News", *SENTENCES],
    ],
)
def test_other_lines_stay(lines: list[str]) -> None:
    assert margin_lines(lines, RECORD) == set()


def test_a_place_below_the_date_stays() -> None:
    assert margin_lines(["Ada Lund", "4 May 2024", "Hov High Court", *SENTENCES], RECORD) == {0, 1}


def test_a_day_that_the_record_lacks_is_read_above_the_text_and_stays_there() -> None:
    lines = ["Ada Lund", "4 May 2024", *SENTENCES]
    assert day_beside(lines) == ("2024-05-04", "stated: '4 May 2024'")
    assert day_beside([*SENTENCES, "4 May 2024"]) is None
    assert margin_lines(lines, KnownRecord("", (), dated=False)) == set()


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("2024-05-04, filed under: News", "2024-05-04"),
        ("Tagged: Coast, Valley | 4 May 2024", "2024-05-04"),
        ("2024-05-04 标签: Coast 分类: News", "2024-05-04"),
        ("最近更新：2024-05-04 | 标签: Coast", None),  # when it was changed
        ("Updated 4 May 2024, filed under News", None),
        ("4 May 2024, 6 May 2024, filed under News", None),
        ("May 2024, filed under News", None),
    ],
)
def test_the_line_that_files_an_article_states_its_day(line, day):
    known = day_beside([*SENTENCES, line])
    assert (known and known[0]) == day


def test_what_a_theme_counts_is_no_text():
    counts = ["字数总计：242 | 阅读估时：1分钟", "240 words · 2 min read"]
    plain = ["240 words were enough", "Two views of the matter"]
    unknown = KnownRecord("Lock closed", (), dated=False)
    lines = [*counts, *plain, *SENTENCES]
    assert margin_lines(lines, unknown) == {0, 1}


@pytest.mark.parametrize("name", ["post-copyright", "entry_license", "licence-box"])
def test_the_box_that_tells_the_licence_of_a_page_is_no_text(name):
    licence = "<div>Ada Lund</div><p>This article uses the CC BY license. Please name us.</p>"
    assert page(f"<article>{BODY}</article><div class='{name}'>{licence}</div>").text == TEXT


def test_beginnings_of_linked_articles_are_left_out() -> None:
    text = "".join(
        f"<p>{each} It was said on Monday in the old town hall.</p>" for each in SENTENCES
    )
    cards = "".join(
        f'<div class="c{n}"><a href="/{n}"><h3>Another story {n}</h3></a><p>The goats of Hov have '
        f"been counted for the {n}th time, and as every year there are more than …</p></div>"
        for n in range(5, 8)
    )
    article = page(f"<div class=x><h1>Ferry to stop</h1>{text}<div class=y>{cards}</div></div>")
    assert "Nobody knows yet" in article.text
    assert "goats" not in article.text


COLUMN = "".join(f"<p>{each}</p>" for each in (ONE, TWO, ONE.replace("Tuesday", "Friday")))
CARDS = "".join(f"<div class=card><p>{ONE.replace('Lund', name)}</p></div>" for name in "ABCDEFGH")


@pytest.mark.parametrize(
    "box",
    [
        '<div class="sidebar-right" id="content"><div>{}</div></div>',
        '<div style="opacity: 0"><div>{}</div></div>',
        '<div class="page-comments widget"><section>{}</section></div>',
    ],
)
def test_the_longest_column_of_paragraphs_stays_whatever_it_is_called(box: str) -> None:
    article = page(f"<div>{CARDS}</div>{box.format(COLUMN)}<div>{CARDS}</div>")
    assert TWO in article.text
    assert "on Friday" in article.text


@pytest.mark.parametrize("style", ["display:none", "opacity:0;display:none"])
def test_what_is_never_shown_is_no_column(style: str) -> None:
    hidden = COLUMN.replace("Lund", "Nowhere")
    article = page(f'<h1>Line</h1>{BODY}<div style="{style}">{hidden}</div>')
    assert "Nowhere" not in article.text


@pytest.mark.parametrize(
    "box",
    [
        '<ol class="commentlist"><li><p>Nobody asked the people who live in the lane, as ever.'
        "</p></li></ol>",
        '<div class="x"><h3>What readers say</h3><p>A fine report, but the choir is missing.</p>'
        "</div>",
        "<p>Do you have a tip for our reporters? Write to us in confidence.</p>",
        '<div class="article-tools"><a>Email</a><a>Print</a><span>3 min read</span></div>',
        "<h3>Read next</h3><div><a href=/x>Goats counted</a><p>The goats of Osby …</p></div>",
        "<p>Support local journalism</p>",
    ],
)
def test_boxes_below_a_text_are_left_out(box: str) -> None:
    article = page(f"<article><h1>Line reopens</h1>{BODY}<p>{ONE.replace('two', '3')}</p>{box}")
    assert article.text == f"{TEXT}\n{ONE.replace('two', '3')}"


FOOTER = (
    "<article class='post'><h1>Line reopens</h1><div class='entry-content'>{}</div>{}</article>"
)


@pytest.mark.parametrize(
    ("footer", "author", "published"),
    [
        (
            "<footer class='entry-footer'><span class='posted-on'>Posted on <time class='entry-date"
            " published' datetime='2016-02-03T10:00:00+00:00'>February 3, 2016</time> <time"
            " class='updated' datetime='2018-01-01'>January 1, 2018</time></span><span class="
            "byline>By <a rel='author' href='/i'>Ib Hall</a></span></footer>",
            "Ib Hall",
            "2016-02-03",
        ),
        (
            "<div class='post-footer'><span class='vcard'>Posted by <span class='fn'>Ib Hall</span>"
            "</span> at <abbr class='published' title='2011-04-05T21:14:00-07:00'>9</abbr></div>",
            "Ib Hall",
            "2011-04-05",
        ),
        (
            "<footer class='gh-article-meta'><time class='gh-article-meta-date' "
            "datetime='2022-03-04'>4 March</time></footer>",
            None,
            "2022-03-04",
        ),
        (
            "<div class='node__submitted'>Submitted on <time datetime='2014-05-06T09:00:00Z'>6"
            " May</time></div>",
            None,
            "2014-05-06",
        ),
        (
            "<footer class='entry-footer'><span class='posted-on'>Posted on <a href='/x'>March 4, "
            "2013</a></span></footer>",
            None,
            "2013-03-04",
        ),
        (
            "<p class='postmetadata alt'><small>This entry was posted on Friday, May 6th, 2011 at"
            " 9:12 am and is filed under <a href='/n'>News</a>. You can follow any responses to "
            "this entry through the <a href='/f'>RSS 2.0</a> feed.</small></p>",
            None,
            "2011-05-06",
        ),
        (
            "<footer class='entry-footer'>Last updated <time class='updated' datetime='2018-01-01'>"
            "1 January 2018</time></footer>",
            None,
            None,
        ),
        (
            "<ol class='comment-list'><li><article class='comment-body'><time class='published' "
            "datetime='2019-09-09'>then</time><p>Well done!</p></article></li></ol>",
            None,
            None,
        ),
        (
            "<aside class='related'><time class='entry-date published' datetime='2019-09-09'>then"
            "</time> Museum loses pictures</aside>",
            None,
            None,
        ),
    ],
)
def test_a_theme_may_put_day_and_author_below_the_text(footer, author, published):
    article = page(FOOTER.format(BODY, footer))
    assert (article.author, article.published, article.text) == (author, published, TEXT)


@pytest.mark.parametrize(
    "day",
    [
        "<p>Updated <time datetime='2018-01-01T10:00:00Z'>1 January 2018</time></p>",
        "<time class='entry-modified-date' datetime='2018-01-01'>1 January 2018</time>",
        "<p class='modified-date'>1 January 2018</p>",
        "<p>Updated: <time class='post-date' datetime='2018-01-01'>1 January 2018</time></p>",
    ],
)
def test_a_day_of_a_change_is_not_that_of_publication(day):
    article = page(f"<article><h1>Line reopens</h1>{day}{BODY}</article>")
    assert (article.published, article.text) == (None, TEXT)


def test_other_articles_of_the_page_do_not_date_this_one():
    other = (
        "<article class='post'><time class='published' datetime='2020-02-0{}'>y</time></article>"
    )
    others = other.format(2) + other.format(3)
    assert page(FOOTER.format(BODY, "") + others).published is None
    listed = "<p>Two</p><i class='post-date'>2020-02-0{}</i>"
    body = f"<main><h1>Line reopens</h1>{BODY}{listed.format(2)}{listed.format(5)}</main>"
    assert page(body).published is None


def test_entries_of_a_live_blog_date_it():
    entry = (
        "<div class='lb-entry'><time datetime='2021-07-15T{0}:00+02:00'>{0}</time><h3>{1}</h3>"
        "<p>The gauge has fallen by {2} centimetres since noon, the office said.</p></div>"
    )
    entries = entry.format("16:30", "Water falls", 30) + entry.format("09:15", "Bridge gone", 1)
    article = page(FOOTER.format(entries, ""))
    assert article.published == "2021-07-15"
    assert "16:30 Water falls" in article.text


GRAPH = {
    "@type": "NewsArticle",
    "headline": "Two ships",
    "datePublished": "2023-06-01",
    "articleBody": "The line reopens. It cost 5 million.",
}


@pytest.mark.parametrize(
    ("author", "publisher"),
    [
        ({"@id": "#p"}, {"@id": "#o"}),
        ([{"@id": "#p"}], [{"@id": "#o"}]),
        ({"@type": "Person", "@id": "#p"}, {"@id": "#o", "logo": {"@id": "#l"}}),
        ("#p", "#o"),
    ],
)
def test_structured_data_refers_to_its_author_and_publisher(author, publisher):
    nodes = [
        {"@type": "Person", "@id": "#p", "givenName": "Nora", "familyName": "Falk"},
        {"@type": "Organization", "@id": "#o", "name": "Lund Times"},
    ]
    article = {**GRAPH, "author": author, "publisher": publisher}
    script = "<script type='application/ld+json'>{}</script>"
    for blocks in (
        [{"@graph": [article, *nodes]}],
        [article, nodes],
        [nodes[0], article, nodes[1]],
    ):
        read = page("<div></div>", "".join(script.format(json.dumps(each)) for each in blocks))
        assert (read.author, read.source) == ("Nora Falk", "Lund Times")


def test_the_page_of_an_article_is_not_its_outlet():
    nodes = [
        {**GRAPH, "isPartOf": {"@id": "#page"}, "author": {"@id": "#nobody"}},
        {"@type": "WebPage", "@id": "#page", "name": "Two ships", "isPartOf": {"@id": "#site"}},
        {"@type": "WebSite", "@id": "#site", "name": "Lund Times"},
    ]
    data = f"<script type='application/ld+json'>{json.dumps({'@graph': nodes})}</script>"
    assert (page("<div></div>", data).source, page("<div></div>", data).author) == (
        "Lund Times",
        None,
    )


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("市長、辞任へ", "東浜の市長は水曜日、辞任を表明した。"),
        ("北桥重新开放", "北桥星期二重新开放。市长李文说修桥用了八百万元。"),
        ("สะพานเปิดอีกครั้ง", "สะพานเหนือเปิดอีกครั้งเมื่อวันอังคาร นายกเทศมนตรีกล่าว"),
        ("북쪽 다리 재개통", "북쪽 다리가 화요일 다시 열렸다."),
    ],
)
def test_a_short_page_in_a_script_of_its_own(title, text):
    article = page(f"<article><h1>{title}</h1><p>{text}</p></article>", f"<title>{title}</title>")
    assert (article.title, article.text) == (title, text)
    with pytest.raises(UnreadableDocument, match="no article"):
        page(
            "<ul><li><a href='/'>ホーム</a></li></ul><p>お探しのページ</p>", "<title>エラー</title>"
        )


def test_a_page_is_read_in_time_that_grows_with_it():
    def read(count: int) -> None:
        body = "".join(f"<p>{ONE} It is number {number}.</p>" for number in range(count))
        page(f"<article><h1>Line reopens</h1>{body}</article>")

    assert grows_linearly(read, 3_000)
