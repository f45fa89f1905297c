"""The head of an article: the lines that give its headline, outlet, author and day.

    read_head(lines)    ->  `Head`: what the first lines state, and which of them say nothing else
    record_of(line)     ->  what a single short line states: "The Hale Post, 7 May 2024"

For texts of every format, whose first lines are a headline, perhaps below a masthead, and what
newspapers put between it and the article. Left to others: saved pages (`page`), metadata that a
format keeps apart (`rag.ingest.metadata`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.ingest.boilerplate.bylines import (
    byline,
    credit,
    is_person,
    is_section,
    outlet_score,
)
from rag.ingest.boilerplate.date_lines import dateline, day_of_dateline, is_date_line, stated_day
from rag.ingest.boilerplate.rows import is_prose, is_sentence
from rag.ingest.boilerplate.word_lists import alternatives
from rag.ingest.date_forms import is_weekday, looks_dated, without_dates
from rag.ingest.normalize import shorten, split_words

LONGEST = 160  # characters of a line that states the record
_DEEPEST = 8  # lines below the headline within which the record ends
_SUBTITLE = 4  # words of a line between the headline and its record
_MASTHEADS = 3  # lines above the headline
_LABELLED = re.compile(
    r"(?P<label>source|outlet|publication|publisher|newspaper|paper|quelle|author|by-?line|autor"
    r"|published|publication date|date|datum|fecha|date de publication)\s*:\s*(?P<value>.+)",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?:\b(?:pages?|pg?|s|seite|side|str|p[áa]g(?:ina)?|no|nr|vol|issue|edition|ed)\b\.? ?"
    r"[\dA-Z]*\d[\dA-Z]*(?: of \d+)?)|\d{1,2}[:.h]\d\d(?: ?[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s[|·•–—-]+\s|\s{2,}|[|·•;]")
_EDGES = ' ,;:.()[]|·•–—-«»„“”"'
_ARTICLE = re.compile(r"(?:The|Der|Die|Das|Le|La|Les|El|Il|O|De|Het) [^\W\d_a-z]")
# a date that is not of publication: of the copy, or of a later change
_OTHER_DAY = re.compile(
    r"\b(?:captur(?:ed?|es)|archived?|saved|retrieved|accessed|printed|downloaded|scanned|born"
    r"|expires?|deadline|abgerufen|gedruckt|consulté|consultado|abgerufen|©|copyright)\b",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"(?:last )?(?:updated?|modified|aktualisiert|mise? à jour|mis à jour|actualizado|atualizado"
    r"|aggiornato|bijgewerkt|uppdaterad|oppdatert|opdateret|aktualizacja|обновлено)\b",
    re.IGNORECASE,
)
_IN = re.compile(r"^(?:in|from|for|dans|aus) (?:the )?(?=[^\W\d_a-z])")  # "in the Osby Herald"
_ROLES = split_words("staff desk correspondent editor editors admin newsroom bureau reporter")
_FEW_WORDS = 3  # beside a date, in a line that is about the date
_WHOLE = frozenset({0})  # the lines of a record that is all that its line says
_LABEL = re.compile(alternatives("date_labels"), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a text states, and the numbers of the lines that say nothing else.

    `title` is the number of the headline's line, None where it has none.
    """

    title: int | None = None
    source: str | None = None
    author: str | None = None
    published: str | None = None
    basis: str | None = None
    lines: frozenset[int] = field(default_factory=frozenset)

    def without_lines(self) -> Head:
        """The same, with its lines left in the text."""
        return replace(self, lines=frozenset())

    def joined(self, other: Head) -> Head:
        """This head with what it does not state from `other`, and the lines of both."""
        day = self if self.published else other
        return replace(
            self,
            source=self.source or other.source,
            author=self.author or other.author,
            published=day.published,
            basis=day.basis,
            lines=self.lines | other.lines,
        )


def read_head(lines: Sequence[str], title: int | None = None) -> Head:
    """The head of a text that begins with `lines`; `title` is the headline's, where it is known.

    The lines of the head are the masthead above the headline and those below it up to the first
    that is neither record nor the only line before more of it.
    """
    start = _below_masthead(lines) if title is None else title
    if start is None:
        return Head()
    head = Head(title=start)
    for number in range(start):
        head = _with(head, number, lines[number])
        if _is_name_of_paper(lines, number, start if title is not None else None):
            head = head.joined(Head(source=lines[number], lines=frozenset({number})))
    skipped = 0
    for number in range(start + 1, min(start + 1 + _DEEPEST, len(lines))):
        record = record_of(lines[number])
        if record is None and head.lines - set(range(start)) and outlet_score(lines[number]) > 1:
            head = head.joined(Head(source=lines[number], lines=frozenset({number})))
            continue
        if record is None:
            skipped += 1
            if skipped > 1 or is_prose(lines[number]) or len(lines[number].split()) < _SUBTITLE:
                break
            continue
        head = _with(head, number, lines[number])
    return head


def outlet_of_dateline(lines: Sequence[str], text: str) -> Head:
    """The agency and the day of the dateline that opens one of the first lines of the body."""
    for line in lines[:6]:
        match = dateline(line)
        if match:
            day = day_of_dateline(match, text) or (None, None)
            return Head(source=match.agency, published=day[0], basis=day[1])
    return Head()


def record_of(line: str) -> Head | None:
    """What a line states, where it states a byline, an outlet or a day and nothing else.

    A date that may be two days is none, and its line is none of the record.
    """
    if not line or len(line) > LONGEST:
        return None
    labelled = _LABELLED.fullmatch(line)
    if labelled and (record := _labelled(labelled["label"].lower(), labelled["value"], line)):
        return record
    if author := byline(line):
        day = stated_day(line)
        names = (each.strip(_EDGES) for each in re.split(r"[,|·•]", without_dates(line)))
        outlets = (name for name in names if outlet_score(name or ".") > 1 and not byline(name))
        source = next(outlets, None)
        return Head(None, source, author, day, _basis(line) if day else None, _WHOLE)
    if looks_dated(line):
        return _dated(line)
    name = credit(line)
    stated = name and not line.lower().startswith(("based", "this"))
    return Head(source=name, lines=_WHOLE) if stated else None


def _labelled(label: str, value: str, line: str) -> Head | None:
    if label.startswith(("source", "outlet", "publication", "publisher", "newspaper", "paper")):
        if label != "publication date":
            return Head(source=value, lines=_WHOLE) if outlet_score(value) else None
    elif label in {"author", "autor", "byline", "by-line"}:
        author = byline(f"By {value}") or (value if value.istitle() else None)
        return Head(author=author, lines=_WHOLE) if author else None
    day = stated_day(value) if is_date_line(value) else None
    return Head(published=day, basis=_basis(line), lines=_WHOLE) if day else None


def _dated(line: str) -> Head | None:
    """A line with a date: alone, or beside names of an outlet, an author or a place."""
    day = stated_day(line)
    if day is None or _OTHER_DAY.search(line):
        return None
    if _UPDATED.match(line):
        return _updated(line)
    rest = _BESIDE.sub(" ", without_dates(line))
    parts = [part.strip(_EDGES) for part in _SEPARATOR.split(rest)]
    parts = [name for part in parts if (name := _without_labels(part))]
    record = Head(published=day, basis=_basis(line), lines=_WHOLE)
    apart = len(parts) == 1 and re.search(r"[|·•–—-]\s*$|^\s*[|·•–—-]", rest.strip(" ")) is not None
    for part in parts:
        labelled = _LABELLED.fullmatch(part)
        if labelled and (stated := _labelled(labelled["label"].lower(), labelled["value"], line)):
            record = record.joined(stated)
            continue
        author = byline(part)
        names = [_IN.sub("", name.strip()) for name in ([part] if author else part.split(","))]
        for name in names:
            if not author and not outlet_score(name):
                if len(name.split()) > _FEW_WORDS or is_sentence(line):
                    return None
                record = replace(record, lines=frozenset())
            elif author:
                record = replace(record, author=author)
            elif apart and is_person(name) and not _ARTICLE.match(name):
                record = replace(record, author=record.author or name)
            elif outlet_score(name) > 1 or _ARTICLE.match(name) or (apart and not is_section(name)):
                record = replace(record, source=record.source or name)
            elif is_person(name) and len(names) > 1:
                record = replace(record, author=record.author or name)
            else:
                record = replace(record, lines=frozenset())  # perhaps a place: stays in the text
    return record


def _updated(line: str) -> Head | None:
    """A line that opens with the day of a change: the day of publication may stand beside it."""
    others = [part for part in _SEPARATOR.split(line) if not _UPDATED.match(part)]
    if first := next((part for part in others if is_date_line(part)), None):
        return Head(published=stated_day(first), basis=_basis(line), lines=_WHOLE)
    return Head(lines=_WHOLE) if is_date_line(line) else None


def _without_labels(part: str) -> str:
    """A part of a line without the weekday, the labels and the commas around a date."""
    names = [piece.strip() for piece in part.split(",") if not _only_labels(piece.split())]
    words = " ".join(names).split() if len(names) == 1 else [", ".join(names)]
    while len(words) > 1 and _only_labels(words[-1:]):
        words.pop()
    return " ".join(words)


def _only_labels(words: Sequence[str]) -> bool:
    bare = (word.strip(".:") for word in words)
    return all(_LABEL.fullmatch(word) or is_weekday(word) for word in bare)


def _basis(line: str) -> str:
    return f"stated: page line '{shorten(line)}'"


def _with(head: Head, number: int, line: str) -> Head:
    record = record_of(line)
    if record is None:
        return head
    return head.joined(replace(record, lines=frozenset({number} if record.lines else ())))


def _below_masthead(lines: Sequence[str]) -> int | None:
    """The line of the headline: the first, or the one below lines that name outlet and day."""
    for number, line in enumerate(lines[: _MASTHEADS + 1]):
        if _is_name_of_paper(lines, number):
            continue
        record = record_of(line)
        if record is None or (record.source is None and number + 1 >= len(lines)):
            return number if line and not is_prose(line) and len(line) <= 250 else None
        named = number and _is_name_of_paper(lines, number - 1)
        if record.source is None and not named and (number or not _masthead_follows(lines)):
            return None
    return None


def _is_name_of_paper(lines: Sequence[str], number: int, title: int | None = None) -> bool:
    """Whether a line is an outlet's name and no more.

    Then its day and a headline are below it, or a headline with a byline or day of its own. Where
    the `title` below it is known, a name without a word of outlets will do.
    """
    if number + 2 >= len(lines):
        return False
    line, below = lines[number], record_of(lines[number + 1])
    known = title is not None and number + 1 < title and outlet_score(line) and " " in line
    if outlet_score(line) < 2 and not _ARTICLE.match(line) and (not known or is_person(line)):
        return False
    if not outlet_score(line) or is_section(line) or _ROLES & split_words(line.lower()):
        return False
    if below is not None:
        return below.published is not None
    if outlet_score(line) < 2 or is_prose(lines[number + 1]):
        return False
    second = record_of(lines[number + 2])
    return second is not None and bool(second.author or second.published)


def _masthead_follows(lines: Sequence[str]) -> bool:
    record = record_of(lines[1]) if len(lines) > 1 else None
    return record is not None and record.source is not None
