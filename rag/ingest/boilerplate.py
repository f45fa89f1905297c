"""Plain text that was often saved from a web page: the article without the page around it.

    text  ->  rows with a kind each  ->  end of the article, headline, record  ->  Page

A text counts as a saved page only on evidence (phrases that nobody writes in prose, or a headline
amid navigation, byline, date or outlet); any other text keeps every line. The rules look at whole
short lines, never into a sentence. Left to others: how a date or byline looks (`rag.ingest.metadata`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise, takewhile
from typing import NamedTuple

from rag.ingest import metadata as record
from rag.ingest.metadata import ParsedDocument, words
from rag.ingest.normalize import normalize, shorten


def _phrases(text: str) -> re.Pattern[str]:
    """Patterns parted by ";": "#" is a count, "…" the rest of a short line or nothing."""
    patterns = " ".join(text.split()).replace("#", r"\d[\d.,]*[km]?").replace("…", r"\b.{0,80}")
    return re.compile("|".join(patterns.split("; ")))


# Nobody writes these as a line of prose: one of them makes a text a saved page.
_MARK = _phrases(
    r"""(jump|skip) to (the |main |primary |site )*(content|navigation|menu|search|footer|article)…;
    link to (this )?(comment|post); share on other sites; recommended posts?; recently browsing…;
    no registered users…; (author|profile)[ -]image; new update; source link; image source…;
    (create|register|sign up for) (an?|your) (new |free )?account (or|to|in|now)…;
    already (have an account|a member|a subscriber|registered)…; you need to be a member…;
    you must be (logged|registered)…; (sign|log) ?in to (comment|reply|continue|your account)…;
    your email address will not be published…; leave a (reply|comment)…; subscribe to our …;
    (follow|like|find|join) us on (facebook|twitter|x|instagram|telegram|whatsapp|google)…;
    follow .{1,30} on (facebook|twitter|x|instagram|telegram|google news)…; sign up for our …;
    share (via …|on (facebook|twitter|x|whatsapp)|this (article|story|post|page|news)|this);
    (please )?enable javascript…; (we|(this|our) (web)?site) uses? cookies….{0,100};
    (accept|reject|manage) (all )?cookies; cookie (policy|settings|notice|preferences|consent);
    advertisement( [·–—-] .{1,40})?; (article|story) continues (below|after)…"""
)
# Usual on pages, possible elsewhere: two different ones make a text a saved page.
_CLUTTER = _phrases(
    r"""(sign|log) ?(in|on|up|out)( now| here)?; register( now| here)?; sign up ….{0,20}; synopsis;
    (create|register) (an?|your|a new) account; cookies?; sponsored; loading; please wait; by;
    (#|no) (shares?|comments?|views?|likes?|reply|replies|reactions?|reads?); subscribe….{0,20};
    read more; continue reading; (show|load|see|view) (more|all); learn more; click here; related;
    ((read|see|watch) also|also read|read more|don't miss)( ?[:|].{1,160})?; must read; back to top;
    #[ -]min(ute)?s?[ -](read|listen); reading time…; listen to this (article|story)…; like this;
    (first |last )?(updated|published|posted|modified)( on| at| by)?; written by; tags?:.{0,120};
    ((last )?(updated|published|posted) )?(#|an?) (min(ute)?|hour|day|week)s? ago; follow us…;
    (edited|curated|compiled) by.{0,60}; (next|previous) (article|post|story);
    .{0,80}\ball rights reserved; (©|\(c\) ?\d|copyright ?(©|\(c\)|\d{4})).{0,160}"""
)
_RELATED = _phrases(
    r"""related (articles?|stories|posts|news|topics|content|coverage|links|reading); explore more…;
    you (may|might) also (like|be)…; recommended (for you|stories|articles|reading); # comments?;
    more (stories|news|on (this|these)…|like this); most (read|popular|viewed|shared)…;
    sponsored (content|links); around the web; editor'?s'? picks?; trending( now| stories)?;
    popular (posts|news|stories); latest (news|stories|articles|posts)"""
)
_NAV = _phrases(
    r"""home; .{2,20} home ?page; ((main|more|close) )?menu; search( (?!for ).{1,15})?; close; rss;
    share; print; e-?mail; tweet; facebook; twitter; instagram; whatsapp; telegram; linkedin; save;
    reddit; pinterest; youtube; copy link; link copied; bookmark; login; ((my|your) )?account; help;
    comments; newsletters?; contact( us)?; about( us)?; faq; sitemap; advertise( with us)?; careers;
    privacy( policy)?; terms( of use| of service| and conditions)?; donate; all news; more; follow;
    accessibility( help)?; toggle navigation; live tv; e-?paper; skip ad; author; create new; image;
    photo; getty images; [\w .()%@+-]{1,80}\.(png|jpe?g|gif|webp|svg|bmp|avif|tiff?)"""
)
_KNOWN = re.compile(
    f"(?P<mark>{_MARK.pattern})|(?P<clutter>{_CLUTTER.pattern}|{_RELATED.pattern})"
    f"|(?P<nav>{_NAV.pattern})"
)
_END = _phrases(
    r"""link to (this )?comment; (leave|post|add|write) a (reply|comment)…; comments are closed;
    (create an account|sign in|log in|login|register) (or .{1,20} )?to (comment|reply|post)…;
    join the (conversation|discussion)…; you (must|need to) be .{1,30}comment…; comments? section;
    (view|show|read|see) (all )?(# )?comments…; # (responses?|thoughts?|comments?) (to|on) …;
    your email address will not be published…; comments( \(#\))?"""
)
_LINK_NEXT = _phrases("(read|see|watch) also; also read; don't miss; must read; related")
_NAME_NEXT = _phrases("(author|profile)[ -]image; (written|posted|published) by; by; author")
_MOTTO = words("news stories story since voice trusted matters truth journalism your every source")
_HANGING = words("a an and as at but by for from in into of on or that the to was were with")
_CLOSING = "\"'”’»)]"
_STOP = re.compile(r"""[.!?…]["'”’»)\]]*(?=\s|$)""")
_BULLET = re.compile(r"(?:[•·▪●◦‣*–—-]|\d{1,2}[.)]) ")
_EDGES = "•·▪●*×✕|<>«»→▶►▸:–—-…. "
_FURNITURE = frozenset({"mark", "clutter", "nav"})
_RECORD, _SITE = frozenset({"date", "byline"}), frozenset({"nav", "section"})
_AROUND = _FURNITURE | _SITE
_SOON = 40  # rows within which a headline is said to stand again


class Row(NamedTuple):
    """A line that is not blank."""

    text: str
    phrase: str  # its bare words in lower case
    kind: str  # prose, bullet, mark, clutter, nav, section, date, byline or plain
    gap: bool  # a blank line stands before it


def strip_boilerplate(text: str) -> ParsedDocument:
    """The article in any `text` without the page around it, and what it states of outlet, author
    and day. A headline is the title alone; else the title is the text's first words.
    """
    everything = list(_rows(normalize(text)))
    rows = everything[: _end_of_article(everything)]
    lead = next((i for i, row in enumerate(rows) if row.kind == "prose"), len(rows))
    heads = _headlines(rows, lead) if lead < len(rows) else []
    if lead < len(rows) and _is_page(everything, rows, lead, heads):
        dropped = _around(rows, lead, heads)
    else:
        rows, heads = everything, _opening_headline(everything)
        dropped, lead = set(heads), min(lead, 2)  # a date further down may be any date
    clean = _joined(rows, dropped)
    title = record.title_and_outlet(rows[heads[0]].text)[0] if heads else ""
    day, basis = _day(rows, lead, clean) or (None, None)
    title, source = title or shorten(clean.split("\n")[0]), _source(everything, rows, lead, heads)
    return ParsedDocument(title, clean, source, _author(rows), day, basis)


def _rows(text: str) -> Iterator[Row]:
    lines = text.split("\n")
    for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line:
            phrase = line.strip(_EDGES).lower().replace("’", "'") if len(line) <= 300 else line
            kind = _kind(line, phrase)
            goes_on = min(line.count(" "), below.count(" ")) > 3 and below[0].islower()
            yield Row(line, phrase, "prose" if goes_on and kind == "plain" else kind, not above)


def _end_mark(line: str) -> str:
    """The mark that ends a sentence or ""; the point of "U.S." is none."""
    bare = line.rstrip(_CLOSING)
    initials = bare[-2:-1].isupper() and bare[-3:-2] in {"", " ", "."}
    return bare[-1:] if bare[-1:] in {".", "!", "?", "…"} and not initials else ""


def _is_sentence(line: str) -> bool:
    return line.count(" ") >= 3 and _end_mark(line) != ""


def _is_prose(line: str) -> bool:
    """Long, or a sentence of eight words: a single question may be a headline."""
    spaces = line.count(" ") - bool(_BULLET.match(line))
    asks = _end_mark(line) in {"?", "!"} and len(_STOP.findall(line)) == 1
    return spaces >= 24 or (spaces >= 7 and _end_mark(line) != "" and not asks)


def _kind(line: str, phrase: str) -> str:
    known = _KNOWN.fullmatch(phrase) if len(phrase) <= 260 else None
    if known or not phrase:
        return known.lastgroup or "" if known else "nav"
    if record.is_date_line(line):
        return "date"
    if record.byline(line):
        return "byline"
    if record.is_section(phrase):
        return "section"
    return "prose" if _is_prose(line) else "bullet" if _BULLET.match(line) else "plain"


def _end_of_article(rows: list[Row]) -> int:
    """Where comments, accounts or links to other articles begin, if a body stands before."""
    total = sum(len(row.text) for row in rows if row.kind == "prose")
    sentences = before = 0
    for i, row in enumerate(rows):
        if row.kind == "prose":
            before += len(row.text)
            sentences += 0 if _BULLET.match(row.text) else len(_STOP.findall(row.text))
        elif sentences >= 3 and len(row.phrase) <= 160:
            # "Comments" alone may be a button under a standfirst
            if _END.fullmatch(row.phrase) and (row.kind != "nav" or sentences >= 5):
                return i
            if _RELATED.fullmatch(row.phrase) and 3 * (total - before) <= before:
                return i
    return len(rows)


def _like_headline(line: str) -> bool:
    if not 3 <= line.count(" ") <= 24 or len(line) > 200 or line[-1] in ",;:":
        return False
    return _end_mark(line) not in {".", "…"} and line.rpartition(" ")[2] not in _HANGING


def _is_motto(rows: list[Row], i: int) -> bool:
    under_name = i > 0 and record.outlet_score(rows[i - 1].text) == 2
    return under_name and bool(words(rows[i].phrase) & _MOTTO)


def _headlines(rows: list[Row], lead: int) -> list[int]:
    """The headline's row before the body and the rows that soon repeat it: best a line that stands
    again, then one before the byline, then one that is no motto, then the longest.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows[: lead + _SOON]):
        if row.kind == "plain" and _like_headline(row.text):
            places[record.title_and_outlet(row.text)[0].casefold()].append(i)
    able = [at for at in places.values() if at[0] < lead]
    first = min((at[0] for at in able), default=lead)
    signed = next((i for i in range(first, lead) if rows[i].kind == "byline"), lead)

    def rank(at: list[int]) -> tuple[bool, bool, bool, int]:
        i, again = at[0], (*at[1:], at[0] + _SOON)[0]
        return again < i + _SOON, i < signed, not _is_motto(rows, i), len(rows[i].text)

    best = max(able, key=rank, default=[])
    return [i for i in best if i < best[0] + _SOON]


def _is_page(everything: list[Row], rows: list[Row], lead: int, heads: list[int]) -> bool:
    """Whether the text, which holds prose from `lead` on, shows signs of a page around it."""
    if any(row.kind == "mark" for row in everything):
        return True
    prose = sum(len(row.text) for row in rows if row.kind == "prose")
    if 2 * prose < sum(len(row.text) for row in rows):
        return False
    clutter = {row.phrase.partition(":")[0] for row in everything if row.kind == "clutter"}
    if len(clutter) >= 2 or not heads:
        return len(clutter) >= 2
    before, kinds = rows[: heads[0]], {row.kind for row in rows[: _zone(rows)]}
    site = any(row.kind in _SITE or record.outlet_score(row.text) == 2 for row in before)
    signed = bool(kinds & _RECORD or _datelines(rows, lead))
    return len(heads) > 1 or site or (signed and all(row.kind in _RECORD for row in before))


def _zone(rows: list[Row]) -> int:
    """Where the head of the page ends for certain: at the third row of prose, or 40 rows on."""
    prose = [i for i, row in enumerate(rows) if row.kind == "prose"]
    return min(*prose[2:3], len(rows), (prose[0] if prose else 0) + _SOON)


def _near(rows: list[Row], i: int) -> set[str]:
    return {row.kind for row in (*rows[max(i - 1, 0) : i], *rows[i + 1 : i + 2])}


def _stamps(rows: list[Row], lead: int) -> list[int]:
    """The rows that date the article, those of a later change last."""
    zone, stamps = _zone(rows), []
    for i, row in enumerate(rows):
        if row.kind == "date":
            late = row.phrase.startswith(("updated", "last updated", "modified", "last modified"))
            said = late or row.phrase.startswith(("published", "posted", "first published"))
            close = said or _near(rows, i) & (_FURNITURE | _RECORD)
            if late or i < lead or (i < zone and close):
                stamps.append((2 if late else 0 if said else 1, i))
    return [i for _, i in sorted(stamps)]


def _around(rows: list[Row], lead: int, heads: list[int]) -> set[int]:
    """The rows of a page that are not its article's text."""
    zone = _zone(rows)
    last = max(i for i, row in enumerate(rows) if row.kind == "prose")
    head, again = (heads[0], heads[-1]) if heads else (0, 0)
    dropped = {*heads, *_stamps(rows, lead)}
    for i, row in enumerate(rows):
        label = rows[i - 1].phrase if i else ""
        link = row.kind == "plain" and not _is_sentence(row.text) and _LINK_NEXT.fullmatch(label)
        name = i < zone and record.is_person(row.text) and _NAME_NEXT.fullmatch(label)
        desk = 0 < i < zone and rows[i - 1].kind == "byline" and _desk(row.text)
        if (
            row.kind in _FURNITURE
            or (row.kind == "section" and (not lead < i < last or _near(rows, i) & _AROUND))
            or (row.kind == "byline" and i < zone)
            or (head < again and i < again and not _is_sentence(row.text))
            or (i < head and (not _like_headline(row.text) or _is_motto(rows, i)))
            or link
            or name
            or desk
        ):
            dropped.add(i)
    return dropped


def _opening_headline(rows: list[Row]) -> list[int]:
    """[0] where the first line of a text that is no page is a headline for certain, else []."""
    if len(rows) < 2 or rows[0].kind != "plain" or not _like_headline(rows[0].text):
        return []
    if not rows[1].gap:
        return [0] if rows[1].kind == "prose" and _is_sentence(rows[1].text) else []
    lines = [rows[1].text, *(row.text for row in takewhile(lambda row: not row.gap, rows[2:60]))]
    wide = sum(map(len, lines)) >= 55 * len(lines)  # prose fills its lines, verse does not
    return [0] if wide and _is_prose(" ".join(lines)) else []


def _joined(rows: list[Row], dropped: set[int]) -> str:
    lines: list[str] = []
    for i, row in enumerate(rows):
        lines += [""] * row.gap + [row.text] * (i not in dropped)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _author(rows: list[Row]) -> str | None:
    for i, row in enumerate(rows[: _zone(rows)]):
        named = i and record.is_person(row.text) and _NAME_NEXT.fullmatch(rows[i - 1].phrase)
        if named or row.kind == "byline":
            return row.text if named else record.byline(row.text)
    return None


def _day(rows: list[Row], lead: int, text: str) -> tuple[str, str] | None:
    head = rows[: _zone(rows)]
    lines = [rows[i].text for i in _stamps(rows, lead)[:4]]
    lines += [row.text for row in head if row.kind == "byline"]
    for line in lines + [row.text for row in head + rows[-12:] if record.credit(row.text)]:
        if day := record.stated_day(line):
            return day, f"stated: page line '{shorten(line)}'"
    dated = [found for found in _datelines(rows, lead) if found["day"]]
    return record.day_of_dateline(dated[0], text) if dated else None


def _datelines(rows: list[Row], lead: int) -> list[re.Match[str]]:
    return [found for row in rows[lead : lead + 12] if (found := record.dateline(row.text))]


def _desk(line: str) -> str | None:
    """The outlet of a line like "BBC News, Seoul", which may stand under a byline."""
    name = line.partition(",")[0]
    return name if record.outlet_score(name) == 2 else None


def _source(everything: list[Row], rows: list[Row], lead: int, heads: list[int]) -> str | None:
    """The outlet: named above the headline, beside it, in a credit, a dateline or a copyright."""
    above = [row.text for row in rows[: heads[0] if heads else 0] if row.kind == "plain"]
    foot = [*rows[: _zone(rows)], *rows[-12:], *everything[-40:]]
    named = (
        *(line for line in above if record.outlet_score(line) == 2),
        *(line for line in above[:1] if record.outlet_score(line) and line.count(" ") < 3),
        *(record.title_and_outlet(rows[i].text)[1] for i in heads),
        *(_desk(row.text) for by, row in pairwise(rows[: _zone(rows)]) if by.kind == "byline"),
        *(record.credit(row.text) for row in foot),
        *(opening["agency"] for opening in _datelines(rows, lead)),
    )
    return next(filter(None, named), None)
