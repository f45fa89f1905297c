"""Recognize who wrote and who published an article, on short lines of a page.

    byline, is_person          the authors: "By Jane Doe and John Roe | Oct 3, 2024"
    credit, outlet_score       the outlet: "Source: Coast Wire", "© 2024 Coast Wire", "Coast News"
    title_and_outlet           "Headline | Outlet"
    is_section                 what is neither: "Home | World | Sport"

Pure functions. Left to others: which line to look at (`rag.ingest.boilerplate.page_metadata`).
"""

from __future__ import annotations

import re
from itertools import takewhile

from rag.ingest.boilerplate.word_lists import alternatives, word_set
from rag.ingest.date_forms import without_dates
from rag.ingest.normalize import split_words

_PARTICLES = word_set("name_particles")
_SMALL_WORDS = _PARTICLES | word_set("small_words")
_OUTLET_SMALL_WORDS = _SMALL_WORDS | word_set("outlet_small_words")
_OUTLET_LAST_WORDS = word_set("outlet_last_words")
_OUTLET_WORDS = word_set("outlet_words")
_SECTION_NAMES = word_set("section_names")
_SEPARATORS = str.maketrans("|/>·•,", "      ")
_DOMAIN = re.compile(
    rf"(?:[\w-]+\.)+(?:{'|'.join(sorted(word_set('outlet_domains')))})", re.IGNORECASE
)
_OUTLET_ENDING = re.compile(rf"\w{{3}}(?:{alternatives('outlet_endings')})$")
_BYLINE = re.compile(
    rf"(?:{alternatives('byline_openings')}) (?P<names>[^|•·;(/\d]+?)"
    r"(?: [–—-] .*| (?:in|for|on|at|updated|published)\b.*| ?[|•·;(/\d].*|[,.: ]*)",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    rf"(?:(?:{alternatives('credit_openings')}) (?P<name>[^.;:!?]{{2,60}})\.?"
    r"|(?:©|\(c\)|copyright)[ ©\d–-]*(?P<holder>[^.,|;]{2,40}?)(?:[.,|;].*| all rights.*)?)",
    re.IGNORECASE,
)


def is_person(text: str) -> bool:
    """Whether `text` looks like a person's name: two to four capitalized words, no outlet's."""
    parts = text.split()
    return (
        2 <= len(parts) <= 4
        and parts[0][0].isupper()
        and all(part[0].isupper() or part in _PARTICLES for part in parts)
        and not re.search(r"[^\w\s.'’-]|[\d_]", text)
        and not names_outlet(text)
    )


def names_outlet(text: str) -> bool:
    """Whether `text` has a word, or the ending of one, that names of outlets have."""
    words = split_words(re.sub(r"[-'’]", " ", text.lower()))
    return bool(_OUTLET_WORDS & words) or any(_OUTLET_ENDING.search(word) for word in words)


def byline(line: str) -> str | None:
    """The author or authors of "By Jane Doe and John Roe | …", comma-separated; else None."""
    match = _BYLINE.fullmatch(line) if len(line) <= 160 else None
    named = match["names"].rstrip(" ,.:") if match else ""
    names = re.split(r", | (?:and|und|et|y|e|og|och|en|i|и|&) ", named)
    return ", ".join(map(_in_title_case, takewhile(is_person, names))) or None


def _in_title_case(name: str) -> str:
    """A name that is written in capitals as names are written elsewhere."""
    if not name.isupper():
        return name
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name)


def outlet_score(line: str) -> int:
    """How much `line` looks like an outlet's name: 2 by its words, 1 as a proper name, 0 not."""
    parts = without_dates(line).split()
    if not 1 <= len(parts) <= 5 or len(line) > 50 or line[-1] in ".,;:!?…":
        return 0
    proper = all(part[0].isupper() or part[0].isdigit() or part in _SMALL_WORDS for part in parts)
    if _DOMAIN.fullmatch(line) or (proper and names_outlet(line)):
        return 2
    if len(parts) > 1 and proper and parts[-1].lower() in _OUTLET_LAST_WORDS:
        return 2
    named = parts[0][0].isupper() and _is_name(parts[1:], _OUTLET_SMALL_WORDS)
    return 2 if named and names_outlet(line) else int(proper)


def _is_name(parts: list[str], small_words: frozenset[str]) -> bool:
    """Whether words are those of a name: capitalized, but for small ones; "d'Oise" is one."""
    return all(re.sub(r"^[a-z]['’]", "", part)[:1].isupper() or part in small_words
               for part in parts)  # fmt: skip


def is_section(line: str) -> bool:
    """Whether `line` only names sections of a site: "World", "Home | News | Sport", "Home » …"."""
    crumb = line[:160].lower().replace(" > ", "»").replace("›", "»").partition("»")[0]
    names = crumb.translate(_SEPARATORS).split()
    return bool(names) and _SECTION_NAMES.issuperset(names)


def title_and_outlet(line: str) -> tuple[str, str | None]:
    """The two parts of "Headline | Outlet"; the whole line and None if it names no outlet."""
    match = re.fullmatch(r"(.{15,}) ([|–—-]) ([^|]{2,40})", line)
    if not match or outlet_score(match[3]) < (1 if match[2] == "|" else 2):
        return line, None
    return match[1], None if is_section(match[3]) else match[3]


def credit(line: str) -> str | None:
    """The outlet of a line that is wholly "Based on a report from X", "Source: X" or "© 2024 X"."""
    match = _CREDIT.fullmatch(line) if len(line) <= 160 else None
    name = without_dates((match["name"] or match["holder"]) if match else "").strip(" ,()–-")
    name = name.removeprefix("the ")
    return name if name and outlet_score(name) and not is_section(name) else None
