"""Saved pages: the article stays whole, the page around it goes, the metadata is recognized.

The pages in this file are invented. The five original pages are read from beside the checkout;
without them their test is skipped.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.ingest.boilerplate import strip_boilerplate
from rag.ingest.normalize import normalize
from tests.growing import grows_linearly

ORIGINALS = Path(__file__).parents[3] / "shared" / "seeds"

ONE = "The strike of the crews at Port Ellis ended on Monday. Both sides were content, they said."
TWO = (
    "About four thousand people had to take the long road around the bay. “It was hard,” said one."
)
THREE = (
    "The union got most of what it wanted, its speaker said. The company will hire more sailors."
)
BODY = f"{ONE} / {TWO} / {THREE}"
HEAD = "Ferry strike ends after twelve days"
STAND = "The boats sail again from Tuesday, both sides say."


def lines(text: str) -> str:
    """A page written in one go: " / " ends a line, " // " a paragraph."""
    for name in ("BODY", "ONE", "TWO", "THREE", "HEAD", "STAND"):
        text = text.replace(name, globals()[name])
    return " ".join(text.split("\n")).replace(" // ", "\n\n").replace(" / ", "\n")


# name: (the saved page, the article's text, (title, source, author, published))
PAGES = {
    "a blog, its menu, its readers": (
        """Skip to content / The Harbor Gazette / Local stories since 1921 from all the long coast
/ Menu / Home / News / HEAD / Posted on May 3, 2024 by Maria Lopez / ONE / TWO / Economic ties
/ THREE / Share this: / Twitter / Leave a Reply / Your email address will not be published. *
/ I think that the sailors should be paid much more than they are today.""",
        "ONE / TWO / Economic ties / THREE",
        (HEAD, "The Harbor Gazette", "Maria Lopez", "2024-05-03"),
    ),
    "a broadcaster": (
        """BBC Homepage / Skip to content / Your account / Home / More menu / Search BBC / HEAD //
Published / 3 May 2024 // Share // By Maria Lopez / BBC News, Port Ellis // ONE // TWO //
ferry-at-sea.jpg // THREE // Related topics / Ferries / More on this story / Crews walk out""",
        "ONE // TWO // THREE",
        (HEAD, "BBC News", "Maria Lopez", "2024-05-03"),
    ),
    "an agency": (
        """World // HEAD // By Maria Lopez and John Roe // May 3, 2024 3:14 PM UTC · Updated 2 hours
ago // PORT ELLIS (Reuters) - ONE // Advertisement · Scroll to continue // TWO // THREE""",
        "PORT ELLIS (Reuters) - ONE // TWO // THREE",
        (HEAD, "Reuters", "Maria Lopez, John Roe", "2024-05-03"),
    ),
    "the window's title above the headline": (
        """HEAD | Coast Wire / Home | World | Politics / Sign in / A caption that is quite a lot
longer than the headline is / HEAD / 5 min read / ONE / ALSO READ: Crews walk out / TWO / THREE
/ Comments / This is the best news of the year for us all.""",
        "BODY",
        (HEAD, "Coast Wire", None, None),
    ),
    "the masthead's day is not the article's": (
        """Sunday, November 22, 2026 / The Daily Orbit / HEAD / Published on May 3, 2024
/ By Maria Lopez / BODY""",
        "BODY",
        (HEAD, "The Daily Orbit", "Maria Lopez", "2024-05-03"),
    ),
    "cookies": (
        """We use cookies to improve your experience on this site and to show you suitable ads.
/ Accept all cookies / Coast Wire / HEAD / Last updated: May 3, 2024 / BODY / Tags: ferry, strike
/ Next article""",
        "BODY",
        (HEAD, "Coast Wire", None, "2024-05-03"),
    ),
    "related links in the middle do not end it": (
        "Jump to navigation / HEAD / ONE TWO / Related articles / Crews walk out / TWO / THREE",
        "ONE TWO / Crews walk out / TWO / THREE",
        (HEAD, None, None, None),
    ),
    "read also, and the headline linked": (
        "News / HEAD / ONE // Read also // a link // TWO // Read also // It is so now. // THREE",
        "ONE // TWO // It is so now. // THREE",
        (HEAD, None, None, None),
    ),
    "a standfirst between two headlines": (
        """HEAD // STAND // author-image / Maria Lopez / Updated On / New Update / ferry // HEAD //
BODY""",
        "STAND // BODY",
        (HEAD, None, "Maria Lopez", None),
    ),
    "a caption under the byline": (
        """Menu / HEAD / STAND / author-image / Maria Lopez / A caption that is much longer than the
headline / BODY""",
        "STAND / A caption that is much longer than the headline / BODY",
        (HEAD, None, "Maria Lopez", None),
    ),
    "a caption under the byline, no standfirst": (
        "Menu / HEAD / By Maria Lopez / A caption that is much longer than the headline / BODY",
        "A caption that is much longer than the headline / BODY",
        (HEAD, None, "Maria Lopez", None),
    ),
    "lines of seventy": (
        """Jump to content // HEAD // The strike of the ferry crews on the coast has come to an end
/ on the evening of Monday after long talks with the company and the / county. All were content.
// Share this article // Good.""",
        """The strike of the ferry crews on the coast has come to an end on the evening of Monday
after long talks with the company and the county. All were content. // Good.""",
        (HEAD, None, None, None),
    ),
    "no headline": (
        "Advertisement / ONE / Read more / TWO",
        "ONE / TWO",
        (f"{ONE[:78]}…", None, None, None),
    ),
    "a copyright names the outlet": (
        "Menu / HEAD / BODY / © 2024 Coast Wire. All rights reserved.",
        "BODY",
        (HEAD, "Coast Wire", None, None),
    ),
    "a credit names outlet and day, and stays": (
        "Skip to main content / HEAD / BODY / Based on a report from The Coast 2024-05-03",
        "BODY / Based on a report from The Coast 2024-05-03",
        (HEAD, "The Coast", None, "2024-05-03"),
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_strip_boilerplate_keeps_the_article_and_finds_its_metadata(name):
    saved, text, metadata = PAGES[name]
    page = strip_boilerplate(lines(saved))
    assert page.text == lines(text)
    assert (page.title, page.source, page.author, page.published) == metadata
    assert (page.published is None) == (page.published_basis is None)


def test_published_basis_names_the_line_that_states_the_day():
    page = strip_boilerplate(lines("Menu / HEAD / Posted on May 3, 2024 by Maria Lopez / BODY"))
    assert page.published_basis == "stated: page line 'Posted on May 3, 2024 by Maria Lopez'"


# December 27 is a Friday in 2024, a Saturday in 2025
DATELINES = [
    (
        "Dec 27 (CoastPress) The talks are over, it said on Saturday. They began in June 2024.",
        ("2025-12-27", "inferred: dateline 'Dec 27', a Saturday, not before 2024"),
    ),
    (  # the weekday belongs to another sentence
        "Dec 27 (CoastPress) The talks are over. On Saturday all rest. They began in June 2024.",
        (None, None),
    ),
    ("Dec 27 (CoastPress) The talks of the crews ended on Saturday.", (None, None)),
    (
        "Dec 27, 2025 (CoastPress) The talks of the ferry crews ended on Saturday.",
        ("2025-12-27", "stated: dateline 'Dec 27, 2025'"),
    ),
]


@pytest.mark.parametrize(("line", "expected"), DATELINES)
def test_dateline_gives_outlet_and_day_and_stays_in_the_text(line, expected):
    page = strip_boilerplate(f"{HEAD}\nOslo, {line}\n{TWO}")
    assert (page.published, page.published_basis) == expected
    assert page.source == "CoastPress"
    assert page.text.startswith("Oslo, Dec 27")


PLAIN = {
    "poem": """The Road by the Sea // I went along the road by the sea, / And nobody went along
with me, / Home / And miles to go before I sleep, / And miles to go before I sleep. // The end""",
    "song": """We shall all go home again / Over the hills and home, my dear / Over the sea / World
/ We shall all go home again / And here he ended his song, and all of them went home.""",
    "list": "Shopping / - milk / * bread / 1. salt / News / Home / beach.jpg / × / Search / Menu",
    "prose": "BODY",
    "one line": "Only one line of text without a stop",
    "diary": "March 25, 2023 // ONE // TWO",
    "notes": """2024-10-10 / Meeting notes / attendees: Jane, John / The budget and the plan for
spring / ONE / Search / TWO""",
    "how-to": """How to save your settings / Sign in / Open the page and choose the copy you want.
/ Close / Wait until the copy is made, which may take an hour or two.""",
    "invitation": "Join us on Friday for the long parade! / Subscribe to happiness. / BODY",
    "about pages": """ONE / They said one must sign in to read more, share this and follow us on X.
Advertisement is all. / TWO""",
}


@pytest.mark.parametrize("name", PLAIN)
def test_strip_boilerplate_leaves_other_texts_as_they_are(name):
    text = lines(PLAIN[name])
    assert strip_boilerplate(text).text == text
    assert strip_boilerplate("\n" + text.replace("\n", "  \r\n") + "\n\n\n").text == text


def test_headline_of_a_plain_text_is_its_title_and_leaves_the_text():
    page = strip_boilerplate(lines("HEAD // ONE // Politics // TWO / March 25, 2023 / THREE"))
    assert page.title == HEAD
    assert page.text == lines("ONE // Politics // TWO / March 25, 2023 / THREE")
    assert page.published is None  # a day in the text is not the day of the text


def test_short_first_line_is_the_title_and_stays_in_the_text():
    assert strip_boilerplate(lines(PLAIN["list"])).title == "Shopping"
    assert strip_boilerplate("Birthdays\nJane\nMarch 25, 2023\nJohn\nMay 3, 2024").published is None
    assert strip_boilerplate("").title == strip_boilerplate("").text == ""


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"line {n} of it" for n in range(20_000)),
        "\n".join(["March 3, 2024", "By Jane Doe"] * 8_000) + "\n" + ONE,
        '"' * 1_000_000 + '.".' * 1_000_000,
        "a" + "\u0300\u0316" * 300_000,  # a pile of marks, whose sorting is quadratic
    ],
    ids=["short lines", "records", "quotes", "marks"],
)
def test_strip_boilerplate_takes_linear_time(text):
    assert grows_linearly(lambda size: strip_boilerplate(text[:size]), len(text))


# file: title, source, author, published; words of the first sentence, and the last words
FIVE = {
    "000": [
        "North Korea-Russia Relations Strengthen Amidst Global Concerns", None, None, None,
        "has extended birthday congratulations",
        "echoed in statements by Kadyrov.",
    ],
    "001": [
        "Kim Jong Un Calls Putin His 'Closest Comrade' as North Korea and Russia Deepen Ties",
        "BBC", None, "2024-10-10",
        "has sent a birthday message",
        "their alliance on international stability.\n\nBased on a report from BBC 2024-10-10",
    ],
    "002": [
        "Kim Jong Un Hails Strengthening Ties with Russia Amid Reports of Putin's Upcoming Visit",
        None, "Nitish Verma", None,
        "has lauded the growing relationship",
        "balloons toward South Korea.",
    ],
    "003": [
        "What Kim Jong-un sent to Vladimir Putin on the occasion of the Russian "
        "president’s birthday",
        "News 24a", None, None,  # the head's day is no day of a birthday in October
        "sent a birthday card",
        "rebuild those war-torn areas.",
    ],
    "004": [
        "Did North Korea's Kim Jong-un Just Strengthen Ties with Putin?",
        "NationPress", None, "2025-12-27",
        "emphasizes the importance of the DPRK-Russia alliance",
        "in its conflict with Ukraine.",
    ],
}  # fmt: skip
CLUTTER = """Jump to content|Social Media|Recommended Posts|image.png|news-logo|Link to comment
Oh dear|Share on other sites|Create an account|Sign In|Recently Browsing|×|author-image
Nitish Verma|Updated On|New Update|March 25, 2023|News 24a|News that matters|Read also
a little Cyrillic|Source link|Synopsis"""


@pytest.mark.parametrize("number", FIVE)
def test_original_page_gives_its_whole_article_and_metadata(number):
    files = sorted(ORIGINALS.glob(f"{number}_*.txt"))
    if not files:
        pytest.skip("the originals are not beside this checkout")
    raw = files[0].read_text(encoding="utf-8")
    page = strip_boilerplate(raw)
    *metadata, first, last = FIVE[number]
    assert [page.title, page.source, page.author, page.published] == metadata
    article_lines = page.text.split("\n")
    assert first in "\n".join(article_lines[:3])
    assert page.text.endswith(last)
    assert [phrase for phrase in re.split(r"\||\n", CLUTTER) if phrase in page.text] == []
    assert page.title not in page.text
    article = normalize(raw).partition("Link to comment")[0]
    long = [line for line in article.split("\n") if len(re.findall(r"\w+", line)) >= 8]
    assert len(long) >= 9
    assert [line for line in long if line not in article_lines and line != page.title] == []
