"""Character recognition (OCR) by Tesseract, where that program is installed.

    find_tesseract()          ->  `Tesseract`, or None where there is none
    tesseract.read(pictures)  ->  `RecognisedPages`: one hOCR file of all pages
                                  (`rag.ingest.parsers.digitised.hocr`), and those that failed

Tesseract gets nothing of a file but the grey pixels of its pages. It reads in the languages that
are installed with it, up to four; where there are more, in English. Left to others: pictures of
pages (`rag.ingest.containers.scans`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rag.ingest.document import UnreadableDocument

SECONDS_PER_PAGE = 120
TOO_LATE = f"over {SECONDS_PER_PAGE} s of Tesseract"
_SECONDS_TO_ANSWER = 20
_MOST_LANGUAGES = 4
_MOST_FAILURES = 3  # pages that fail before any other was read: then none is to be expected
_MOST_LATE = 3  # pages in a row that take too long: then the others are left for another time
_NO_LANGUAGES = frozenset({"osd", "equ", "snum"})
_PAGE = re.compile(rb"<body>(.*)</body>", re.DOTALL)
_HEAD = "<html><head><meta name='ocr-system' content='tesseract'/></head><body>"


def find_tesseract() -> Tesseract | None:
    """The program on the search path; None where there is none or it has no language."""
    path = shutil.which("tesseract")
    tesseract = Tesseract(path) if path else None
    return tesseract if tesseract and tesseract.languages else None


@dataclass(frozen=True)
class RecognisedPages:
    """The pages that were read, as one hOCR file, and the numbers of those that were not.

    `late` are pages that took too long, and those after them that were not tried: on a machine that
    is less busy they may be read.
    """

    hocr: bytes
    failed: tuple[str, ...]
    late: tuple[str, ...] = ()


class _TookTooLong(UnreadableDocument):
    """A page was given up because of the time."""


@dataclass(frozen=True)
class Tesseract:
    """The program at `path`."""

    path: str

    @cached_property
    def version(self) -> str:
        """Its name and version, such as "tesseract 5.3.0"."""
        return self._answer("--version").partition("\n")[0].strip()

    @cached_property
    def languages(self) -> str:
        """The languages to read in, as Tesseract takes them: "deu+eng"; "" if it has none."""
        lines = self._answer("--list-langs").split("\n")[1:]
        names = sorted(line.strip() for line in lines if line.strip())
        names = [name for name in names if name not in _NO_LANGUAGES and "/" not in name]
        if len(names) > _MOST_LANGUAGES and "eng" in names:
            return "eng"
        return "+".join(names[:_MOST_LANGUAGES])

    def read(self, pictures: Iterable[tuple[str, bytes]]) -> RecognisedPages:
        """The characters of pages, each a number from 1 and a picture.

        Raises:
            UnreadableDocument: Tesseract fails on every page, or on the first three.
        """
        pages, failed = list[bytes](), dict[str, UnreadableDocument]()
        late, in_a_row = list[str](), 0
        for number, picture in pictures:
            if in_a_row >= _MOST_LATE:
                late.append(number)
                continue
            try:
                pages.append(self._page(int(number), picture))
                in_a_row = 0
            except UnreadableDocument as error:
                failed[number] = error
                if isinstance(error, _TookTooLong):
                    late.append(number)
                    in_a_row += 1
                if not pages and len(failed) >= _MOST_FAILURES:
                    break
        if failed and not pages:
            raise next(iter(failed.values()))
        hocr = b"".join((_HEAD.encode(), *pages, b"</body></html>"))
        return RecognisedPages(hocr, tuple(set(failed) - set(late)), tuple(late))

    def _page(self, number: int, picture: bytes) -> bytes:
        command = [self.path, "stdin", "stdout", "-l", self.languages, "hocr"]
        try:
            done = subprocess.run(
                command,
                input=picture,
                capture_output=True,
                timeout=SECONDS_PER_PAGE,
                check=False,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )
        except subprocess.TimeoutExpired as error:
            raise _TookTooLong(f"{TOO_LATE} for page {number}") from error
        body = _PAGE.search(done.stdout)
        if done.returncode or body is None:
            raise UnreadableDocument(f"Tesseract failed on page {number}")
        return body[1].replace(b"ppageno 0", b"ppageno %d" % (number - 1))

    def _answer(self, question: str) -> str:
        try:
            done = subprocess.run(
                [self.path, question],
                capture_output=True,
                text=True,
                timeout=_SECONDS_TO_ANSWER,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout or done.stderr
