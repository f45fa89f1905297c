"""A question that asks several things, of which the records answer one or all.

    parse_record_parts(question, records)  ->  `RecordParts`: what the records are asked, the rest

In:  a question; the `Records` of an index, for the names in them.
Out: "How many articles are there, and from which outlets?" as two questions about the same
     articles; "Who wrote the obituary, and when did she die?" as one, and a rest that the
     articles' texts answer.
Left to others: a question that asks one thing (`rag.retrieval.records.query`), completing the rest
(`rag.retrieval.clauses`). Pure functions of the wording and the names.

The first part says which articles are meant. A later one that describes none is about the same:
"it" and "they" are those articles, and a detail alone ("and when?") is asked of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.retrieval.records.description import ONE_OF, RecordQuery, RecordRequest
from rag.retrieval.records.query import parse_record_query, requested
from rag.retrieval.records.reading import Reading
from rag.retrieval.records.records import Records
from rag.retrieval.records.wording import Role

_QUESTION_WORD = r"(?:what|which|who|whom|whose|when|where|how)\b"
_ASKED = re.compile(rf"\b{_QUESTION_WORD}", re.I)
_NEXT_PART = re.compile(
    rf"(?:,|\?)?\s+and\s+(?=(?:\w+\s+){{0,2}}?{_QUESTION_WORD})"
    rf"|[,?]\s+(?=(?:(?:from|in|by|of|on)\s+)?{_QUESTION_WORD})"
    r"|,?\s+and\s+(?=(?:per|(?:for|by|from|in) each)\b)",
    re.I,
)
_BOTH_ASKED = re.compile(  # "When and where was …", "By whom and when …"
    rf"(?P<one>(?:(?:by|in|on|from)\s+)?{_QUESTION_WORD})\s+and\s+"
    rf"(?P<other>(?:(?:by|in|on|from)\s+)?{_QUESTION_WORD})\s+(?P<rest>\w.*)",
    re.I,
)
_BOTH_NAMED = re.compile(  # "Which outlets and authors …", "the author and the date of …"
    r"(?P<ask>(?:which|what|list|show|give|name|who)(?: (?:is|are|was|were|me))?(?: the| all)*|the)"
    r" (?P<one>[\w-]+),? and "
    rf"(?!(?:the )?{_QUESTION_WORD})(?:the )?(?P<other>[\w-]+)\b(?P<rest>.*)",
    re.I,
)
_EMBEDDED = re.compile(  # "what happened and how it ended"
    r"(?:what|when|where|why|how) (?:it|he|she|they|we|the|an?|this|that|these|those|its|his|her|"
    r"their)\b",
    re.I,
)
_IT, _THEY = re.compile(r"\b(?:it|this|that)\b", re.I), re.compile(r"\b(?:they|them|these|those)\b")
_EACH = re.compile(r"\beach\b(?! (?:one|of|outlet|author))", re.I)
_OF_EACH = re.compile(r"(?:per|(?:for|by|from|in) each)\b", re.I)
_BY_WHOM = re.compile(r"(?:by whom|who by)\b", re.I)
_WHICH_ONES = re.compile(r"which(?: ones?| of them)?|what", re.I)
_OF_MANY: dict[RecordRequest, str] = {"outlets": "outlets", "authors": "authors"}
_OF_ONE = ("article", "field", "gist")
_MOST_PARTS = 4


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


def parse_record_parts(question: str, records: Records) -> RecordParts:
    """What `question` asks of the records; no parts where it asks something else."""
    several = _several(_named_together(question), records)
    if several.parts and not several.rest:
        return several
    if (several := _several(_pieces(question), records)).parts:
        return several
    whole = parse_record_query(question, records)
    return RecordParts((RecordPart(question, whole),) if whole else ())


def _several(pieces: list[str], records: Records) -> RecordParts:
    """Each of `pieces` as what it asks; no parts where they are better read as a whole."""
    first = parse_record_query(pieces[0], records) if len(pieces) > 1 else None
    if first is None or first.request == "day" or _ASKED.search(first.topic):
        return RecordParts()
    parts, rest = [RecordPart(pieces[0], first)], ""
    for piece in pieces[1:]:
        query = None if rest else _continued(piece, parts[-1].query, records)
        if query is None:
            rest = f"{rest} and {piece}" if rest else piece
        elif all(query != each.query for each in parts):
            parts.append(RecordPart(piece, query))
    return RecordParts() if _EMBEDDED.match(rest) else RecordParts(tuple(parts), rest)


def _pieces(question: str) -> list[str]:
    bare = question.strip(" .?!")
    if both := _BOTH_ASKED.fullmatch(bare):
        return [f"{both['one']} {both['rest']}", f"{both['other']} {both['rest']}"]
    return [piece.strip(" ,;?") for piece in _NEXT_PART.split(bare, _MOST_PARTS - 1)]


def _named_together(question: str) -> list[str]:
    """ "Which outlets and authors are there?" as two questions."""
    both = _BOTH_NAMED.fullmatch(question.strip(" .?!"))
    if both is None:
        return []
    return [f"{both['ask']} {both[name]}{both['rest']}" for name in ("one", "other")]


def _continued(piece: str, first: RecordQuery, records: Records) -> RecordQuery | None:
    """What `piece` asks of the articles that `first` describes, or of those it describes itself."""
    noun = "article" if first.request in _OF_ONE else "articles"
    if _WHICH_ONES.fullmatch(piece):
        return replace(first, request="list", field=None)
    text = f"how many articles {piece}" if _OF_EACH.match(piece) else piece
    text = _BY_WHOM.sub("who wrote", text)
    text = _IT.sub("the article", text)
    text = _THEY.sub(f"the {_OF_MANY.get(first.request, noun)}", text)
    if singular := _OF_MANY.get(first.request, "").removesuffix("s"):
        text = _EACH.sub(f"each {singular}", text)
    reading = Reading.of(text, records)
    if reading is None or not reading.has(*ONE_OF):
        reading = Reading.of(f"{text} of the {noun}", records)
    if reading is None:
        return None
    own = reading.described
    if not replace(own, order=None).limits:
        order = own.order or (None if reading.has(Role.ARTICLES) else first.order)
        described = replace(first, request="list", field=None, order=order)
        reading = replace(reading, described=described)
    return requested(reading)
