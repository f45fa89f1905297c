"""Which rows of a page are the article's headline.

    headline_rows(rows, lead)   ->  the headline above the body, and the rows that repeat it soon
    opening_headline(rows)      ->  the same for a text that is no page: its first line, or none

A page often shows its headline twice: in the window's title and above the article. Left to others:
what kind of line a row is (`rows`).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import takewhile

from rag.ingest.boilerplate.bylines import outlet_score, title_and_outlet
from rag.ingest.boilerplate.rows import Row, end_mark, is_prose, is_sentence, word_gaps
from rag.ingest.boilerplate.word_lists import word_set
from rag.ingest.normalize import split_words

REPEATED_WITHIN = 40  # rows within which a second copy of the headline is looked for
_MOTTO_WORDS, _HANGING_WORDS = word_set("motto_words"), word_set("hanging_words")


def like_headline(line: str) -> bool:
    """Whether `line` has the length and the ending of a headline."""
    if not 3 <= word_gaps(line) <= 24 or len(line) > 200 or line[-1] in ",;:":
        return False
    return end_mark(line) not in {".", "…"} and line.rpartition(" ")[2] not in _HANGING_WORDS


def is_motto(rows: list[Row], i: int) -> bool:
    """Whether row `i` is the motto below an outlet's name, such as "News that matters"."""
    below_outlet = i > 0 and outlet_score(rows[i - 1].text) == 2
    return below_outlet and bool(split_words(rows[i].phrase) & _MOTTO_WORDS)


def headline_rows(rows: list[Row], lead: int) -> list[int]:
    """The headline's row before the body, which begins at `lead`, and the rows that repeat it.

    Preferred, in this order: a line that occurs twice, one before the byline, one that is no
    motto, the longest one.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows[: lead + REPEATED_WITHIN]):
        if row.kind == "plain" and like_headline(row.text):
            places[title_and_outlet(row.text)[0].casefold()].append(i)
    candidates = [indices for indices in places.values() if indices[0] < lead]
    first = min((indices[0] for indices in candidates), default=lead)
    signed = next((i for i in range(first, lead) if rows[i].kind == "byline"), lead)

    def rank(indices: list[int]) -> tuple[bool, bool, bool, int]:
        i, again = indices[0], (*indices[1:], indices[0] + REPEATED_WITHIN)[0]
        repeated = again < i + REPEATED_WITHIN
        return repeated, i < signed, not is_motto(rows, i), len(rows[i].text)

    best = max(candidates, key=rank, default=[])
    return [i for i in best if i < best[0] + REPEATED_WITHIN]


def opening_headline(rows: list[Row]) -> list[int]:
    """[0] if the first line of a text that is no page is certainly a headline, else []."""
    if len(rows) < 2 or rows[0].kind != "plain" or not like_headline(rows[0].text):
        return []
    if not rows[1].gap:
        return [0] if rows[1].kind == "prose" and is_sentence(rows[1].text) else []
    lines = [rows[1].text, *(row.text for row in takewhile(lambda row: not row.gap, rows[2:60]))]
    wide = sum(map(len, lines)) >= 55 * len(lines)  # prose fills its lines, verse does not
    return [0] if wide and is_prose(" ".join(lines)) else []
