"""Subtitles (.srt, .vtt): what is said, as paragraphs, with the time of each part.

A paragraph ends where another speaker begins or nobody speaks for a while. Captions that roll (each
repeats the line above it) are written once. The times are `details["times"]`
(`rag.ingest.markup.places`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.markup.places import Mark, write_places
from rag.ingest.normalize import normalize, one_line

_CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"\s*(?P<start>{_CLOCK})\s*-->\s*(?P<end>{_CLOCK})")
_TITLE = re.compile(r"WEBVTT[ \t]+(?:- *)?(?P<title>\S.*)")
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)\b")  # blocks of a file that nobody says
_VOICE = re.compile(r"<v(?:\.[\w.-]+)?[ \t]+(?P<name>[^<>\n]{1,80})>")
_MARKUP = re.compile(
    r"</?(?:[biucv]|font|lang|ruby|rt)(?:[ .][^<>\n]*)?>|<\d[\d:.]*>|\{\\[^{}\n]*\}", re.IGNORECASE
)
_DASH = re.compile(r"(?:[-–—]|>>+)\s*")  # before what another speaker says
_LABEL = re.compile(r"[^\W\d_a-z][\w.'’-]*(?: [^\W_a-z][\w.'’-]*){0,3}: ")  # "ADA LIND: "
_ENDS = (".", "!", "?", "…", "”")
_PAUSE = 3.0  # seconds without speech that end a paragraph
_LONG, _LONGEST = 600, 1_500  # characters from which a sentence ends a paragraph; and anything does
_MANY_REPEATS = 0.3  # share of cues that begin with the line above, from which captions roll


class _Line(NamedTuple):
    speaker: str  # "" where nobody is named
    text: str


@dataclass(slots=True)
class _Cue:
    """What is shown at once: its start and end in seconds, its lines."""

    start: float
    end: float
    lines: list[_Line]


def parse(data: bytes) -> ParsedDocument:
    """Parse a file of either format.

    Raises:
        UnreadableDocument: it is not text, or has no times.
    """
    decoded = decode(data)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff\n")
    cues = list(_cues(text.split("\n")))
    if not cues:
        raise UnreadableDocument("no text with times in it")
    if _roll(cues):
        cues = _unrolled(cues)
    writer = _Writer()
    for cue in cues:
        writer.add(cue)
    title = _TITLE.match(text)
    details = {"times": write_places(writer.marks)}
    if decoded.doubtful:
        details["encoding"] = decoded.doubtful
    return ParsedDocument(
        title=one_line(title["title"]) or "" if title else "", text=writer.text, details=details
    )


def _cues(lines: Sequence[str]) -> Iterator[_Cue]:
    """The cues of a file; the number or name above a time is no part of the one before."""
    places = [number for number, line in enumerate(lines) if _TIMING.match(line)]
    for number, following in pairwise([*places, len(lines) + 1]):
        timing = _TIMING.match(lines[number])
        assert timing is not None
        body = list(lines[number + 1 : following])
        if following <= len(lines) and _names_next(body):
            body.pop()
        speaker, spoken = "", list[_Line]()
        for line in _without_asides(body):
            voice = _VOICE.search(line)
            speaker = one_line(html.unescape(voice["name"])) or "" if voice else speaker
            plain = normalize(html.unescape(_MARKUP.sub("", line))).strip()
            spoken += [_Line(speaker, plain)] if plain else []
        if spoken:
            yield _Cue(_seconds(timing["start"]), _seconds(timing["end"]), spoken)


def _names_next(body: Sequence[str]) -> bool:
    """Whether the last line above a time is the number or name of the next cue."""
    if not body or not body[-1].strip():
        return False
    return body[-1].strip().isdigit() or len(body) < 2 or not body[-2].strip()


def _without_asides(lines: Sequence[str]) -> Iterator[str]:
    aside = False
    above = ""
    for number, line in enumerate(lines):
        if number and not above.strip():
            aside = _ASIDE.match(line) is not None or (aside and not line.strip())
        above = line
        if not aside:
            yield line


def _seconds(clock: str) -> float:
    *larger, last = clock.replace(",", ".").split(":")
    total = 0.0
    for part in larger:
        total = 60 * total + int(part)
    return 60 * total + float(last)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _roll(cues: Sequence[_Cue]) -> bool:
    repeats = sum(above.lines[-1] == cue.lines[0] for above, cue in pairwise(cues))
    return len(cues) > 1 and repeats >= _MANY_REPEATS * len(cues)


def _unrolled(cues: Sequence[_Cue]) -> list[_Cue]:
    """The cues without the lines that the one before showed last."""
    remaining: list[_Cue] = []
    shown: list[_Line] = []
    for cue in cues:
        count = next(
            (n for n in range(min(len(shown), len(cue.lines)), 0, -1)
             if shown[-n:] == cue.lines[:n]), 0)  # fmt: skip
        shown = cue.lines
        if fresh := cue.lines[count:]:
            remaining.append(_Cue(cue.start, cue.end, fresh))
    return remaining


@dataclass(slots=True)
class _Writer:
    """Joins cues to paragraphs and notes where each begins."""

    text: str = ""
    marks: list[Mark] = field(default_factory=list)
    _speaker: str = ""
    _end: float = 0.0
    _paragraph: int = 0  # the character at which the current one begins

    def add(self, cue: _Cue) -> None:
        """Write the lines of a cue."""
        for number, line in enumerate(cue.lines):
            dash = _DASH.match(line.text)
            words = line.text[dash.end() :] if dash else line.text
            other = bool(line.speaker) and line.speaker != self._speaker
            self._speaker = line.speaker or self._speaker
            if words:
                if other:
                    words = f"{line.speaker}: {words}"
                pause = not number and cue.start - self._end > _PAUSE
                begins = dash is not None or other or pause or _LABEL.match(words) is not None
                self._write(words, cue.start, begins=begins or self._is_long())
        self._end = cue.end

    def _write(self, words: str, start: float, *, begins: bool) -> None:
        if self.text and begins:
            self.text += "\n"
            self._paragraph = len(self.text)
        elif self.text:
            self.text += " "
        self.marks.append((len(self.text), _clock(start)))
        self.text += words

    def _is_long(self) -> bool:
        """Whether the paragraph is so long that it ends here."""
        length = len(self.text) - self._paragraph
        return length > _LONGEST or (length > _LONG and self.text.endswith(_ENDS))
