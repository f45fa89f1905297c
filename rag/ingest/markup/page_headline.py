"""The headline of a web page among its blocks, and what a masthead above it states.

    headline_of(blocks, record)         ->  `Headline`: its text, its block, the outlet beside it
    day_of_masthead(blocks, headline)   ->  the day below the name of the outlet, and its basis

The title of a page is its headline, with or without the name of the site, or only that name: then
the headline is the heading above the text. Left to others: what the head of a page states
(`rag.ingest.markup.page_record`), the lines below the headline (`rag.ingest.boilerplate.heads`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.ingest.boilerplate.bylines import outlet_score
from rag.ingest.boilerplate.date_lines import is_date_line, stated_day
from rag.ingest.boilerplate.headlines import like_headline
from rag.ingest.boilerplate.heads import record_of
from rag.ingest.boilerplate.rows import is_prose, is_sentence
from rag.ingest.markup.blocks import Block
from rag.ingest.markup.clutter import squash
from rag.ingest.markup.page_record import PageRecord, split_title
from rag.ingest.normalize import one_line, shorten

_SITE_ENDING = re.compile(
    r"[ ,:–—-]*\b(?:on-?line|(?:home|front|start) ?page|home|web ?(?:site|edition)|archives?"
    r"|(?:internet|electronic|digital|online) edition|(?:main|index) page)\b.{0,30}$",
    re.IGNORECASE,
)
_WELCOME = re.compile(r"(?:welcome to|willkommen bei|bienvenue (?:à|sur)) (?:the )?", re.IGNORECASE)
_MASTHEAD = 12  # blocks above a headline among which a masthead stands
_IN_LINKS = 0.6  # share of a block's characters from which it is a menu


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline of a page, the outlet in its title, and the number of its block if any."""

    text: str = ""
    outlet: str | None = None
    block: int | None = None


def headline_of(blocks: Sequence[Block], record: PageRecord) -> Headline:
    """The headline: as the page states it and shows it, else as it states it, else its heading."""
    if own := _below_site_name(blocks, record):
        return own
    shown = {squash(block.text): number for number, block in reversed(list(enumerate(blocks[:60])))}
    first = next((n for n, block in enumerate(blocks[:60]) if block.element.tag == "h1"), None)
    outlet = None
    for title in record.titles:
        for text, site in split_title(title, record.source):
            outlet = outlet or (site if squash(text) in shown else None)
            if squash(text) in shown and squash(text):
                number = shown[squash(text)]
                return Headline(one_line(blocks[number].text) or text, site, number)
    if record.titles:
        stated, site = split_title(record.titles[0], record.source)[0]
        if first is not None and len(record.titles) < 2:
            return Headline(one_line(blocks[first].text) or stated, site, first)
        return Headline(stated, site, first)
    if first is None:
        heading = next((n for n, b in enumerate(blocks[:6]) if b.kind == "heading"), None)
        return (
            Headline(one_line(blocks[heading].text) or "", None, heading)
            if heading is not None
            else Headline()
        )
    return Headline(one_line(blocks[first].text) or "", None, first)


def day_of_masthead(blocks: Sequence[Block], headline: Headline) -> tuple[str, str] | None:
    """The day (ISO 8601) on a line above the headline, below or beside the outlet's name."""
    if headline.block is None or headline.outlet is None:
        return None
    lines = [block.text for block in blocks[max(0, headline.block - _MASTHEAD) : headline.block]]
    for above, line in pairwise(lines):
        is_name = squash(above) == squash(headline.outlet)
        if is_name and is_date_line(line) and (day := stated_day(line)):
            return day, f"stated: page line '{shorten(line)}'"
    return None


def _below_site_name(blocks: Sequence[Block], record: PageRecord) -> Headline | None:
    """The headline of a page whose title only names its site; None for any other page."""
    names = [_site_name(title) for title in record.titles]
    if not names or not all(names):
        return None
    site = names[0] or ""
    text = next((n for n, each in enumerate(blocks) if _runs_on(each)), 0)
    above = [
        n for n in range(text) if squash(blocks[n].text) and not _same_name(blocks[n].text, site)
    ]
    above = [n for n in above if blocks[n].links < _IN_LINKS and not record_of(blocks[n].text)]
    shown = next((b.text for b in blocks[:text] if _same_name(b.text, site)), site)
    headings = [n for n in above if blocks[n].kind == "heading"]
    likely = headings or [n for n in above if like_headline(blocks[n].text)]
    if not likely:
        return None
    return Headline(one_line(blocks[likely[-1]].text) or "", shown, likely[-1])


def _same_name(line: str, site: str) -> bool:
    return len(line) < 80 and squash(line).removeprefix("the") == squash(site).removeprefix("the")


def _runs_on(block: Block) -> bool:
    is_text = block.kind != "heading" and (is_prose(block.text) or is_sentence(block.text))
    return is_text and block.links < _IN_LINKS


def _site_name(title: str) -> str | None:
    """The name of the outlet where a title is no more than that; else None."""
    bare = _SITE_ENDING.sub("", _WELCOME.sub("", title)).strip(" -–—:,|!.")
    return bare if bare and outlet_score(bare) == 2 else None
