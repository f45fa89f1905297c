"""Subtitles: what is said becomes paragraphs, and the time of every part is known."""

from __future__ import annotations

import pytest

from rag.ingest.document import UnreadableDocument
from rag.ingest.markup.places import place_at
from rag.ingest.parsers import parse_documents
from rag.types import Article


def read(kind: str, text: str | bytes) -> Article:
    (article,) = parse_documents(kind, "a", text.encode() if isinstance(text, str) else text)
    assert isinstance(article, Article)
    return article


def time_of(article: Article, words: str) -> str | None:
    return place_at(article.details["times"], article.text.index(words))


SRT = """1
00:00:01,000 --> 00:00:03,000
The lock was built in 1881, and
<i>nobody</i> knew by whom.

2
00:00:03,200 --> 00:00:05,000
{\\an8}My uncle did.

3
00:01:02,000 --> 00:01:04,000
- Who else?
- 7 men.

4
01:00:00,500 --> 01:00:02,000
1990
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_cues_of_srt_become_paragraphs(ends):
    article = read("srt", "\ufeff" + SRT.replace("\n", ends))
    assert article.text.split("\n") == [
        "The lock was built in 1881, and nobody knew by whom. My uncle did.",
        "Who else?",
        "7 men.",
        "1990",
    ]
    assert time_of(article, "The lock") == "00:00:01"
    assert time_of(article, "My uncle") == "00:00:03"
    assert time_of(article, "7 men") == "00:01:02"
    assert time_of(article, "1990") == "01:00:00"


VTT = """WEBVTT - The lock keeper

STYLE
::cue(b) { color: red }

NOTE
Nobody says
this.

first
00:01.000 --> 00:03.000 align:start
<v Reporter>What is
<c.yellow>left</c> of it?

00:03.000 --> 00:05.000
<v Ada Lind>A gate &amp; two walls,

00:05.100 --> 00:07.000
<v Ada Lind>where x < 3.
"""


def test_voices_of_vtt_are_named_and_asides_left_out():
    article = read("vtt", VTT)
    assert article.title == "The lock keeper"
    assert article.text.split("\n") == [
        "Reporter: What is left of it?",
        "Ada Lind: A gate & two walls, where x < 3.",
    ]
    assert time_of(article, "where x") == "00:00:05"


def test_speakers_within_a_cue_and_numbers_without_a_blank_line():
    article = read(
        "vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>Hi.</v>\n<v.loud Bo>Hey.</v>\n"
    )
    assert article.text.split("\n") == ["Ada: Hi.", "Bo: Hey."]
    times = ["00:00:01,000 --> 00:00:02,000", "00:00:02,000 --> 00:00:03,000"]
    article = read("srt", f"1\n{times[0]}\nI was there.\n2\n{times[1]}\nADA LIND: So was I.\n")
    assert article.text.split("\n") == ["I was there.", "ADA LIND: So was I."]


def test_captions_that_roll_are_written_once():
    lines = ["we had", "four locks", "and a", "bridge or", "two"]
    cues = [
        f"00:00:0{n}.000 --> 00:00:0{n + 1}.000\n{above}\n{line}\n"
        for n, (above, line) in enumerate(zip(["", *lines], lines, strict=False))
    ]
    article = read("vtt", "WEBVTT\nKind: captions\n\n" + "\n".join(cues))
    assert article.text == "we had four locks and a bridge or two"
    assert time_of(article, "bridge") == "00:00:03"


def test_what_is_said_twice_is_written_twice():
    text = "00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n\n" + "".join(
        f"00:0{n}.000 --> 00:0{n + 1}.000\nWord {n}.\n\n" for n in range(3, 8)
    )
    assert read("vtt", "WEBVTT\n\n" + text).text.startswith("No. No. Word 3.")


def test_subtitles_in_an_old_encoding():
    article = read(
        "srt", "1\n00:00:01,000 --> 00:00:02,000\nDie Fähre fährt über den Fluß.\n".encode("cp1252")
    )
    assert article.text == "Die Fähre fährt über den Fluß."


@pytest.mark.parametrize(
    "text", ["WEBVTT\n\nNOTE nothing\n", "1\n00:00:01,000 --> 00:00:02,000\n\n"]
)
def test_subtitles_without_words_are_refused(text):
    with pytest.raises(UnreadableDocument, match="no text with times in it"):
        read("vtt", text)
