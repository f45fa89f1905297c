"""What of a question the records answer, where it asks several things.

    parse_record_parts(question, records, earlier)  ->  `RecordParts`

In:  a question; the `Records` of an index, for the names in them; what the turn before asked.
Out: "How many articles are there, and from which outlets?" as two questions about the same
     articles; "Who wrote the obituary, and when did she die?" as one, and a rest that the
     articles' texts answer. "And in which newspaper?" as what it asks of the articles of before.
Left to others: what is asked of the same articles (`rag.retrieval.records.several.same_articles`).

The first piece says which articles are meant; a later one that describes none is about the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.query import parse_record_query
from rag.retrieval.records.records import Records
from rag.retrieval.records.several.pieces import (
    QUESTION_WORD,
    pieces,
    pieces_of_nouns,
    without_joining,
)
from rag.retrieval.records.several.same_articles import (
    refers_to_articles,
    same_articles_query,
    says_which,
)

_ASKED_IN_TOPIC = re.compile(rf"\b{QUESTION_WORD}", re.I)
_EMBEDDED = re.compile(  # "what happened and how it ended"
    r"(?:what|when|where|why|how) (?:it|he|she|they|we|the|an?|this|that|these|those|its|his|her|"
    r"their)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class RecordPart:
    """What the records are asked by the part `question` of a question."""

    question: str
    query: RecordQuery


@dataclass(frozen=True, slots=True)
class RecordParts:
    """What of a question the records answer, in order; `rest` is put to the articles' texts."""

    parts: tuple[RecordPart, ...] = ()
    rest: str = ""


def parse_record_parts(
    question: str, records: Records, earlier: RecordQuery | None = None
) -> RecordParts:
    """What `question` asks of the records; no parts where it asks something else.

    `earlier` is what the turn before it asked of them, if anything.
    """
    several = _several(pieces_of_nouns(question), records, earlier)
    if several.parts and not several.rest:
        return several
    each_piece = pieces(question, records.headlines_in(question))
    if (several := _several(each_piece, records, earlier)).parts:
        return several
    whole = _read(question, records, earlier)
    return RecordParts((RecordPart(question, whole),) if whole else ())


def _several(each_piece: list[str], records: Records, earlier: RecordQuery | None) -> RecordParts:
    """Each piece as what it asks; no parts where they are better read as a whole."""
    first = _read(each_piece[0], records, earlier) if len(each_piece) > 1 else None
    if first is None or _ASKED_IN_TOPIC.search(first.topic):
        return RecordParts()
    parts, rest = [RecordPart(each_piece[0], first)], ""
    for piece in each_piece[1:]:
        query = None if rest else same_articles_query(piece, parts[-1].query, records)
        if query is None:
            rest = f"{rest} and {piece}" if rest else piece
        elif all(query != each.query for each in parts):
            parts.append(RecordPart(piece, query))
    is_of_texts = bool(rest) and first.request == "day"  # which tells what the texts say of it
    whole = is_of_texts or _EMBEDDED.match(rest)
    return RecordParts() if whole else RecordParts(tuple(parts), rest)


def _read(piece: str, records: Records, earlier: RecordQuery | None) -> RecordQuery | None:
    """What `piece` asks by itself, or as it goes on from `earlier`."""
    own = parse_record_query(piece, records)
    if own is not None and says_which(piece, own, records):
        return own
    same = earlier and same_articles_query(without_joining(piece), earlier, records)
    if same is not None:
        return same
    return own if own and (own.limits or not refers_to_articles(piece)) else None
