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
_PAUSE = 3.0  # seconds without speech that end a paragraph
_LONG, _LONGEST = 600, 1_500  # characters from which a sentence ends a paragraph; and anything does
_MANY_REPEATS = 0.3  # share of cues that begin with the line above, from which captions roll


@dataclass(slots=True)
class _Cue:
    """What is shown at once: its start and end in seconds, its speaker if named, its lines."""

    start: float
    end: float
    speaker: str
    lines: list[str]


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
        if following <= len(lines) and len(body) > 1 and not body[-2].strip():
            body.pop()
        speaker, spoken = "", list[str]()
        for line in _without_asides(body):
            voice = _VOICE.search(line)
            speaker = one_line(html.unescape(voice["name"])) or "" if voice else speaker
            plain = normalize(html.unescape(_MARKUP.sub("", line))).strip()
            spoken += [plain] if plain else []
        if spoken:
            yield _Cue(_seconds(timing["start"]), _seconds(timing["end"]), speaker, spoken)


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
    shown: list[str] = []
    for cue in cues:
        count = next(
            (n for n in range(min(len(shown), len(cue.lines)), 0, -1)
             if shown[-n:] == cue.lines[:n]), 0)  # fmt: skip
        shown = cue.lines
        if fresh := cue.lines[count:]:
            remaining.append(_Cue(cue.start, cue.end, cue.speaker, fresh))
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
            dash = _DASH.match(line)
            words = line[dash.end() :] if dash else line
            if words:
                self._write(words, cue, begins=dash is not None, first=not number)
        self._end, self._speaker = cue.end, cue.speaker or self._speaker

    def _write(self, words: str, cue: _Cue, *, begins: bool, first: bool) -> None:
        other = first and bool(cue.speaker) and cue.speaker != self._speaker
        if self.text and (begins or other or self._is_over(cue, first=first)):
            self.text += "\n"
            self._paragraph = len(self.text)
        elif self.text:
            self.text += " "
        self.marks.append((len(self.text), _clock(cue.start)))
        self.text += f"{cue.speaker}: {words}" if other else words

    def _is_over(self, cue: _Cue, *, first: bool) -> bool:
        length = len(self.text) - self._paragraph
        ended = self.text.endswith((".", "!", "?", "…", "”", "."))
        pause = first and cue.start - self._end > _PAUSE
        return pause or length > _LONGEST or (ended and length > _LONG)
