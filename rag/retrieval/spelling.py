"""Names and figures of a query as articles write them; typing slips in names, with a note.

In:  a query, an open `Snapshot`, a function that tells ordinary words.
Out: `Spelling`: the query with the names as articles write them, and a note for each slip.
Left to others: what counts as the same spelling (`rag.text.folding`), which strings are near
(`rag.text.nearest`).

The search folds spelling, but what reads the question beside a passage does not: "Moller" becomes
"Møller", and "7400" "7,400", where articles have them so alone.

A word is taken for a slip only where no passage has it, it is no ordinary word, and a name that
articles have differs from it by one letter, or by two where it is long: "Trusck" for "Trusk". In a
query with capitals only words with a capital are names. The commonest of the nearest names is
searched for. What is quoted from an article stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rag.index.snapshot import Snapshot
from rag.text.folding import THOUSANDS_SEPARATORS, fold
from rag.text.names import extract_names
from rag.text.nearest import nearest_words
from rag.text.stemming import stem_tokens
from rag.types import Note

_TOKEN = re.compile(
    rf"(?<![\w.,])\d+(?:[{THOUSANDS_SEPARATORS}]\d{{3}})*(?![\w]|[.,]\d)|(?:\bO['’])?[^\W\d_]+"
)
_MIN_LETTERS = 5  # a shorter word is near to too many others
_MIN_FIGURE = 4  # digits from which a figure may have a separator
_LONG = 8  # letters from which two slips are allowed
_PASSAGES_READ = 30  # for how a name is written


@dataclass(frozen=True, slots=True)
class Spelling:
    """A query as it is searched for, with a note for each name that was mistyped."""

    query: str
    notes: tuple[Note, ...] = ()


def correct_names(query: str, index: Snapshot, is_ordinary: Callable[[str], bool]) -> Spelling:
    """`query` with names and figures as articles write them, also those with typing slips.

    `is_ordinary` tells whether a word is as it is meant, whether or not articles have it.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    corrected, end = "", 0
    notes: dict[str, Note] = {}
    matches = list(_TOKEN.finditer(query))
    any_case = not any(match[0][0].isupper() for match in matches[1:])
    for match in matches:
        typed = match[0]
        stems = stem_tokens([typed])[0]
        if len(stems) != 1 or not (any_case or typed[0].isupper() or typed[0].isdigit()):
            continue
        if index.keywords.frequency(stems[0]):
            written = _as_written(typed, stems[0], index)
        elif len(typed) < _MIN_LETTERS or typed[0].isdigit() or is_ordinary(typed):
            continue
        else:
            written = _nearest_name(stems[0], 1 if len(typed) < _LONG else 2, index)
            if written is not None:
                text = f"No article has “{typed}”; searched for “{written}”."
                notes[typed] = Note("spelling", text)
        if written is not None:
            corrected += query[end : match.start()] + written
            end = match.end()
    return Spelling(corrected + query[end:], tuple(notes.values()))


def _as_written(typed: str, stem: str, index: Snapshot) -> str | None:
    """How articles mostly write a word or a figure; None where some write it as it is typed."""
    if len(typed) < (_MIN_FIGURE if typed[0].isdigit() else _MIN_LETTERS):
        return None
    folded = fold(typed)
    tokens = Counter(token for text in _texts_with(stem, index) for token in _TOKEN.findall(text))
    written = Counter({each: count for each, count in tokens.items() if fold(each) == folded})
    if any(each.casefold() == typed.casefold() for each in written):
        return None
    return _commonest(written)


def _nearest_name(stem: str, slips: int, index: Snapshot) -> str | None:
    """The name, as articles write it, whose stem differs from `stem` by at most `slips`."""
    keywords = index.keywords
    near = nearest_words(stem, keywords.vocabulary, slips)
    by_likelihood = sorted(near, key=lambda each: (each[0], -keywords.frequency(each[1]), each[1]))
    names = (_written_name(stem, index) for _, stem in by_likelihood)
    return next((name for name in names if name), None)


def _written_name(stem: str, index: Snapshot) -> str | None:
    """How articles mostly write the name with this stem; None where it is no name."""
    names = (
        part
        for text in _texts_with(stem, index)
        for name in extract_names(text)
        for part in name.split("-")
    )
    return _commonest(Counter(name for name in names if stem_tokens([name])[0] == [stem]))


def _texts_with(stem: str, index: Snapshot) -> list[str]:
    """The texts of the first few passages that have `stem`, or whose headline has it."""
    rows = index.rows[index.keywords.positions([stem])][:_PASSAGES_READ]
    return list(index.documents.passage_texts(rows.tolist()).values())


def _commonest(written: Counter[str]) -> str | None:
    return max(written, key=lambda each: (written[each], each)) if written else None
