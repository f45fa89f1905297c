"""Wire copy: NITF, NewsML and NewsML-G2, with what the agency states of each item."""

from __future__ import annotations

import pytest

from rag.ingest.document import UnreadableDocument, UnreadPart
from rag.ingest.parsers import parse_documents
from rag.types import Article

NITF = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE nitf SYSTEM "nitf.dtd">
<nitf><head><title>slug</title><docdata management-status="{status}">
<date.issue norm="19990507T1200Z"/>
<doc.copyright holder="Firth Wire"/></docdata>{pubdata}</head><body><body.head>
<hedline><hl1>Lock closed</hl1><hl2>Gate cracked</hl2></hedline>
<byline>By <person>Ada Lind</person> and <person>Bo Hall</person><byttl>Staff Writers</byttl>
</byline>
<dateline><location>HELLIN</location>, <story.date>May 7</story.date></dateline></body.head>
<body.content><p>The lock of Hellin caf&eacute; was closed.</p><hl2>Cost</hl2>
<p>It costs 10<sup>6</sup> crowns, &#8220;no less&#8221;.</p>
<media><media-reference source="a.jpg"/><media-caption>The gate.</media-caption></media>
<table><tr><th>Port</th><th>Cod</th></tr><tr><td>Hellin</td><td/></tr></table></body.content>
<body.end><tagline>Edited by Cy Dorn</tagline></body.end></body></nitf>"""


def nitf(status: str = "usable", pubdata: str = "") -> bytes:
    return NITF.format(status=status, pubdata=pubdata).encode()


def test_a_story_in_nitf():
    (article,) = parse_documents("xml", "a", nitf())
    assert isinstance(article, Article)
    assert (article.title, article.source, article.author, article.published) == (
        "Lock closed",
        "Firth Wire",
        "Ada Lind, Bo Hall",
        "1999-05-07",
    )
    assert article.text.split("\n\n") == [
        "Gate cracked",
        "HELLIN, May 7",
        "The lock of Hellin café was closed.",
        "Cost",
        "It costs 10⁶ crowns, “no less”.",
        "Caption: The gate.",
        "Port | Cod",
        "Hellin | Cod: –",
        "Edited by Cy Dorn",
    ]


def test_the_day_and_outlet_of_print_come_first():
    data = nitf(pubdata='<pubdata name="Hellin Post" date.publication="19990508"/>')
    (article,) = parse_documents("nitf", "a", data)
    assert isinstance(article, Article)
    assert (article.source, article.published) == ("Hellin Post", "1999-05-08")


@pytest.mark.parametrize(
    "status", ["canceled", "withheld", "stat:canceled", "http://cv.example/pubstatus/canceled"]
)
def test_a_story_that_its_agency_withdrew_is_no_article(status):
    with pytest.raises(UnreadableDocument, match="withdrawn by its agency"):
        parse_documents("xml", "a", nitf(status))


def g2(head: str, content: str, status: str = "stat:usable") -> str:
    return f"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/"><itemMeta>
<provider literal="fw"><name>Firth Wire</name></provider>
<versionCreated>2011-03-04T23:30:00-05:00</versionCreated>
<pubStatus qcode="{status}"/></itemMeta><contentMeta><headline>{head}</headline><by>By Ada Lind</by>
<dateline>HELLIN</dateline></contentMeta><contentSet>{content}</contentSet></newsItem>"""


XHTML = (
    '<inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><head><title>no</title></head><body>'
    "<p>The lock <i>is</i> open.</p><p>Ships pass.</p></body></html></inlineXML>"
)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (XHTML, "HELLIN\n\nThe lock is open.\n\nShips pass."),
        ("<inlineData>The lock is\nopen.</inlineData>", "HELLIN\n\nThe lock is\nopen."),
        ("<inlineData>&lt;p&gt;Open.&lt;/p&gt;</inlineData>", "HELLIN\n\nOpen."),
        (
            "<inlineXML><nitf xmlns=''><body><body.content><p>HELLIN: open.</p></body.content>"
            "</body></nitf></inlineXML>",
            "HELLIN: open.",
        ),
    ],
)
def test_an_item_in_newsml_g2(content, text):
    (article,) = parse_documents("xml", "a", g2("Lock open", content).encode())
    assert isinstance(article, Article)
    assert article.text == text
    assert (article.id, article.title, article.source, article.author, article.published) == (
        "a",
        "Lock open",
        "Firth Wire",
        "Ada Lind",
        "2011-03-04",
    )


def test_of_the_renditions_of_an_item_the_longest_is_read():
    plain = "<inlineData>The lock is open. Ships pass.</inlineData>"
    short = "<inlineXML><html><body><p>Open.</p></body></html></inlineXML>"
    for renditions in (short + XHTML + plain, XHTML + plain + short, XHTML):
        (article,) = parse_documents("xml", "a", g2("Lock open", renditions).encode())
        assert isinstance(article, Article)
        assert article.text.split("\n\n")[1:] == ["The lock is open.", "Ships pass."]


def test_what_the_content_of_an_item_says_is_not_its_record():
    content = "<inlineXML><html><body><by>No</by><p>The lock is open.</p></body></html></inlineXML>"
    item = g2("Lock open", content).replace("<by>By Ada Lind</by>", "")
    (article,) = parse_documents("xml", "a", item.encode())
    assert isinstance(article, Article) and article.author is None


def test_the_items_of_a_message_are_articles_and_withdrawn_ones_are_named():
    items = g2("One", XHTML) + g2("Two", XHTML, "stat:canceled") + g2("Three", "")
    message = f"<newsMessage><itemSet>{items}</itemSet></newsMessage>"
    one, two, three = parse_documents("xml", "a", message.encode())
    assert isinstance(one, Article) and one.id == "a!1"
    assert two == UnreadPart("2", "withdrawn by its agency (status 'canceled')")
    assert three == UnreadPart("3", "no text in it")


NEWSML = """<NewsML><NewsItem><Identification><NewsIdentifier><ProviderId>fw.example</ProviderId>
</NewsIdentifier></Identification><NewsManagement><FirstCreated>20100304T110000Z</FirstCreated>
<ThisRevisionCreated>20100306T110000Z</ThisRevisionCreated><Status FormalName="Usable"/>
</NewsManagement><NewsComponent><NewsLines><HeadLine>Snow</HeadLine><ByLine>Ada Lind</ByLine>
</NewsLines><AdministrativeMetadata><Provider><Party FormalName="Firth Wire"/></Provider>
</AdministrativeMetadata><ContentItem><DataContent><nitf><body><body.content><p>Snow fell.</p>
</body.content></body></nitf></DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"""


def test_an_item_in_newsml_1():
    (article,) = parse_documents("newsml", "a", NEWSML.encode())
    assert isinstance(article, Article)
    assert (article.title, article.author, article.source, article.published, article.text) == (
        "Snow",
        "Ada Lind",
        "Firth Wire",
        "2010-03-04",
        "Snow fell.",
    )


def test_equivalent_parts_of_an_item_in_newsml_1_are_renditions():
    parts = "".join(
        f"<ContentItem><DataContent>{text}</DataContent></ContentItem>"
        for text in ("Snow.", "Snow fell on the lock.")
    )
    for equivalent, text in (
        ("yes", "Snow fell on the lock."),
        ("no", "Snow.\n\nSnow fell on the lock."),
    ):
        data = f"<NewsML><NewsItem><NewsComponent EquivalentsList='{equivalent}'>{parts}"
        data += "</NewsComponent></NewsItem></NewsML>"
        (article,) = parse_documents("newsml", "a", data.encode())
        assert isinstance(article, Article) and article.text == text


def test_the_texts_of_an_item_stand_in_its_order():
    def content(text):
        return f"<ContentItem><DataContent>{text}</DataContent></ContentItem>"

    renditions = "".join(map(content, ("Short.", "The longer form of the second.")))
    data = (
        f"<NewsML><NewsItem><NewsComponent>{content('The first text.')}<NewsComponent "
        f"EquivalentsList='yes'>{renditions}</NewsComponent>{content('The third text.')}"
        "</NewsComponent></NewsItem></NewsML>"
    )
    (article,) = parse_documents("newsml", "a", data.encode())
    assert isinstance(article, Article)
    assert article.text.split("\n\n") == [
        "The first text.", "The longer form of the second.", "The third text.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('<!DOCTYPE nitf [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><nitf>&b;</nitf>', "Entities"),
        (
            '<!DOCTYPE nitf [<!ENTITY a SYSTEM "file:///etc/hosts">]><nitf>&a;</nitf>',
            "Entities",
        ),
        ("<svg><text>x</text></svg>", "of a kind that is not read"),
        ("<nitf><body>", "ParseError"),
        ("<NewsML/>", "it holds no news item"),
    ],
)
def test_hostile_and_other_xml_is_refused(data, reason):
    with pytest.raises(Exception, match=r".") as error:
        parse_documents("xml", "a", data.encode())
    assert reason in f"{type(error.value).__name__} {error.value}"


def test_an_xml_declaration_with_another_encoding():
    data = '<?xml version="1.0" encoding="iso-8859-1"?><nitf><body><body.content><p>Über den Fluß'
    data += " fährt eine Fähre.</p></body.content></body></nitf>"
    (article,) = parse_documents("xml", "a", data.encode("latin-1"))
    assert isinstance(article, Article)
    assert article.text == "Über den Fluß fährt eine Fähre."


RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="c" xmlns:dc="d"><channel>
<title>Hellin Post</title><link>https://h.example/</link>
<item><title>Lock &amp;amp; gate</title><link>https://h.example/1</link><dc:creator>Ada Lind
</dc:creator><pubDate>Fri, 07 May 1999 23:30:00 -0400</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>The lock is <b>shut</b>.</p><p>It leaks.</p>]]></content:encoded>
</item><item><title>Nothing in it</title></item>
<item><title>Snow</title><author>desk@h.example (Bo Hall)</author><guid>https://h.example/3</guid>
<description>Snow fell on Osby.</description></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Osby Herald</title>
<entry><title>Snow</title><id>urn:x:1</id><link rel="self" href="https://o.example/feed"/>
<link href="https://o.example/snow"/><updated>2003-01-09T10:00:00Z</updated><published>
2003-01-08T10:00:00Z</published><author><name>Cy Dorn</name><email>cy@o.example</email></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Snow fell.</p></div></content>
</entry></feed>"""


def test_the_entries_of_a_feed_are_articles():
    first, empty, last = parse_documents("xml", "f", RSS)
    assert isinstance(first, Article) and isinstance(last, Article)
    assert empty == UnreadPart("2", "no text in it")
    assert (first.id, first.title, first.source, first.author, first.published, first.url) == (
        "f!1", "Lock & gate", "Hellin Post", "Ada Lind", "1999-05-07", "https://h.example/1",
    )  # fmt: skip
    assert first.text == "The lock is shut.\n\nIt leaks."
    assert (last.id, last.author, last.published, last.url) == (
        "f!3", "Bo Hall", None, "https://h.example/3",
    )  # fmt: skip


def test_a_feed_in_atom_has_the_day_of_publication_not_of_change():
    (article,) = parse_documents("xml", "f", ATOM)
    assert isinstance(article, Article)
    assert (article.source, article.author, article.published, article.url, article.text) == (
        "Osby Herald", "Cy Dorn", "2003-01-08", "https://o.example/snow", "Snow fell.",
    )  # fmt: skip


def test_a_feed_without_entries_is_named():
    with pytest.raises(UnreadableDocument, match="the feed has no entry"):
        parse_documents("xml", "f", b"<rss><channel><title>x</title></channel></rss>")
